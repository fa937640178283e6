package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestManPages(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "man1")
	var printed strings.Builder
	if code := run(t.Context(), []string{"man", "--to", dir}, &printed, &printed); code != 0 || printed.Len() > 0 {
		t.Fatalf("exit code %d, %s", code, &printed)
	}
	root, _ := newCommand()
	pages := 0
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		pages++
		page, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"))
		if err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(page), "\n.SH DESCRIPTION\n") {
			t.Errorf("the page of %s is\n%s", cmd.CommandPath(), page)
		}
		for _, child := range cmd.Commands() {
			if !child.Hidden && child.Name() != "help" {
				check(child)
			}
		}
	}
	check(root)
	if files, err := os.ReadDir(dir); err != nil || len(files) != pages || pages < 30 {
		t.Errorf("%d files for %d commands, %v", len(files), pages, err)
	}
	sync, err := os.ReadFile(filepath.Join(dir, "payreports-sync.1"))
	if want := "A report is written to type=<type>/date=<end date in UTC>/<report id>.csv, with"; err != nil || !strings.Contains(string(sync), want) {
		t.Errorf("no %q in\n%s", want, sync)
	}
	if strings.Contains(string(sync), "help of man") || !strings.Contains(string(sync), "\\fB\\-\\-to\\fR \\fIDIR|URL\\fR\n") {
		t.Errorf("the flags are\n%s", sync)
	}
	if code := run(t.Context(), []string{"man"}, &printed, &printed); code != 2 || !strings.Contains(printed.String(), "--to is missing") {
		t.Errorf("exit code %d, %s", code, &printed)
	}
}

func TestManPage(t *testing.T) {
	t.Parallel()
	cmd := &cobra.Command{
		Use: "books FILE", Short: "Read don't-panic.csv", Example: "  books 'a file' --at C:\\dir",
		Run: func(*cobra.Command, []string) {},
		Long: `Books are read.
.hidden files are not, and
'quoted' ones are.

  key   = "value"
.PP is not a request.
` + "\ttabbed",
	}
	cmd.Flags().IntP("lines", "n", 3, "read at most `N` lines of a~b^c")
	got := string(manPage(cmd, build{Version: "1.0.0", Date: "2026-11-27T02:48:00Z"}))
	want := `.TH BOOKS 1 "2026-11-27" "payreports 1.0.0" "Amazon Pay reports"
.hy 0
.ad l
.SH NAME
books \- Read don\(aqt\-panic.csv
.SH SYNOPSIS
.B books FILE [flags]
.SH DESCRIPTION
Books are read.
\&.hidden files are not, and
\(aqquoted\(aq ones are.
.PP
.RS 2
.nf
key   = \(dqvalue\(dq
.fi
.RE
\&.PP is not a request.
.RS 2
.nf
tabbed
.fi
.RE
.SH OPTIONS
.TP
\fB\-h\fR, \fB\-\-help\fR
help for books
.TP
\fB\-n\fR, \fB\-\-lines\fR \fIN\fR
read at most N lines of a\(tib\(hac (default 3)
.SH EXIT STATUS
.RS 2
.nf
0  success, even if nothing was new
1  the command failed, or some files or reports couldn\(aqt be processed
2  wrong usage, and nothing was sent
3  no data: the report was cancelled, or sync \-\-exit\-code found nothing new
4  reconcile, verify, journal, statement or file summary found differences, or doctor found a problem
.fi
.RE
.SH EXAMPLES
.RS 2
.nf
books \(aqa file\(aq \-\-at C:\edir
.fi
.RE
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
