package main

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// writeFiles writes files below a folder.
func writeFiles(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A module can have code of others, with their license beside it. What isn't linked needs no license.
func TestLicenses(t *testing.T) {
	t.Parallel()
	program := map[string]string{
		"go.mod":                          "module x.example/program\n\ngo 1.26\n\nrequire x.example/library v1.2.3\n\nreplace x.example/library => ./library\n",
		"LICENSE":                         "ours",
		"cmd/payreports/main.go":          "package main\n\nimport _ \"x.example/library/taken/deep\"\n\nfunc main() {}\n",
		"library/go.mod":                  "module x.example/library\n",
		"library/LICENSE.md":              "license of the library\n\n",
		"library/taken/license.go":        "package taken",
		"library/taken/COPYING":           "license of others",
		"library/taken/LICENSE-APACHE":    "another of them",
		"library/taken/deep/deep.go":      "package deep",
		"library/taken/deep/licensees.md": "not a license",
		"library/other/other.go":          "package other",
		"library/other/LICENSE":           "license of what isn't linked",
	}
	for name, test := range map[string]struct {
		without string
		deps    int
		want    string // an error
	}{
		"all are there":              {deps: 1},
		"a module without a license": {without: "library/LICENSE.md", deps: 1, want: "x.example/library v1.2.3 has no license file"},
		"a module that isn't listed": {deps: 2, want: "go list names 1 modules, and the binary links 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			writeFiles(t, root, program)
			if test.without != "" {
				if err := os.Remove(filepath.Join(root, test.without)); err != nil {
					t.Fatal(err)
				}
			}
			b := binary{os: runtime.GOOS, arch: runtime.GOARCH, info: &buildinfo.BuildInfo{GoVersion: "go1.2"}}
			for range test.deps {
				b.info.Deps = append(b.info.Deps, &debug.Module{Path: "x.example/library"})
			}
			licenses, err := licensesOf(root, b)
			if test.want != "" {
				if err == nil || err.Error() != test.want {
					t.Errorf("%v, want %q", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, found := range regexp.MustCompile(`(?m)^==== (.*)$`).FindAllStringSubmatch(string(licenses), -1) {
				names = append(names, found[1])
			}
			want := []string{
				"Go, go1.2: LICENSE", "Go, go1.2: PATENTS", "x.example/library v1.2.3: LICENSE.md",
				"x.example/library v1.2.3: taken/COPYING", "x.example/library v1.2.3: taken/LICENSE-APACHE",
			}
			if !slices.Equal(names, want) {
				t.Errorf("licenses %q, want %q", names, want)
			}
			if !strings.Contains(string(licenses), "library v1.2.3: LICENSE.md\n\nlicense of the library\n\n==== ") {
				t.Errorf("%s", licenses)
			}
		})
	}
}

// licenses checks that each module of the installed binary has its license in the package.
func licenses(t *testing.T, installed string) {
	text, err := os.ReadFile(filepath.Join(installed, "usr/share/doc/payreports/THIRD_PARTY_LICENSES"))
	if err != nil {
		t.Fatal(err)
	}
	_, linked := modulesOf(t, filepath.Join(installed, "usr/bin/payreports"))
	for _, module := range linked {
		if !strings.Contains(string(text), "\n==== "+module+": ") {
			t.Errorf("no license of %s", module)
		}
	}
	if !regexp.MustCompile(`(?m)^==== github.com/klauspost/compress v\S+: zstd/internal/xxhash/LICENSE.txt$`).Match(text) {
		t.Error("no license of xxhash, which is inside of another module")
	}
}
