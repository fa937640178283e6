package statement

import (
	"bytes"
	"io"
	"unicode/utf8"

	"github.com/amazonpay-go/payreports/internal/visible"
)

// visibleWriter writes a page. What files and people say is on it everywhere, so characters that reorder or hide others are made
// visible on all of it. A template writes each text at once.
type visibleWriter struct{ w io.Writer }

func (v visibleWriter) Write(p []byte) (int, error) {
	isHidden := func(r rune) bool { return r != '\n' && !visible.Is(r) }
	if utf8.Valid(p) && bytes.IndexFunc(p, isHidden) < 0 {
		return v.w.Write(p)
	}
	var b bytes.Buffer
	for line := range bytes.Lines(p) {
		text, ended := bytes.CutSuffix(line, []byte("\n"))
		b.WriteString(visible.Text(string(text)))
		if ended {
			b.WriteByte('\n')
		}
	}
	if _, err := v.w.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}
