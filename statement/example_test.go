package statement_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/amazonpay-go/payreports/reportfile"
	"github.com/amazonpay-go/payreports/statement"
)

// A settlement report as a page for people.
func Example() {
	const report = `"TransactionPostedDate","SettlementId","TransactionType","CurrencyCode","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount",
"2026-10-05T12:00:00 -0700","10071006232","Capture","USD","1,250.00","-36.25","-0.30","-36.55","1213.45"
"2026-10-06T12:00:00 -0700","10071006232","Transfer","USD","-1213.45","0","0","0","-1213.45"
`
	page, err := statement.New(statement.Options{Title: "October 2026"})
	if err != nil {
		panic(err)
	}
	file, err := reportfile.Options{Name: "october.csv"}.Open(strings.NewReader(report))
	if err != nil {
		panic(err)
	}
	for row, err := range file.Settlements() {
		if err == nil {
			err = page.Add(&row)
		}
		if err != nil {
			panic(err)
		}
	}
	out, err := os.Create(os.DevNull)
	if err != nil {
		panic(err)
	}
	defer out.Close()
	differences, err := page.Write(out, nil)
	fmt.Println(differences, err)
	// Output: 0 <nil>
}
