package reportfile

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

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
				r.extents = append(r.extents, extent{start: i + 1, end: end, quoted: true})
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
			r.add(extent{start: start, end: i})
		default:
			r.add(extent{start: start, end: start + len(withoutReturn(text[start:i]))})
			return i + 1, ""
		}
	}
}

// add adds a field without quotes.
func (r *records) add(e extent) {
	if e.start < e.end || len(r.extents) < r.width {
		r.bare = true
	}
	r.extents = append(r.extents, e)
}

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
	e := extent{start: i + 1, quoted: true}
	for i++; ; i++ {
		i += indexQuote(text[i:]) + 1
		if i >= len(text) {
			return len(text)
		}
		if text[i] != '"' {
			e.end = i - 1
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
			r.add(extent{start: start, end: len(line)})
			return
		}
		r.add(extent{start: start, end: start + n})
		start += n + 1
	}
}

func withoutReturn(line []byte) []byte { return bytes.TrimSuffix(line, []byte("\r")) }

// mayHoldRows tells whether a record of several lines may be several rows, two of which have a stray quote: its first and
// last line are each as wide as a row, or one between them is. Where all fields of a file are quoted, a stray quote is
// an error by itself, and this says nothing.
func (r *records) mayHoldRows(record []byte) bool {
	if r.width == 0 {
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
		if e.end < len(lines[0]) {
			inFirst += bytes.Count(record[e.start:e.end], []byte{r.comma})
		}
		if e.start > lastBegins {
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
