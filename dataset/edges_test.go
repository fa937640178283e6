package dataset_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"gocloud.dev/blob/memblob"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/mirror/bucket"
	"github.com/amazonpay-go/payreports/reportfile"
)

// settlementRow is what tests look at of a row.
type settlementRow struct {
	ReportID     string  `parquet:"report_id"`
	Line         int64   `parquet:"line"`
	Posted       int64   `parquet:"posted"`
	Offset       int32   `parquet:"posted_offset_minutes"`
	OtherColumns *string `parquet:"other_columns,optional"`
}

func rowsOf[R any](t testing.TB, target, name string) []R {
	t.Helper()
	rows, err := parquet.ReadFile[R](filepath.Join(target, filepath.FromSlash(name)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return rows
}

func settlementsIn(month string) string {
	return "settlements/account=default/month=" + month + "/data.parquet"
}

// settlementFile is a settlement report with a capture and a transfer at each of these times, in the file's form.
func settlementFile(id string, times ...string) []byte {
	var text strings.Builder
	text.WriteString("\ufeff\"Amazon Payments Advanced\",\n\"Settlement Report\",\n\"SellerId\",\"A1\"\n" +
		`"TransactionPostedDate","SettlementId","AmazonTransactionId","SellerReferenceId","TransactionType","AmazonOrderReferenceId","SellerOrderId","StoreName","CurrencyCode","TransactionDescription","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount",` + "\n")
	for _, when := range times {
		fmt.Fprintf(&text, "%q,%q,\"P1\",\"\",\"Capture\",\"\",\"\",\"\",\"USD\",\"\",\"10.00\",\"-0.20\",\"-0.30\",\"-0.50\",\"9.50\"\n", when, id)
		fmt.Fprintf(&text, "%q,%q,\"\",\"\",\"Transfer\",\"\",\"\",\"\",\"USD\",\"\",\"-9.50\",\"0\",\"0\",\"0\",\"-9.50\"\n", when, id)
	}
	return []byte(text.String())
}

// The month of a row is that of its date as it stands in the file, and a report may be part of two.
func TestMonths(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	write(t, filepath.Join(reports, "a.csv"), settlementFile("1", "2030-01-31T23:59:59 -0700", "2030-02-01T00:00:00 -0700", "2030-02-01T00:30:00 +0900", "2030-01-31T23:59:59 +0900"))
	write(t, filepath.Join(reports, "b.csv"), settlementFile("2", "2029-12-31T23:00:00 +0000", "2030-01-01T00:00:00 +0530"))
	got := build(t, reports, target, dataset.Options{})
	rows := make(map[string]int64)
	for _, p := range got.Written {
		rows[p.Month] = p.Rows
	}
	if diff := cmp.Diff(map[string]int64{"2029-12": 2, "2030-01": 6, "2030-02": 4}, rows); diff != "" {
		t.Errorf("rows by month (-want +got):\n%s", diff)
	}
	var lines []string
	for _, row := range rowsOf[settlementRow](t, target, settlementsIn("2030-01")) {
		lines = append(lines, fmt.Sprint(row.ReportID, row.Line, " ", row.Offset, " ", time.UnixMicro(row.Posted).UTC().Format(time.RFC3339)))
	}
	want := []string{
		"a5 -420 2030-02-01T06:59:59Z", "a6 -420 2030-02-01T06:59:59Z", "a11 540 2030-01-31T14:59:59Z", "a12 540 2030-01-31T14:59:59Z",
		"b7 330 2029-12-31T18:30:00Z", "b8 330 2029-12-31T18:30:00Z",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("January (-want +got):\n%s", diff)
	}
	if again := build(t, reports, target, dataset.Options{}); again.Unchanged != 3 || len(again.Written) > 0 {
		t.Errorf("again: %+v", again)
	}
}

// More months than are written at once, in files whose names and times have nothing to do with each other, and reports whose
// rows are outside of their period.
func TestManyMonthsInAnyOrder(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	want := make(map[string]int64)
	for i := range 40 {
		month := time.Date(2028, time.Month(1+i*7%20), 10, 0, 0, 0, 0, time.UTC)
		next := month.AddDate(0, 5, 0)
		content := settlementFile(fmt.Sprint(i), month.Format("2006-01-02T15:04:05 -0700"), next.Format("2006-01-02T15:04:05 -0700"))
		if i%2 == 0 {
			write(t, filepath.Join(reports, fmt.Sprintf("%02d.csv", i)), content)
		} else { // its period is wrong
			start := date(1, 1)
			put(t, reports, reportOf(payreports.ReportTypeSettlement, fmt.Sprint("S", i), start, start.AddDate(0, 0, i)), content)
		}
		want[month.Format("2006-01")] += 2
		want[next.Format("2006-01")] += 2
	}
	build(t, reports, target, dataset.Options{})
	got := make(map[string]int64)
	for month := range want {
		seen := make(map[string]bool)
		for _, row := range rowsOf[settlementRow](t, target, settlementsIn(month)) {
			key := fmt.Sprint(row.ReportID, " ", row.Line)
			if seen[key] {
				t.Errorf("%s is there twice in %s", key, month)
			}
			seen[key] = true
			got[month]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows by month (-want +got):\n%s", diff)
	}
	if again := build(t, reports, target, dataset.Options{}); again.Unchanged != len(want) || len(again.Written) > 0 {
		t.Errorf("again: %+v", again)
	}
}

// What is wrong with a report keeps what it is part of as it is, and nothing else.
func TestProblems(t *testing.T) {
	t.Parallel()
	january, february := settlementFile("1", "2030-01-10T00:00:00 +0000"), settlementFile("2", "2030-02-10T00:00:00 +0000")
	report := func(id string, month time.Month) payreports.Report {
		return reportOf(payreports.ReportTypeSettlement, id, date(month, 9), date(month, 11))
	}
	for name, test := range map[string]struct {
		spoil func(t *testing.T, reports string)
		want  string
	}{
		"cut": {func(t *testing.T, reports string) {
			put(t, reports, report("C", 1), bytes.TrimSuffix(settlementFile("3", "2030-01-10T00:00:00 +0000"), []byte("\"-9.50\"\n")))
		}, ".csv: line 6, column NetTransactionAmount"},
		"a page": {func(t *testing.T, reports string) {
			put(t, reports, report("C", 1), []byte("<!DOCTYPE html>"))
		}, "HTML"},
		"another report": {func(t *testing.T, reports string) {
			put(t, reports, report("C", 1), []byte("\"A\",\"B\"\n\"1\",\"2\"\n"))
		}, "it should be a settlement report"},
		"without rows": {func(t *testing.T, reports string) {
			put(t, reports, report("C", 1), settlementFile("3"))
		}, "no rows"},
		"a settlement twice": {func(t *testing.T, reports string) {
			put(t, reports, report("C", 1), settlementFile("1", "2030-01-10T00:00:00 +0000", "2030-01-10T00:00:01 +0000"))
		}, "would count twice"},
		"a settlement twice, in an earlier file": {func(t *testing.T, reports string) {
			put(t, reports, report("0", 1), settlementFile("1", "2030-01-10T00:00:00 +0000", "2030-01-10T00:00:01 +0000"))
		}, "would count twice"},
		"changed, as long as before": {func(t *testing.T, reports string) {
			name := filepath.Join(reports, filepath.FromSlash(mirror.Path(report("A", 1))))
			write(t, name, bytes.Replace(january, []byte("10.00"), []byte("11.00"), 1))
		}, "it isn't the file that was downloaded"},
		"changed and longer": {func(t *testing.T, reports string) {
			name := filepath.Join(reports, filepath.FromSlash(mirror.Path(report("A", 1))))
			write(t, name, settlementFile("1", "2030-01-10T00:00:00 +0000", "2030-01-11T00:00:00 +0000"))
		}, "it isn't the file that was downloaded"},
		"ten decimals": {func(t *testing.T, reports string) {
			put(t, reports, report("C", 1), bytes.Replace(settlementFile("3", "2030-01-10T00:00:00 +0000"), []byte(`"10.00"`), []byte(`"10.0000000001"`), 1))
		}, "line 5, column TransactionAmount: the amount is 10.0000000001: it has more than 9 decimals"},
		"an amount that is none": {func(t *testing.T, reports string) {
			put(t, reports, report("C", 1), bytes.Replace(settlementFile("3", "2030-01-10T00:00:00 +0000"), []byte(`"10.00"`), []byte(`"1.0.0"`), 1))
		}, "line 5, column TransactionAmount"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, fresh := range []bool{false, true} {
				reports, target := t.TempDir(), t.TempDir()
				put(t, reports, report("A", 1), january)
				put(t, reports, report("B", 2), february)
				before := map[string]string{}
				if !fresh {
					build(t, reports, target, dataset.Options{})
					before = hashes(t, target)
				}
				test.spoil(t, reports)
				put(t, reports, report("D", 2), settlementFile("4", "2030-02-10T00:00:00 +0000"))
				summary, err := tryBuild(t, reports, target, dataset.Options{})
				var incomplete *dataset.IncompleteError
				var file *mirror.FileError
				if !errors.As(err, &incomplete) || !errors.As(err, &file) || !strings.Contains(err.Error(), test.want) || len(summary.Problems) != 1 {
					t.Errorf("fresh %v: %v", fresh, err)
				}
				if diff := cmp.Diff([]string{settlementsIn("2030-02")}, paths(summary.Written)); diff != "" || summary.Written[0].Rows != 4 {
					t.Errorf("fresh %v: written (-want +got):\n%s", fresh, diff)
				}
				if got := hashes(t, target)[settlementsIn("2030-01")]; got != before[settlementsIn("2030-01")] {
					t.Errorf("fresh %v: January was %q and is %q", fresh, before[settlementsIn("2030-01")], got)
				}
			}
		})
	}
}

// A file that nothing can be said of may be part of everything.
func TestUnreadableKeepsAll(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	putDays(t, reports, newMerchant(t, merchant.Config{}), date(1, 10), 3)
	write(t, filepath.Join(reports, "unknown.csv"), nil)
	summary, err := tryBuild(t, reports, target, dataset.Options{})
	if err == nil || len(summary.Written) > 0 || len(summary.Kept) != 3 || !strings.Contains(err.Error(), "unknown.csv: ") {
		t.Errorf("%+v, %v", summary, err)
	}
}

func TestVanishedMovedAndReplaced(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	for i, when := range []string{"2030-01-10", "2030-01-11", "2030-02-10"} {
		write(t, filepath.Join(reports, fmt.Sprint(i, ".csv")), settlementFile(fmt.Sprint(i), when+"T00:00:00 +0000"))
	}
	build(t, reports, target, dataset.Options{})
	before := hashes(t, target)
	remove := func(name string) {
		t.Helper()
		if err := os.Remove(filepath.Join(reports, name)); err != nil {
			t.Fatal(err)
		}
	}
	remove("2.csv")
	summary, err := tryBuild(t, reports, target, dataset.Options{})
	var vanished *dataset.VanishedError
	if !errors.As(err, &vanished) || vanished.Partition != settlementsIn("2030-02") || !slices.Equal(vanished.Reports, []string{"2.csv"}) || len(summary.Removed) > 0 {
		t.Errorf("gone: %+v, %v", summary, err)
	}
	if diff := cmp.Diff(before, hashes(t, target)); diff != "" {
		t.Errorf("gone:\n%s", diff)
	}
	if pruned := build(t, reports, target, dataset.Options{Prune: true}); !slices.Equal(pruned.Removed, []string{settlementsIn("2030-02")}) || pruned.Unchanged != 1 {
		t.Errorf("pruned: %+v", pruned)
	}

	// A report that has another name now isn't gone.
	if err := os.Rename(filepath.Join(reports, "1.csv"), filepath.Join(reports, "9.csv")); err != nil {
		t.Fatal(err)
	}
	if moved := build(t, reports, target, dataset.Options{}); len(moved.Written) != 1 || moved.Written[0].Rows != 4 {
		t.Errorf("moved: %+v", moved)
	}
	// Nor is one whose rows are of another month now: they must not be in both.
	write(t, filepath.Join(reports, "0.csv"), settlementFile("0", "2030-03-10T00:00:00 +0000"))
	write(t, filepath.Join(reports, "9.csv"), settlementFile("1", "2030-03-11T00:00:00 +0000"))
	if replaced := build(t, reports, target, dataset.Options{}); !slices.Equal(paths(replaced.Written), []string{settlementsIn("2030-03")}) || !slices.Equal(replaced.Removed, []string{settlementsIn("2030-01")}) {
		t.Errorf("replaced: %+v", replaced)
	}
	remove("0.csv")
	remove("9.csv")
	if _, err := tryBuild(t, reports, target, dataset.Options{Prune: true}); !errors.Is(err, dataset.ErrNoReports) {
		t.Errorf("no reports: %v", err)
	}
	if _, err := os.Stat(filepath.Join(target, settlementsIn("2030-03"))); err != nil {
		t.Errorf("no reports: %v", err)
	}
}

// Copies of an account's report count once.
func TestCopies(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	content := settlementFile("1", "2030-01-10T00:00:00 +0000")
	for _, name := range []string{"account=a/x.csv", "account=a/y.csv", "account=a/sub/z.csv"} {
		write(t, filepath.Join(reports, name), content)
	}
	left := 0
	summary := build(t, reports, target, dataset.Options{LeftOut: func(string, error) { left++ }})
	if len(summary.Written) != 1 || summary.Written[0].Rows != 2 || left != 2 {
		t.Errorf("%d left out: %+v", left, summary)
	}
}

func TestAccountWithTheNameOfNone(t *testing.T) {
	t.Parallel()
	reports := t.TempDir()
	write(t, filepath.Join(reports, "account=default/x.csv"), settlementFile("1", "2030-01-10T00:00:00 +0000"))
	write(t, filepath.Join(reports, "y.csv"), settlementFile("2", "2030-01-10T00:00:00 +0000"))
	if _, err := tryBuild(t, reports, t.TempDir(), dataset.Options{}); err == nil || !strings.Contains(err.Error(), "y.csv has no account") {
		t.Error(err)
	}
	if got := build(t, reports, t.TempDir(), dataset.Options{Account: "other"}); len(got.Written) != 2 {
		t.Errorf("%+v", got)
	}
}

// A report without a row is remembered, so that it doesn't make each run read its month.
func TestRefundsWithoutRows(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	m := newMerchant(t, merchant.Config{})
	var empty, full bytes.Buffer
	if err := errors.Join(m.WriteRefunds(&empty, date(1, 5), date(1, 5)), m.WriteRefunds(&full, date(2, 5), date(2, 20))); err != nil {
		t.Fatal(err)
	}
	put(t, reports, reportOf(payreports.ReportTypeRefund, "E", date(1, 5), date(1, 6)), empty.Bytes())
	put(t, reports, reportOf(payreports.ReportTypeRefund, "F", date(2, 5), date(2, 20)), full.Bytes())
	if got := build(t, reports, target, dataset.Options{}); len(got.Written) != 2 || got.Written[0].Rows != 0 || got.Written[0].Reports != 1 || got.Written[1].Rows == 0 {
		t.Errorf("%+v", got)
	}
	if got := build(t, reports, target, dataset.Options{}); len(got.Written) != 0 || got.Unchanged != 2 {
		t.Errorf("again: %+v", got)
	}
}

// Columns that this package doesn't know are kept.
func TestOtherColumns(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	text := string(settlementFile("1", "2030-01-10T00:00:00 +0000"))
	text = strings.Replace(text, `"NetTransactionAmount",`, `"NetTransactionAmount","Tip ""of"" the day","Zone",`, 1)
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\"9.50\"\n", "\"9.50\",\"ü\",\"\"\n"), "\"-9.50\"\n", "\"-9.50\",\"a\",\"b\"\n")
	write(t, filepath.Join(reports, "a.csv"), []byte(text))
	write(t, filepath.Join(reports, "b.csv"), settlementFile("2", "2030-01-10T00:00:00 +0000"))
	build(t, reports, target, dataset.Options{})
	var got []string
	for _, row := range rowsOf[settlementRow](t, target, settlementsIn("2030-01")) {
		if row.OtherColumns == nil {
			got = append(got, "NULL")
		} else {
			got = append(got, *row.OtherColumns)
		}
	}
	if diff := cmp.Diff([]string{`{"Tip \"of\" the day":"ü","Zone":""}`, `{"Tip \"of\" the day":"a","Zone":"b"}`, "NULL", "NULL"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// In a table of text, a report may lack columns that another has, and names may be alike.
func TestText(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	put(t, reports, reportOf(payreports.ReportTypeCapture, "A", date(1, 1), date(1, 2)), []byte("\"AmazonCaptureId\",\"Month\",\"report_id\"\n\"1\",\"m\",\"\"\n"))
	put(t, reports, reportOf(payreports.ReportTypeCapture, "B", date(1, 3), date(1, 4)), []byte("\"Note\",\"AmazonCaptureId\"\n\"n\",\"2\"\n"))
	build(t, reports, target, dataset.Options{})
	type row struct {
		ReportID string  `parquet:"report_id"`
		Line     int64   `parquet:"line"`
		ID       *string `parquet:"amazon_capture_id,optional"`
		Month    *string `parquet:"month_2,optional"`
		Other    *string `parquet:"report_id_2,optional"`
		Note     *string `parquet:"note,optional"`
	}
	text := func(s string) *string { return &s }
	want := []row{{"A", 2, text("1"), text("m"), text(""), nil}, {"B", 2, text("2"), nil, nil, text("n")}}
	if diff := cmp.Diff(want, rowsOf[row](t, target, "captures/account=default/month=2030-01/data.parquet")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	put(t, reports, reportOf(payreports.ReportTypeCapture, "B", date(1, 3), date(1, 4)), []byte("\"Note\",\"AmazonCaptureId\"\n\"n\",\"3\"\n"))
	if got := build(t, reports, target, dataset.Options{}); len(got.Written) != 1 {
		t.Errorf("a changed report: %+v", got)
	}
}

// Other tables than those of the types that were asked for are left alone.
func TestTypes(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	putDays(t, reports, newMerchant(t, merchant.Config{}), date(1, 10), 2)
	build(t, reports, target, dataset.Options{})
	before := hashes(t, target)
	os.RemoveAll(filepath.Join(reports, "type=capture"))
	got := build(t, reports, target, dataset.Options{Types: []payreports.ReportType{payreports.ReportTypeSettlement, payreports.ReportTypeRefund}, Prune: true})
	if len(got.Written)+len(got.Removed) > 0 || got.Unchanged != 2 {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(before, hashes(t, target)); diff != "" {
		t.Errorf("%s", diff)
	}
	only := build(t, reports, t.TempDir(), dataset.Options{Types: []payreports.ReportType{payreports.ReportTypeRefund}})
	if len(only.Written) != 1 || only.Written[0].Table != "refunds" {
		t.Errorf("%+v", only)
	}
}

// What this program hasn't written stays, and what killed runs have left behind doesn't.
func TestTargetWithOtherFiles(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	write(t, filepath.Join(reports, "a.csv"), settlementFile("1", "2030-01-10T00:00:00 +0000"))
	foreign := filepath.Join(target, settlementsIn("2030-01"))
	for _, content := range []string{"", "PAR1", "not Parquet at all, but somebody's", strings.Repeat("x", 1<<10) + "\xff\xff\xff\x7fPAR1"} {
		write(t, foreign, []byte(content))
		summary, err := tryBuild(t, reports, target, dataset.Options{})
		if text, readErr := os.ReadFile(foreign); err == nil || readErr != nil || string(text) != content || len(summary.Kept) != 1 || !strings.Contains(err.Error(), "isn't a partition that payreports has written") {
			t.Errorf("%q: %+v, %v", content, summary, err)
		}
	}
	if err := os.Remove(foreign); err != nil {
		t.Fatal(err)
	}
	left := []string{filepath.Join(filepath.Dir(foreign), ".data.parquet.123.partial"), filepath.Join(target, ".manifest.json.5.partial"), filepath.Join(target, "settlements/account=x/month=2020-01/.data.parquet.9.partial")}
	others := filepath.Join(target, ".other.1.partial")
	for _, name := range append(left, others) {
		write(t, name, []byte("x"))
	}
	build(t, reports, target, dataset.Options{})
	for _, name := range left {
		if _, err := os.Stat(name); !os.IsNotExist(err) {
			t.Errorf("%s was left: %v", name, err)
		}
	}
	if _, err := os.Stat(others); err != nil {
		t.Error(err)
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	write(t, filepath.Join(reports, "a.csv"), settlementFile("1", "2030-01-10T00:00:00 +0000"))
	end, err := mirror.Directory(target).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tryBuild(t, reports, target, dataset.Options{}); !errors.Is(err, mirror.ErrLocked) {
		t.Error(err)
	}
	end()
	build(t, reports, target, dataset.Options{})
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	putDays(t, reports, newMerchant(t, merchant.Config{}), date(1, 10), 3)
	m, err := mirror.Open(reports)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = dataset.Write(ctx, m, mirror.Directory(target), dataset.Options{Written: func(dataset.Partition) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for name := range hashes(t, target) {
		if strings.Contains(name, "partial") {
			t.Errorf("%s was left", name)
		}
	}
}

// Both ends may be in a bucket, and recorded hashes may be trusted.
func TestBuckets(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	m := newMerchant(t, merchant.Config{})
	putDays(t, reports, m, date(1, 28), 10)
	build(t, reports, target, dataset.Options{})
	source, set := bucket.New(memblob.OpenBucket(nil), "mem://source"), bucket.New(memblob.OpenBucket(nil), "mem://set")
	defer source.Close()
	defer set.Close()
	upload := func() {
		t.Helper()
		for name := range hashes(t, reports) {
			content, err := os.ReadFile(filepath.Join(reports, name))
			if err == nil {
				err = source.Put(t.Context(), name, content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	inBucket := func() map[string]string {
		t.Helper()
		dir := t.TempDir()
		for object, err := range set.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			content, _, err := set.Open(t.Context(), object.Name)
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if _, err := text.ReadFrom(content); err != nil {
				t.Fatal(err)
			}
			content.Close()
			write(t, filepath.Join(dir, object.Name), text.Bytes())
		}
		return hashes(t, dir)
	}
	upload()
	options := dataset.Options{TrustRecorded: true}
	if _, err := dataset.Write(t.Context(), mirror.OpenStore(source), set, options); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(hashes(t, target), inBucket()); diff != "" {
		t.Errorf("(-directory +bucket):\n%s", diff)
	}
	putDays(t, reports, m, date(2, 7), 1)
	upload()
	build(t, reports, target, dataset.Options{})
	added, err := dataset.Write(t.Context(), mirror.OpenStore(source), set, options)
	if err != nil || len(added.Written) != 3 || added.Unchanged != 3 {
		t.Errorf("a day: %+v, %v", added, err)
	}
	if diff := cmp.Diff(hashes(t, target), inBucket()); diff != "" {
		t.Errorf("a day (-directory +bucket):\n%s", diff)
	}
}

// Other options of reading give other rows.
func TestReadingOptions(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	text := strings.NewReplacer(`10.00`, `10,00`, `9.50`, `9,50`, `0.20`, `0,20`, `0.30`, `0,30`, `0.50`, `0,50`).Replace(string(settlementFile("1", "2030-01-10T00:00:00 +0000")))
	write(t, filepath.Join(reports, "a.csv"), []byte(text))
	if _, err := tryBuild(t, reports, target, dataset.Options{}); err == nil {
		t.Error("a decimal comma was read")
	}
	comma := dataset.Options{Reading: reportfile.Options{DecimalComma: true}}
	got := build(t, reports, target, comma)
	if len(got.Written) != 1 || got.Written[0].Sums[0] != (dataset.CurrencySums{Currency: "USD", Rows: 2, Amount: "0.50", TotalFee: "-0.50", Net: "0.00"}) {
		t.Errorf("%+v", got)
	}
	if again := build(t, reports, target, comma); again.Unchanged != 1 {
		t.Errorf("%+v", again)
	}
	before := slices.Collect(maps.Values(hashes(t, target)))
	if _, err := tryBuild(t, reports, target, dataset.Options{}); err == nil || !slices.Equal(slices.Sorted(slices.Values(before)), slices.Sorted(maps.Values(hashes(t, target)))) {
		t.Errorf("without the option: %v", err)
	}
}

// A month that was written already is written again when a later report turns out to have rows of it.
func TestRowsOutsideOfThePeriod(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	for i, rows := range []string{"2030-01-05T00:00:00 +0000", "2030-02-05T00:00:00 +0000", "2030-01-06T00:00:00 +0000", "2030-03-30T00:00:00 +0000"} {
		period := date(time.Month(i+1), 5)
		put(t, reports, reportOf(payreports.ReportTypeSettlement, fmt.Sprint("S", i), period, period.AddDate(0, 0, 1)), settlementFile(fmt.Sprint(i), rows))
	}
	got := build(t, reports, target, dataset.Options{})
	rows := make(map[string]int64)
	for _, p := range got.Written {
		rows[p.Month] += p.Rows
	}
	if diff := cmp.Diff(map[string]int64{"2030-01": 4, "2030-02": 2, "2030-03": 2}, rows); diff != "" || len(rowsOf[settlementRow](t, target, settlementsIn("2030-01"))) != 4 {
		t.Errorf("rows by month (-want +got):\n%s", diff)
	}
	if again := build(t, reports, target, dataset.Options{}); again.Unchanged != 3 {
		t.Errorf("again: %+v", again)
	}
}

// A run that was killed between two months of a report has written one of them.
func TestHalfOfTheMonths(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	write(t, filepath.Join(reports, "a.csv"), settlementFile("1", "2030-01-31T00:00:00 +0000", "2030-02-01T00:00:00 +0000"))
	build(t, reports, target, dataset.Options{})
	before := hashes(t, target)
	for _, month := range []string{"2030-01", "2030-02"} {
		if err := os.Remove(filepath.Join(target, settlementsIn(month))); err != nil {
			t.Fatal(err)
		}
		if got := build(t, reports, target, dataset.Options{}); !slices.Equal(paths(got.Written), []string{settlementsIn(month)}) || got.Unchanged != 1 {
			t.Errorf("%s: %+v", month, got)
		}
	}
	if diff := cmp.Diff(before, hashes(t, target)); diff != "" {
		t.Errorf("%s", diff)
	}
}

// With another layout of dates, rows are of other months.
func TestOtherDateLayout(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	write(t, filepath.Join(reports, "a.csv"), settlementFile("1", "02.01.2030 10:00:00"))
	write(t, filepath.Join(reports, "b.csv"), settlementFile("2", "2030-03-01T00:00:00 +0000"))
	for layout, months := range map[string][]string{"dd.mm.yyyy HH:MM:SS": {"2030-01", "2030-03"}, "mm.dd.yyyy HH:MM:SS": {"2030-02", "2030-03"}} {
		build(t, reports, target, dataset.Options{Reading: reportfile.Options{DateLayout: layout}})
		var want []string
		for _, month := range months {
			want = append(want, settlementsIn(month))
		}
		got := slices.DeleteFunc(slices.Sorted(maps.Keys(hashes(t, target))), func(name string) bool { return name == "manifest.json" })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", layout, diff)
		}
	}
}

// The month of a report of texts is known before it is read, so a damaged one keeps no other month as it is.
func TestDamagedText(t *testing.T) {
	t.Parallel()
	captures := func(month string) string { return "captures/account=default/month=" + month + "/data.parquet" }
	good := []byte("\"AmazonCaptureId\",\"B\"\n\"1\",\"x\"\n")
	for name, place := range map[string]func(t *testing.T, reports, id string, month time.Month, content []byte){
		"with metadata": func(t *testing.T, reports, id string, month time.Month, content []byte) {
			put(t, reports, reportOf(payreports.ReportTypeCapture, id, date(month-1, 28), date(month, 1)), content)
		},
		"without metadata": func(t *testing.T, reports, id string, month time.Month, content []byte) {
			write(t, filepath.Join(reports, "type=capture", "date="+date(month, 1).Format(time.DateOnly), id+".csv"), content)
		},
	} {
		for damage, content := range map[string]string{"cut": "\"AmazonCaptureId\",\"B\"\n\"2\"\n", "empty": "", "a page": "<!DOCTYPE html>"} {
			t.Run(name+" "+damage, func(t *testing.T) {
				t.Parallel()
				reports, target := t.TempDir(), t.TempDir()
				place(t, reports, "A", 2, good)
				place(t, reports, "B", 3, []byte(content))
				for run, written := range [][]string{{captures("2030-02")}, nil} {
					summary, err := tryBuild(t, reports, target, dataset.Options{})
					if err == nil || len(summary.Problems) != 1 || !slices.Equal(paths(summary.Written), written) || len(summary.Kept) > 0 {
						t.Errorf("run %d: %+v, %v", run, summary, err)
					}
				}
			})
		}
	}
}

// meetingStore holds up each file that is opened until as many are as should be.
type meetingStore struct {
	mirror.Store
	absent atomic.Int32
	all    chan struct{}
}

func (s *meetingStore) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if strings.HasSuffix(name, ".parquet") {
		if s.absent.Add(-1) == 0 {
			close(s.all)
		}
		select {
		case <-s.all:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
	return s.Store.Open(ctx, name)
}

// What the partitions of an account say about themselves is read at once, because each request to a bucket takes long.
func TestPartitionsAreReadAtOnce(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	const months = 12
	for month := range time.Month(months) {
		write(t, filepath.Join(reports, fmt.Sprint(month, ".csv")), settlementFile(fmt.Sprint(month), date(month+1, 10).Format("2006-01-02T15:04:05 -0700")))
	}
	build(t, reports, target, dataset.Options{})
	source, err := mirror.Open(reports)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	store := &meetingStore{Store: mirror.Directory(target), all: make(chan struct{})}
	store.absent.Store(months)
	if again, err := dataset.Write(ctx, source, store, dataset.Options{}); err != nil || again.Unchanged != months {
		t.Errorf("%+v, %v", again, err)
	}
}

// A report of texts that isn't the file that was downloaded ends no run: the others become part of the data set.
func TestTextThatIsNotTheFileThatWasDownloaded(t *testing.T) {
	t.Parallel()
	captures := func(id string) []byte { return []byte("\"AmazonCaptureId\",\"B\"\n\"" + id + "\",\"x\"\n") }
	for name, spoil := range map[string]func(report string) error{
		"another content": func(report string) error { return os.WriteFile(report, captures("9"), 0o600) },
		"a longer one":    func(report string) error { return os.WriteFile(report, captures("99"), 0o600) },
		"an empty file":   func(report string) error { return os.Truncate(report, 0) },
		"a damaged hash": func(report string) error {
			metadata := strings.TrimSuffix(report, ".csv") + ".json"
			text, err := os.ReadFile(metadata)
			return errors.Join(err, os.WriteFile(metadata, regexp.MustCompile(`("sha256": *")..`).ReplaceAll(text, []byte("${1}zz")), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reports, target := t.TempDir(), t.TempDir()
			put(t, reports, reportOf(payreports.ReportTypeCapture, "A", date(1, 1), date(1, 2)), captures("1"))
			build(t, reports, target, dataset.Options{})
			if err := spoil(put(t, reports, reportOf(payreports.ReportTypeCapture, "B", date(2, 1), date(2, 2)), captures("2"))); err != nil {
				t.Fatal(err)
			}
			put(t, reports, reportOf(payreports.ReportTypeCapture, "C", date(3, 1), date(3, 2)), captures("3"))
			put(t, reports, reportOf(payreports.ReportTypeRefund, "R", date(3, 1), date(3, 2)), refundText("R", "2030-03-02T00:00:00Z"))
			summary, err := tryBuild(t, reports, target, dataset.Options{})
			var incomplete *dataset.IncompleteError
			var file *mirror.FileError
			if !errors.As(err, &incomplete) || !errors.As(err, &file) || !strings.HasPrefix(file.Path, "type=capture/date=2030-02-02/") || len(summary.Problems) != 1 || len(summary.Written) != 2 || summary.Unchanged != 1 {
				t.Errorf("%v, %+v", err, summary)
			}
		})
	}
}

// brokenStore fails to open one partition.
type brokenStore struct {
	mirror.Store
	name  string
	cause func() error
}

func (s brokenStore) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if name == s.name {
		return nil, 0, s.cause()
	}
	return s.Store.Open(ctx, name)
}

// A partition that can't be opened among many that are opened at once ends the run, is named, and leaves all as it was.
func TestPartitionThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	for month := range time.Month(40) { // more than are opened at once
		write(t, filepath.Join(reports, fmt.Sprint(month, ".csv")), settlementFile(fmt.Sprint(month), date(month+1, 10).Format("2006-01-02T15:04:05 -0700")))
	}
	build(t, reports, target, dataset.Options{})
	before := hashes(t, target)
	source, err := mirror.Open(reports)
	if err != nil {
		t.Fatal(err)
	}
	failure := errors.New("the storage answers SlowDown")
	for _, month := range []string{"2030-01", "2031-07", "2033-04"} {
		ctx, cancel := context.WithCancel(t.Context())
		for _, cause := range []func() error{func() error { return failure }, func() error { cancel(); return ctx.Err() }} {
			store := brokenStore{mirror.Directory(target), settlementsIn(month), cause}
			summary, err := dataset.Write(ctx, source, store, dataset.Options{Prune: true})
			if len(summary.Written)+len(summary.Removed) > 0 {
				t.Errorf("%s: %+v", month, summary)
			}
			if ctx.Err() != nil && !errors.Is(err, ctx.Err()) || ctx.Err() == nil && (!errors.Is(err, failure) || !strings.Contains(err.Error(), month)) {
				t.Errorf("%s: %v", month, err)
			}
		}
		cancel()
	}
	if !maps.Equal(before, hashes(t, target)) {
		t.Error("the data set has changed")
	}
}
