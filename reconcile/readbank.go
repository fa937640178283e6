package reconcile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"

	"github.com/amazonpay-go/payreports/reportfile"
)

// BankColumns say which columns of a bank statement in CSV hold what. The zero value finds them by usual names.
type BankColumns struct {
	// Date, Amount and Currency are columns. "" finds columns that are named, without regard to case, spaces and punctuation, such as
	// Booking date, Amount and Currency, or in German Buchungstag, Betrag and Währung.
	Date, Amount, Currency string
	// DefaultCurrency is the currency of lines that don't say theirs. "" means that they must.
	DefaultCurrency string
}

var bankColumnNames = map[string][]string{
	"date":     {"bookingdate", "dateofbooking", "posteddate", "transactiondate", "date", "buchungstag", "buchungsdatum", "completeddate", "valuedate", "valuta"},
	"amount":   {"amount", "transactionamount", "betrag", "umsatz", "amountmoney"},
	"currency": {"currency", "currencycode", "transactioncurrency", "währung", "waehrung"},
}

// ReadBankCSV reads the lines of a bank statement in CSV with a header: the columns of a date, an amount, negative for money that left,
// and a currency. All other columns are a line's text. Dates are YYYY-MM-DD, unless the options say otherwise. Rows in which date and
// amount are empty are skipped. A line that another column calls a debit must have a minus. The first error ends it.
func ReadBankCSV(r io.Reader, columns BankColumns, options reportfile.Options) iter.Seq2[BankLine, error] {
	return func(yield func(BankLine, error) bool) {
		givenLayout := options.DateLayout != ""
		if !givenLayout {
			options.DateLayout = "yyyy-mm-dd"
		}
		content := bufio.NewReader(r)
		err := otherFormat(content)
		var file *reportfile.Reader
		if err != nil {
			if options.Name != "" {
				err = fmt.Errorf("%s: %w", options.Name, err)
			}
		} else if file, err = options.Open(content); err == nil {
			err = columns.find(file.Columns())
		}
		if err != nil {
			var column *ColumnError
			if errors.As(err, &column) {
				column.File = options.Name
			}
			yield(BankLine{}, fmt.Errorf("the bank statement: %w", err))
			return
		}
		for row, err := range file.Rows() {
			var line BankLine
			if err == nil {
				if columns.isEmpty(row) {
					continue
				}
				line, err = columns.read(row, file.Columns(), givenLayout)
			}
			if err != nil {
				yield(BankLine{}, fmt.Errorf("the bank statement: %w", err))
				return
			}
			if !yield(line, nil) {
				return
			}
		}
	}
}

// otherFormats are the beginnings of other files that banks offer, and what they are.
var otherFormats = []struct{ beginning, name string }{
	{"%PDF", "a PDF"}, {":20:", "in the format MT940 or MT942"}, {"{1:", "in the format MT940 or MT942"}, {"OFXHEADER", "in the format OFX"},
	{"!Type:", "in the format QIF"}, {"!Account", "in the format QIF"},
}

// otherFormat is an error if a file begins like one that isn't CSV.
func otherFormat(r *bufio.Reader) error {
	const enough = 512
	start, _ := r.Peek(enough)
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\ufeff")), " \t\r\n")
	for _, format := range otherFormats {
		if bytes.HasPrefix(start, []byte(format.beginning)) {
			return fmt.Errorf("the file is %s: get it as CSV, or in XML (camt.053)", format.name)
		}
	}
	return nil
}

// find sets the columns that aren't named by what the header has.
func (c *BankColumns) find(header []string) error {
	for _, wanted := range []struct {
		name   string
		column *string
	}{{"date", &c.Date}, {"amount", &c.Amount}, {"currency", &c.Currency}} {
		asked, usual := *wanted.column, bankColumnNames[wanted.name]
		column, found := lookUpColumn(header, asked, usual)
		if found > 1 || found == 0 && (asked != "" || wanted.name != "currency" || c.DefaultCurrency == "") {
			return newColumnError(header, wanted.name, asked, usual, found)
		}
		*wanted.column = column
	}
	return nil
}

func (c *BankColumns) isEmpty(row reportfile.Row) bool {
	for _, column := range []string{c.Date, c.Amount} {
		if text, _ := row.Get(column); strings.TrimSpace(text) != "" {
			return false
		}
	}
	return true
}

func (c *BankColumns) read(row reportfile.Row, header []string, givenLayout bool) (line BankLine, err error) {
	line.File, line.Line, line.Currency = row.File(), row.Line(), c.DefaultCurrency
	if c.Currency != "" {
		if currency, _ := row.Get(c.Currency); strings.TrimSpace(currency) != "" {
			line.Currency = strings.ToUpper(strings.TrimSpace(currency))
		}
	}
	if line.Currency == "" {
		return line, &reportfile.RowError{File: row.File(), Line: row.Line(), Column: c.Currency, Problem: "the line has no currency"}
	}
	if line.Date, err = row.Time(c.Date); err != nil {
		return line, dateError(err, givenLayout)
	}
	if line.Amount, err = row.Amount(c.Amount, line.Currency); err != nil {
		return line, err
	}
	var text []string
	for i, cell := range row.Cells() {
		column := header[i]
		if cell == "" || column == c.Date || column == c.Amount || column == c.Currency {
			continue
		}
		if saysDebit(column, cell) && line.Amount.IsPos() {
			return line, &reportfile.RowError{File: row.File(), Line: row.Line(), Column: column, Problem: "it says that money left the account, but the amount has no minus: give amounts of debits a minus"}
		}
		text = append(text, cell)
	}
	line.Text = strings.Join(text, " ")
	return line, nil
}

var (
	// sideColumns are columns that say whether a line is a debit or a credit, where the amounts have no signs.
	sideColumns = regexp.MustCompile(`^(?:debitcredit|creditdebit|debetcredit|drcr|crdr|cdtdbt|afbij|sollhaben|sh)(?:ind|indicator|kennzeichen|type|code)?$|^(?:dc|sh)(?:indicator|kennzeichen)$`)
	debitWords  = regexp.MustCompile(`(?i)^(?:debit|debet|dbit|soll|af)$`)
	debitSigns  = regexp.MustCompile(`(?i)^(?:d|dr|db|s)$`)
)

// saysDebit reports whether a cell says that its line is a debit. It must be known by its column if it is a letter or two.
func saysDebit(column, cell string) bool {
	cell = strings.TrimSpace(cell)
	return debitWords.MatchString(cell) || debitSigns.MatchString(cell) && sideColumns.MatchString(normal(column))
}

// dateError says which dates are read: a bank's aren't those of a report.
func dateError(err error, givenLayout bool) error {
	var of *reportfile.RowError
	if !errors.As(err, &of) {
		return err
	}
	what, _, found := strings.Cut(of.Problem, " is not a time ")
	if !found {
		return err
	}
	told := *of
	told.Problem = what + " is not a date such as 2026-10-31: the option DateLayout, such as dd.mm.yyyy, reads others"
	if givenLayout {
		told.Problem = what + " is not a date in the layout of the option DateLayout"
	}
	return &told
}
