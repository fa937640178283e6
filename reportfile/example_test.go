package reportfile_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/amazonpay-go/payreports/reportfile"
)

// The rows of a settlement report, with exact amounts.
func ExampleReader_Settlements() {
	file, err := reportfile.Open(strings.NewReader(settlement))
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range file.Settlements() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(row.Posted.Format("2006-01-02"), row.Type, row.Net, row.Currency)
	}
	// Output:
	// 2030-03-01 Capture 1213.45 USD
	// 2030-03-01 Refund -19.42 USD
	// 2030-03-02 Reserve 100.00 USD
	// 2030-03-02 Transfer -1294.03 USD
}

// A loop may go on after a row that can't be read.
func ExampleRowError() {
	file, _ := reportfile.Open(strings.NewReader(strings.Replace(settlement, "-19.42", "-19,42", 1)))
	for _, err := range file.Settlements() {
		var bad *reportfile.RowError
		if errors.As(err, &bad) {
			fmt.Println(bad)
			continue
		}
	}
	fmt.Println(file.BadRows(), "bad row")
	// Output:
	// reportfile: line 8, column NetTransactionAmount: "-19,42" is not an amount that can be read: the file looks re-saved by a spreadsheet; the option DecimalComma (--decimal-comma) reads amounts with a decimal comma
	// 1 bad row
}

// The sums of a settlement, and whether it adds up.
func ExampleSummarize() {
	file, _ := reportfile.Open(strings.NewReader(settlement))
	summary, err := reportfile.Summarize(file.Settlements())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range summary.Settlements() {
		for _, t := range s.Types {
			fmt.Println(t.Type, t.Count, t.Amount, t.TotalFee, t.Net)
		}
		fmt.Println("Transfer", s.Transfer.Net, "balanced:", s.Balanced())
	}
	// Output:
	// Capture 1 1250.00 -36.55 1213.45
	// Refund 1 -20.00 0.58 -19.42
	// Reserve 1 100.00 0.00 100.00
	// Transfer -1294.03 balanced: true
}

// Clean lines of JSON for a data tool.
func ExampleWriteJSONLines() {
	file, _ := reportfile.Open(strings.NewReader("\"AmazonCaptureId\",\"CaptureAmount\",\"CurrencyCode\",\"CreationTimestamp\"\n\"C1\",\"1,250\",\"USD\",\"2030-03-01T09:15:00 -0800\"\n"))
	if err := reportfile.WriteJSONLines(os.Stdout, file); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"AmazonCaptureId":"C1","CaptureAmount":"1250.00","CurrencyCode":"USD","CreationTimestamp":"2030-03-01T09:15:00-08:00"}
}

// What was sold each month, and what it cost, for the VAT return.
func ExampleTotals() {
	file, err := reportfile.Open(strings.NewReader(settlement))
	if err != nil {
		panic(err)
	}
	totals := reportfile.NewTotals(reportfile.ByMonth)
	for row, err := range file.Settlements() {
		if err == nil {
			err = totals.Add(&row)
		}
		if err != nil {
			panic(err)
		}
	}
	months, err := totals.List()
	if err != nil {
		panic(err)
	}
	for _, month := range months {
		fmt.Println(month.Group, "sold", month.Of(reportfile.CategorySales).Amount, "fees", month.Earned.PercentageFee, month.Earned.FixedFee, month.Currency)
	}
	// Output: 2030-03 sold 1250.00 fees -35.67 -0.30 USD
}

// A German Excel reads semicolons and decimal commas.
func ExampleSpreadsheet() {
	file, err := reportfile.Open(strings.NewReader("AmazonRefundId,RefundAmount,CurrencyCode,SellerRefundNote\nR1,\"1,250.00\",EUR,=1+1\n"))
	if err != nil {
		panic(err)
	}
	excel := reportfile.Spreadsheet{Delimiter: ';', DecimalComma: true}
	var text strings.Builder
	if err := excel.WriteCSV(&text, file); err != nil {
		panic(err)
	}
	fmt.Print(strings.ReplaceAll(text.String(), "\r\n", "\n"))
	// Output:
	// AmazonRefundId;RefundAmount;CurrencyCode;SellerRefundNote
	// R1;1250,00;EUR;'=1+1
}
