package statement

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// books are the sums of a currency.
type books struct {
	currency    string
	total       *line
	months      map[month]*monthLine
	settlements []settlementLine
}

type monthLine struct {
	*line
	settlements int
}

type settlementLine struct {
	*line
	of *settlement
	// parts are those of each month, if there are several.
	parts map[month]*line
}

func newBooks(currency string) *books {
	return &books{currency: currency, total: newLine(currency), months: make(map[month]*monthLine)}
}

// add adds a settlement, and returns its sums.
func (b *books) add(of *settlement) (*line, error) {
	s := settlementLine{line: newLine(b.currency), of: of}
	if len(of.months) > 1 {
		s.parts = make(map[month]*line, len(of.months))
	}
	for m, summary := range of.months {
		in := b.months[m]
		if in == nil {
			in = &monthLine{line: newLine(b.currency)}
			b.months[m] = in
		}
		in.settlements++
		lines := []*line{b.total, in.line, s.line}
		if s.parts != nil {
			s.parts[m] = newLine(b.currency)
			lines = append(lines, s.parts[m])
		}
		for _, part := range summary.Settlements() {
			for _, l := range lines {
				if err := l.addSettlement(&part); err != nil {
					return nil, err
				}
			}
		}
	}
	b.settlements = append(b.settlements, s)
	return s.line, nil
}

func (b *books) page(index int, directory string) *currencyPage {
	id := "c" + strconv.Itoa(index)
	lines := []*line{b.total}
	for _, s := range b.settlements {
		lines = append(lines, s.line)
	}
	columns := columnsOf(lines)
	months := slices.Sorted(maps.Keys(b.months))
	return &currencyPage{
		ID: id, Currency: b.currency, Settlements: len(b.settlements),
		Sold: amountOf(b.total, column{kind: sold}), PaidOut: amountOf(b.total, column{kind: paidOut}),
		Totals: b.totalsTable(id, columns), Chart: b.chart(id, months),
		Months: b.monthsTable(id, columns, months), PerSettlement: b.settlementsTable(id, columns, directory), Parts: b.partsTable(id, columns),
	}
}

func amountOf(l *line, c column) cell { return number(l.amount(c).String()) }

func amountsOf(l *line, columns []column) []cell {
	cells := make([]cell, len(columns))
	for i, c := range columns {
		cells[i] = amountOf(l, c)
	}
	return cells
}

func amountHeads(columns []column) []head {
	heads := make([]head, len(columns))
	for i, c := range columns {
		heads[i] = head{c.String(), true}
	}
	return heads
}

// totalsTable has a row for each column, and beneath it the transaction types that it sums up.
func (b *books) totalsTable(id string, columns []column) *table {
	for t := range b.total.types { // some may have moved no money
		if c := columnOf(t); !slices.Contains(columns, c) {
			columns = append(slices.Clone(columns), c)
		}
	}
	columns = slices.SortedFunc(slices.Values(columns), compareColumns)
	var rows []row
	for _, c := range columns {
		types := b.total.typesOf(c)
		counted, n := text(""), 0
		for _, t := range types {
			n += b.total.types[t].rows
		}
		if c.kind != percentageFees && c.kind != fixedFees && c.kind != leftOver && c.kind != difference {
			counted = count(n)
		}
		total := row{Name: c.String(), Sum: c.kind >= paidOut, Cells: []cell{counted, amountOf(b.total, c)}}
		if len(types) == 1 && c.kind != other {
			total.Note = typeName(types[0])
		}
		rows = append(rows, total)
		if len(types) == 1 {
			continue
		}
		for _, t := range types {
			sum := b.total.types[t]
			rows = append(rows, row{Name: typeName(t), Part: true, Cells: []cell{count(sum.rows), number(b.total.plain(sum.amount).String())}})
		}
	}
	return &table{
		ID: id + "-totals", Caption: b.currency + ", in total", Heads: []head{{"", false}, {"Rows", true}, {"Amount", true}}, Rows: slices.Values(rows),
	}
}

func (b *books) monthsTable(id string, columns []column, months []month) *table {
	heads := append([]head{{"Month", false}, {"Settlements", true}}, amountHeads(columns)...)
	heads[len(heads)-1].Name = "Earned less paid out" // the rest of a settlement may be in another month
	var rows []row
	for _, m := range months {
		in := b.months[m]
		rows = append(rows, row{Name: m.String(), Cells: append([]cell{count(in.settlements)}, amountsOf(in.line, columns)...)})
	}
	rows = append(rows, row{Name: "All months", Sum: true, Cells: append([]cell{count(len(b.settlements))}, amountsOf(b.total, columns)...)})
	return &table{ID: id + "-months", Caption: b.currency + " by month", Heads: heads, Rows: slices.Values(rows), Class: classOf(len(columns), upright)}
}

func (b *books) settlementsTable(id string, columns []column, directory string) *table {
	heads := append([]head{{"Settlement", false}, {"Dates", false}}, amountHeads(columns)...)
	return &table{
		ID: id + "-settlements", Caption: b.currency + " by settlement", Class: classOf(len(columns), across),
		Heads: append(heads, head{"Rows", true}, head{"File", false}),
		Rows: func(yield func(row) bool) {
			rows := 0
			for _, s := range b.settlements {
				rows += s.of.rows
				cells := append([]cell{text(days(s.of.first, s.of.last))}, amountsOf(s.line, columns)...)
				if !yield(row{Name: s.of.id, Cells: append(cells, count(s.of.rows), cell{Text: strings.TrimPrefix(s.of.file, directory), Breaks: true})}) {
					return
				}
			}
			cells := append([]cell{text("")}, amountsOf(b.total, columns)...)
			yield(row{Name: "All settlements", Sum: true, Cells: append(cells, count(rows), text(""))})
		},
	}
}

// partsTable shows which part of a settlement is in which month.
func (b *books) partsTable(id string, columns []column) *table {
	var rows []row
	for _, s := range b.settlements {
		for _, m := range slices.Sorted(maps.Keys(s.parts)) {
			rows = append(rows, row{Name: s.of.id, Cells: append([]cell{text(m.String())}, amountsOf(s.parts[m], columns)...)})
		}
	}
	if rows == nil {
		return nil
	}
	heads := append([]head{{"Settlement", false}, {"Month", false}}, amountHeads(columns)...)
	heads[len(heads)-1].Name = "Earned less paid out"
	return &table{ID: id + "-parts", Caption: fmt.Sprintf("%s, settlements with rows in several months", b.currency), Heads: heads, Rows: slices.Values(rows), Class: classOf(len(columns), upright)}
}
