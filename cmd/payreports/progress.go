package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"

	"golang.org/x/term"
)

// terminal returns the width of the terminal that out is, 0 if it is none, and whether colours are welcome. COLUMNS
// overrides the width.
func terminal(out io.Writer) (columns int, colour bool) {
	if s, ok := out.(*screen); ok {
		return s.width(), false
	}
	file, ok := underlying(out).(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	colour = os.Getenv("NO_COLOR") == ""
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		return columns, colour
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		columns = 0
	}
	return columns, colour
}

// statusLine is a terminal whose last line says how far things are. What is written to it comes above that line. It is
// safe for concurrent use.
type statusLine struct {
	mu   sync.Mutex
	out  io.Writer
	text string
}

// show replaces the last line; with "" there is none.
func (s *statusLine) show(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = text
	s.clear()
	fmt.Fprint(s.out, s.text)
}

func (s *statusLine) clear() { io.WriteString(underlying(s.out), clearLine) }

const clearLine = "\r\x1b[K"

func (s *statusLine) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.text == "" {
		return s.out.Write(p)
	}
	s.clear()
	n, err := s.out.Write(p)
	fmt.Fprint(s.out, s.text)
	return n, err
}
