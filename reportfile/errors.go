package reportfile

import (
	"errors"
	"fmt"
	"strings"
)

// RowError is a row that can't be read, or that doesn't add up.
type RowError struct {
	// File is the name that [Options] gave to the file, "" if it gave none.
	File string
	// Line is the line of the file where the row, or the field, begins; the first is 1.
	Line int
	// Column is the header's name of the column, "" if the row as a whole is wrong.
	Column string
	// Problem says what is wrong. It quotes a cell only if that is made of the characters of amounts and dates.
	Problem string
}

// Error returns file, line, column and problem.
func (e *RowError) Error() string {
	where := "reportfile"
	if e.File != "" {
		where = e.File
	}
	if e.Column == "" {
		return fmt.Sprintf("%s: line %d: %s", where, e.Line, e.Problem)
	}
	return fmt.Sprintf("%s: line %d, column %s: %s", where, e.Line, e.Column, e.Problem)
}

// cellError is what is wrong with a field of a record.
type cellError struct {
	field   int
	problem string
}

func (e *cellError) Error() string { return e.problem }

// inFile names the file in an error.
func inFile(name string, err error) error {
	var row *RowError
	switch {
	case name == "":
		return err
	case errors.As(err, &row):
		row.File = name
		return err
	default:
		return &fileError{name, err}
	}
}

// fileError is an error of a file as a whole.
type fileError struct {
	name string
	err  error
}

func (e *fileError) Error() string {
	return e.name + ": " + strings.TrimPrefix(e.err.Error(), "reportfile: ")
}

func (e *fileError) Unwrap() error { return e.err }

// quote returns a cell for an error, or what it holds in words if it may be somebody's name or address: only the
// characters of amounts and dates are quoted, which includes the T, the Z and the E between their digits.
func quote(cell string) string {
	if cell == "" {
		return "an empty cell"
	}
	digit := false // whether the last character is one
	for i, c := range cell {
		switch {
		case '0' <= c && c <= '9':
			digit = true
			continue
		case strings.ContainsRune(".,-+:/()' \u00a0\u202f\u2212\u2019$€£¥", c):
		case strings.ContainsRune("TZEe", c) && digit && isNumberNext(cell[i+1:]):
		default:
			return "a cell of text"
		}
		digit = false
	}
	return fmt.Sprintf("%q", clip(cell))
}

func isNumberNext(rest string) bool {
	return rest == "" || strings.IndexByte("0123456789+-", rest[0]) >= 0
}

// clip bounds what an error quotes.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
