package conformance_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		defer func() { removeCommand() }()
		return m.Run()
	}())
}

var (
	removeCommand = func() {}
	buildCommand  = sync.OnceValues(func() (string, error) {
		dir, err := os.MkdirTemp("", "payreports-conformance-")
		if err != nil {
			return "", err
		}
		removeCommand = func() { os.RemoveAll(dir) }
		build := exec.Command("go", "build", "-o", filepath.Join(dir, "payreports"), "./cmd/payreports")
		build.Dir = ".."
		if output, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w: %s", err, output)
		}
		return filepath.Join(dir, "payreports"), readSources()
	})
)

// readSources reads the folders of the command's packages, so that go test doesn't take a result from its cache after a file in them has changed.
func readSources() error {
	list := exec.Command("go", "list", "-deps", "-f", "{{if .Module}}{{if .Module.Main}}{{.Dir}}{{end}}{{end}}", "./cmd/payreports")
	list.Dir = ".."
	folders, err := list.Output()
	if err != nil {
		return err
	}
	for _, folder := range strings.Split(strings.TrimSpace(string(folders)), "\n") {
		if _, err := os.ReadDir(folder); err != nil {
			return err
		}
	}
	return nil
}

// command returns the path of the program payreports, which is built once for all tests, because linking it takes seconds.
func command(t *testing.T) string {
	t.Helper()
	path, err := buildCommand()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
