package payreports_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

// scale is how long the chaos tests run: longest in make chaos, shorter in make check, and shortest in make test.
func scale(long, short, usual int) int {
	switch os.Getenv("PAYREPORTS_CHAOS") {
	case "long":
		return long
	case "short":
		return short
	default:
		return usual
	}
}

// thirtyPercent makes 30 % of all attempts fail (1 - 0.93⁵), with all faults that a call can meet repeatedly. Clock skew is
// corrected once per call and has its own tests.
var thirtyPercent = map[simulator.Fault]float64{
	simulator.FaultThrottle: 0.07, simulator.FaultServerError: 0.07, simulator.FaultUnavailable: 0.07,
	simulator.FaultCutBefore: 0.07, simulator.FaultCutAfter: 0.07, simulator.FaultLatency: 0.05,
}

type created struct {
	key string
	id  payreports.ReportID
	err error
}

// createAll makes n createReport calls from 50 goroutines, each with its own key, in fake time.
func createAll(t *testing.T, client *payreports.Client, n int) []created {
	t.Helper()
	work := make(chan int)
	results := make([]created, n)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for i := range work {
				r := created{key: fmt.Sprintf("key-%d", i)}
				answer, err := client.CreateReport(t.Context(), payreports.CreateReportRequest{
					Type: payreports.ReportTypeSandboxSettlement, Start: time.Unix(int64(i), 0), End: time.Unix(int64(i)+3600, 0),
				}, payreports.WithIdempotencyKey(r.key))
				if r.err = err; err == nil {
					r.id = answer.ReportID
				}
				results[i] = r
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	group.Wait()
	return results
}

func countReports(t *testing.T, sim *simulator.Server) map[payreports.ReportID]time.Time {
	t.Helper()
	for _, fault := range simulator.Faults() {
		sim.SetFault(fault, 0)
	}
	exist := make(map[payreports.ReportID]time.Time)
	for report, err := range sim.SandboxClient().AllReports(t.Context(), payreports.GetReportsOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		exist[report.ReportID] = report.StartTime.Time()
	}
	return exist
}

// With enough attempts, no call fails, and each creates exactly one report, although many responses are lost.
func TestChaosCreateWithManyAttempts(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := scale(2000, 400, 200)
		sim := simulator.StartInMemory(t, simulator.Config{Seed: 1, Faults: thirtyPercent, Latency: 10 * time.Millisecond})
		results := createAll(t, sim.SandboxClient(payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 15, BaseDelay: time.Millisecond})), n)
		ids := make(map[payreports.ReportID]bool)
		for i, r := range results {
			if r.err != nil {
				t.Errorf("call %d: %v", i, r.err)
			}
			ids[r.id] = true
		}
		if exist := countReports(t, sim); len(ids) != n || len(exist) != n {
			t.Errorf("%d distinct ids and %d reports, want %d of each", len(ids), len(exist), n)
		}
	})
}

// With the default policy, a call that fails has used all its attempts, and no key has created two reports.
func TestChaosCreateWithTheDefaultPolicy(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := scale(2000, 400, 200)
		sim := simulator.StartInMemory(t, simulator.Config{Seed: 2, Faults: thirtyPercent, Latency: 10 * time.Millisecond})
		failed := 0
		for i, r := range createAll(t, sim.SandboxClient(), n) {
			if r.err == nil {
				continue
			}
			failed++
			var failure *payreports.Error
			if !errors.As(r.err, &failure) || failure.Attempts != 4 || failure.IdempotencyKey != r.key {
				t.Errorf("call %d: %v, want an error after all 4 attempts that names its key", i, r.err)
			}
		}
		starts := make(map[time.Time]int)
		for _, start := range countReports(t, sim) {
			if starts[start]++; starts[start] > 1 {
				t.Errorf("two reports from %v: one key has made both", start)
			}
		}
		if len(starts) < n-failed {
			t.Errorf("%d reports of %d calls of which %d failed", len(starts), n, failed)
		}
		t.Logf("%d of %d calls failed with the default policy", failed, n)
	})
}

// A download returns exactly the file's bytes, whatever happens to its connections.
func TestChaosDownloads(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := scale(300, 40, 10)
		// 15,000 transactions per day result in a file of 5 MB.
		sim := simulator.StartInMemory(t, simulator.Config{Seed: 3, TransactionsPerDay: scale(15_000, 15_000, 3000)})
		list := sim.Client().AllReports(t.Context(), payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}})
		client := sim.Client(payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 15, BaseDelay: time.Millisecond}))
		want := make(map[payreports.ReportDocumentID]string)
		var documents []payreports.ReportDocumentID
		for report, err := range list {
			if err != nil {
				t.Fatal(err)
			}
			if documents = append(documents, report.ReportDocumentID); len(documents) == 3 {
				break
			}
		}
		var size int64
		for _, id := range documents {
			want[id], size = sum(t, client, id)
		}
		for fault, p := range map[simulator.Fault]float64{
			simulator.FaultTruncate: 0.4, simulator.FaultExpiredURL: 0.1, simulator.FaultUnavailable: 0.1, simulator.FaultCutBefore: 0.1,
			simulator.FaultServerError: 0.05, simulator.FaultThrottle: 0.05,
		} {
			sim.SetFault(fault, p)
		}
		for i := range n {
			id := documents[i%len(documents)]
			if got, _ := sum(t, client, id); got != want[id] {
				t.Errorf("download %d: SHA-256 %s, want %s", i, got, want[id])
			}
		}
		t.Logf("%d downloads of about %d bytes", n, size)
	})
}

func sum(t *testing.T, client *payreports.Client, id payreports.ReportDocumentID) (string, int64) {
	t.Helper()
	content, err := client.OpenReportDocument(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, content)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil)), n
}

// A client is safe for concurrent use: its calls share a clock correction, a throttle and a limiter.
func TestChaosSharedClient(t *testing.T) {
	t.Parallel()
	privateKey()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t, simulator.Config{Seed: 4, Faults: map[simulator.Fault]float64{simulator.FaultThrottle: 0.1}})
		ahead := func() time.Time { return time.Now().Add(10 * time.Minute) }
		client := sim.SandboxClient(payreports.WithClock(ahead), payreports.WithRateLimit(100, 10), payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 15, BaseDelay: time.Millisecond}))
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				for range scale(50, 20, 10) {
					var random [1]byte
					rand.Read(random[:])
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(binary.BigEndian.Uint16([]byte{random[0], 0}))*time.Millisecond)
					err := list(ctx, client)
					cancel()
					if err != nil && !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
	})
}
