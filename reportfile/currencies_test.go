package reportfile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"golang.org/x/text/currency"

	"github.com/amazonpay-go/payreports/reportfile"
)

func minorDigits(code string) int { return reportfile.WithMinorDigits(decimal.One, code).Scale() }

// These are the minor digits of ISO 4217 where golang.org/x/text/currency has others. It has Unicode's, which say how many
// digits people usually write. Once both lists are empty, the package's own table can go.
func TestMinorDigitsThatXTextHasOtherwise(t *testing.T) {
	t.Parallel()
	got := make(map[string]int)
	for query := currency.Query(); query.Next(); { // what is legal tender somewhere
		unit := query.Unit()
		if digits, _ := currency.Standard.Rounding(unit); digits != minorDigits(unit.String()) {
			got[unit.String()] = minorDigits(unit.String())
			if digits != 0 {
				t.Errorf("x/text has %d digits for %s, want 0", digits, unit)
			}
		}
	}
	want := map[string]int{
		"AFN": 2, "ALL": 2, "AMD": 2, "COP": 2, "GYD": 2, "IDR": 2, "IQD": 3, "IRR": 2, "KPW": 2, "LAK": 2, "LBP": 2, "MGA": 2, "MMK": 2,
		"MNT": 2, "MRO": 2, "MUR": 2, "PKR": 2, "RSD": 2, "SLL": 2, "SOS": 2, "SYP": 2, "TZS": 2, "UZS": 2, "YER": 2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("currencies that x/text rounds to 0 digits (-want +got):\n%s", diff)
	}
	for code, digits := range map[string]int{"MRU": 2, "SLE": 2, "UYW": 4, "VED": 2, "VES": 2, "XCG": 2, "ZWG": 2} {
		if _, err := currency.ParseISO(code); err == nil {
			t.Errorf("x/text knows %s", code)
		}
		if got := minorDigits(code); got != digits {
			t.Errorf("%s has %d minor digits, want %d", code, got, digits)
		}
	}
}
