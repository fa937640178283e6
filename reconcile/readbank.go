package reconcile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/amazonpay-go/payreports/reportfile"
)

// ReadBankCSV reads the lines of a bank statement in CSV: the columns of a date, of an amount, negative for money that left, and of a
// currency. All other columns are a line's text. The header is the first line that has a date and an amount, whatever stands before it.
//
// Dates are 2026-10-31, 20261031, 31 Oct 2026 or what the options say. A minus can stand before or after an amount or be a DR, and
// parentheses are one: (12.00). [BankColumns] says how else a line is known as a debit. A line whose column of a status says that it is pending,
// or was declined, is yielded as [BankLine].Unbooked. Rows in which date and amount are empty are skipped. A line that can be read in two
// ways is an error. The first error ends it.
func ReadBankCSV(r io.Reader, columns BankColumns, options reportfile.Options) iter.Seq2[BankLine, error] {
	return func(yield func(BankLine, error) bool) {
		content := bufio.NewReaderSize(r, bankPreamble)
		reader := bankReader{BankColumns: columns, options: options, givenLayout: options.DateLayout != ""}
		file, before, err := reader.open(content)
		if err != nil {
			var column *ColumnError
			if errors.As(err, &column) {
				column.File = options.Name
			} else if options.Name != "" && !strings.HasPrefix(err.Error(), options.Name) {
				err = fmt.Errorf("%s: %w", options.Name, err)
			}
			yield(BankLine{}, fmt.Errorf("the bank statement: %w", err))
			return
		}
		for row, err := range file.Rows() {
			var line BankLine
			if err == nil {
				if reader.isEmpty(row) {
					continue
				}
				line, err = reader.read(row)
				line.Line += before
			}
			if err != nil {
				yield(BankLine{}, fmt.Errorf("the bank statement: %w", after(before, aboutNotes(err))))
				return
			}
			if !yield(line, nil) {
				return
			}
		}
	}
}

// after corrects the line of an error in a file of which so many lines were taken away before.
func after(before int, err error) error {
	var of *reportfile.RowError
	if before == 0 || !errors.As(err, &of) {
		return err
	}
	told := *of
	told.Line += before
	return &told
}

// aboutNotes says what a row of another width may be in a bank's file.
func aboutNotes(err error) error {
	var of *reportfile.RowError
	if !errors.As(err, &of) || !strings.Contains(of.Problem, " fields and the header ") {
		return err
	}
	told := *of
	told.Problem += "; if it is a note after the last line, remove it"
	return &told
}

// open opens the file at its header, and says how many lines are before it.
func (b *bankReader) open(content *bufio.Reader) (file *reportfile.Reader, before int, err error) {
	if err := otherFormat(content); err != nil {
		return nil, 0, err
	}
	options := b.options
	options.RepeatedColumns = true
	if !b.givenLayout {
		options.DateLayout = "yyyy-mm-dd"
	}
	var text io.Reader = content
	if before = b.linesBeforeHeader(content); before > 0 {
		if text, err = options.Text(content); err != nil {
			return nil, 0, err
		}
		b.decoded, options.Encoding = true, ""
		rest := bufio.NewReaderSize(text, bankPreamble)
		for range before {
			if _, err := rest.ReadSlice('\n'); err != nil {
				return nil, 0, err
			}
		}
		text = rest
	}
	if file, err = options.Open(text); err != nil {
		return nil, 0, after(before, err)
	}
	b.header = file.Columns()
	return file, before, b.find(b.header)
}

// bankPreamble is how much of a file may stand before its header.
const bankPreamble = 16 << 10

// linesBeforeHeader looks for the first line that has the columns. It is 0 if there is none: then the first line says what is missing.
func (b *bankReader) linesBeforeHeader(content *bufio.Reader) int {
	start, _ := content.Peek(bankPreamble)
	text, err := b.options.Text(bytes.NewReader(start))
	if err != nil {
		return 0
	}
	beginning, _ := io.ReadAll(io.LimitReader(text, bankPreamble)) // compressed, it may be cut off
	for i, line := range strings.Split(string(beginning), "\n") {
		for _, separator := range []string{";", ",", "\t", "|"} {
			names := strings.Split(strings.TrimRight(line, "\r"), separator)
			for i, name := range names {
				names[i] = strings.Trim(strings.TrimSpace(name), `"`)
			}
			columns := b.BankColumns
			if len(names) > 1 && columns.findLines(names) == nil && !slices.ContainsFunc(names, looksLikeData) {
				return i
			}
		}
	}
	return 0
}

// otherFormats are the beginnings of other files that banks offer, and what they are.
var otherFormats = []struct{ beginning, name string }{
	{"%PDF", "a PDF"},
	{":20:", "in the format MT940 or MT942"},
	{"{1:", "in the format MT940 or MT942"},
	{"OFXHEADER", "in the format OFX"},
	{"!Type:", "in the format QIF"},
	{"!Account", "in the format QIF"},
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
