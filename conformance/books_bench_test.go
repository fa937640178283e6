package conformance_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/journal"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
	"github.com/amazonpay-go/payreports/statement"
)

// rowsAlone is the job that the others are compared with.
const rowsAlone = "rows alone"

// bookJobs read each row once. What they return is called with each row, and when all are read.
var bookJobs = map[string]func() (add func(*reportfile.SettlementRow) error, end func() error){
	rowsAlone: func() (func(*reportfile.SettlementRow) error, func() error) {
		return func(*reportfile.SettlementRow) error { return nil }, func() error { return nil }
	},
	"summary": func() (func(*reportfile.SettlementRow) error, func() error) {
		s := new(reportfile.Summary)
		return s.Add, func() error {
			if !s.Balanced() || len(s.Settlements()) == 0 {
				return errors.New("not balanced")
			}
			return nil
		}
	},
	"totals by month": func() (func(*reportfile.SettlementRow) error, func() error) {
		totals := reportfile.NewTotals(reportfile.ByMonth)
		return totals.Add, func() error { _, err := totals.List(); return err }
	},
	"summary and totals by month": func() (func(*reportfile.SettlementRow) error, func() error) {
		s, totals := new(reportfile.Summary), reportfile.NewTotals(reportfile.ByMonth)
		return func(row *reportfile.SettlementRow) error { return errors.Join(s.Add(row), totals.Add(row)) }, func() error { _, err := totals.List(); return err }
	},
	"journal": func() (func(*reportfile.SettlementRow) error, func() error) {
		w, err := journal.NewWriter(io.Discard, journal.Options{})
		if err != nil {
			panic(err)
		}
		return w.Add, w.Close
	},
	"journal per transaction": func() (func(*reportfile.SettlementRow) error, func() error) {
		w, err := journal.NewWriter(io.Discard, journal.Options{Per: journal.PerTransaction})
		if err != nil {
			panic(err)
		}
		return w.Add, w.Close
	},
	"statement": func() (func(*reportfile.SettlementRow) error, func() error) {
		s, err := statement.New(statement.Options{})
		if err != nil {
			panic(err)
		}
		return s.Add, func() error { _, err := s.Write(io.Discard, nil); return err }
	},
	"reconcile": func() (func(*reportfile.SettlementRow) error, func() error) {
		s := reconcile.NewSettlements(reconcile.Scope{})
		return s.Add, func() error { s.Results(time.Now()); return nil }
	},
	"reconcile with orders": func() (func(*reportfile.SettlementRow) error, func() error) {
		books := reconcile.Books{Settlements: reconcile.NewSettlements(reconcile.Scope{}), Orders: reconcile.NewOrders(reconcile.OrdersOptions{})}
		return books.Add, func() error { _, err := books.Results(time.Now()); return err }
	},
}

func doBookJob(job, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%d files: %w", len(files), err)
	}
	add, end := bookJobs[job]()
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		f, err := reportfile.Options{Name: name}.Open(file)
		if err != nil {
			return err
		}
		for row, err := range f.Settlements() {
			if err == nil {
				err = add(&row)
			}
			if err != nil {
				return err
			}
		}
		file.Close()
	}
	return end()
}

// writeBooks writes settlements of merchants of all sizes, so many bytes, and returns how many settlements and orders there are.
func writeBooks(t testing.TB, dir string, bytes int64) (settlements, orders int) {
	t.Helper()
	var merchants []*merchant.Merchant
	for i, config := range []merchant.Config{
		{TransactionsPerDay: 20}, {TransactionsPerDay: 200, Currency: "EUR"}, {TransactionsPerDay: 2000, Currency: "JPY"}, {TransactionsPerDay: 9000},
	} {
		config.Seed = uint64(i)
		m, err := merchant.New(config)
		if err != nil {
			t.Fatal(err)
		}
		merchants = append(merchants, m)
	}
	size := int64(0)
	for day := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC); size < bytes; day = day.AddDate(0, 0, 1) {
		for _, m := range merchants {
			for s := range m.Settlements(day, day.Add(24*time.Hour-time.Second)) {
				file, err := os.Create(filepath.Join(dir, s.ID+".csv"))
				if err != nil {
					t.Fatal(err)
				}
				if err := m.WriteSettlement(file, s); err != nil {
					t.Fatal(err)
				}
				info, err := file.Stat()
				if err != nil {
					t.Fatal(err)
				}
				size += info.Size()
				if err := file.Close(); err != nil {
					t.Fatal(err)
				}
				settlements++
				for row := range m.SettlementRows(s) {
					if row.Type == "Capture" {
						orders++
					}
				}
			}
		}
	}
	return settlements, orders
}

// BenchmarkBooksPerReading does each of the bookJobs with the same files in turns with reading their rows alone, and reports how many times as
// long the job takes, by the least time of each: other work of the machine only makes it longer.
func BenchmarkBooksPerReading(b *testing.B) {
	dir := b.TempDir()
	writeBooks(b, dir, 32<<20)
	timeOf := func(b *testing.B, job string) time.Duration {
		runtime.GC()
		start := time.Now()
		if err := doBookJob(job, dir); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	for _, job := range slices.Sorted(maps.Keys(bookJobs)) {
		if job == rowsAlone {
			continue
		}
		b.Run(job, func(b *testing.B) {
			alone, with := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
			for b.Loop() {
				alone, with = min(alone, timeOf(b, rowsAlone)), min(with, timeOf(b, job))
			}
			b.ReportMetric(with.Seconds()/alone.Seconds(), "times-reading")
		})
	}
}
