package reportfile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/reportfile"
)

// An offset has a colon or none, and a space before it or none.
func TestOffsets(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 1, 10, 30, 0, 0, time.UTC)
	for _, text := range []string{
		"2026-11-01T03:30:00 -07:00", "2026-11-01T03:30:00 -0700", "2026-11-01T03:30:00-07:00", "2026-11-01T03:30:00-0700",
		"2026-11-01T16:00:00 +05:30", "2026-11-01T16:00:00 +0530", "2026-11-01T10:30:00Z",
	} {
		row := text + ",1,Transfer,USD,0,0,0,0,0\n"
		file, err := reportfile.Open(strings.NewReader("TransactionPostedDate,SettlementId,TransactionType,CurrencyCode,TransactionAmount,TransactionPercentageFee,TransactionFixedFee,TotalTransactionFee,NetTransactionAmount\n" + row))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for got, err := range file.Settlements() {
			n++
			if err != nil || !got.Posted.Equal(want) {
				t.Errorf("%q is %v, %v, want %v", text, got.Posted, err, want)
			}
		}
		if n != 1 {
			t.Errorf("%q: %d rows", text, n)
		}
	}
}
