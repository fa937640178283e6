package dataset_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/mirror"
)

const settlementHeader = "TransactionPostedDate,SettlementId,AmazonTransactionId,SellerReferenceId,TransactionType,AmazonOrderReferenceId,SellerOrderId,StoreName," +
	"CurrencyCode,TransactionDescription,TransactionAmount,TransactionPercentageFee,TransactionFixedFee,TotalTransactionFee,NetTransactionAmount\n"

const refundHeader = "AmazonRefundId,RefundReferenceId,AmazonCaptureId,AmazonOrderReferenceId,RefundAmount,CurrencyCode,SellerRefundNote,RefundType,RefundStatus," +
	"LastUpdateTimestamp,ReasonCode,CreationTimestamp\n"

// settlementText is a settlement report with one row.
func settlementText(id, posted string) []byte {
	return []byte(settlementHeader + posted + "," + id + ",T" + id + ",,Reserve,,,,USD,,0.00,0.00,0.00,0.00,0.00\n")
}

// refundText is a refund report with one row.
func refundText(id, updated string) []byte {
	return []byte(refundHeader + id + ",,C1,O1,1.00,USD,,SellerInitiated,Completed," + updated + ",," + updated + "\n")
}

// Accounts have one spelling, which Hive's readers take for a name: not for NULL, not for a folder, and not for two partitions.
func TestAccountsOfPartitions(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("its file systems don't have these names")
	}
	for folder, want := range map[string]string{
		"de": "de", "M%C3%BCller%20%26%20S%C3%B6hne": "M%C3%BCller%20%26%20S%C3%B6hne", "0123": "0123",
		"Müller & Söhne": "M%C3%BCller%20%26%20S%C3%B6hne", "x=y": "x%3Dy", `a\b`: "a%5Cb", "100%": "100%25", "%ZZ": "%25ZZ", "%FF": "%25FF", "..": "%2E%2E", "a%2fb": "a%2Fb",
		"NULL": "%4EULL", "null": "%6Eull", "Null": "%4Eull", "__HIVE_DEFAULT_PARTITION__": "%5F_HIVE_DEFAULT_PARTITION__", "NULLS": "NULLS",
	} {
		reports, target := t.TempDir(), t.TempDir()
		write(t, filepath.Join(reports, "account="+folder, "a.csv"), settlementText("1", "2030-01-02T00:00:00Z"))
		got := build(t, reports, target, dataset.Options{}).Written
		if len(got) != 1 || got[0].Account != want || got[0].Path != "settlements/account="+want+"/month=2030-01/data.parquet" {
			t.Errorf("%q: %+v, want account %q", folder, got, want)
		}
		if again := build(t, reports, target, dataset.Options{}); again.Unchanged != 1 || len(again.Written) > 0 {
			t.Errorf("%q again: %+v", folder, again)
		}
		single := build(t, filepath.Join(reports, "account="+folder), t.TempDir(), dataset.Options{Account: folder})
		if len(single.Written) != 1 || single.Written[0].Account != want {
			t.Errorf("%q alone: %+v", folder, single.Written)
		}
	}
}

// Parquet's texts are UTF-8, and a reader refuses the whole table if one isn't.
func TestNamesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("its file systems don't have these names")
	}
	for _, name := range []string{"\xff.csv", "type=settlement/date=2030-01-02/a\xfe.csv", "account=\xff/a.csv", "caf\xe9/a.csv"} {
		reports, target := t.TempDir(), t.TempDir()
		write(t, filepath.Join(reports, name), settlementText("1", "2030-01-02T00:00:00Z"))
		for range 2 {
			summary, err := tryBuild(t, reports, target, dataset.Options{})
			var problem *mirror.FileError
			if !errors.As(err, &problem) || problem.Path != name || len(summary.Written) > 0 {
				t.Errorf("%q: %v, %+v", name, err, summary)
			}
		}
		if err := os.Rename(filepath.Join(reports, name), filepath.Join(reports, "b.csv")); err != nil {
			t.Fatal(err)
		}
		if summary := build(t, reports, target, dataset.Options{}); len(summary.Written) != 1 {
			t.Errorf("%q renamed: %+v", name, summary)
		}
	}
}

// A type that isn't documented has a table of its own, whatever it is called.
func TestTablesOfUndocumentedTypes(t *testing.T) {
	t.Parallel()
	want := map[payreports.ReportType]string{
		"_GET_NEW_DATA_": "get_new_data", "_X1_": "x1", "_captures_": "type-_captures_", "_CAPTURES_": "type-_CAPTURES_", "SETTLEMENTS": "type-SETTLEMENTS", "refunds": "type-refunds",
		"foo": "type-foo", "_FOO_": "foo", "FOO": "type-FOO", "_FOO": "type-_FOO", "__": "type-__", "___": "type-___", "..": "type-%2E%2E", "a/b": "type-a%2Fb",
		"_A__B_": "type-_A__B_", "_É_": "type-_%C3%89_", "settlement": "type-%73ettlement",
	}
	reports, target := t.TempDir(), t.TempDir()
	for reportType := range want {
		put(t, reports, reportOf(reportType, "R1", date(1, 1), date(1, 2)), fmt.Appendf(nil, "A,B\n%s,2\n", reportType))
	}
	var tables, wanted []string
	for _, p := range build(t, reports, target, dataset.Options{}).Written {
		if p.Rows != 1 || p.Path != p.Table+"/account=default/month=2030-01/data.parquet" {
			t.Errorf("%+v", p)
		}
		tables = append(tables, p.Table)
	}
	for _, table := range want {
		wanted = append(wanted, table)
	}
	slices.Sort(wanted)
	slices.Sort(tables)
	if diff := cmp.Diff(wanted, tables); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
	if again := build(t, reports, target, dataset.Options{}); again.Unchanged != len(want) || len(again.Written) > 0 {
		t.Errorf("again: %+v", again)
	}
}

// Engines read all files of a partition's folder, so one that is beside data.parquet would count twice.
func TestFilesBesidePartitions(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	write(t, filepath.Join(reports, "a.csv"), settlementText("1", "2030-01-02T00:00:00Z"))
	build(t, reports, target, dataset.Options{})
	folder := filepath.Join(target, "settlements", "account=default", "month=2030-01")
	for _, name := range []string{"data (1).parquet", "part-0.PARQUET", "data.parquet.bak", "x.csv"} {
		write(t, filepath.Join(folder, name), []byte("x"))
		if summary, err := tryBuild(t, reports, target, dataset.Options{}); err == nil || !strings.Contains(err.Error(), name) || summary.Unchanged != 1 {
			t.Errorf("%s: %v, %+v", name, err, summary)
		}
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{ // some engines read all that is below a table's folder
		"settlements/data.parquet", "settlements/account=default/data.parquet", "settlements/account=default/month=2030-01/old/data.parquet", "settlements/old/month=2030-01/data.parquet",
		"refunds/notes.txt",
	} {
		write(t, filepath.Join(target, filepath.FromSlash(name)), []byte("x"))
		if summary, err := tryBuild(t, reports, target, dataset.Options{}); err == nil || !strings.Contains(err.Error(), name) || summary.Unchanged != 1 {
			t.Errorf("%s: %v, %+v", name, err, summary)
		}
		if err := os.Remove(filepath.Join(target, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".DS_Store", "_SUCCESS", ".data.parquet.crc", "_old/data.parquet", ".old/x/data.parquet"} { // which engines pass over
		write(t, filepath.Join(folder, filepath.FromSlash(name)), []byte("x"))
	}
	write(t, filepath.Join(target, "other", "account=default", "month=2030-01", "x.parquet"), []byte("x"))
	write(t, filepath.Join(target, "notes.txt"), []byte("x"))
	if summary := build(t, reports, target, dataset.Options{}); summary.Unchanged != 1 {
		t.Errorf("%+v", summary)
	}
}
