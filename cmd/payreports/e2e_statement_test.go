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
	if got := run(t, "statement", "--reports", dir, "--to", target); got.code != 0 || got.stdout != "" || !strings.HasSuffix(got.stderr, " bytes written to "+target+"\n") {
		t.Errorf("%+v", got)
	}
	page, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range append(names, "<h1>Amazon Pay statement</h1>", "No differences") {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page doesn't contain %s", want)
		}
	}
	if info, err := os.Stat(target); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if got := run(t, "statement", dir, "--title", "January & more"); got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, "<h1>January &amp; more</h1>") {
		t.Errorf("on standard output: %+v", got)
	}
	if day := run(t, "statement", dir, "--since", "2030-01-02", "--until", "2030-01-02"); day.code != 0 || strings.Count(day.stdout, ".csv</td>") != 1 {
		t.Errorf("a day: %+v", day)
	}
	if empty := run(t, "statement", dir, "--since", "2030-02-01"); empty.code != 0 || !strings.Contains(empty.stdout, "There are no settlements in this period.") {
		t.Errorf("an empty period: %+v", empty)
	}
}

func TestStatementProblems(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := settlementsOf(t, dir)
	whole, err := os.ReadFile(names[1])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	header := strings.Join(lines[:6], "")
	for _, test := range []struct {
		name, text, page, stderr string
		code                     int
	}{
		{"a lost row", strings.ReplaceAll(strings.Join(append(lines[:8:8], lines[9:]...), ""), "200000", "300000"), "not balanced", "the page names 1", 4},
		{"a file that was cut", strings.ReplaceAll(string(whole[:len(whole)-100]), "200000", "300000"), "unreadable", "other.csv", 4},
		{"no rows", header, "empty", "the page names 1", 4},
		{"the same settlement again", string(whole) + lines[7], "is in " + names[1] + " as well", "other.csv", 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			other := filepath.Join(t.TempDir(), "other.csv")
			write(t, other, test.text)
			got := run(t, "statement", dir, other)
			if got.code != test.code || !strings.Contains(got.stdout, "<strong>1 difference</strong>") || !strings.Contains(got.stdout, test.page) || !strings.Contains(got.stderr, test.stderr) {
				t.Errorf("code %d, %s\n%s", got.code, got.stderr, got.stdout[:min(len(got.stdout), 12000)])
			}
			if strings.Contains(got.stdout, ">300000") != (test.name == "a lost row") {
				t.Error("a part of a file is on the page")
			}
		})
	}
	for _, line := range []string{"statement", "statement x.csv --since 2d --until 3d", "statement x.csv --tilte x"} {
		if got := run(t, strings.Fields(line)...); got.code != 2 || got.stdout != "" {
			t.Errorf("%s: %+v", line, got)
		}
	}
}
