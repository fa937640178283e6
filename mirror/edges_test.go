package mirror_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

// A run gives its lock back, however it ends, and doesn't leave that to the garbage collector.
// Not parallel: the collector is off for the whole process.
func TestSyncGivesItsLockBack(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	sim, client, _ := start(t, simulator.Config{})
	broken := sim.Client(quick, payreports.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("no network")
	})}))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	for name, run := range map[string]func() error{
		"done":        func() error { return second(mirror.Sync(t.Context(), client, dir, fortnight)) },
		"nothing new": func() error { return second(mirror.Sync(t.Context(), client, dir, fortnight)) },
		"failed":      func() error { return second(mirror.Sync(t.Context(), broken, dir, fortnight)) },
		"stopped":     func() error { return second(mirror.Sync(ended, client, dir, fortnight)) },
		"refused a wrong type": func() error {
			return second(mirror.Sync(t.Context(), client, dir, mirror.Options{Types: []payreports.ReportType{""}}))
		},
		"what is left can't go": func() error { return syncWithAStubbornLeftover(t, client, dir) },
	} {
		if err := run(); errors.Is(err, mirror.ErrLocked) {
			t.Errorf("%s: %v, though no other run works there", name, err)
		}
		if err := second(mirror.Sync(t.Context(), client, dir, fortnight)); err != nil {
			t.Errorf("after a run that was %s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// syncWithAStubbornLeftover finds a folder in place of what a killed run leaves over.
func syncWithAStubbornLeftover(t *testing.T, client *payreports.Client, dir string) error {
	t.Helper()
	leftover := filepath.Join(dir, "type=settlement", "date=2026-11-01", ".1.csv.123.partial")
	if err := os.MkdirAll(filepath.Join(leftover, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(leftover)
	err := second(mirror.Sync(t.Context(), client, dir, fortnight))
	if err == nil {
		t.Error("a folder in place of a file left over: no error")
	}
	return err
}

// A run that is stopped while the last reports are on their way, when there is nothing left to list, has not brought all.
func TestSyncStoppedAfterTheListIsNotDone(t *testing.T) {
	t.Parallel()
	cause := errors.New("the night is over")
	for name, wait := range map[string]string{"before the URLs": "/v2/report-documents/", "before the files": "/reports/"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, all, _ := start(t, simulator.Config{})
			count := 0
			for _, err := range all.AllReports(t.Context(), payreports.GetReportsOptions{Since: fortnight.Since}) {
				if err != nil {
					t.Fatal(err)
				}
				count++
			}
			ctx, stop := context.WithCancelCause(t.Context())
			var waiting atomic.Int64
			client := sim.Client(quick, payreports.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				if isList := req.URL.Path == "/v2/reports"; !isList && (strings.HasPrefix(req.URL.Path, "/v2/") == strings.HasPrefix(wait, "/v2/")) {
					if waiting.Add(1) == int64(count) { // all are on their way
						time.AfterFunc(50*time.Millisecond, func() { stop(cause) }) // the list ends in the meantime
					}
					<-req.Context().Done()
					return nil, req.Context().Err()
				}
				return sim.RoundTripper().RoundTrip(req)
			})}))
			options := fortnight
			options.Concurrency = count
			summary, err := mirror.Sync(ctx, client, t.TempDir(), options)
			if !errors.Is(err, cause) || !strings.Contains(err.Error(), "stopped before all reports were downloaded") {
				t.Errorf("error %v, want one that says that reports are missing, and why", err)
			}
			if len(summary.New) != 0 || len(summary.Failed) != 0 {
				t.Errorf("%d new, %d failed; want none: what was stopped is told once", len(summary.New), len(summary.Failed))
			}
		})
	}
}
