package journal

import (
	"bufio"
	"encoding/csv"
	"fmt"
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
	// end writes what follows the bookings, which have used these accounts.
	end(accounts []string, withoutAccounts bool) error
}

func newFormatter(format Format, out *bufio.Writer) (formatter, error) {
	switch format {
	case FormatHledger:
		return &hledger{Writer: out, lines: lines{indent: "    ", remarks: hledgerRemark}}, nil
	case FormatBeancount:
		return &beancount{Writer: out, lines: lines{indent: "  ", remarks: noMarks}}, nil
	case FormatCSV:
		c := &csvFormat{Writer: csv.NewWriter(out)}
		return c, c.Write([]string{"date", "account", "debit", "credit", "currency", "text", "reference"})
	default:
		return nil, fmt.Errorf("journal: there is no format %q: choose %s, %s or %s", format, FormatHledger, FormatBeancount, FormatCSV)
	}
}

type hledger struct {
	*bufio.Writer
	dates dates
	lines lines
}

// In a description of hledger a semicolon begins a comment, and in a comment a colon makes a tag, which a comma ends.
var (
	hledgerDescription = newMarks(";", ",", "|", "/", "(", "[", ")", "]")
	hledgerTag         = newMarks(",", " ")
	hledgerRemark      = newMarks(":", "", "[", "(", "]", ")")
	beancountText      = newMarks(`\`, `\\`, `"`, `\"`)
	noMarks            = newMarks()
)

func (h *hledger) booking(b *booking) error {
	text := h.dates.append(h.AvailableBuffer(), b.date)
	text = append(text, " ("...)
	text = appendClean(text, b.id, hledgerDescription)
	text = append(text, ") "...)
	text = appendClean(text, b.text, hledgerDescription)
	text = append(text, '\n')
	if b.hasReference() {
		text = append(text, "    ; reference: "...)
		text = appendClean(text, b.reference, hledgerTag)
		text = append(text, '\n')
	}
	text = h.lines.append(text, b)
	_, err := h.Write(append(text, '\n'))
	return err
}

func (*hledger) end([]string, bool) error { return nil }

type beancount struct {
	*bufio.Writer
	dates dates
	lines lines
}

func (c *beancount) booking(b *booking) error {
	text := c.dates.append(c.AvailableBuffer(), b.date)
	text = append(text, ` * "Amazon Pay" "`...)
	text = appendClean(text, b.text, beancountText)
	text = append(text, "\"\n  id: \""...)
	text = appendClean(text, b.id, beancountText)
	text = append(text, "\"\n"...)
	if b.hasReference() {
		text = append(text, `  reference: "`...)
		text = appendClean(text, b.reference, beancountText)
		text = append(text, "\"\n"...)
	}
	text = c.lines.append(text, b)
	_, err := c.Write(append(text, '\n'))
	return err
}

// end opens the accounts, which Beancount reads in any order. The date is before all that Amazon Pay has settled.
func (c *beancount) end(accounts []string, withoutAccounts bool) error {
	if withoutAccounts {
		return nil
	}
	var err error
	for _, account := range accounts {
		_, err = fmt.Fprintf(c, "1970-01-01 open %s\n", account)
	}
	return err
}

type csvFormat struct {
	*csv.Writer
	dates dates
	text  []byte
}

func (c *csvFormat) booking(b *booking) error {
	id, date := string(appendClean(nil, b.id, noMarks)), string(c.dates.append(nil, b.date))
	for i := range b.postings {
		p := &b.postings[i]
		debit, credit := p.amount.String(), ""
		if p.amount.IsNeg() {
			debit, credit = "", p.amount.Neg().String()
		}
		c.text = append(append(append(c.text[:0], b.text...), ": "...), p.text...)
		text := string(appendClean(nil, c.text, noMarks))
		if err := c.Write([]string{date, p.account.name, debit, credit, b.currency, text, id}); err != nil {
			return err
		}
	}
	return nil
}

func (c *csvFormat) end([]string, bool) error {
	c.Flush()
	return c.Error()
}
