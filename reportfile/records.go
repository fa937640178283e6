package reportfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxRecord bounds a record: a line or a quoted field that never ends must not fill the memory.
const maxRecord = 1 << 20

// quoting says what a quote means in a file.
type quoting int

const (
	// quotesEnclose is for files whose header is quoted: a field may hold line ends.
	quotesEnclose quoting = iota
	// quotesDoubtful is for files whose header isn't: a quote may be one of the text, and lines are probably rows.
	quotesDoubtful
	// noQuotes is for tabs without quotes: a quote is a character like others.
	noQuotes
)

// records splits a text into records and fields. It takes what encoding/csv takes. That can't be told to go on with the
// line after a broken one, never sees that a stray quote has swallowed rows, and copies each field twice.
type records struct {
	source  io.Reader
	decoded bool // U+FFFD is what could not be decoded
	comma   byte
	quoting quoting
	width   int // how many names the header has, 0 before it is read
	spare   int // how many empty fields a row may have after those
	// bare says that some field of a row isn't quoted, doubtful on which line a record of several lines begins that is an
	// error if there is one.
	bare     bool
	doubtful int

	buffer   []byte
	pos, end int   // what is read and not yet taken
	err      error // why no more can be read; io.EOF at the end
	damaged  int   // where the last chunk of the buffer ends that may not be text
	begun    []byte
	lines    int // before pos

	line    int      // where the last record begins
	text    string   // of the last record
	extents []extent // of its fields
	values  []string // of its fields
}

// extent is where a field is in its record. It holds no pointer, which keeps the garbage collector away.
type extent struct {
	start, end int
	quoted     bool
	escaped    bool // there are doubled quotes in it
}

// The problems of records.
const (
	problemQuote     = "a quote is not where a field begins or ends"
	problemCut       = "the file ends inside a quoted field: it was cut"
	problemSwallowed = "a quoted field holds what may be whole rows: a quote of its text, or of a text some rows later, is not doubled"
)

// read reads the next record that isn't an empty line. After a *RowError it goes on with the line after the one on which that record begins.
func (r *records) read() error {
	for {
		record := r.buffer[r.pos:r.end]
		n, problem := r.split(record)
		switch {
		case problem != "":
			n = bytes.IndexByte(record, '\n') + 1
			if n > 0 {
				return r.broken(n, problem)
			}
		case n > maxRecord:
			return r.tooLong()
		case n > 0 && isBlank(record[:n]):
			r.take(n, 1)
			continue
		case n > 0:
			return r.finish(record[:n])
		}
		if r.err == nil {
			r.fill()
			continue
		}
		switch {
		case !errors.Is(r.err, io.EOF):
			return r.err
		case len(record) == 0:
			return io.EOF
		default: // there is a line end after the last line
			return r.broken(bytes.IndexByte(record, '\n')+1, problemCut)
		}
	}
}

func (r *records) tooLong() error {
	return fmt.Errorf("reportfile: after line %d: a line or a quoted field is longer than %d bytes: the file is damaged, or not a report", r.lines, maxRecord)
}

func isBlank(line []byte) bool { return line[0] == '\n' || len(line) == 2 && line[0] == '\r' }

func (r *records) broken(n int, problem string) error {
	r.take(n, 1)
	return &RowError{Line: r.line, Problem: problem}
}

// take goes on behind a record of n bytes.
func (r *records) take(n, lines int) {
	r.line = r.lines + 1
	r.lines += lines
	r.pos += n
}

// finish takes the record that split has found.
func (r *records) finish(record []byte) error {
	lines := 1
	if r.bare && r.doubtful > 0 { // the record is read again
		line := r.doubtful
		r.doubtful = 0
		return &RowError{Line: line, Problem: problemSwallowed}
	}
	if bytes.IndexByte(record, '\n') < len(record)-1 {
		if r.mayHoldRows(record) {
			if r.quoting != quotesEnclose || r.bare {
				return r.broken(bytes.IndexByte(record, '\n')+1, problemSwallowed)
			}
			r.doubtful = r.lines + 1
		}
		lines = bytes.Count(record, []byte("\n"))
	}
	damaged := r.pos < r.damaged
	r.take(len(record), lines)
	r.evaluate(string(record), lines > 1)
	if damaged {
		return r.checkText()
	}
	return nil
}

// field returns a field of the last record. The string stays valid.
func (r *records) field(i int) string { return r.values[i] }

// evaluate makes the fields' values, all in the memory of one string.
func (r *records) evaluate(record string, multiline bool) {
	r.text, r.values = record, r.values[:0]
	for i := range r.extents {
		e := &r.extents[i]
		value := record[e.start:e.end]
		if e.escaped || multiline {
			value = strings.ReplaceAll(strings.ReplaceAll(value, `""`, `"`), "\r\n", "\n")
		}
		r.values = append(r.values, value)
	}
}

// fields returns all fields of the last record, to keep.
func (r *records) fields() []string { return slices.Clone(r.values[:len(r.extents)]) }

const (
	// bufferSize is at least twice that of what is read from, so that most reading goes past that one's buffer.
	bufferSize = 64 << 10
	// headSize is how much of a file is looked at for its header.
	headSize = 64 << 10
)

// head returns what is read and not yet taken.
func (r *records) head() []byte { return r.buffer[r.pos:r.end] }

// headLine returns the line at an offset of the head, nil if there are no more, or not within headSize.
func (r *records) headLine(offset int) []byte {
	for {
		rest := r.head()[offset:]
		if n := bytes.IndexByte(rest, '\n') + 1; n > 0 {
			return rest[:n]
		}
		if r.err != nil || len(r.head()) >= headSize {
			return nil
		}
		r.fill()
	}
}

// fill reads on until there is a line end more, or nothing is left to read.
func (r *records) fill() {
	if r.end-r.pos >= maxRecord {
		r.err = r.tooLong()
		return
	}
	copy(r.buffer, r.buffer[r.pos:r.end])
	r.end -= r.pos
	r.damaged = max(0, r.damaged-r.pos)
	r.pos = 0
	if r.end > len(r.buffer)/2 {
		r.buffer = append(r.buffer, make([]byte, len(r.buffer))...)
	}
	for idle := 0; r.err == nil && r.end < len(r.buffer)-1; { // a byte is left for a line end
		n, err := r.source.Read(r.buffer[r.end : len(r.buffer)-1])
		chunk := r.buffer[r.end : r.end+n]
		r.end += n
		if !r.isText(chunk) || errors.Is(err, io.EOF) && len(r.begun) > 0 {
			r.damaged = r.end
		}
		idle++
		switch {
		case errors.Is(err, io.EOF):
			r.err = io.EOF
			if r.end > 0 && r.buffer[r.end-1] != '\n' {
				r.buffer[r.end] = '\n'
				r.end++
			}
		case err != nil:
			r.err = fmt.Errorf("reportfile: after line %d: %w", r.lines, err)
		case n > 0:
			idle = 0
		case idle > 100:
			r.err = io.ErrNoProgress
		}
		if bytes.IndexByte(chunk, '\n') >= 0 {
			return
		}
	}
}

// fieldLine returns the line on which a field of the last record begins.
func (r *records) fieldLine(i int) int {
	return r.line + strings.Count(r.text[:r.extents[i].start], "\n")
}
