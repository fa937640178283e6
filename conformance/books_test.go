//go:build books

package conformance_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/journal"
	"github.com/amazonpay-go/payreports/reportfile"
)

// bookkeepers are the programs that read journals. Each prints its accounts' balances as CSV: account, currency, amount.
var bookkeepers = map[string]struct {
	format   journal.Format
	check    []string // the arguments before the file
	balances func(t *testing.T, file string) map[string]decimal.Decimal
}{
	"hledger": {journal.FormatHledger, []string{"hledger", "check", "-f"}, hledgerBalances},
	"ledger":  {journal.FormatHledger, []string{"ledger", "source", "-f"}, ledgerBalances},
	"beancount": {journal.FormatBeancount, []string{"bean-check"}, func(t *testing.T, file string) map[string]decimal.Decimal {
		return lines(t, output(t, "bean-query", "--format", "csv", "--numberify", file, "SELECT account, currency, sum(number) AS total GROUP BY account, currency"), ',')
	}},
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), name, args...)
	command.Stderr = &stderr
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, stderr.String())
	}
	if stderr.Len() > 0 {
		t.Errorf("%s complains: %s", command, stderr.String())
	}
	return string(text)
}

// lines reads balances: account, currency, amount.
func lines(t *testing.T, text string, comma rune) map[string]decimal.Decimal {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma, reader.TrimLeadingSpace = comma, true
	balances := make(map[string]decimal.Decimal)
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return balances
		}
		if err != nil {
			t.Fatal(err)
		}
		amount, err := decimal.Parse(strings.TrimSpace(fields[2]))
		if err != nil { // the line with the names
			continue
		}
		put(balances, strings.TrimSpace(fields[0]), strings.TrimSpace(fields[1]), amount)
	}
}

func put(balances map[string]decimal.Decimal, account, currency string, amount decimal.Decimal) {
	if !amount.IsZero() {
		balances[account+" "+currency] = amount.Trim(0)
	}
}

func hledgerBalances(t *testing.T, file string) map[string]decimal.Decimal {
	t.Helper()
	balances := make(map[string]decimal.Decimal)
	records, err := csv.NewReader(strings.NewReader(output(t, "hledger", "-f", file, "balance", "--flat", "--no-total", "--output-format", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] { // an account may have several currencies: "1 JPY, 2 USD"
		for amount := range strings.SplitSeq(record[1], ", ") {
			number, currency, _ := strings.Cut(amount, " ")
			put(balances, record[0], currency, decimal.MustParse(number))
		}
	}
	return balances
}

func ledgerBalances(t *testing.T, file string) map[string]decimal.Decimal {
	t.Helper()
	sums := make(map[[2]string]decimal.Decimal)
	for record := range strings.Lines(output(t, "ledger", "-f", file, "register", "--format", `%(account)\t%(commodity(amount))\t%(quantity(amount))\n`)) {
		fields := strings.Split(strings.TrimSpace(record), "\t")
		key := [2]string{fields[0], strings.Trim(fields[1], `"`)}
		sum, err := reportfile.AddExact(sums[key], decimal.MustParse(fields[2]))
		if err != nil {
			t.Fatal(err)
		}
		sums[key] = sum
	}
	balances := make(map[string]decimal.Decimal)
	for key, sum := range sums {
		put(balances, key[0], key[1], sum)
	}
	return balances
}

// What accounting programs say of a year's bookings is what the summary of the reports says.
func TestBooksOfAYear(t *testing.T) {
	t.Parallel()
	files := t.TempDir()
	writeYear(t, files)
	disbursed := disbursedInYear(t)
	want := expectedBalances(t, files)
	for _, currency := range []string{"USD", "EUR", "JPY"} {
		if bank := want["Assets:Bank "+currency]; bank.Cmp(disbursed[currency]) != 0 {
			t.Errorf("%s: %s was transferred, and %s disbursed", currency, bank, disbursed[currency])
		}
	}
	for name, bookkeeper := range bookkeepers {
		for _, per := range []journal.Granularity{journal.PerSettlement, journal.PerTransaction} {
			t.Run(name+" per "+string(per), func(t *testing.T) {
				t.Parallel()
				check := slices.Clone(bookkeeper.check)
				compares := compared.With(t, "a year's journal per "+string(per)+", and its balances", check[0], compared.VersionOf(t, check[0], "--version"))
				compared.Needs(t, check[0])
				file := filepath.Join(t.TempDir(), "books")
				writeJournal(t, file, files, journal.Options{Format: bookkeeper.format, Per: per})
				check = append(check, file)
				output(t, check[0], check[1:]...)
				compares.Count(len(want), "balances")
				if diff := cmp.Diff(want, bookkeeper.balances(t, file), cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Cmp(b) == 0 })); diff != "" {
					t.Errorf("balances (-summary +%s):\n%s", name, diff)
				}
			})
		}
	}
}

// disbursedInYear is what was paid out of each currency.
func disbursedInYear(t *testing.T) map[string]decimal.Decimal {
	t.Helper()
	disbursed := make(map[string]decimal.Decimal)
	eachSettlement(t, func(m *merchant.Merchant, s merchant.Settlement) {
		sum, err := disbursed[m.Currency()].Add(decimal.MustNew(m.TransferAmount(s), m.MinorDigits()))
		if err != nil {
			t.Fatal(err)
		}
		disbursed[m.Currency()] = sum
	})
	return disbursed
}

// A booking that doesn't balance is refused: else the checks above would say nothing.
func TestBooksOutOfBalance(t *testing.T) {
	t.Parallel()
	files := t.TempDir()
	writeYear(t, files)
	for name, bookkeeper := range bookkeepers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "books")
			writeJournal(t, file, files, journal.Options{Format: bookkeeper.format})
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			payout := regexp.MustCompile(`(\d+\.\d\d USD  ; Transfer)`).FindIndex(text)
			if payout == nil {
				t.Fatal("no pay-out in USD")
			}
			wrong := slices.Insert(text, payout[0], '9')
			if err := os.WriteFile(file, wrong, 0o600); err != nil {
				t.Fatal(err)
			}
			check := append(slices.Clone(bookkeeper.check), file)
			if text, err := exec.CommandContext(t.Context(), check[0], check[1:]...).CombinedOutput(); err == nil {
				t.Errorf("it was accepted: %s", text)
			}
		})
	}
}

func writeJournal(t *testing.T, name, files string, options journal.Options) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w, err := journal.NewWriter(file, options)
	if err != nil {
		t.Fatal(err)
	}
	eachRow(t, files, w.Add)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if problems := w.Problems(); len(problems) > 0 {
		t.Fatal(problems)
	}
}

// expectedBalances are the balances of the accounts by the summary of the files.
func expectedBalances(t *testing.T, files string) map[string]decimal.Decimal {
	t.Helper()
	summary := new(reportfile.Summary)
	eachRow(t, files, summary.Add)
	chart := journal.DefaultChart()
	balances := make(map[string]decimal.Decimal)
	add := func(account, currency string, amount decimal.Decimal) {
		key := account + " " + currency
		sum, err := reportfile.AddExact(balances[key], amount.Neg())
		if err != nil {
			t.Fatal(err)
		}
		balances[key] = sum
	}
	for _, s := range summary.Settlements() {
		if !s.Balanced() {
			t.Fatalf("%s isn't balanced", s.SettlementID)
		}
		for _, sums := range s.Types {
			account, known := chart.Types[sums.Type]
			if !known {
				t.Fatalf("the chart has no account for %s", sums.Type)
			}
			add(account, s.Currency, sums.Amount)
			add(chart.PercentageFee, s.Currency, sums.PercentageFee)
			add(chart.FixedFee, s.Currency, sums.FixedFee)
		}
		add(chart.Bank, s.Currency, s.Transfer.Amount)
	}
	maps.DeleteFunc(balances, func(_ string, amount decimal.Decimal) bool { return amount.IsZero() })
	if len(balances) < 20 {
		t.Fatal(fmt.Sprint("too little happened in this year: ", balances))
	}
	return balances
}
