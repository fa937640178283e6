package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
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

// progress shows on standard error how far downloads are. It does nothing if that isn't a terminal.
type progress struct {
	line *statusLine // nil if standard error is no terminal
	bar  *progressbar.ProgressBar
	stop chan struct{}

	shown int64 // bytes of sync
}

// newProgress must be called before a client is made, because the client's log goes where it says.
func newProgress(cmd *cobra.Command) *progress {
	width, _ := terminal(cmd.ErrOrStderr())
	if width == 0 {
		return &progress{}
	}
	line := &statusLine{out: cmd.ErrOrStderr(), width: width}
	cmd.SetErr(line)
	return &progress{line: line}
}

// begin shows the first line. The library makes its text, and the status line draws it: progressbar and mpb would draw
// over what is logged.
func (p *progress) begin(what string) {
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(barWriter{p.line}), progressbar.OptionUseANSICodes(true),
		progressbar.OptionSetDescription(what), progressbar.OptionShowBytes(true), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(refresh/2), progressbar.OptionSetSpinnerChangeInterval(0))
	add(bar, 0)
	stop := make(chan struct{})
	go func() {
		ticker := time.NewTicker(refresh)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				add(bar, 0) // so that the rate of a download that stands still falls
			case <-stop:
				return
			}
		}
	}()
	p.bar, p.stop = bar, stop
}

const refresh = 200 * time.Millisecond

// reports shows how far sync is.
func (p *progress) reports(s mirror.Status) {
	if p.line == nil {
		return
	}
	what := fmt.Sprintf("%d of %d reports", s.Done, s.Total)
	if p.bar == nil {
		p.begin(what)
	}
	add(p.bar, s.Bytes-p.shown)
	p.shown = s.Bytes
	p.bar.Describe(what)
}

// reading shows how far the download of a report is, while it is read.
func (p *progress) reading(id payreports.ReportID, content io.Reader) io.Reader {
	if p.line == nil {
		return content
	}
	p.begin("report " + string(id))
	return io.TeeReader(content, counted{p.bar})
}

// counted adds to a bar what is written.
type counted struct{ bar *progressbar.ProgressBar }

func (c counted) Write(p []byte) (int, error) {
	add(c.bar, int64(len(p)))
	return len(p), nil
}

// add ignores what a bar complains of: it must not end a download.
func add(bar *progressbar.ProgressBar, bytes int64) { _ = bar.Add64(bytes) }

// end removes the line.
func (p *progress) end() {
	if p.bar == nil {
		return
	}
	close(p.stop)
	p.bar = nil
	p.line.end()
}

// statusLine is a terminal whose last line says how far things are. What is written to it comes above that line. It is
// safe for concurrent use.
type statusLine struct {
	mu    sync.Mutex
	out   io.Writer
	width int
	text  string
	ended bool
}

// show replaces the last line.
func (s *statusLine) show(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.text = text.Snip(line, max(1, s.width-1), "…") // a terminal can break a line that takes its whole width
	s.clear()
	fmt.Fprint(s.out, s.text)
}

// end removes the last line for good.
func (s *statusLine) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text, s.ended = "", true
	s.clear()
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

// barWriter shows what a progress bar draws.
type barWriter struct{ line *statusLine }

func (w barWriter) Write(p []byte) (int, error) {
	w.line.show(strings.TrimSpace(strings.TrimSuffix(string(p), "\x1b[0K")))
	return len(p), nil
}
