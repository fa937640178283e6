package journal

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Format is the language of a journal.
type Format string

// The formats.
const (
	// FormatHledger is read by hledger and by Ledger.
	FormatHledger Format = "hledger"
	// FormatBeancount is read by Beancount.
	FormatBeancount Format = "beancount"
	// FormatCSV has the columns date, account, debit, credit, currency, text and reference, one line for each side of a booking.
	// The reference is the booking's id.
	FormatCSV Format = "csv"
)

// Formats returns all formats.
func Formats() []Format { return []Format{FormatHledger, FormatBeancount, FormatCSV} }

// formatter writes bookings.
type formatter interface {
	booking(b *booking) error
	// end writes what follows the bookings.
	end(accounts map[string]bool, withoutAccounts bool) error
}

func newFormatter(format Format, out *bufio.Writer) (formatter, error) {
	switch format {
	case FormatHledger:
		return hledger{out}, nil
	case FormatBeancount:
		return beancount{out}, nil
	case FormatCSV:
		c := csvFormat{csv.NewWriter(out)}
		return c, c.Write([]string{"date", "account", "debit", "credit", "currency", "text", "reference"})
	default:
		return nil, fmt.Errorf("journal: there is no format %q: choose %s, %s or %s", format, FormatHledger, FormatBeancount, FormatCSV)
	}
}

// widths of accounts and amounts, so that most amounts are in one column.
const (
	accountWidth = 36
	amountWidth  = 14
)

func (p *posting) line(currency string) string {
	return fmt.Sprintf("%-*s  %*s %s", accountWidth, p.account, amountWidth, p.amount.String(), currency)
}

// clean makes a text one line that can't end what it is written into: a report's texts are a stranger's.
func clean(text string) string {
	if isClean(text) {
		return text
	}
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}

// isClean tells a text of visible ASCII with single spaces, as nearly all are.
func isClean(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ' && (i == 0 || i == len(text)-1 || text[i-1] == ' '):
			return false
		case c < ' ' || c > '~':
			return false
		}
	}
	return true
}

type hledger struct{ *bufio.Writer }

// In a description of hledger a semicolon begins a comment, and in a comment a colon makes a tag.
var (
	hledgerDescription = strings.NewReplacer(";", ",", "|", "/", "(", "[", ")", "]")
	hledgerRemark      = strings.NewReplacer(":", "", "[", "(", "]", ")")
	beancountEscape    = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
)

func (h hledger) booking(b *booking) error {
	fmt.Fprintf(h, "%s (%s) %s\n", b.date.Format(time.DateOnly), hledgerDescription.Replace(clean(b.id)), hledgerDescription.Replace(clean(b.text)))
	if b.reference != "" && b.reference != b.settlement {
		fmt.Fprintf(h, "    ; reference: %s\n", strings.ReplaceAll(clean(b.reference), ",", " "))
	}
	for _, p := range b.postings {
		fmt.Fprintf(h, "    %s  ; %s\n", p.line(b.currency), hledgerRemark.Replace(clean(p.text)))
	}
	_, err := h.WriteString("\n") // a bufio.Writer keeps the first error
	return err
}

func (hledger) end(map[string]bool, bool) error { return nil }

type beancount struct{ *bufio.Writer }

func beancountText(text string) string {
	return `"` + beancountEscape.Replace(clean(text)) + `"`
}

func (c beancount) booking(b *booking) error {
	fmt.Fprintf(c, "%s * \"Amazon Pay\" %s\n", b.date.Format(time.DateOnly), beancountText(b.text))
	fmt.Fprintf(c, "  id: %s\n", beancountText(b.id))
	if b.reference != "" && b.reference != b.settlement {
		fmt.Fprintf(c, "  reference: %s\n", beancountText(b.reference))
	}
	for _, p := range b.postings {
		fmt.Fprintf(c, "  %s  ; %s\n", p.line(b.currency), clean(p.text))
	}
	_, err := c.WriteString("\n")
	return err
}

// end opens the accounts, which Beancount reads in any order. The date is before all that Amazon Pay has settled.
func (c beancount) end(accounts map[string]bool, withoutAccounts bool) error {
	if withoutAccounts {
		return nil
	}
	var err error
	for _, account := range slices.Sorted(maps.Keys(accounts)) {
		_, err = fmt.Fprintf(c, "1970-01-01 open %s\n", account)
	}
	return err
}

type csvFormat struct{ *csv.Writer }

func (c csvFormat) booking(b *booking) error {
	for _, p := range b.postings {
		debit, credit := p.amount.String(), ""
		if p.amount.IsNeg() {
			debit, credit = "", p.amount.Neg().String()
		}
		if err := c.Write([]string{b.date.Format(time.DateOnly), p.account, debit, credit, b.currency, clean(b.text + ": " + p.text), clean(b.id)}); err != nil {
			return err
		}
	}
	return nil
}

func (c csvFormat) end(map[string]bool, bool) error {
	c.Flush()
	return c.Error()
}
