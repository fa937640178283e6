// Package visible writes texts of strangers so that a reader sees all of their characters, in a terminal or on a page.
package visible

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Is reports whether a character can be shown as it is. Control characters drive a terminal, others reorder or hide what stands
// beside them, and fillers are letters that nobody sees. The joiners of Persian, of Indian scripts and of emoji are no danger.
func Is(r rune) bool {
	const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'
	return unicode.IsGraphic(r) && !strings.ContainsRune(fillers, r) || r == zeroWidthNonJoiner || r == zeroWidthJoiner
}

// fillers are those of Hangul, the empty pattern of Braille, the grapheme joiner, and the vowels of Khmer that aren't written.
const fillers = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"

// Text writes each character that isn't visible as Go does: \x1b, \n, \u202e.
func Text(text string) string {
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !Is(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case Is(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return b.String()
}
