package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// column is a column of a table or of CSV. Its name is the API's own.
type column[T any] struct {
	name string
	cell func(T) string
}

// printList writes all of a list, or nothing if it can't be had whole.
func printList[T any](out io.Writer, format string, columns []column[T], list iter.Seq2[T, error]) error {
	values := []T{}
	for value, err := range list {
		if err != nil {
			return err
		}
		values = append(values, value)
	}
	switch format {
	case "json":
		return printJSON(out, values)
	case "csv":
		return printCSV(out, columns, values)
	default:
		return printTable(out, columns, values)
	}
}

// printOne writes a single thing: an object in JSON, else a list of one.
func printOne[T any](out io.Writer, format string, columns []column[T], value T) error {
	switch format {
	case "json":
		return printJSON(out, value)
	case "csv":
		return printCSV(out, columns, []T{value})
	default:
		return printTable(out, columns, []T{value})
	}
}

func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

func printCSV[T any](out io.Writer, columns []column[T], values []T) error {
	w := csv.NewWriter(out)
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = c.name
	}
	if err := w.Write(record); err != nil {
		return err
	}
	for _, value := range values {
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

// printTable aligns the columns, and cuts lines to the width of a terminal.
func printTable[T any](out io.Writer, columns []column[T], values []T) error {
	widths := make([]int, len(columns))
	rows := make([][]string, 0, len(values)+1)
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = strings.ToUpper(c.name)
	}
	rows = append(rows, header)
	for _, value := range values {
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = printable(c.cell(value))
		}
		rows = append(rows, row)
	}
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	width, colour := terminal(out)
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		text := strings.TrimRight(line.String(), " ")
		if runes := []rune(text); width > 0 && len(runes) > width {
			text = string(runes[:width-1]) + "…"
		}
		if n == 0 && colour {
			text = "\x1b[1m" + text + "\x1b[0m"
		}
		if _, err := fmt.Fprintln(out, text); err != nil {
			return err
		}
	}
	return nil
}

// printable keeps what the service sends from driving the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, text)
}

// terminal returns the width of the terminal that out is, 0 if it is none, and whether colours are welcome.
func terminal(out io.Writer) (width int, colour bool) {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		width = 0
	}
	return width, os.Getenv("NO_COLOR") == ""
}
