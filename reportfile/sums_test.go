package reportfile_test

import (
	"testing"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

func TestLeftOver(t *testing.T) {
	t.Parallel()
	amount := decimal.MustParse
	for _, test := range []struct {
		amount, percentage, fixed, net string
		want                           string
	}{
		{"10.00", "-0.50", "-0.3", "9.20", "0.00"},
		{"10.00", "-0.50", "0", "9.60", "0.10"},
		{"-10", "0.5", "0.125", "-10", "-0.625"},
		{"9999999999999999999", "0", "0", "-1", "error"},
	} {
		sums := reportfile.Sums{Amount: amount(test.amount), PercentageFee: amount(test.percentage), FixedFee: amount(test.fixed), Net: amount(test.net)}
		got, err := sums.LeftOver()
		if text := got.String(); err == nil && text != test.want || (err != nil) != (test.want == "error") {
			t.Errorf("%+v: %s, %v", test, text, err)
		}
	}
}
