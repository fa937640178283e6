package reportfile

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// Row is a row of any report, its cells as they stand in the file.
type Row struct {
	header *header
	cells  []string
	line   int
}

// Get returns the cell of a column, and false if the report has no such column.
func (r Row) Get(column string) (string, bool) {
	if r.header == nil { // the zero Row beside an error
		return "", false
	}
	i := r.header.find(column)
	if i < 0 {
		return "", false
	}
	return r.cells[i], true
}

// Cells returns the cells in the order of [Reader.Columns].
func (r Row) Cells() []string { return slices.Clone(r.cells) }

// Line returns the line of the file on which the row begins.
func (r Row) Line() int { return r.line }

// File returns the name that [Options] gave to the file.
func (r Row) File() string {
	if r.header == nil {
		return ""
	}
	return r.header.file
}

// Time returns the cell of a column as a point in time with the file's own offset. The error is a [*RowError].
func (r Row) Time(column string) (time.Time, error) {
	cell, ok := r.Get(column)
	if !ok {
		return time.Time{}, r.problem(column, "the report has no such column")
	}
	t, err := new(locations).time(cell, r.header.values.layout)
	if err != nil {
		return time.Time{}, r.problem(column, err.Error())
	}
	return t, nil
}

// Amount returns the cell of a column as an amount of the currency, "" if that isn't known, as [ParseAmount] and the
// file's [Options] say; spaces around it don't matter. The error is a [*RowError].
func (r Row) Amount(column, currency string) (decimal.Decimal, error) {
	cell, ok := r.Get(column)
	if !ok {
		return decimal.Decimal{}, r.problem(column, "the report has no such column")
	}
	amount, err := parseAmount(strings.TrimSpace(cell), currency, r.header.values.decimalComma)
	if err != nil {
		return decimal.Decimal{}, r.problem(column, err.Error())
	}
	return amount, nil
}

// ID returns the cell of a column as an id, without spaces around it. The error is a [*RowError]: the id has lost digits
// in a spreadsheet, such as 7.0E+10.
func (r Row) ID(column string) (string, error) {
	cell, ok := r.Get(column)
	if !ok {
		return "", r.problem(column, "the report has no such column")
	}
	id := strings.TrimSpace(cell)
	if err := checkID(id); err != nil {
		return "", r.problem(column, err.Error())
	}
	return id, nil
}

func (r Row) problem(column, problem string) error {
	return &RowError{File: r.File(), Line: r.line, Column: column, Problem: problem}
}

// Rows yields the rows of any report as they stand in the file.
func (f *Reader) Rows() iter.Seq2[Row, error] {
	return rows(f, func(row *Row) error {
		*row = Row{header: f.header, cells: f.records.fields(), line: f.records.line}
		return nil
	})
}
