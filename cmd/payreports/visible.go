package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"

	"github.com/amazonpay-go/payreports/internal/visible"
)

// visibleJSON writes what isn't visible in strings of JSON as escapes, which mean the same.
func visibleJSON(text []byte) []byte {
	if bytes.IndexFunc(text, func(r rune) bool { return r != '\n' && !visible.Is(r) }) < 0 {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case r == '\n' || visible.Is(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

// messages is where messages for people go, one for each Write: standard error. It makes all of a message visible, so that
// nothing that the service or a file says can drive the terminal or look like a message of its own.
type messages struct{ out io.Writer }

func (m *messages) Write(p []byte) (int, error) {
	text, hadLineEnd := strings.CutSuffix(string(p), "\n")
	text = visible.Text(text)
	if hadLineEnd {
		text += "\n"
	}
	if _, err := io.WriteString(m.out, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// underlying returns the writer that takes bytes as they are, for what the command itself draws on a terminal.
func underlying(out io.Writer) io.Writer {
	if m, ok := out.(*messages); ok {
		return m.out
	}
	return out
}

var packageNames = regexp.MustCompile(`(^|[:;] )(?:(?:accounts|dataset|journal|mirror|payreports|reconcile|regions|reportfile|signing|simulator|statement|wire): )+`)

// withoutPackages leaves out the packages that an error names, because they tell a user of the command nothing.
func withoutPackages(text string) string { return packageNames.ReplaceAllString(text, "$1") }

// errorLines returns a message for each of the errors that were joined, without the names of packages.
func errorLines(err error) []string {
	lines := joinedLines(err)
	for i, line := range lines {
		lines[i] = withoutPackages(line)
	}
	return lines
}

func joinedLines(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var texts, lines []string
		for _, each := range joined.Unwrap() {
			texts = append(texts, each.Error())
			lines = append(lines, joinedLines(each)...)
		}
		if err.Error() == strings.Join(texts, "\n") {
			return lines
		}
	}
	wrapped := errors.Unwrap(err)
	if wrapped == nil {
		return []string{err.Error()}
	}
	lines := joinedLines(wrapped)
	before, after, ok := strings.Cut(err.Error(), wrapped.Error())
	if len(lines) < 2 || !ok {
		return []string{err.Error()}
	}
	lines[0] = before + lines[0]
	lines[len(lines)-1] += after
	return lines
}
