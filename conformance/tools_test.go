//go:build tools

// These tests run tools that are programs in Go, in the versions that the Makefile names. They need a proxy of Go modules.

package conformance_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/internal/compared"
)

// toolOf returns the program of a variable of the Makefile, with its version.
func toolOf(t *testing.T, variable string) (program, version string) {
	t.Helper()
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + variable + ` +:= \$\(GO\) run (\S+@(\S+))$`).FindStringSubmatch(string(makefile))
	if found == nil {
		t.Fatalf("the Makefile has no %s", variable)
	}
	return found[1], found[2]
}

// The client that ogen, another generator for Go, makes of openapi.yaml compiles, and has all operations.
func TestToolsOgen(t *testing.T) {
	t.Parallel()
	ogen, version := toolOf(t, "OGEN")
	compares := compared.With(t, "client and server generated from openapi.yaml, compiled", "ogen", version)
	spec, err := filepath.Abs("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	runs(t, dir, "go", "mod", "init", "ogen.example")
	runs(t, dir, "go", "run", ogen, "--loglevel", "error", "--target", "api", "--package", "api", spec)
	runs(t, dir, "go", "mod", "tidy", "-e")
	runs(t, dir, "go", "build", "./...")
	client, err := os.ReadFile(filepath.Join(dir, "api", "oas_client_gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	for id := range operations(t) {
		if !bytes.Contains(bytes.ToLower(client), []byte("func (c *client) "+strings.ToLower(id)+"(")) {
			t.Errorf("the client has no %s", id)
		}
		compares.Count(1, "operations")
	}
}

// openapi.yaml breaks no client of the last release. Pre-releases promise nothing.
func TestToolsOasdiff(t *testing.T) {
	t.Parallel()
	oasdiff, version := toolOf(t, "OASDIFF")
	compares := compared.With(t, "changes of openapi.yaml since the last release that break clients: none", "oasdiff", version)
	shallow, err := exec.CommandContext(t.Context(), "git", "rev-parse", "--is-shallow-repository").Output()
	if err != nil || strings.TrimSpace(string(shallow)) != "false" {
		t.Skip("this isn't a clone with its history, which says what the last release is: run git fetch --unshallow --tags")
	}
	tag, err := exec.CommandContext(t.Context(), "git", "describe", "--tags", "--abbrev=0", "--exclude", "*-*", "HEAD^").Output()
	if err != nil {
		t.Skip("there is no release yet, so openapi.yaml has no clients to break")
	}
	last := strings.TrimSpace(string(tag))
	runs(t, "..", "go", "run", oasdiff, "breaking", "--fail-on", "ERR", last+":openapi.yaml", "openapi.yaml")
	compares.Count(len(operations(t)), "operations")
}

// vacuum finds nothing in openapi.yaml.
func TestToolsVacuum(t *testing.T) {
	t.Parallel()
	const library = "github.com/daveshanley/vacuum"
	compares := compared.With(t, "problems in openapi.yaml: none", "vacuum, its recommended rules", compared.VersionOfModule(t, "vacuum", library))
	output := runs(t, "vacuum", "go", "tool", "vacuum", "lint", "--no-banner", "--no-style", "--details", "--fail-severity", "info", "../../openapi.yaml")
	rules := regexp.MustCompile(`against (\d+) rules`).FindStringSubmatch(output)
	if rules == nil || !strings.Contains(output, "A perfect score!") {
		t.Fatalf("it says\n%.4000s", output)
	}
	n, err := strconv.Atoi(rules[1])
	if err != nil {
		t.Fatal(err)
	}
	compares.Count(n, "rules")
}
