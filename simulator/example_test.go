package simulator_test

import (
	"context"
	"fmt"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

// newestSettlement is the code under test. It must survive transient errors.
func newestSettlement(ctx context.Context, client *payreports.Client) (string, error) {
	for report, err := range client.AllReports(ctx, payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}}) {
		return report.EndTime.String(), err
	}
	return "", nil
}

// This tests a program's own code: the service returns 429, then cuts the connection after processing the request, and then succeeds. In a test,
// pass t instead of tb. With simulator.Start there is a socket, and net/http itself may retry a GET whose connection was cut.
func ExampleStartInMemory() {
	tb := new(discard)
	sim := simulator.StartInMemory(tb, simulator.Config{Start: time.Date(2026, 8, 4, 12, 0, 0, 0, time.UTC)})
	sim.Inject(simulator.FaultThrottle, "getReports", 1)
	sim.Inject(simulator.FaultCutAfter, "getReports", 1)

	attempts := 1
	client := sim.Client(payreports.WithRetry(payreports.RetryPolicy{
		BaseDelay: time.Millisecond,
		OnRetry:   func(payreports.RetryEvent) { attempts++ },
	}))
	end, err := newestSettlement(context.Background(), client)
	fmt.Println(end, err, "after", attempts, "attempts")
	// Output:
	// 20260804T070000Z <nil> after 3 attempts
}

// The simulator has its own clock, so a test doesn't have to wait for a month.
func ExampleSimulator_Advance() {
	sim := simulator.StartInMemory(new(discard), simulator.Config{Start: time.Date(2026, 8, 4, 12, 0, 0, 0, time.UTC)})
	client := sim.Client()
	ctx := context.Background()
	_, err := client.CreateReportSchedule(ctx, payreports.CreateReportScheduleRequest{
		Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEvery7Days, NextCreation: sim.Now().Add(time.Hour),
	})
	if err != nil {
		fmt.Println(err)
	}
	sim.Advance(30 * 24 * time.Hour)
	for report := range client.AllReports(ctx, payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeRefund}}) {
		fmt.Println(report.CreatedTime, report.ProcessingStatus)
	}
	// Output:
	// 20260901T130000Z COMPLETED
	// 20260825T130000Z COMPLETED
	// 20260818T130000Z COMPLETED
	// 20260811T130000Z COMPLETED
	// 20260804T130000Z COMPLETED
}
