package reportfile

import (
	"iter"
	"slices"
	"time"

	"github.com/govalues/decimal"
)

// otherCells are the cells of a row that no field takes. Its header tells the rows of one Reader from those of another.
type otherCells struct {
	header *header
	cells  []otherCell
}

type otherCell struct {
	column int
	text   string
}

// Other returns the cell of a column that has no field of its own in the row, and false if the file has no such column.
func (o *otherCells) Other(column string) (string, bool) {
	for _, cell := range o.cells {
		if o.header.names[cell.column] == column {
			return cell.text, true
		}
	}
	return "", false
}

func failed[R any](err error) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var none R
		yield(none, err)
	}
}

// otherColumns are those that no field takes.
func (f *Reader) otherColumns(taken ...[]int) []int {
	var other []int
	for i := range f.header.names {
		if !slices.ContainsFunc(taken, func(list []int) bool { return slices.Contains(list, i) }) {
			other = append(other, i)
		}
	}
	return other
}

func (f *Reader) otherCells(other []int) otherCells {
	if len(other) == 0 {
		return otherCells{header: f.header}
	}
	cells := make([]otherCell, len(other))
	for i, column := range other {
		cells[i] = otherCell{column, f.records.field(column)}
	}
	return otherCells{f.header, cells}
}

// findAll finds columns that a file may lack: -1 for those.
func (f *Reader) findAll(names ...string) []int {
	found := make([]int, len(names))
	for i, name := range names {
		found[i] = f.header.find(name)
	}
	return found
}

// optional returns the field of a column that findAll has looked for, "" if the file has none.
func (f *Reader) optional(column int) string {
	if column < 0 {
		return ""
	}
	return f.records.field(column)
}

func (f *Reader) time(column int) (time.Time, error) {
	t, err := f.locations.time(f.records.field(column), f.header.values.layout)
	if err != nil {
		return t, f.cellError(column, err)
	}
	return t, nil
}

func (f *Reader) amount(column int, currency string) (decimal.Decimal, error) {
	return f.amountOf(f.records.field(column), column, currency)
}

// fee reads an amount whose cell may be empty.
func (f *Reader) fee(column int, currency string) (decimal.Decimal, error) {
	text := f.records.field(column)
	if text == "" {
		return decimal.Decimal{}, nil
	}
	return f.amountOf(text, column, currency)
}

func (f *Reader) amountOf(text string, column int, currency string) (decimal.Decimal, error) {
	amount, err := parseAmount(text, currency, f.header.values.decimalComma)
	if err != nil {
		return amount, f.cellError(column, err)
	}
	return amount, nil
}
