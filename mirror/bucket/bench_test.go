package bucket_test

import (
	"context"
	"io"
	"iter"
	"net/http"
	"testing"
	"time"

	"gocloud.dev/blob/memblob"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/mirror/bucket"
	"github.com/amazonpay-go/payreports/simulator"
)

const latency = 50 * time.Millisecond

func pause(ctx context.Context) error {
	timer := time.NewTimer(latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// slowService answers after 50 ms.
type slowService struct{ next http.RoundTripper }

func (s slowService) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := pause(req.Context()); err != nil {
		return nil, err
	}
	return s.next.RoundTrip(req)
}

// slowStore answers each request after 50 ms.
type slowStore struct{ mirror.Store }

func (s slowStore) List(ctx context.Context, prefix string) iter.Seq2[mirror.StoredFile, error] {
	_ = pause(ctx)
	return s.Store.List(ctx, prefix)
}

func (s slowStore) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if err := pause(ctx); err != nil {
		return nil, 0, err
	}
	return s.Store.Open(ctx, name)
}

func (s slowStore) Create(ctx context.Context, name string) (mirror.Draft, error) {
	draft, err := s.Store.Create(ctx, name)
	return slowDraft{draft}, err
}

type slowDraft struct{ mirror.Draft }

func (d slowDraft) Commit(ctx context.Context) error {
	if err := pause(ctx); err != nil {
		return err
	}
	return d.Draft.Commit(ctx)
}

func (s slowStore) Put(ctx context.Context, name string, content []byte) error {
	if err := pause(ctx); err != nil {
		return err
	}
	return s.Store.Put(ctx, name, content)
}

// BenchmarkConcurrency compares a sync of 88 reports with concurrency 8 and 1, at a latency of 50 ms to the service and to the store.
func BenchmarkConcurrency(b *testing.B) {
	sim := simulator.StartInMemory(b, simulator.Config{Start: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)})
	client := sim.Client(payreports.WithHTTPClient(&http.Client{Transport: slowService{sim.RoundTripper()}}))
	for name, store := range map[string]func() mirror.Store{
		"directory": func() mirror.Store { return mirror.Directory(b.TempDir()) },
		"bucket":    func() mirror.Store { return slowStore{bucket.New(memblob.OpenBucket(nil), "mem://bench")} },
	} {
		b.Run(name, func(b *testing.B) {
			took := make(map[int]time.Duration)
			for b.Loop() {
				for _, concurrency := range []int{1, 8} {
					begin := time.Now()
					summary, err := mirror.SyncStore(b.Context(), client, store(), mirror.Options{Concurrency: concurrency, Since: time.Date(2026, 8, 28, 0, 0, 0, 0, time.UTC)})
					if err != nil || len(summary.New) < 80 {
						b.Fatal(len(summary.New), err)
					}
					took[concurrency] += time.Since(begin)
				}
			}
			b.ReportMetric(float64(took[1])/float64(took[8]), "times-as-fast")
		})
	}
}
