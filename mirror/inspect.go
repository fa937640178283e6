package mirror

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/reportfile"
)

// inspect looks at the beginning of a file and reports what it is if it can't be this report. What only a person or an
// option of package reportfile can decide passes: a report must not be lost because it is odd.
func inspect(report payreports.Report, file io.Reader) error {
	buffered := bufio.NewReaderSize(file, 64<<10)
	head, _ := buffered.Peek(8 << 10) // an error comes again when it is read
	reader, err := reportfile.Open(buffered)
	kind := expectedKind(report.ReportType)
	var row *reportfile.RowError
	switch {
	case err != nil && (kind != "" || !errors.As(err, &row)):
		return refuse("%s", strings.TrimPrefix(err.Error(), "reportfile: "))
	case err != nil: // a table of an unknown type, whose header is odd
		first, _, _ := bytes.Cut(head, []byte("\n"))
		return refuseText(head, strings.FieldsFunc(string(first), func(r rune) bool { return r == ',' || r == '\t' || r == ';' }))
	}
	if reader.Kind() == reportfile.KindTable { // the columns of the others prove what they are
		if err := refuseText(head, reader.Columns()); err != nil {
			return err
		}
	}
	switch got := reader.Kind(); {
	case kind != "" && got != kind:
		return refuse("its columns are not those of a %s report", kind)
	case report.ReportType == payreports.ReportTypeMultiCurrency: // what it looks like isn't documented
	case kind == "" && documented(report.ReportType) && got != reportfile.KindTable:
		return refuse("it holds a %s report", got)
	}
	if kind != reportfile.KindSettlement {
		return nil
	}
	preamble, _ := reader.Preamble() // a date that can't be read proves nothing
	if err := otherPeriod(report, preamble); err != nil {
		return err
	}
	if report.ReportType == payreports.ReportTypeSettlement {
		next, stop := iter.Pull2(reader.Rows())
		defer stop()
		if _, _, ok := next(); !ok {
			return refuse("it has a header and no rows, but a settlement has at least one")
		}
	}
	return nil
}

// inspectStored is inspect for a file that is read from a store. The error is one of reading it, which proves nothing about
// the file.
func inspectStored(report payreports.Report, file io.Reader) (problem, err error) {
	content := &faultReader{Reader: file}
	problem = inspect(report, content)
	if problem != nil && content.err != nil {
		return nil, content.err
	}
	return problem, nil
}

// faultReader keeps the error that ended reading before the end.
type faultReader struct {
	io.Reader
	err error
}

func (r *faultReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// expectedKind is what a file of a report type must hold, "" if it isn't known.
func expectedKind(reportType payreports.ReportType) reportfile.Kind {
	switch reportType {
	case payreports.ReportTypeSettlement, payreports.ReportTypeSandboxSettlement:
		return reportfile.KindSettlement
	case payreports.ReportTypeRefund:
		return reportfile.KindRefund
	default:
		return ""
	}
}

func documented(reportType payreports.ReportType) bool {
	_, ok := payreports.RulesFor(reportType)
	return ok
}

var (
	// markup matches a line that begins as one of a page does: a cell may hold such a thing as well.
	markup = regexp.MustCompile(`(?im)^\s*<(!doctype|html|head|body|\?xml|error)[\s>]`)
	// foreign are the first bytes of files that aren't text.
	foreign = [][]byte{[]byte("%PDF-"), []byte("PK\x03\x04"), []byte("\x89PNG"), []byte("\xff\xd8\xff"), []byte("GIF8"), []byte("\x1f\x8b"), []byte("\x28\xb5\x2f\xfd"), []byte("BZh"), []byte("\xfd7zXZ")}
)

// refuseText refuses what has no columns, or has words of a sentence where their names should be.
func refuseText(head []byte, columns []string) error {
	for _, magic := range foreign {
		if bytes.HasPrefix(head, magic) {
			return refuse("it is a binary file")
		}
	}
	if markup.Match(head) {
		return refuse("there is HTML or XML in it: perhaps an error was sent in place of the file")
	}
	if len(columns) < 2 {
		return refuse("it is text with one column, not a table")
	}
	for _, name := range columns {
		const longest, mostWords = 128, 8 // of the names of columns
		if len(name) > longest || len(strings.Fields(name)) > mostWords || strings.HasSuffix(name, ".") || strings.HasSuffix(name, "!") || strings.HasSuffix(name, "?") {
			return refuse("it begins with a sentence, not with a header: perhaps an error was sent in place of the file")
		}
	}
	return nil
}

// otherPeriod refuses a settlement that has no moment in common with the report: it is another one.
func otherPeriod(report payreports.Report, preamble reportfile.Preamble) error {
	start, end := report.StartTime.Time(), report.EndTime.Time()
	if preamble.Start.IsZero() || preamble.End.IsZero() || start.IsZero() || end.Sub(start) < time.Hour || preamble.End.Sub(preamble.Start) < time.Hour {
		return nil
	}
	const boundary = time.Minute // one settlement may begin in the very second in which another ends
	if preamble.End.Sub(start) > boundary && end.Sub(preamble.Start) > boundary {
		return nil
	}
	return refuse("it is the settlement of another time, %s to %s: this report's is %s to %s",
		preamble.Start.UTC().Format(time.RFC3339), preamble.End.UTC().Format(time.RFC3339), start.Format(time.RFC3339), end.Format(time.RFC3339))
}
