package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// lookUpColumn returns the header's spelling of a column that is asked for, or else of the first usual name that it has, and how many
// columns have that name.
func lookUpColumn(header []string, asked string, usual []string) (column string, found int) {
	if asked != "" {
		if n := count(header, func(name string) bool { return name == asked }); n > 0 {
			return asked, n
		}
		usual = []string{asked}
	}
	for _, name := range usual {
		isNamed := func(column string) bool { return normal(column) == normal(name) }
		if i := slices.IndexFunc(header, isNamed); i >= 0 {
			return header[i], count(header, isNamed)
		}
	}
	return "", 0
}

func count(names []string, is func(string) bool) int {
	n := 0
	for _, name := range names {
		if is(name) {
			n++
		}
	}
	return n
}

// normal is a name without case, spaces and punctuation.
func normal(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// ColumnError says that a file has no column for a value, or several.
type ColumnError struct {
	// File is the file's name, "" if it has none.
	File string
	// Value is what the column was to hold: date, amount or currency, and in orders also order id, refunded amount or filter.
	Value string
	// Asked is the name that was asked for, "" if usual names were.
	Asked string
	// Found is how many columns have the name: 0, or more than 1.
	Found int
	// Columns are those that the file has. There are none if its first line doesn't look like a header: it may hold a buyer's data.
	Columns []string
	// Nearest is the column that was perhaps meant, and Format the name of a format that knows the columns, for [OrderFormatFor]. Both can
	// be "".
	Nearest, Format string
}

// newColumnError is for a column that was found so often. Columns that are taken for other values can't be meant.
func newColumnError(header []string, value, asked string, usual []string, found int, taken ...string) *ColumnError {
	e := &ColumnError{Value: value, Asked: asked, Found: found}
	if slices.ContainsFunc(header, looksLikeData) {
		return e
	}
	e.Columns = header
	if asked != "" {
		usual = []string{asked}
	}
	if found == 0 {
		free := slices.DeleteFunc(slices.Clone(header), func(column string) bool { return slices.Contains(taken, column) })
		e.Nearest = nearestColumn(free, usual)
	}
	return e
}

// looksLikeData reports whether a name of a header is rather a value.
func looksLikeData(name string) bool {
	return strings.Contains(name, "@") || strings.ContainsAny(name, "0123456789") && !strings.ContainsFunc(name, unicode.IsLetter)
}

// nearestColumn returns the column that shares the most letters in a row with one of the names, at least four.
func nearestColumn(header, names []string) (nearest string) {
	best := 3
	for _, column := range header {
		for _, name := range names {
			if n := commonLetters(normal(column), normal(name)); n > best {
				best, nearest = n, column
			}
		}
	}
	return nearest
}

func commonLetters(a, b string) int {
	longest := 0
	for start := range a {
		for longest < len(a)-start && strings.Contains(b, a[start:start+longest+1]) {
			longest++
		}
	}
	return longest
}

// Error says what is missing, which columns there are, and which one was perhaps meant.
func (e *ColumnError) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ": ")
	}
	if e.Found == 0 {
		b.WriteString("no column")
	} else {
		fmt.Fprintf(&b, "%d columns", e.Found)
	}
	if e.Asked != "" {
		fmt.Fprintf(&b, " %.40q", e.Asked)
	}
	fmt.Fprintf(&b, " for the %s: ", e.Value)
	if e.Columns == nil {
		b.WriteString("the first line doesn't look like a header")
		return b.String()
	}
	const most = 100
	shown, more := e.Columns, ""
	if n := len(shown) - most; n > 0 {
		shown, more = shown[:most], fmt.Sprintf(" and %d more", n)
	}
	fmt.Fprintf(&b, "the columns are %s%s", strings.Join(quoted(shown), ", "), more)
	switch {
	case e.Format != "":
		fmt.Fprintf(&b, ", as %s exports them", e.Format)
	case e.Nearest != "":
		fmt.Fprintf(&b, ", and perhaps %.40q is meant", e.Nearest)
	}
	return b.String()
}

func quoted(names []string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = fmt.Sprintf("%.40q", name)
	}
	return list
}
