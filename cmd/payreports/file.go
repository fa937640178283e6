package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/reportfile"
)

// errDifferences ends a command with exit code 4.
var errDifferences = errors.New("differences were found")

func fileCommand(s *settings) *cobra.Command {
	cmd := group("file", "Show, sum up and convert report files")
	options := new(readOptions)
	options.register(cmd.PersistentFlags())
	cmd.AddCommand(fileShow(s, options), fileSummary(s, options), fileConvert(options))
	return cmd
}

func fileShow(s *settings, options *readOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE…",
		Short: "Show the rows of report files",
		Long: `Show the rows of one or more report files as a single list. For table and CSV output, all files must have the same columns. In
JSON, each row is an object keyed by column name.` + directoryRule + unreadableRule,
		Example: `  payreports file show settlement.csv
  payreports file show settlement.csv --output json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := newReading(cmd, options, args)
			if err != nil {
				return err
			}
			if s.output == "json" {
				err = printStream(cmd, s.output, nil, rowsOf(r, asObjects))
			} else {
				err = showTable(cmd, s.output, r)
			}
			if err != nil {
				return err
			}
			return r.err()
		},
	}
}

// showTable shows the files that have the columns of the first one that can be read.
func showTable(cmd *cobra.Command, output string, r *reading) error {
	first, path, err := r.first()
	if first == nil {
		return err
	}
	names := first.Columns()
	sorted := slices.Sorted(slices.Values(names))
	form, err := spreadsheetOf(cmd)
	if err != nil {
		return err
	}
	var columns []column[reportfile.Row]
	for i, name := range names {
		c := column[reportfile.Row]{name, func(r reportfile.Row) string { cell, _ := r.Get(name); return cell }, fitOfFile(name, i)}
		c.fit.amount = c.fit.amount && output == "table" // in CSV, the form knows the file's amounts
		columns = append(columns, c)
	}
	return printStream(cmd, output, columns, rowsOf(r, func(f *reportfile.Reader) iter.Seq2[reportfile.Row, error] {
		if !slices.Equal(slices.Sorted(slices.Values(f.Columns())), sorted) {
			return failed[reportfile.Row](fmt.Errorf("its columns are not those of %s: show it alone, or with --output json", path))
		}
		return inForm(f.Rows(), form)
	}))
}

// inForm writes the amounts of rows as a spreadsheet reads them.
func inForm(rows iter.Seq2[reportfile.Row, error], form reportfile.Spreadsheet) iter.Seq2[reportfile.Row, error] {
	return func(yield func(reportfile.Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				row, err = form.Row(row)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) { yield(*new(T), err) }
}

// asObjects makes a JSON object of each row, by column name.
func asObjects(f *reportfile.Reader) iter.Seq2[map[string]string, error] {
	return func(yield func(map[string]string, error) bool) {
		names := f.Columns()
		for row, err := range f.Rows() {
			object := make(map[string]string, len(names))
			if err == nil {
				for i, cell := range row.Cells() {
					object[names[i]] = cell
				}
			}
			if !yield(object, err) {
				return
			}
		}
	}
}

func fileConvert(options *readOptions) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "convert FILE --to json|csv",
		Short: "Convert a report file to JSON Lines or clean CSV on standard output",
		Long: `Convert a report file to JSON Lines or clean CSV on standard output: times are RFC 3339, and amounts have a dot and no
thousands separators. For a spreadsheet that expects other CSV, give --delimiter, --csv-decimal-comma or --bom. They are about
what is written; --decimal-comma is about the file that is read.`,
		Example: `  payreports file convert settlement.csv --to json > settlement.jsonl
  payreports file convert settlement.csv --to csv > clean.csv
  payreports file convert settlement.csv --to csv --delimiter semicolon --csv-decimal-comma --bom > excel.csv`,
		Args: oneArgument("a report file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := map[string]func(io.Writer, *reportfile.Reader) error{"json": reportfile.WriteJSONLines, "csv": reportfile.WriteCSV}[to]
			switch {
			case to == "":
				return usageError{errors.New("--to is missing: give json (JSON Lines) or csv")}
			case !ok:
				return unknownValue("to", to, []string{"json", "csv"})
			}
			form, err := spreadsheetOf(cmd)
			if err != nil {
				return err
			}
			file, err := oneFile(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			r, err := options.open(cmd.Context(), file)
			if err != nil {
				return err
			}
			defer r.file.close()
			if to == "csv" && form != (reportfile.Spreadsheet{}) {
				write = form.WriteCSV
			}
			err = options.inFlags(write(cmd.OutOrStdout(), r.Reader))
			if err != nil && options.decimalComma && form != (reportfile.Spreadsheet{}) && !form.DecimalComma {
				return fmt.Errorf("%w; --decimal-comma is about the file that is read; --csv-decimal-comma writes amounts so", err)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "json (JSON Lines) or csv")
	complete(cmd, "to", "json", "csv")
	return cmd
}
