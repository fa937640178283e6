package reportfile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// booked is a row of a settlement, with what matters for totals.
func booked(posted, store string, kind reportfile.TransactionType, currency, amount, percentage, fixed string) reportfile.SettlementRow {
	t, err := time.Parse(time.RFC3339, posted)
	if err != nil {
		panic(err)
	}
	row := reportfile.SettlementRow{
		File: "a.csv", Line: 7, Posted: t, StoreName: store, Type: kind, Currency: currency,
		Amount: decimal.MustParse(amount), PercentageFee: decimal.MustParse(percentage), FixedFee: decimal.MustParse(fixed),
	}
	if row.TotalFee, err = reportfile.AddExact(row.PercentageFee, row.FixedFee); err != nil {
		panic(err)
	}
	if row.Net, err = reportfile.AddExact(row.Amount, row.TotalFee); err != nil {
		panic(err)
	}
	return row
}

var bookedRows = []reportfile.SettlementRow{
	booked("2030-01-31T23:59:59-08:00", "Shop", "Capture", "USD", "1250.00", "-36.25", "-0.30"),
	booked("2030-02-01T00:00:00-08:00", "Shop", "Capture", "USD", "20", "-0.58", "-0.30"),
	booked("2030-02-01T00:30:00-08:00", "Outlet", "Refund", "USD", "-5.00", "0.15", "0"),
	booked("2030-02-02T00:00:00-08:00", "Outlet", "Chargeback", "USD", "-10.00", "0", "-15"),
	booked("2030-02-02T00:00:00-08:00", "", "Reserve", "USD", "-70.00", "0", "0"),
	booked("2030-02-02T00:00:00-08:00", "", "capture", "USD", "0.01", "0", "0"), // not the type that is known
	booked("2030-02-03T00:00:00-08:00", "", "Transfer", "USD", "-1132.73", "0", "0"),
	booked("2030-02-01T00:00:00+09:00", "Shop", "Capture", "JPY", "1000", "-36", "0"), // January in UTC
}

// totalsInBrief writes each total as a line: its group, its categories with count, amount and fees, what was earned and paid out.
func totalsInBrief(t *testing.T, totals *reportfile.Totals) []string {
	t.Helper()
	list, err := totals.List()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, total := range list {
		line := total.Currency + " " + total.Group + ":"
		for _, c := range total.Categories {
			line += fmt.Sprintf(" %s %d %s %s %s,", c.Category, c.Count, c.Amount, c.PercentageFee, c.FixedFee)
		}
		lines = append(lines, line+fmt.Sprintf(" earned %d %s %s %s, paid out %s, difference %s",
			total.Earned.Count, total.Earned.Amount, total.Earned.TotalFee, total.Earned.Net, total.Payouts.Net, total.Difference))
	}
	return lines
}

func TestTotals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		by   reportfile.Grouping
		want []string
	}{
		"currency": {reportfile.ByCurrency, []string{
			"JPY : sales 1 1000 -36 0, earned 1 1000 -36 964, paid out 0, difference 964",
			"USD : sales 2 1270.00 -36.83 -0.60, refunds 1 -5.00 0.15 0.00, claims 1 -10.00 0.00 -15.00, reserves 1 -70.00 0.00 0.00, " +
				"other 1 0.01 0.00 0.00, payouts 1 -1132.73 0.00 0.00, earned 6 1185.01 -52.28 1132.73, paid out -1132.73, difference 0.00",
		}},
		"month": {reportfile.ByMonth, []string{
			"JPY 2030-02: sales 1 1000 -36 0, earned 1 1000 -36 964, paid out 0, difference 964",
			"USD 2030-01: sales 1 1250.00 -36.25 -0.30, earned 1 1250.00 -36.55 1213.45, paid out 0.00, difference 1213.45",
			"USD 2030-02: sales 1 20.00 -0.58 -0.30, refunds 1 -5.00 0.15 0.00, claims 1 -10.00 0.00 -15.00, reserves 1 -70.00 0.00 0.00, " +
				"other 1 0.01 0.00 0.00, payouts 1 -1132.73 0.00 0.00, earned 5 -64.99 -15.73 -80.72, paid out -1132.73, difference -1213.45",
		}},
		"store": {reportfile.ByStore, []string{
			"JPY Shop: sales 1 1000 -36 0, earned 1 1000 -36 964, paid out 0, difference 964",
			"USD : reserves 1 -70.00 0.00 0.00, other 1 0.01 0.00 0.00, payouts 1 -1132.73 0.00 0.00, earned 2 -69.99 0.00 -69.99, paid out -1132.73, difference -1202.72",
			"USD Outlet: refunds 1 -5.00 0.15 0.00, claims 1 -10.00 0.00 -15.00, earned 2 -15.00 -14.85 -29.85, paid out 0.00, difference -29.85",
			"USD Shop: sales 2 1270.00 -36.83 -0.60, earned 2 1270.00 -37.43 1232.57, paid out 0.00, difference 1232.57",
		}},
		"type": {reportfile.ByType, []string{
			"JPY Capture: sales 1 1000 -36 0, earned 1 1000 -36 964, paid out 0, difference 964",
			"USD Capture: sales 2 1270.00 -36.83 -0.60, earned 2 1270.00 -37.43 1232.57, paid out 0.00, difference 1232.57",
			"USD Chargeback: claims 1 -10.00 0.00 -15.00, earned 1 -10.00 -15.00 -25.00, paid out 0.00, difference -25.00",
			"USD Refund: refunds 1 -5.00 0.15 0.00, earned 1 -5.00 0.15 -4.85, paid out 0.00, difference -4.85",
			"USD Reserve: reserves 1 -70.00 0.00 0.00, earned 1 -70.00 0.00 -70.00, paid out 0.00, difference -70.00",
			"USD Transfer: payouts 1 -1132.73 0.00 0.00, earned 0 0.00 0.00 0.00, paid out -1132.73, difference -1132.73",
			"USD capture: other 1 0.01 0.00 0.00, earned 1 0.01 0.00 0.01, paid out 0.00, difference 0.01",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := reportfile.NewTotals(test.by)
			merged := reportfile.NewTotals(test.by)
			for i := range bookedRows {
				if err := whole.Add(&bookedRows[i]); err != nil {
					t.Fatal(err)
				}
				part := reportfile.NewTotals(test.by)
				if err := part.Add(&bookedRows[i]); err != nil {
					t.Fatal(err)
				}
				if err := merged.Merge(part); err != nil {
					t.Fatal(err)
				}
			}
			for how, totals := range map[string]*reportfile.Totals{"added": whole, "merged": merged} {
				if diff := cmp.Diff(test.want, totalsInBrief(t, totals)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", how, diff)
				}
			}
			all, perCurrency := reportfile.NewTotals(""), reportfile.NewTotals("")
			for i := range bookedRows {
				if err := all.Add(&bookedRows[i]); err != nil {
					t.Fatal(err)
				}
			}
			if err := perCurrency.Merge(whole); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(totalsInBrief(t, all), totalsInBrief(t, perCurrency)); diff != "" {
				t.Errorf("merged without a grouping (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCategories(t *testing.T) {
	t.Parallel()
	want := map[reportfile.Category]string{
		reportfile.CategorySales: "Capture", reportfile.CategoryRefunds: "Refund", reportfile.CategoryClaims: "A-to-z Guarantee Claim, Chargeback, Dispute",
		reportfile.CategoryAdjustments: "Adjustment", reportfile.CategoryReserves: "Debt, Carryover, Reserve",
		reportfile.CategoryOther: "Authorization, , capture, Transfer , Gift", reportfile.CategoryPayouts: "Transfer",
	}
	if got := reportfile.Categories(); len(got) != len(want) || got[0] != reportfile.CategorySales || got[6] != reportfile.CategoryPayouts {
		t.Errorf("Categories are %v", got)
	}
	for category, types := range want {
		for text := range strings.SplitSeq(types, ", ") {
			if got := reportfile.TransactionType(text).Category(); got != category {
				t.Errorf("%q is in %s, want %s", text, got, category)
			}
		}
	}
}

// A sum of more than 19 digits is an error wherever it comes up, never a rounded one.
func TestTotalsOfManyDigits(t *testing.T) {
	t.Parallel()
	large := booked("2030-02-01T00:00:00Z", "", "Capture", "USD", "60000000000000000.00", "0", "0")
	other := large
	other.Type = "Refund"
	totals := func(rows ...reportfile.SettlementRow) *reportfile.Totals {
		totals := reportfile.NewTotals("")
		for i := range rows {
			if err := totals.Add(&rows[i]); err != nil {
				t.Fatal(err)
			}
		}
		return totals
	}
	const want = "the totals in USD have more than 19 digits"
	if err := totals(large).Add(&large); err == nil || err.Error() != "a.csv: line 7: "+want {
		t.Errorf("Add: %v", err)
	}
	if err := reportfile.NewTotals(reportfile.ByMonth).Merge(totals(large)); err == nil || !strings.Contains(err.Error(), "totals by currency can't be merged into totals by month") {
		t.Errorf("Merge with another grouping: %v", err)
	}
	if err := reportfile.NewTotals("year").Add(&large); err == nil || !strings.Contains(err.Error(), `no grouping "year"`) {
		t.Errorf("a grouping that doesn't exist: %v", err)
	}
	if err := totals(large).Merge(totals(large)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Merge: %v", err)
	}
	if list, err := totals(large, other).List(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("List: %v, %v", list, err)
	}
}
