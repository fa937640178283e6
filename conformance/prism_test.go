//go:build node

package conformance_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/simulator"
)

// Prism serves openapi.yaml as a mock that knows nothing of this module: our client's nine operations talk to it, and Prism's own check of each request
// finds nothing.
func TestNodePrism(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "requests of the client to a mock made from openapi.yaml", "Prism", compared.VersionOfNPM(t, ".", "@stoplight/prism-cli"))
	compared.NeedsNPM(t, ".")
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	prism := exec.Command(filepath.Join("node_modules", ".bin", "prism"), "mock", "--errors", "--host", "127.0.0.1", "--port", fmt.Sprint(port), "../openapi.yaml")
	output, err := prism.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := prism.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		prism.Process.Kill()
		prism.Wait()
	})
	lines := bufio.NewScanner(output)
	ready := regexp.MustCompile(`Prism is listening`)
	for lines.Scan() && !ready.Match(lines.Bytes()) {
	}
	go func() {
		for lines.Scan() { // so that Prism isn't kept waiting
		}
	}()
	client, err := payreports.New(regions.NA, simulator.StartInMemory(t).Signer, payreports.WithEndpoint(fmt.Sprintf("http://127.0.0.1:%d/", port)),
		payreports.WithHTTPClient(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, day := t.Context(), time.Date(2022, 8, 4, 0, 0, 0, 0, time.UTC)
	schedule := payreports.CreateReportScheduleRequest{Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEveryDay, NextCreation: day, ReplaceExisting: true}
	calls := map[string]error{}
	page, err := client.GetReports(ctx, payreports.GetReportsOptions{Types: payreports.ReportTypes(), Since: day, PageSize: 100})
	if calls["getReports"] = err; err == nil && page.Reports[0].ReportID != "A08439021T39K6DTX4JS8" {
		t.Errorf("getReports: %+v", page)
	}
	_, calls["getReportById"] = client.GetReportByID(ctx, "A08439021T39K6DTX4JS8")
	_, calls["createReport"] = client.CreateReport(ctx, payreports.CreateReportRequest{Type: payreports.ReportTypeSandboxSettlement, Start: day, End: day})
	_, calls["getReportDocument"] = client.GetReportDocument(ctx, "amzn1.tortuga.3.45ee712dc-3512-6cbd-ad71-ab3cb4cffef7.T3FKJJI01Y1E32")
	_, calls["getReportSchedules"] = client.GetReportSchedules(ctx, payreports.GetReportSchedulesOptions{})
	_, calls["getReportScheduleById"] = client.GetReportScheduleByID(ctx, "68973459224")
	_, err = client.CreateReportSchedule(ctx, schedule)
	var exists *payreports.ReportScheduleExistsError
	if errors.As(err, &exists) { // the first example of the spec: a mock has no state
		err = nil
	}
	calls["createReportSchedule"] = err
	calls["cancelReportSchedule"] = client.CancelReportSchedule(ctx, "68973459224")
	_, calls["getDisbursements"] = client.GetDisbursements(ctx, payreports.GetDisbursementsOptions{Since: day, Until: day, PageSize: 30})
	for operation, err := range calls {
		if err != nil {
			t.Errorf("%s: %v", operation, err)
		}
		compares.Count(1, "operations")
	}
	if len(calls) != len(operations(t)) {
		t.Errorf("%d operations were called, want %d", len(calls), len(operations(t)))
	}
	// The mock refuses what the spec refuses: its check is no dummy.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/reports?pageSize=1000", port), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "x")
	req.Header.Set("x-amz-pay-date", "20220804T000000Z")
	req.Header.Set("x-amz-pay-host", "127.0.0.1")
	req.Header.Set("x-amz-pay-region", "na")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 400 || resp.StatusCode == http.StatusUnauthorized {
		t.Errorf("pageSize=1000 returned %d", resp.StatusCode)
	}
}
