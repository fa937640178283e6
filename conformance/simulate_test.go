package conformance_test

import (
	"bufio"
	"bytes"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// simulate builds and runs the command, and returns the line that it prints when it is ready.
func simulate(t *testing.T, args ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "payreports")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/payreports")
	build.Dir = ".."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	command := exec.Command(binary, append([]string{"simulate"}, args...)...)
	var log bytes.Buffer
	command.Stderr = &log
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			t.Errorf("simulate ended with %v\n%s", err, log.String())
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("simulate printed nothing: %v\n%s", err, log.String())
	}
	return line
}
