package merchant

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
)

var march = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

type write func(w io.Writer, start, end time.Time) error

// tables are the files with a header on the first line.
func tables(m *Merchant) map[string]write {
	return map[string]write{
		"refund": m.WriteRefunds, "capture": m.WriteCaptures, "authorization": m.WriteAuthorizations, "order": m.WriteOrders,
		"billing agreement": m.WriteBillingAgreements, "multi-currency": m.WriteMultiCurrency,
	}
}

// table returns the rows of a file by column name; cut is the number of lines before the header.
func table(t *testing.T, cut int, write write, start, end time.Time) []map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, start, end); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for range cut {
		_, text, _ = strings.Cut(text, "\n")
	}
	reader := csv.NewReader(strings.NewReader(text))
	reader.FieldsPerRecord = -1 // the header of a settlement ends in a comma
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	names := records[0]
	if names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	rows := make([]map[string]string, 0, len(records))
	for i, record := range records[1:] {
		if len(record) != len(names) {
			t.Fatalf("row %d has %d fields for %d columns: %q", i, len(record), len(names), record)
		}
		row := make(map[string]string, len(names))
		for k, name := range names {
			row[name] = record[k]
		}
		rows = append(rows, row)
	}
	return rows
}

// minor reads an amount of a file with another hand than the one that wrote it.
func minor(t *testing.T, text string, digits int) int64 {
	t.Helper()
	d, err := decimal.Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	whole, fraction, ok := d.Int64(digits)
	if !ok || d.Scale() > digits {
		t.Fatalf("%q has more than %d digits after the dot", text, digits)
	}
	unit, _ := strconv.ParseInt("1"+strings.Repeat("0", digits), 10, 64)
	return whole*unit + fraction
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse("2006-01-02T15:04:05 -0700", text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestFilesHoldTheRowsToTheCentAndTheSecond(t *testing.T) {
	t.Parallel()
	offsets := map[string]string{"USD": " -0700", "EUR": " +0100", "JPY": " +0900"}
	for _, currency := range currencies {
		m := newMerchant(t, Config{Seed: 6, TransactionsPerDay: 60, Currency: currency})
		start, end := march, march.AddDate(0, 0, 4)
		settlements := slices.Collect(m.Settlements(start, end))
		s := settlements[2]
		for name, file := range map[string]struct {
			write write
			rows  []SettlementRow
		}{
			"settlement": {func(w io.Writer, _, _ time.Time) error { return m.WriteSettlement(w, s) }, slices.Collect(m.SettlementRows(s))},
			"sandbox":    {m.WriteSandboxSettlement, slices.Collect(m.SandboxSettlementRows(start, end))},
		} {
			var got []SettlementRow
			for _, r := range table(t, 5, file.write, start, end) {
				if !strings.HasSuffix(r["TransactionPostedDate"], offsets[currency]) {
					t.Fatalf("%s in %s", r["TransactionPostedDate"], currency)
				}
				row := SettlementRow{
					Posted: moment(t, r["TransactionPostedDate"]), SettlementID: r["SettlementId"], TransactionID: r["AmazonTransactionId"],
					SellerReferenceID: r["SellerReferenceId"], Type: r["TransactionType"], OrderReferenceID: r["AmazonOrderReferenceId"],
					SellerOrderID: r["SellerOrderId"], StoreName: r["StoreName"], Currency: r["CurrencyCode"], Description: r["TransactionDescription"],
					Amount:        minor(t, r["TransactionAmount"], m.MinorDigits()),
					PercentageFee: minor(t, r["TransactionPercentageFee"], m.MinorDigits()),
					FixedFee:      minor(t, r["TransactionFixedFee"], m.MinorDigits()),
				}
				got = append(got, row)
				if total := minor(t, r["TotalTransactionFee"], m.MinorDigits()); total != row.PercentageFee+row.FixedFee {
					t.Errorf("total fee %d of %+v", total, row)
				}
				if net := minor(t, r["NetTransactionAmount"], m.MinorDigits()); net != row.Net() {
					t.Errorf("net %d of %+v", net, row)
				}
			}
			if diff := cmp.Diff(file.rows, got); diff != "" || len(got) < 60 {
				t.Errorf("%s %s, %d rows (-generated +read):\n%s", currency, name, len(got), diff)
			}
		}
		var refunds []RefundRow
		for _, r := range table(t, 0, m.WriteRefunds, start, end) {
			refunds = append(refunds, RefundRow{
				RefundID: r["AmazonRefundId"], ReferenceID: r["RefundReferenceId"], CaptureID: r["AmazonCaptureId"],
				OrderReferenceID: r["AmazonOrderReferenceId"], Amount: minor(t, r["RefundAmount"], m.MinorDigits()), Note: r["SellerRefundNote"],
				Type: r["RefundType"], Status: r["RefundStatus"], Updated: moment(t, r["LastUpdateTimestamp"]), Created: moment(t, r["CreationTimestamp"]),
			})
		}
		if diff := cmp.Diff(slices.Collect(m.RefundRows(start, end)), refunds); diff != "" || len(refunds) == 0 {
			t.Errorf("%s, %d refund rows (-generated +read):\n%s", currency, len(refunds), diff)
		}
	}
}

// TestFilesAgree looks the same sale up in every file.
func TestFilesAgree(t *testing.T) {
	t.Parallel()
	m := newMerchant(t, Config{Seed: 8, TransactionsPerDay: 120, Currency: "EUR"})
	settlements := slices.Collect(m.Settlements(march, march.AddDate(0, 0, 2)))
	s := settlements[1]
	start, end := s.Start, s.End.Add(-time.Second)
	captures, refunds := make(map[string]SettlementRow), make(map[string]SettlementRow)
	for row := range m.SettlementRows(s) {
		switch row.Type {
		case "Capture":
			captures[row.OrderReferenceID] = row
		case "Refund":
			refunds[row.TransactionID] = row
		}
	}
	check := func(file string, r map[string]string, order, amount string, want SettlementRow, also map[string]string) {
		t.Helper()
		if r[order] != want.OrderReferenceID || minor(t, r[amount], 2) != max(want.Amount, -want.Amount) {
			t.Errorf("%s %v of %+v", file, r, want)
		}
		for column, value := range also {
			if r[column] != value {
				t.Errorf("%s: %s is %q, the settlement has %q", file, column, r[column], value)
			}
		}
	}
	const order = "AmazonOrderReferenceId"
	rows := table(t, 0, m.WriteCaptures, start, end)
	for _, r := range rows {
		c := captures[r[order]]
		check("capture", r, order, "CaptureAmount", c, map[string]string{"AmazonCaptureId": c.TransactionID, "CaptureReferenceId": c.SellerReferenceID})
	}
	orders := table(t, 0, m.WriteOrders, start, end)
	for _, r := range orders {
		c := captures[r[order]]
		check("order", r, order, "OrderAmount", c, map[string]string{"SellerOrderId": c.SellerOrderID, "StoreName": c.StoreName})
	}
	multi := table(t, 0, m.WriteMultiCurrency, start, end)
	for _, r := range multi {
		check("multi-currency", r, order, "TransactionAmount", captures[r[order]], nil)
	}
	authorizations := make(map[string]bool)
	for _, r := range table(t, 0, m.WriteAuthorizations, start, end) {
		authorizations[r["AmazonAuthorizationId"]] = true
	}
	for r := range m.SandboxSettlementRows(start, end) {
		if live := "P" + strings.TrimPrefix(r.TransactionID, "S"); r.Type == "Authorization" && !authorizations[live] {
			t.Errorf("authorization %s is not in the authorization report", live)
		}
	}
	if n := len(captures); n != 120 || len(rows) != n || len(orders) != n || len(multi) != n {
		t.Errorf("%d captures, in the files %d, %d, %d", n, len(rows), len(orders), len(multi))
	}
	seen := make(map[string]bool)
	for r := range m.RefundRows(start, end) {
		want := refunds[r.RefundID]
		if want.Amount != -r.Amount || want.SellerReferenceID != r.ReferenceID || want.OrderReferenceID != r.OrderReferenceID ||
			r.CaptureID != r.OrderReferenceID+"-C000001" {
			t.Errorf("refund %+v, in the settlement %+v", r, want)
		}
		seen[r.RefundID] = true
	}
	if len(seen) != len(refunds) || len(seen) == 0 {
		t.Errorf("%d refunds in the refund report, %d in the settlement", len(seen), len(refunds))
	}
}

// TestPartsMakeTheWhole asks for many small ranges and for all of them at once: every row is in exactly one part, and none lies outside its range.
func TestPartsMakeTheWhole(t *testing.T) {
	t.Parallel()
	for _, perDay := range []int{1, 7, 20, 999, 90_000} {
		m := newMerchant(t, Config{Seed: uint64(perDay), TransactionsPerDay: perDay, Currency: "JPY"})
		start := march.Add(13*time.Hour + 7*time.Second)
		step, parts := 4*time.Hour+17*time.Second, 14
		if perDay > 86_400 {
			step, parts = 61*time.Second, 5
		}
		end := start.Add(time.Duration(parts)*step - time.Second)
		for name, write := range tables(m) {
			updated := "LastUpdateTimestamp"
			if name == "multi-currency" {
				updated = "CreationTimestamp"
			}
			var joined []map[string]string
			for i := parts - 1; i >= 0; i-- { // newest first
				from := start.Add(time.Duration(i) * step)
				to := from.Add(step - time.Second)
				for _, row := range table(t, 0, write, from, to) {
					if at := moment(t, row[updated]); at.Before(from) || at.After(to) {
						t.Fatalf("%s of %s in a report of [%s, %s]", name, at, from, to)
					}
					joined = append(joined, row)
				}
			}
			// A state that falls into another part than its object's other state stands elsewhere: compare as sets.
			key := func(row map[string]string) string { return fmt.Sprint(row) }
			var got, want []string
			for _, row := range joined {
				got = append(got, key(row))
			}
			for _, row := range table(t, 0, write, start, end) {
				want = append(want, key(row))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s, %d a day: the parts have %d rows, the whole has %d", name, perDay, len(got), len(want))
			}
			if perDay >= 20 && len(want) == 0 {
				t.Errorf("%s, %d a day: no rows", name, perDay)
			}
		}
		var got, want []SettlementRow
		collect := func(rows *[]SettlementRow, from, to time.Time) {
			for row := range m.SandboxSettlementRows(from, to) {
				if row.Type != "Transfer" {
					row.SettlementID = ""
					*rows = append(*rows, row)
				}
			}
		}
		for i := range parts {
			from := start.Add(time.Duration(i) * step)
			collect(&got, from, from.Add(step-time.Second))
		}
		collect(&want, start, end)
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%d a day: sandbox settlements (-whole +parts):\n%s", perDay, diff)
		}
	}
}

// TestHasEachData compares the answers with the files: a report without data is one without rows.
func TestHasEachData(t *testing.T) {
	t.Parallel()
	for _, perDay := range []int{-1, 1, 7, 30} {
		m := newMerchant(t, Config{Seed: 2, TransactionsPerDay: perDay})
		now := march.AddDate(0, 0, 1)
		answers := make(map[bool]int)
		for i := range 60 {
			start := march.Add(time.Duration(i) * 29 * time.Minute)
			for _, length := range []time.Duration{0, 10 * time.Second, 11 * time.Minute, 30 * time.Hour} {
				end := start.Add(length)
				for name, has := range map[string]func(start, end, now time.Time) bool{
					"capture": m.HasData, "refund": m.HasRefunds, "billing agreement": m.HasBillingAgreements,
				} {
					last := end
					if now.Before(end) {
						last = now
					}
					want := len(table(t, 0, tables(m)[name], start, last)) > 0
					if got := has(start, end, now); got != want {
						t.Errorf("%s, %d a day, [%s, %s]: %t, the file has rows: %t", name, perDay, start, end, got, want)
					}
					answers[want]++
				}
			}
		}
		if perDay > 0 && (answers[true] == 0 || answers[false] == 0) {
			t.Errorf("%d a day: always the same answer: %v", perDay, answers)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for currency, region := range map[string]string{"USD": "01", "EUR": "02", "JPY": "03"} {
		m := newMerchant(t, Config{Seed: 3, TransactionsPerDay: 40, Currency: currency})
		for _, year := range []int{1, 1950, 1970, 2026, 9999} {
			start := time.Date(year, 2, 3, 0, 0, 0, 0, time.UTC)
			end := start.AddDate(0, 0, 3)
			check := func(letter string, rows iter.Seq[SettlementRow]) {
				transaction := regexp.MustCompile("^" + letter + region + `-\d{7}-\d{7}-[ACRD]\d{6}$`)
				seen := make(map[string]bool)
				for r := range rows {
					switch {
					case r.Type == "Transfer" || r.Type == "Reserve":
						if r.TransactionID+r.OrderReferenceID+r.SellerOrderID != "" {
							t.Errorf("a %s with ids: %+v", r.Type, r)
						}
						continue
					case !transaction.MatchString(r.TransactionID) || r.TransactionID[:19] != r.OrderReferenceID || seen[r.TransactionID]:
						t.Fatalf("%d: %s: ids of %+v", year, letter, r)
					}
					seen[r.TransactionID] = true
				}
				if len(seen) < 40 {
					t.Errorf("%s in %d: %d transactions", currency, year, len(seen))
				}
			}
			check("S", m.SandboxSettlementRows(start, end))
			for s := range m.Settlements(start, end) {
				check("P", m.SettlementRows(s))
			}
			if !m.HasData(start, end, end) {
				t.Errorf("no data in %d", year)
			}
		}
	}
}

func TestEveryKindOfTransactionOccurs(t *testing.T) {
	t.Parallel()
	for _, currency := range currencies {
		m := newMerchant(t, Config{Currency: currency})
		kinds := make(map[string]bool)
		for s := range m.Settlements(march, march.AddDate(0, 0, 90)) {
			for row := range m.SettlementRows(s) {
				kinds[row.Type] = true
			}
		}
		want := []string{"A-to-z Guarantee Claim", "Capture", "Chargeback", "Dispute", "Refund", "Reserve", "Transfer"}
		if currency == "JPY" {
			want = slices.DeleteFunc(want, func(kind string) bool { return kind == "Dispute" })
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(kinds))); diff != "" {
			t.Errorf("%s in 90 days (-want +got):\n%s", currency, diff)
		}
	}
}

func TestIdleMerchant(t *testing.T) {
	t.Parallel()
	m := newMerchant(t, Config{TransactionsPerDay: -1})
	for range m.Settlements(march, march.AddDate(0, 0, 9)) {
		t.Error("a settlement")
	}
	for name, write := range tables(m) {
		if rows := table(t, 0, write, march, march.AddDate(0, 0, 9)); len(rows) != 0 {
			t.Errorf("%s: %d rows", name, len(rows))
		}
	}
}

func TestMultiCurrencyConverts(t *testing.T) {
	t.Parallel()
	for _, currency := range currencies {
		m := newMerchant(t, Config{Currency: currency})
		for _, r := range table(t, 0, m.WriteMultiCurrency, march, march.AddDate(0, 0, 1)) {
			presentment, rate := decimal.MustParse(r["PresentmentAmount"]), decimal.MustParse(r["ConversionRate"])
			product, err := presentment.Mul(rate)
			if err != nil || product.Cmp(decimal.MustParse(r["TransactionAmount"])) != 0 || presentment.Scale() != 2 {
				t.Errorf("%s: %v", currency, r)
			}
		}
	}
}

func TestDisbursementsFollowTheSettlement(t *testing.T) {
	t.Parallel()
	m := newMerchant(t, Config{})
	references := make(map[string]bool)
	for s := range m.Settlements(march, march.AddDate(0, 0, 90)) {
		late := s.Disbursed().Sub(s.End)
		if late <= 0 || late > 24*time.Hour || late%time.Millisecond != 0 || references[s.DisbursementReference()] || m.TransferAmount(s) <= 0 {
			t.Errorf("settlement %s: paid out %v after its end as %q, %d", s.ID, late, s.DisbursementReference(), m.TransferAmount(s))
		}
		references[s.DisbursementReference()] = true
	}
}

var errFull = errors.New("full")

// shortWriter fails at the second write, and is not to be written to again.
type shortWriter struct{ writes, bytes int }

func (w *shortWriter) Write(p []byte) (int, error) {
	w.writes++
	if w.writes > 1 {
		return 0, errFull
	}
	w.bytes += len(p)
	return len(p), nil
}

func TestWritersStopAtAnError(t *testing.T) {
	t.Parallel()
	m := newMerchant(t, Config{TransactionsPerDay: 50_000})
	files := tables(m)
	files["sandbox"] = m.WriteSandboxSettlement
	for name, write := range files {
		var w shortWriter
		if err := write(&w, march, march.AddDate(0, 0, 30)); !errors.Is(err, errFull) || w.writes != 2 {
			t.Errorf("%s: %v after %d writes", name, err, w.writes)
		}
	}
}

// heapWriter counts what is written and notes how large the heap becomes meanwhile.
type heapWriter struct {
	bytes   int64
	writes  int
	largest int
	heap    uint64
}

func (w *heapWriter) Write(p []byte) (int, error) {
	w.bytes += int64(len(p))
	w.largest = max(w.largest, len(p))
	if w.writes%64 == 0 {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		w.heap = max(w.heap, stats.HeapAlloc)
	}
	w.writes++
	return len(p), nil
}

// TestFilesAreStreams is not parallel: it looks at the heap of the process.
func TestFilesAreStreams(t *testing.T) {
	const rows = 300_000
	m := newMerchant(t, Config{TransactionsPerDay: rows})
	settlements := slices.Collect(m.Settlements(march.AddDate(0, 0, 1), march.AddDate(0, 0, 2)))
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var w heapWriter
	if err := m.WriteSettlement(&w, settlements[0]); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if w.bytes < rows*200 || w.largest > 128<<10 {
		t.Errorf("%d bytes, at most %d at once", w.bytes, w.largest)
	}
	if grown := int64(w.heap) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes for a file of %d", grown, w.bytes)
	}
	if perRow := float64(after.Mallocs-before.Mallocs) / rows; perRow > 4 {
		t.Errorf("%.1f allocations a row", perRow)
	}
}

// TestShortTimesOfBusyDays looks at single seconds of days of ten million sales. One that went through the whole day for each would go on for
// many minutes.
func TestShortTimesOfBusyDays(t *testing.T) {
	t.Parallel()
	m := newMerchant(t, Config{TransactionsPerDay: 10_000_000})
	for i := range 1_000 {
		at := march.Add(time.Duration(i) * 86 * time.Second)
		if !m.HasData(at, at, march.AddDate(1, 0, 0)) || !m.HasRefunds(at, at, march.AddDate(1, 0, 0)) {
			t.Fatalf("no data at %s", at)
		}
		captures := 0
		for row := range m.SandboxSettlementRows(at, at) {
			if row.Type == "Capture" {
				captures++
			}
		}
		if captures != 115 && captures != 116 { // ten million in 86,400 seconds
			t.Fatalf("%d captures in the second of %s", captures, at)
		}
	}
}

// TestNoDayEndsBelowZero holds every number of sales against the worst that its amounts could be, because bad luck is rare in a random sample.
func TestNoDayEndsBelowZero(t *testing.T) {
	t.Parallel()
	counts := []int{100, 211, 221, 222, 231, 232, 433}
	for perDay := 1; perDay <= 45; perDay++ {
		counts = append(counts, perDay)
	}
	for _, perDay := range counts {
		m := newMerchant(t, Config{Seed: uint64(perDay), TransactionsPerDay: perDay})
		for s := range m.Settlements(march, march.AddDate(0, 0, 212)) { // after 211 days the kinds repeat
			worst := int64(-199) // the reserve grew
			for row := range m.SettlementRows(s) {
				switch row.Type {
				case "Reserve":
					if size := max(row.Amount, -row.Amount); size < 100 || size > 299 {
						t.Fatalf("reserve %+v", row)
					}
				case "Transfer":
				case "Capture":
					if row.Amount < 500 || row.Net() < 455 {
						t.Fatalf("capture %+v", row)
					}
					worst += 455
				default:
					if row.Amount < -999 || row.Net() < row.Amount {
						t.Fatalf("%s %+v", row.Type, row)
					}
					worst -= 999
				}
			}
			if worst <= 0 {
				t.Fatalf("%d a day: settlement %s could end at %d", perDay, s.ID, worst)
			}
		}
	}
}

func BenchmarkTransferAmount(b *testing.B) {
	const perDay = 100_000
	m := newMerchant(b, Config{TransactionsPerDay: perDay})
	settlements := slices.Collect(m.Settlements(march.AddDate(0, 0, 1), march.AddDate(0, 0, 2)))
	b.ReportAllocs()
	for b.Loop() {
		m.TransferAmount(settlements[0])
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/perDay, "ns/row")
}
