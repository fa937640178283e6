package main

import (
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

const (
	screenWidth = 80
	indent      = "   "
)

// screen is the output of the demo. It indents what belongs to a section, and breaks lines that are wider than a terminal.
type screen struct {
	out        io.Writer
	unfinished string // the line that has no end yet
}

// width is what a table has to fit.
func (s *screen) width() int { return screenWidth - len(indent) }

// section begins a section.
func (s *screen) section(title string) {
	io.WriteString(s.out, "\n"+title+"\n")
}

func (s *screen) Write(p []byte) (int, error) {
	s.unfinished += string(p)
	for {
		line, rest, found := strings.Cut(s.unfinished, "\n")
		if !found {
			return len(p), nil
		}
		s.unfinished = rest
		if _, err := io.WriteString(s.out, fold(line)); err != nil {
			return 0, err
		}
	}
}

// fold breaks a line at its spaces, and keeps its indentation.
func fold(line string) string {
	words := strings.TrimLeft(line, " ")
	margin := indent + line[:len(line)-len(words)]
	var folded strings.Builder
	for part := range strings.SplitSeq(text.WrapSoft(words, screenWidth-len(margin)), "\n") {
		folded.WriteString(margin + strings.TrimRight(part, " ") + "\n")
	}
	return folded.String()
}

// cut shortens a line to one that fits the screen.
func cut(line string) string {
	return text.Snip(strings.TrimRight(line, "\r\n"), screenWidth-len(indent), "…")
}
