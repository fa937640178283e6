package main_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/internal/merchant"
)

// chain is a year of a merchant: settlement reports in a directory, and what the other sides say.
type chain struct {
	dir, currency string
	settlements   []string // ids, oldest first
	disbursements []disbursement
	orders        []order
	bank          []bankLine
}

type disbursement struct {
	SellerID     string `json:"sellerId"`
	SettlementID string `json:"settlementId"`
	Amount       string `json:"amount"`
	CurrencyCode string `json:"currencyCode"`
	Reference    string `json:"amazonDisbursementReferenceId"`
	Time         string `json:"transactionTime"`
}

type order struct{ id, amount string }

type bankLine struct{ date, amount, text string }

// yearOf writes the settlement reports of a merchant's year.
func yearOf(t *testing.T, currency string, seed uint64) *chain {
	t.Helper()
	m, err := merchant.New(merchant.Config{Seed: seed, Currency: currency, TransactionsPerDay: 4})
	if err != nil {
		t.Fatal(err)
	}
	c := &chain{dir: t.TempDir(), currency: currency}
	begin := time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)
	for s := range m.Settlements(begin, begin.AddDate(1, 0, 0)) {
		var text strings.Builder
		if err := m.WriteSettlement(&text, s); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(c.dir, s.ID+".csv"), text.String())
		c.settlements = append(c.settlements, s.ID)
		amount := decimal.MustNew(m.TransferAmount(s), m.MinorDigits()).String()
		paid := s.End.Add(26 * time.Hour).UTC()
		c.disbursements = append(c.disbursements, disbursement{m.SellerID(), s.ID, amount, currency, "AMZNPAY " + s.ID, paid.Format(time.RFC3339)})
		c.bank = append(c.bank, bankLine{paid.AddDate(0, 0, 2).Format(time.DateOnly), amount, "AMAZON PAYMENTS REF " + s.ID})
		for row := range m.SettlementRows(s) {
			if row.Type == "Capture" {
				c.orders = append(c.orders, order{row.SellerOrderID, decimal.MustNew(row.Amount, m.MinorDigits()).String()})
			}
		}
	}
	if len(c.settlements) < 365 || len(c.orders) < 365 {
		t.Fatalf("%d settlements, %d orders", len(c.settlements), len(c.orders))
	}
	return c
}

// files writes what the other sides say, and returns the flags that name it.
func (c *chain) files(t *testing.T) []string {
	t.Helper()
	list, err := json.Marshal(c.disbursements)
	if err != nil {
		t.Fatal(err)
	}
	orders, bank := "order id,amount,currency\n", "Booking date,Amount,Currency,Text\n"
	for _, o := range c.orders {
		orders += o.id + "," + o.amount + "," + c.currency + "\n"
	}
	for _, l := range c.bank {
		bank += l.date + "," + l.amount + "," + c.currency + "," + l.text + "\n"
	}
	return []string{
		"--reports", c.dir, "--disbursements", writeFile(t, "disbursements.json", string(list)),
		"--orders", writeFile(t, "orders.csv", orders), "--bank", writeFile(t, "bank.csv", bank),
	}
}

type reconciled struct {
	Differences int                       `json:"differences"`
	Counts      map[string]map[string]int `json:"counts"`
	Sums        []map[string]string       `json:"sums"`
	Items       []struct {
		Kind          string   `json:"kind"`
		ID            string   `json:"id"`
		Currency      string   `json:"currency"`
		Status        string   `json:"status"`
		Differs       bool     `json:"differs"`
		Amount        string   `json:"amount"`
		Other         string   `json:"other"`
		Detail        string   `json:"detail"`
		SettlementIDs []string `json:"settlementIds"`
	} `json:"items"`
}

func reconcileJSON(t *testing.T, code int, args ...string) reconciled {
	t.Helper()
	got := runWith(t, nil, append([]string{"reconcile", "--offline", "--output", "json"}, args...))
	var r reconciled
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.code != code {
		t.Fatalf("exit code %d, %v: %s%.2000s", got.code, err, got.stderr, got.stdout)
	}
	return r
}

// cent is the least more than an amount.
func cent(t *testing.T, amount string) string {
	t.Helper()
	d := decimal.MustParse(amount)
	sum, err := d.Add(decimal.MustNew(1, d.Scale()))
	if err != nil {
		t.Fatal(err)
	}
	return sum.String()
}

// A fault of each kind in a year of files is reported once, in its place of the chain, and nothing else is.
func TestReconcileFindsEachFaultOfAYear(t *testing.T) {
	t.Parallel()
	for seed, currency := range []string{"USD", "EUR", "JPY"} {
		t.Run(currency, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && currency != "EUR" {
				t.Skip("-short is set: one currency is enough")
			}
			c := yearOf(t, currency, uint64(seed)+7)
			n := len(c.settlements)
			clean := reconcileJSON(t, 0, append(c.files(t), "--all")...)
			want := map[string]map[string]int{"order": {"matched": len(c.orders)}, "settlement": {"matched": n}, "bank": {"matched": n}}
			if diff := cmp.Diff(want, clean.Counts); diff != "" || clean.Differences != 0 {
				t.Fatalf("a clean year: (-want +got)\n%s", diff)
			}
			if len(clean.Items) != len(c.orders)+2*n {
				t.Errorf("--all lists %d items", len(clean.Items))
			}
			if len(clean.Sums) != 1 || clean.Sums[0]["ordered"] != clean.Sums[0]["captured"] || clean.Sums[0]["transferred"] != clean.Sums[0]["disbursed"] || clean.Sums[0]["booked"] != clean.Sums[0]["disbursed"] {
				t.Errorf("sums: %v", clean.Sums)
			}
			quiet := reconcileJSON(t, 0, c.files(t)...)
			if len(quiet.Items) != 0 || !cmp.Equal(quiet.Counts, clean.Counts) {
				t.Errorf("without --all: %d items", len(quiet.Items))
			}
			twice := c.orders[300].id
			wanted := c.plant(t)
			found := map[string]int{}
			var doubled []string
			for _, item := range reconcileJSON(t, 4, c.files(t)...).Items {
				id := item.ID
				if item.Kind == "bank" && item.SettlementIDs == nil {
					id = "LINE"
				}
				found[item.Kind+" "+id+": "+item.Status]++
				if strings.Contains(item.Detail, "the sum of 2 rows: ") && strings.HasSuffix(item.Detail, "; one of them alone would match") {
					doubled = append(doubled, id)
				}
			}
			if diff := cmp.Diff(wanted, found); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if !slices.Equal(doubled, []string{twice}) {
				t.Errorf("in the books twice: %v, want %s", doubled, twice)
			}
			// Two pay-outs in a bank line are no difference, and the evidence names both.
			both := 0
			for _, item := range reconcileJSON(t, 4, append(c.files(t), "--all")...).Items {
				if item.Kind == "bank" && item.Status == "matched" && len(item.SettlementIDs) == 2 && strings.HasPrefix(item.Detail, "2 disbursements in one bank line") {
					both++
				}
			}
			if both != 1 {
				t.Errorf("%d bank lines with two pay-outs", both)
			}
		})
	}
}

// plant does damage of each kind, each at another place of the year, and returns what is to be found.
func (c *chain) plant(t *testing.T) map[string]int {
	t.Helper()
	file := func(day int) string { return filepath.Join(c.dir, c.settlements[day]+".csv") }
	wanted := map[string]int{}
	want := func(kind, id, status string) { wanted[kind+" "+id+": "+status]++ }

	// A cent, at each link: an order, a fee of a row, a disbursement (of which the bank has as much), a bank line.
	c.orders[100].amount = cent(t, c.orders[100].amount)
	want("order", c.orders[100].id, "amount differs")
	row := regexp.MustCompile(`("Capture"[^\n]*")([^"]*)(","[^"]*"\n)`).FindStringSubmatch(read(t, file(30)))
	change(t, file(30), regexp.QuoteMeta(row[0]), row[1]+cent(t, row[2])+row[3])
	want("settlement", c.settlements[30], "rows do not add up")
	c.disbursements[50].Amount = cent(t, c.disbursements[50].Amount)
	c.bank[50].amount = c.disbursements[50].Amount
	want("settlement", c.settlements[50], "amount differs")
	c.bank[70].amount = cent(t, c.bank[70].amount)
	want("bank", c.settlements[70], "amount differs")

	// A row that is lost, and a settlement that is there twice.
	change(t, file(90), `"[^\n]*"Reserve"[^\n]*\n`, "")
	want("settlement", c.settlements[90], "not balanced")
	write(t, filepath.Join(c.dir, "again.csv"), read(t, file(95))+"\n")
	want("settlement", c.settlements[95], "duplicate")

	// An order that was never captured, one that is in the books twice, and a capture without an order.
	want("order", c.orders[200].id, "no order")
	want("order", c.orders[300].id, "amount differs")
	want("order", "NEVER-PAID", "no capture")
	c.orders = append(slices.Delete(c.orders, 200, 201), c.orders[299], order{"NEVER-PAID", "10"})

	// A disbursement that never came, one without a settlement, and one that the bank hasn't got.
	const never, unbooked, joined = 110, 150, 170
	want("settlement", c.settlements[never], "no disbursement")
	nobodys := c.disbursements[130]
	nobodys.SettlementID, nobodys.Reference = "20999999999", "AMZNPAY 20999999999"
	want("settlement", nobodys.SettlementID, "no settlement")
	nobodysLine := c.bank[130]
	nobodysLine.text = "AMAZON " + nobodys.Reference
	want("bank", c.settlements[unbooked], "no bank line")

	// Two pay-outs in one bank line, which names none, and a bank line too much.
	sum, err := decimal.MustParse(c.bank[joined].amount).Add(decimal.MustParse(c.bank[joined+1].amount))
	if err != nil {
		t.Fatal(err)
	}
	c.bank[joined+1].amount, c.bank[joined+1].text = sum.String(), "AMAZON PAYMENTS"
	tooMuch := bankLine{c.bank[190].date, "7", "AMAZON PAYMENTS"}
	want("bank", "LINE", "no disbursement")

	c.disbursements = append(slices.Delete(c.disbursements, never, never+1), nobodys)
	for _, day := range []int{joined, unbooked, never} { // the latest first
		c.bank = slices.Delete(c.bank, day, day+1)
	}
	c.bank = append(c.bank, nobodysLine, tooMuch)
	return wanted
}
