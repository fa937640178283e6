package statement

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// entry makes a row: posted, settlement, type, currency, amount, percentage fee, fixed fee.
func entry(file, posted, settlement, transactionType, currency, amount, percentage, fixed string) reportfile.SettlementRow {
	at, err := time.Parse(time.RFC3339, posted)
	if err != nil {
		panic(err)
	}
	row := reportfile.SettlementRow{
		File: file, Line: 7, Posted: at, SettlementID: settlement, Type: reportfile.TransactionType(transactionType), Currency: currency,
		Amount: decimal.MustParse(amount), PercentageFee: decimal.MustParse(percentage), FixedFee: decimal.MustParse(fixed),
	}
	row.TotalFee, _ = row.PercentageFee.Add(row.FixedFee)
	row.Net, _ = row.Amount.Add(row.TotalFee)
	return row
}

func filled(t *testing.T, options Options, rows ...reportfile.SettlementRow) *Statement {
	t.Helper()
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := s.Add(&row); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func pageOf(t *testing.T, s *Statement, found *reconcile.Results) *page {
	t.Helper()
	p, err := s.page(found)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (c cell) String() string { return c.Text + strings.Join(c.Groups, "") }

// texts are the rows of a table, each as one line.
func (t *table) texts() (lines []string) {
	if t == nil {
		return nil
	}
	for r := range t.Rows {
		fields := []string{strings.TrimSpace(r.Name + " " + r.Note)}
		for _, c := range r.Cells {
			fields = append(fields, c.String())
		}
		lines = append(lines, strings.Join(fields, "|"))
	}
	return lines
}

func (t *table) heads() string {
	var names []string
	for _, h := range t.Heads {
		names = append(names, h.Name)
	}
	return strings.Join(names, "|")
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// business is a settlement of two months, one that paid nothing out, and one in JPY.
func business() []reportfile.SettlementRow {
	return []reportfile.SettlementRow{
		entry("a.csv", "2026-10-31T23:30:00-07:00", "11", "Capture", "USD", "1250.00", "-36.25", "-0.30"), // November in UTC
		entry("a.csv", "2026-10-31T10:00:00-07:00", "11", "Refund", "USD", "-50", "1.45", "0"),
		entry("a.csv", "2026-11-01T00:10:00-07:00", "11", "Capture", "USD", "100.00", "-2.90", "-0.30"),
		entry("a.csv", "2026-11-02T00:00:00-07:00", "11", "Gift Card <Top-up>", "USD", "7.5", "0", "0"),
		entry("a.csv", "2026-11-02T00:00:00-07:00", "11", "Chargeback", "USD", "-20.00", "0", "0"),
		entry("a.csv", "2026-11-02T00:00:00-07:00", "11", "Dispute", "USD", "-10.00", "0", "0"),
		entry("a.csv", "2026-11-02T00:00:00-07:00", "11", "Authorization", "USD", "0", "0", "0"),
		entry("a.csv", "2026-11-02T00:00:00-07:00", "11", "Reserve", "USD", "-5.00", "0", "0"),
		entry("a.csv", "2026-11-02T00:00:00-07:00", "11", "Transfer", "USD", "-1234.20", "0", "0"),
		entry("b.csv", "2026-11-05T09:00:00-07:00", "12", "Capture", "USD", "3.00", "-0.09", "-0.30"),
		entry("b.csv", "2026-11-05T09:00:00-07:00", "12", "Debt", "USD", "-2.61", "0", "0"),
		entry("c.csv", "2026-11-06T09:00:00+09:00", "13", "Capture", "JPY", "120000", "-4680", "0"),
		entry("c.csv", "2026-11-07T09:00:00+09:00", "13", "Transfer", "JPY", "-115320", "0", "0"),
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	p := pageOf(t, filled(t, Options{}, business()...), nil)
	if p.Period != "2026-10-31 to 2026-11-07" || len(p.Currencies) != 2 || p.Currencies[0].Currency != "JPY" {
		t.Fatalf("%s, %d currencies", p.Period, len(p.Currencies))
	}
	jpy, usd := p.Currencies[0], p.Currencies[1]
	equal(t, "totals", usd.Totals.texts(),
		"Sold Capture|3|1353.00", "Refunded Refund|1|-50.00", "Percentage fees||-37.79", "Fixed fees||-0.90",
		"Claims|2|-30.00", "Chargeback|1|-20.00", "Dispute|1|-10.00", "Reserves|2|-7.61", "Debt|1|-2.61", "Reserve|1|-5.00",
		"Authorization|1|0.00", "Gift Card <Top-up>|1|7.50", "Paid out Transfer|1|1234.20", "Difference||0.00")
	if got, want := usd.Months.heads(), "Month|Settlements|Sold|Refunded|Percentage fees|Fixed fees|Claims|Reserves|Gift Card <Top-up>|Paid out|Earned less paid out"; got != want {
		t.Errorf("columns\n%s, not\n%s", got, want)
	}
	equal(t, "months", usd.Months.texts(),
		"2026-10|1|1250.00|-50.00|-34.80|-0.30|0.00|0.00|0.00|0.00|1164.90",
		"2026-11|2|103.00|0.00|-2.99|-0.60|-30.00|-7.61|7.50|1234.20|-1164.90",
		"All months|2|1353.00|-50.00|-37.79|-0.90|-30.00|-7.61|7.50|1234.20|0.00")
	equal(t, "settlements", usd.PerSettlement.texts(),
		"11|2026-10-31 to 2026-11-02|1350.00|-50.00|-37.70|-0.60|-30.00|-5.00|7.50|1234.20|0.00|9|a.csv",
		"12|2026-11-05|3.00|0.00|-0.09|-0.30|0.00|-2.61|0.00|0.00|0.00|2|b.csv",
		"All settlements||1353.00|-50.00|-37.79|-0.90|-30.00|-7.61|7.50|1234.20|0.00|11|")
	equal(t, "parts", usd.Parts.texts(),
		"11|2026-10|1250.00|-50.00|-34.80|-0.30|0.00|0.00|0.00|0.00|1164.90",
		"11|2026-11|100.00|0.00|-2.90|-0.30|-30.00|-5.00|7.50|1234.20|-1164.90")
	equal(t, "JPY", jpy.Totals.texts(), "Sold Capture|1|120000", "Refunded|0|0", "Percentage fees||-4680", "Fixed fees||0", "Reserves|0|0", "Paid out Transfer|1|115320", "Difference||0")
	if jpy.Parts != nil {
		t.Errorf("JPY has parts: %v", jpy.Parts.texts())
	}
}

// What a file says in its own words is on the page as it stands, and never takes the place of a column.
func TestUnknownTypes(t *testing.T) {
	t.Parallel()
	var rows []reportfile.SettlementRow
	for i, name := range []string{"Sold", "Paid out", "Difference", "", "capture", "売上"} {
		rows = append(rows, entry("a.csv", "2026-11-01T00:00:00Z", "1", name, "EUR", fmt.Sprintf("%d.00", i+1), "0", "0"))
	}
	rows = append(rows, entry("a.csv", "2026-11-02T00:00:00Z", "1", "Transfer", "EUR", "-21.00", "0", "0"))
	eur := pageOf(t, filled(t, Options{}, rows...), nil).Currencies[0]
	if got, want := eur.Months.heads(), "Month|Settlements|Sold|Refunded|Percentage fees|Fixed fees|Reserves|(no transaction type)|Difference|Paid out|Sold|capture|売上|Paid out|Earned less paid out"; got != want {
		t.Errorf("columns\n%s, not\n%s", got, want)
	}
	equal(t, "months", eur.Months.texts()[:1], "2026-11|1|0.00|0.00|0.00|0.00|0.00|4.00|3.00|2.00|1.00|5.00|6.00|21.00|0.00")
}

// A row that doesn't add up leaves something over, which has a column, and the page says that it is a difference.
func TestRowsThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	wrong := entry("a.csv", "2026-11-01T00:00:00Z", "1", "Capture", "EUR", "10.00", "-0.50", "0")
	wrong.Net = decimal.MustParse("9.60")
	p := pageOf(t, filled(t, Options{}, wrong, entry("a.csv", "2026-11-01T00:00:00Z", "1", "Transfer", "EUR", "-9.60", "0", "0")), nil)
	equal(t, "settlements", p.Currencies[0].PerSettlement.texts()[:1], "1|2026-11-01|10.00|0.00|-0.50|0.00|0.00|0.10|9.60|0.00|2|a.csv")
	if !strings.Contains(p.Currencies[0].PerSettlement.heads(), "|Rows that do not add up|Paid out|") {
		t.Error(p.Currencies[0].PerSettlement.heads())
	}
	if p.Findings.Different != 1 || !strings.Contains(p.Findings.Differences.texts()[0], "Settlement 1|rows do not add up|EUR|||2026-11-01|") {
		t.Errorf("%+v", p.Findings)
	}
}

// The columns of each line make what was paid out and the difference, and the totals are those of the summary, whatever the rows are.
func TestFiguresEqualTheSummary(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	types := []string{"Capture", "Refund", "Chargeback", "Dispute", "A-to-z Guarantee Claim", "Adjustment", "Debt", "Carryover", "Reserve", "Transfer", "Authorization", "Tax", ""}
	for range 50 {
		s := filled(t, Options{})
		summary := new(reportfile.Summary)
		for i := range 200 {
			row := entry("a.csv", time.Date(2026, 9, 1+i%70, 0, 0, 0, 0, time.UTC).Format(time.RFC3339), fmt.Sprint(random.IntN(5)), types[random.IntN(len(types))], "EUR",
				fmt.Sprintf("%d.%02d", random.IntN(1000)-500, random.IntN(100)), fmt.Sprintf("-0.%03d1", random.IntN(100)), "0.3")
			if random.IntN(20) == 0 {
				row.Net = decimal.MustParse("1.00")
			}
			if err := cmp.Or(s.Add(&row), summary.Add(&row)); err != nil {
				t.Fatal(err)
			}
		}
		want, parts := newLine("EUR"), newLine("EUR")
		for _, settlement := range summary.Settlements() {
			if err := want.addSettlement(&settlement); err != nil {
				t.Fatal(err)
			}
		}
		b := newBooks("EUR")
		for _, of := range s.covered() {
			if _, err := b.add(of); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range b.months {
			for c, amount := range m.amounts {
				if err := parts.add(c, amount); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range columnsOf([]*line{want}) {
			if b.total.amount(c).String() != want.amount(c).String() || parts.amount(c).String() != want.amount(c).String() {
				t.Errorf("%s: %s in total, %s in the months, %s in the summary", c, b.total.amount(c), parts.amount(c), want.amount(c))
			}
		}
		sum := newLine("EUR")
		for c, amount := range b.total.amounts {
			if c.kind >= paidOut {
				amount = amount.Neg()
			}
			if err := sum.add(column{}, amount); err != nil {
				t.Fatal(err)
			}
		}
		if !sum.amount(column{}).IsZero() {
			t.Errorf("the columns leave %s", sum.amount(column{}))
		}
	}
}

func TestTwoFiles(t *testing.T) {
	t.Parallel()
	rows := business()
	s := filled(t, Options{}, rows[:9]...)
	again := rows[0]
	again.File = "copy.csv"
	if err := s.Add(&again); err != nil {
		t.Error(err)
	}
	equal(t, "another file", pageOf(t, s, nil).Findings.Differences.texts(), "Settlement 11|duplicate|USD|||2026-11-02|it is in a.csv and in copy.csv; the first one counts")
	s.Drop("copy.csv")
	if p := pageOf(t, s, nil); p.Findings.Different != 0 {
		t.Errorf("a file that was left out: %v", p.Findings.Differences.texts())
	}
	equal(t, "settlements", pageOf(t, s, nil).Currencies[0].PerSettlement.texts()[:1], "11|2026-10-31 to 2026-11-02|1350.00|-50.00|-37.70|-0.60|-30.00|-5.00|7.50|1234.20|0.00|9|a.csv")
	s.Drop("a.csv")
	if p := pageOf(t, s, nil); len(p.Currencies) != 0 {
		t.Errorf("what was left out is there: %+v", p.Currencies)
	}
	if err := s.Add(&again); err != nil {
		t.Errorf("what was left out can't come from another file: %v", err)
	}
}

func TestTooManyDigits(t *testing.T) {
	t.Parallel()
	long := entry("a.csv", "2026-11-01T00:00:00Z", "1", "Capture", "EUR", "99999999999999999.00", "0", "0")
	s := filled(t, Options{}, long)
	if err := s.Add(&long); err == nil {
		t.Fatal("a sum of 20 digits was accepted")
	}
	if _, err := s.Write(new(bytes.Buffer), nil); err == nil {
		t.Error("a page without a row was written")
	}
	s.Drop("a.csv")
	if _, err := s.Write(new(bytes.Buffer), nil); err != nil {
		t.Error(err)
	}
	two := filled(t, Options{}, long, entry("b.csv", "2026-11-01T00:00:00Z", "2", "Capture", "EUR", "99999999999999999.00", "0", "0"))
	if _, err := two.Write(new(bytes.Buffer), nil); err == nil {
		t.Error("a total of 20 digits was written")
	}
}

func TestSinceAndUntil(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time { return entry("", text, "", "", "", "0", "0", "0").Posted }
	for _, test := range []struct {
		since, until time.Time
		want         string
	}{
		{want: "13 11 12"},
		{since: at("2026-11-02T07:00:00Z"), want: "13 11 12"},
		{since: at("2026-11-02T07:00:01Z"), want: "13 12"},
		{until: at("2026-11-02T07:00:00Z"), want: "11"},
		{until: at("2026-11-02T06:59:59Z"), want: ""},
		{since: at("2026-11-05T16:00:00Z"), until: at("2026-11-05T16:00:00Z"), want: "12"},
	} {
		var got []string
		for _, c := range pageOf(t, filled(t, Options{Since: test.since, Until: test.until}, business()...), nil).Currencies {
			for r := range c.PerSettlement.Rows {
				if !r.Sum {
					got = append(got, r.Name)
				}
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("from %v to %v: %v, not %s", test.since, test.until, got, test.want)
		}
	}
	if _, err := New(Options{Since: at("2026-11-02T00:00:00Z"), Until: at("2026-11-01T00:00:00Z")}); err == nil {
		t.Error("an end before the beginning was accepted")
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "0", "0.00": "0.00", "999.99": "999.99", "-999": "-999", "1000": "1|000", "-1000.5": "-1|000.5", "-123456.78": "-123|456.78",
		"1234567.891": "1|234|567.891", "9999999999999999999": "9|999|999|999|999|999|999", "": "",
	} {
		c := number(text)
		if got := strings.Join(append([]string{c.Text}, c.Groups...), "|"); got != want || c.String() != text {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}

// found has a result of each kind, and one that differs of each.
func found() *reconcile.Results {
	amount := decimal.MustParse
	at := time.Date(2026, 11, 3, 1, 0, 0, 0, time.UTC)
	return &reconcile.Results{
		AsOf: at.AddDate(0, 0, 10),
		Settlements: []reconcile.SettlementResult{
			{Status: reconcile.AmountDiffers, SettlementID: "11", Currency: "USD", File: "a.csv", Transferred: amount("1234.20"), Disbursed: amount("1234.00"), TransferTime: at},
			{Status: reconcile.NoTransfer, SettlementID: "12", Currency: "USD", Transferred: amount("0.00"), Disbursed: amount("0.00")},
			{Status: reconcile.Matched, SettlementID: "13", Currency: "JPY", Transferred: amount("115320"), Disbursed: amount("115320"), TransferTime: at},
			{Status: reconcile.NoSettlement, SettlementID: "14", Currency: "USD", Transferred: amount("0.00"), Disbursed: amount("5.00"), DisbursementTime: at},
		},
		Reports: []reconcile.ReportResult{
			{Status: reconcile.Matched, ReportID: "R1", Listed: true, File: "a.csv", End: at},
			{Status: reconcile.NoFile, ReportID: "R2", Listed: true, End: at, Detail: "the service lists it, and it is not among the files"},
			{Status: reconcile.Unreadable, File: "broken.csv", Detail: `broken.csv, line 9: "12,5" is not an amount`},
		},
		Orders: []reconcile.OrderResult{
			{Status: reconcile.Matched, OrderID: "SECRET-ORDER", Currency: "USD", Ordered: amount("1250.00"), Captured: amount("1250.00")},
			{Status: reconcile.NoCapture, OrderID: "1001", Currency: "USD", Ordered: amount("20.00"), Captured: amount("0.00")},
			{Status: reconcile.NoOrder, Currency: "USD", Ordered: amount("0.00"), Captured: amount("3.00")},
		},
		Bank: []reconcile.BankResult{
			{Status: reconcile.Matched, SettlementIDs: []string{"13"}, Currency: "JPY", Disbursed: amount("115320"), Booked: amount("115320"), DisbursementTime: at},
			{Status: reconcile.NoBankLine, SettlementIDs: []string{"11"}, Currency: "USD", Disbursed: amount("1234.00"), Booked: amount("0.00"), DisbursementTime: at},
			{Status: reconcile.NoDisbursement, Currency: "USD", Disbursed: amount("0.00"), Booked: amount("77.00"), BookedOn: at, File: "bank.csv", Line: 4},
		},
		Sums: []reconcile.ChainSums{
			{Currency: "JPY", Ordered: amount("0"), Captured: amount("0"), Transferred: amount("115320"), Disbursed: amount("115320"), Booked: amount("115320")},
			{Currency: "USD", Ordered: amount("1270.00"), Captured: amount("1253.00"), Transferred: amount("1234.20"), Disbursed: amount("1239.00"), Booked: amount("77.00")},
		},
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	f := pageOf(t, filled(t, Options{}, business()...), found()).Findings
	equal(t, "differences", f.Differences.texts(),
		"Settlement 11|amount differs|USD|1234.20|1234.00|2026-11-03|",
		"Settlement 14|no settlement|USD|0.00|5.00|2026-11-03|",
		"Report R2|no file||||2026-11-03|the service lists it, and it is not among the files",
		`File broken.csv|unreadable|||||broken.csv, line 9: "12,5" is not an amount`,
		"Order 1001|no capture|USD|0.00|20.00||",
		"Captures without an order number|no order|USD|3.00|0.00||",
		"Settlement 11|no bank line|USD|1234.00|0.00|2026-11-03|",
		"Bank line|no disbursement|USD|0.00|77.00|2026-11-03|line 4 of bank.csv")
	equal(t, "counts", f.Counts.texts(),
		"Settlements by themselves|balanced|3",
		"Settlements and disbursements|amount differs|1", "Settlements and disbursements|no settlement|1", "Settlements and disbursements|matched|1", "Settlements and disbursements|no transfer|1",
		"Reports and files|no file|1", "Reports and files|unreadable|1", "Reports and files|matched|1",
		"Orders and captures|no capture|1", "Orders and captures|no order|1", "Orders and captures|matched|1",
		"Disbursements and bank lines|no bank line|1", "Disbursements and bank lines|no disbursement|1", "Disbursements and bank lines|matched|1")
	equal(t, "sums", f.Sums.texts(), "JPY|0|0|115320|115320|115320", "USD|1270.00|1253.00|1234.20|1239.00|77.00")
	without := found()
	without.Orders, without.Bank = nil, nil
	if sums := pageOf(t, filled(t, Options{}, business()...), without).Findings.Sums; sums.heads() != "Currency|Transferred|Disbursed" {
		t.Errorf("the sums of what was not compared are shown: %s", sums.heads())
	}
	if f.Different != 8 || f.AsOf != "2026-11-13 01:00 UTC" || f.NotCompared != nil {
		t.Errorf("%+v", f)
	}
	if f := pageOf(t, filled(t, Options{}, business()...), nil).Findings; len(f.NotCompared) != 4 || f.Different != 0 || f.Differences != nil {
		t.Errorf("nothing compared: %+v", f)
	}
	// A settlement that is not balanced is a difference without reconcile, and the same one with it.
	cut := business()[:8]
	for name, told := range map[string][]reconcile.SettlementResult{"alone": nil, "told": {{Status: reconcile.Unbalanced, SettlementID: "11", Currency: "USD"}}} {
		f := pageOf(t, filled(t, Options{}, cut...), &reconcile.Results{Settlements: told}).Findings
		if f.Different != 1 || !strings.HasPrefix(f.Differences.texts()[0], "Settlement 11|not balanced|USD|") {
			t.Errorf("%s: %v", name, f.Differences.texts())
		}
	}
}

func write(t *testing.T, s *Statement, found *reconcile.Results) string {
	t.Helper()
	var text strings.Builder
	if _, err := s.Write(&text, found); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestPage(t *testing.T) {
	t.Parallel()
	got := write(t, filled(t, Options{Title: "Shop & Söhne"}, business()...), found())
	again := write(t, filled(t, Options{Title: "Shop & Söhne"}, business()...), found())
	if got != again {
		t.Error("the same input made another page")
	}
	if strings.Contains(got, "SECRET-ORDER") {
		t.Error("an order that matches is named")
	}
	path := filepath.Join("testdata", "page.html")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; go test -update rewrites it):\n%s", path, diff)
	}
}

// The page loads nothing, and its policy lets its own style pass and nothing else.
func TestPolicy(t *testing.T) {
	t.Parallel()
	text := write(t, filled(t, Options{}, business()...), nil)
	inStyle := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(text)
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(text)
	if inStyle == nil || policy == nil {
		t.Fatal("there is no style or no policy")
	}
	hash := sha256.Sum256([]byte(inStyle[1]))
	if want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'"; html.UnescapeString(policy[1]) != want {
		t.Errorf("the policy is %s, not %s", html.UnescapeString(policy[1]), want)
	}
	for _, forbidden := range []string{"http:", "https:", "//", " src=", "url(", "@import", "<script", "<link", "<base", " style=", " on"} {
		without := strings.Replace(text, policy[0], "", 1) // whose hash can contain anything
		if forbidden == " on" {
			without = regexp.MustCompile(`>[^<]*<`).ReplaceAllString(text[strings.Index(text, "</style>"):], "><")
		}
		if strings.Contains(without, forbidden) {
			t.Errorf("the page contains %q", forbidden)
		}
	}
}

// What files and people say can't become a part of the page.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	hostile := `"><script>alert(1)</script><img src=x onerror=alert(1)> {{.}} </title></style>`
	row := entry(hostile, "2026-11-01T00:00:00Z", hostile, hostile, "EUR", "1.00", "0", "0")
	text := write(t, filled(t, Options{Title: hostile}, row), &reconcile.Results{
		Settlements: []reconcile.SettlementResult{{Status: reconcile.Status(hostile), SettlementID: hostile, Currency: hostile, Detail: hostile, File: hostile}},
		Orders:      []reconcile.OrderResult{{Status: reconcile.NoOrder, OrderID: hostile}},
		Reports:     []reconcile.ReportResult{{Status: reconcile.Unreadable, File: hostile}},
		Bank:        []reconcile.BankResult{{Status: reconcile.NoDisbursement, File: hostile, Detail: hostile}},
	})
	for _, element := range []string{"script", "img"} {
		if strings.Contains(text, "<"+element) {
			t.Errorf("the page has an element %s", element)
		}
	}
	if n := strings.Count(text, "</style>"); n != 1 {
		t.Errorf("%d ends of the style", n)
	}
	if n := strings.Count(html.UnescapeString(text), hostile); n < 12 {
		t.Errorf("the text is on the page %d times", n)
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	usd := pageOf(t, filled(t, Options{}, business()...), nil).Currencies[1]
	if usd.Chart.Rows[1].Text != "Sold 103.00, Refunded 0.00, Percentage fees -2.99, Fixed fees -0.60, Claims -30.00, Reserves -7.61, Gift Card <Top-up> 7.50, Paid out 1234.20" {
		t.Error(usd.Chart.Rows[1].Text)
	}
	var names []string
	for _, segment := range usd.Chart.Legend {
		names = append(names, segment.Class)
	}
	equal(t, "legend", names, "sold", "refunded", "fees", "reserves", "other", "paid")
	for _, test := range []struct {
		amounts []string // of a capture, a refund and a transfer
		want    string
	}{
		{[]string{"75", "-25", "-50"}, "25.00%: sold 25.00%+75.00% refunded 0.00%+25.00% paid 25.00%+50.00%"},
		{[]string{"0", "-50", "50"}, "100.00%: refunded 0.00%+100.00% paid 0.00%+100.00%"}, // paid by the merchant
		{[]string{"10", "0", "0"}, "0.00%: sold 0.00%+100.00%"},
		{[]string{"0", "0", "0"}, ""},
	} {
		c := pageOf(t, filled(t, Options{},
			entry("a", "2026-11-01T00:00:00Z", "1", "Capture", "EUR", test.amounts[0], "0", "0"), entry("a", "2026-11-01T00:00:00Z", "1", "Refund", "EUR", test.amounts[1], "0", "0"),
			entry("a", "2026-11-01T00:00:00Z", "1", "Transfer", "EUR", test.amounts[2], "0", "0")), nil).Currencies[0].Chart
		got := ""
		if c != nil {
			got = c.Zero + ":"
			for _, b := range c.Rows[0].Bars {
				got += " " + b.Class + " " + b.X + "+" + b.Width
			}
		}
		if got != test.want {
			t.Errorf("%v: %s, not %s", test.amounts, got, test.want)
		}
	}
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	if _, err := filled(t, Options{}, business()...).Write(failing{}, nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

// An empty period is a page that says so.
func TestEmpty(t *testing.T) {
	t.Parallel()
	text := write(t, filled(t, Options{}), nil)
	for _, want := range []string{"There are no settlements in this period.", "<title>Amazon Pay statement</title>"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if strings.Contains(text, "<nav") || strings.Contains(text, "<svg") {
		t.Error("there is something on an empty page")
	}
}
