package conformance_test

import (
	"bufio"
	"bytes"
	"os/exec"
	"syscall"
	"testing"
)

// simulate runs payreports simulate until the test ends, and returns the line that it prints when it is ready.
func simulate(t *testing.T, args ...string) string {
	t.Helper()
	simulator := exec.Command(command(t), append([]string{"simulate"}, args...)...)
	var log bytes.Buffer
	simulator.Stderr = &log
	stdout, err := simulator.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := simulator.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		simulator.Process.Signal(syscall.SIGTERM)
		if err := simulator.Wait(); err != nil {
			t.Errorf("simulate ended with %v\n%s", err, log.String())
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("simulate printed nothing: %v\n%s", err, log.String())
	}
	return line
}
