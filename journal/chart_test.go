package journal_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/journal"
)

// What looks like a chart's mistake is refused in all formats, with what to write instead.
func TestChartMistakes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ chart, want string }{
		"another placeholder":         {`bank = "Assets:Bank:{store}"`, `"Assets:Bank:{store}": only {currency} stands for something`},
		"a placeholder's case":        {`bank = "Assets:Bank:{Currency}"`, "only {currency} stands for something"},
		"a placeholder that is open":  {`fixed_fee = "Expenses:{currency"`, "only {currency} stands for something"},
		"a placeholder that is empty": {"[types]\nCapture = \"Income:{}\"", "only {currency} stands for something"},
		"the pay-out's case":          {"[types]\ntransfer = \"Assets:Bank\"", "whose account is bank"},
		"a number":                    {`bank = 1200`, `the chart's line 1, column 8: an account's name is text in quotes, such as "Assets:Bank"`},
		"a list":                      {"\nfixed_fee = [\"a\", \"b\"]", `the chart's line 2, column 13: an account's name is text in quotes`},
		"a number for a type":         {"[types]\nCapture = 4000", `the chart's line 2, column 11: an account's name is text in quotes`},
		"no table":                    {"types = \"Income:Sales\"", `[types]`},
		"two spellings of a type":     {"[types]\ncapture = \"Income:A\"\nCAPTURE = \"Income:B\"", `"CAPTURE" and "capture" are one transaction type`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, format := range journal.Formats() {
				chart, err := journal.ReadChart(strings.NewReader(test.chart))
				if err == nil {
					_, err = journal.NewWriter(new(bytes.Buffer), journal.Options{Chart: chart, Format: format})
				}
				if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "struct") {
					t.Errorf("%s: error %v, want %q", format, err, test.want)
				}
			}
		})
	}
}

// Names that hledger or Ledger 3 would end or understand otherwise.
func TestChartNamesOfHledgerAndLedger(t *testing.T) {
	t.Parallel()
	for _, account := range []string{"資産:銀行\u3000\u3000口座", "Assets:Bank\u00a0\u00a0X", "Assets:Bank \u00a0X", "Assets:Bank\u2003\u2003X", "check account", "assert it", "expr x:y"} {
		chart := journal.DefaultChart()
		chart.Bank = account
		if _, err := journal.NewWriter(new(bytes.Buffer), journal.Options{Chart: chart}); err == nil || !strings.Contains(err.Error(), "in hledger and Ledger a name") {
			t.Errorf("%q: %v", account, err)
		}
	}
	for _, account := range []string{"資産:銀行\u3000口座", "Assets:Bank\u00a0X", "Checking account", "checks", "assertions:x", "Expr x"} {
		chart := journal.DefaultChart()
		chart.Bank = account
		if _, err := journal.NewWriter(new(bytes.Buffer), journal.Options{Chart: chart}); err != nil {
			t.Errorf("%q: %v", account, err)
		}
	}
}

// A chart's transaction types count in any case: one that never matches would leave the default account in place without a word.
func TestChartTypesInAnyCase(t *testing.T) {
	t.Parallel()
	for _, spelling := range []string{"Capture", "capture", "CAPTURE", " capture "} {
		for _, per := range []journal.Granularity{journal.PerSettlement, journal.PerTransaction} {
			chart, err := journal.ReadChart(strings.NewReader(fmt.Sprintf("[types]\n%q = \"Income:Shop\"\n", spelling)))
			if err != nil {
				t.Fatal(err)
			}
			got, problems := write(t, journal.Options{Chart: chart, Per: per}, twoSettlements)
			if !strings.Contains(got, "Income:Shop") || strings.Contains(got, "Income:Sales") || problems != "" {
				t.Errorf("%q per %s: %s\n%s", spelling, per, problems, got)
			}
		}
	}
	chart, err := journal.ReadChart(strings.NewReader("[types]\nrefund = \"\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := write(t, journal.Options{Chart: chart}, twoSettlements); !strings.Contains(problems, `transaction type "Refund"`) {
		t.Errorf("a type whose account was taken away: %q", problems)
	}
}
