package main

import (
	"io"
	"strings"
	"unicode/utf8"
)

const (
	screenWidth = 80
	indent      = "   "
)

// screen is the output of the demo. It indents what belongs to a section, and breaks lines that are wider than a terminal.
type screen struct {
	out io.Writer
	// hide is removed from everything that is printed.
	hide string

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
		if s.hide != "" {
			line = strings.ReplaceAll(line, s.hide, "")
		}
		if _, err := io.WriteString(s.out, fold(line)); err != nil {
			return 0, err
		}
	}
}

// fold breaks a line at its spaces.
func fold(line string) string {
	var folded strings.Builder
	for {
		if utf8.RuneCountInString(indent+line) <= screenWidth {
			folded.WriteString(indent + line + "\n")
			return folded.String()
		}
		at := strings.LastIndex(line[:min(len(line), screenWidth-len(indent)+1)], " ")
		if at <= 0 {
			folded.WriteString(indent + line + "\n")
			return folded.String()
		}
		folded.WriteString(indent + line[:at] + "\n")
		line = line[at+1:]
	}
}

// cut shortens a line to one that fits the screen.
func cut(line string) string {
	runes := []rune(strings.TrimRight(line, "\r\n"))
	if room := screenWidth - len(indent); len(runes) > room {
		return string(runes[:room-1]) + "…"
	}
	return string(runes)
}
