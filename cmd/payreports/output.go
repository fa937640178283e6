package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// column is a column of a table or of CSV. Its name is the API's own.
type column[T any] struct {
	name string
	cell func(T) string
}

// printList writes all of a list, or nothing if it can't be had whole.
func printList[T any](out io.Writer, format string, columns []column[T], list iter.Seq2[T, error]) error {
	var values []T
	for value, err := range list {
		if err != nil {
			return err
		}
		values = append(values, value)
	}
	return printStream(out, format, columns, each(values))
}

// printOne writes a single thing: an object in JSON, else a list of one.
func printOne[T any](out io.Writer, format string, columns []column[T], value T) error {
	if format == "json" {
		return printJSON(out, value)
	}
	return printStream(out, format, columns, each([]T{value}))
}

// printStream writes a list that may be longer than memory while it is read. What came before an error has been written.
func printStream[T any](out io.Writer, format string, columns []column[T], list iter.Seq2[T, error]) error {
	switch format {
	case "json":
		return printArray(out, list)
	case "csv":
		return printCSV(out, columns, list)
	default:
		return printTable(out, columns, list)
	}
}

func printJSON(out io.Writer, value any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err
	}
	_, err := out.Write(visibleJSON(text.Bytes()))
	return err
}

func printArray[T any](out io.Writer, list iter.Seq2[T, error]) error {
	var element bytes.Buffer
	encoder := json.NewEncoder(&element)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("  ", "  ")
	before := "[\n  "
	for value, err := range list {
		if err != nil {
			return err
		}
		element.Reset()
		if err := encoder.Encode(value); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s%s", before, visibleJSON(bytes.TrimSpace(element.Bytes()))); err != nil {
			return err
		}
		before = ",\n  "
	}
	end := "\n]\n"
	if before[0] == '[' {
		end = "[]\n"
	}
	_, err := io.WriteString(out, end)
	return err
}

func printCSV[T any](out io.Writer, columns []column[T], list iter.Seq2[T, error]) error {
	w := csv.NewWriter(out)
	if err := w.Write(headers(columns)); err != nil {
		return err
	}
	record := make([]string, len(columns))
	for value, err := range list {
		if err != nil {
			w.Flush()
			return err
		}
		for i, c := range columns {
			record[i] = c.cell(value)
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func headers[T any](columns []column[T]) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// tableBatch is how many rows the width of a table's columns is found from; later rows can make them wider.
const tableBatch = 1000

// printTable aligns the columns, and fits lines into the width of a terminal.
func printTable[T any](out io.Writer, columns []column[T], list iter.Seq2[T, error]) error {
	t := &table{out: out, widths: make([]int, len(columns))}
	t.terminalWidth, t.colour = terminal(out)
	header := headers(columns)
	for i, name := range header {
		header[i] = strings.ToUpper(name)
	}
	t.rows = append(t.rows, header)
	for value, err := range list {
		if err != nil {
			return errors.Join(t.flush(), err)
		}
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = visible(c.cell(value))
		}
		if t.rows = append(t.rows, row); len(t.rows) > tableBatch {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return t.flush()
}

// table writes rows in batches.
type table struct {
	out           io.Writer
	terminalWidth int // 0 if it isn't one
	colour        bool
	widths        []int
	rows          [][]string
	headed        bool
}

func (t *table) flush() error {
	for _, row := range t.rows {
		for i, cell := range row {
			t.widths[i] = max(t.widths[i], displayWidth(cell))
		}
	}
	for _, row := range t.rows {
		var lead strings.Builder
		last := len(row) - 1
		for i, cell := range row[:last] {
			lead.WriteString(cell)
			lead.WriteString(strings.Repeat(" ", t.widths[i]-displayWidth(cell)+2))
		}
		for _, text := range t.fit(lead.String(), row[last]) {
			if !t.headed && t.colour {
				text = "\x1b[1m" + text + "\x1b[0m"
			}
			if _, err := fmt.Fprintln(t.out, text); err != nil {
				return err
			}
		}
		t.headed = true
	}
	t.rows = t.rows[:0]
	return nil
}

// fit makes the lines of a row: on a terminal the last cell is continued below itself, by words, and what is too long all the same is cut.
func (t *table) fit(lead, last string) []string {
	text := strings.TrimRight(lead+last, " ")
	if t.terminalWidth == 0 || displayWidth(text) <= t.terminalWidth {
		return []string{text}
	}
	const leastRoom = 20
	words := strings.Fields(last)
	indent := displayWidth(lead)
	if len(words) < 2 || t.terminalWidth-indent < leastRoom {
		return []string{cutTo(text, t.terminalWidth)}
	}
	line := lead + words[0]
	var lines []string
	for _, word := range words[1:] {
		if displayWidth(line)+1+displayWidth(word) > t.terminalWidth {
			lines = append(lines, cutTo(line, t.terminalWidth))
			line = strings.Repeat(" ", indent) + word
			continue
		}
		line += " " + word
	}
	return append(lines, cutTo(line, t.terminalWidth))
}

// displayWidth is how many columns of a terminal a text takes.
func displayWidth(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch kind := width.LookupRune(r).Kind(); {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// cutTo cuts a text that takes more columns.
func cutTo(text string, columns int) string {
	if displayWidth(text) <= columns {
		return text
	}
	taken := 0
	for i, r := range text {
		if taken += runeWidth(r); taken > columns-1 {
			return text[:i] + "…"
		}
	}
	return text
}

// each goes through a list that is there already.
func each[T any](values []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, value := range values {
			if !yield(value, nil) {
				return
			}
		}
	}
}

// terminal returns the width of the terminal that out is, 0 if it is none, and whether colours are welcome.
func terminal(out io.Writer) (columns int, colour bool) {
	file, ok := underlying(out).(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		columns = 0
	}
	return columns, os.Getenv("NO_COLOR") == ""
}

// statusLine is a terminal whose last line says how far things are. What is written to it comes above that line. It is
// safe for concurrent use.
type statusLine struct {
	mu   sync.Mutex
	out  io.Writer
	text string
}

// show replaces the last line; with "" there is none.
func (s *statusLine) show(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = text
	s.clear()
	fmt.Fprint(s.out, s.text)
}

func (s *statusLine) clear() { io.WriteString(underlying(s.out), clearLine) }

const clearLine = "\r\x1b[K"

func (s *statusLine) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.text == "" {
		return s.out.Write(p)
	}
	s.clear()
	n, err := s.out.Write(p)
	fmt.Fprint(s.out, s.text)
	return n, err
}
