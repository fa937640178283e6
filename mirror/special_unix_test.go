//go:build unix

package mirror_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

// What isn't a regular file is never opened: a pipe waits for its other end, which no deadline ends.
func TestSyncOpensNoPipes(t *testing.T) {
	t.Parallel()
	_, client, _ := start(t, simulator.Config{})
	plan := fortnight
	plan.DryRun = true
	planned, err := mirror.Sync(t.Context(), client, t.TempDir(), plan)
	if err != nil {
		t.Fatal(err)
	}
	report := planned.New[0].Path
	metadata := strings.TrimSuffix(report, ".csv") + ".json"
	for name, test := range map[string]struct {
		path     string
		make     func(path string) error
		arriving int // of 15 reports
	}{
		"pipe as lock":              {".lock", mkfifo, 0},
		"link to a pipe as lock":    {".lock", linkedPipe, 0},
		"socket as lock":            {".lock", socket, 0},
		"device as lock":            {".lock", device, 0},
		"pipe as report":            {report, mkfifo, 14},
		"link to a pipe as report":  {report, linkedPipe, 14},
		"socket as report":          {report, socket, 14},
		"device as report":          {report, device, 14},
		"pipe as folder of refused": {".refused", mkfifo, 15},
		"pipe left behind":          {filepath.Join(filepath.Dir(report), "."+filepath.Base(report)+".1.partial"), mkfifo, 15},
		"pipe as metadata": {metadata, func(path string) error {
			return errors.Join(mkfifo(path), os.WriteFile(strings.TrimSuffix(path, ".json")+".csv", []byte("x"), 0o600))
		}, 14},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, test.path)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), test.make(path)); err != nil {
				t.Fatal(err)
			}
			type result struct {
				summary mirror.Summary
				err     error
			}
			done := make(chan result, 1)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			go func() {
				summary, err := mirror.Sync(ctx, client, dir, fortnight)
				done <- result{summary, err}
			}()
			select {
			case <-ctx.Done():
				t.Fatal("it hangs")
			case r := <-done:
				if len(r.summary.New) != test.arriving || (test.arriving == 15) != (r.err == nil) || r.err != nil && !strings.Contains(r.err.Error(), "is not a regular file") {
					t.Errorf("%d new, %v", len(r.summary.New), r.err)
				}
			}
		})
	}
}

func mkfifo(path string) error { return syscall.Mkfifo(path, 0o600) }

func linkedPipe(path string) error {
	return errors.Join(mkfifo(path+".pipe"), os.Symlink(path+".pipe", path))
}

func device(path string) error { return os.Symlink("/dev/zero", path) }

func socket(path string) error {
	// The name of a socket is short, so it is made elsewhere.
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unix"})
	if err != nil {
		return err
	}
	listener.SetUnlinkOnClose(false)
	defer listener.Close()
	return os.Rename(filepath.Join(dir, "s"), path)
}
