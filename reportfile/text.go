package reportfile

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// checkText returns what is wrong with the text of the last record.
func (r *records) checkText() error {
	for i := range r.extents {
		field, problem := r.field(i), ""
		switch {
		case strings.IndexByte(field, 0) >= 0:
			problem = "there is a NUL byte: the file is damaged"
		case !utf8.ValidString(field):
			problem = "the text is not UTF-8: if the file is in another encoding, the option Encoding (--encoding), such as windows-1252 or shift_jis, reads it"
		case r.decoded && strings.ContainsRune(field, utf8.RuneError):
			problem = "the text is not in the encoding that it is read in: give the right one with the option Encoding (--encoding), or the file is damaged"
		default:
			continue
		}
		return &cellError{i, problem}
	}
	return nil
}

// isText looks at eight plain bytes at a time, and goes on so after a character that isn't ASCII: utf8.Valid would not.
// It keeps the first bytes of a character that ends a chunk. Only records in chunks that aren't text need a closer look.
func (r *records) isText(p []byte) bool {
	for len(r.begun) > 0 && len(p) > 0 {
		r.begun, p = append(r.begun, p[0]), p[1:]
		if !utf8.FullRune(r.begun) {
			continue
		}
		char, _ := utf8.DecodeRune(r.begun)
		r.begun = r.begun[:0]
		if char == utf8.RuneError {
			return false
		}
	}
	const highs, ones = 0x8080808080808080, 0x0101010101010101
	for len(p) > 0 {
		for len(p) >= 32 { // nearly all text
			a, b := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
			c, d := binary.LittleEndian.Uint64(p[16:]), binary.LittleEndian.Uint64(p[24:])
			if (a|(a-ones)|b|(b-ones)|c|(c-ones)|d|(d-ones))&highs != 0 {
				break
			}
			p = p[32:]
		}
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
				r.begun = append(r.begun, p...)
				return true
			default:
				char, size := utf8.DecodeRune(p)
				if char == utf8.RuneError {
					return false
				}
				p = p[size:]
			}
		}
	}
	return true
}
