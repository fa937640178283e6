package reconcile_test

import (
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// Excel writes quotes around cells with a comma or a quote in a file with tabs, and none in its header. They aren't part of the value: a filter
// would leave out the order without a word.
func TestReadOrdersWithQuotesBetweenTabs(t *testing.T) {
	t.Parallel()
	const header = "order id\tamount\tcurrency\tMethod\tplaced\n"
	for name, test := range map[string]struct{ row, value, want string }{
		"a comma":    {"1\t1.00\tEUR\t\"Amazon Pay, Express\"\t2030-03-01\n", "Amazon Pay, Express", "1 1.00 2030-03-01"},
		"a quote":    {"1\t1.00\tEUR\t\"Amazon \"\"Pay\"\"\"\t2030-03-01\n", `Amazon "Pay"`, "1 1.00 2030-03-01"},
		"an amount":  {"1\t\"1,250.00\"\tEUR\tAmazon Pay\t2030-03-01\n", "Amazon Pay", "1 1250.00 2030-03-01"},
		"a date":     {"1\t1.00\tEUR\tAmazon Pay\t\"Mar 1, 2030 09:15:00 AM\"\n", "Amazon Pay", "1 1.00 2030-03-01"},
		"one quote":  {"1\t1.00\tEUR\t12\" record\t2030-03-01\n", `12" record`, "1 1.00 2030-03-01"},
		"other text": {"1\t1.00\tEUR\t\"PayPal, Express\"\t2030-03-01\n", "Amazon Pay", "left out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			format := reconcile.OrderFormat{Date: "placed", Where: []reconcile.OrderFilter{{Column: "Method", Value: test.value}}}
			for order, err := range reconcile.ReadOrders(strings.NewReader(header+test.row), format, reportfile.Options{}) {
				got := order.ID + " " + order.Amount.String() + " " + order.Date.Format("2006-01-02")
				switch {
				case err != nil:
					got = err.Error()
				case order.LeftOut:
					got = "left out"
				}
				if got != test.want {
					t.Errorf("%s, want %s", got, test.want)
				}
			}
		})
	}
}
