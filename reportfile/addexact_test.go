package reportfile_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// unscaled is an amount's digits with its sign, at a scale.
func unscaled(d decimal.Decimal, scale int) *big.Int {
	n := new(big.Int).SetUint64(d.Coef())
	if d.IsNeg() {
		n.Neg(n)
	}
	return n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale-d.Scale())), nil))
}

// Sums of any digits are those of integers, or an error where 19 digits don't hold them.
func TestAddExact(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(17, 5))
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(19), nil)
	amount := func() decimal.Decimal {
		coefficient := random.Int64() >> random.IntN(63)
		if random.IntN(8) == 0 {
			coefficient = 0
		}
		if random.IntN(2) == 0 {
			coefficient = -coefficient
		}
		d := decimal.MustNew(coefficient, random.IntN(20))
		if random.IntN(4) == 0 {
			d = decimal.MustNew(coefficient, 2)
		}
		return d
	}
	exact, refused := 0, 0
	for range 200_000 {
		a, b := amount(), amount()
		scale := max(a.Scale(), b.Scale())
		want := new(big.Int).Add(unscaled(a, scale), unscaled(b, scale))
		sum, err := reportfile.AddExact(a, b)
		switch fits := new(big.Int).Abs(want).Cmp(most) < 0; {
		case fits && (err != nil || sum.Scale() != scale || unscaled(sum, scale).Cmp(want) != 0):
			t.Fatalf("%s + %s = %s, %v, want %s at scale %d", a, b, sum, err, want, scale)
		case !fits && err == nil:
			t.Fatalf("%s + %s = %s, want an error", a, b, sum)
		case fits:
			exact++
		default:
			refused++
		}
	}
	if exact < 1000 || refused < 1000 {
		t.Errorf("%d sums and %d errors", exact, refused)
	}
}
