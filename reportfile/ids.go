package reportfile

import (
	"errors"
	"fmt"
	"strings"
)

// checkID refuses an id that a spreadsheet has changed: 7.0E+10 was any of many ids.
func checkID(id string) error {
	if id == "" {
		return nil
	}
	if c := id[0]; (c < '0' || c > '9') && strings.IndexByte("'=#+-\"", c) < 0 {
		return nil // nearly all ids of Amazon
	}
	mantissa, exponent, scientific := cutAny(id, "eE")
	fraction := strings.ContainsAny(mantissa, ".,")
	switch {
	case scientific && isNumber(mantissa) && isDigits(strings.TrimLeft(exponent, "+-")) && (fraction || !isDigits(exponent)):
		return scientificID(id)
	case id[0] == '\'' || id[0] == '=' || id[0] == '"':
		return errors.New("the id begins with a mark of a spreadsheet: the file looks re-saved by one; take the original")
	case strings.Trim(id, "#") == "" || strings.HasPrefix(id, "#") && strings.HasSuffix(id, "!") || id == "#N/A" || id == "#NAME?":
		return errors.New("the id is what a spreadsheet shows for a value that it can't: take the original file")
	case fraction && isNumber(id) && strings.Trim(strings.TrimLeft(id, "+-0123456789"), ".,0") == "":
		return fmt.Errorf("%s is an id with a fraction: the file looks re-saved by a spreadsheet; take the original", quote(id))
	default:
		return nil
	}
}

func scientificID(id string) error {
	return fmt.Errorf("%s is an id in scientific notation, which has lost digits: the file looks re-saved by a spreadsheet; take the original", quote(id))
}

// checkSettlementID refuses what can't be a settlement's number as well.
func checkSettlementID(id string) error {
	if isDigits(id) {
		return nil
	}
	if id == "" {
		return errors.New("the settlement has no id")
	}
	if err := checkID(id); err != nil {
		return err
	}
	mantissa, exponent, scientific := cutAny(id, "eE")
	switch {
	case scientific && isNumber(mantissa) && isDigits(exponent):
		return scientificID(id)
	case strings.Trim(id, "0123456789.,+- \u00a0\u202f'") == "":
		return fmt.Errorf("%s is an id with separators: the file looks re-saved by a spreadsheet; take the original", quote(id))
	default:
		return nil
	}
}

func checkRefundID(id string) error {
	if id == "" {
		return errors.New("the refund has no id")
	}
	return checkID(id)
}

func cutAny(s, chars string) (before, after string, found bool) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// isNumber tells digits with at most one dot or comma among them, and perhaps a sign.
func isNumber(s string) bool {
	s = strings.TrimLeft(s, "+-")
	whole, fraction, found := cutAny(s, ".,")
	return isDigits(whole) && (!found || fraction == "" || isDigits(fraction))
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// checkCurrency refuses what can't be a code of ISO 4217.
func checkCurrency(code string) error {
	if len(code) == 3 && isUpper(code[0]) && isUpper(code[1]) && isUpper(code[2]) {
		return nil
	}
	if code == "" {
		return errors.New("there is no currency")
	}
	return errors.New("the currency is not a code of ISO 4217, three capital letters such as EUR")
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
