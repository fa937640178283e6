package reconcile_test

import (
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// A filter that must not be true leaves out what was never paid. Several of them must all be untrue, unlike alternatives.
func TestReadOrdersWhereNot(t *testing.T) {
	t.Parallel()
	const file = "order,total,currency,Method,Status\nA,1,EUR,Amazon Pay,paid\nB,bad,,Amazon Pay, Voided\nC,3,EUR,Amazon Pay,expired\nD,4,EUR,PayPal,paid\nE,5,EUR,Amazon Pay,\n"
	not := func(column, value string) reconcile.OrderFilter {
		return reconcile.OrderFilter{Column: column, Value: value, Not: true}
	}
	for name, test := range map[string]struct {
		where []reconcile.OrderFilter
		want  string
	}{
		"one":                       {[]reconcile.OrderFilter{not("status", "voided")}, "A C D E"},
		"two of one column":         {[]reconcile.OrderFilter{not("Status", "voided"), not("Status", "EXPIRED")}, "A D E"},
		"beside one that must be":   {[]reconcile.OrderFilter{{Column: "Method", Value: "Amazon Pay"}, not("Status", "voided")}, "A C E"},
		"of the same column":        {[]reconcile.OrderFilter{{Column: "Status", Value: "paid"}, {Column: "Status", Value: "expired"}, not("Status", "expired"), not("status", "voided")}, "A D"},
		"no value":                  {[]reconcile.OrderFilter{not("Status", ""), not("Status", "voided")}, "A C D"},
		"a value that isn't there":  {[]reconcile.OrderFilter{not("Method", "Klarna"), not("Status", "voided")}, "A C D E"},
		"a column that isn't there": {[]reconcile.OrderFilter{not("State", "voided")}, `no column "State"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var taken []string
			for order, err := range reconcile.ReadOrders(strings.NewReader(file), reconcile.OrderFormat{Where: test.where}, reportfile.Options{}) {
				if err != nil {
					taken = append(taken, err.Error())
				} else if !order.LeftOut {
					taken = append(taken, order.ID)
				}
			}
			if got := strings.Join(taken, " "); got != test.want && (!strings.HasPrefix(test.want, "no") || !strings.Contains(got, test.want)) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
