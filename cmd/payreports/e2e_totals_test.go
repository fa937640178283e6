package main_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/internal/merchant"
)

// tradedIn writes a merchant's settlement reports of ten days around the first of February 2030, and returns what each month's rows come to in
// minor units, by transaction type.
func tradedIn(t *testing.T, dir, currency string) map[string]map[string]*minorSums {
	t.Helper()
	m, err := merchant.New(merchant.Config{Currency: currency, Seed: 5, TransactionsPerDay: 40})
	if err != nil {
		t.Fatal(err)
	}
	months := make(map[string]map[string]*minorSums)
	start := time.Date(2030, 1, 28, 0, 0, 0, 0, time.UTC)
	for settlement := range m.Settlements(start, start.AddDate(0, 0, 10)) {
		file, err := os.Create(filepath.Join(dir, currency+settlement.ID+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.WriteSettlement(file, settlement); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		for row := range m.SettlementRows(settlement) {
			month := row.Posted.Format("2006-01")
			if months[month] == nil {
				months[month] = make(map[string]*minorSums)
			}
			if months[month][row.Type] == nil {
				months[month][row.Type] = new(minorSums)
			}
			months[month][row.Type].add(minorSums{1, row.Amount, row.PercentageFee, row.FixedFee, row.Net()})
		}
	}
	return months
}

// minorSums are sums in minor units of a currency.
type minorSums struct{ count, amount, percentageFee, fixedFee, net int64 }

func (s *minorSums) add(other minorSums) {
	s.count += other.count
	s.amount += other.amount
	s.percentageFee += other.percentageFee
	s.fixedFee += other.fixedFee
	s.net += other.net
}

var minorDigitsOf = map[string]int{"USD": 2, "EUR": 2, "JPY": 0}

func minorAmount(minor int64, currency string) string {
	digits := minorDigitsOf[currency]
	sign, text := "", strconv.FormatInt(minor, 10)
	if minor < 0 {
		sign, text = "-", text[1:]
	}
	if digits == 0 {
		return sign + text
	}
	for len(text) <= digits {
		text = "0" + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// wantedLine is the CSV line of a total, without its group: the types of the synthetic merchant are in one category each.
func wantedLine(types map[string]*minorSums, currency string) string {
	of := func(names ...string) minorSums {
		var sums minorSums
		for _, name := range names {
			if types[name] != nil {
				sums.add(*types[name])
			}
		}
		return sums
	}
	earned := of("Capture", "Refund", "A-to-z Guarantee Claim", "Chargeback", "Dispute", "Adjustment", "Reserve")
	line := strconv.FormatInt(earned.count+of("Transfer").count, 10)
	for _, amount := range []int64{
		of("Capture").amount, of("Refund").amount, of("A-to-z Guarantee Claim", "Chargeback", "Dispute").amount, of("Adjustment").amount, of("Reserve").amount, 0,
		earned.percentageFee, earned.fixedFee, earned.percentageFee + earned.fixedFee, earned.net, of("Transfer").net,
	} {
		line += "," + minorAmount(amount, currency)
	}
	return line
}

// The totals are what the merchant's books say, independently of package reportfile.
func TestTotalsOfThreeCurrencies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const header = ",count,sales,refunds,claims,adjustments,reserves,other,percentageFee,fixedFee,totalFee,net,payouts\n"
	wantCurrencies, wantMonths, wantTypes := "currency"+header, "currency,month"+header, 0
	for _, currency := range []string{"EUR", "JPY", "USD"} {
		months := tradedIn(t, dir, currency)
		if len(months) != 2 {
			t.Fatalf("%s has rows of %d months", currency, len(months))
		}
		all := make(map[string]*minorSums)
		for _, types := range months {
			for name, sums := range types {
				if all[name] == nil {
					all[name] = new(minorSums)
				}
				all[name].add(*sums)
			}
		}
		wantTypes += len(all)
		wantCurrencies += currency + "," + wantedLine(all, currency) + "\n"
		for _, month := range []string{"2030-01", "2030-02"} {
			wantMonths += currency + "," + month + "," + wantedLine(months[month], currency) + "\n"
		}
	}
	if diff := cmp.Diff(wantCurrencies, run(t, "file", "summary", dir, "--by", "currency", "-o", "csv").stdout); diff != "" {
		t.Errorf("by currency (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantMonths, run(t, "file", "summary", dir, "--by", "month", "-o", "csv").stdout); diff != "" {
		t.Errorf("by month (-want +got):\n%s", diff)
	}
	records, err := csv.NewReader(strings.NewReader(run(t, "file", "summary", dir, "--by", "type", "-o", "csv").stdout)).ReadAll()
	if err != nil || len(records) != wantTypes+1 {
		t.Errorf("by type: %v, %d types, want %d", err, len(records)-1, wantTypes)
	}
	golden(t, "totals.txt", run(t, "file", "summary", dir, "--by", "currency").stdout)
	golden(t, "totals-month.txt", run(t, "file", "summary", dir, "--by", "month").stdout)
	golden(t, "totals-type.txt", run(t, "file", "summary", dir, "--by", "type").stdout)
	golden(t, "totals-month.json", run(t, "file", "summary", dir, "--by", "month", "-o", "json").stdout)
	settlements := run(t, "file", "summary", dir).stdout
	if !strings.HasSuffix(settlements, "\n\n"+run(t, "file", "summary", dir, "--by", "currency").stdout) {
		t.Errorf("the totals don't follow the settlements:\n%s", settlements)
	}
}

const summaryHeader = `"TransactionPostedDate","SettlementId","TransactionType","StoreName","CurrencyCode","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount"` + "\n"

func summaryRow(posted, settlement, kind, store, currency, amount, percentage, fixed, total, net string) string {
	return fmt.Sprintf("%q,%q,%q,%q,%q,%q,%q,%q,%q,%q\n", posted, settlement, kind, store, currency, amount, percentage, fixed, total, net)
}

// A settlement of two stores in two months, with a type that nobody knows.
var twoStores = summaryHeader +
	summaryRow("2030-01-31T23:59:59 -0800", "7001", "Capture", "Shop", "USD", "1,250.00", "-36.25", "-0.30", "-36.55", "1213.45") +
	summaryRow("2030-02-01T00:00:00 -0800", "7001", "Capture", "Café \"Müller\"", "USD", "20.00", "-0.58", "-0.30", "-0.88", "19.12") +
	summaryRow("2030-02-01T00:00:00 -0800", "7001", "Gift Card Top-up", "Shop", "USD", "-3.00", "0", "0", "0", "-3.00") +
	summaryRow("2030-02-01T06:00:00 -0800", "7001", "Transfer", "", "USD", "-1229.57", "0", "0", "0", "-1229.57")

func TestTotalsByGroup(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "stores.csv", strings.ReplaceAll(twoStores, `\"`, `""`))
	for by, want := range map[string][]string{
		"store": {
			"USD,,1,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,-1229.57",
			`USD,"Café ""Müller""",1,20.00,0.00,0.00,0.00,0.00,0.00,-0.58,-0.30,-0.88,19.12,0.00`,
			"USD,Shop,2,1250.00,0.00,0.00,0.00,0.00,-3.00,-36.25,-0.30,-36.55,1210.45,0.00",
		},
		"month": {
			"USD,2030-01,1,1250.00,0.00,0.00,0.00,0.00,0.00,-36.25,-0.30,-36.55,1213.45,0.00",
			"USD,2030-02,3,20.00,0.00,0.00,0.00,0.00,-3.00,-0.58,-0.30,-0.88,16.12,-1229.57",
		},
		"type": {
			"USD,Capture,2,1270.00,-36.83,-0.60,-37.43,1232.57",
			"USD,Gift Card Top-up,1,-3.00,0.00,0.00,0.00,-3.00",
			"USD,Transfer,1,-1229.57,0.00,0.00,0.00,-1229.57",
		},
		"currency": {"USD,4,1270.00,0.00,0.00,0.00,0.00,-3.00,-36.83,-0.60,-37.43,1229.57,-1229.57"},
	} {
		got := run(t, "file", "summary", file, "--by", by, "-o", "csv")
		_, lines, _ := strings.Cut(got.stdout, "\n")
		if diff := cmp.Diff(strings.Join(want, "\n")+"\n", lines); diff != "" || got.code != 0 {
			t.Errorf("by %s: exit code %d, %s (-want +got):\n%s", by, got.code, got.stderr, diff)
		}
		var groups []struct {
			Currency, Group string
			Earned, Payouts struct{ Net string }
		}
		if err := json.Unmarshal([]byte(run(t, "file", "summary", file, "--by", by, "-o", "json").stdout), &groups); err != nil || len(groups) != len(want) || groups[0].Currency != "USD" {
			t.Errorf("by %s: %v, %v", by, groups, err)
		}
	}
	golden(t, "totals-store.txt", run(t, "file", "summary", file, "--by", "store").stdout)
}

// A settlement counts once in the totals, and what can't be read whole not at all.
func TestTotalsCountOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := strings.ReplaceAll(twoStores, `\"`, `""`)
	write(t, filepath.Join(dir, "a.csv"), text)
	alone := run(t, "file", "summary", dir, "--by", "currency", "-o", "csv")
	write(t, filepath.Join(dir, "b.csv"), text) // the same bytes
	if got := run(t, "file", "summary", dir, "--by", "currency", "-o", "csv"); got.code != 0 || got.stdout != alone.stdout {
		t.Errorf("with a copy: %+v", got)
	}
	for name, content := range map[string]string{
		"re-saved":            strings.ReplaceAll(text, "1,250.00", "1250.00"),
		"cut":                 strings.ReplaceAll(text[:len(text)-20], "7001", "7002"),
		"a row is wrong":      strings.Replace(strings.ReplaceAll(text, "7001", "7002"), "-1229.57\",\"0\"", "x\",\"0\"", 1),
		"more than 19 digits": strings.ReplaceAll(strings.ReplaceAll(text, "7001", "7002"), "1,250.00", "99999999999999999.99"),
	} {
		write(t, filepath.Join(dir, "c.csv"), content)
		for _, by := range []string{"currency", "month", "store", "type"} {
			want := run(t, "file", "summary", filepath.Join(dir, "a.csv"), "--by", by, "-o", "csv").stdout
			if got := run(t, "file", "summary", dir, "--by", by, "-o", "csv"); got.code != 1 || got.stdout != want || !strings.Contains(got.stderr, "c.csv") {
				t.Errorf("%s, by %s: %+v\nwant\n%s", name, by, got, want)
			}
		}
	}
	// Each file by itself has few enough digits, and all together have too many.
	large := strings.NewReplacer("7001", "7003", "1,250.00", "60000000000000000.00", "-36.25", "0", "-36.55", "-0.30", "1213.45", "59999999999999999.70", "-1229.57", "0")
	write(t, filepath.Join(dir, "c.csv"), large.Replace(text))
	write(t, filepath.Join(dir, "d.csv"), strings.ReplaceAll(large.Replace(text), "7003", "7004"))
	if got := run(t, "file", "summary", dir, "--by", "month"); got.code != 1 || got.stdout != "" || !strings.Contains(got.stderr, "more than 19 digits") {
		t.Errorf("large: %+v", got)
	}
	for _, by := range []string{"year", "mnth", "Month"} {
		if got := run(t, "file", "summary", dir, "--by", by); got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, "currency, month, store") {
			t.Errorf("--by %s: %+v", by, got)
		}
	}
}
