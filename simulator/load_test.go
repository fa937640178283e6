package simulator_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

// loadTime is how long the load lasts. make chaos sets PAYREPORTS_CHAOS.
func loadTime() time.Duration {
	switch os.Getenv("PAYREPORTS_CHAOS") {
	case "long":
		return 20 * time.Second
	case "short":
		return 5 * time.Second
	default:
		return time.Second
	}
}

// 200 concurrent clients get correct responses and leak nothing: no goroutine, no connection, no memory.
//
// Not parallel, because it counts the goroutines of the process.
func TestLoad(t *testing.T) {
	const clients = 200
	before := runtime.NumGoroutine()
	var open, calls atomic.Int64
	var heap uint64
	t.Run("clients", func(t *testing.T) {
		sim := simulator.Start(t)
		dialer := new(net.Dialer)
		transport := &http.Transport{
			MaxIdleConnsPerHost: clients,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, network, address)
				if err != nil {
					return nil, err
				}
				open.Add(1)
				return &countedConn{Conn: conn, open: &open}, nil
			},
		}
		defer transport.CloseIdleConnections()
		client := sim.SandboxClient(payreports.WithHTTPClient(&http.Client{Transport: transport}))
		end := time.Now().Add(loadTime())
		var group sync.WaitGroup
		for n := range clients {
			group.Go(func() {
				// Each client makes at least one round, even on a slow machine.
				for round := 0; round == 0 || time.Now().Before(end); round++ {
					start := time.Unix(int64(n*1000+round), 0)
					request := payreports.CreateReportRequest{Type: payreports.ReportTypeSandboxSettlement, Start: start, End: start.Add(time.Hour)}
					created, err := client.CreateReport(t.Context(), request)
					if err != nil {
						t.Error(err)
						return
					}
					report, err := client.GetReportByID(t.Context(), created.ReportID)
					if err != nil {
						t.Error(err)
						return
					}
					if report.ReportID != created.ReportID || !report.StartTime.Time().Equal(start) {
						t.Errorf("asked for %s of %v, got %s of %v", created.ReportID, start, report.ReportID, report.StartTime)
					}
					calls.Add(2)
				}
			})
		}
		group.Wait()
		var memory runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&memory)
		heap = memory.HeapAlloc
	})
	if perCall := float64(heap) / float64(calls.Load()); heap > 256<<20 {
		t.Errorf("%d MiB of heap after %d calls, %.0f bytes a call", heap>>20, calls.Load(), perCall)
	}
	// The goroutines of a connection end shortly after it is closed, not at once.
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
	if open.Load() != 0 {
		t.Errorf("%d connections are still open", open.Load())
	}
	t.Logf("%d calls in %v", calls.Load(), loadTime())
}

type countedConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}
