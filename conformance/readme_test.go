package conformance_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	goBlock     = regexp.MustCompile("(?s)```go\n(.*?)```")
	shellBlock  = regexp.MustCompile("(?s)```sh\n(.*?)```")
	makeTarget  = regexp.MustCompile(`\bmake ([a-z-]+)`)
	packageLine = regexp.MustCompile(`(?m)^package (\w+)$`)
)

// Every Go block of the README compiles.
func TestReadmePrograms(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := goBlock.FindAllStringSubmatch(string(readme), -1)
	if len(blocks) < 3 {
		t.Fatalf("the README has %d Go blocks", len(blocks))
	}
	for i, block := range blocks {
		name := packageLine.FindStringSubmatch(block[1])
		if name == nil {
			t.Errorf("block %d has no package line, so it can't be compiled", i+1)
			continue
		}
		t.Run(fmt.Sprintf("%d-%s", i+1, name[1]), func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "block.go")
			if strings.HasSuffix(name[1], "_test") {
				file = filepath.Join(filepath.Dir(file), "block_test.go")
			}
			if err := os.WriteFile(file, []byte(block[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), "go", "vet", file)
			command.Dir = ".."
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}

// Every make target that the README names exists.
func TestReadmeTargets(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if len(shellBlock.FindAll(readme, -1)) == 0 {
		t.Error("the README has no shell block")
	}
	for _, match := range makeTarget.FindAllStringSubmatch(string(readme), -1) {
		if !regexp.MustCompile(`(?m)^` + match[1] + `:`).Match(makefile) {
			t.Errorf("the README names make %s, which the Makefile doesn't have", match[1])
		}
	}
}
