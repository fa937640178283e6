package reconcile_test

import (
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

const example = `"TransactionPostedDate","SettlementId","TransactionType","SellerOrderId","CurrencyCode","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount"
"2030-03-01T09:15:00 -0800","99000000001","Capture","ORDER-1001","USD","1250.00","-36.25","-0.30","-36.55","1213.45"
"2030-03-01T11:40:12 -0800","99000000001","Capture","ORDER-1002","USD","20.00","-0.58","-0.30","-0.88","19.12"
"2030-03-02T00:00:03 -0800","99000000001","Transfer","","USD","-1232.57","0","0","0","-1232.57"
`

// One pass over the rows feeds a summary, the settlements and the orders.
func Example() {
	summary := new(reportfile.Summary)
	settlements := reconcile.NewSettlements(reconcile.Scope{})
	orders := reconcile.NewOrders(reconcile.OrdersOptions{})

	file, err := reportfile.Options{Name: "5001.csv"}.Open(strings.NewReader(example))
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range file.Settlements() {
		if err != nil {
			log.Fatal(err)
		}
		for _, add := range []func(*reportfile.SettlementRow) error{summary.Add, settlements.Add, orders.Add} {
			if err := add(&row); err != nil {
				log.Fatal(err)
			}
		}
	}
	settlements.AddFile(reconcile.File{Name: "5001.csv", ReportID: "5001"})

	// What the service lists: payreports.Client has iterators for both.
	ended := time.Date(2030, 3, 2, 8, 0, 3, 0, time.UTC)
	for day, id := range []api.ReportID{"5001", "5002"} {
		settlements.AddReport(api.Report{
			ReportID: id, ProcessingStatus: api.ProcessingStatusCompleted,
			EndTime: wire.NewTimestamp(ended.AddDate(0, 0, day)), CreatedTime: wire.NewTimestamp(ended.AddDate(0, 0, day)),
		})
	}
	if err := settlements.AddDisbursement(api.Disbursement{
		SettlementID: "99000000001", CurrencyCode: "USD", Amount: decimal.MustParse("1232.57"), TransactionTime: wire.NewDateTime(ended.AddDate(0, 0, 3)),
	}); err != nil {
		log.Fatal(err)
	}
	for order, err := range reconcile.ReadOrders(strings.NewReader("order id,amount,currency\nORDER-1001,1250.00,USD\nORDER-1002,22.00,USD\n"), reconcile.OrderFormat{}, reportfile.Options{Name: "orders.csv"}) {
		if err != nil {
			log.Fatal(err)
		}
		if err := orders.AddOrder(order); err != nil {
			log.Fatal(err)
		}
	}

	now := ended.AddDate(0, 0, 4)
	for _, s := range summary.Settlements() {
		fmt.Printf("settlement %s is balanced: %t\n", s.SettlementID, s.Balanced())
	}
	for _, r := range settlements.Results(now) {
		fmt.Printf("settlement %s: %s\n", r.SettlementID, r.Status)
	}
	for _, r := range settlements.Reports(now) {
		fmt.Printf("report %s: %s\n", r.ReportID, r.Status)
	}
	for _, r := range orders.Results() {
		fmt.Printf("order %s: %s (%s, %s)\n", r.OrderID, r.Status, r.Ordered, r.Captured)
	}
	// Output:
	// settlement 99000000001 is balanced: true
	// settlement 99000000001: matched
	// report 5001: matched
	// report 5002: no file
	// order ORDER-1001: matched (1250.00, 1250.00)
	// order ORDER-1002: amount differs (22.00, 20.00)
}

// A shop's export has orders that were paid in other ways, and perhaps newer ones than the last settlement.
func ExampleReadOrders() {
	const export = `Name,Financial Status,Currency,Total,Created at,Lineitem name,Payment Method,Refunded Amount
#1001,paid,USD,1250.00,2030-03-01 09:14:00 -0800,Mug,Amazon Pay,0.00
#1001,,,,,Saucer,,
#1002,paid,USD,75.00,2030-03-01 10:00:00 -0800,Mug,PayPal Express Checkout,0.00
#1003,paid,USD,12.00,2030-03-03 10:00:00 -0800,Mug,Amazon Pay,0.00
`
	format, err := reconcile.OrderFormatFor("shopify")
	if err != nil {
		log.Fatal(err)
	}
	format.Where = []reconcile.OrderFilter{{Column: "Payment Method", Value: "Amazon Pay"}}
	orders := reconcile.NewOrders(reconcile.OrdersOptions{IDPrefix: format.IDPrefix})
	for order, err := range reconcile.ReadOrders(strings.NewReader(export), format, reportfile.Options{Name: "orders_export.csv"}) {
		if err != nil {
			log.Fatal(err)
		}
		if err := orders.AddOrder(order); err != nil {
			log.Fatal(err)
		}
	}
	file, err := reportfile.Open(strings.NewReader(strings.ReplaceAll(example, "ORDER-", "")))
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range file.Settlements() {
		if err != nil {
			log.Fatal(err)
		}
		if err := orders.Add(&row); err != nil {
			log.Fatal(err)
		}
	}
	for _, r := range orders.Results() {
		fmt.Println(r.OrderID, r.Status)
	}
	fmt.Println("left out:", orders.LeftOut())
	// Output:
	// 1001 matched
	// 1002 no order
	// 1003 pending
	// left out: 1
}
