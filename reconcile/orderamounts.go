package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// sign is what is written for a currency.
type sign struct {
	code   string   // the currency that it means, "" if it can mean several
	others []string // that it can mean as well, where something else says so
}

var (
	dollars = []string{"USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD", "ARS", "CLP", "COP"}
	crowns  = []string{"DKK", "ISK", "NOK", "SEK"}
	signs   = map[string]sign{
		"€": {code: "EUR"}, "£": {code: "GBP", others: []string{"EGP", "FKP", "GIP", "SHP"}},
		"$": {others: dollars}, "US$": {code: "USD"}, "$US": {code: "USD"}, "A$": {code: "AUD"}, "AU$": {code: "AUD"}, "C$": {code: "CAD"}, "CA$": {code: "CAD"},
		"HK$": {code: "HKD"}, "NZ$": {code: "NZD"}, "S$": {code: "SGD"}, "MX$": {code: "MXN"}, "NT$": {code: "TWD"},
		"¥": {others: []string{"JPY", "CNY"}}, "￥": {others: []string{"JPY", "CNY"}}, "円": {code: "JPY"}, "JP¥": {code: "JPY"}, "CN¥": {code: "CNY"},
		"KR": {others: crowns}, "KR.": {others: crowns}, "FR.": {code: "CHF"}, "SFR.": {code: "CHF"}, "R": {code: "ZAR"}, "ZŁ": {code: "PLN"}, "KČ": {code: "CZK"},
		"₹": {code: "INR"}, "₩": {code: "KRW"},
	}
)

// currencyOf returns the code for a currency's code or sign. The fallback, "" if there is none, is for an empty text, and for a sign that
// it can have.
func currencyOf(text, fallback string) (string, error) {
	text = strings.ToUpper(text)
	known, isSign := signs[text]
	switch {
	case text == "" && fallback != "":
		return fallback, nil
	case text == "":
		return "", errors.New("the order has no currency; the option DefaultCurrency gives that of all orders that don't say theirs")
	case isCurrencyCode(text):
		return text, nil
	case !isSign:
		return "", errors.New("the currency is not a code of ISO 4217, such as EUR, or a sign that is known here")
	case slices.Contains(known.others, fallback):
		return fallback, nil
	case known.code != "":
		return known.code, nil
	case fallback != "":
		return "", fmt.Errorf("the sign %s means one of several currencies, and not %s, the option DefaultCurrency", text, fallback)
	default:
		return "", fmt.Errorf("the sign %s means one of several currencies; the option DefaultCurrency says which", text)
	}
}

func isCurrencyCode(text string) bool {
	return len(text) == 3 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// readAmount reads the amount and the currency.
func (r *orderReader) readAmount(row reportfile.Row, order *Order) (err error) {
	text, remains := cell(row, r.Amount), ""
	if r.shop.remainder {
		text, remains = splitRemainder(text)
	}
	if text == "" {
		return problem(row, r.Amount, "the order has no amount")
	}
	if order.Currency, err = r.currency(row, text); err != nil {
		return err
	}
	if order.Amount, err = r.parse(text, order.Currency); err == nil && r.shop.remainder {
		order.Refunded, err = r.refundedSo(order, remains)
	}
	if err != nil {
		return problem(row, r.Amount, err.Error())
	}
	return nil
}

// currency reads the currency: that of its column, or else that of the amount's sign, or else the default.
func (r *orderReader) currency(row reportfile.Row, amount string) (string, error) {
	column, written := r.Currency, ""
	if column != "" {
		written = cell(row, column)
	}
	if before, _, after := splitSigns(amount); written == "" && r.FormattedAmounts && before+after != "" {
		column, written = r.Amount, cmp.Or(before, after)
	}
	code, err := currencyOf(written, r.DefaultCurrency)
	if err != nil {
		return "", problem(row, column, err.Error())
	}
	return code, nil
}

// parse reads an amount of a currency. If it has a sign, that must be one of the currency.
func (r *orderReader) parse(text, currency string) (decimal.Decimal, error) {
	number := text
	if r.FormattedAmounts {
		var before, after string
		before, number, after = splitSigns(text)
		for _, written := range []string{before, after} {
			if code, err := currencyOf(written, currency); err != nil || code != currency {
				return decimal.Decimal{}, fmt.Errorf("the amount has the sign or code of another currency than %s", currency)
			}
		}
	}
	amount, err := r.options.ParseAmount(number, currency)
	if err != nil && !r.FormattedAmounts && strings.ContainsFunc(text, isSign) {
		err = fmt.Errorf("%w; the option FormattedAmounts reads amounts with the sign or the code of a currency", err)
	}
	return reportfile.WithMinorDigits(amount.Trim(0), currency), err
}

func isSign(c rune) bool { return unicode.IsLetter(c) || unicode.Is(unicode.Sc, c) }

// refundedSo returns what was refunded if so much remains of the order, "" for all of it.
func (r *orderReader) refundedSo(order *Order, remains string) (decimal.NullDecimal, error) {
	refunded := decimal.NullDecimal{Valid: true}
	if remains == "" {
		return refunded, nil
	}
	rest, err := r.parse(remains, order.Currency)
	if err != nil {
		return decimal.NullDecimal{}, err
	}
	if refunded.Decimal, err = reportfile.AddExact(order.Amount, rest.Neg()); err == nil && refunded.Decimal.IsNeg() {
		err = errors.New("the second amount, which is what remains after refunds, is larger than the first")
	}
	return refunded, err
}

// splitSigns takes apart what stands before and after the digits, and the spaces and apostrophes between groups of three of them.
func splitSigns(text string) (before, number, after string) {
	first, last := strings.IndexFunc(text, isDigit), strings.LastIndexFunc(text, isDigit)
	if first < 0 {
		return "", text, ""
	}
	before, number, after = strings.TrimSpace(text[:first]), text[first:last+1], strings.TrimSpace(text[last+1:])
	if unsigned, negative := cutMinus(before); negative {
		before, number = unsigned, "-"+number
	}
	if groupedBySpaces.MatchString(number) {
		number = betweenGroups.ReplaceAllString(number, "")
	}
	return before, number, after
}

func isDigit(c rune) bool { return '0' <= c && c <= '9' }

// cutMinus takes a minus out of what stands before an amount: -$12.00 and $-12.00.
func cutMinus(before string) (string, bool) {
	if without, found := strings.CutPrefix(before, "-"); found {
		return strings.TrimSpace(without), true
	}
	without, found := strings.CutSuffix(before, "-")
	return strings.TrimSpace(without), found
}

var (
	betweenGroups   = regexp.MustCompile(`[ \x{a0}\x{2009}\x{202f}'’]`)
	groupedBySpaces = regexp.MustCompile(`^-?\d{1,3}(?:[ \x{a0}\x{2009}\x{202f}'’]\d{3})+(?:[.,]\d+)?$`)
)

// splitRemainder splits $100.00 $80.00 (includes $5.00 tax), the total of an order and what remains of it after refunds. The remainder is ""
// if there was none.
func splitRemainder(text string) (total, remainder string) {
	text, _, _ = strings.Cut(text, "(")
	text = strings.TrimSpace(text)
	before, _, after := splitSigns(text)
	if before != "" {
		i := strings.LastIndex(text, before)
		if total := strings.TrimRight(text[:i], "- "); total != "" { // a minus belongs to what remains
			return total, strings.TrimSpace(text[len(total):])
		}
	} else if after != "" {
		if i := strings.Index(text, after) + len(after); i < len(text) {
			return text[:i], strings.TrimSpace(text[i:])
		}
	}
	return text, ""
}
