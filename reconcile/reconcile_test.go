package reconcile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
	"github.com/amazonpay-go/payreports/simulator"
)

func each[T any](values ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, value := range values {
			if !yield(value, nil) {
				return
			}
		}
	}
}

func broken[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, err)
	}
}

var day = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

func row(transactionType reportfile.TransactionType, settlement, order, amount string) reportfile.SettlementRow {
	a := decimal.MustParse(amount)
	return reportfile.SettlementRow{Type: transactionType, SettlementID: settlement, SellerOrderID: order, Currency: "USD", Amount: a, Net: a, Posted: day}
}

// late is a transfer some days after the others.
func late(settlement, amount string, days int) reportfile.SettlementRow {
	r := row(reportfile.TransactionTransfer, settlement, "", amount)
	r.Posted = r.Posted.AddDate(0, 0, days)
	return r
}

func disbursement(settlement, amount, currency string, after time.Duration) api.Disbursement {
	return api.Disbursement{SettlementID: settlement, Amount: decimal.MustParse(amount), CurrencyCode: currency, TransactionTime: wire.NewDateTime(day.Add(after))}
}

func TestSettlements(t *testing.T) {
	t.Parallel()
	results, err := reconcile.Settlements(
		each(
			row("Capture", "1", "", "100.00"), row("Transfer", "1", "", "-100.00"),
			row("Transfer", "2", "", "-50.00"), row("Transfer", "3", "", "-7.00"), row("Transfer", "4", "", "-8.00"), row("Transfer", "5", "", "0"),
			late("10", "-3.00", 2), row("Transfer", "6", "", "-9.0"), row("Transfer", "7", "", "-9"), row("Transfer", "9", "", "-1.50"),
		),
		each(
			disbursement("1", "100", "USD", time.Hour), disbursement("2", "50.01", "USD", time.Hour), disbursement("4", "8.00", "EUR", time.Hour),
			disbursement("6", "9.00", "USD", -time.Hour), disbursement("7", "9.00", "USD", 11*24*time.Hour), disbursement("8", "1.00", "USD", time.Hour),
			disbursement("9", "1.00", "USD", time.Hour), disbursement("9", "0.50", "USD", 2*time.Hour),
		), day.AddDate(0, 0, 11))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, fmt.Sprintf("%s %s: %s (%s, %s)", r.SettlementID, r.Currency, r.Status, r.Transferred, r.Disbursed))
	}
	want := []string{
		"1 USD: matched (100.00, 100.00)", "10 USD: pending (3.00, 0.00)", "2 USD: amount differs (50.00, 50.01)", "3 USD: no disbursement (7.00, 0.00)", "4 EUR: no settlement (0.00, 8.00)",
		"4 USD: no disbursement (8.00, 0.00)", "6 USD: date differs (9.00, 9.00)", "7 USD: date differs (9.00, 9.00)", "8 USD: no settlement (0.00, 1.00)", "9 USD: matched (1.50, 1.50)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestOrders(t *testing.T) {
	t.Parallel()
	results, err := reconcile.Orders(
		each(
			row("Capture", "1", "A", "10.00"), row("Capture", "1", "B", "5.00"), row("Capture", "2", "B", "5.00"), row("Refund", "1", "A", "-3.00"),
			row("Capture", "1", "C", "1.00"), row("Refund", "1", "old", "-9.00"), row("Capture", "1", "", "2.00"), row("Transfer", "1", "", "-1.00"),
		),
		reconcile.ReadOrders(strings.NewReader("\ufeffOrder Number;x\n")))
	if err == nil {
		t.Fatalf("%v: no error for a file without amounts", results)
	}
	orders := "Total;Order-ID;Buyer;ORDER;amount;currency\n9;A;Ann;1;10;USD\n9; B ;\"Bob; jr\";2;\"1,000.00\";usd\n9;D;Dan;3; 4.00;USD \n9;C;Cid;4;1.00;Eur\n"
	results, err = reconcile.Orders(
		each(
			row("Capture", "1", "A", "10.00"), row("Capture", "1", "B", "5.00"), row("Capture", "2", "B", "5.00"), row("Refund", "1", "A", "-3.00"),
			row("Capture", "1", "C", "1.00"), row("Refund", "1", "old", "-9.00"), row("Capture", "1", "", "2.00"), row("Transfer", "1", "", "-1.00"),
		),
		reconcile.ReadOrders(strings.NewReader(orders)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, fmt.Sprintf("%s %s: %s (%s, %s, %s)", r.OrderID, r.Currency, r.Status, r.Ordered, r.Captured, r.Refunded))
	}
	want := []string{
		" USD: no order (0.00, 2.00, 0.00)", "A USD: matched (10.00, 10.00, 3.00)", "B USD: amount differs (1000.00, 10.00, 0.00)", "C EUR: no capture (1.00, 0.00, 0.00)",
		"C USD: no order (0.00, 1.00, 0.00)", "D USD: no capture (4.00, 0.00, 0.00)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestErrorsEndIt(t *testing.T) {
	t.Parallel()
	oops := errors.New("oops")
	_, err1 := reconcile.Settlements(broken[reportfile.SettlementRow](oops), each[api.Disbursement](), day)
	_, err2 := reconcile.Settlements(each[reportfile.SettlementRow](), broken[api.Disbursement](oops), day)
	_, err3 := reconcile.Orders(broken[reportfile.SettlementRow](oops), each[reconcile.Order]())
	_, err4 := reconcile.Orders(each[reportfile.SettlementRow](), broken[reconcile.Order](oops))
	for i, err := range []error{err1, err2, err3, err4} {
		if !errors.Is(err, oops) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := reconcile.Orders(each[reportfile.SettlementRow](), each(reconcile.Order{Currency: "USD"})); err == nil {
		t.Error("an order without an id: no error")
	}
	huge := row("Transfer", "1", "", "-9999999999999999999")
	if _, err := reconcile.Settlements(each(huge, huge), each[api.Disbursement](), day); err == nil {
		t.Error("a sum of 20 digits: no error")
	}
	for name, text := range map[string]string{
		"order id": "amount,currency\n1,USD\n", "amount": "order,currency\nA,USD\n", "currency": "order,amount\nA,1\n",
		"line 4, column order: the order has no id": "order,amount,currency\n,,\nA,1,USD\n,1,USD\n",
		"2 columns for the order id":                "Order ID,order-id,amount,currency\n",
		`line 2, column amount: "1,5"`:              "order,amount,currency\nA,\"1,5\",USD\n", "2 fields": "order,amount,currency\nA,1\n", "empty": "",
	} {
		var err error
		for _, e := range reconcile.ReadOrders(strings.NewReader(text)) {
			err = e
		}
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The simulator's merchant over 90 days reconciles completely; with a disbursement changed by a cent, one removed and an order missing, exactly these are
// reported.
func TestSimulatedMerchant(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t, simulator.Config{Seed: 8, Start: time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)})
	client := sim.LiveClient()
	ctx := context.Background()
	var rows []reportfile.SettlementRow
	var orders []reconcile.Order
	var first, last time.Time
	for report, err := range client.Reports(ctx, payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}}) {
		if err != nil {
			t.Fatal(err)
		}
		var content bytes.Buffer
		if _, err := client.DownloadReport(ctx, report.ReportID, &content); err != nil {
			t.Fatal(err)
		}
		file, err := reportfile.Open(&content)
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range file.Settlements() {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
			if row.Type == reportfile.TransactionCapture {
				orders = append(orders, reconcile.Order{ID: row.SellerOrderID, Amount: row.Amount, Currency: row.Currency})
			}
		}
		if last.IsZero() {
			last = report.EndTime.Time()
		}
		first = report.EndTime.Time()
	}
	var disbursements []api.Disbursement
	for d, err := range client.Disbursements(ctx, payreports.GetDisbursementsOptions{Start: first, End: last}) {
		if err != nil {
			t.Fatal(err)
		}
		disbursements = append(disbursements, d)
	}
	differences := func() (list []string) {
		t.Helper()
		settlements, err := reconcile.Settlements(each(rows...), each(disbursements...), sim.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range settlements {
			if r.Status != reconcile.Matched {
				list = append(list, fmt.Sprintf("%s: %s", r.SettlementID, r.Status))
			}
		}
		compared, err := reconcile.Orders(each(rows...), each(orders...))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range compared {
			if r.Status != reconcile.Matched {
				list = append(list, fmt.Sprintf("%s: %s", r.OrderID, r.Status))
			}
		}
		return list
	}
	if got := differences(); got != nil || len(disbursements) < 89 || len(orders) < 1700 {
		t.Errorf("%d disbursements, %d orders, differences %v", len(disbursements), len(orders), got)
	}
	changed, removed, missing := disbursements[10], disbursements[20], orders[30]
	cents, err := changed.Amount.Add(decimal.MustParse("0.01"))
	if err != nil {
		t.Fatal(err)
	}
	disbursements[10].Amount = cents
	disbursements = append(disbursements[:20], disbursements[21:]...)
	orders = append(orders[:30], orders[31:]...)
	want := []string{changed.SettlementID + ": amount differs", removed.SettlementID + ": no disbursement", missing.ID + ": no order"}
	if diff := cmp.Diff(want, differences()); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}
