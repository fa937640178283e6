package dataset_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/mirror"
)

func date(month time.Month, day int) time.Time {
	return time.Date(2030, month, day, 0, 0, 0, 0, time.UTC)
}

func newMerchant(t testing.TB, config merchant.Config) *merchant.Merchant {
	t.Helper()
	m, err := merchant.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// put writes a report and its metadata where Sync would, and returns the path of the report.
func put(t testing.TB, dir string, report payreports.Report, content []byte) string {
	t.Helper()
	name := filepath.Join(dir, filepath.FromSlash(mirror.Path(report)))
	write(t, name, content)
	sum := sha256.Sum256(content)
	metadata, err := json.Marshal(mirror.Metadata{Report: report, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content))})
	if err != nil {
		t.Fatal(err)
	}
	write(t, strings.TrimSuffix(name, ".csv")+".json", metadata)
	return name
}

func write(t testing.TB, name string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func reportOf(reportType payreports.ReportType, id string, start, end time.Time) payreports.Report {
	return payreports.Report{
		ReportID: payreports.ReportID(id), ReportType: reportType, ProcessingStatus: payreports.ProcessingStatusCompleted,
		StartTime: wire.NewTimestamp(start), EndTime: wire.NewTimestamp(end), CreatedTime: wire.NewTimestamp(end),
	}
}

// putDays writes the reports of some days: a settlement a day, and refunds and captures.
func putDays(t testing.TB, dir string, m *merchant.Merchant, from time.Time, days int) {
	t.Helper()
	for s := range m.Settlements(from, from.AddDate(0, 0, days)) {
		var text bytes.Buffer
		if err := m.WriteSettlement(&text, s); err != nil {
			t.Fatal(err)
		}
		put(t, dir, reportOf(payreports.ReportTypeSettlement, "S"+s.ID, s.Start, s.End), text.Bytes())
	}
	for i := range days {
		start := from.AddDate(0, 0, i)
		end := start.AddDate(0, 0, 1).Add(-time.Second)
		var refunds, captures bytes.Buffer
		if err := errors.Join(m.WriteRefunds(&refunds, start, end), m.WriteCaptures(&captures, start, end)); err != nil {
			t.Fatal(err)
		}
		put(t, dir, reportOf(payreports.ReportTypeRefund, "R"+start.Format("20060102"), start, end), refunds.Bytes())
		put(t, dir, reportOf(payreports.ReportTypeCapture, "C"+start.Format("20060102"), start, end), captures.Bytes())
	}
}

// build makes the data set in target.
func build(t testing.TB, reports, target string, options dataset.Options) dataset.Summary {
	t.Helper()
	summary, err := tryBuild(t, reports, target, options)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func tryBuild(t testing.TB, reports, target string, options dataset.Options) (dataset.Summary, error) {
	t.Helper()
	m, err := mirror.Open(reports)
	if err != nil {
		t.Fatal(err)
	}
	return dataset.Write(t.Context(), m, mirror.Directory(target), options)
}

// paths are the paths of partitions.
func paths(partitions []dataset.Partition) (names []string) {
	for _, p := range partitions {
		names = append(names, p.Path)
	}
	return names
}

// hashes are the hashes of all files below a directory, the lock apart.
func hashes(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == ".lock" {
			return err
		}
		content, err := os.ReadFile(path)
		sum := sha256.Sum256(content)
		name, _ := filepath.Rel(dir, path)
		found[filepath.ToSlash(name)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The same reports give the same bytes, and an added day changes its own month only.
func TestWriteIsIncrementalAndDeterministic(t *testing.T) {
	t.Parallel()
	m := newMerchant(t, merchant.Config{})
	reports, target := t.TempDir(), t.TempDir()
	putDays(t, reports, m, date(1, 20), 40)
	first := build(t, reports, target, dataset.Options{})
	want := []string{
		"captures/account=default/month=2030-01/data.parquet", "captures/account=default/month=2030-02/data.parquet",
		"refunds/account=default/month=2030-01/data.parquet", "refunds/account=default/month=2030-02/data.parquet",
		"settlements/account=default/month=2030-01/data.parquet", "settlements/account=default/month=2030-02/data.parquet",
	}
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(paths(first.Written)))); diff != "" {
		t.Fatalf("written (-want +got):\n%s", diff)
	}
	before := hashes(t, target)

	again := build(t, reports, target, dataset.Options{})
	if len(again.Written)+len(again.Removed) > 0 || again.Unchanged != len(want) {
		t.Errorf("a second run: %+v", again)
	}
	if diff := cmp.Diff(before, hashes(t, target)); diff != "" {
		t.Errorf("a second run changed files:\n%s", diff)
	}

	putDays(t, reports, m, date(3, 2), 1)
	added := build(t, reports, target, dataset.Options{})
	if len(added.Written) != 3 || added.Unchanged != len(want) {
		t.Errorf("a day of a new month: %+v", added)
	}
	putDays(t, reports, m, date(3, 3), 1)
	added = build(t, reports, target, dataset.Options{})
	if diff := cmp.Diff([]string{
		"captures/account=default/month=2030-03/data.parquet", "refunds/account=default/month=2030-03/data.parquet", "settlements/account=default/month=2030-03/data.parquet",
	}, paths(added.Written)); diff != "" || added.Unchanged != len(want) {
		t.Errorf("an added day (-want +got):\n%s", diff)
	}

	fresh := t.TempDir()
	build(t, reports, fresh, dataset.Options{})
	if diff := cmp.Diff(hashes(t, fresh), hashes(t, target)); diff != "" {
		t.Errorf("day by day and at once (-at once +day by day):\n%s", diff)
	}
	for name := range hashes(t, target) {
		if !strings.HasSuffix(name, ".parquet") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(target, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
