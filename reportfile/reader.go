package reportfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/govalues/decimal"
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

// maxRecord bounds a record: a line or a quoted field that never ends must not fill the memory.
const maxRecord = 1 << 20

// Preamble is what stands in front of the header of a settlement report.
type Preamble struct {
	// SellerID is the merchant's id.
	SellerID string
	// Start and End bound the settlement, with the file's own offset. They are zero if the file doesn't say.
	Start, End time.Time
}

// Reader reads one file. It is not safe for concurrent use, and its rows can be read once, by one of its iterators.
type Reader struct {
	records     *csv.Reader
	guard       *guard
	kind        Kind
	preamble    Preamble
	preambleErr error
	columns     *columns
	spare       int // how many empty fields a row may have after those that the header names
	locations   locations
	badRows     int
	started     bool
	line        int // where the last record begins
}

// columns are what the rows of a file share: the header's names, and what the file's options say.
type columns struct {
	file         string
	decimalComma bool
	layout       string
	names        []string
	index        map[string]int
}

func (c *columns) find(name string) int {
	if i, ok := c.index[name]; ok {
		return i
	}
	return -1
}

// RowError is a row that can't be read.
type RowError struct {
	// File is the name that [Options] gave to the file, "" if it gave none.
	File string
	// Line is the line of the file where the row, or the field, begins; the first is 1.
	Line int
	// Column is the header's name of the column, "" if the row as a whole is wrong.
	Column string
	// Problem says what is wrong, and quotes an amount, a date or a count if that is what is.
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

func (o Options) open(r io.Reader) (*Reader, error) {
	layout, err := goLayout(o.DateLayout)
	if err != nil {
		return nil, err
	}
	buffered, _, err := o.text(r)
	if err != nil {
		return nil, err
	}
	head, err := buffered.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reportfile: the file can't be read: %w", err)
	}
	if err := recognise(head); err != nil {
		return nil, err
	}
	guarded := &guard{next: buffered}
	// The csv.Reader takes a big enough buffer as it is; its own would have 4 KiB.
	f := &Reader{guard: guarded, records: csv.NewReader(bufio.NewReaderSize(guarded, 64<<10)), columns: &columns{file: o.Name, decimalComma: o.DecimalComma, layout: layout}, locations: locations{layout: layout}}
	f.records.FieldsPerRecord = -1 // preamble, header and rows differ
	f.records.ReuseRecord = true
	f.records.Comma = delimiter(head)
	if err := f.readHeader(); err != nil {
		return nil, err
	}
	return f, nil
}

// delimiter returns what separates the fields of the first line that has more than one: a comma, unless there are more
// tabs or semicolons outside quotes.
func delimiter(head []byte) rune {
	for line := range bytes.Lines(head) {
		counts := make(map[byte]int)
		quoted := false
		for _, b := range line {
			if b == '"' {
				quoted = !quoted
			}
			if !quoted {
				counts[b]++
			}
		}
		best := byte(',')
		for _, b := range []byte{'\t', ';'} {
			if counts[b] > counts[best] {
				best = b
			}
		}
		if counts[best] > 0 {
			return rune(best)
		}
	}
	return ','
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
	case bytes.IndexByte(head[:min(len(head), 64)], 0) >= 0:
		return errors.New("reportfile: the file is binary, not a report")
	default:
		return nil
	}
}

// preambleNames are what the first cells of a settlement file's preamble hold.
var preambleNames = []string{"Amazon Payments Advanced", "Settlement Report", "SellerId", "SettlementStartDate", "SettlementEndDate"}

func (f *Reader) readHeader() error {
	begun := false // the preamble
	for {
		record, err := f.next()
		if errors.Is(err, io.EOF) {
			return errors.New("reportfile: the file ends before a header: it was cut, or is not a report")
		}
		if err != nil {
			return err
		}
		width := len(record)
		for len(record) > 1 && record[len(record)-1] == "" { // a spreadsheet makes all lines as long as the longest
			record = record[:len(record)-1]
		}
		begun = begun || slices.Contains(preambleNames, record[0])
		if !begun || len(record) > 2 {
			f.spare = max(1, width-len(record))
			return f.setColumns(record, begun)
		}
		if len(record) == 2 {
			f.setPreamble(record[0], record[1])
		}
	}
}

func (f *Reader) setPreamble(name, value string) {
	var err error
	switch name {
	case "SellerId":
		f.preamble.SellerID = value
	case "SettlementStartDate":
		f.preamble.Start, err = f.locations.parse(value)
	case "SettlementEndDate":
		f.preamble.End, err = f.locations.parse(value)
	}
	if err != nil && f.preambleErr == nil {
		f.preambleErr = &RowError{File: f.columns.file, Line: f.line, Column: name, Problem: err.Error()}
	}
}

// setColumns tells the kind of report as well. What can only be a settlement report is one, even if Settlements misses
// a column in it: it must not be taken for something else and left out.
func (f *Reader) setColumns(names []string, preamble bool) error {
	f.columns.names, f.columns.index = slices.Clone(names), make(map[string]int, len(names))
	for i, name := range f.columns.names {
		if _, twice := f.columns.index[name]; twice || name == "" {
			return &RowError{Line: f.line, Problem: fmt.Sprintf("the header's name %d of %d is empty or there twice, so its column can't be told from others", i+1, len(names))}
		}
		if strings.Contains(name, "\r") {
			return &RowError{Line: f.line, Problem: "the lines end with a carriage return alone, so they can't be told apart: save the file with line feeds"}
		}
		f.columns.index[name] = i
	}
	switch {
	case preamble || f.columns.find("TransactionPostedDate") >= 0:
		f.kind = KindSettlement
	case f.columns.find("AmazonRefundId") >= 0:
		f.kind = KindRefund
	default:
		f.kind = KindTable
	}
	return nil
}

// Kind says what the file holds, by its columns.
func (f *Reader) Kind() Kind { return f.kind }

// Preamble returns what stands in front of the header. It is zero for files without one. The error is about a date that
// can't be read; the rest is there all the same, and so are the rows.
func (f *Reader) Preamble() (Preamble, error) { return f.preamble, f.preambleErr }

// Columns returns the header's names in their order.
func (f *Reader) Columns() []string { return slices.Clone(f.columns.names) }

// BadRows counts the rows that were yielded as a [*RowError] so far.
func (f *Reader) BadRows() int { return f.badRows }

// next reads a record. Its slice is good until the next call, its strings for ever.
func (f *Reader) next() ([]string, error) {
	f.guard.left = maxRecord
	begin := f.records.InputOffset()
	record, err := f.records.Read()
	if err == nil {
		f.line, _ = f.records.FieldPos(0)
		if begin < f.guard.damaged {
			return record, f.checkText(record)
		}
		return record, nil
	}
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case errors.Is(err, errTooLong):
		return nil, fmt.Errorf("reportfile: after line %d: a line or a quoted field is longer than %d bytes: the file is damaged, or not a report", f.line, maxRecord)
	case errors.As(err, &parse):
		f.line = parse.StartLine
		problem := "a quote is not where a field begins or ends"
		if errors.Is(parse.Err, csv.ErrQuote) && f.guard.ended {
			problem = "the file ends inside a quoted field: it was cut"
		}
		return nil, &RowError{Line: parse.StartLine, Problem: problem}
	default:
		return nil, fmt.Errorf("reportfile: after line %d: %w", f.line, err)
	}
}

func (f *Reader) checkText(record []string) error {
	for i, field := range record {
		problem := ""
		switch {
		case strings.IndexByte(field, 0) >= 0:
			problem = "there is a NUL byte: the file is damaged"
		case !utf8.ValidString(field):
			problem = "the text is not UTF-8"
		default:
			continue
		}
		line, _ := f.records.FieldPos(i)
		return &RowError{Line: line, Column: f.columnName(i), Problem: problem}
	}
	return nil
}

func (f *Reader) columnName(i int) string {
	if f.columns == nil || i >= len(f.columns.names) {
		return ""
	}
	return f.columns.names[i]
}

// nextRow reads a data row: exactly one field a name, besides empty ones after trailing commas.
func (f *Reader) nextRow() ([]string, error) {
	record, err := f.next()
	if err != nil {
		return nil, err
	}
	want := len(f.columns.names)
	for spare := f.spare; spare > 0 && len(record) > want && record[len(record)-1] == ""; spare-- {
		record = record[:len(record)-1]
	}
	if len(record) != want {
		return nil, &RowError{Line: f.line, Problem: fmt.Sprintf("the row has %d fields and the header %d names: the file may have been cut here", len(record), want)}
	}
	return record, nil
}

var errReadTwice = errors.New("reportfile: the rows of a Reader can be read once only: open the file again")

// rows is the loop of all iterators: it lets read fill a row from a record.
func rows[R any](f *Reader, read func(record []string, row *R) error) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var none R
		if f.started {
			yield(none, errReadTwice)
			return
		}
		f.started = true
		for {
			var row R
			record, err := f.nextRow()
			if err == io.EOF { //nolint:errorlint // nextRow returns it as it is
				return
			}
			if err == nil {
				err = read(record, &row)
			}
			if err == nil {
				if !yield(row, nil) {
					return
				}
				continue
			}
			err = inFile(f.columns.file, err)
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

// Row is a row of any report, its cells as they stand in the file.
type Row struct {
	columns *columns
	cells   []string
	line    int
}

// Get returns the cell of a column, and false if the report has no such column.
func (r Row) Get(column string) (string, bool) {
	if r.columns == nil { // the zero Row beside an error
		return "", false
	}
	i := r.columns.find(column)
	if i < 0 {
		return "", false
	}
	return r.cells[i], true
}

// Cells returns the cells in the order of [Reader.Columns].
func (r Row) Cells() []string { return slices.Clone(r.cells) }

// Line returns the line of the file on which the row begins.
func (r Row) Line() int { return r.line }

// File returns the name that [Options] gave to the file.
func (r Row) File() string {
	if r.columns == nil {
		return ""
	}
	return r.columns.file
}

// Time returns the cell of a column as a point in time with the file's own offset. The error is a [*RowError].
func (r Row) Time(column string) (time.Time, error) {
	cell, ok := r.Get(column)
	if !ok {
		return time.Time{}, r.problem(column, "the report has no such column")
	}
	t, err := (&locations{layout: r.columns.layout}).parse(cell)
	if err != nil {
		return time.Time{}, r.problem(column, err.Error())
	}
	return t, nil
}

// Amount returns the cell of a column as an amount of the currency, "" if that isn't known: see [Options] and
// [ParseAmount]. The error is a [*RowError].
func (r Row) Amount(column, currency string) (decimal.Decimal, error) {
	cell, ok := r.Get(column)
	if !ok {
		return decimal.Decimal{}, r.problem(column, "the report has no such column")
	}
	amount, err := parseAmount(cell, currency, r.columns.decimalComma)
	if err != nil {
		return decimal.Decimal{}, r.problem(column, err.Error())
	}
	return amount, nil
}

func (r Row) problem(column, problem string) error {
	return &RowError{File: r.File(), Line: r.line, Column: column, Problem: problem}
}

// Rows yields the rows of any report as they stand in the file.
func (f *Reader) Rows() iter.Seq2[Row, error] {
	return rows(f, func(record []string, row *Row) error {
		*row = Row{columns: f.columns, cells: slices.Clone(record), line: f.line}
		return nil
	})
}

// need finds columns, and says which are missing.
func (f *Reader) need(kind Kind, names ...string) ([]int, error) {
	found := make([]int, len(names))
	var missing []string
	for i, name := range names {
		if found[i] = f.columns.find(name); found[i] < 0 {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("reportfile: the file is not a %s report, or not a whole one: it lacks the columns %s", kind, strings.Join(missing, ", "))
	}
	return found, nil
}

var errTooLong = errors.New("record too long")

// guard limits how much is read for one record, and notices chunks that aren't text, so that only their records need a closer look.
type guard struct {
	next  io.Reader
	left  int
	ended bool
	// read is how many bytes were read, damaged where the last chunk ends that holds a NUL or what isn't UTF-8.
	read, damaged int64
	// begun is a character whose first bytes ended a chunk.
	begun []byte
}

func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errTooLong
	}
	n, err := g.next.Read(p)
	g.left -= n
	g.read += int64(n)
	g.ended = errors.Is(err, io.EOF)
	if !g.isText(p[:n]) || g.ended && len(g.begun) > 0 {
		g.damaged = g.read
	}
	return n, err
}

// isText looks at eight plain bytes at a time, and goes on so after a character that isn't ASCII: utf8.Valid would not.
func (g *guard) isText(p []byte) bool {
	for len(g.begun) > 0 && len(p) > 0 {
		g.begun, p = append(g.begun, p[0]), p[1:]
		if !utf8.FullRune(g.begun) {
			continue
		}
		if !utf8.Valid(g.begun) {
			g.begun = g.begun[:0]
			return false
		}
		g.begun = g.begun[:0]
	}
	const highs, ones = 0x8080808080808080, 0x0101010101010101
	for len(p) > 0 {
		for len(p) >= 8 {
			word := binary.LittleEndian.Uint64(p)
			// A byte of zero borrows into its high bit; a high byte has it already.
			if (word|(word-ones))&highs != 0 {
				break
			}
			p = p[8:]
		}
		for i := 0; i < 8 && len(p) > 0; i++ {
			switch {
			case p[0] == 0:
				return false
			case p[0] < utf8.RuneSelf:
				p = p[1:]
			case !utf8.FullRune(p):
				g.begun = append(g.begun, p...)
				return true
			default:
				char, size := utf8.DecodeRune(p)
				if char == utf8.RuneError && size == 1 {
					return false
				}
				p = p[size:]
			}
		}
	}
	return true
}
