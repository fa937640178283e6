package reportfile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/govalues/decimal"
)

// maxDigits is what a decimal.Decimal holds without rounding.
const maxDigits = 19

// ParseAmount reads an amount exactly: digits with an optional minus sign and an optional fraction after a dot, the
// digits before the dot perhaps in groups of three with commas, the first of which doesn't begin with a 0: 0,500 is a
// decimal comma. Anything else is an error, more than 19 digits too, and so are exactly three digits after the dot,
// which may be thousands: 1.190. [Row.Amount] reads those of a currency that has three.
func ParseAmount(text string) (decimal.Decimal, error) { return parseAmount(text, "", false) }

// ParseAmount reads an amount of the currency, "" if that isn't known, as [Row.Amount] reads that of a cell.
func (o Options) ParseAmount(text, currency string) (decimal.Decimal, error) {
	return parseAmount(text, currency, o.DecimalComma)
}

// parseAmount reads an amount of a currency, "" if it isn't known.
func parseAmount(text, currency string, decimalComma bool) (decimal.Decimal, error) {
	dotted := text
	if decimalComma {
		dotted = swapDotsAndCommas(text)
	}
	amount, err := exactAmount(dotted)
	if err != nil {
		return amount, amountError(text, err, decimalComma)
	}
	if amount.Scale() == 3 && minorDigits(currency) < 3 {
		return decimal.Decimal{}, thousandsError(text, currency, decimalComma)
	}
	return amount, nil
}

func swapDotsAndCommas(text string) string {
	return strings.Map(func(c rune) rune {
		switch c {
		case '.':
			return ','
		case ',':
			return '.'
		default:
			return c
		}
	}, text)
}

var (
	errAmount = errors.New("not an amount")
	errDigits = errors.New("it has more than 19 digits")
)

func amountError(text string, err error, decimalComma bool) error {
	why := "an amount is digits with a dot, such as -1250.00 or 1,250.00"
	swapped, errSwapped := exactAmount(swapDotsAndCommas(text))
	switch {
	case errors.Is(err, errDigits):
		why = err.Error()
	case decimalComma && errSwapped != nil:
		why = "with the option DecimalComma an amount is digits with a comma, such as -1250,00 or 1.250,00"
	case decimalComma:
		why = "with the option DecimalComma a dot stands between groups of three digits; leave the option out if this is a decimal dot"
	case errSwapped == nil && swapped.Scale() > 0:
		why = "the file looks re-saved by a spreadsheet; the option DecimalComma (--decimal-comma) reads amounts with a decimal comma"
	}
	return fmt.Errorf("%s is not an amount that can be read: %s", quote(text), why)
}

func thousandsError(text, currency string, decimalComma bool) error {
	unit := "amounts of " + currency + " have fewer"
	if currency == "" {
		unit = "most currencies have fewer, and this one isn't known"
	}
	if decimalComma {
		return fmt.Errorf("%s has three digits after its comma, and %s: perhaps the comma separates thousands, and the option DecimalComma must be left out", quote(text), unit)
	}
	return fmt.Errorf("%s has three digits after its dot, and %s: perhaps the dot separates thousands. The file looks re-saved by a spreadsheet; the option DecimalComma (--decimal-comma) reads such amounts", quote(text), unit)
}

// exactAmount reads an amount with a decimal dot.
func exactAmount(text string) (decimal.Decimal, error) {
	rest, negative := strings.CutPrefix(text, "-")
	if len(rest) < maxDigits { // all amounts of real files
		if coefficient, scale, ok := plainAmount(rest); ok {
			return newDecimal(coefficient, scale, negative), nil
		}
	}
	return longAmount(rest, negative)
}

// plainAmount reads digits with perhaps a dot among them, so few that they can't be too many.
func plainAmount(text string) (coefficient uint64, scale int, ok bool) {
	dot := len(text)
	for i := range len(text) {
		c := text[i] - '0'
		switch {
		case c <= 9:
			coefficient = coefficient*10 + uint64(c)
		case text[i] == '.' && dot == len(text) && i > 0 && i+1 < len(text):
			dot = i
		default:
			return 0, 0, false
		}
	}
	return coefficient, max(0, len(text)-dot-1), text != ""
}

// longAmount reads amounts with groups of digits, and counts the digits.
func longAmount(rest string, negative bool) (decimal.Decimal, error) {
	var coefficient uint64
	digits := 0
	group := -1 // digits since the last comma, -1 before the first
	whole := 0  // digits before the dot
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		switch {
		case '0' <= c && c <= '9':
			if digits > 0 || c != '0' {
				digits++
			}
			if digits > maxDigits {
				return decimal.Decimal{}, errDigits
			}
			coefficient = coefficient*10 + uint64(c-'0')
			whole++
			if group >= 0 {
				group++
			}
		case c == ',' && whole > 0 && (group < 0 && whole <= 3 && rest[0] != '0' || group == 3):
			group = 0
		case c == '.' && whole > 0 && (group < 0 || group == 3) && i+1 < len(rest):
			return fraction(rest[i+1:], coefficient, digits, negative)
		default:
			return decimal.Decimal{}, errAmount
		}
	}
	if whole == 0 || group >= 0 && group != 3 {
		return decimal.Decimal{}, errAmount
	}
	return newDecimal(coefficient, 0, negative), nil
}

// fraction reads on after the dot, with what the digits before it came to.
func fraction(rest string, coefficient uint64, digits int, negative bool) (decimal.Decimal, error) {
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if c < '0' || c > '9' {
			return decimal.Decimal{}, errAmount
		}
		if digits > 0 || c != '0' {
			digits++
		}
		if digits > maxDigits || i >= maxDigits {
			return decimal.Decimal{}, errDigits
		}
		coefficient = coefficient*10 + uint64(c-'0')
	}
	return newDecimal(coefficient, len(rest), negative), nil
}

// newDecimal can't fail: there are at most 19 digits before and after the dot together.
func newDecimal(coefficient uint64, scale int, negative bool) decimal.Decimal {
	const most = 1<<63 - 1
	if coefficient > most { // the digits that an int64 doesn't hold
		d := decimal.MustParse(fmt.Sprintf("%de-%d", coefficient, scale))
		if negative {
			return d.Neg()
		}
		return d
	}
	value := int64(coefficient)
	if negative {
		value = -value
	}
	return decimal.MustNew(value, scale)
}

// minorDigits returns how many digits a currency has after the dot at least (ISO 4217). The table is our own, because
// golang.org/x/text/currency has no digits for currencies such as COP and IDR, where ISO 4217 has two, or IQD, where it has
// three, and doesn't know newer ones such as UYW.
func minorDigits(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "CLF", "UYW":
		return 4
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	default:
		return 2
	}
}

// WithMinorDigits returns the amount with at least its currency's minor digits (ISO 4217), such as 12.50 for 12.5 USD. An
// amount so large that there is no room for them stays as it is.
func WithMinorDigits(amount decimal.Decimal, currency string) decimal.Decimal {
	digits := minorDigits(currency)
	if amount.Scale() >= digits { // as in nearly all reports
		return amount
	}
	return amount.Pad(digits)
}
