package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amazonpay-go/payreports/reportfile"
)

// spreadsheetFlags say how CSV is written for a spreadsheet. One has a longer name because --decimal-comma is about files that are read.
var spreadsheetFlags = []string{"delimiter", "csv-decimal-comma", "bom"}

// delimiter is the value of --delimiter.
type delimiter struct{ character *rune }

var delimiterNames = map[string]rune{"tab": '\t', "semicolon": ';'}

func (d delimiter) Set(text string) error {
	named, known := delimiterNames[text]
	character, size := utf8.DecodeRuneInString(text)
	switch {
	case known:
		character = named
	case text == "" || size < len(text):
		return errors.New("it must be one character, tab or semicolon")
	}
	if _, err := (reportfile.Spreadsheet{Delimiter: character}).NewWriter(io.Discard); err != nil {
		return err
	}
	*d.character = character
	return nil
}

func (d delimiter) String() string {
	if d.character == nil || *d.character == 0 {
		return ""
	}
	return string(*d.character)
}

func (delimiter) Type() string { return "CHARACTER" }

func registerSpreadsheet(flags *pflag.FlagSet) {
	flags.Var(delimiter{new(rune)}, "delimiter", "separate the fields of CSV with CHARACTER, tab or semicolon. With this flag, --csv-decimal-comma or --bom, a text that "+
		"a spreadsheet could take for a formula gets an apostrophe in front: one that begins with =, +, -, @, a tab or a carriage return, and isn't a number such as -5.00")
	flags.Bool("csv-decimal-comma", false, "write amounts in CSV as 1250,00, and separate fields with semicolons unless --delimiter says otherwise")
	flags.Bool("bom", false, "begin CSV with a byte order mark, which tells Excel that it is UTF-8")
}

// spreadsheetOf is the form of CSV that the flags ask for; plain CSV is the zero form.
func spreadsheetOf(cmd *cobra.Command) (reportfile.Spreadsheet, error) {
	var form reportfile.Spreadsheet
	flags := cmd.Flags()
	if d, ok := flags.Lookup("delimiter").Value.(delimiter); ok {
		form.Delimiter = *d.character
	}
	var errComma, errMark error
	form.DecimalComma, errComma = flags.GetBool("csv-decimal-comma")
	form.ByteOrderMark, errMark = flags.GetBool("bom")
	return form, errors.Join(errComma, errMark)
}

// checkSpreadsheet refuses a form of CSV where none is written.
func checkSpreadsheet(cmd *cobra.Command, output string) error {
	form, err := spreadsheetOf(cmd)
	if err != nil || form == (reportfile.Spreadsheet{}) {
		return err
	}
	given := slices.DeleteFunc(slices.Clone(spreadsheetFlags), func(name string) bool { return !cmd.Flags().Changed(name) })[0]
	flag := "output"
	if cmd.CommandPath() == cmd.Root().Name()+" file convert" {
		flag, output = "to", cmd.Flags().Lookup("to").Value.String()
	}
	switch {
	case slices.Contains(flagsWithoutEffect(cmd), given):
		return usageError{fmt.Errorf("--%s is for --output csv, which %s doesn't have", given, cmd.CommandPath())}
	case output != "csv":
		return usageError{fmt.Errorf("--%s is for CSV: give --%s csv too", given, flag)}
	}
	if _, err := form.NewWriter(io.Discard); err != nil {
		return usageError{fmt.Errorf("--delimiter with --csv-decimal-comma: %w", err)}
	}
	return nil
}

// csvWriter writes records whose columns are known to be amounts or not.
type csvWriter struct {
	*csv.Writer
	text, amount func(string) string
}

func newCSVWriter(cmd *cobra.Command) (*csvWriter, error) {
	form, err := spreadsheetOf(cmd)
	if err != nil {
		return nil, err
	}
	if form == (reportfile.Spreadsheet{}) {
		asItIs := func(text string) string { return text }
		return &csvWriter{csv.NewWriter(cmd.OutOrStdout()), asItIs, asItIs}, nil
	}
	w, err := form.NewWriter(cmd.OutOrStdout())
	return &csvWriter{w, form.Text, form.Amount}, err
}
