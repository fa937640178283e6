package reportfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// Kind is what a file holds.
type Kind string

// The kinds.
const (
	// KindSettlement is a settlement report or a sandbox settlement report.
	KindSettlement Kind = "settlement"
	// KindRefund is a refund report.
	KindRefund Kind = "refund"
	// KindTable is any other report.
	KindTable Kind = "table"
)

// Reader reads one file. It is not safe for concurrent use, and its rows can be read once, by one of its iterators.
type Reader struct {
	records     *records
	kind        Kind
	preamble    Preamble
	preambleErr error
	header      *header
	locations   locations
	badRows     int
	started     bool
}

func (o Options) open(r io.Reader) (*Reader, error) {
	layout, err := goLayout(o.DateLayout)
	if err != nil {
		return nil, err
	}
	text, decoded, err := o.text(r)
	if err != nil {
		return nil, err
	}
	f := &Reader{
		records: &records{source: text, decoded: decoded, buffer: make([]byte, bufferSize)},
		header:  &header{file: o.Name, values: values{decimalComma: o.DecimalComma, layout: layout}, repeated: o.RepeatedColumns},
	}
	f.records.fill()
	if err := f.records.err; err != nil && !errors.Is(err, io.EOF) && len(f.records.head()) == 0 {
		return nil, err
	}
	if err := recognise(f.records.head()); err != nil {
		return nil, err
	}
	if err := f.readHeader(); err != nil {
		return nil, err
	}
	return f, nil
}

// recognise refuses what is clearly no report.
func recognise(head []byte) error {
	text := bytes.TrimSpace(head)
	switch {
	case len(text) == 0:
		return errors.New("reportfile: the file is empty")
	case text[0] == '<':
		return errors.New("reportfile: the file is a page of HTML or XML, not a report: perhaps an error was saved in place of the file")
	case text[0] == '{' || text[0] == '[':
		return errors.New("reportfile: the file is JSON, not a report: perhaps an error was saved in place of the file")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return errors.New("reportfile: the file is binary, a workbook of a spreadsheet or an archive, not a report: save it as CSV, or unpack it")
	}
	zero := bytes.IndexByte(head[:min(len(head), 64)], 0)
	switch {
	case zero < 0:
		return nil
	case zero < 2 && len(head) > 3 && head[zero] == head[zero+2] && head[1-zero] != 0:
		return errors.New("reportfile: the file is binary, or UTF-16 without a byte order mark, which the option Encoding (--encoding utf-16le or utf-16be) reads")
	default:
		return errors.New("reportfile: the file is binary, not a report")
	}
}

// Kind says what the file holds, by its columns.
func (f *Reader) Kind() Kind { return f.kind }

// Columns returns the header's names in their order.
func (f *Reader) Columns() []string { return slices.Clone(f.header.names) }

// BadRows counts the rows that were yielded as a [*RowError] so far.
func (f *Reader) BadRows() int { return f.badRows }

// next reads a record.
func (f *Reader) next() error {
	err := f.records.read()
	if err == nil {
		return nil // here, because cell below is allocated
	}
	var cell *cellError
	if errors.As(err, &cell) {
		return f.cellError(cell.field, cell)
	}
	return err
}

func (f *Reader) cellError(column int, err error) error {
	name := ""
	if column < len(f.header.names) {
		name = f.header.names[column]
	}
	return &RowError{Line: f.records.fieldLine(column), Column: name, Problem: err.Error()}
}

// nextRow reads a data row: exactly one field a name, besides empty ones after trailing commas.
func (f *Reader) nextRow() error {
	if err := f.next(); err != nil {
		return err
	}
	r, width := f.records, len(f.records.extents)
	for spare := r.spare; spare > 0 && width > r.width && r.field(width-1) == ""; spare-- {
		width--
	}
	if width != r.width {
		return &RowError{Line: r.line, Problem: fmt.Sprintf("the row has %d fields and the header %d names: the file may have been cut here", width, r.width)}
	}
	r.extents = r.extents[:width]
	return nil
}

var errReadTwice = errors.New("reportfile: the rows of a Reader can be read once only: open the file again")

// rows is the loop of all iterators: read fills an empty row from the last record.
func rows[R any](f *Reader, read func(row *R) error) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var none R
		if f.started {
			yield(none, errReadTwice)
			return
		}
		f.started = true
		row := new(R) // one for all rows: filled in place, a large row is copied once only
		for {
			*row = none
			err := f.nextRow()
			if err == io.EOF { //nolint:errorlint // nextRow returns it as it is
				return
			}
			if err == nil {
				err = read(row)
			}
			if err == nil {
				if !yield(*row, nil) {
					return
				}
				continue
			}
			err = inFile(f.header.file, err)
			var bad *RowError
			recoverable := errors.As(err, &bad)
			if recoverable {
				f.badRows++
			}
			if !yield(none, err) || !recoverable {
				return
			}
		}
	}
}

// need finds columns, and says which are missing.
func (f *Reader) need(kind Kind, names ...string) ([]int, error) {
	found := make([]int, len(names))
	var missing []string
	for i, name := range names {
		if found[i] = f.header.find(name); found[i] < 0 {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("reportfile: the file is not a %s report, or not a whole one: it lacks the columns %s", kind, strings.Join(missing, ", "))
	}
	return found, nil
}
