package reportfile

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// maxDigits is what a decimal.Decimal holds without rounding.
const maxDigits = 19

// ParseAmount reads an amount exactly: digits with an optional minus sign and an optional fraction after a dot, the
// digits before the dot perhaps in groups of three with commas, the first of which doesn't begin with a 0: 0,500 is a
// decimal comma. Anything else is an error, more than 19 digits too.
func ParseAmount(text string) (decimal.Decimal, error) {
	rest, negative := text, false
	if rest != "" && rest[0] == '-' {
		rest, negative = rest[1:], true
	}
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
				return decimal.Decimal{}, amountError(text, "it has more than 19 digits")
			}
			coefficient = coefficient*10 + uint64(c-'0')
			whole++
			if group >= 0 {
				group++
			}
		case c == ',' && whole > 0 && (group < 0 && whole <= 3 && rest[0] != '0' || group == 3):
			group = 0
		case c == '.' && whole > 0 && (group < 0 || group == 3) && i+1 < len(rest):
			return fraction(text, rest[i+1:], coefficient, digits, negative)
		default:
			return decimal.Decimal{}, amountError(text, "")
		}
	}
	if whole == 0 || group >= 0 && group != 3 {
		return decimal.Decimal{}, amountError(text, "")
	}
	return newDecimal(coefficient, 0, negative), nil
}

// fraction reads on after the dot, with what the digits before it came to.
func fraction(text, rest string, coefficient uint64, digits int, negative bool) (decimal.Decimal, error) {
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if c < '0' || c > '9' {
			return decimal.Decimal{}, amountError(text, "")
		}
		if digits > 0 || c != '0' {
			digits++
		}
		if digits > maxDigits || i >= maxDigits {
			return decimal.Decimal{}, amountError(text, "it has more than 19 digits")
		}
		coefficient = coefficient*10 + uint64(c-'0')
	}
	return newDecimal(coefficient, len(rest), negative), nil
}

// parseAmount reads an amount of a currency, "" if it isn't known.
func parseAmount(text, currency string, decimalComma bool) (decimal.Decimal, error) {
	dotted := text
	if decimalComma {
		dotted = swapDotsAndCommas(text)
	}
	if point := strings.IndexByte(dotted, '.'); point >= 0 && len(dotted)-point-1 == 3 && minorDigits(currency) < 3 {
		return decimal.Decimal{}, amountError(text, "three digits after its only "+string(text[point])+" may be thousands")
	}
	return ParseAmount(dotted)
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

// newDecimal can't fail: there are at most 19 digits before and after the dot together.
func newDecimal(coefficient uint64, scale int, negative bool) decimal.Decimal {
	const most = 1<<63 - 1
	var d decimal.Decimal
	if coefficient <= most {
		d = decimal.MustNew(int64(coefficient), scale)
	} else { // the digits that an int64 doesn't hold
		d = decimal.MustParse(fmt.Sprintf("%de-%d", coefficient, scale))
	}
	if negative {
		return d.Neg()
	}
	return d
}

func amountError(text, why string) error {
	if why == "" {
		why = "an amount is digits with a dot, such as -1250.00 or 1,250.00"
	}
	return fmt.Errorf("%q is not an amount that can be read: %s", clip(text), why)
}

// minorDigits returns how many digits a currency has after the dot at least (ISO 4217).
func minorDigits(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	default:
		return 2
	}
}

// PadAmount returns the amount with at least its currency's minor digits (ISO 4217), such as 12.50 for 12.5 USD. An
// amount so large that there is no room for them stays as it is.
func PadAmount(amount decimal.Decimal, currency string) decimal.Decimal {
	return amount.Pad(minorDigits(currency))
}

// locations remembers the offsets of a file, which has few.
type locations struct {
	layout   string // of package time, for dates that are written as Options say
	last     int
	lastZone *time.Location
	byOffset map[int]*time.Location
}

var errTime = errors.New("not a time")

// parse reads the two forms of report files, 2018-09-13T05:00:39 -0700 with and without the space, and RFC 3339.
func (l *locations) parse(text string) (time.Time, error) {
	t, err := l.parseFast(text)
	if err != nil {
		for _, layout := range []string{time.RFC3339, l.layout} {
			if t, err := time.Parse(layout, text); layout != "" && err == nil {
				return t, nil
			}
		}
		return time.Time{}, fmt.Errorf("%q is not a time such as 2018-09-13T05:00:39 -0700", clip(text))
	}
	return t, nil
}

func (l *locations) parseFast(s string) (time.Time, error) {
	if len(s) < 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, errTime
	}
	year, ok1 := number(s[0:4])
	month, ok2 := number(s[5:7])
	dayOfMonth, ok3 := number(s[8:10])
	hour, ok4 := number(s[11:13])
	minute, ok5 := number(s[14:16])
	second, ok6 := number(s[17:19])
	numbers := ok1 && ok2 && ok3 && ok4 && ok5 && ok6
	if !numbers || month < 1 || month > 12 || dayOfMonth < 1 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, errTime
	}
	if dayOfMonth > 28 && dayOfMonth > daysIn(time.Month(month), year) {
		return time.Time{}, errTime
	}
	zone, err := l.zone(strings.TrimPrefix(s[19:], " "))
	if err != nil {
		return time.Time{}, err
	}
	return time.Date(year, time.Month(month), dayOfMonth, hour, minute, second, 0, zone), nil
}

func daysIn(month time.Month, year int) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (l *locations) zone(s string) (*time.Location, error) {
	if s == "Z" {
		return time.UTC, nil
	}
	if len(s) == 6 && s[3] == ':' {
		s = s[:3] + s[4:]
	}
	if len(s) != 5 || s[0] != '+' && s[0] != '-' {
		return nil, errTime
	}
	hours, ok1 := number(s[1:3])
	minutes, ok2 := number(s[3:5])
	if !ok1 || !ok2 || hours > 23 || minutes > 59 {
		return nil, errTime
	}
	offset := hours*3600 + minutes*60
	if s[0] == '-' {
		offset = -offset
	}
	if l.lastZone != nil && offset == l.last {
		return l.lastZone, nil
	}
	zone := l.byOffset[offset]
	if zone == nil {
		zone = time.FixedZone("", offset)
		if l.byOffset == nil {
			l.byOffset = make(map[int]*time.Location)
		}
		l.byOffset[offset] = zone
	}
	l.last, l.lastZone = offset, zone
	return zone, nil
}

func number(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}

// clip bounds what an error quotes.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
