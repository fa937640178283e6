package dataset_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/mirror"
)

// BenchmarkWritePerReading reports how many times longer a data set takes than reading the typed rows of its reports.
func BenchmarkWritePerReading(b *testing.B) {
	reports := b.TempDir()
	m := newMerchant(b, merchant.Config{TransactionsPerDay: 20_000})
	size := 0
	for s := range m.Settlements(date(1, 25), date(2, 5)) {
		var text bytes.Buffer
		if err := m.WriteSettlement(&text, s); err != nil {
			b.Fatal(err)
		}
		put(b, reports, reportOf(payreports.ReportTypeSettlement, "S"+s.ID, s.Start, s.End), text.Bytes())
		size += text.Len()
	}
	source, err := mirror.Open(reports)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	var reading, writing time.Duration
	for i := 0; b.Loop(); i++ {
		started := time.Now()
		for _, err := range source.Settlements(b.Context(), mirror.Filter{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
		reading += time.Since(started)
		started = time.Now()
		if _, err := dataset.Write(b.Context(), source, mirror.Directory(filepath.Join(b.TempDir(), "set")), dataset.Options{}); err != nil {
			b.Fatal(err)
		}
		writing += time.Since(started)
	}
	b.ReportMetric(float64(writing)/float64(reading), "writing/reading")
}
