package statement_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/reportfile"
	"github.com/amazonpay-go/payreports/statement"
)

// BenchmarkStatementPerReading reads the same files with and without a statement in turns, and reports the median of how many times as long it takes
// with one. What else the machine does hits both.
func BenchmarkStatementPerReading(b *testing.B) {
	m, err := merchant.New(merchant.Config{TransactionsPerDay: 5000})
	if err != nil {
		b.Fatal(err)
	}
	start := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	var files [][]byte
	for s := range m.Settlements(start, start.AddDate(0, 0, 3)) {
		var file bytes.Buffer
		if err := m.WriteSettlement(&file, s); err != nil {
			b.Fatal(err)
		}
		files = append(files, file.Bytes())
	}
	timeOf := func(add func(*reportfile.SettlementRow) error) float64 {
		start := time.Now()
		for _, file := range files {
			reader, err := reportfile.Open(bytes.NewReader(file))
			if err != nil {
				b.Fatal(err)
			}
			for row, err := range reader.Settlements() {
				if err == nil {
					err = add(&row)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		return time.Since(start).Seconds()
	}
	var ratios []float64
	for b.Loop() {
		page, err := statement.New(statement.Options{})
		if err != nil {
			b.Fatal(err)
		}
		alone := timeOf(func(*reportfile.SettlementRow) error { return nil })
		ratios = append(ratios, timeOf(page.Add)/alone)
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "times-reading")
}
