//go:build duckdb

// These tests need node and `npm ci` in this directory; make check-dataset runs them where node is there, and says so where it isn't.

package conformance_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	_ "gocloud.dev/blob/s3blob"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/mirror/bucket"
	"github.com/amazonpay-go/payreports/reportfile"
)

// answer is what DuckDB answers to a statement.
type answer struct {
	Names, Types []string
	Rows         [][]*string
	Seconds      float64
}

// texts are the rows, with NULL as ∅.
func (a answer) texts() [][]string {
	rows := make([][]string, len(a.Rows))
	for i, row := range a.Rows {
		for _, cell := range row {
			if cell == nil {
				rows[i] = append(rows[i], "∅")
			} else {
				rows[i] = append(rows[i], *cell)
			}
		}
	}
	return rows
}

// duckDB runs statements in a folder.
func duckDB(t *testing.T, dir string, statements ...string) []answer {
	t.Helper()
	input, err := json.Marshal(statements)
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("node/duckdb.cjs")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "node", script)
	command.Dir, command.Stdin = dir, bytes.NewReader(input)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("DuckDB: %v: %s", err, stderr.String())
	}
	var answers []answer
	if err := json.Unmarshal(output, &answers); err != nil || len(answers) != len(statements) {
		t.Fatalf("%d statements, %d answers, %v", len(statements), len(answers), err)
	}
	return answers
}

func withDuckDB(t *testing.T, what string) *compared.Comparison {
	t.Helper()
	compares := compared.With(t, what, "DuckDB", compared.VersionOfNPM(t, ".", "@duckdb/node-api"))
	compared.NeedsNPM(t, ".")
	return compares
}

// dataAccounts are the merchants of the data set, by account. The last name is to be seen through the escaping.
var dataAccounts = map[string]string{"us": "USD", "0123": "JPY", "Müller & Söhne/de": "EUR"}

// writeDataReports writes 45 days of three merchants, as sync --all-accounts would.
func writeDataReports(t *testing.T) (reports string) {
	t.Helper()
	reports = t.TempDir()
	start := time.Date(2029, 12, 20, 0, 0, 0, 0, time.UTC)
	for account, currency := range dataAccounts {
		m, err := merchant.New(merchant.Config{Seed: uint64(len(account)), Currency: currency})
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(reports, mirror.AccountPath(account))
		for s := range m.Settlements(start, start.AddDate(0, 0, 45)) {
			putReport(t, dir, payreports.ReportTypeSettlement, account+s.ID, s.Start, s.End, func(w io.Writer) error { return m.WriteSettlement(w, s) })
		}
		for i := range 15 { // which overlap, so that refunds repeat
			from := start.AddDate(0, 0, 3*i)
			to := from.AddDate(0, 0, 5)
			putReport(t, dir, payreports.ReportTypeRefund, fmt.Sprintf("R%s%d", account, i), from, to, func(w io.Writer) error { return m.WriteRefunds(w, from, to) })
			putReport(t, dir, payreports.ReportTypeCapture, fmt.Sprintf("C%s%d", account, i), from, to, func(w io.Writer) error { return m.WriteCaptures(w, from, to) })
		}
	}
	return reports
}

func putReport(t *testing.T, dir string, reportType payreports.ReportType, id string, start, end time.Time, write func(io.Writer) error) {
	t.Helper()
	var content bytes.Buffer
	if err := write(&content); err != nil {
		t.Fatal(err)
	}
	report := payreports.Report{
		ReportID: payreports.ReportID(id), ReportType: reportType, ProcessingStatus: payreports.ProcessingStatusCompleted,
		StartTime: wire.NewTimestamp(start), EndTime: wire.NewTimestamp(end), CreatedTime: wire.NewTimestamp(end),
	}
	sum := sha256.Sum256(content.Bytes())
	metadata, err := json.Marshal(mirror.Metadata{Report: report, SHA256: hex.EncodeToString(sum[:]), Size: int64(content.Len())})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, filepath.FromSlash(mirror.Path(report)))
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, content.Bytes(), 0o600), os.WriteFile(strings.TrimSuffix(name, ".csv")+".json", metadata, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// makeDataSet makes the data set below the folder dataset of a new one, and returns that.
func makeDataSet(t *testing.T, reports string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	source, err := mirror.Open(reports)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.Write(t.Context(), source, mirror.Directory(filepath.Join(dir, "dataset")), dataset.Options{}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// dataPage is the page whose SQL is run.
type dataPage struct {
	text  string
	views string
	// queries are those of the section about DuckDB, by the sentence in front.
	queries map[string]string
}

func readDataPage(t *testing.T) dataPage {
	t.Helper()
	text, err := os.ReadFile("../docs/data-set.md")
	if err != nil {
		t.Fatal(err)
	}
	page := dataPage{text: string(text), queries: make(map[string]string)}
	_, section, found := strings.Cut(page.text, "\n## DuckDB\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, block := range regexp.MustCompile("(?s)([^\n]+)\n\n```sql\n(.*?)```\n").FindAllStringSubmatch(section, -1) {
		if strings.HasPrefix(block[2], "CREATE") {
			page.views = block[2]
		} else {
			page.queries[block[1]] = block[2]
		}
	}
	if !found || page.views == "" || len(page.queries) != 5 {
		t.Fatalf("the section about DuckDB has %d queries", len(page.queries))
	}
	return page
}

// query runs a query of the page, after its views.
func (p dataPage) query(t *testing.T, dir, sentence string) answer {
	t.Helper()
	if p.queries[sentence] == "" {
		t.Fatalf("the page has no query %q, but %q", sentence, slices.Collect(maps.Keys(p.queries)))
	}
	return duckDB(t, dir, p.views, p.queries[sentence])[1]
}

// eachReport goes through the rows of all reports of a kind.
func eachReport[R any](t *testing.T, rows func(*mirror.Mirror) func(func(R, error) bool), reports string) (list []R) {
	t.Helper()
	m, err := mirror.Open(reports)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range rows(m) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, row)
	}
	return list
}

func settlementRows(t *testing.T, reports string) []reportfile.SettlementRow {
	t.Helper()
	return eachReport(t, func(m *mirror.Mirror) func(func(reportfile.SettlementRow, error) bool) {
		return m.Settlements(t.Context(), mirror.Filter{})
	}, reports)
}

func refundRows(t *testing.T, reports string) []reportfile.RefundRow {
	t.Helper()
	return eachReport(t, func(m *mirror.Mirror) func(func(reportfile.RefundRow, error) bool) {
		return m.Refunds(t.Context(), mirror.Filter{})
	}, reports)
}

// summaryLines are the sums of reports as the page's query has them.
func summaryLines(t *testing.T, reports string) (lines [][]string) {
	t.Helper()
	summary := new(reportfile.Summary)
	for _, row := range settlementRows(t, reports) {
		if err := summary.Add(&row); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range summary.Settlements() {
		line := func(name string, sums reportfile.Sums) {
			lines = append(lines, []string{s.SettlementID, s.Currency, name, fmt.Sprint(sums.Count), inDuckDB(sums.Amount), inDuckDB(sums.TotalFee), inDuckDB(sums.Net)})
		}
		for _, sums := range s.Types {
			line(string(sums.Type), sums.Sums)
		}
		line("Transfer", s.Transfer)
	}
	slices.SortFunc(lines, slices.Compare)
	return lines
}

func inDuckDB(amount decimal.Decimal) string { return amount.Pad(9).String() }

const bySettlement = "The same figures as `payreports file summary`, by settlement:"

// DuckDB's sums per settlement, currency and type are those of the reports, and a month is one partition.
func TestDataSetSums(t *testing.T) {
	t.Parallel()
	compares := withDuckDB(t, "the sums of a data set, per settlement, currency and type")
	reports := writeDataReports(t)
	dir, page := makeDataSet(t, reports), readDataPage(t)
	want := summaryLines(t, reports)
	if len(want) < 500 {
		t.Fatalf("only %d sums", len(want))
	}
	compares.Count(len(want), "sums")
	if diff := cmp.Diff(want, page.query(t, dir, bySettlement).texts()); diff != "" {
		t.Errorf("sums (-reports +DuckDB):\n%s", diff)
	}
	if got := page.query(t, dir, "Settlements that don't add up. There should be none:").Rows; len(got) > 0 {
		t.Errorf("DuckDB finds settlements that don't add up: %v", got)
	}
	months := duckDB(t, dir, page.views,
		`SELECT account, month, count(DISTINCT filename), count(*) FROM read_parquet('dataset/settlements/*/*/*.parquet', hive_partitioning = true, filename = true, hive_types = {'account': VARCHAR, 'month': VARCHAR}) GROUP BY ALL ORDER BY ALL`,
		`SELECT count(*) FROM settlements WHERE strftime(posted AT TIME ZONE 'UTC' + to_minutes(posted_offset_minutes), '%Y-%m') <> month`,
		`SELECT count(DISTINCT account) FROM settlements WHERE account IN ('us', '0123', 'Müller & Söhne/de')`)
	if len(months[1].Rows) < 3*3 {
		t.Errorf("months: %v", months[1].texts())
	}
	for _, month := range months[1].texts() {
		if month[2] != "1" {
			t.Errorf("month %v has %s files", month[:2], month[2])
		}
	}
	if got := months[2].texts()[0][0]; got != "0" {
		t.Errorf("%s rows are in another month's partition", got)
	}
	if got := months[3].texts()[0][0]; got != "3" {
		t.Errorf("%s of 3 accounts have their names", got)
	}
}

// All fields of all rows are those of the reports.
func TestDataSetRows(t *testing.T) {
	t.Parallel()
	compares := withDuckDB(t, "all fields of all rows of a data set")
	reports := writeDataReports(t)
	dir, page := makeDataSet(t, reports), readDataPage(t)
	answers := duckDB(t, dir, page.views, "SELECT * EXCLUDE (account, month), epoch_us(posted) FROM settlements", "SELECT * EXCLUDE (account, month), epoch_us(created), epoch_us(last_updated) FROM refunds",
		"SELECT * EXCLUDE (account, month) FROM read_parquet('dataset/captures/*/*/*.parquet', hive_partitioning = true, union_by_name = true)")
	minutes := func(when time.Time) string {
		_, offset := when.Zone()
		return fmt.Sprint(offset / 60)
	}
	idOf := func(file string) string { // which putReport has escaped
		text, err := os.ReadFile(strings.TrimSuffix(filepath.Join(reports, file), ".csv") + ".json")
		var metadata mirror.Metadata
		if err := errors.Join(err, json.Unmarshal(text, &metadata)); err != nil {
			t.Fatal(err)
		}
		return string(metadata.Report.ReportID)
	}
	ids := make(map[string]string)
	reportID := func(file string) string {
		if ids[file] == "" {
			ids[file] = idOf(file)
		}
		return ids[file]
	}
	var settlements, refunds, captures [][]string
	for _, r := range settlementRows(t, reports) {
		settlements = append(settlements, []string{
			reportID(r.File), fmt.Sprint(r.Line), "", minutes(r.Posted), r.SettlementID, r.TransactionID, r.SellerReferenceID, string(r.Type), r.OrderReferenceID,
			r.SellerOrderID, r.StoreName, r.Description, r.Currency, inDuckDB(r.Amount), inDuckDB(r.PercentageFee), inDuckDB(r.FixedFee), inDuckDB(r.TotalFee), inDuckDB(r.Net), "∅",
			fmt.Sprint(r.Posted.UnixMicro()),
		})
	}
	for _, r := range refundRows(t, reports) {
		refunds = append(refunds, []string{
			reportID(r.File), fmt.Sprint(r.Line), r.RefundID, r.CaptureID, r.OrderReferenceID, r.ReferenceID, inDuckDB(r.Amount), r.Currency, r.Note, r.Type, r.Status,
			r.ReasonCode, "", minutes(r.Created), "", minutes(r.LastUpdated), "∅", fmt.Sprint(r.Created.UnixMicro()), fmt.Sprint(r.LastUpdated.UnixMicro()),
		})
	}
	m, err := mirror.Open(reports)
	if err != nil {
		t.Fatal(err)
	}
	for entry, err := range m.Reports(t.Context(), mirror.Filter{Types: []payreports.ReportType{payreports.ReportTypeCapture}}) {
		if err != nil {
			t.Fatal(err)
		}
		file, err := entry.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		reader, err := reportfile.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range reader.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			captures = append(captures, append([]string{reportID(entry.Path), fmt.Sprint(row.Line())}, row.Cells()...))
		}
		file.Close()
	}
	for i, want := range [][][]string{settlements, refunds, captures} {
		got := answers[i+1].texts()
		for _, row := range got { // their texts depend on the time zone: the microseconds behind are compared
			for j, kind := range answers[i+1].Types {
				if kind == "TIMESTAMP WITH TIME ZONE" {
					row[j] = ""
				}
			}
		}
		slices.SortFunc(want, slices.Compare)
		slices.SortFunc(got, slices.Compare)
		if len(want) < 100 {
			t.Fatalf("only %d rows", len(want))
		}
		compares.Count(len(want), "rows")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows (-reports +DuckDB):\n%.4000s", diff)
		}
	}
}

// The columns are those of the page, and its queries answer what they promise.
func TestDataSetPage(t *testing.T) {
	t.Parallel()
	compares := withDuckDB(t, "the columns and queries of docs/data-set.md")
	reports := writeDataReports(t)
	dir, page := makeDataSet(t, reports), readDataPage(t)
	var manifest struct {
		Tables []struct {
			Name    string
			Columns []dataset.Column
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "dataset", "manifest.json"))
	if err == nil {
		err = json.Unmarshal(text, &manifest)
	}
	if err != nil || len(manifest.Tables) != 3 {
		t.Fatalf("%d tables, %v", len(manifest.Tables), err)
	}
	types := map[string]string{"STRING": "VARCHAR", "INT64": "BIGINT", "INT32": "INTEGER", "TIMESTAMP(MICROS, UTC)": "TIMESTAMP WITH TIME ZONE", "DECIMAL(38,9)": "DECIMAL(38,9)"}
	for _, table := range manifest.Tables[1:] { // the first is captures, in text
		_, section, _ := strings.Cut(page.text, "\n### "+table.Name+"\n")
		section, _, _ = strings.Cut(section, "\n#")
		var columns, described [][]string
		for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| ([^|]+) \\|").FindAllStringSubmatch(section, -1) {
			columns, described = append(columns, row[1:]), append(described, []string{row[1], types[row[2]]})
		}
		var written [][]string
		for _, column := range table.Columns {
			written = append(written, []string{column.Name, column.Type})
		}
		if diff := cmp.Diff(columns, written); diff != "" {
			t.Errorf("%s (-page +manifest):\n%s", table.Name, diff)
		}
		described = append(described, []string{"account", "VARCHAR"}, []string{"month", "VARCHAR"})
		found := duckDB(t, dir, page.views, "DESCRIBE "+table.Name)[1].texts()
		for i := range found {
			found[i] = found[i][:2]
		}
		compares.Count(len(found), "columns")
		if diff := cmp.Diff(described, found); diff != "" {
			t.Errorf("%s (-page +DuckDB):\n%s", table.Name, diff)
		}
	}
	sentences := slices.Sorted(maps.Keys(page.queries))
	statements := []string{page.views}
	for _, sentence := range sentences {
		statements = append(statements, page.queries[sentence])
	}
	answers := make(map[string]answer)
	for i, got := range duckDB(t, dir, statements...)[1:] {
		compares.Count(1, "queries")
		answers[sentences[i]] = got
		if len(got.Rows) == 0 && !strings.Contains(sentences[i], "There should be none") {
			t.Errorf("%s no rows", sentences[i])
		}
	}
	latest, err := reportfile.LatestRefunds(func(yield func(reportfile.RefundRow, error) bool) {
		for _, row := range refundRows(t, reports) {
			if !yield(row, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range latest {
		want = append(want, row.RefundID+" "+row.Status)
	}
	var got []string
	last := answers["The last state of each refund:"]
	for _, row := range last.texts() {
		got = append(got, row[slices.Index(last.Names, "refund_id")]+" "+row[slices.Index(last.Names, "status")])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == len(refundRows(t, reports)) {
		t.Errorf("the last states of refunds (-reports +DuckDB):\n%s", diff)
	}
}

// A data set in a bucket is the same as one in a directory. DuckDB reads a copy of it: its extension for buckets can't be installed
// without the internet.
func TestDataSetInBucket(t *testing.T) { //nolint:paralleltest // it sets the environment
	compares := withDuckDB(t, "a data set in a bucket of versitygw")
	buckets := t.TempDir()
	if err := os.Mkdir(filepath.Join(buckets, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	server := s3Server(t, buckets)
	t.Setenv("AWS_ACCESS_KEY_ID", s3Key)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3Secret)
	query := "?region=us-east-1&use_path_style=true&endpoint=" + url.QueryEscape(server.String())
	target, err := bucket.Open(t.Context(), "s3://data/set"+query)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	local := writeDataReports(t)
	reports, err := mirror.Open(local)
	if err != nil {
		t.Fatal(err)
	}
	first, err := dataset.Write(t.Context(), reports, target, dataset.Options{})
	if err != nil || len(first.Written) == 0 {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := dataset.Write(t.Context(), reports, target, dataset.Options{TrustRecorded: true}); err != nil || len(again.Written) > 0 || again.Unchanged != len(first.Written) {
		t.Errorf("again: %+v, %v", again, err)
	}
	late := filepath.Join(local, mirror.AccountPath("us"))
	m, err := merchant.New(merchant.Config{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2030, 2, 25, 12, 0, 0, 0, time.UTC)
	for s := range m.Settlements(day, day.AddDate(0, 0, 1)) {
		putReport(t, late, payreports.ReportTypeSettlement, "late"+s.ID, s.Start, s.End, func(w io.Writer) error { return m.WriteSettlement(w, s) })
	}
	added, err := dataset.Write(t.Context(), reports, target, dataset.Options{TrustRecorded: true})
	if err != nil || len(added.Written) != 1 || added.Written[0].Path != "settlements/account=us/month=2030-02/data.parquet" {
		t.Errorf("an added day: %+v, %v", added, err)
	}
	dir := t.TempDir()
	for object, err := range target.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		content, _, err := target.Open(t.Context(), object.Name)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "dataset", filepath.FromSlash(object.Name))
		text, err := io.ReadAll(content)
		if err := errors.Join(err, content.Close(), os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, text, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	onDisk := makeDataSet(t, local)
	same := func(name string) string {
		var all strings.Builder
		if err := filepath.WalkDir(name, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || entry.Name() == ".lock" {
				return err
			}
			content, err := os.ReadFile(path)
			fmt.Fprintf(&all, "%s %x\n", strings.TrimPrefix(path, name), sha256.Sum256(content))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return all.String()
	}
	if diff := cmp.Diff(same(filepath.Join(onDisk, "dataset")), same(filepath.Join(dir, "dataset"))); diff != "" {
		t.Errorf("(-directory +bucket):\n%s", diff)
	}
	want := summaryLines(t, local)
	compares.Count(len(want), "sums")
	if diff := cmp.Diff(want, readDataPage(t).query(t, dir, bySettlement).texts()); diff != "" {
		t.Errorf("sums (-reports +DuckDB):\n%s", diff)
	}
}
