//go:build page

// This test needs node, `npm ci` in this directory, and Chromium; make check-page runs it where they are there, and says so where they aren't.

package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
	"github.com/amazonpay-go/payreports/statement"
)

// seenPage is what Chromium saw of a page.
type seenPage struct {
	File, Title        string
	Requests, Messages []string
	Tables             []seenTable
	Wide               map[string]struct {
		Pixels int
		Cut    []string
	}
	Sheets   []seenSheet
	Findings map[string][]string
	Checked  int
}

// seenSheet is a sheet that was printed.
type seenSheet struct {
	Box        string
	Characters int
}

type seenTable struct {
	Caption string
	Heads   []string
	Rows    [][]string
}

// A year of three merchants, and pages that are hard to lay out: each opens from the disk, asks for nothing, says nothing on the console, needs no
// script, fits small and large windows, passes axe in light and in dark, and prints on A4.
func TestPageInChromium(t *testing.T) {
	t.Parallel()
	browser := chromium()
	version := ""
	if browser != "" {
		version = compared.VersionOf(t, browser, "--version") + ", " + compared.VersionOfNPM(t, ".", "axe-core")
	}
	compares := compared.With(t, "pages of statement: figures, layout, accessibility", "Chromium, and axe", version)
	compared.NeedsNPM(t, ".")
	if browser == "" {
		t.Skip("chromium is not installed here")
	}
	dir := t.TempDir()
	summary, totals := writeYearPage(t, filepath.Join(dir, "year.html"))
	writeCrowdedPage(t, filepath.Join(dir, "crowded.html"))
	writePage(t, filepath.Join(dir, "single.html"), statement.Options{Title: "One settlement"}, nil,
		pageRow("2026-10-05T12:00:00-07:00", "10071006232", "Capture", "USD", "1250.00"), pageRow("2026-10-06T12:00:00-07:00", "10071006232", "Transfer", "USD", "-1250.00"))
	writePage(t, filepath.Join(dir, "empty.html"), statement.Options{}, nil)
	writePage(t, filepath.Join(dir, "longtype.html"), statement.Options{}, nil,
		pageRow("2026-10-05T12:00:00-07:00", "10071006232", strings.Repeat("T", 120), "USD", "1250.00"), pageRow("2026-10-06T12:00:00-07:00", "10071006232", "Transfer", "USD", "-1250.00"))
	files := []string{"year", "crowded", "single", "empty", "longtype"}

	command := exec.CommandContext(t.Context(), "node", "node/statement.cjs")
	for _, name := range files {
		command.Args = append(command.Args, filepath.Join(dir, name+".html"))
	}
	var stderr bytes.Buffer
	command.Env, command.Stderr = append(os.Environ(), "CHROMIUM="+browser), &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var pages []seenPage
	if err := json.Unmarshal(output, &pages); err != nil || len(pages) != len(files) {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(page.File), ".html"), func(t *testing.T) {
			t.Parallel()
			page.check(t)
			compares.Count(1, "pages")
			compares.Count(page.Checked, "rules of axe")
		})
	}
	compares.Count(pages[0].checkFigures(t, summary, totals), "figures")
	if differences := pages[1].table(t, "Differences"); len(differences.Rows) != 200 {
		t.Errorf("%d differences", len(differences.Rows))
	}
}

// chromium is the path of the browser, or "" if there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func (p *seenPage) check(t *testing.T) {
	t.Helper()
	if p.Title == "" {
		t.Error("it has no title")
	}
	for _, url := range p.Requests {
		if url != "file://"+p.File {
			t.Errorf("it asks for %s", url)
		}
	}
	if len(p.Messages) > 0 {
		t.Errorf("on the console: %v", p.Messages)
	}
	if len(p.Wide) != 3 {
		t.Errorf("it was seen in %d widths", len(p.Wide))
	}
	for width, wide := range p.Wide {
		if wide.Pixels > 0 || len(wide.Cut) > 0 {
			t.Errorf("in a window of %s pixels it is wider by %d, and cuts off %v", width, wide.Pixels, wide.Cut)
		}
	}
	for _, scheme := range []string{"light", "dark"} {
		findings, checked := p.Findings[scheme]
		if !checked || p.Checked < 10 {
			t.Errorf("%s: axe checked %d rules", scheme, p.Checked)
		}
		for _, finding := range findings[:min(len(findings), 5)] {
			t.Errorf("%s: %s (findings: %d)", scheme, finding, len(findings))
		}
	}
	if len(p.Sheets) == 0 {
		t.Error("nothing was printed")
	}
	const least = 40 // a heading and the page's number are fewer, and the end of a table or a chart is more
	for i, sheet := range p.Sheets {
		if sheet.Characters < least {
			t.Errorf("sheet %d has %d characters: a heading or a row stands alone", i+1, sheet.Characters)
		}
		var sides [4]float64
		if _, err := fmt.Sscan(sheet.Box, &sides[0], &sides[1], &sides[2], &sides[3]); err != nil {
			t.Fatal(err)
		}
		short, long := min(sides[2], sides[3]), max(sides[2], sides[3])
		if short < 594 || short > 596 || long < 841 || long > 843 {
			t.Errorf("a sheet is not A4: %s", sheet.Box)
		}
	}
}

func (p *seenPage) table(t *testing.T, caption string) seenTable {
	t.Helper()
	i := slices.IndexFunc(p.Tables, func(table seenTable) bool { return table.Caption == caption })
	if i < 0 {
		t.Fatalf("%s has no table %q", p.File, caption)
	}
	return p.Tables[i]
}

// figureNames are the columns of the page, in its order, by what the summary calls them. Fees have no category.
var figureNames = []struct {
	name     string
	category reportfile.Category
}{
	{"Sold", reportfile.CategorySales},
	{"Refunded", reportfile.CategoryRefunds},
	{"Percentage fees", ""},
	{"Fixed fees", ""},
	{"Claims", reportfile.CategoryClaims},
	{"Reserves", reportfile.CategoryReserves},
	{"Paid out", reportfile.CategoryPayouts},
}

// figuresOf are the figures of the page by the sums of each category. What was paid out is negative in the summary and positive on the page.
func figuresOf(currency string, difference decimal.Decimal, of func(reportfile.Category) reportfile.Sums) []string {
	var percentage, fixed decimal.Decimal
	for _, category := range reportfile.Categories() {
		percentage, fixed = mustAdd(percentage, of(category).PercentageFee), mustAdd(fixed, of(category).FixedFee)
	}
	var texts []string
	for _, figure := range figureNames {
		amount := of(figure.category).Amount
		switch figure.name {
		case "Percentage fees":
			amount = percentage
		case "Fixed fees":
			amount = fixed
		case "Paid out":
			amount = amount.Neg()
		}
		texts = append(texts, reportfile.WithMinorDigits(amount, currency).String())
	}
	return append(texts, difference.String())
}

func mustAdd(a, b decimal.Decimal) decimal.Decimal {
	sum, err := reportfile.AddExact(a, b)
	if err != nil {
		panic(err)
	}
	return sum
}

// checkFigures compares every figure of the tables with the summary and the totals that file summary prints, and returns how many there are.
func (p *seenPage) checkFigures(t *testing.T, summary *reportfile.Summary, totals *yearTotals) (figures int) {
	t.Helper()
	for _, total := range totals.all {
		currency := total.Currency
		want := figuresOf(currency, total.Difference, total.Of)
		byName := make(map[string]string)
		for _, row := range p.table(t, currency+", in total").Rows {
			name := row[0]
			for _, figure := range figureNames {
				if strings.HasPrefix(name, figure.name) {
					name = figure.name // a type may stand behind it
				}
			}
			byName[name] = row[2]
		}
		for i, figure := range figureNames {
			figures++
			if byName[figure.name] != want[i] {
				t.Errorf("%s, in total, %s: %s, not %s", currency, figure.name, byName[figure.name], want[i])
			}
		}
		settlements := [][]string{}
		for _, s := range summary.Settlements() {
			if s.Currency == currency {
				settlements = append(settlements, append([]string{s.SettlementID}, figuresOf(currency, s.Difference, categoriesOf(&s))...))
			}
		}
		settlements = append(settlements, append([]string{"All settlements"}, want...))
		columns := len(figureNames) + 1
		got := p.table(t, currency+" by settlement")
		if diff := cmp.Diff(settlements, cut(got.Rows, 2, columns)); diff != "" {
			t.Errorf("%s by settlement (-summary +page):\n%s", currency, diff)
		}
		if diff := cmp.Diff(figureHeads(), got.Heads[2:2+len(figureNames)]); diff != "" {
			t.Errorf("%s by settlement, columns (-want +page):\n%s", currency, diff)
		}
		months := [][]string{}
		for _, month := range totals.months {
			if month.Currency == currency {
				months = append(months, append([]string{month.Group}, figuresOf(currency, month.Difference, month.Of)...))
			}
		}
		months = append(months, append([]string{"All months"}, want...))
		if diff := cmp.Diff(months, cut(p.table(t, currency+" by month").Rows, 2, columns)); diff != "" {
			t.Errorf("%s by month (-totals +page):\n%s", currency, diff)
		}
		figures += (len(settlements) + len(months)) * columns
	}
	if len(totals.all) != 3 || len(totals.months) < 3*12 || len(summary.Settlements()) < 3*365 {
		t.Error("too little happened in this year")
	}
	return figures
}

func figureHeads() []string {
	var names []string
	for _, figure := range figureNames {
		names = append(names, figure.name)
	}
	return names
}

// cut leaves the name of each row and the columns from one on.
func cut(rows [][]string, from, columns int) [][]string {
	short := make([][]string, len(rows))
	for i, row := range rows {
		short[i] = append([]string{row[0]}, row[from:from+columns]...)
	}
	return short
}

func categoriesOf(s *reportfile.SettlementSummary) func(reportfile.Category) reportfile.Sums {
	return func(category reportfile.Category) reportfile.Sums {
		var sums reportfile.Sums
		if category == reportfile.CategoryPayouts {
			return s.Transfer
		}
		for _, t := range s.Types {
			if t.Type.Category() == category {
				sums.Amount, sums.PercentageFee, sums.FixedFee = mustAdd(sums.Amount, t.Amount), mustAdd(sums.PercentageFee, t.PercentageFee), mustAdd(sums.FixedFee, t.FixedFee)
			}
		}
		return sums
	}
}

type yearTotals struct{ all, months []reportfile.Total }

// writeYearPage writes the page of 2029 of three merchants, compared with their disbursements.
func writeYearPage(t *testing.T, name string) (*reportfile.Summary, *yearTotals) {
	t.Helper()
	files := t.TempDir()
	writeYear(t, files)
	page, err := statement.New(statement.Options{})
	if err != nil {
		t.Fatal(err)
	}
	summary, all, months := new(reportfile.Summary), reportfile.NewTotals(reportfile.ByCurrency), reportfile.NewTotals(reportfile.ByMonth)
	books := reconcile.Books{Settlements: reconcile.NewSettlements(reconcile.Scope{FilesOnly: true})}
	eachRow(t, files, func(row *reportfile.SettlementRow) error {
		for _, add := range []func(*reportfile.SettlementRow) error{page.Add, summary.Add, all.Add, months.Add, books.Add} {
			if err := add(row); err != nil {
				return err
			}
		}
		return nil
	})
	eachSettlement(t, func(m *merchant.Merchant, s merchant.Settlement) {
		err := books.AddDisbursement(api.Disbursement{
			SettlementID: s.ID, CurrencyCode: m.Currency(), Amount: decimal.MustNew(m.TransferAmount(s), m.MinorDigits()), TransactionTime: wire.NewDateTime(s.Disbursed()),
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	found, err := books.Results(yearStart.AddDate(1, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	savePage(t, name, page, found, 0)
	totals := new(yearTotals)
	for list, of := range map[*[]reportfile.Total]*reportfile.Totals{&totals.all: all, &totals.months: months} {
		if *list, err = of.List(); err != nil {
			t.Fatal(err)
		}
	}
	return summary, totals
}

func savePage(t *testing.T, name string, page *statement.Statement, found *reconcile.Results, differences int) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if n, err := page.Write(file, found); err != nil || n != differences {
		t.Fatalf("%s names %d differences, not %d: %v", name, n, differences, err)
	}
}

func writePage(t *testing.T, name string, options statement.Options, found *reconcile.Results, rows ...reportfile.SettlementRow) {
	t.Helper()
	page, err := statement.New(options)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := page.Add(&row); err != nil {
			t.Fatal(err)
		}
	}
	differences := 0
	if found != nil {
		for _, r := range found.Settlements {
			if r.Status.Differs() {
				differences++
			}
		}
	}
	savePage(t, name, page, found, differences)
}

func pageRow(posted, settlement, transactionType, currency, amount string) reportfile.SettlementRow {
	at, err := time.Parse(time.RFC3339, posted)
	if err != nil {
		panic(err)
	}
	return reportfile.SettlementRow{
		File:   "reports/account=europe/type=settlement/date=2026-10-31/" + settlement + "-0123456789abcdef.csv.gz",
		Posted: at, SettlementID: settlement, Type: reportfile.TransactionType(transactionType), Currency: currency, Amount: decimal.MustParse(amount), Net: decimal.MustParse(amount),
	}
}

// writeCrowdedPage writes a page with long ids and file names, many months, large and negative figures, currencies with and without decimals, types that
// nobody knows, and 200 differences.
func writeCrowdedPage(t *testing.T, name string) {
	t.Helper()
	var rows []reportfile.SettlementRow
	for i := range 40 {
		day := time.Date(2026, time.Month(1+i), 28, 12, 0, 0, 0, time.FixedZone("", 9*3600))
		posted, next := day.Format(time.RFC3339), day.AddDate(0, 0, 7).Format(time.RFC3339)
		id := fmt.Sprintf("90071992547409931234567890-%04d", i)
		for _, transactionType := range []string{"Adjustment", "Chargeback", "Marketplace Withholding Tax Collected", "<b>Ratenzahlung & Zinsen</b>", "返金調整", "Promotion", strings.Repeat("Levy", 30)} {
			rows = append(rows, pageRow(posted, id, transactionType, "EUR", fmt.Sprintf("-%d1234.56", i)))
		}
		rows = append(
			rows, pageRow(posted, id, "Capture", "EUR", "1234567890123.45"), pageRow(next, id, "Transfer", "EUR", fmt.Sprintf("%d.00", 1000*(i-20))),
			pageRow(posted, "JP"+id, "Refund", "JPY", "-123456789"), pageRow(posted, "JP"+id, "Transfer", "JPY", "123456789"), // the merchant pays
		)
	}
	found := new(reconcile.Results)
	for i := range 40 { // the page's own settlements, which are not balanced
		found.Settlements = append(found.Settlements, reconcile.SettlementResult{Status: reconcile.Unbalanced, SettlementID: fmt.Sprintf("90071992547409931234567890-%04d", i), Currency: "EUR"})
	}
	for i := range 160 {
		found.Settlements = append(found.Settlements, reconcile.SettlementResult{
			Status: reconcile.AmountDiffers, SettlementID: fmt.Sprintf("20000000000%d", i), Currency: "JPY", Transferred: decimal.MustNew(int64(i)*1_000_003, 0), Disbursed: decimal.MustNew(-5, 0),
			TransferTime: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Detail: strings.Repeat("reports/account=europe/type=settlement/", 3) + " and a sentence that says a little more about it",
		})
	}
	writePage(t, name, statement.Options{Title: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft, 2026 to 2029"}, found, rows...)
}
