package conformance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each test that SECURITY.md names exists, and each line of its tables names one.
func TestSecurityPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:[a-z]+/)*[a-z]+)\\.((?:Test|Fuzz|Example)\\w+)`")
	lines := 0
	for line := range strings.Lines(string(page)) {
		tests := named.FindAllStringSubmatch(line, -1)
		if strings.HasPrefix(line, "| ") && !strings.Contains(line, "| Shown by |") {
			if lines++; len(tests) == 0 {
				t.Errorf("no test shows this: %s", line)
			}
		}
		for _, test := range tests {
			if !declares(t, test[1], test[2]) {
				t.Errorf("there is no %s in %s", test[2], test[1])
			}
		}
	}
	if lines < 20 {
		t.Errorf("the tables have %d lines", lines)
	}
}

// declares reports whether a package of this module has a test.
func declares(t *testing.T, in, test string) bool {
	t.Helper()
	if in == "payreports" {
		in = "."
	}
	files, err := filepath.Glob(filepath.Join("..", in, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+test+"(") {
			return true
		}
	}
	return false
}
