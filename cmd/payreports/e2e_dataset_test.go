package main_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/internal/merchant"
)

const november = "settlements/account=default/month=2026-11/data.parquet"

// datasetOutput is what dataset prints as JSON.
type datasetOutput struct {
	ExitCode  int
	Written   []dataset.Partition
	Removed   []string
	Unchanged int
	Kept      []string
	Problems  []string
}

func datasetJSON(t *testing.T, args ...string) (datasetOutput, result) {
	t.Helper()
	got := run(t, append([]string{"dataset", "--output", "json"}, args...)...)
	var output datasetOutput
	if err := json.Unmarshal([]byte(got.stdout), &output); err != nil || output.ExitCode != got.code {
		t.Fatalf("%v: %+v", err, got)
	}
	return output, got
}

func TestDataset(t *testing.T) {
	t.Parallel()
	s, dir := synced(t)
	set := filepath.Join(t.TempDir(), "sub", "set")
	got := s.ok(t, "dataset", "--reports", dir, "--to", set)
	if !strings.HasPrefix(got.stdout, "PATH") || !strings.Contains(got.stdout, november) || got.stderr != "1 written, 0 unchanged\n" {
		t.Errorf("%+v", got)
	}
	if got := s.ok(t, "dataset", "--reports", dir, "--to", set); got.stdout != "" || got.stderr != "0 written, 1 unchanged\n" {
		t.Errorf("again: %+v", got)
	}
	if got := s.ok(t, "dataset", "--reports", dir, "--to", set, "--quiet"); got.stdout+got.stderr != "" {
		t.Errorf("--quiet: %+v", got)
	}
	var manifest struct{ Partitions []dataset.Partition }
	if err := json.Unmarshal(mustRead(t, filepath.Join(set, "manifest.json")), &manifest); err != nil {
		t.Fatal(err)
	}
	var settlements []struct {
		Types    []struct{ Count int }
		Transfer struct{ Count int }
	}
	if err := json.Unmarshal([]byte(s.ok(t, "file", "summary", dir, "-o", "json").stdout), &settlements); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, settlement := range settlements {
		rows += settlement.Transfer.Count
		for _, sums := range settlement.Types {
			rows += sums.Count
		}
	}
	if p := manifest.Partitions; len(p) != 1 || p[0].Path != november || p[0].Rows != int64(rows) || p[0].Reports != 3 || len(p[0].Sums) != 1 || p[0].Sums[0].Net != "0.00" {
		t.Errorf("%d rows: %+v", rows, manifest)
	}
	if runtime.GOOS != "windows" {
		for _, name := range []string{november, "manifest.json"} {
			if info, err := os.Stat(filepath.Join(set, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, info, err)
			}
		}
	}
}

// The path says whose reports they are, also if it leads to one account.
func TestDatasetOfAnAccount(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "account=shop%20de")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	settlementsOf(t, dir)
	for _, reports := range []string{dir, filepath.Dir(dir)} {
		output, _ := datasetJSON(t, "--reports", reports, "--to", t.TempDir())
		if len(output.Written) == 0 || output.Written[0].Account != "shop%20de" {
			t.Errorf("%s: %+v", reports, output)
		}
	}
}

func TestDatasetProblems(t *testing.T) {
	t.Parallel()
	dir, set := t.TempDir(), t.TempDir()
	names := settlementsOf(t, dir)
	first, got := datasetJSON(t, "--reports", dir, "--to", set)
	if got.code != 0 || len(first.Written) != 2 { // of December 2029 and January 2030
		t.Fatalf("%+v", got)
	}
	january := "settlements/account=default/month=2030-01/data.parquet"
	before := string(mustRead(t, filepath.Join(set, january)))
	unchanged := func(what string) {
		t.Helper()
		if string(mustRead(t, filepath.Join(set, january))) != before {
			t.Errorf("%s: the partition was replaced", what)
		}
	}
	whole := string(mustRead(t, names[2]))

	write(t, names[2], whole[:len(whole)-80])
	if output, got := datasetJSON(t, "--reports", dir, "--to", set); got.code != 1 || len(output.Written) != 0 || len(output.Problems) != 1 ||
		!strings.Contains(output.Problems[0], filepath.Base(names[2])) || !strings.Contains(got.stderr, "warning: "+filepath.Base(names[2])) || cmp.Diff([]string{january}, output.Kept) != "" {
		t.Errorf("a file that was cut: %+v", got)
	}
	unchanged("a file that was cut")

	write(t, names[2], whole)
	second := filepath.Join(dir, "second.csv")
	write(t, second, strings.Replace(whole, "Example Shop", "Another Shop", 1))
	if _, got := datasetJSON(t, "--reports", dir, "--to", set); got.code != 1 || !strings.Contains(got.stderr, "would count twice") {
		t.Errorf("a settlement in two files: %+v", got)
	}
	unchanged("a settlement in two files")

	write(t, second, whole)
	if output, got := datasetJSON(t, "--reports", dir, "--to", set); got.code != 0 || output.Unchanged != 2 || !strings.Contains(got.stderr, "left out: second.csv: it is the same as ") {
		t.Errorf("a copy: %+v", got)
	}
	unchanged("a copy")
	if err := os.Remove(second); err != nil {
		t.Fatal(err)
	}

	// The amount has 10 decimals, but its value needs 9 at most, and then it needs 10.
	for tenth, code := range map[string]int{"0": 0, "1": 1} {
		other := t.TempDir()
		text := strings.ReplaceAll(whole, `"USD"`, `"KWD"`)
		write(t, filepath.Join(other, "x.csv"), addDigits(t, text, tenth))
		output, got := datasetJSON(t, "--reports", other, "--to", t.TempDir())
		if got.code != code || code == 1 && (!strings.Contains(output.Problems[0], "x.csv: line 7, column TransactionAmount: the amount is ") || !strings.Contains(output.Problems[0], "more than 9 decimals")) {
			t.Errorf("a tenth decimal %s: %+v", tenth, got)
		}
	}

	// A file that ends too early, at the end of a line, is written and named.
	short := t.TempDir()
	write(t, filepath.Join(short, "x.csv"), whole[:strings.LastIndex(strings.TrimSuffix(whole, "\n"), "\n")+1])
	for _, written := range []int{1, 0} {
		if output, got := datasetJSON(t, "--reports", short, "--to", filepath.Join(short, "set")); got.code != 4 || len(output.Written) != written || len(output.Kept) > 0 || len(output.Problems) != 1 ||
			!strings.Contains(got.stderr, "warning: x.csv: settlement") || !strings.Contains(output.Problems[0], "doesn't add up") {
			t.Errorf("a file without its end: %+v", got)
		}
	}

	if err := os.Remove(names[2]); err != nil {
		t.Fatal(err)
	}
	if output, got := datasetJSON(t, "--reports", dir, "--to", set); got.code != 4 || len(output.Written) != 0 || !strings.Contains(got.stderr, "--prune") || cmp.Diff([]string{january}, output.Kept) != "" {
		t.Errorf("a report is gone: %+v", got)
	}
	unchanged("a report is gone")
	if output, got := datasetJSON(t, "--reports", dir, "--to", set, "--prune"); got.code != 0 || len(output.Written) != 1 || output.Written[0].Reports != 1 {
		t.Errorf("--prune: %+v", got)
	}
	for _, name := range names[1:2] {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if output, got := datasetJSON(t, "--reports", dir, "--to", set, "--prune"); got.code != 0 || len(output.Written)+len(output.Removed) != 1 {
		t.Errorf("--prune again: %+v", got)
	}
}

// addDigits adds digits behind the first amount, so that it has ten decimals.
// What ends a run is among the problems of the JSON too, next to those of reports.
func TestDatasetThatEndsEarly(t *testing.T) {
	t.Parallel()
	_, dir := synced(t)
	if err := os.WriteFile(filepath.Join(dir, "page.csv"), []byte("<!DOCTYPE html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	set := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(set, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	output, got := datasetJSON(t, "--reports", dir, "--to", set)
	if got.code != 1 || len(output.Problems) != 2 || !strings.Contains(output.Problems[0], "page.csv") || !strings.Contains(output.Problems[1], set) {
		t.Errorf("%+v", output)
	}
}

func addDigits(t *testing.T, text, tenth string) string {
	t.Helper()
	lines := strings.SplitAfter(text, "\n")
	fields := strings.Split(lines[6], `","`)
	fields[10] += "0000000" + tenth
	lines[6] = strings.Join(fields, `","`)
	return strings.Join(lines, "")
}

func TestDatasetUsage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for line, code := range map[string]int{
		"dataset": 2, "dataset --reports x": 2, "dataset --to x": 2, "dataset --reports x --to y z": 2, "dataset --reports DIR --to y --type x": 2,
		"dataset --reports DIR/none --to DIR": 1, "dataset --reports DIR --to DIR/set": 1, "dataset --reports DIR --to ftp://x": 1,
	} {
		args := strings.Fields(line)
		for i := range args {
			args[i] = strings.Replace(args[i], "DIR", dir, 1)
		}
		if got := run(t, args...); got.code != code || got.stdout != "" || got.stderr == "" {
			t.Errorf("%s: %+v", line, got)
		}
	}
	settlementsOf(t, dir)
	for _, line := range []string{"--type refund", "--type capture,refund"} {
		got := run(t, append([]string{"dataset", "--reports", dir, "--to", dir + "/set"}, strings.Fields(line)...)...)
		if got.code != 1 || got.stdout != "" || !strings.Contains(got.stderr, dir+" holds no reports of the types in --type") {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "set")); !os.IsNotExist(err) {
		t.Errorf("a data set of nothing was made: %v", err)
	}
}

// A run that is killed leaves whole partitions, old or new, and the next one removes what it has left behind.
func TestChaosKilledDataset(t *testing.T) {
	t.Parallel()
	runs := map[string]int{"long": 200, "short": 10}[os.Getenv("PAYREPORTS_CHAOS")]
	if runs == 0 {
		runs = 5
	}
	m, err := merchant.New(merchant.Config{TransactionsPerDay: 200})
	if err != nil {
		t.Fatal(err)
	}
	old, reports := t.TempDir(), t.TempDir()
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for settlement := range m.Settlements(start, start.AddDate(0, 3, 0)) {
		var text strings.Builder
		if err := m.WriteSettlement(&text, settlement); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(reports, settlement.ID+".csv"), text.String())
		if settlement.End.Day()%2 == 0 { // so that each month has fewer reports before
			write(t, filepath.Join(old, settlement.ID+".csv"), text.String())
		}
	}
	before, after, set := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "set")
	took := time.Now()
	for from, to := range map[string]string{old: before, reports: after} {
		if got := run(t, "dataset", "--reports", from, "--to", to); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	longest := time.Since(took)
	wantOld, wantNew := partitions(t, before, true), partitions(t, after, true)
	killed, mixed := 0, 0
	for range runs {
		os.RemoveAll(set)
		if err := os.CopyFS(set, os.DirFS(before)); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(binary, "dataset", "--reports", reports, "--to", set)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(rand.N(longest), func() { command.Process.Kill() })
		if command.Wait() != nil {
			killed++
		}
		timer.Stop()
		news := 0
		for name, content := range partitions(t, set, false) {
			switch content {
			case wantNew[name]:
				news++
			case wantOld[name]:
			default:
				t.Fatalf("%s is neither the old partition nor the new one", name)
			}
		}
		if news > 0 && news < len(wantNew) {
			mixed++
		}
	}
	if got := run(t, "dataset", "--reports", reports, "--to", set); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if got := partitions(t, set, true); len(got) != len(wantNew) {
		t.Errorf("%d partitions, want %d", len(got), len(wantNew))
	} else {
		for name, content := range got {
			if content != wantNew[name] {
				t.Errorf("%s isn't that of an undisturbed run", name)
			}
		}
	}
	if killed == 0 {
		t.Error("no run was killed")
	}
	t.Logf("%d of %d runs were killed, %d of them with some partitions old and others new", killed, runs, mixed)
}

// partitions are the files of a data set by name. After a whole run there are no temporary files.
func partitions(t *testing.T, dir string, whole bool) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && whole && strings.HasSuffix(name, ".partial") {
			t.Errorf("%s was left behind", name)
		}
		if err == nil && entry.Name() == "data.parquet" {
			found[strings.TrimPrefix(name, dir)] = string(mustRead(t, name))
		}
		return err
	})
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", dir, err))
	}
	return found
}
