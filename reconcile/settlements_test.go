package reconcile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

var day = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

// in is a row of a file that adds up.
func in(file string, transactionType reportfile.TransactionType, settlement, order, amount string) reportfile.SettlementRow {
	a := decimal.MustParse(amount)
	return reportfile.SettlementRow{File: file, Line: 7, Type: transactionType, SettlementID: settlement, SellerOrderID: order, Currency: "USD", Amount: a, Net: a, Posted: day}
}

func row(transactionType reportfile.TransactionType, settlement, order, amount string) reportfile.SettlementRow {
	return in("a.csv", transactionType, settlement, order, amount)
}

// posted is a row some days after the others.
func posted(r reportfile.SettlementRow, days int) reportfile.SettlementRow {
	r.Posted = day.AddDate(0, 0, days)
	return r
}

// paid are the rows of a settlement that is balanced.
func paid(file, settlement, amount string, days int) []reportfile.SettlementRow {
	return []reportfile.SettlementRow{
		posted(in(file, "Capture", settlement, "", amount), days),
		posted(in(file, "Transfer", settlement, "", "-"+amount), days),
	}
}

func disbursement(settlement, amount, currency string, after time.Duration) api.Disbursement {
	return api.Disbursement{SettlementID: settlement, Amount: decimal.MustParse(amount), CurrencyCode: currency, TransactionTime: wire.NewDateTime(day.Add(after))}
}

func add(t *testing.T, s *reconcile.Settlements, rows ...[]reportfile.SettlementRow) {
	t.Helper()
	for _, list := range rows {
		for i := range list {
			if err := s.Add(&list[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func disburse(t *testing.T, s *reconcile.Settlements, disbursements ...api.Disbursement) {
	t.Helper()
	for _, d := range disbursements {
		if err := s.AddDisbursement(d); err != nil {
			t.Fatal(err)
		}
	}
}

func settlementLines(s *reconcile.Settlements, asOf time.Time) []string {
	var lines []string
	for _, r := range s.Results(asOf) {
		lines = append(lines, fmt.Sprintf("%s %s: %s (%s, %s)", r.SettlementID, r.Currency, r.Status, r.Transferred, r.Disbursed))
	}
	return lines
}

func TestTransfersAndDisbursements(t *testing.T) {
	t.Parallel()
	s := reconcile.NewSettlements(reconcile.Scope{})
	add(t, s, paid("a.csv", "1", "100.00", 0), paid("a.csv", "2", "50.00", 0), paid("a.csv", "3", "7.00", 0), paid("a.csv", "4", "8.00", 0),
		[]reportfile.SettlementRow{row("Transfer", "5", "", "0")}, paid("b.csv", "10", "3.00", 2), paid("b.csv", "6", "9.0", 0),
		paid("b.csv", "7", "9", 0), paid("b.csv", "9", "1.50", 0))
	disburse(t, s, disbursement("1", "100", "USD", time.Hour), disbursement("2", "50.01", "USD", time.Hour), disbursement("4", "8.00", "EUR", time.Hour),
		disbursement("6", "9.00", "USD", -time.Hour), disbursement("7", "9.00", "USD", 11*24*time.Hour), disbursement("8", "1.00", "USD", time.Hour),
		disbursement("9", "1.00", "USD", time.Hour), disbursement("9", "0.50", "USD", 2*time.Hour), disbursement("11", "2.00", "USD", 10*24*time.Hour+time.Minute))
	want := []string{
		"1 USD: matched (100.00, 100.00)", "10 USD: pending (3.00, 0.00)", "11 USD: pending (0.00, 2.00)", "2 USD: amount differs (50.00, 50.01)",
		"3 USD: no disbursement (7.00, 0.00)", "4 EUR: no settlement (0.00, 8.00)", "4 USD: no disbursement (8.00, 0.00)", "5 USD: no transfer (0.00, 0.00)",
		"6 USD: date differs (9.00, 9.00)", "7 USD: date differs (9.00, 9.00)", "8 USD: no settlement (0.00, 1.00)", "9 USD: matched (1.50, 1.50)",
	}
	if diff := cmp.Diff(want, settlementLines(s, day.AddDate(0, 0, 11))); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// A settlement that is wrong in itself is a difference, also where transfer and disbursement agree.
func TestSettlementsThatAreWrongInThemselves(t *testing.T) {
	t.Parallel()
	wrongNet := row("Capture", "1", "", "911.00")
	wrongNet.Line, wrongNet.TotalFee, wrongNet.PercentageFee, wrongNet.Net = 9, decimal.MustParse("-2.61"), decimal.MustParse("-2.61"), decimal.MustParse("116.39")
	wrongFee := row("Capture", "1", "", "100.00")
	wrongFee.PercentageFee, wrongFee.FixedFee = decimal.MustParse("-2.90"), decimal.MustParse("-0.30")
	wrongFee.TotalFee, wrongFee.Net = decimal.MustParse("-3.00"), decimal.MustParse("97.00")
	for name, test := range map[string]struct {
		rows      []reportfile.SettlementRow
		disbursed string
		status    reconcile.Status
		detail    string
	}{
		"a row is missing":        {[]reportfile.SettlementRow{row("Capture", "1", "", "60.00"), row("Transfer", "1", "", "-100.00")}, "100.00", reconcile.Unbalanced, "a.csv: the net of all rows is -40.00, not 0"},
		"a row is twice":          {append(paid("a.csv", "1", "100.00", 0), row("Capture", "1", "", "5.00")), "100.00", reconcile.Unbalanced, "the net of all rows is 5.00"},
		"no transfer":             {[]reportfile.SettlementRow{row("Capture", "1", "", "60.00")}, "60.00", reconcile.Unbalanced, "60.00, not 0; also amount differs"},
		"a net is wrong":          {[]reportfile.SettlementRow{wrongNet, row("Transfer", "1", "", "-116.39")}, "116.39", reconcile.RowsDiffer, "a.csv: line 9: "},
		"a net and more is wrong": {[]reportfile.SettlementRow{wrongNet, row("Transfer", "1", "", "-911.00")}, "911.00", reconcile.RowsDiffer, "also not balanced: a.csv: the net of all rows is -794.61"},
		"a total fee is wrong":    {[]reportfile.SettlementRow{wrongFee, wrongFee, row("Transfer", "1", "", "-194.00")}, "194.00", reconcile.RowsDiffer, " (and 1 more rows)"},
		"in the future":           {paid("a.csv", "1", "100.00", 12), "100.00", reconcile.InFuture, "its last row was posted at 2026-05-13T00:00:00Z"},
		"in a far future":         {paid("a.csv", "1", "100.00", 3650), "", reconcile.InFuture, "2036"},
		"in two files":            {append(paid("a.csv", "1", "100.00", 0), paid("b.csv", "1", "100.00", 0)...), "100.00", reconcile.Duplicate, "it is in a.csv and in b.csv"},
		"in three files":          {append(append(paid("a.csv", "1", "100.00", 0), paid("b.csv", "1", "90.00", 0)...), paid("c.csv", "1", "1.00", 0)...), "100.00", reconcile.Duplicate, "in b.csv, c.csv"},
		"nothing":                 {paid("a.csv", "1", "100.00", 0), "100.00", reconcile.Matched, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, scope := range []reconcile.Scope{{}, {FilesOnly: true}, {Since: day.AddDate(0, 0, -1), Until: day.AddDate(0, 0, 1)}} {
				s := reconcile.NewSettlements(scope)
				add(t, s, test.rows)
				if test.disbursed != "" {
					disburse(t, s, disbursement("1", test.disbursed, "USD", time.Hour))
				}
				got := s.Results(day.AddDate(0, 0, 11))
				if len(got) != 1 || got[0].Status != test.status || !strings.Contains(got[0].Detail, test.detail) || (test.detail == "") != (got[0].Detail == "") {
					t.Errorf("%+v; want %s with %q", got, test.status, test.detail)
				}
			}
		})
	}
}

// What a file held that can't be read to its end is told once, by the file: half of its settlement would only mislead.
func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	s := reconcile.NewSettlements(reconcile.Scope{})
	add(t, s, paid("a.csv", "1", "1.00", 0), paid("cut.csv", "2", "2.00", 0)[:1])
	s.AddFile(reconcile.File{Name: "cut.csv", Err: errors.New("cut.csv: it was cut")})
	s.AddFile(reconcile.File{Name: "page.csv", Err: errors.New("page.csv: HTML")})
	s.AddFile(reconcile.File{Name: "header.csv"})
	disburse(t, s, disbursement("1", "1.00", "USD", time.Hour), disbursement("2", "2.00", "USD", time.Hour))
	if diff := cmp.Diff([]string{"1 USD: matched (1.00, 1.00)"}, settlementLines(s, day.AddDate(0, 0, 11))); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	want := []string{" cut.csv: unreadable cut.csv: it was cut", " header.csv: empty ", " page.csv: unreadable page.csv: HTML"}
	if diff := cmp.Diff(want, reportLines(s, day.AddDate(0, 0, 11))); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	// The same settlement from a file that was downloaded again counts, and is no duplicate.
	add(t, s, paid("whole.csv", "2", "2.00", 0))
	if diff := cmp.Diff([]string{"1 USD: matched (1.00, 1.00)", "2 USD: matched (2.00, 2.00)"}, settlementLines(s, day.AddDate(0, 0, 11))); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// Settlements are compared if they end in the scope; the disbursements that are asked for follow from it.
func TestScope(t *testing.T) {
	t.Parallel()
	at := func(days int) time.Time { return day.AddDate(0, 0, days) }
	const halfADay = 12 * time.Hour
	for name, test := range map[string]struct {
		scope      reconcile.Scope
		want       []string
		start, end time.Time
	}{
		"from the first file on": {reconcile.Scope{}, []string{"1", "2", "3"}, at(0), at(20)},
		"only the files":         {reconcile.Scope{FilesOnly: true}, []string{"1", "2", "3"}, at(0), at(8).Add(halfADay)},
		"since":                  {reconcile.Scope{Since: at(3)}, []string{"2", "3"}, at(3), at(20)},
		"since long ago":         {reconcile.Scope{Since: at(-30)}, []string{"1", "2", "3"}, at(-30), at(20)},
		"until":                  {reconcile.Scope{Until: at(4)}, []string{"1", "2"}, at(0), at(4).Add(halfADay)},
		"until later":            {reconcile.Scope{Until: at(6)}, []string{"1", "2"}, at(0), at(6)},
		"between":                {reconcile.Scope{Since: at(1), Until: at(5)}, []string{"2"}, at(1), at(5)},
		"before all":             {reconcile.Scope{Until: at(-1)}, nil, time.Time{}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := reconcile.NewSettlements(test.scope)
			add(t, s, paid("a.csv", "1", "1.00", 0), paid("b.csv", "2", "2.00", 4), paid("c.csv", "3", "3.00", 8))
			var got []string
			for _, r := range s.Results(at(20)) {
				got = append(got, r.SettlementID)
			}
			start, end := s.DisbursementDates(at(20))
			if diff := cmp.Diff(test.want, got); diff != "" || !start.Equal(test.start) || !end.Equal(test.end) {
				t.Errorf("%v to %v, want %v to %v; settlements (-want +got):\n%s", start, end, test.start, test.end, diff)
			}
		})
	}
	if start, end := reconcile.NewSettlements(reconcile.Scope{}).DisbursementDates(day); !start.IsZero() || !end.IsZero() {
		t.Errorf("nothing was read: %v to %v", start, end)
	}
}

// A settlement whose own dates lie outside of the scope is compared if its disbursement lies inside: else neither is.
func TestSettlementsWithWrongDates(t *testing.T) {
	t.Parallel()
	at := func(days int) time.Time { return day.AddDate(0, 0, days) }
	for name, test := range map[string]struct {
		scope reconcile.Scope
		days  int // of the settlement's rows
		want  []string
	}{
		"a year early":           {reconcile.Scope{Since: at(-3)}, -365, []string{"1 USD: date differs (7.00, 7.00)"}},
		"days early":             {reconcile.Scope{Since: at(-3)}, -5, []string{"1 USD: matched (7.00, 7.00)"}},
		"day and month swapped":  {reconcile.Scope{Since: at(-3), Until: at(3)}, 4, []string{"1 USD: date differs (7.00, 7.00)"}},
		"rather late":            {reconcile.Scope{Until: at(3)}, 300, []string{"1 USD: in the future (7.00, 7.00)"}},
		"disbursed before scope": {reconcile.Scope{Since: at(2)}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := reconcile.NewSettlements(test.scope)
			add(t, s, paid("a.csv", "1", "7.00", test.days))
			disburse(t, s, disbursement("1", "7.00", "USD", time.Hour))
			if diff := cmp.Diff(test.want, settlementLines(s, at(20))); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

// What the service dates later than this machine's clock is not new: the clock is slow.
func TestSlowClock(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behind time.Duration
		want   []string
	}{
		"within a day":     {24*time.Hour - time.Minute, []string{"1 USD: pending (0.00, 2.00)"}},
		"a day":            {24 * time.Hour, []string{"1 USD: no settlement (0.00, 2.00)"}},
		"three days":       {3 * 24 * time.Hour, []string{"1 USD: no settlement (0.00, 2.00)"}},
		"in the last year": {365 * 24 * time.Hour, []string{"1 USD: no settlement (0.00, 2.00)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := reconcile.NewSettlements(reconcile.Scope{})
			disburse(t, s, disbursement("1", "2.00", "USD", 0))
			if diff := cmp.Diff(test.want, settlementLines(s, day.Add(-test.behind))); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSumsWithTooManyDigits(t *testing.T) {
	t.Parallel()
	s := reconcile.NewSettlements(reconcile.Scope{})
	huge := row("Transfer", "1", "", "-9999999999999999999")
	if err := errors.Join(s.Add(&huge), s.Add(&huge)); err == nil || !strings.Contains(err.Error(), "a.csv: line 7: the sums of settlement 1") {
		t.Errorf("transfers: %v", err)
	}
	d := disbursement("1", "9999999999999999999", "USD", 0)
	if err := errors.Join(s.AddDisbursement(d), s.AddDisbursement(d)); err == nil {
		t.Error("disbursements: no error")
	}
	o := reconcile.NewOrders(reconcile.OrdersOptions{})
	capture := row("Capture", "1", "A", "9999999999999999999")
	if err := errors.Join(o.Add(&capture), o.Add(&capture)); err == nil || !strings.Contains(err.Error(), "a.csv: line 7: the captures or refunds of order A") {
		t.Errorf("captures: %v", err)
	}
	order := reconcile.Order{ID: "A", Currency: "USD", Amount: capture.Amount}
	if err := errors.Join(o.AddOrder(order), o.AddOrder(order)); err == nil {
		t.Error("orders: no error")
	}
}
