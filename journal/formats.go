package journal

import (
	"bufio"
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
	// start returns how a line begins that has the account.
	start(account string) string
	booking(b *booking) error
	// end writes what follows the bookings, which have used these accounts.
	end(accounts []string, withoutAccounts bool) error
}

func newFormatter(format Format, out *bufio.Writer) (formatter, error) {
	switch format {
	case FormatHledger:
		return &hledger{Writer: out, lines: lines{remarks: hledgerRemark}}, nil
	case FormatBeancount:
		return &beancount{Writer: out, lines: lines{remarks: noMarks}}, nil
	case FormatCSV:
		_, err := out.WriteString("date,account,debit,credit,currency,text,reference\n")
		return &csvFormat{Writer: out}, err
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

func (*hledger) start(account string) string { return "    " + inColumns(account) }

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

func (*beancount) start(account string) string { return "  " + inColumns(account) }

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

// csvFormat writes what encoding/csv would write, which takes longer than reading the reports.
type csvFormat struct {
	*bufio.Writer
	dates       dates
	text, field []byte // memory
	rest        []byte // of a line, behind its amount
}

func (*csvFormat) start(account string) string { return "," + string(appendField(nil, account)) + "," }

func (c *csvFormat) booking(b *booking) error {
	text := c.AvailableBuffer()
	for i := range b.postings {
		p := &b.postings[i]
		if i == 0 || p.text != b.postings[i-1].text {
			c.endLines(b, p.text)
		}
		text = c.dates.append(text, b.date)
		text = append(text, p.account.start...)
		if p.amount.IsNeg() { // in the column behind the empty one
			text = appendAmount(append(text, ','), p.amount.Neg())
		} else {
			text = append(appendAmount(text, p.amount), ',')
		}
		text = append(text, c.rest...)
	}
	_, err := c.Write(text)
	return err
}

// endLines makes the rest of the lines with a text, which most postings of a booking have in common.
func (c *csvFormat) endLines(b *booking, text string) {
	c.rest = append(appendField(append(c.rest[:0], ','), b.currency), ',')
	c.text = append(append(append(c.text[:0], b.text...), ": "...), text...)
	c.field = appendClean(c.field[:0], c.text, noMarks)
	c.rest = append(appendField(c.rest, c.field), ',')
	c.field = appendClean(c.field[:0], b.id, noMarks)
	c.rest = append(appendField(c.rest, c.field), '\n')
}

func (*csvFormat) end([]string, bool) error { return nil }
