package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

func addOrders(t *testing.T, o *reconcile.Orders, text string, options reportfile.Options) {
	t.Helper()
	for order, err := range reconcile.ReadOrders(strings.NewReader(text), reconcile.OrderFormat{}, options) {
		if err == nil {
			err = o.AddOrder(order)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func orderLines(o *reconcile.Orders) []string {
	var lines []string
	for _, r := range o.Results() {
		lines = append(lines, fmt.Sprintf("%s %s: %s (%s, %s, %s)", r.OrderID, r.Currency, r.Status, r.Ordered, r.Captured, r.Refunded))
	}
	return lines
}

func TestOrders(t *testing.T) {
	t.Parallel()
	o := reconcile.NewOrders(reconcile.OrdersOptions{})
	rows := []reportfile.SettlementRow{
		row("Capture", "1", "A", "10.00"), row("Capture", "1", "B", "5.00"), row("Capture", "2", "B", "5.00"), row("Refund", "1", "A", "-3.00"),
		row("Capture", "1", "C", "1.00"), row("Refund", "1", "old", "-9.00"), row("Capture", "1", "", "2.00"), row("Transfer", "1", "", "-1.00"),
		// The same settlement in another file counts once.
		in("b.csv", "Capture", "1", "A", "10.00"), in("b.csv", "Refund", "1", "A", "-3.00"),
	}
	for i := range rows {
		if err := o.Add(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	addOrders(t, o, "Total;Order-ID;Buyer;ORDER;amount;currency\n9;A;Ann;1;10;USD\n9; B ;\"Bob; jr\";2;\"1,000.00\";usd\n9;D;Dan;3; 4.00;USD \n9;C;Cid;4;1.00;Eur\n", reportfile.Options{})
	want := []string{
		" USD: no order (0.00, 2.00, 0.00)", "A USD: matched (10.00, 10.00, 3.00)", "B USD: amount differs (1000.00, 10.00, 0.00)", "C EUR: no capture (1.00, 0.00, 0.00)",
		"C USD: no order (0.00, 1.00, 0.00)", "D USD: no capture (4.00, 0.00, 0.00)",
	}
	if diff := cmp.Diff(want, orderLines(o)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestReadOrdersWithOptions(t *testing.T) {
	t.Parallel()
	o := reconcile.NewOrders(reconcile.OrdersOptions{})
	addOrders(t, o, "Bestellung;order id;amount;currency\nM\xfcller;1;1.190,50;EUR\nx;2;12.000;EUR\n", reportfile.Options{Name: "orders.csv", DecimalComma: true, Encoding: "windows-1252"})
	addOrders(t, o, "order id,amount,currency\n3,1.190,KWD\n4,1190,JPY\n", reportfile.Options{})
	want := []string{
		"1 EUR: no capture (1190.50, 0.00, 0.00)", "2 EUR: no capture (12000.00, 0.00, 0.00)",
		"3 KWD: no capture (1.190, 0.000, 0.000)", "4 JPY: no capture (1190, 0, 0)",
	}
	if diff := cmp.Diff(want, orderLines(o)); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
}

func TestReadOrdersRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"amount,currency\n1,USD\n":                          "no column for the order id",
		"order,currency\nA,USD\n":                           "no column for the amount",
		"order,amount\nA,1\n":                               "no column for the currency",
		"\ufeffOrder Number;x\n":                            "no column for the amount",
		"order,amount,currency\n,,\nA,1,USD\n,1,USD\n":      "orders.csv: line 4, column order: the order has no id",
		"Order ID,order-id,amount,currency\n":               "2 columns for the order id",
		"order,amount,currency\nA,\"1,5\",USD\n":            `orders.csv: line 2, column amount: "1,5"`,
		"order,amount,currency\nA,1\n":                      "2 fields",
		"":                                                  "empty",
		"order,amount,currency\nA,1.190,EUR\n":              `orders.csv: line 2, column amount: "1.190"`,
		"order;amount;currency\nA;1.00;EUR\nB;12.000;USD\n": `orders.csv: line 3, column amount: "12.000"`,
		"order\tamount\tcurrency\nA\t-1.250\tGBP\n":         `line 2, column amount: "-1.250"`,
		"order,amount,currency\nA,1.000,\n":                 `line 2, column currency: the order has no currency`,
		"order,amount,currency\n7.0E+10,1,USD\n":            "orders.csv: line 2, column order: \"7.0E+10\" is an id in scientific notation",
		"order,amount,currency\nA,1,USD\n1E+12,1,USD\n":     "line 3, column order: \"1E+12\" is an id in scientific notation",
		"order;amount;currency\n\"3,00412E+11\";1;USD\n":    "3,00412E+11\" is an id in scientific notation",
		"order,amount,currency\n 2.10e+09 ,1,USD\n":         "2.10e+09\" is an id in scientific notation",
	} {
		var err error
		for _, e := range reconcile.ReadOrders(strings.NewReader(text), reconcile.OrderFormat{}, reportfile.Options{Name: "orders.csv"}) {
			err = e
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "orders.csv") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	// A spreadsheet's empty rows are no orders.
	for order, err := range reconcile.ReadOrders(strings.NewReader("order,amount,currency\n,,\nA,1,USD\n , ,\n"), reconcile.OrderFormat{}, reportfile.Options{}) {
		if err != nil || order.ID != "A" {
			t.Errorf("%+v, %v", order, err)
		}
	}
	// What only looks like a number with an exponent is an id.
	o := reconcile.NewOrders(reconcile.OrdersOptions{})
	addOrders(t, o, "order,amount,currency\nA12E+10,1,USD\nE+1,1,USD\n5E10X,1,USD\n", reportfile.Options{})
	if got := orderLines(o); len(got) != 3 {
		t.Errorf("%v", got)
	}
	if err := reconcile.NewOrders(reconcile.OrdersOptions{}).AddOrder(reconcile.Order{Currency: "USD"}); err == nil {
		t.Error("an order without an id: no error")
	}
}

// A settlement has a part in each currency, and only the same part in another file is the same.
func TestOrdersOfASettlementInSeveralCurrenciesAndFiles(t *testing.T) {
	t.Parallel()
	part := func(file string, transactionType reportfile.TransactionType, currency, order, amount string) reportfile.SettlementRow {
		r := in(file, transactionType, "1", order, amount)
		r.Currency = currency
		return r
	}
	o := reconcile.NewOrders(reconcile.OrdersOptions{})
	for _, r := range []reportfile.SettlementRow{
		part("usd.csv", "Capture", "USD", "A", "10.00"), part("eur.csv", "Capture", "EUR", "A", "9.00"), part("eur.csv", "Capture", "EUR", "B", "8.00"),
		part("eur.csv", "Refund", "EUR", "A", "-2.00"), part("again.csv", "Capture", "USD", "A", "10.00"), part("jpy.csv", "Capture", "JPY", "C", "7"),
		part("usd.csv", "Capture", "USD", "C", "1.00"), part("again.csv", "Capture", "EUR", "B", "8.00"),
	} {
		if err := o.Add(&r); err != nil {
			t.Fatal(err)
		}
	}
	addOrders(t, o, "order id,amount,currency\nA,10,USD\nA,9,EUR\nC,1,USD\n", reportfile.Options{})
	want := []string{
		"A EUR: matched (9.00, 9.00, 2.00)", "A USD: matched (10.00, 10.00, 0.00)", "B EUR: no order (0.00, 8.00, 0.00)",
		"C JPY: no order (0, 7, 0)", "C USD: matched (1.00, 1.00, 0.00)",
	}
	if diff := cmp.Diff(want, orderLines(o)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// Rows of one order are added up, as those of its items, and the result says so: the row may as well be there twice.
func TestOrdersInSeveralRows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rows     []string
		captured string
		want     string
	}{
		"one":              {[]string{"A,10,USD"}, "10.00", "1 matched"},
		"items":            {[]string{"A,10,USD", "B,1,USD", "A,5,USD"}, "15.00", "2 matched: the sum of 2 rows: lines 2, 4"},
		"alike items":      {[]string{"A,10,USD", "A,10.0,USD"}, "20.00", "2 matched: the sum of 2 rows: lines 2, 3"},
		"twice":            {[]string{"A,10,USD", "B,1,USD", "A,10.00,USD"}, "10.00", "2 amount differs: the sum of 2 rows: lines 2, 4; one of them alone would match"},
		"three times":      {[]string{"A,10,USD", "A,10,USD", "A,10,USD"}, "10.00", "3 amount differs: the sum of 3 rows: lines 2, 3, 4; one of them alone would match"},
		"many times":       {[]string{"A,10,USD", "A,10,USD", "A,10,USD", "A,10,USD", "A,10,USD", "A,10,USD"}, "10.00", "6 amount differs: the sum of 6 rows: lines 2, 3, 4, 5, …; one of them alone would match"},
		"one of them":      {[]string{"A,5,USD", "A,10,USD"}, "10.00", "2 amount differs: the sum of 2 rows: lines 2, 3; one of them alone would match"},
		"none of them":     {[]string{"A,5,USD", "A,10,USD"}, "7.00", "2 amount differs: the sum of 2 rows: lines 2, 3"},
		"not captured":     {[]string{"A,5,USD", "A,5,USD"}, "", "2 no capture: the sum of 2 rows: lines 2, 3"},
		"other currencies": {[]string{"A,10,USD", "A,10,EUR"}, "10.00", "1 matched"},
		"a discount":       {[]string{"A,10,USD", "A,-2,USD"}, "8.00", "2 matched: the sum of 2 rows: lines 2, 3"},
		"nothing":          {[]string{"A,10,USD", "A,0,USD"}, "10.00", "2 matched: the sum of 2 rows: lines 2, 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := reconcile.NewOrders(reconcile.OrdersOptions{})
			if test.captured != "" {
				r := row("Capture", "1", "A", test.captured)
				if err := o.Add(&r); err != nil {
					t.Fatal(err)
				}
			}
			addOrders(t, o, "order id,amount,currency\n"+strings.Join(test.rows, "\n")+"\n", reportfile.Options{})
			for _, r := range o.Results() {
				if got := strings.TrimSuffix(fmt.Sprintf("%d %s: %s", r.Rows, r.Status, r.Detail), ": "); r.OrderID == "A" && r.Currency == "USD" && got != test.want {
					t.Errorf("%s, want %s", got, test.want)
				}
			}
		})
	}
}
