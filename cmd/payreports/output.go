package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/spf13/cobra"
)

// column is a column of a table or of CSV. Its name is the API's own.
type column[T any] struct {
	name string
	cell func(T) string
	fit  fit // in a table on a terminal
}

// printList writes all of a list, or nothing if it can't be had whole.
func printList[T any](cmd *cobra.Command, format string, columns []column[T], list iter.Seq2[T, error]) error {
	var values []T
	for value, err := range list {
		if err != nil {
			return err
		}
		values = append(values, value)
	}
	return printStream(cmd, format, columns, each(values))
}

// printOne writes a single thing: an object in JSON, else a list of one.
func printOne[T any](cmd *cobra.Command, format string, columns []column[T], value T) error {
	if format == "json" {
		return printJSON(cmd.OutOrStdout(), value)
	}
	return printStream(cmd, format, columns, each([]T{value}))
}

// printStream writes a list that may be longer than memory while it is read. What came before an error has been written.
func printStream[T any](cmd *cobra.Command, format string, columns []column[T], list iter.Seq2[T, error]) error {
	switch format {
	case "json":
		return printArray(cmd.OutOrStdout(), list)
	case "csv":
		return printCSV(cmd, columns, list)
	default:
		return printTable(cmd, columns, list)
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

func printCSV[T any](cmd *cobra.Command, columns []column[T], list iter.Seq2[T, error]) error {
	w, err := newCSVWriter(cmd)
	if err != nil {
		return err
	}
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = w.text(c.name)
	}
	if err := w.Write(record); err != nil {
		return err
	}
	for value, err := range list {
		if err != nil {
			w.Flush()
			return err
		}
		for i, c := range columns {
			write := w.text
			if c.fit.amount {
				write = w.amount
			}
			record[i] = write(c.cell(value))
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// plural is a number of things, such as 1 problem or 2 problems.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// each goes through a list that is complete.
func each[T any](values []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, value := range values {
			if !yield(value, nil) {
				return
			}
		}
	}
}
