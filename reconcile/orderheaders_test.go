package reconcile_test

import (
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// Exports that were put together have a header in the middle. It isn't an order, whether or not a filter looks at it.
func TestReadOrdersWithFurtherHeaders(t *testing.T) {
	t.Parallel()
	const header = "order id,amount,currency,Method\n"
	const first, second = "1,1.00,EUR,Amazon Pay\n", "2,2.00,EUR,Amazon Pay\n"
	filter := []reconcile.OrderFilter{{Column: "method", Value: "amazon pay"}}
	for name, test := range map[string]struct {
		text, fails string
		where       []reconcile.OrderFilter
	}{
		"the same":                {header + first + header + second, "", nil},
		"the same, filtered":      {header + first + header + second, "", filter},
		"at the end":              {header + first + second + header, "", filter},
		"at once":                 {header + header + first + second, "", filter},
		"with a byte order mark":  {header + first + "\ufeff" + header + second, "", filter},
		"with spaces and case":    {header + first + "Order ID , AMOUNT,currency, method\n" + second, "", filter},
		"quoted":                  {header + first + `"order id","amount","currency","Method"` + "\n" + second, "", filter},
		"other columns":           {header + first + "amount,order id,currency,Method\n2.00,2,EUR,Amazon Pay\n", "line 3: another header, with other columns", nil},
		"other columns, filtered": {header + first + "order id,amount,Method,currency\n2,2.00,Amazon Pay,EUR\n", "line 3: another header, with other columns", filter},
		"other names, filtered":   {header + first + "Number,Total,Curr,State\n2,2.00,EUR,Amazon Pay\n", "line 3: another header, with other columns", filter},
		"in German, filtered":     {header + first + "Bestellnummer,Betrag,Währung,Zahlart\n2,2.00,EUR,Amazon Pay\n", "line 3: another header, with other columns", filter},
		"other names":             {header + first + "Number,Total,Curr,State\n2,2.00,EUR,Amazon Pay\n", "line 3: another header, with other columns", nil},
		"other names, quoted":     {header + first + second + `"Order","Grand Total","Currency Code","Payment"` + "\n", "line 4: another header, with other columns", filter},
		"an order named so":       {header + first + "order id,2.00,EUR,Amazon Pay\n", "", filter},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var orders, leftOut int
			var failed error
			for order, err := range reconcile.ReadOrders(strings.NewReader(test.text), reconcile.OrderFormat{Where: test.where}, reportfile.Options{Name: "orders.csv"}) {
				switch {
				case err != nil:
					failed = err
				case order.LeftOut:
					leftOut++
				default:
					orders++
				}
			}
			if test.fails != "" {
				if failed == nil || !strings.Contains(failed.Error(), test.fails) {
					t.Fatalf("%v, want %q", failed, test.fails)
				}
				return
			}
			if failed != nil || orders != 2 || leftOut != 0 {
				t.Errorf("%d orders, %d left out, %v", orders, leftOut, failed)
			}
		})
	}
}

// A row that a filter leaves out needn't have an amount, and is no header for that.
func TestReadOrdersLeavesOutRowsWithoutAmounts(t *testing.T) {
	t.Parallel()
	where := []reconcile.OrderFilter{{Column: "method", Value: "amazon pay"}}
	for _, row := range []string{"7,free,EUR,voucher", "ABC,free,EUR,voucher", "ABC,,EUR,voucher", "7,n/a,,voucher", "Gift,-,EUR,"} {
		var leftOut int
		for order, err := range reconcile.ReadOrders(strings.NewReader("order id,amount,currency,Method\n"+row+"\n"), reconcile.OrderFormat{Where: where}, reportfile.Options{}) {
			if err != nil {
				t.Fatalf("%s: %v", row, err)
			}
			if order.LeftOut {
				leftOut++
			}
		}
		if leftOut != 1 {
			t.Errorf("%s: %d left out", row, leftOut)
		}
	}
}
