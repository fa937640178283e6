package accounts

import (
	"cmp"
	"strings"
	"unicode"

	"github.com/amazonpay-go/payreports/signing"
)

// clean undoes what .env files, secret stores and copying do to a value: spaces, line ends and one pair of quotes around it.
func clean(value string) string {
	value = trimSpace(value)
	for _, pair := range []struct{ open, end string }{{`"`, `"`}, {`'`, `'`}, {"`", "`"}, {"“", "”"}, {"‘", "’"}} {
		if inner, ok := strings.CutPrefix(value, pair.open); ok {
			if inner, ok = strings.CutSuffix(inner, pair.end); ok {
				return trimSpace(inner)
			}
		}
	}
	return value
}

func trimSpace(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == 0 })
}

func clip(text string) string {
	const most = 64
	if len(text) <= most {
		return text
	}
	return cmp.Or(strings.ToValidUTF8(text[:most], ""), "?") + "…"
}

// holdsKey reports whether a value is the text of a key, in a form that [signing.ParsePrivateKey] reads or explains, and not a path.
func holdsKey(value string) bool {
	if strings.Contains(value, "-----BEGIN") || strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
		return true
	}
	const leastKey = 200 // characters of base64; a key of 2048 bits has 1600
	if len(value) < leastKey {
		return false
	}
	_, err := signing.ParsePrivateKey([]byte(value))
	return err == nil || !strings.Contains(err.Error(), "not PEM")
}

// MayBeKey reports whether a text could be a private key or a part of one, so that it must not be shown, or given where others can
// read it. Some long random names count as well.
func MayBeKey(text string) bool {
	if holdsKey(text) || strings.Contains(text, "---") || strings.Contains(text, "PRIVATE KEY") || strings.ContainsFunc(text, unicode.IsControl) {
		return true
	}
	// In base64, capitals, small letters and digits follow each other at random; in names, a capital begins a word.
	const leastLength, leastLetters = 24, 5
	var capitals, small, changes int
	var last rune
	for _, r := range text {
		switch {
		case unicode.IsUpper(r):
			capitals++
			if unicode.IsLower(last) || unicode.IsDigit(last) {
				changes++
			}
		case unicode.IsLower(r):
			small++
			if unicode.IsDigit(last) {
				changes++
			}
		case unicode.IsDigit(r) && unicode.IsLetter(last):
			changes++
		}
		last = r
	}
	return len(text) >= leastLength && capitals >= leastLetters && small >= leastLetters && 4*changes > len(text)
}
