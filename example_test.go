package payreports_test

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

// exampleTB lets an Example start a simulator.
type exampleTB struct{ cleanups []func() }

func (*exampleTB) Helper()                        {}
func (tb *exampleTB) Cleanup(f func())            { tb.cleanups = append(tb.cleanups, f) }
func (*exampleTB) Fatalf(format string, a ...any) { log.Fatalf(format, a...) }
func (tb *exampleTB) done() {
	for _, f := range tb.cleanups {
		f()
	}
}

// Example creates a report in the sandbox, waits until it is made and reads its first lines.
func Example() {
	tb := new(exampleTB)
	defer tb.done()
	sim := simulator.Start(tb, simulator.Config{Speed: 1000}) // makes reports a thousand times as fast

	ctx := context.Background()
	client, err := payreports.New(sim.Region, sim.Signer, sim.ClientOptions()...)
	if err != nil {
		log.Fatal(err)
	}
	created, err := client.CreateReport(ctx, payreports.CreateReportRequest{
		Type:  payreports.ReportTypeSandboxSettlement,
		Start: time.Date(2026, 8, 4, 0, 0, 0, 0, time.UTC),
		End:   time.Date(2026, 8, 4, 23, 59, 59, 0, time.UTC),
	})
	if err != nil {
		log.Fatal(err)
	}
	report, err := client.WaitForReport(ctx, created.ReportID)
	if err != nil {
		log.Fatal(err)
	}
	content, err := client.OpenReport(ctx, report.ReportID)
	if err != nil {
		log.Fatal(err)
	}
	defer content.Close()
	lines := bufio.NewScanner(content)
	for range 5 {
		lines.Scan()
		fmt.Println(strings.TrimPrefix(lines.Text(), "\ufeff"))
	}
	// Output:
	// "Amazon Payments Advanced",
	// "Settlement Report",
	// "SellerId","A0SIMULATOR0"
	// "SettlementStartDate","2026-08-03T17:00:00 -0700"
	// "SettlementEndDate","2026-08-04T16:59:59 -0700"
}
