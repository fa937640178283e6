package reportfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
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

	buffer   []byte
	pos, end int   // what is read and not yet taken
	err      error // why no more can be read; io.EOF at the end
	damaged  int   // where the last chunk of the buffer ends that may not be text
	begun    []byte
	lines    int // before pos

	line      int      // where the last record begins
	text      string   // of the last record
	extents   []extent // of its fields
	multiline bool
}

// extent is where a field is in its record. It holds no pointer, which keeps the garbage collector away.
type extent struct {
	start, end      int32 // a record is shorter than maxRecord
	quoted, escaped bool
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
	if bytes.IndexByte(record, '\n') < len(record)-1 {
		if r.swallowed(record) {
			return r.broken(bytes.IndexByte(record, '\n')+1, problemSwallowed)
		}
		lines = bytes.Count(record, []byte("\n"))
	}
	damaged := r.pos < r.damaged
	r.take(len(record), lines)
	r.text, r.multiline = string(record), lines > 1
	if damaged {
		return r.checkText()
	}
	return nil
}

// field returns a field of the last record. The string stays valid.
func (r *records) field(i int) string {
	e := &r.extents[i]
	field := r.text[e.start:e.end]
	if e.escaped || r.multiline {
		return r.unescape(field, e.escaped)
	}
	return field
}

func (r *records) unescape(field string, escaped bool) string {
	if escaped {
		field = strings.ReplaceAll(field, `""`, `"`)
	}
	return strings.ReplaceAll(field, "\r\n", "\n")
}

// fields returns all fields of the last record, to keep.
func (r *records) fields() []string {
	fields := make([]string, len(r.extents))
	for i := range fields {
		fields[i] = r.field(i)
	}
	return fields
}

// split finds the fields of the record that text begins with, and its length with the line end, which is 0 if text ends
// before it does.
func (r *records) split(text []byte) (n int, problem string) {
	r.extents = r.extents[:0]
	if len(text) == 0 {
		return 0, ""
	}
	if text[0] != '"' || r.quoting == noQuotes {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return 0, ""
		}
		if r.quoting == noQuotes || bytes.IndexByte(text[:end], '"') < 0 {
			r.splitLine(text[:end])
			return end + 1, ""
		}
	}
	for i := 0; ; i++ {
		if i < len(text) && text[i] == '"' {
			if end := i + 1 + indexQuote(text[i+1:]); end+1 < len(text) && text[end+1] == r.comma { // nearly all fields
				r.extents = append(r.extents, extent{start: int32(i + 1), end: int32(end), quoted: true})
				i = end + 1
				continue
			}
			i = r.quotedField(text, i)
			switch {
			case i+1 >= len(text): // the line end is missing at least
				return lineEnd(text, i), ""
			case text[i] == r.comma:
				continue
			case lineEnd(text, i) > 0:
				return lineEnd(text, i), ""
			default:
				return 0, problemQuote
			}
		}
		start := i
		for i < len(text) && text[i] != r.comma && text[i] != '\n' && text[i] != '"' {
			i++
		}
		switch {
		case i == len(text):
			return 0, ""
		case text[i] == '"':
			return 0, problemQuote
		case text[i] == r.comma:
			r.add(extent{start: int32(start), end: int32(i)})
		default:
			r.add(extent{start: int32(start), end: int32(start + len(withoutReturn(text[start:i])))})
			return i + 1, ""
		}
	}
}

func (r *records) add(e extent) { r.extents = append(r.extents, e) }

// lineEnd returns where the line end at i ends, 0 if there is none.
func lineEnd(text []byte, i int) int {
	switch {
	case i < len(text) && text[i] == '\n':
		return i + 1
	case i+1 < len(text) && text[i] == '\r' && text[i+1] == '\n':
		return i + 2
	default:
		return 0
	}
}

// quotedField adds the field whose quote is at i, and returns where the text goes on behind it: its length if it ends
// before.
func (r *records) quotedField(text []byte, i int) int {
	e := extent{start: int32(i + 1), quoted: true}
	for i++; ; i++ {
		i += indexQuote(text[i:]) + 1
		if i >= len(text) {
			return len(text)
		}
		if text[i] != '"' {
			e.end = int32(i - 1)
			r.extents = append(r.extents, e)
			return i
		}
		e.escaped = true
	}
}

// indexQuote returns where the first quote is, the length if there is none. It looks at eight bytes at a time: fields are
// short, and bytes.IndexByte takes longer to begin than this takes to end.
func indexQuote(text []byte) int {
	const (
		ones, highs = 0x0101010101010101, 0x8080808080808080
		quotes      = '"' * ones
	)
	i := 0
	for ; len(text)-i >= 8; i += 8 {
		word := binary.LittleEndian.Uint64(text[i:]) ^ quotes
		if zeros := (word - ones) &^ word & highs; zeros != 0 { // its lowest bit is that of the first byte of zero
			return i + bits.TrailingZeros64(zeros)/8
		}
	}
	for ; i < len(text) && text[i] != '"'; i++ {
	}
	return i
}

func (r *records) splitLine(line []byte) {
	line = withoutReturn(line)
	for start := 0; ; {
		n := bytes.IndexByte(line[start:], r.comma)
		if n < 0 {
			r.add(extent{start: int32(start), end: int32(len(line))})
			return
		}
		r.add(extent{start: int32(start), end: int32(start + n)})
		start += n + 1
	}
}

func withoutReturn(line []byte) []byte { return bytes.TrimSuffix(line, []byte("\r")) }

// swallowed tells whether a record of several lines may be several rows, two of which have a stray quote: its first and
// last line are each as wide as a row, or one between them is. Where all fields are quoted, a stray quote is an error
// by itself.
func (r *records) swallowed(record []byte) bool {
	if r.width == 0 || r.quoting == quotesEnclose && r.allQuoted() {
		return false
	}
	lines := bytes.Split(bytes.TrimSuffix(record, []byte("\n")), []byte("\n"))
	last := len(lines) - 1
	for _, line := range lines[1:last] {
		if r.isRow(line, 0) {
			return true
		}
	}
	// The quoted delimiters of the fields around are none.
	inFirst, inLast, lastBegins := 0, 0, len(record)-1-len(lines[last])
	for _, e := range r.extents {
		if int(e.end) < len(lines[0]) {
			inFirst += bytes.Count(record[e.start:e.end], []byte{r.comma})
		}
		if int(e.start) > lastBegins {
			inLast += bytes.Count(record[e.start:e.end], []byte{r.comma})
		}
	}
	return r.isRow(lines[0], inFirst) && r.isRow(lines[last], inLast)
}

// isRow tells whether a line is as wide as a row, besides delimiters that are text.
func (r *records) isRow(line []byte, text int) bool {
	line = withoutReturn(line)
	fields := bytes.Count(line, []byte{r.comma}) + 1 - text
	for spare := r.spare; spare > 0 && fields > r.width && line[len(line)-1] == r.comma; spare-- {
		line = line[:len(line)-1]
		fields--
	}
	return fields == r.width
}

// allQuoted tells whether each field of the last record that isn't empty is quoted.
func (r *records) allQuoted() bool {
	for _, e := range r.extents {
		if !e.quoted && e.start < e.end {
			return false
		}
	}
	return true
}

const (
	// bufferSize is at least twice that of what is read from, so that most reading goes past that one's buffer.
	bufferSize = 128 << 10
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
