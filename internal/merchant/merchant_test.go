package merchant

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var currencies = []string{"USD", "EUR", "JPY"}

func newMerchant(t testing.TB, config Config) *Merchant {
	t.Helper()
	m, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSettlementsAddUp(t *testing.T) {
	t.Parallel()
	from := time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	for _, currency := range currencies {
		for seed, perDay := range map[uint64]int{1: 1, 2: 20, 3: 120, 4: 11, 5: 24} {
			m := newMerchant(t, Config{Seed: seed, TransactionsPerDay: perDay, Currency: currency})
			captured := make(map[string]int64) // by capture
			var held int64
			settlements, refunds, disputes := 0, 0, 0
			ids := make(map[string]bool)
			for s := range m.Settlements(from, from.AddDate(0, 0, 400)) {
				settlements++
				if ids[s.ID] || len(s.ID) != 11 {
					t.Fatalf("settlement id %q", s.ID)
				}
				ids[s.ID] = true
				var sum int64
				last := s.Start
				for row := range m.SettlementRows(s) {
					sum += row.Net()
					if row.Posted.Before(last) || !row.Posted.Before(s.End) || row.SettlementID != s.ID || row.Currency != currency {
						t.Fatalf("row %+v in settlement %+v", row, s)
					}
					last = row.Posted
					switch row.Type {
					case "Capture":
						if row.Amount <= 0 || row.PercentageFee >= 0 || row.FixedFee >= 0 {
							t.Fatalf("capture %+v", row)
						}
						captured[row.TransactionID] = row.Amount
					case "Refund", "Chargeback", "A-to-z Guarantee Claim", "Dispute":
						capture := row.OrderReferenceID + "-C000001"
						amount, known := captured[capture]
						if early := s.Start.Before(from.AddDate(0, 0, 32)); !known && !early || known && -row.Amount > amount {
							t.Fatalf("%s of %s: %d of %d", row.Type, capture, -row.Amount, amount)
						}
						if row.Type == "Refund" {
							refunds++
						} else {
							disputes++
						}
						captured[capture] = amount + row.Amount // what is left
					case "Reserve":
						if row.Amount > 0 && settlements > 1 && row.Amount != held {
							t.Fatalf("previous reserve %d, held back %d", row.Amount, held)
						}
						if row.Amount < 0 {
							held = -row.Amount
						}
					case "Transfer":
						if row.Amount >= 0 || m.TransferAmount(s) != -row.Amount {
							t.Fatalf("transfer %d, disbursed %d", row.Amount, m.TransferAmount(s))
						}
					default:
						t.Fatalf("type %q", row.Type)
					}
				}
				if sum != 0 {
					t.Fatalf("%s seed %d: the rows of settlement %s sum to %d", currency, seed, s.ID, sum)
				}
			}
			if settlements != 400 && settlements != 401 {
				t.Errorf("%d settlements in 400 days", settlements)
			}
			if perDay >= 20 && (refunds == 0 || disputes == 0) {
				t.Errorf("%d refunds and %d disputes", refunds, disputes)
			}
		}
	}
}

func TestSandboxSettlementsAddUp(t *testing.T) {
	t.Parallel()
	m := newMerchant(t, Config{Seed: 5, TransactionsPerDay: 50})
	start := time.Date(2026, 3, 1, 13, 30, 0, 0, time.UTC)
	for _, length := range []time.Duration{time.Hour, 24 * time.Hour, 40 * 24 * time.Hour} {
		var sum int64
		kinds := make(map[string]int)
		for row := range m.SandboxSettlementRows(start, start.Add(length)) {
			if row.Posted.Before(start) || row.Posted.After(start.Add(length)) {
				t.Errorf("a row of %v in a report from %v", row.Posted, start)
			}
			sum += row.Net()
			kinds[row.Type]++
		}
		if sum != 0 || kinds["Transfer"] != 1 || kinds["Authorization"] != kinds["Capture"] || kinds["Capture"] == 0 {
			t.Errorf("%v: sum %d, rows %v", length, sum, kinds)
		}
	}
	for range m.SandboxSettlementRows(start, start.Add(-time.Hour)) {
		t.Error("a row in an empty range")
	}
}

func TestAnyPartIsTheSame(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	file := func(seed uint64) string {
		var b bytes.Buffer
		m := newMerchant(t, Config{Seed: seed})
		for s := range m.Settlements(start, start.AddDate(0, 0, 5)) {
			if err := m.WriteSettlement(&b, s); err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
	if first := file(1); first != file(1) {
		t.Error("the same seed gives another file")
	}
	if file(1) == file(2) {
		t.Error("another seed gives the same file")
	}
}

func TestFilesHaveTheDocumentedForm(t *testing.T) {
	t.Parallel()
	m := newMerchant(t, Config{Seed: 1})
	start := time.Date(2030, 3, 1, 7, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	if err := m.WriteSandboxSettlement(&b, start, start.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"\ufeff\"Amazon Payments Advanced\",",
		`"Settlement Report",`,
		`"SellerId","A0SIMULATOR1"`,
		`"SettlementStartDate","2030-03-01T00:00:00 -0700"`,
		`"SettlementEndDate","2030-03-02T00:00:00 -0700"`,
		`"TransactionPostedDate","SettlementId","AmazonTransactionId","SellerReferenceId","TransactionType","AmazonOrderReferenceId","SellerOrderId","StoreName","CurrencyCode","TransactionDescription","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount",`,
	}
	lines := strings.Split(b.String(), "\n")
	if diff := cmp.Diff(want, lines[:6]); diff != "" {
		t.Errorf("preamble and header (-want +got):\n%s", diff)
	}
	if strings.Contains(b.String(), "\r") || lines[len(lines)-1] != "" {
		t.Error("lines must end with LF, the last one too")
	}
	for i, line := range lines[6 : len(lines)-1] {
		fields, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil || len(fields) != 15 || !strings.HasPrefix(line, `"2030-03-`) || strings.HasSuffix(line, ",") {
			t.Errorf("row %d: %d fields, %v: %s", i, len(fields), err, line)
		}
	}
	b.Reset()
	if err := m.WriteRefunds(&b, start, start.AddDate(0, 0, 20)); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header := []string{"AmazonRefundId", "RefundReferenceId", "AmazonCaptureId", "AmazonOrderReferenceId", "RefundAmount", "CurrencyCode", "SellerRefundNote", "RefundType", "RefundStatus", "LastUpdateTimestamp", "ReasonCode", "CreationTimestamp"}
	if diff := cmp.Diff(header, records[0]); diff != "" {
		t.Errorf("refund header (-want +got):\n%s", diff)
	}
	if len(records) < 10 || records[1][8] != "Completed" || records[2][8] != "Pending" || records[1][0] != records[2][0] || records[1][9] <= records[3][9] {
		t.Errorf("refund rows must be newest first, Completed before Pending: %v", records[1:4])
	}
}

func TestEveryFileIsCSV(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 0, 3)
	for _, currency := range currencies {
		m := newMerchant(t, Config{Seed: 9, Currency: currency})
		for name, write := range map[string]func(io.Writer, time.Time, time.Time) error{
			"refund": m.WriteRefunds, "capture": m.WriteCaptures, "authorization": m.WriteAuthorizations, "order": m.WriteOrders,
			"billing agreement": m.WriteBillingAgreements, "multi-currency": m.WriteMultiCurrency,
		} {
			var b bytes.Buffer
			if err := write(&b, start, end); err != nil {
				t.Fatal(err)
			}
			records, err := csv.NewReader(&b).ReadAll() // every record has as many fields as the first
			if err != nil || len(records) < 2 {
				t.Errorf("%s, %s: %d records, %v", name, currency, len(records), err)
			}
			if currency == "JPY" && strings.Contains(strings.Join(records[1], " "), "1.00") {
				t.Errorf("%s: yen with minor digits: %v", name, records[1])
			}
		}
	}
}

func TestHasData(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	trading, idle := newMerchant(t, Config{}), newMerchant(t, Config{TransactionsPerDay: -1})
	for _, test := range []struct {
		m          *Merchant
		start, end time.Time
		want       bool
	}{
		{trading, now.AddDate(0, 0, -2), now, true},
		{trading, now.AddDate(-50, 0, 0), now.AddDate(-50, 0, 1), true},
		{trading, now.AddDate(-70, 0, 0), now.AddDate(-70, 0, 0).Add(3 * time.Hour), true}, // before 1970
		{trading, now.AddDate(0, 0, 1), now.AddDate(0, 0, 2), false},
		{trading, now, now.Add(-time.Hour), false},
		{idle, now.AddDate(0, 0, -2), now, false},
	} {
		if got := test.m.HasData(test.start, test.end, now); got != test.want {
			t.Errorf("HasData(%v, %v) = %t", test.start, test.end, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, config := range []Config{{Currency: "CHF"}, {TransactionsPerDay: 10_000_001}} {
		if _, err := New(config); err == nil {
			t.Errorf("%+v: no error", config)
		}
	}
}

func TestFormatAmount(t *testing.T) {
	t.Parallel()
	dollars, yen := newMerchant(t, Config{}), newMerchant(t, Config{Currency: "JPY"})
	for minor, want := range map[int64][2]string{0: {"0.00", "0"}, 5: {"0.05", "5"}, -5: {"-0.05", "-5"}, 125000: {"1250.00", "125000"}, -31: {"-0.31", "-31"}} {
		if got := [2]string{dollars.formatAmount(minor), yen.formatAmount(minor)}; got != want {
			t.Errorf("%d: %v, want %v", minor, got, want)
		}
	}
}

// BenchmarkWriteSettlement tells what a row costs; a file of any size is a stream.
func BenchmarkWriteSettlement(b *testing.B) {
	m := newMerchant(b, Config{TransactionsPerDay: 10_000})
	start := time.Date(2026, 5, 1, 7, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	rows := 0
	for b.Loop() {
		for s := range m.Settlements(start.AddDate(0, 0, 1), start.AddDate(0, 0, 1)) {
			if err := m.WriteSettlement(io.Discard, s); err != nil {
				b.Fatal(err)
			}
			rows += 10_000
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(max(rows, 1)), "ns/row")
}
