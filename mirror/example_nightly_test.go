package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
	"github.com/amazonpay-go/payreports/simulator"
)

// A whole nightly job: copy what is new, read all settlements once, and reconcile them with what Amazon Pay has paid out and with
// the shop's own orders.
func Example_nightly() {
	sim := simulator.StartInMemory(exampleTB{}, simulator.Config{Seed: 21, Start: time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)})
	client, ctx, now := sim.Client(), context.Background(), sim.Now() // with your own keys: payreports.New(regions.EU, signer)
	dir := must(os.MkdirTemp("", "reports"))
	defer os.RemoveAll(dir)
	only := []payreports.ReportType{payreports.ReportTypeSettlement}
	synced := must(mirror.Sync(ctx, client, dir, mirror.Options{Types: only, Since: now.AddDate(0, 0, -7)}))
	reports := must(mirror.Open(dir))
	summary, settlements, orders := new(reportfile.Summary), reconcile.NewSettlements(reconcile.Scope{}), reconcile.NewOrders(reconcile.OrdersOptions{})
	for row, err := range reports.Settlements(ctx, mirror.Filter{Types: only}) {
		check(err)
		check(errors.Join(summary.Add(&row), settlements.Add(&row), orders.Add(&row)))
	}
	for file, err := range reports.Reports(ctx, mirror.Filter{Types: only}) {
		check(err)
		settlements.AddFile(reconcile.File{Name: file.Path, ReportID: file.Metadata.Report.ReportID})
	}
	for report, err := range client.AllReports(ctx, payreports.GetReportsOptions{Types: only}) {
		check(err)
		settlements.AddReport(report)
	}
	since, until := settlements.DisbursementDates(now)
	for paid, err := range client.AllDisbursements(ctx, payreports.GetDisbursementsOptions{Since: since, Until: until}) {
		check(err)
		check(settlements.AddDisbursement(paid))
	}
	for order, err := range reconcile.ReadOrders(shopOrders(reports), reconcile.OrderFormat{}, reportfile.Options{Name: "orders.csv"}) {
		check(err)
		check(orders.AddOrder(order))
	}
	verdict := make(map[string]int)
	for _, settlement := range settlements.Results(now) {
		verdict["settlement "+string(settlement.Status)]++
	}
	for _, report := range settlements.Reports(now) {
		verdict["report "+string(report.Status)]++
	}
	for _, order := range orders.Results() {
		verdict["order "+string(order.Status)]++
	}
	fmt.Println(len(synced.New), "new reports,", len(summary.Settlements()), "settlements", verdict)
	// Output:
	// 7 new reports, 7 settlements map[order amount differs:1 order matched:139 report matched:7 settlement matched:7]
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// shopOrders stands for what the shop exports: an order for each capture, one of them with another amount.
func shopOrders(reports *mirror.Mirror) *strings.Reader {
	var file strings.Builder
	file.WriteString("order id,amount,currency\n")
	first := "9"
	for row, err := range reports.Settlements(context.Background(), mirror.Filter{}) {
		check(err)
		if row.Type == reportfile.TransactionCapture {
			fmt.Fprintf(&file, "%s,%s%s,%s\n", row.SellerOrderID, first, row.Amount, row.Currency)
			first = ""
		}
	}
	return strings.NewReader(file.String())
}
