//go:build big

// This test takes a while: make chaos runs it.

package payreports_test

import (
	"io"
	"runtime"
	"testing"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

// A download of 1 GiB over a socket grows the process by at most 32 MiB.
//
// Not parallel, because it measures the process. It runs without the race detector, which needs memory itself.
func TestChaosBigDownload(t *testing.T) {
	sim := simulator.Start(t, simulator.Config{TransactionsPerDay: 5_000_000})
	page, err := sim.Client().GetReports(t.Context(), payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}, PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	content, err := sim.Client().OpenReportDocument(t.Context(), page.Reports[0].ReportDocumentID)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	var grown uint64
	var n int64
	buffer := make([]byte, 1<<20)
	for n < 1<<30 {
		read, err := io.ReadFull(content, buffer)
		n += int64(read)
		if err != nil {
			t.Fatalf("after %d bytes: %v", n, err)
		}
		if n>>20%64 == 0 {
			runtime.ReadMemStats(&now)
			grown = max(grown, now.Sys-min(now.Sys, before.Sys))
		}
	}
	if grown > 32<<20 {
		t.Errorf("the process grew by %d MiB", grown>>20)
	}
	t.Logf("%d MiB downloaded, the process grew by %d MiB", n>>20, grown>>20)
}
