package dataset

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math/big"
	"math/bits"
	"strings"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// decimals is the scale of amounts. It is that of BigQuery's NUMERIC.
const decimals = 9

var powers = [decimals + 1]uint64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// units is an amount in units of 10⁻⁹: an integer of 128 bits in two's complement.
type units struct {
	high int64
	low  uint64
}

var errDecimals = errors.New("it has more than 9 decimals, which the data set can't hold")

// unitsOf is exact: an amount has at most 19 digits, so 28 digits are enough.
func unitsOf(amount decimal.Decimal) (units, error) {
	if amount.Scale() > decimals {
		if amount.MinScale() > decimals {
			return units{}, errDecimals
		}
		amount = amount.Trim(decimals)
	}
	high, low := bits.Mul64(amount.Coef(), powers[decimals-amount.Scale()])
	u := units{int64(high), low}
	if amount.IsNeg() {
		u = u.negated()
	}
	return u, nil
}

func (u units) negated() units {
	low, borrow := bits.Sub64(0, u.low, 0)
	high, _ := bits.Sub64(0, uint64(u.high), borrow)
	return units{int64(high), low}
}

// plus doesn't overflow before 10⁹ of the largest amounts are added up.
func (u units) plus(other units) units {
	low, carry := bits.Add64(u.low, other.low, 0)
	high, _ := bits.Add64(uint64(u.high), uint64(other.high), carry)
	return units{int64(high), low}
}

func (u units) compare(other units) int {
	return cmp.Or(cmp.Compare(u.high, other.high), cmp.Compare(u.low, other.low))
}

// bytes is how Parquet stores a decimal: big-endian.
func (u units) bytes() (b [16]byte) {
	binary.BigEndian.PutUint64(b[:8], uint64(u.high))
	binary.BigEndian.PutUint64(b[8:], u.low)
	return b
}

// text is the amount with at least its currency's minor digits.
func (u units) text(currency string) string {
	sign := ""
	if u.high < 0 {
		sign, u = "-", u.negated()
	}
	b := u.bytes()
	digits := new(big.Int).SetBytes(b[:]).String()
	digits = strings.Repeat("0", max(0, decimals+1-len(digits))) + digits
	whole, fraction := digits[:len(digits)-decimals], strings.TrimRight(digits[len(digits)-decimals:], "0")
	if missing := reportfile.WithMinorDigits(decimal.Zero, currency).Scale() - len(fraction); missing > 0 {
		fraction += strings.Repeat("0", missing)
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + whole + fraction
}
