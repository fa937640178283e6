package journal_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/journal"
	"github.com/amazonpay-go/payreports/reportfile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const header = `"TransactionPostedDate","SettlementId","AmazonTransactionId","SellerReferenceId","TransactionType","AmazonOrderReferenceId","SellerOrderId","StoreName","CurrencyCode","TransactionDescription","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount",` + "\n"

// line is a row of a settlement; the columns that it doesn't name are empty.
func line(posted, settlement, transaction, kind, order, currency, amount, percentage, fixed, total, net string) string {
	return fmt.Sprintf("%q,%q,%q,\"\",%q,\"\",%q,\"\",%q,\"\",%q,%q,%q,%q,%q\n", posted, settlement, transaction, kind, order, currency, amount, percentage, fixed, total, net)
}

var twoSettlements = header +
	line("2030-03-01T00:00:00 -0800", "9001", "", "Reserve", "", "USD", "50.00", "0", "0", "0", "50.00") +
	line("2030-03-01T09:15:00 -0800", "9001", "P01-1-C1", "Capture", "ORDER-1001", "USD", "1250.00", "-36.25", "-0.30", "-36.55", "1213.45") +
	line("2030-03-01T11:40:12 -0800", "9001", "P01-2-C1", "Capture", "ORDER-1002", "USD", "20.00", "-0.58", "-0.30", "-0.88", "19.12") +
	line("2030-03-01T12:00:00 -0800", "9001", "P01-0-R1", "Refund", "ORDER-0900", "USD", "-5.00", "0.15", "0", "0.15", "-4.85") +
	line("2030-03-01T23:59:59 -0800", "9001", "", "Reserve", "", "USD", "-70.00", "0", "0", "0", "-70.00") +
	line("2030-03-01T23:59:59 -0800", "9001", "", "Transfer", "", "USD", "-1207.72", "0", "0", "0", "-1207.72") +
	line("2030-03-02T10:00:00 +0900", "9002", "P03-1-C1", "Capture", "", "JPY", "1000", "-36", "0", "-36", "964") +
	line("2030-03-02T23:00:00 +0900", "9002", "", "Transfer", "", "JPY", "-964", "0", "0", "0", "-964")

// write makes a journal of report files, and returns it with its problems, a line each.
func write(t *testing.T, options journal.Options, files ...string) (text, problems string) {
	t.Helper()
	var out bytes.Buffer
	w, err := journal.NewWriter(&out, options)
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range files {
		add(t, w, fmt.Sprintf("%d.csv", i+1), file)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, problem := range w.Problems() {
		problems += fmt.Sprintf("%v %v\n", problem.Differs, problem)
	}
	return out.String(), problems
}

func add(t *testing.T, w *journal.Writer, name, file string) {
	t.Helper()
	reader, err := reportfile.Options{Name: name}.Open(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range reader.Settlements() {
		if err == nil {
			err = w.Add(&row)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, format := range journal.Formats() {
		for _, per := range []journal.Granularity{journal.PerSettlement, journal.PerTransaction} {
			name := fmt.Sprintf("%s-%s.txt", format, per)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				got, problems := write(t, journal.Options{Format: format, Per: per}, twoSettlements)
				if problems != "" {
					t.Errorf("problems: %s", problems)
				}
				path := filepath.Join("testdata", name)
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

// What doesn't fit is booked all the same, and named.
func TestProblems(t *testing.T) {
	t.Parallel()
	at := "2030-03-01T09:15:00 -0800"
	for name, test := range map[string]struct {
		rows, problems string
		lines          []string // that the journal has
	}{
		"a cent is missing": {
			line(at, "1", "", "Capture", "", "USD", "10.00", "0", "0", "0", "10.00") + line(at, "1", "", "Transfer", "", "USD", "-9.99", "0", "0", "0", "-9.99"),
			"true settlement 1 (USD): its rows do not balance: the difference of 0.01 USD stays on the account Assets:AmazonPay:Clearing\n", nil,
		},
		"an unknown type": {
			line(at, "1", "", "Sales; Tax: (x)", "", "USD", "10.00", "0", "0", "0", "10.00") + line(at, "1", "", "Transfer", "", "USD", "-10.00", "0", "0", "0", "-10.00"),
			"false the chart has no account for the transaction type \"Sales; Tax: (x)\": its rows (1) are on the account Equity:AmazonPay:Suspense; add the type to [types] of a chart\n",
			[]string{"Equity:AmazonPay:Suspense                     -10.00 USD  ; Sales; Tax (x)"},
		},
		"a row that doesn't add up": {
			line(at, "1", "", "Capture", "", "USD", "911", "-2.31", "-0.30", "-2.61", "116.39") + line(at, "1", "", "Transfer", "", "USD", "-116.39", "0", "0", "0", "-116.39"),
			"true settlement 1 (USD): rows do not add up (1), and the rest is on the account Equity:AmazonPay:Suspense; the first one: 1.csv: line 2: the row doesn't add up: the net amount is 116.39, but amount 911 and total fee -2.61 make 908.39\n",
			[]string{"Equity:AmazonPay:Suspense                     792.00 USD  ; Capture, left over"},
		},
		"a total fee that isn't its parts": {
			line(at, "1", "", "Capture", "", "USD", "10.00", "-1.00", "-0.30", "-1.31", "8.69") + line(at, "1", "", "Transfer", "", "USD", "-8.69", "0", "0", "0", "-8.69"),
			"true settlement 1 (USD): rows do not add up (1), and the rest is on the account Equity:AmazonPay:Suspense; the first one: 1.csv: line 2: the row doesn't add up: the total fee is -1.31, but percentage fee -1.00 and fixed fee -0.30 make -1.30\n",
			[]string{"Equity:AmazonPay:Suspense                       0.01 USD  ; Capture, left over"},
		},
		"authorizations move nothing": {
			line(at, "1", "", "Authorization", "", "USD", "0", "0", "0", "0", "0"), "", nil,
		},
		"an authorization that moves money": {
			line(at, "1", "", "Authorization", "", "USD", "3.00", "0", "0", "0", "3.00") + line(at, "1", "", "Transfer", "", "USD", "-3.00", "0", "0", "0", "-3.00"),
			"false the chart has no account for the transaction type \"Authorization\": its rows (1) are on the account Equity:AmazonPay:Suspense; add the type to [types] of a chart\n", nil,
		},
		"no transfer": {
			line(at, "1", "", "Capture", "", "USD", "3.00", "0", "0", "0", "3.00") + line(at, "1", "", "Carryover", "", "USD", "-3.00", "0", "0", "0", "-3.00"), "", nil,
		},
	} {
		for _, per := range []journal.Granularity{journal.PerSettlement, journal.PerTransaction} {
			t.Run(name+" per "+string(per), func(t *testing.T) {
				t.Parallel()
				got, problems := write(t, journal.Options{Per: per}, header+test.rows)
				if diff := cmp.Diff(test.problems, problems); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
				for _, want := range test.lines {
					if !strings.Contains(got, want+"\n") {
						t.Errorf("no line %q in:\n%s", want, got)
					}
				}
			})
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for name, test := range map[string]struct {
		since, until time.Time
		per          journal.Granularity
		want         int // bookings
	}{
		"all":                           {time.Time{}, time.Time{}, journal.PerSettlement, 4},
		"until the first settlement":    {time.Time{}, at("2030-03-02T07:59:59Z"), journal.PerSettlement, 2},
		"a second before":               {time.Time{}, at("2030-03-02T07:59:58Z"), journal.PerSettlement, 0},
		"since the second settlement":   {at("2030-03-02T14:00:00Z"), time.Time{}, journal.PerSettlement, 2},
		"a second later":                {at("2030-03-02T14:00:01Z"), time.Time{}, journal.PerSettlement, 0},
		"transactions since the refund": {at("2030-03-01T20:00:00Z"), time.Time{}, journal.PerTransaction, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := write(t, journal.Options{Per: test.per, Since: test.since, Until: test.until}, twoSettlements)
			if bookings := strings.Count(got, "\n2030-") + strings.Count(got[:min(len(got), 5)], "2030-"); bookings != test.want {
				t.Errorf("%d bookings, want %d:\n%s", bookings, test.want, got)
			}
		})
	}
}

func TestSettlementInTwoFiles(t *testing.T) {
	t.Parallel()
	w, err := journal.NewWriter(new(bytes.Buffer), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	add(t, w, "1.csv", twoSettlements)
	reader, err := reportfile.Options{Name: "2.csv"}.Open(strings.NewReader(twoSettlements))
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range reader.Settlements() {
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Add(&row); err == nil || !strings.Contains(err.Error(), "is in 1.csv as well and would count twice") {
			t.Errorf("Add: %v", err)
		}
		break
	}
	if err := w.Drop("2.csv"); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil || len(w.Problems()) > 0 {
		t.Errorf("the first file's bookings: %v, %v", err, w.Problems())
	}
	if err := w.Close(); err == nil {
		t.Error("Close again: no error")
	}
}

// A file that could not be read to its end leaves nothing behind.
func TestDrop(t *testing.T) {
	t.Parallel()
	for _, per := range []journal.Granularity{journal.PerSettlement, journal.PerTransaction} {
		var out bytes.Buffer
		w, err := journal.NewWriter(&out, journal.Options{Per: per})
		if err != nil {
			t.Fatal(err)
		}
		add(t, w, "1.csv", twoSettlements)
		add(t, w, "2.csv", header+line("2030-03-03T09:15:00 -0800", "9003", "", "Capture", "", "USD", "5.00", "0", "0", "0", "5.00"))
		err = w.Drop("2.csv")
		if per == journal.PerTransaction {
			if err == nil {
				t.Error("per transaction: no error")
			}
			continue
		}
		if err := errors.Join(err, w.Drop("3.csv"), w.Close()); err != nil || strings.Contains(out.String(), "9003") || !strings.Contains(out.String(), "9001") || len(w.Problems()) > 0 {
			t.Errorf("%v, %v\n%s", err, w.Problems(), out.String())
		}
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ chart, err string }{
		"empty":             {"", ""},
		"one account":       {`bank = "Assets:Bank:{currency}"`, ""},
		"a type":            {"[types]\nDebt = \"Expenses:Debt\"", ""},
		"an unknown key":    {"\nbnak = \"Assets:Bank\"", `the chart's line 2: "bnak" is not a key`},
		"an unknown table":  {"[type]\nCapture = \"Income:Sales\"", `is not a key`},
		"a wrong value":     {"bank = 3", "the chart's line 1"},
		"no TOML":           {"bank: Assets", "the chart's line 1"},
		"Transfer":          {"[types]\nTransfer = \"Assets:Bank\"", "whose account is bank"},
		"an empty name":     {`bank = ""`, "the chart's bank is \"\": an account needs a name"},
		"a line end":        {`bank = "Assets:\nBank"`, "no line ends"},
		"two spaces":        {`bank = "Assets:My  Bank"`, "no two spaces in a row"},
		"a comment":         {`clearing = "; all"`, "semicolon"},
		"a virtual account": {`fixed_fee = "(Expenses)"`, "doesn't begin with a mark"},
		"spaces":            {`suspense = " Equity"`, "doesn't begin or end with a space"},
		"an empty part":     {`suspense = "Equity::Suspense"`, "no empty part"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chart, err := journal.ReadChart(strings.NewReader(test.chart))
			if err == nil {
				_, err = journal.NewWriter(new(bytes.Buffer), journal.Options{Chart: chart})
			}
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
}

func TestChartNames(t *testing.T) {
	t.Parallel()
	chart, err := journal.ReadChart(strings.NewReader("bank = \"Assets:{currency}:Our Bank\"\n[types]\n\"Refund\" = \"\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, problems := write(t, journal.Options{Chart: chart}, twoSettlements)
	if !strings.Contains(got, "Assets:USD:Our Bank") || !strings.Contains(got, "Assets:JPY:Our Bank") {
		t.Errorf("no accounts of currencies:\n%s", got)
	}
	if !strings.Contains(problems, `transaction type "Refund"`) {
		t.Errorf("a type whose account was taken away: %q", problems)
	}
	if _, err := journal.NewWriter(new(bytes.Buffer), journal.Options{Chart: chart, Format: journal.FormatBeancount}); err == nil || !strings.Contains(err.Error(), "in Beancount") {
		t.Errorf("a name that Beancount doesn't read: %v", err)
	}
}

func TestNewWriterRefuses(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]journal.Options{
		"a format":      {Format: "gnucash"},
		"a granularity": {Per: "day"},
		"bounds":        {Since: time.Unix(2, 0), Until: time.Unix(1, 0)},
		"a chart":       {Chart: journal.Chart{Bank: "Assets:Bank"}},
	} {
		if _, err := journal.NewWriter(new(bytes.Buffer), options); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func TestWritingFails(t *testing.T) {
	t.Parallel()
	for _, format := range journal.Formats() {
		w, err := journal.NewWriter(fullDisk{}, journal.Options{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		add(t, w, "1.csv", twoSettlements)
		if err := w.Close(); err == nil {
			t.Errorf("%s: no error", format)
		}
	}
}

// The default chart has an account for each transaction type that package reportfile puts into a category, and for no other.
func TestDefaultChartHasTheTypesOfTheCategories(t *testing.T) {
	t.Parallel()
	types := journal.DefaultChart().Types
	for transactionType := range types {
		if category := transactionType.Category(); category == reportfile.CategoryOther || category == reportfile.CategoryPayouts {
			t.Errorf("%s has an account, but its category is %s", transactionType, category)
		}
	}
	for _, transactionType := range []reportfile.TransactionType{
		reportfile.TransactionCapture, reportfile.TransactionRefund, reportfile.TransactionDebt, reportfile.TransactionAToZGuarantee,
		reportfile.TransactionChargeback, reportfile.TransactionDispute, reportfile.TransactionAdjustment, reportfile.TransactionCarryover,
		reportfile.TransactionReserve,
	} {
		if types[transactionType] == "" || transactionType.Category() == reportfile.CategoryOther {
			t.Errorf("%s is in %s and has the account %q", transactionType, transactionType.Category(), types[transactionType])
		}
	}
}
