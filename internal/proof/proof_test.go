package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tests are those of a module that compares itself with others, in all ways that there are.
const tests = `package x

import "testing"


func TestPasses(t *testing.T) {
	t.Attr("compared-with", "{\"what\":\"a\",\"with\":\"b\",\"version\":\"1\"}")
	t.Cleanup(func() { t.Attr("compared-count", "3 things") })
}

func TestFails(t *testing.T) {
	t.Attr("compared-with", "{\"what\":\"a\",\"with\":\"b\",\"version\":\"1\"}")
	t.Attr("compared-count", "3 things")
	t.Error("they differ")
}

func TestSkips(t *testing.T) {
	t.Attr("compared-with", "{\"what\":\"a\",\"with\":\"b\",\"version\":\"\"}")
	t.Skip("the tool is not installed here")
}

func TestCountsNothing(t *testing.T) {
	t.Attr("compared-with", "{\"what\":\"a\",\"with\":\"b\",\"version\":\"1\"}")
	t.Attr("compared-count", "0 things")
}

func TestCountsNothingOfOneKind(t *testing.T) {
	t.Attr("compared-with", "{\"what\":\"a\",\"with\":\"b\",\"version\":\"1\"}")
	t.Attr("compared-count", "10 things, 0 others")
}

func TestHasNoVersion(t *testing.T) {
	t.Attr("compared-with", "{\"what\":\"a\",\"with\":\"b\",\"version\":\"\"}")
	t.Attr("compared-count", "3 things")
}

func TestFailsBefore(t *testing.T) {
	t.Fatal("no tool")
	t.Attr("compared-with", "{}")
}

func TestSaysNothing(t *testing.T) {
	if false {
		t.Attr("compared-with", "{}")
	}
}

func TestFailsBesides(t *testing.T) {
	t.Run("one", func(t *testing.T) {
		t.Attr("compared-with", "{\"what\":\"a\",\"with\":\"b\",\"version\":\"1\"}")
		t.Attr("compared-count", "3 things")
	})
	t.Error("something else")
}

func TestHasParts(t *testing.T) {
	for _, name := range []string{"one", "two"} {
		t.Run(name, func(t *testing.T) {
			t.Attr("compared-with", "{\"what\":\"a\",\"with\":\"b\",\"version\":\"1\"}")
			t.Attr("compared-count", "3 things")
			if name == "two" {
				t.Error("they differ")
			}
		})
	}
}
`

func TestProve(t *testing.T) {
	t.Parallel()
	root := moduleOf(t, tests)
	rows, err := prove(t.Context(), io.Discard, root, "")
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, r := range rows {
		got[r.test] = r.result + ": " + r.count + ": " + r.notes
	}
	want := map[string]string{
		"TestPasses":                 "passed: 3 things: ",
		"TestFails":                  "failed: 3 things: see the output of make proof",
		"TestSkips":                  "skipped: : the tool is not installed here",
		"TestCountsNothing":          "failed: 0 things: it compared nothing",
		"TestCountsNothingOfOneKind": "failed: 10 things, 0 others: it compared nothing",
		"TestHasNoVersion":           "failed: 3 things: it doesn't say with which version",
		"TestFailsBefore":            "failed: : see the output of make proof",
		"TestSaysNothing":            "not run: : it didn't say what it compares",
		"TestFailsBesides":           "failed: : see the output of make proof",
		"TestFailsBesides/one":       "passed: 3 things: ",
		"TestHasParts/one":           "passed: 3 things: ",
		"TestHasParts/two":           "failed: 3 things: see the output of make proof",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c := count(rows); c != (counts{passed: 3, skipped: 1, failed: 8}) {
		t.Errorf("%+v", c)
	}
	page := table(rows, "now")
	if !strings.Contains(page, "| **failed**: see the output") || strings.Count(page, "\n| ") != len(rows)+1 {
		t.Error(page)
	}
}

// What doesn't compile, and what ends in the middle, is not silent.
func TestProveWhatDoesNotRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ source, want string }{
		"doesn't compile": {strings.Replace(tests, "t.Error(", "t.Eror(", 1), notRun},
		"exits":           {`package x; import ("os"; "testing"); func TestExits(t *testing.T) { t.Attr("compared-with", "{}"); os.Exit(0) }`, failed},
		"panics":          {`package x; import "testing"; func TestPanics(t *testing.T) { t.Attr("compared-with", "{}"); panic("oops") }`, failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, err := prove(t.Context(), io.Discard, moduleOf(t, test.source), "")
			if err != nil || len(rows) == 0 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			for _, r := range rows {
				if r.result != test.want || r.notes == "" {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

// A test that compares through other functions of its package is found too.
func TestFindThroughFunctions(t *testing.T) {
	t.Parallel()
	found, err := find(moduleOf(t, `package x

import "testing"

func TestDirectly(t *testing.T) { compared.With(t, "a", "b", "c") }
func TestThroughTwo(t *testing.T) { outer(t, "d") }
func TestWithout(t *testing.T) { other(t) }
func outer(t *testing.T, what string) { inner(t, what) }
func inner(t *testing.T, what string) { t.Attr("compared-with", what) }
func other(t *testing.T) { t.Attr("something", "") }
`))
	if err != nil || len(found) != 2 || found[0].test != "TestDirectly" || found[0].what != "a" || found[1].test != "TestThroughTwo" || found[1].what != "d" {
		t.Errorf("%+v, %v", found, err)
	}
}

// This repository's own comparisons are found, with their build tags.
func TestFind(t *testing.T) {
	t.Parallel()
	found, err := find("../..")
	if err != nil {
		t.Fatal(err)
	}
	tags := make(map[string]int)
	for _, c := range found {
		tags[c.tag]++
	}
	for _, tag := range []string{"", "node", "books", "s3", "tools", "duckdb", "page"} {
		if tags[tag] == 0 {
			t.Errorf("no comparison has the build tag %q: %v", tag, tags)
		}
	}
}

func moduleOf(t *testing.T, source string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module x\n\ngo 1.26\n", "x_test.go": source} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}
