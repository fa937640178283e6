package journal

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/govalues/decimal"
)

// marks are what a place in a journal would read as something else than text, with what is written instead.
type marks struct {
	replacer *strings.Replacer
	// plain are the bytes that are written as they are: visible ASCII without marks.
	plain [256]bool
}

func newMarks(oldnew ...string) *marks {
	m := &marks{replacer: strings.NewReplacer(oldnew...)}
	for c := '!'; c <= '~'; c++ {
		m.plain[c] = true
	}
	for i := 0; i < len(oldnew); i += 2 {
		m.plain[oldnew[i][0]] = false
	}
	return m
}

// appendClean appends a text as one line that can't end what it is written into: a report's texts are a stranger's.
func appendClean[T string | []byte](to []byte, text T, m *marks) []byte {
	if isPlain(text, m) {
		return append(to, text...)
	}
	words := strings.FieldsFunc(string(text), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	return append(to, m.replacer.Replace(strings.Join(words, " "))...)
}

// isPlain tells a text of plain bytes with single spaces, as nearly all are.
func isPlain[T string | []byte](text T, m *marks) bool {
	for i := range len(text) {
		if !m.plain[text[i]] && (text[i] != ' ' || i == 0 || i == len(text)-1 || text[i-1] == ' ') {
			return false
		}
	}
	return true
}

// dates writes dates. Bookings of one day follow each other.
type dates struct {
	day  int64 // since 1970, in the bookings' own time zone
	text string
}

func (d *dates) append(to []byte, t time.Time) []byte {
	const secondsOfDay = 24 * 60 * 60
	_, offset := t.Zone()
	seconds := t.Unix() + int64(offset)
	day := seconds / secondsOfDay
	if seconds%secondsOfDay < 0 {
		day--
	}
	if d.text == "" || day != d.day {
		d.day, d.text = day, t.Format(time.DateOnly)
	}
	return append(to, d.text...)
}

// widths of accounts and amounts, so that most amounts are in one column.
const (
	accountWidth = 36
	amountWidth  = 14
)

// inColumns returns the account, padded, and the empty column of the amount.
func inColumns(account string) string {
	return fmt.Sprintf("%-*s  %*s", accountWidth, account, amountWidth, "")
}

// lines writes the postings of bookings, a line each with a remark.
type lines struct {
	remarks *marks
	// currency and remark are those of the last posting, and end is what they make of the end of its line. Most have the same.
	currency, remark string
	end              []byte
}

func (l *lines) append(to []byte, b *booking) []byte {
	for i := range b.postings {
		p := &b.postings[i]
		to = append(to, p.account.start...)
		to = appendRight(to, p.amount)
		if l.end == nil || l.currency != b.currency || l.remark != p.text {
			l.currency, l.remark = b.currency, p.text
			l.end = append(append(append(l.end[:0], ' '), b.currency...), "  ; "...)
			l.end = append(appendClean(l.end, p.text, l.remarks), '\n')
		}
		to = append(to, l.end...)
	}
	return to
}

// appendRight writes an amount over the spaces of the last column.
func appendRight(to []byte, amount decimal.Decimal) []byte {
	var memory [24]byte
	text := appendAmount(memory[:0], amount)
	if len(text) <= amountWidth {
		copy(to[len(to)-len(text):], text)
		return to
	}
	return append(to[:len(to)-amountWidth], text...)
}

func appendAmount(to []byte, amount decimal.Decimal) []byte {
	to, _ = amount.AppendText(to) // which has no error to return
	return to
}

// appendField appends a field of CSV, in quotes where encoding/csv writes them.
func appendField[T string | []byte](to []byte, field T) []byte {
	if !needsQuotes(field) {
		return append(to, field...)
	}
	to = append(to, '"')
	for i := range len(field) {
		if field[i] == '"' {
			to = append(to, '"')
		}
		to = append(to, field[i])
	}
	return append(to, '"')
}

func needsQuotes[T string | []byte](field T) bool {
	if len(field) == 0 {
		return false
	}
	for i := range len(field) {
		if c := field[i]; c == ',' || c == '"' || c == '\r' || c == '\n' {
			return true
		}
	}
	first, _ := utf8.DecodeRuneInString(string(field[:min(len(field), utf8.UTFMax)]))
	return unicode.IsSpace(first) || string(field) == `\.`
}
