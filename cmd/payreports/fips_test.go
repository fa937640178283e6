package main_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/amazonpay-go/payreports/simulator"
)

// Where only cryptography that FIPS 140 approves may be used, all else panics or is an error.
func TestFIPS(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short is set: make check-fips runs it")
	}
	s := newService(t, simulator.Config{}).with("GODEBUG=fips140=only")
	reports := filepath.Join(t.TempDir(), "reports")
	s.ok(t, "demo")
	s.ok(t, "doctor")
	s.ok(t, "sync", "--to", reports, "--since", "2026-11-20")
	s.ok(t, "reconcile", "--reports", reports)
	for _, args := range [][]string{{"--tls"}, {"--seed", "0"}, {"--seed", "18446744073709551615", "--fault", "throttle=0.1"}} {
		command := exec.CommandContext(t.Context(), binary, append([]string{"simulate"}, args...)...)
		command.Env = s.environment
		stdout, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(stdout).ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		var ready struct{ URL, PublicKeyID, PrivateKeyFile, CAFile string }
		if err := json.Unmarshal(line, &ready); err != nil {
			t.Fatal(err)
		}
		client := s.with("SSL_CERT_FILE="+ready.CAFile, "AMAZON_PAY_ENDPOINT="+ready.URL, "AMAZON_PAY_PUBLIC_KEY_ID="+ready.PublicKeyID, "AMAZON_PAY_PRIVATE_KEY="+ready.PrivateKeyFile)
		client.ok(t, "schedules", "list")
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, stdout); err != nil {
			t.Fatal(err)
		}
		if err := command.Wait(); err != nil {
			t.Errorf("simulate %v: %v", args, err)
		}
	}
}
