//go:build books || page

package conformance_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/reportfile"
)

// yearStart is the beginning of the year of the merchants' reports.
var yearStart = time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)

// eachSettlement goes through the settlements of a year of three merchants.
func eachSettlement(t *testing.T, use func(*merchant.Merchant, merchant.Settlement)) {
	t.Helper()
	for seed, currency := range []string{"USD", "EUR", "JPY"} {
		m, err := merchant.New(merchant.Config{Seed: uint64(seed) + 1, Currency: currency})
		if err != nil {
			t.Fatal(err)
		}
		for s := range m.Settlements(yearStart, yearStart.AddDate(1, 0, 0)) {
			use(m, s)
		}
	}
}

// writeYear writes the settlement reports of the year.
func writeYear(t *testing.T, dir string) {
	t.Helper()
	eachSettlement(t, func(m *merchant.Merchant, s merchant.Settlement) {
		file, err := os.Create(filepath.Join(dir, m.Currency()+s.ID+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.WriteSettlement(file, s); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// eachRow goes through the rows of all files.
func eachRow(t *testing.T, dir string, use func(*reportfile.SettlementRow) error) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(names) < 3*365 {
		t.Fatalf("%d files: %v", len(names), err)
	}
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		reader, err := reportfile.Options{Name: name}.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range reader.Settlements() {
			if err == nil {
				err = use(&row)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		file.Close()
	}
}
