package reportfile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Spreadsheet is a form of CSV for programs such as Excel, which read a file by the customs of the country they run in, and take some texts
// for formulas. Its texts can't be formulas: one that begins with =, +, @, a tab or a carriage return, or with - without being a number, gets
// an apostrophe in front. The zero Spreadsheet separates fields by commas and writes amounts with a dot.
type Spreadsheet struct {
	// Delimiter separates fields: a punctuation mark or a symbol, or a tab. 0 means a comma, or a semicolon with DecimalComma.
	Delimiter rune
	// DecimalComma writes amounts with a comma, and nothing between their thousands: 1250,00.
	DecimalComma bool
	// ByteOrderMark begins the file with that of UTF-8, without which Excel shows é as Ã©.
	ByteOrderMark bool
}

// WriteCSV converts a report as the function [WriteCSV] does, in the form of the spreadsheet.
func (s Spreadsheet) WriteCSV(w io.Writer, f *Reader) error {
	out, err := s.NewWriter(w)
	if err != nil {
		return err
	}
	out.UseCRLF = true
	return writeCSV(out, f, func(cells []string, conversions []conversion) {
		for i, cell := range cells {
			if conversions != nil && conversions[i].amount {
				cells[i] = s.Amount(cell)
			} else {
				cells[i] = s.Text(cell)
			}
		}
	})
}

// NewWriter returns a writer of such CSV, after it has written the byte order mark. What is written to it goes through [Spreadsheet.Text] or
// [Spreadsheet.Amount] first. It is an error if the delimiter can't be one, and nothing is written then.
func (s Spreadsheet) NewWriter(w io.Writer) (*csv.Writer, error) {
	if s.Delimiter == 0 && s.DecimalComma {
		s.Delimiter = ';'
	}
	if s.Delimiter == 0 {
		s.Delimiter = ','
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.ByteOrderMark {
		if _, err := w.Write(markUTF8); err != nil {
			return nil, err
		}
	}
	out := csv.NewWriter(w)
	out.Comma = s.Delimiter
	return out, nil
}

func (s Spreadsheet) check() error {
	switch {
	case s.Delimiter == ',' && s.DecimalComma:
		return errors.New("reportfile: a comma can't separate both fields and decimals: choose another delimiter, such as a semicolon")
	case s.Delimiter == '\t':
		return nil
	case strings.ContainsRune(`"'`, s.Delimiter):
		return fmt.Errorf("reportfile: the delimiter can't be a quote, %c: choose one such as a semicolon, a comma, a bar or a tab", s.Delimiter)
	case !unicode.IsPunct(s.Delimiter) && !unicode.IsSymbol(s.Delimiter) || strings.ContainsRune("=+-@.\ufffd", s.Delimiter):
		return fmt.Errorf("reportfile: the delimiter can't be %q: choose one such as a semicolon, a comma, a bar or a tab", s.Delimiter)
	default:
		return nil
	}
}

// Text returns a text that no spreadsheet takes for a formula.
func (s Spreadsheet) Text(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) || isNegativeNumber(text) {
		return text
	}
	return "'" + text
}

// isNegativeNumber tells a number with any separators, which is no formula. -1-1 is one.
func isNegativeNumber(text string) bool {
	digits, negative := strings.CutPrefix(text, "-")
	return negative && digits != "" && digits[0] >= '0' && digits[0] <= '9' && strings.Trim(digits, "0123456789.,") == ""
}

// Amount returns an amount, which has a dot or none, as the spreadsheet reads it. Any other text is returned as Text does.
func (s Spreadsheet) Amount(text string) string {
	whole, fraction, dotted := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if s.DecimalComma && dotted && isDigits(whole) && isDigits(fraction) {
		return strings.Replace(text, ".", ",", 1)
	}
	return s.Text(text)
}

// Row returns a row whose amounts are written as the spreadsheet reads them. Texts are as they stand in the file, for
// [Spreadsheet.Text]. It is a [*RowError] if an amount can't be read.
func (s Spreadsheet) Row(r Row) (Row, error) {
	if !s.DecimalComma || r.header == nil {
		return r, nil
	}
	cells := r.Cells()
	for i, c := range r.header.conversions {
		if !c.amount || cells[i] == "" {
			continue
		}
		currency := ""
		if c.currency >= 0 {
			currency = cells[c.currency]
		}
		amount, err := parseAmount(strings.TrimSpace(cells[i]), currency, r.header.values.decimalComma)
		if err != nil {
			return Row{}, r.problem(r.header.names[i], err.Error())
		}
		cells[i] = s.Amount(amount.String())
	}
	r.cells = cells
	return r, nil
}
