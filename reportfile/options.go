package reportfile

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
)

// Options say what can't be known from a file alone. The zero value reads the files as Amazon makes them.
type Options struct {
	// Name is the file's name. Errors and rows carry it.
	Name string
	// Encoding is the encoding of a text that isn't UTF-8, by a name that browsers or IANA know it by, such as
	// windows-1252, shift_jis or utf-16le. A byte order mark in the file wins over it.
	Encoding string
	// DecimalComma reads amounts with a decimal comma, and perhaps dots between groups of three digits: 1.250,00.
	DecimalComma bool
	// DateLayout is how dates are written, such as "dd.mm.yyyy HH:MM:SS", in a file that doesn't have the form of Amazon,
	// which is read as well. It is made of d and dd, m and mm (mmm for Jan), yyyy or yy (69 to 99 are 19yy), h and hh, m and mm, s and ss, and AM/PM, in
	// upper or lower case; m is the minute after an hour or before a second, else the month. A layout of package time,
	// such as "02.01.2006 15:04:05 -0700", is taken too. A date without an offset is UTC.
	DateLayout string
	// RepeatedColumns opens a table in which columns have no name or the name of another, as exports of other systems may have. [Row.Get]
	// finds only columns whose name is unique. Reports of Amazon Pay are refused as ever.
	RepeatedColumns bool
}

// Open reads a file up to its header. The error says if it is no report at all: empty, an HTML page, a binary file.
func Open(r io.Reader) (*Reader, error) { return Options{}.Open(r) }

// Open reads a file up to its header, as [Open] does. It is an error if an option has no meaning.
func (o Options) Open(r io.Reader) (*Reader, error) {
	f, err := o.open(r)
	if err != nil {
		return nil, inFile(o.Name, err)
	}
	return f, nil
}

// Text is a file's text in UTF-8: it undoes gzip, UTF-16 with a byte order mark, and the option Encoding. It is for files that [Options.Open]
// doesn't read, such as XML. What can't be decoded is U+FFFD.
func (o Options) Text(r io.Reader) (io.Reader, error) {
	text, _, err := o.text(r)
	if err != nil {
		return nil, err
	}
	return text, nil
}

var (
	markUTF8    = []byte("\xef\xbb\xbf")
	markUTF16LE = []byte("\xff\xfe")
	markUTF16BE = []byte("\xfe\xff")
	markGzip    = []byte("\x1f\x8b")
)

// text undoes compression and encoding, and tells whether there was one to undo. What can't be decoded is U+FFFD.
func (o Options) text(r io.Reader) (text *bufio.Reader, decoded bool, err error) {
	named, err := lookUp(o.Encoding)
	if err != nil {
		return nil, false, err
	}
	const size = 16 << 10
	text = bufio.NewReaderSize(r, size)
	if begins(text, markGzip) {
		unzipped, err := gzip.NewReader(text)
		if err != nil {
			return nil, false, fmt.Errorf("reportfile: the file begins like gzip and isn't: %w", err)
		}
		text = bufio.NewReaderSize(compressed{unzipped}, size)
		if begins(text, markGzip) {
			return nil, false, errors.New("reportfile: the file is compressed twice: unpack it once")
		}
	}
	switch {
	case begins(text, markUTF8):
	case begins(text, markUTF16LE):
		decoded, named = true, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case begins(text, markUTF16BE):
		decoded, named = true, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	default:
		decoded = named != nil
	}
	if decoded {
		text = bufio.NewReaderSize(named.NewDecoder().Reader(text), size)
	}
	for begins(text, markUTF8) { // some programs add one to the one that is there
		_, _ = text.Discard(len(markUTF8)) // they were peeked at
	}
	return text, decoded, nil
}

// compressed says what an error of package gzip means.
type compressed struct{ io.Reader }

func (c compressed) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	var corrupt flate.CorruptInputError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.As(err, &corrupt) {
		err = fmt.Errorf("the compressed file was cut or is damaged: take the original, or download it again: %w", err)
	}
	return n, err
}

func begins(r *bufio.Reader, mark []byte) bool {
	head, _ := r.Peek(len(mark))
	return bytes.Equal(head, mark)
}

// lookUp finds an encoding by its name. It is nil for UTF-8, which needs no decoding.
func lookUp(name string) (encoding.Encoding, error) {
	if name == "" {
		return nil, nil
	}
	found, err := htmlindex.Get(name)
	if err != nil {
		found, err = ianaindex.IANA.Encoding(name)
	}
	if err != nil || found == nil || found == encoding.Replacement {
		return nil, fmt.Errorf("reportfile: %q is no encoding that is known here: give one such as windows-1252, iso-8859-15, shift_jis, euc-jp or utf-16le", clip(name))
	}
	if found == unicode.UTF8 || found == unicode.UTF8BOM {
		return nil, nil
	}
	return found, nil
}
