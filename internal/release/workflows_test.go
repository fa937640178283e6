package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	uses   = regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*(.*)$`)
	pinned = regexp.MustCompile(`^(\./\S+|[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$`)
)

// Every action is named by a commit, with its version as a comment, and every workflow says what it may do.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%q, %v", files, err)
	}
	versions := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)^permissions:( \{\}|\n  contents: read)\n[a-z]`).Match(text) {
			t.Errorf("%s: the permissions of the workflow aren't read-only", file)
		}
		found := uses.FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s uses no actions", file)
		}
		for _, used := range found {
			if !pinned.MatchString(used[1]) {
				t.Errorf("%s: %q isn't a commit with the version as a comment", file, used[1])
			}
			action, version, _ := strings.Cut(used[1], "@")
			if other, ok := versions[action]; ok && other != version {
				t.Errorf("%s: %s is %s here and %s elsewhere", file, action, version, other)
			}
			versions[action] = version
		}
	}
}
