package reconcile_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// What disbursements of a part of the time don't cover is no difference, and is told.
func TestDisbursementsBetween(t *testing.T) {
	t.Parallel()
	at := func(days int) time.Time { return day.AddDate(0, 0, days) }
	for name, test := range map[string]struct {
		scope        reconcile.Scope
		since, until time.Time
		asOf         int
		want         []string // of the settlements of days 0, 20, 40, 60, of which the one of day 20 was paid out, and of "9", which isn't there
	}{
		"all of it":         {reconcile.Scope{}, at(0), at(100), 100, []string{"0 no disbursement", "20 matched", "40 no disbursement", "60 no disbursement", "9 no settlement"}},
		"the last is new":   {reconcile.Scope{}, at(0), at(100), 69, []string{"0 no disbursement", "20 matched", "40 no disbursement", "60 pending", "9 no settlement"}},
		"none":              {reconcile.Scope{}, time.Time{}, time.Time{}, 100, []string{"0 not covered", "20 matched", "40 not covered", "60 not covered", "9 no settlement"}},
		"a part":            {reconcile.Scope{}, at(10), at(55), 100, []string{"0 not covered", "20 matched", "40 no disbursement", "60 not covered", "9 no settlement"}},
		"its end is early":  {reconcile.Scope{}, at(10), at(49), 100, []string{"0 not covered", "20 matched", "40 not covered", "60 not covered", "9 no settlement"}},
		"it ends just then": {reconcile.Scope{}, at(40), at(50), 100, []string{"0 not covered", "20 matched", "40 no disbursement", "60 not covered", "9 no settlement"}},
		"of a scope":        {reconcile.Scope{Since: at(15), Until: at(45)}, at(0), at(100), 100, []string{"20 matched", "40 no disbursement", "9 not covered"}},
		"of files only":     {reconcile.Scope{FilesOnly: true}, at(0), at(100), 100, []string{"0 no disbursement", "20 matched", "40 no disbursement", "60 no disbursement", "9 not covered"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := reconcile.NewSettlements(test.scope)
			for _, days := range []int{0, 20, 40, 60} {
				add(t, s, paid("a.csv", fmt.Sprint(days), "10.00", days))
			}
			disburse(t, s, disbursement("20", "10.00", "USD", 22*24*time.Hour), disbursement("9", "3.00", "USD", 70*24*time.Hour))
			s.DisbursementsBetween(test.since, test.until)
			var got []string
			for _, r := range s.Results(at(test.asOf)) {
				got = append(got, r.SettlementID+" "+string(r.Status))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Books follow money from the order to the bank, and count and sum each link.
func TestBooks(t *testing.T) {
	t.Parallel()
	b := reconcile.Books{Settlements: reconcile.NewSettlements(reconcile.Scope{}), Orders: reconcile.NewOrders(reconcile.OrdersOptions{}), Bank: reconcile.NewBank(reconcile.BankOptions{})}
	for _, o := range []reconcile.Order{{ID: "A", Amount: decimal.MustParse("10.00"), Currency: "USD"}, {ID: "B", Amount: decimal.MustParse("5"), Currency: "USD"}, {ID: "C", Amount: decimal.MustParse("7"), Currency: "JPY"}} {
		if err := b.Orders.AddOrder(o); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []reportfile.SettlementRow{
		row("Capture", "1", "A", "6.00"), row("Transfer", "1", "", "-6.00"),
		in("b.csv", "Capture", "2", "A", "4.00"), in("b.csv", "Capture", "2", "B", "5.01"), in("b.csv", "Transfer", "2", "", "-9.01"),
	} {
		if err := b.Add(&r); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a.csv", "b.csv"} {
		b.Settlements.AddFile(reconcile.File{Name: name})
	}
	if err := b.AddDisbursement(disbursement("1", "6.00", "USD", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := b.AddDisbursement(disbursement("2", "9.00", "USD", time.Hour)); err != nil {
		t.Fatal(err)
	}
	b.Bank.AddLine(reconcile.BankLine{File: "bank.csv", Line: 2, Date: day.AddDate(0, 0, 2), Amount: decimal.MustParse("15.00"), Currency: "USD", Text: "AMAZON"})
	got, err := b.Results(day.AddDate(0, 0, 30))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[reconcile.Link]map[reconcile.Status]int{
		reconcile.LinkOrder:      {reconcile.Matched: 1, reconcile.AmountDiffers: 1, reconcile.NoCapture: 1},
		reconcile.LinkSettlement: {reconcile.Matched: 1, reconcile.AmountDiffers: 1},
		reconcile.LinkBank:       {reconcile.Matched: 1},
	}
	if diff := cmp.Diff(counts, got.Counts()); diff != "" {
		t.Errorf("counts (-want +got)\n%s", diff)
	}
	var sums []string
	for _, s := range got.Sums {
		sums = append(sums, strings.Join([]string{s.Currency, s.Ordered.String(), s.Captured.String(), s.Transferred.String(), s.Disbursed.String(), s.Booked.String()}, " "))
	}
	if diff := cmp.Diff([]string{"JPY 7 0 0 0 0", "USD 15.00 15.01 15.01 15.00 15.00"}, sums); diff != "" {
		t.Errorf("sums (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1", "2"}, got.Orders[0].SettlementIDs); diff != "" {
		t.Errorf("an order's settlements (-want +got)\n%s", diff)
	}
	if got.Orders[2].SettlementIDs != nil {
		t.Errorf("an order without a capture is in %v", got.Orders[2].SettlementIDs)
	}
}

// A sum is exact, or an error.
func TestBooksSumsAreExact(t *testing.T) {
	t.Parallel()
	b := reconcile.Books{Settlements: reconcile.NewSettlements(reconcile.Scope{}), Orders: reconcile.NewOrders(reconcile.OrdersOptions{})}
	for _, id := range []string{"A", "B"} {
		if err := b.Orders.AddOrder(reconcile.Order{ID: id, Amount: decimal.MustNew(math.MaxInt64, 2), Currency: "USD"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Results(day); err == nil || !strings.Contains(err.Error(), "the sums in USD") {
		t.Errorf("%v", err)
	}
}
