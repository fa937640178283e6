//go:build s3 || duckdb

package conformance_test

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	versitygw = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
	s3Key     = "check"
	s3Secret  = "a-secret-of-the-check"
	s3Reports = 200
)

// s3Server runs a real S3 server on a directory, whose folders are its buckets, and returns its address.
func s3Server(t *testing.T, dir string) *url.URL {
	t.Helper()
	bin := t.TempDir()
	install := exec.CommandContext(t.Context(), "go", "install", versitygw)
	install.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=")
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	server := exec.Command(filepath.Join(bin, "versitygw"), "--port", address, "--quiet", "--health", "/health", "posix", dir)
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s3Key, "ROOT_SECRET_KEY="+s3Secret)
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
		if t.Failed() {
			t.Logf("versitygw: %s", log.String())
		}
	})
	deadline, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		if connection, err := net.Dial("tcp", address); err == nil {
			connection.Close()
			return &url.URL{Scheme: "http", Host: address}
		}
		select {
		case <-tick.C:
		case <-deadline.Done():
			t.Fatalf("versitygw doesn't listen: %s", log.String())
		}
	}
}
