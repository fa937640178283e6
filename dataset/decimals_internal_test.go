package dataset

import (
	"math/big"
	"testing"

	"github.com/govalues/decimal"
)

func TestUnits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "0.00", "1": "1.00", "-1": "-1.00", "12.5": "12.50", "-0.000000001": "-0.000000001", "9999999999999999999": "9999999999999999999.00",
		"-9999999999999999999": "-9999999999999999999.00", "0.1234567890": "0.123456789", "-9223372036.854775808": "-9223372036.854775808", "1.005": "1.005",
	} {
		u, err := unitsOf(decimal.MustParse(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := u.text("USD"); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
		b := u.bytes()
		value := new(big.Int).SetBytes(b[:])
		if b[0] >= 0x80 {
			value.Sub(value, new(big.Int).Lsh(big.NewInt(1), 128))
		}
		exact, _ := new(big.Rat).SetString(text)
		if exact.Mul(exact, big.NewRat(1e9, 1)); exact.Cmp(new(big.Rat).SetInt(value)) != 0 {
			t.Errorf("%s is %s units", text, value)
		}
		if sum := u.plus(u.negated()); sum != (units{}) {
			t.Errorf("%s and its negative are %+v", text, sum)
		}
	}
	for _, text := range []string{"0.0000000001", "-1.1234567891"} {
		if u, err := unitsOf(decimal.MustParse(text)); err == nil {
			t.Errorf("%s is %+v", text, u)
		}
	}
	if got := (units{0, 1_500_000_000}).text("JPY"); got != "1.5" {
		t.Errorf("1.5 JPY is %s", got)
	}
}

func TestSnakeCase(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"AmazonCaptureId": "amazon_capture_id", "SellerID": "seller_id", "URLOfShop": "url_of_shop", "BillingAddressLine1": "billing_address_line1", "already_snake": "already_snake",
		"With space-and.dot": "with_space_and_dot", "Größe": "größe", "注文ID": "注文id", "": "", "line1Name": "line1_name",
	} {
		if got := snakeCase(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}
