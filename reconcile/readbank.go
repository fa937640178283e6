package reconcile

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
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
// amount are empty are skipped. The first error ends it.
func ReadBankCSV(r io.Reader, columns BankColumns, options reportfile.Options) iter.Seq2[BankLine, error] {
	return func(yield func(BankLine, error) bool) {
		if options.DateLayout == "" {
			options.DateLayout = "yyyy-mm-dd"
		}
		file, err := options.Open(r)
		if err == nil {
			err = columns.find(file.Columns())
		}
		if err != nil {
			yield(BankLine{}, fmt.Errorf("the bank statement: %w", err))
			return
		}
		for row, err := range file.Rows() {
			var line BankLine
			if err == nil {
				if columns.isEmpty(row) {
					continue
				}
				line, err = columns.read(row, file.Columns())
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

// find sets the columns that aren't named by what the header has.
func (c *BankColumns) find(header []string) error {
	for _, wanted := range []struct {
		name   string
		column *string
	}{{"date", &c.Date}, {"amount", &c.Amount}, {"currency", &c.Currency}} {
		column, err := chooseColumn(header, *wanted.column, bankColumnNames[wanted.name])
		switch {
		case err == nil:
			*wanted.column = column
		case wanted.name == "currency" && c.Currency == "" && c.DefaultCurrency != "" && errors.Is(err, errNoColumn):
		default:
			return &ColumnError{Value: wanted.name, Columns: header, problem: err}
		}
	}
	return nil
}

// ColumnError says that a file has no column for a value, or several.
type ColumnError struct {
	// Value is what the column was to hold: date, amount or currency.
	Value string
	// Columns are those that the file has.
	Columns []string

	problem error
}

func (e *ColumnError) Error() string {
	return fmt.Sprintf("%s for the %s: the columns are %s", e.problem, e.Value, strings.Join(quoted(e.Columns), ", "))
}

func (e *ColumnError) Unwrap() error { return e.problem }

// chooseColumn returns the header's spelling of a column that is asked for, or else of the first usual name that it has.
func chooseColumn(header []string, asked string, usual []string) (string, error) {
	if asked == "" {
		return findColumn(header, usual)
	}
	if slices.Contains(header, asked) {
		return asked, nil
	}
	column, err := findColumn(header, []string{normal(asked)})
	if err != nil {
		return "", fmt.Errorf("%w %q", err, asked)
	}
	return column, nil
}

func quoted(names []string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = fmt.Sprintf("%.40q", name)
	}
	return list
}

func (c *BankColumns) isEmpty(row reportfile.Row) bool {
	for _, column := range []string{c.Date, c.Amount} {
		if text, _ := row.Get(column); strings.TrimSpace(text) != "" {
			return false
		}
	}
	return true
}

func (c *BankColumns) read(row reportfile.Row, header []string) (line BankLine, err error) {
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
		return line, err
	}
	if line.Amount, err = row.Amount(c.Amount, line.Currency); err != nil {
		return line, err
	}
	var text []string
	for i, cell := range row.Cells() {
		if column := header[i]; cell != "" && column != c.Date && column != c.Amount && column != c.Currency {
			text = append(text, cell)
		}
	}
	line.Text = strings.Join(text, " ")
	return line, nil
}
