//go:build big

// This test takes a while: make chaos runs it.

package conformance_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/journal"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
	"github.com/amazonpay-go/payreports/statement"
)

// bigBooks is the variable that makes a process of this test do one of the bookJobs with a directory: "job:directory".
const bigBooks = "PAYREPORTS_TEST_BIG_BOOKS"

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

func init() {
	job, dir, found := strings.Cut(os.Getenv(bigBooks), ":")
	if !found {
		return
	}
	if err := doBookJob(job, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
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

// settlementsOfAGibibyte writes a year of settlements of merchants of all sizes, and returns how many settlements and orders there are.
func settlementsOfAGibibyte(t *testing.T, dir string) (settlements, orders int) {
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
	for day := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC); size < 1<<30; day = day.AddDate(0, 0, 1) {
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

// timesAllowed is how many times as long as reading the rows alone a job may take, if that isn't 1.3. Bookings of each transaction are more
// text than the reports. With orders, there is an entry for each order, and the results are sorted.
var timesAllowed = map[string]float64{"journal per transaction": 7, "reconcile with orders": 7}

// Whatever is done with 1 GiB of settlements takes at most 64 MiB, besides an entry for each order, and at most 1.3 times as long as reading
// the rows alone. The time is that of the processor, and the least of some rounds, because other work of the machine makes it longer.
//
// Not parallel, because it measures processes. They run without the race detector, which needs memory and time itself.
func TestChaosBigBooks(t *testing.T) {
	const most, perOrder, rounds = 64 << 20, 1 << 10, 4
	dir := t.TempDir()
	settlements, orders := settlementsOfAGibibyte(t, dir)
	t.Logf("%d settlements, %d orders", settlements, orders)
	memory, seconds := make(map[string]int64), make(map[string]float64)
	slow := func(job string) bool { return seconds[job] > cmp.Or(timesAllowed[job], 1.3)*seconds[rowsAlone] }
	jobs := slices.Sorted(maps.Keys(bookJobs))
	for round := range rounds {
		for _, job := range jobs {
			if round > 0 && job != rowsAlone && !slow(job) {
				continue
			}
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append(os.Environ(), bigBooks+"="+job+":"+dir)
			if output, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", job, err, output)
			}
			usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
			if !ok {
				t.Fatalf("%s: its usage is a %T", job, command.ProcessState.SysUsage())
			}
			memory[job] = max(memory[job], usage.Maxrss<<10)
			took := (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds()
			seconds[job] = min(cmp.Or(seconds[job], took), took)
		}
	}
	for _, job := range jobs {
		allowed := int64(most)
		if job == "reconcile with orders" {
			allowed += int64(orders) * perOrder
		}
		t.Logf("%-28s %4d MiB, %5.2f s, %.2f times as long as the rows alone", job, memory[job]>>20, seconds[job], seconds[job]/seconds[rowsAlone])
		if memory[job] > allowed {
			t.Errorf("%s takes %d MiB, more than %d", job, memory[job]>>20, allowed>>20)
		}
		if slow(job) {
			t.Errorf("%s takes %.2f times as long as the rows alone", job, seconds[job]/seconds[rowsAlone])
		}
	}
}
