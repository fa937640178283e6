package payreports_test

import (
	"io"
	"testing"
	"testing/synctest"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t)
		client := sim.Client()
		var usage payreports.Usage
		want := func(what string, attempts, throttled int64) {
			t.Helper()
			if usage.Attempts() != attempts || usage.Throttled() != throttled {
				t.Errorf("%s: %d attempts, %d throttled, want %d and %d", what, usage.Attempts(), usage.Throttled(), attempts, throttled)
			}
			usage = payreports.Usage{}
		}
		sim.Inject(simulator.FaultThrottle, "getReports", 2)
		page, err := client.GetReports(t.Context(), payreports.GetReportsOptions{PageSize: 1}, payreports.WithUsage(&usage))
		if err != nil {
			t.Fatal(err)
		}
		want("two throttled", 3, 2)

		sim.Inject(simulator.FaultUnavailable, "document", 1) // which the storage answers with SlowDown
		if _, err := client.DownloadReport(t.Context(), page.Reports[0].ReportID, io.Discard, payreports.WithUsage(&usage)); err != nil {
			t.Fatal(err)
		}
		want("a slow storage", 5, 1) // the report, its document twice, and its file twice

		sim.Inject(simulator.FaultUnavailable, "getReportById", 4)
		if _, err := client.GetReportByID(t.Context(), "1", payreports.WithUsage(&usage)); err == nil {
			t.Error("no error")
		}
		want("a call that fails", 4, 0)

		for _, err := range client.AllReports(t.Context(), payreports.GetReportsOptions{PageSize: 50}, payreports.WithUsage(&usage)) {
			if err != nil {
				t.Fatal(err)
			}
		}
		want("two pages", 2, 0)

		if _, err := client.GetReports(t.Context(), payreports.GetReportsOptions{}, payreports.WithUsage(nil)); err == nil {
			t.Error("a nil Usage is taken")
		}
	})
}
