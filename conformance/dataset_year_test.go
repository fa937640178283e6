//go:build duckdb

package conformance_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/mirror"
)

// A year of 1,000 merchants, about 10 million rows: DuckDB's sums per month over Parquet are those over the reports themselves, and
// take less time. It takes some minutes and 4 GB of disk.
func TestDataSetOfAYear(t *testing.T) {
	t.Parallel()
	compares := withDuckDB(t, "the sums of a year of 1,000 merchants, over the data set and over the reports")
	if os.Getenv("PAYREPORTS_CHAOS") != "long" {
		t.Skip("only with PAYREPORTS_CHAOS=long")
	}
	dir := t.TempDir()
	reports := filepath.Join(dir, "reports")
	began := time.Now()
	for n := range 1000 {
		m, err := merchant.New(merchant.Config{Seed: uint64(n), TransactionsPerDay: 25})
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(reports, mirror.AccountPath(fmt.Sprintf("m%04d", n)))
		start := time.Date(2029, 1, 1, 7, 0, 0, 0, time.UTC)
		for month := range 12 { // one report a month, with all settlements of it
			from, to := start.AddDate(0, month, 0), start.AddDate(0, month+1, 0)
			putReport(t, folder, payreports.ReportTypeSettlement, fmt.Sprintf("S%d-%d", n, month), from, to.Add(-time.Second), func(w io.Writer) error {
				return writeMonth(w, m, from, to)
			})
		}
	}
	t.Logf("%v to invent the reports", time.Since(began).Round(time.Second))
	source, err := mirror.Open(reports)
	if err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	summary, err := dataset.Write(t.Context(), source, mirror.Directory(filepath.Join(dir, "dataset")), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := int64(0)
	for _, p := range summary.Written {
		rows += p.Rows
	}
	t.Logf("%v to write %d rows in %d partitions", time.Since(began).Round(time.Second), rows, len(summary.Written))
	sums := func(month, amount, fees, net, kind, from string) string {
		return fmt.Sprintf(`SELECT %s AS month, sum(%s), sum(%s), sum(%s), count(*) FROM %s WHERE %s = 'Capture' GROUP BY 1 ORDER BY 1`, month, amount, fees, net, from, kind)
	}
	parquet := sums("month", "amount", "total_fee", "net", "type", "read_parquet('dataset/settlements/*/*/*.parquet', hive_partitioning = true)")
	csv := sums("substr(c0, 1, 7)", "c10", "c13", "c14", "c4", `read_csv('reports/*/*/*/*.csv', skip = 6, header = false, quote = '"', auto_detect = false, delim = ',', hive_partitioning = false,
		columns = {'c0': VARCHAR, 'c1': VARCHAR, 'c2': VARCHAR, 'c3': VARCHAR, 'c4': VARCHAR, 'c5': VARCHAR, 'c6': VARCHAR, 'c7': VARCHAR, 'c8': VARCHAR, 'c9': VARCHAR,
			'c10': 'DECIMAL(38,9)', 'c11': 'DECIMAL(38,9)', 'c12': 'DECIMAL(38,9)', 'c13': 'DECIMAL(38,9)', 'c14': 'DECIMAL(38,9)'})`)
	answers := duckDB(t, dir, parquet, csv, parquet, csv)
	compares.Count(len(answers[0].Rows), "months")
	compares.Count(int(rows), "rows")
	if diff := cmp.Diff(answers[1].texts(), answers[0].texts()); diff != "" || len(answers[0].Rows) < 12 {
		t.Errorf("sums (-reports +data set):\n%s", diff)
	}
	t.Logf("a sum per month: %.2f s over Parquet and %.2f s over CSV, and the second time %.2f s and %.2f s: %.0f times faster",
		answers[0].Seconds, answers[1].Seconds, answers[2].Seconds, answers[3].Seconds, answers[3].Seconds/answers[2].Seconds)
	if answers[2].Seconds >= answers[3].Seconds {
		t.Error("Parquet takes as long as CSV")
	}
}

// writeMonth writes the settlements of a month as one report.
func writeMonth(w io.Writer, m *merchant.Merchant, from, to time.Time) error {
	first := true
	for s := range m.Settlements(from.Add(time.Second), to) {
		out := w
		if !first {
			out = &withoutLines{w: w, skip: 6}
		}
		first = false
		if err := m.WriteSettlement(out, s); err != nil {
			return err
		}
	}
	return nil
}

// withoutLines leaves out the first lines of what is written.
type withoutLines struct {
	w    io.Writer
	skip int
}

func (l *withoutLines) Write(p []byte) (int, error) {
	rest := p
	for i, b := range p {
		if l.skip == 0 {
			break
		}
		if b == '\n' {
			l.skip--
			rest = p[i+1:]
		}
	}
	if l.skip > 0 {
		return len(p), nil
	}
	if _, err := l.w.Write(rest); err != nil {
		return 0, err
	}
	return len(p), nil
}
