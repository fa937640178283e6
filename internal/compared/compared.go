// Package compared lets a test say that it compares this project with something that nobody here wrote. internal/proof finds these tests,
// runs them, and makes a table of what they say.
package compared

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// The keys of the attributes of a test ([testing.T.Attr]) that internal/proof reads. A module that can't import this package sets
// them itself.
const (
	// KeyWith is a [Partners] in JSON.
	KeyWith = "compared-with"
	// KeyCount says how much was compared, such as "2000 requests".
	KeyCount = "compared-count"
)

// Partners say what was compared with which version of what.
type Partners struct {
	What    string `json:"what"`
	With    string `json:"with"`
	Version string `json:"version"`
}

// Comparison counts what a test has compared. It is safe for concurrent use.
type Comparison struct {
	mu     sync.Mutex
	counts map[string]int
	kinds  []string
}

// With says what a test compares, and with which version of what. Call it before anything can fail.
func With(t *testing.T, what, with, version string) *Comparison {
	t.Helper()
	text, err := json.Marshal(Partners{what, with, version})
	if err != nil {
		t.Fatal(err)
	}
	t.Attr(KeyWith, string(text))
	c := &Comparison{counts: make(map[string]int)}
	t.Cleanup(func() {
		if count := c.String(); count != "" {
			t.Attr(KeyCount, count)
		}
	})
	return c
}

// Count adds to the number of things that were compared, such as 12 "calls".
func (c *Comparison) Count(n int, kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.counts[kind]; !known {
		c.kinds = append(c.kinds, kind)
	}
	c.counts[kind] += n
}

func (c *Comparison) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var texts []string
	for _, kind := range c.kinds {
		texts = append(texts, fmt.Sprintf("%d %s", c.counts[kind], kind))
	}
	return strings.Join(texts, ", ")
}

// Needs skips the test, and says why, if a program isn't installed.
func Needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed here", program)
	}
}

// NeedsNPM skips the test, and says why, if node or the npm packages of a directory aren't installed. Debian's nodejs comes without npm.
func NeedsNPM(t *testing.T, dir string) {
	t.Helper()
	Needs(t, "node")
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Skip("npm ci has not installed its packages here")
	}
}

// VersionOf returns the version that a program prints, or "" if it isn't installed.
func VersionOf(t *testing.T, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		return ""
	}
	output, err := exec.CommandContext(t.Context(), program, args...).Output()
	version := regexp.MustCompile(`v?\d+(\.\d+)*\S*`).Find(output)
	if err != nil || version == nil {
		t.Fatalf("%s %v says %.200q, %v, and no version", program, args, output, err)
	}
	return strings.Trim(string(version), ",()")
}

// VersionOfNPM returns the version of an installed npm package, or "" if it isn't installed.
func VersionOfNPM(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "node_modules", name, "package.json"))
	if os.IsNotExist(err) {
		return ""
	}
	var manifest struct{ Version string }
	if err == nil {
		err = json.Unmarshal(text, &manifest)
	}
	if err != nil || manifest.Version == "" {
		t.Fatalf("%s: %v, version %q", name, err, manifest.Version)
	}
	return manifest.Version
}

// VersionOfModule returns the version of a Go module that the module in dir requires.
func VersionOfModule(t *testing.T, dir, path string) string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}}", path)
	list.Dir = dir
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list -m %s: %v", path, err)
	}
	return strings.TrimSpace(string(output))
}
