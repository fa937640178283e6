package main_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestStatement(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := settlementsOf(t, dir)
	target := filepath.Join(t.TempDir(), "page.html")
	if got := run(t, "statement", "--offline", "--reports", dir, "--to", target); got.code != 4 || got.stdout != "" || !strings.Contains(got.stderr, " bytes written to "+target+"\n") || !strings.Contains(got.stderr, "the page names them (3)") {
		t.Errorf("from the future: %+v", got)
	}
	page, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range append(names, "<h1>Amazon Pay statement</h1>", "in the future") {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page doesn't contain %s", want)
		}
	}
	if info, err := os.Stat(target); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	s, reports := synced(t)
	online := s.ok(t, "statement", reports, "--title", "November & more")
	for _, want := range []string{"<h1>November &amp; more</h1>", "No differences", "<td>matched</td><td class=\"n\">3</td>", "No bank statement was compared"} {
		if !strings.Contains(online.stdout, want) {
			t.Errorf("compared with the service, the page doesn't contain %s:\n%s", want, online.stdout)
		}
	}
	if online.stderr != allMatch {
		t.Errorf("it says %s", online.stderr)
	}
	if strings.Contains(online.stdout, "No disbursements were compared") || strings.Contains(online.stdout, "No list of") {
		t.Error("the page doesn't say what was compared")
	}
	day := s.ok(t, "statement", reports, "--offline", "--since", "2026-11-23", "--until", "2026-11-23")
	if strings.Count(day.stdout, "date=2026-11-2") != 1 || !strings.Contains(day.stdout, "No disbursements were compared") {
		t.Errorf("a day: %+v", day)
	}
	if empty := s.ok(t, "statement", reports, "--offline", "--since", "2025-02-01", "--until", "2025-02-02"); !strings.Contains(empty.stdout, "There are no settlements in this period.") {
		t.Errorf("an empty period: %+v", empty)
	}
	if got := run(t, "statement", reports); got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, "--offline") {
		t.Errorf("without a key: %+v", got)
	}
}

func TestStatementProblems(t *testing.T) {
	t.Parallel()
	_, dir := synced(t)
	names, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.csv*"))
	if err != nil || len(names) != 3 {
		t.Fatal(names, err)
	}
	whole, err := os.ReadFile(names[1])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	header := strings.Join(lines[:6], "")
	for _, test := range []struct{ name, text, page, other string }{
		{"a lost row", strings.ReplaceAll(strings.Join(append(lines[:8:8], lines[9:]...), ""), `"200`, `"300`), "not balanced", "Settlement 300"},
		{"a file that was cut", strings.ReplaceAll(string(whole[:len(whole)-100]), `"200`, `"300`), "unreadable", ""},
		{"no rows", header, "empty", ""},
		{"the same settlement again", string(whole) + lines[7], "duplicate", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			other := filepath.Join(t.TempDir(), "other.csv")
			write(t, other, test.text)
			got := run(t, "statement", "--offline", dir, other)
			if got.code != 4 || !strings.Contains(got.stdout, "<strong>1 difference</strong>") || !strings.Contains(got.stdout, test.page) || !strings.Contains(got.stderr, "the page names them (1)") {
				t.Errorf("code %d, %s\n%s", got.code, got.stderr, got.stdout[:min(len(got.stdout), 12000)])
			}
			if strings.Contains(got.stdout, ">300") != (test.other != "") {
				t.Error("a part of a file is on the page")
			}
		})
	}
	// The first part of a file that was cut doesn't keep out the whole file.
	cut := filepath.Join(t.TempDir(), "a.csv")
	write(t, cut, string(whole[:len(whole)-100]))
	if got := run(t, "statement", "--offline", cut, names[1]); got.code != 4 || strings.Count(got.stdout, filepath.Base(names[1])+"</td>") != 1 || !strings.Contains(got.stdout, "<strong>1 difference</strong>") {
		t.Errorf("a file that was cut, and the whole: %+v", got)
	}
	for _, line := range []string{"statement", "statement x.csv --offline --since 2d --until 3d", "statement x.csv --tilte x"} {
		if got := run(t, strings.Fields(line)...); got.code != 2 || got.stdout != "" {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

// Nothing to compare in a period is no difference.
func TestReconcileEmptyPeriod(t *testing.T) {
	t.Parallel()
	_, reports := synced(t)
	for _, format := range []string{"table", "csv", "json"} {
		got := run(t, "reconcile", "--offline", "--reports", reports, "--since", "2025-02-01", "--until", "2025-02-02", "--output", format)
		if got.code != 0 || !strings.Contains(got.stderr, "0 of 0 settlements add up") {
			t.Errorf("%s: %+v", format, got)
		}
	}
}
