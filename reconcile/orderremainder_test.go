package reconcile_test

import (
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// WooCommerce writes the total, and what remains of it after refunds. Totals can be negative.
func TestTotalsOfWooCommerceAnalytics(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"$80.00":                   "80.00 refunded 0",
		"-$80.00":                  "-80.00 refunded 0",
		"$-80.00":                  "-80.00 refunded 0",
		"- $80.00":                 "-80.00 refunded 0",
		"$80.00 $0.00":             "80.00 refunded 80.00",
		"$80.00 -$10.00":           "80.00 refunded 90.00",
		"$80.00 $90.00":            "the second amount",
		"-$80.00 -$90.00":          "-80.00 refunded 10.00",
		"-80.00 $":                 "-80.00 refunded 0",
		"$1,080.00 $1,000.00 (tax": "1080.00 refunded 80.00",
	} {
		format, err := reconcile.OrderFormatFor("woocommerce-analytics")
		if err != nil {
			t.Fatal(err)
		}
		format.DefaultCurrency = "USD"
		file := "Date,Order #,N. Revenue (formatted),Status\n2030-03-01 09:15:00,1001,\"" + text + "\",completed\n"
		for order, err := range reconcile.ReadOrders(strings.NewReader(file), format, reportfile.Options{}) {
			got := order.Amount.String() + " refunded " + order.Refunded.Decimal.String()
			if err != nil {
				got = err.Error()
			}
			if got != want && (err == nil || !strings.Contains(got, want)) {
				t.Errorf("%s: %s, want %s", text, got, want)
			}
		}
	}
}
