package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	pretty "github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/internal/visible"
)

// tableBatch is how many rows are read before they are printed. The first batch decides which columns are shown.
const tableBatch = 1000

// columnGap is the space between two columns.
const columnGap = "  "

// printTable aligns the columns, and makes them fit the terminal, if there is one. No library does the latter as accounts
// need it: go-pretty cuts off what is too wide, and lipgloss shortens amounts and ids. So go-pretty aligns what the
// command has fitted.
func printTable[T any](cmd *cobra.Command, columns []column[T], list iter.Seq2[T, error]) error {
	return printWideTable(cmd, columns, list, "--output json")
}

// printWideTable is printTable, with the flags that show the columns which may be left out.
func printWideTable[T any](cmd *cobra.Command, columns []column[T], list iter.Seq2[T, error], flags string) error {
	t := &table{out: cmd.OutOrStdout()}
	t.width, t.bold = terminal(t.out)
	for _, c := range columns {
		t.columns = append(t.columns, &tableColumn{name: visible.Text(c.name), fit: c.fit})
	}
	err := t.print(func(yield func([]string, error) bool) {
		for value, err := range list {
			var row []string
			if err == nil {
				row = make([]string, len(columns))
				for i, c := range columns {
					row[i] = visible.Text(c.cell(value))
				}
			}
			if !yield(row, err) {
				return
			}
		}
	})
	if hidden := t.hidden(); len(hidden) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "columns left out, because the terminal is too narrow: %s; %s shows all of them\n", strings.Join(hidden, ", "), flags)
	}
	return err
}

// table writes rows in batches, below one header.
type table struct {
	out     io.Writer
	width   int // of the terminal; 0 if there is none
	bold    bool
	columns []*tableColumn
	rows    [][]string
	headed  bool
}

type tableColumn struct {
	name   string
	fit    fit
	full   int // the width at which nothing wraps
	least  int // the width at which everything wraps that may wrap
	width  int // the width that it has
	hidden bool
}

func (t *table) print(rows iter.Seq2[[]string, error]) error {
	for row, err := range rows {
		if err != nil {
			return errors.Join(t.flush(), err)
		}
		if t.rows = append(t.rows, row); len(t.rows) == tableBatch {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return t.flush()
}

// flush prints the rows that have been read.
func (t *table) flush() error {
	if t.headed && len(t.rows) == 0 {
		return nil
	}
	t.layOut()
	lines, headerLines := t.render()
	for i, line := range lines {
		if i < headerLines && t.bold {
			line = "\x1b[1m" + line + "\x1b[0m"
		}
		if _, err := io.WriteString(t.out, line+"\n"); err != nil {
			return err
		}
	}
	t.headed = true
	t.rows = t.rows[:0]
	return nil
}

// layOut finds the width of each column. A later batch can make columns wider, but it hides none: their header is
// printed, so that its lines may be wider than the terminal.
func (t *table) layOut() {
	for i, c := range t.columns {
		c.full = max(c.full, displayWidth(c.header()))
		for _, row := range t.rows {
			c.full = max(c.full, displayWidth(row[i]))
		}
		c.width = c.full
	}
	if t.width == 0 || totalWidth(t.shown(), full) <= t.width {
		return
	}
	for i, c := range t.columns {
		c.least = max(c.least, widest(nameParts(c.name)))
		if c.fit.prose {
			c.least = max(c.least, min(c.full, leastProse))
		}
		for _, row := range t.rows {
			c.least = max(c.least, widest(c.fit.parts(row[i])))
		}
	}
	if !t.headed {
		t.hide()
	}
	shown := t.shown()
	for excess := totalWidth(shown, full) - t.width; excess > 0; excess-- {
		widestColumn := slices.MaxFunc(shown, func(a, b *tableColumn) int {
			return cmp.Compare(a.spare(), b.spare())
		})
		if widestColumn.spare() < 0 {
			return
		}
		widestColumn.width--
	}
}

// hide leaves out the least important columns that don't fit. One that is very wide doesn't take the others with it.
func (t *table) hide() {
	byRank := slices.Clone(t.columns)
	slices.SortStableFunc(byRank, func(a, b *tableColumn) int { return cmp.Compare(a.fit.rank, b.fit.rank) })
	var kept []*tableColumn
	for _, c := range byRank {
		c.hidden = len(kept) > 0 && totalWidth(append(kept, c), least) > t.width
		if !c.hidden {
			kept = append(kept, c)
		}
	}
}

func (t *table) shown() []*tableColumn {
	return slices.DeleteFunc(slices.Clone(t.columns), func(c *tableColumn) bool { return c.hidden })
}

func (t *table) hidden() []string {
	var names []string
	for _, c := range t.columns {
		if c.hidden {
			names = append(names, c.name)
		}
	}
	return names
}

func full(c *tableColumn) int { return c.full }

func least(c *tableColumn) int { return c.least }

func totalWidth(columns []*tableColumn, width func(*tableColumn) int) int {
	total := len(columnGap) * (len(columns) - 1)
	for _, c := range columns {
		total += width(c)
	}
	return total
}

// spare is the width of a column that can become narrower, else -1.
func (c *tableColumn) spare() int {
	if c.width > c.least {
		return c.width
	}
	return -1
}

func (c *tableColumn) header() string { return strings.ToUpper(c.name) }

// render returns the lines of the header, unless it has been printed, and of the rows.
func (t *table) render() (lines []string, headerLines int) {
	w := pretty.NewWriter()
	w.SetStyle(pretty.Style{Box: pretty.BoxStyle{PaddingRight: columnGap}})
	w.SuppressTrailingSpaces()
	var header pretty.Row
	var configs []pretty.ColumnConfig
	for _, c := range t.shown() {
		name := c.header()
		if displayWidth(name) > c.width {
			name = wrap(nameParts(c.name), c.width)
		}
		header = append(header, name)
		headerLines = max(headerLines, strings.Count(name, "\n")+1)
		config := pretty.ColumnConfig{Number: len(header), WidthMin: c.width, VAlignHeader: text.VAlignBottom}
		if c.fit.amount {
			config.Align, config.AlignHeader = text.AlignRight, text.AlignRight
		}
		if c.width < c.full {
			config.WidthMax, config.WidthMaxEnforcer = c.width, c.fit.wrap
		}
		configs = append(configs, config)
	}
	w.SetColumnConfigs(configs)
	if !t.headed {
		w.AppendHeader(header)
	} else {
		headerLines = 0
	}
	for _, row := range t.rows {
		cells := make(pretty.Row, 0, len(header))
		for i, c := range t.columns {
			if !c.hidden {
				cells = append(cells, row[i])
			}
		}
		w.AppendRow(cells)
	}
	return strings.Split(w.Render(), "\n"), headerLines
}
