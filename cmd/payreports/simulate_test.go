package main_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// simulated is a running payreports simulate.
type simulated struct {
	URL, PublicKeyID, LivePublicKeyID, PrivateKeyFile, CAFile string // what it has printed

	command *exec.Cmd
	stderr  *os.File
}

// startSimulator runs the command until the test ends or stop is called. Without an environment it has this process's.
func startSimulator(t *testing.T, environment []string, args ...string) *simulated {
	t.Helper()
	sim := &simulated{command: exec.Command(binary, append([]string{"simulate"}, args...)...)}
	var err error
	if sim.stderr, err = os.Create(filepath.Join(t.TempDir(), "stderr")); err != nil {
		t.Fatal(err)
	}
	sim.command.Env, sim.command.Stderr = environment, sim.stderr
	stdout, err := sim.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if sim.command.ProcessState == nil {
			sim.stop(t)
		}
		sim.stderr.Close()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, sim.log(t))
	}
	if err := json.Unmarshal(line, sim); err != nil {
		t.Fatal(err)
	}
	return sim
}

// log returns what it has printed on standard error until now.
func (s *simulated) log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.stderr.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// stop ends it as a service manager does.
func (s *simulated) stop(t *testing.T) {
	t.Helper()
	s.command.Process.Signal(syscall.SIGTERM)
	if err := s.command.Wait(); err != nil {
		t.Errorf("simulate, after SIGTERM: %v\n%s", err, s.log(t))
	}
}

// readPEM returns the only block of a file.
func readPEM(t *testing.T, file string) *pem.Block {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(text)
	if block == nil || len(rest) > 0 {
		t.Fatalf("%s isn't one PEM block", file)
	}
	return block
}

// authority returns the certificate that clients must trust.
func (s *simulated) authority(t *testing.T) *x509.Certificate {
	t.Helper()
	certificate, err := x509.ParseCertificate(readPEM(t, s.CAFile).Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	keys := make(chan string, 2)
	t.Cleanup(func() {
		close(keys)
		if a, b := <-keys, <-keys; a == b {
			t.Error("both times the key is the same, as if it came from the seed")
		}
	})
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls %t", secure), func(t *testing.T) {
			t.Parallel()
			args := []string{"--fault", "throttle=0", "--seed", "3"}
			if secure {
				args = append(args, "--tls")
			}
			sim := startSimulator(t, nil, args...)
			if info, err := os.Stat(sim.PrivateKeyFile); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("private key: %v, %v", info, err)
			}
			text, err := os.ReadFile(sim.PrivateKeyFile)
			if err != nil {
				t.Fatal(err)
			}
			keys <- string(text)
			key, err := signing.ParsePrivateKey(text)
			if err != nil {
				t.Fatal(err)
			}
			signer, err := signing.NewSigner(sim.PublicKeyID, key)
			if err != nil {
				t.Fatal(err)
			}
			httpClient := &http.Client{Transport: &http.Transport{}}
			if secure {
				pool := x509.NewCertPool()
				pool.AddCert(sim.authority(t))
				httpClient.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
			}
			client, err := payreports.New(regions.NA, signer, payreports.WithEndpoint(sim.URL), payreports.WithHTTPClient(httpClient))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.GetReports(context.Background(), payreports.GetReportsOptions{}); err != nil {
				t.Error(err)
			}
			httpClient.CloseIdleConnections()
			sim.stop(t)
			if !strings.Contains(sim.log(t), "operation=getReports status=200") {
				t.Errorf("log %s", sim.log(t))
			}
			if _, err := os.Stat(sim.PrivateKeyFile); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the private key was left behind: %v", err)
			}
		})
	}
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
			sim := startSimulator(t, nil, args...)
			var script strings.Builder
			for line := range strings.Lines(sim.log(t)) {
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
	r := startSimulator(t, nil, "--private-key", file)
	if r.PrivateKeyFile != file || r.PublicKeyID != "SANDBOX-SIMULATOR" || r.LivePublicKeyID != "LIVE-SIMULATOR" {
		t.Errorf("it prints %+v", *r)
	}
	made, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	r = startSimulator(t, nil, "--private-key", file, "--public-key-id", "SANDBOX-SHOP")
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
