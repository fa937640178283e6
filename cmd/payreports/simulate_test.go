package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ready is what simulate prints when it is ready.
type ready struct{ URL, PublicKeyID, LivePublicKeyID, PrivateKeyFile string }

// startSimulator runs the command until the test ends. It returns the line of JSON, and what was printed before it on standard error.
func startSimulator(t *testing.T, args ...string) (ready, string) {
	t.Helper()
	command := exec.Command(binary, append([]string{"simulate"}, args...)...)
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		command.Wait()
		stderr.Close()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	printed, _ := os.ReadFile(stderr.Name())
	if err != nil {
		t.Fatalf("%v: %s", err, printed)
	}
	var r ready
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatal(err)
	}
	return r, string(printed)
}

// The lines that simulate prints, run by a shell, sync from it.
func TestSimulatePrintsExports(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"http":       nil,
		"https":      {"--tls"},
		"quoted key": {"--private-key", filepath.Join(t.TempDir(), "it's mine $(exit 1).pem")},
		"eu":         {"--region", "de", "--public-key-id", "LIVE-SHOP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, printed := startSimulator(t, args...)
			var script strings.Builder
			for line := range strings.Lines(printed) {
				if strings.HasPrefix(line, "  ") {
					script.WriteString(line)
				}
			}
			shell := exec.CommandContext(t.Context(), "sh", "-e", "-c", script.String())
			shell.Dir = t.TempDir()
			shell.Env = []string{"PATH=" + filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + shell.Dir}
			output, err := shell.CombinedOutput()
			if err != nil || !strings.Contains(string(output), "14 new") && !strings.Contains(string(output), "13 new") {
				t.Errorf("%v\n%s\nends with\n%s", err, script.String(), output)
			}
		})
	}
}

func TestSimulateKey(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "private.pem")
	r, _ := startSimulator(t, "--private-key", file)
	if r.PrivateKeyFile != file || r.PublicKeyID != "SANDBOX-SIMULATOR" || r.LivePublicKeyID != "LIVE-SIMULATOR" {
		t.Errorf("it prints %+v", r)
	}
	made, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	r, _ = startSimulator(t, "--private-key", file, "--public-key-id", "SANDBOX-SHOP")
	if kept, err := os.ReadFile(file); err != nil || !bytes.Equal(kept, made) {
		t.Errorf("the second simulator has changed the key: %v", err)
	}
	if got := run(t, "reports", "list", "--endpoint", r.URL, "--public-key-id", r.PublicKeyID, "--private-key", file, "--region", "na"); got.code != 0 {
		t.Errorf("%+v", got)
	}
	if err := os.WriteFile(file, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run(t, "simulate", "--private-key", file); got.code == 0 || !strings.Contains(got.stderr, "private.pem") {
		t.Errorf("a file without a key: %+v", got)
	}
	if kept, _ := os.ReadFile(file); string(kept) != "no key" {
		t.Error("a file without a key was overwritten")
	}
}
