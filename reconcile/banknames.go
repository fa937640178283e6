package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// shortestName is how many bytes a word has at least that names a disbursement. A shorter one, such as the day of a date, is in any text.
const shortestName = 6

type nameKey struct{ currency, word string }

// findNames notes which disbursements each line names, by the settlement or the reference.
func (m *matching) findNames() {
	names := make(map[nameKey][]*payout)
	for _, p := range m.payouts {
		for _, name := range []string{p.id, p.reference} {
			words := slices.DeleteFunc(wordsOf(name), func(word string) bool { return len(word) < shortestName })
			if len(words) == 0 {
				continue
			}
			k := nameKey{p.currency, words[len(words)-1]} // AMZNPAY 20000000001 is known by its number
			if !slices.Contains(names[k], p) {
				names[k] = append(names[k], p)
			}
		}
	}
	for _, l := range m.lines {
		l.named, l.only = nil, nil
		for _, word := range wordsOf(l.Text) {
			of := names[nameKey{l.Currency, word}]
			for _, p := range of {
				if !slices.Contains(l.named, p) {
					l.named = append(l.named, p)
				}
			}
			if len(of) == 1 && !slices.Contains(l.only, of[0]) {
				l.only = append(l.only, of[0])
			}
		}
	}
}

// byReference matches the lines that name disbursements: first those whose amount is right, so that a wrong line doesn't take what another
// one fits. A name that several disbursements share says only that a line is of some of them.
func (m *matching) byReference() {
	m.findNames()
	for _, l := range m.lines {
		payouts := slices.DeleteFunc(slices.Clone(l.named), func(p *payout) bool { return !m.fits(p, l) })
		if sum, ok := sumOf(payouts); ok && len(payouts) > 0 && sum.Cmp(l.Amount) == 0 {
			m.found(Matched, inOneLine(payouts), payouts, l)
		}
	}
	m.bySeveralLines()
	for _, l := range m.lines {
		payouts := slices.DeleteFunc(slices.Clone(l.only), func(p *payout) bool { return p.done })
		if !l.done && len(payouts) > 0 && !l.Amount.IsZero() && !l.takesBack(payouts) {
			m.matchNamed(payouts, l)
		}
	}
}

// bySeveralLines matches the disbursements whose money came in several lines, perhaps with a fee taken off: all lines that name only the
// disbursement make up its amount.
func (m *matching) bySeveralLines() {
	parts := make(map[*payout][]*bankLine)
	for _, l := range m.lines {
		if len(l.only) == 1 && m.fits(l.only[0], l) {
			parts[l.only[0]] = append(parts[l.only[0]], l)
		}
	}
	for _, p := range m.payouts {
		var sum decimal.Decimal
		var err error
		var places []string
		for _, l := range parts[p] {
			if sum, err = reportfile.AddExact(sum, l.Amount); err != nil {
				break
			}
			places = append(places, fmt.Sprintf("%s:%d", l.File, l.Line))
		}
		if err != nil || len(places) < 2 || sum.Cmp(p.amount) != 0 {
			continue
		}
		m.found(Matched, fmt.Sprintf("in %d bank lines: %s", len(places), strings.Join(places, ", ")), []*payout{p}, parts[p]...)
		r := &m.results[len(m.results)-1]
		first, last := parts[p][0], parts[p][len(places)-1]
		r.Booked, r.BookedOn, r.File, r.Line = reportfile.WithMinorDigits(sum, p.currency), last.Date, first.File, first.Line
	}
}

// takesBack reports whether a line is of money that left the account, though these disbursements paid some.
func (l *bankLine) takesBack(payouts []*payout) bool {
	sum, ok := sumOf(payouts)
	return l.Amount.IsNeg() && (!ok || !sum.IsNeg())
}

// isOpen reports whether a line may be of disbursements that it doesn't name.
func (l *bankLine) isOpen() bool { return !l.done && len(l.only) == 0 }

// matchNamed compares a line with the disbursements that it names, and perhaps some that it doesn't.
func (m *matching) matchNamed(payouts []*payout, l *bankLine) {
	sum, ok := sumOf(payouts)
	if !ok || sum.Cmp(l.Amount) != 0 {
		others := slices.DeleteFunc(slices.Clone(m.payouts), func(p *payout) bool { return !m.fits(p, l) || slices.Contains(payouts, p) })
		rest, err := l.Amount.Sub(sum)
		var sets [][]*payout
		if ok && err == nil && len(others) <= mostCandidates {
			sets = setsOf(others, rest, 1, mostInALine-len(payouts))
		}
		if len(sets) != 1 {
			m.found(AmountDiffers, "the bank line names what it is of", payouts, l)
			return
		}
		payouts = append(payouts, sets[0]...)
	}
	status := Matched
	if slices.ContainsFunc(payouts, func(p *payout) bool { return !m.fits(p, l) }) {
		status = DateDiffers
	}
	m.found(status, inOneLine(payouts), payouts, l)
}

func inOneLine(payouts []*payout) string {
	if len(payouts) < 2 {
		return ""
	}
	return fmt.Sprintf("%d disbursements in one bank line", len(payouts))
}

// wordsOf splits a text into its words of letters and digits that have a digit.
func wordsOf(text string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }),
		func(word string) bool { return !strings.ContainsFunc(word, unicode.IsDigit) })
}

// returned returns the disbursements whose money a line seems to have taken back: those that it names, or one of Amazon's that paid as much
// at most twice the usual days ago.
func (m *matching) returned(l *bankLine) []*payout {
	if len(l.named) > 0 {
		return l.named
	}
	return slices.DeleteFunc(slices.Clone(m.payouts), func(p *payout) bool {
		return !l.payer || l.Text == "" || p.currency != l.Currency || p.amount.Neg().Cmp(l.Amount) != 0 || l.day < p.day-earlyDays || l.day > p.day+2*m.days
	})
}

func settlementsOf(payouts []*payout) string {
	const most = 4
	var ids []string
	for _, p := range payouts {
		if !slices.Contains(ids, p.id) {
			ids = append(ids, p.id)
		}
	}
	if len(ids) > most {
		ids = append(ids[:most], "…")
	}
	return strings.Join(ids, ", ")
}
