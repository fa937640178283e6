package journal

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/amazonpay-go/payreports/reportfile"
)

// Chart says which account each side of a booking goes to. The text {currency} in a name stands for the booking's currency.
type Chart struct {
	// Clearing holds what Amazon Pay owes the merchant until it pays out.
	Clearing string `toml:"clearing"`
	// Bank is where pay-outs arrive.
	Bank string `toml:"bank"`
	// PercentageFee and FixedFee are for what Amazon Pay charges.
	PercentageFee string `toml:"percentage_fee"`
	FixedFee      string `toml:"fixed_fee"`
	// Suspense takes the transaction types that Types doesn't have, and what is left of rows that don't add up.
	Suspense string `toml:"suspense"`
	// Types are the accounts of the transaction types, such as Capture, in any case. Transfer isn't one of them: it is Bank's.
	Types map[reportfile.TransactionType]string `toml:"types"`
}

//go:embed chart.toml
var defaultChart string

// DefaultChartTOML returns the default chart as a file to start from, with a comment for each account.
func DefaultChartTOML() string { return defaultChart }

// DefaultChart returns the accounts that are used unless a chart says otherwise.
func DefaultChart() Chart {
	var chart Chart
	if err := toml.Unmarshal([]byte(defaultChart), &chart); err != nil {
		panic(err) // it is part of the program, and a test reads it
	}
	return chart
}

// ReadChart reads a chart in TOML. What it leaves out is as in [DefaultChart]; a type with an empty name goes to the suspense
// account. The error names the line of a key that doesn't exist.
func ReadChart(r io.Reader) (Chart, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Chart{}, fmt.Errorf("journal: reading the chart: %w", err)
	}
	chart := DefaultChart()
	types := chart.Types
	chart.Types = nil
	decoder := toml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	if err := decoder.DisallowUnknownFields().Decode(&chart); err != nil {
		return Chart{}, chartError(err)
	}
	for transactionType := range chart.Types {
		maps.DeleteFunc(types, func(byDefault reportfile.TransactionType, _ string) bool {
			return isSameType(byDefault, transactionType)
		})
	}
	maps.Copy(types, chart.Types)
	if err := checkSpellings(types); err != nil {
		return Chart{}, err
	}
	maps.DeleteFunc(types, func(_ reportfile.TransactionType, account string) bool { return account == "" })
	chart.Types = types
	return chart, nil
}

func chartError(err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		line, _ := unknown.Errors[0].Position()
		return fmt.Errorf("journal: the chart's line %d: %q is not a key of a chart: the keys are clearing, bank, percentage_fee, fixed_fee, suspense and the table [types]",
			line, strings.Join(unknown.Errors[0].Key(), "."))
	}
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		line, column := syntax.Position()
		problem := strings.TrimPrefix(syntax.Error(), "toml: ")
		switch isOtherKind := strings.Contains(problem, "cannot decode") || strings.Contains(problem, "cannot store"); {
		case isOtherKind && slices.Equal(syntax.Key(), toml.Key{"types"}):
			problem = "the transaction types are a table: write [types], and below it a line such as \"Capture\" = \"Income:Sales\""
		case isOtherKind:
			problem = "an account's name is text in quotes, such as \"Assets:Bank\""
		}
		return fmt.Errorf("journal: the chart's line %d, column %d: %s", line, column, problem)
	}
	return fmt.Errorf("journal: the chart can't be read: %w", err)
}

// check refuses names that the format would read as something else.
func (c *Chart) check(format Format) error {
	names := map[string]string{
		"clearing": c.Clearing, "bank": c.Bank, "percentage_fee": c.PercentageFee, "fixed_fee": c.FixedFee, "suspense": c.Suspense,
	}
	for transactionType, account := range c.Types {
		names[fmt.Sprintf("types.%q", transactionType)] = account
	}
	if err := checkSpellings(c.Types); err != nil {
		return err
	}
	for transactionType, account := range c.Types {
		if isSameType(transactionType, reportfile.TransactionTransfer) {
			return fmt.Errorf("journal: the chart has the account %q for the type %s: that is the pay-out, whose account is bank", account, transactionType)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(names)) {
		if problem := format.refuses(inCurrency(names[key], "USD")); problem != "" {
			return fmt.Errorf("journal: the chart's %s is %q: %s", key, names[key], problem)
		}
	}
	return nil
}

// checkSpellings refuses types that differ in their case only: nobody could say which account counts.
func checkSpellings(types map[reportfile.TransactionType]string) error {
	sorted := slices.Sorted(maps.Keys(types))
	for i, a := range sorted {
		for _, b := range sorted[i+1:] {
			if isSameType(a, b) {
				return fmt.Errorf("journal: the chart's types %q and %q are one transaction type: leave out one of them", a, b)
			}
		}
	}
	return nil
}

func isSameType(a, b reportfile.TransactionType) bool {
	return strings.EqualFold(strings.TrimSpace(string(a)), strings.TrimSpace(string(b)))
}

var (
	control       = regexp.MustCompile(`[\p{Cc}\p{Zl}\p{Zp}]`)
	beancountName = regexp.MustCompile(`^(Assets|Liabilities|Equity|Income|Expenses)(:[\p{Lu}\p{Nd}][\p{L}\p{Nd}-]*)+$`)
	// Ledger reads lines of a booking that begin with assert, check or expr as commands.
	hledgerComment = regexp.MustCompile(`^[;#*!(\[=~@%|]|\p{Z}{2}|;|:{2}|^:|:$|^(assert|check|expr)\p{Z}`)
)

// refuses says what is wrong with an account's name, or nothing.
func (f Format) refuses(account string) string {
	switch {
	case account == "":
		return "an account needs a name"
	case control.MatchString(account):
		return "a name has no line ends and no other control characters"
	case account != strings.TrimSpace(account):
		return "a name doesn't begin or end with a space"
	case strings.ContainsAny(account, "{}"):
		return "only {currency} stands for something"
	case f == FormatBeancount && !beancountName.MatchString(account):
		return "in Beancount a name is Assets, Liabilities, Equity, Income or Expenses and further parts after colons, each of letters, digits and dashes, with a capital letter or a digit first"
	case f == FormatHledger && hledgerComment.MatchString(account):
		return "in hledger and Ledger a name has no two spaces in a row, no semicolon and no empty part, and doesn't begin with a mark such as ( or *, or with assert, check or expr and a space"
	}
	return ""
}

func (c *Chart) of(transactionType reportfile.TransactionType) (account string, known bool) {
	if account, known = c.Types[transactionType]; known {
		return account, true
	}
	for inChart, account := range c.Types {
		if isSameType(inChart, transactionType) {
			return account, true
		}
	}
	return c.Suspense, false
}
