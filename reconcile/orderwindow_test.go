package reconcile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// at is a moment of March 2030: "5" or "5T14:30".
func at(t *testing.T, text string) time.Time {
	t.Helper()
	day, clock, _ := strings.Cut(text, "T")
	if clock == "" {
		clock = "00:00"
	}
	moment, err := time.Parse("2006-01-2 15:04", "2030-03-"+day+" "+clock)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// settled adds rows of a settlement: "5T10:00 Capture A 10.00", in a currency if it isn't USD.
func settled(t *testing.T, o *reconcile.Orders, rows ...string) {
	t.Helper()
	for i, line := range rows {
		fields := strings.Fields(line)
		row := reportfile.SettlementRow{
			File: "settlement.csv", Line: i + 2, SettlementID: "1", Posted: at(t, fields[0]), Type: reportfile.TransactionType(fields[1]),
			SellerOrderID: strings.TrimPrefix(fields[2], "-"), Amount: decimal.MustParse(fields[3]), Currency: "USD",
		}
		if len(fields) > 4 {
			row.Currency = fields[4]
		}
		if err := o.Add(&row); err != nil {
			t.Fatal(err)
		}
	}
}

// exported reads orders with a date and what was refunded.
func exported(t *testing.T, o *reconcile.Orders, rows ...string) {
	t.Helper()
	format := reconcile.OrderFormat{DefaultCurrency: "USD", Date: "date", Refunded: "refunded"}
	for order, err := range reconcile.ReadOrders(strings.NewReader("order,amount,date,refunded\n"+strings.Join(rows, "\n")+"\n"), format, reportfile.Options{}) {
		if err == nil {
			err = o.AddOrder(order)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func statuses(o *reconcile.Orders) map[string]string {
	got := make(map[string]string)
	for _, r := range o.Results() {
		got[r.OrderID] = string(r.Status)
	}
	return got
}

// The settlements are of 5 March, 00:00 to 10 March, 00:00.
func TestOrdersByDate(t *testing.T) {
	t.Parallel()
	const captured = "6T10:00 Capture A 10.00"
	const first, last = "5T00:00 Reserve - 1.00", "10T00:00 Transfer - -1.00"
	for _, test := range []struct {
		name    string
		order   string // A, and its amount, date and refunds
		options reconcile.OrdersOptions
		rows    []string
		want    string
	}{
		{"captured", "A,10.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{}, []string{captured}, "matched"},
		{"not captured", "A,10.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{}, nil, "no capture"},
		{"at the last moment", "A,10.00,2030-03-10T00:00:00Z,", reconcile.OrdersOptions{}, nil, "no capture"},
		{"newer than the settlements", "A,10.00,2030-03-10T00:00:01Z,", reconcile.OrdersOptions{}, nil, "pending"},
		{"newer, and captured", "A,10.00,2030-03-10T00:00:01Z,", reconcile.OrdersOptions{}, []string{captured}, "matched"},
		{"newer, and captured otherwise", "A,9.00,2030-03-10T00:00:01Z,", reconcile.OrdersOptions{}, []string{captured}, "amount differs"},
		{"in another zone", "A,10.00,2030-03-10T08:00:00+09:00,", reconcile.OrdersOptions{}, nil, "no capture"},
		{"newer in another zone", "A,10.00,2030-03-09T20:00:00-05:00,", reconcile.OrdersOptions{}, nil, "pending"},
		{"older than the settlements", "A,10.00,2030-03-04T23:59:59Z,", reconcile.OrdersOptions{}, nil, "not covered"},
		{"older, captured in part", "A,12.00,2030-03-04T23:59:59Z,", reconcile.OrdersOptions{}, []string{captured}, "amount differs"},
		{"without a date", "A,10.00,,", reconcile.OrdersOptions{}, nil, "no capture"},
		{"in no known zone, and perhaps newer", "A,10.00,2030-03-09 23:00:00,", reconcile.OrdersOptions{}, nil, "pending"},
		{"in no known zone, and newer in none", "A,10.00,2030-03-09 09:59:59,", reconcile.OrdersOptions{}, nil, "no capture"},
		{"in no known zone, and perhaps older", "A,10.00,2030-03-05 13:00:00,", reconcile.OrdersOptions{}, nil, "not covered"},
		{"in no known zone, and older in none", "A,10.00,2030-03-05 14:00:01,", reconcile.OrdersOptions{}, nil, "no capture"},
		{"captured when shipped", "A,10.00,2030-03-08T09:00:00Z,", reconcile.OrdersOptions{CaptureDays: 3}, nil, "pending"},
		{"not captured when shipped", "A,10.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{CaptureDays: 3}, nil, "no capture"},
		{"shipped in part", "A,12.00,2030-03-08T09:00:00Z,", reconcile.OrdersOptions{CaptureDays: 3}, []string{captured}, "pending"},
		{"never shipped in full", "A,12.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{CaptureDays: 3}, []string{captured}, "amount differs"},
		{"before the days", "A,10.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{Since: at(t, "7")}, nil, "not covered"},
		{"after the days", "A,10.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{Until: at(t, "6")}, nil, "not covered"},
		{"in the days", "A,10.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{Since: at(t, "6"), Until: at(t, "7")}, nil, "no capture"},
		{"perhaps in the days", "A,10.00,2030-03-07,", reconcile.OrdersOptions{Since: at(t, "7T20:00")}, nil, "no capture"},
		{"in two parts, one of them older than the settlements", "A,10.00,2030-03-06T09:00:00Z,\nA,1.00,2030-03-04T09:00:00Z,", reconcile.OrdersOptions{}, nil, "not covered"},
		{"in two parts, one of them newer", "A,10.00,2030-03-11T09:00:00Z,\nA,1.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{}, nil, "pending"},
		{"outside of the days, and wrong", "A,12.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{Since: at(t, "7")}, []string{captured}, "amount differs"},
		{"in the future", "A,10.00,2030-12-03T09:00:00Z,", reconcile.OrdersOptions{AsOf: at(t, "20")}, nil, "no capture"},
		{"in the future, and captured", "A,10.00,2030-12-03T09:00:00Z,", reconcile.OrdersOptions{AsOf: at(t, "20")}, []string{captured}, "matched"},
		{"in the future, and captured in part", "A,12.00,2030-12-03T09:00:00Z,", reconcile.OrdersOptions{AsOf: at(t, "20")}, []string{captured}, "amount differs"},
		{"perhaps not in the future", "A,10.00,2030-03-20 10:00:00,", reconcile.OrdersOptions{AsOf: at(t, "20")}, nil, "pending"},
		{"nothing to capture", "A,0.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{}, nil, "matched"},
		{"less than nothing", "A,-5.00,2030-03-06T09:00:00Z,", reconcile.OrdersOptions{}, nil, "no capture"},
		{"captured twice", "A,10.00,2030-03-10T09:00:00Z,", reconcile.OrdersOptions{}, []string{captured, captured}, "amount differs"},
		{"newer than the settlements of its currency", "A,10.00,2030-03-10T09:00:00Z,", reconcile.OrdersOptions{}, []string{"11T00:00 Transfer - -1.00 EUR"}, "pending"},

		{"refunded", "A,10.00,2030-03-06T09:00:00Z,3.00", reconcile.OrdersOptions{}, []string{captured, "7T10:00 Refund A -3.00"}, "matched"},
		{"refunded in two parts", "A,10.00,2030-03-06T09:00:00Z,3.00", reconcile.OrdersOptions{}, []string{captured, "7T10:00 Refund A -1.00", "8T10:00 Refund A -2.00"}, "matched"},
		{"a refund that may come", "A,10.00,2030-03-06T09:00:00Z,3.00", reconcile.OrdersOptions{}, []string{captured}, "pending"},
		{"a refund that never came", "A,10.00,2030-03-06T09:00:00Z,3.00", reconcile.OrdersOptions{RefundDays: 3}, []string{captured}, "refund differs"},
		{"a refund of part", "A,10.00,2030-03-06T09:00:00Z,3.00", reconcile.OrdersOptions{RefundDays: 3}, []string{captured, "7T10:00 Refund A -2.00"}, "refund differs"},
		{"a refund that the shop doesn't know", "A,10.00,2030-03-08T09:00:00Z,0.00", reconcile.OrdersOptions{}, []string{captured, "7T10:00 Refund A -3.00"}, "refund differs"},
		{"a refund that the shop may not know yet", "A,10.00,2030-03-06T09:00:00Z,0.00", reconcile.OrdersOptions{}, []string{captured, "7T10:00 Refund A -3.00"}, "pending"},
		{"a refund that the shop should know", "A,10.00,2030-03-06T09:00:00Z,0.00", reconcile.OrdersOptions{Until: at(t, "8")}, []string{captured, "7T10:00 Refund A -3.00"}, "refund differs"},
		{"a refund that the shop may not know, in no known zone", "A,10.00,2030-03-07 00:00:00,0.00", reconcile.OrdersOptions{}, []string{captured, "7T10:00 Refund A -3.00"}, "pending"},
		{"a refund without dates", "A,10.00,,3.00", reconcile.OrdersOptions{}, []string{captured}, "refund differs"},
		{"an amount before a refund", "A,12.00,2030-03-06T09:00:00Z,3.00", reconcile.OrdersOptions{}, []string{captured}, "amount differs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := reconcile.NewOrders(test.options)
			settled(t, o, append([]string{first, last}, test.rows...)...)
			exported(t, o, test.order)
			if got := statuses(o); got["A"] != test.want || len(got) != 1 {
				t.Errorf("%v, want %s", got, test.want)
			}
		})
	}
}

// Captures of orders that may be older or newer than the exported ones are not covered, if the time of these is known.
func TestCapturesWithoutAnOrder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		options reconcile.OrdersOptions
		want    string
	}{
		{"no time is known", reconcile.OrdersOptions{}, "no order"},
		{"within", reconcile.OrdersOptions{Since: at(t, "6"), Until: at(t, "7")}, "no order"},
		{"older", reconcile.OrdersOptions{Since: at(t, "7")}, "not covered"},
		{"newer", reconcile.OrdersOptions{Until: at(t, "6T09:59")}, "not covered"},
		{"shipped after the orders begin", reconcile.OrdersOptions{Since: at(t, "5"), CaptureDays: 2}, "not covered"},
		{"shipped long after", reconcile.OrdersOptions{Since: at(t, "5"), CaptureDays: 1}, "no order"},
	} {
		o := reconcile.NewOrders(test.options)
		settled(t, o, "5 Reserve - 1.00", "6T10:00 Capture A 10.00", "9T10:00 Capture A 1.00", "10 Transfer - -11.00")
		if got := statuses(o); got["A"] != test.want {
			t.Errorf("%s: %v, want %s", test.name, got, test.want)
		}
	}
}

// A file's preamble says more of what is covered than its rows, in the currencies that it has.
func TestOrdersCoverage(t *testing.T) {
	t.Parallel()
	o := reconcile.NewOrders(reconcile.OrdersOptions{})
	settled(t, o, "6 Capture X 1.00 EUR")
	o.AddFile(reconcile.File{Name: "euros.csv", Start: at(t, "1"), End: at(t, "7")})
	settled(t, o, "6 Capture Y 1.00")
	o.AddFile(reconcile.File{Name: "dollars.csv", Start: at(t, "5"), End: at(t, "10")})
	settled(t, o, "6 Capture Z 1.00 GBP")
	o.AddFile(reconcile.File{Name: "pounds.csv", Start: at(t, "1"), End: at(t, "30"), Err: fmt.Errorf("cut")})
	for _, order := range []reconcile.Order{
		{ID: "E2", Currency: "EUR", Date: at(t, "2")},
		{ID: "E8", Currency: "EUR", Date: at(t, "8")},
		{ID: "D2", Currency: "USD", Date: at(t, "2")},
		{ID: "D8", Currency: "USD", Date: at(t, "8")},
		{ID: "P2", Currency: "GBP", Date: at(t, "2")},
		{ID: "P8", Currency: "GBP", Date: at(t, "8")},
	} {
		order.Amount = decimal.One
		if err := o.AddOrder(order); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{
		"E2": "no capture", "E8": "pending", "D2": "not covered", "D8": "no capture", "P2": "no capture", "P8": "no capture",
		"X": "no order", "Y": "no order",
	}
	if diff := cmp.Diff(want, statuses(o)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

// An order is found by the id that is chosen. Refunds are told where they have it.
func TestOrderKeys(t *testing.T) {
	t.Parallel()
	for key, id := range map[reconcile.OrderKey]string{
		"": "ORDER", reconcile.MatchSellerOrderID: "ORDER", reconcile.MatchSellerReferenceID: "CHARGE-REF",
		reconcile.MatchOrderReferenceID: "P01-1", reconcile.MatchTransactionID: "P01-1-C1",
	} {
		o := reconcile.NewOrders(reconcile.OrdersOptions{Match: key})
		capture := reportfile.SettlementRow{
			SettlementID: "1", Type: reportfile.TransactionCapture, SellerOrderID: "ORDER", SellerReferenceID: "CHARGE-REF", OrderReferenceID: "P01-1",
			TransactionID: "P01-1-C1", Amount: decimal.Ten, Currency: "EUR",
		}
		refund := capture
		refund.Type, refund.TransactionID, refund.SellerReferenceID, refund.Amount = reportfile.TransactionRefund, "P01-1-R1", "REFUND-REF", decimal.One.Neg()
		for _, row := range []reportfile.SettlementRow{capture, refund} {
			if err := o.Add(&row); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.AddOrder(reconcile.Order{ID: id, Amount: decimal.Ten, Currency: "EUR", Refunded: decimal.NullDecimal{Decimal: decimal.One, Valid: true}}); err != nil {
			t.Fatal(err)
		}
		results := o.Results()
		if len(results) != 1 || results[0].Status != reconcile.Matched || key.HasRefunds() != (results[0].Refunded.String() == "1.00") {
			t.Errorf("%q: %+v", key, results)
		}
	}
	if err := reconcile.NewOrders(reconcile.OrdersOptions{Match: "number"}).Add(&reportfile.SettlementRow{}); err == nil || !strings.Contains(err.Error(), `"number"`) {
		t.Errorf("a key that is none: %v", err)
	}
	if got := len(reconcile.OrderKeys()); got != 4 {
		t.Errorf("%d keys", got)
	}
}

// #1001 equals 1001 on either side only if the prefix is known.
func TestOrdersIDPrefix(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]map[string]string{
		"#": {"1001": "matched", "1002": "matched"},
		"":  {"#1001": "no capture", "1001": "no order", "1002": "no capture", "#1002": "no order"},
	} {
		o := reconcile.NewOrders(reconcile.OrdersOptions{IDPrefix: prefix})
		settled(t, o, "6 Capture 1001 1.00", "6 Capture #1002 1.00")
		exported(t, o, "#1001,1.00,,", "1002,1.00,,")
		if diff := cmp.Diff(want, statuses(o)); diff != "" {
			t.Errorf("prefix %q (-want +got):\n%s", prefix, diff)
		}
	}
}

// Rows that repeat an order count once, and must agree. Orders that a filter leaves out are told where they have a capture.
func TestRepeatedAndFilteredOrders(t *testing.T) {
	t.Parallel()
	o := reconcile.NewOrders(reconcile.OrdersOptions{})
	settled(t, o, "6 Capture A 10.00", "6 Capture B 20.00", "6 Capture C 30.00", "6 Capture - 40.00")
	add := func(id, amount string, line int) error {
		return o.AddOrder(reconcile.Order{ID: id, Amount: decimal.MustParse(amount), Currency: "USD", Repeated: true, File: "orders.csv", Line: line})
	}
	for line, id := range []string{"A", "A", "B", "A"} {
		amount := map[string]string{"A": "10.00", "B": "20.00"}[id]
		if err := add(id, amount, line+2); err != nil {
			t.Fatal(err)
		}
	}
	if err := add("B", "25.00", 9); err == nil || err.Error() != "orders.csv: line 9: order B is in two rows with different amounts" {
		t.Errorf("other amounts: %v", err)
	}
	if err := o.AddOrder(reconcile.Order{ID: "A", Amount: decimal.MustParse("10.00"), Currency: "USD", Repeated: true, Refunded: decimal.NullDecimal{Decimal: decimal.One, Valid: true}}); err == nil || err.Error() != "reconcile: order A is in two rows with different amounts" {
		t.Errorf("other refunds: %v", err)
	}
	for _, id := range []string{"C", "", "D", "D"} {
		if err := o.AddOrder(reconcile.Order{ID: id, LeftOut: true}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]string{"A": "matched", "B": "matched", "C": "no order", "": "no order"}, statuses(o)); diff != "" || o.LeftOut() != 3 {
		t.Errorf("%d left out, statuses (-want +got):\n%s", o.LeftOut(), diff)
	}
	for _, r := range o.Results() {
		if want := map[string]string{"C": "the orders file has this order, but the filter leaves it out"}[r.OrderID]; r.Detail != want {
			t.Errorf("%s: %q, want %q", r.OrderID, r.Detail, want)
		}
	}
}

// The date of a result is the one of the file, however far from it the order may have been placed.
func TestOrderResultDate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2030-03-06T09:00:00+01:00": "2030-03-06T08:00:00Z", "2030-03-06 09:00:00": "2030-03-06T09:00:00Z", "2030-03-06": "2030-03-06T12:00:00Z", "": "0001-01-01T00:00:00Z",
	} {
		o := reconcile.NewOrders(reconcile.OrdersOptions{})
		exported(t, o, "A,10.00,"+text+",")
		if got := o.Results()[0].Date.UTC().Format(time.RFC3339); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
