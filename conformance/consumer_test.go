package conformance_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConsumerRequirements tidies a module that imports the client only. What ends up in its go.mod is what everyone who imports the client
// has to review, update and scan.
func TestConsumerRequirements(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("main.go", `package main

import (
	"fmt"

	"github.com/amazonpay-go/payreports"
)

func main() { fmt.Println(payreports.Version) }
`)
	write("go.mod", "module shop.example\n\ngo 1.26.0\n\nrequire "+module+" v0.0.0\n\nreplace "+module+" => "+root+"\n")

	run := func(args ...string) []byte {
		t.Helper()
		command := exec.CommandContext(t.Context(), "go", args...)
		command.Dir = dir
		command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, output)
		}
		return output
	}
	run("mod", "tidy")
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(run("mod", "edit", "-json"), &file); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, required := range file.Require {
		if required.Indirect {
			got = append(got, required.Path)
		}
	}
	want := []string{
		"github.com/apapsch/go-jsonmerge/v2",
		"github.com/google/uuid",
		"github.com/govalues/decimal",
		"github.com/oapi-codegen/runtime",
		"golang.org/x/time",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("indirect requirements of a module that imports the client (-want +got):\n%s", diff)
	}
}
