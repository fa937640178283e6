package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/journal"
)

// settlementsOf writes the settlement reports of three days of January 2030.
func settlementsOf(t *testing.T, dir string) (names []string) {
	t.Helper()
	m, err := merchant.New(merchant.Config{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for settlement := range m.Settlements(start, start.AddDate(0, 0, 3)) {
		var text strings.Builder
		if err := m.WriteSettlement(&text, settlement); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, settlement.ID+".csv")
		write(t, name, text.String())
		names = append(names, name)
	}
	return names
}

func TestJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := settlementsOf(t, dir)
	got := run(t, "journal", "--reports", dir)
	if got.code != 0 || got.stderr != "" || strings.Count(got.stdout, "\n20") != 2*len(names)-1 {
		t.Errorf("%d files: %+v", len(names), got)
	}
	target := filepath.Join(t.TempDir(), "books")
	if written := run(t, "journal", dir, "--to", target); written.code != 0 || written.stdout != "" || !strings.Contains(written.stderr, fmt.Sprintf("%d bytes written to %s\n", len(got.stdout), target)) {
		t.Errorf("--to: %+v", written)
	} else if text, err := os.ReadFile(target); err != nil || string(text) != got.stdout {
		t.Errorf("--to wrote %s, %v", text, err)
	}
	if ledger := run(t, "journal", dir, "--format", "ledger"); ledger.stdout != got.stdout {
		t.Errorf("--format ledger: %+v", ledger)
	}
	if none := run(t, "journal", dir, "--since", "2031-01-01"); none.code != 0 || none.stdout != "" || none.stderr != "no bookings: these reports have none in the time from --since to --until\n" {
		t.Errorf("nothing in the time: %+v", none)
	}
	if none := run(t, "journal", writeFile(t, "bad.csv", "nonsense\n")); none.code != 1 || !strings.Contains(none.stderr, "no bookings: no settlement report could be read\n") {
		t.Errorf("nothing that can be read: %+v", none)
	}
	if day := run(t, "journal", dir, "--since", "2030-01-02", "--until", "2030-01-02"); day.code != 0 || strings.Count("\n"+day.stdout, "\n20") != 2 {
		t.Errorf("a day: %+v", day)
	}
	if beans := run(t, "journal", dir, "--format", "beancount"); beans.code != 0 || !strings.Contains(beans.stdout, "1970-01-01 open Assets:Bank\n") {
		t.Errorf("beancount: %+v", beans)
	}
	chart := filepath.Join(t.TempDir(), "chart.toml")
	write(t, chart, `bank = "Assets:My Bank"`)
	if own := run(t, "journal", dir, "--chart", chart); own.code != 0 || !strings.Contains(own.stdout, "    Assets:My Bank  ") {
		t.Errorf("a chart: %+v", own)
	}
	if chart := run(t, "journal", "--default-chart"); chart.code != 0 || chart.stdout != journal.DefaultChartTOML() {
		t.Errorf("the default chart: %+v", chart)
	}
}

func TestJournalProblems(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := settlementsOf(t, dir)
	text, err := os.ReadFile(names[1])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	unbalanced := t.TempDir()
	write(t, filepath.Join(unbalanced, "1.csv"), strings.Join(append(lines[:8:8], lines[9:]...), ""))
	if got := run(t, "journal", unbalanced); got.code != 4 || !strings.Contains(got.stdout, "payout") || !strings.Contains(got.stderr, "do not balance") {
		t.Errorf("a lost row: %+v", got)
	}
	write(t, filepath.Join(dir, "broken.csv"), strings.ReplaceAll(string(text[:len(text)-100]), "200000", "300000"))
	target := filepath.Join(t.TempDir(), "books")
	if got := run(t, "journal", dir, "--to", target); got.code != 1 || !strings.Contains(got.stderr, "broken.csv") {
		t.Errorf("a file that was cut: %+v", got)
	}
	if books, err := os.ReadFile(target); err != nil || strings.Contains(string(books), "300000") || strings.Count(string(books), "payout") != len(names) {
		t.Errorf("%v: %s", err, books)
	}
	if err := os.Remove(target); err != nil {
		t.Fatal(err)
	}
	if got := run(t, "journal", dir, "--per", "transaction", "--to", target); got.code != 1 || !strings.Contains(got.stderr, "broken.csv have been booked already") {
		t.Errorf("per transaction: %+v", got)
	}
	if _, err := os.Stat(target); !os.IsNotExist(err) {
		t.Errorf("a part of a journal was written: %v", err)
	}
	for _, line := range []string{"journal", "journal x.csv --format gnucash", "journal x.csv --per day", "journal x.csv --since 2d --until 3d", "journal x.csv --format hledgr"} {
		if got := run(t, strings.Fields(line)...); got.code != 2 || got.stdout != "" {
			t.Errorf("%s: %+v", line, got)
		}
	}
	chart := filepath.Join(t.TempDir(), "chart.toml")
	for text, want := range map[string]string{"bnak = \"x\"": "line 1", "bank = \"Assets:Our Bank\"": "in Beancount"} {
		write(t, chart, text)
		if got := run(t, "journal", names[0], "--format", "beancount", "--chart", chart); got.code != 2 || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// A report that was cut after its header has nothing to book, and that is no success.
func TestJournalOfReportsWithoutRows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := settlementsOf(t, dir)
	whole, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	header := string(whole)[:strings.Index(string(whole), "NetTransactionAmount")+len(`NetTransactionAmount"`)]
	cut := filepath.Join(t.TempDir(), "cut.csv")
	write(t, cut, header+"\n")
	const want = "can't be read: %s: the settlement report has no rows"
	for _, per := range []string{"settlement", "transaction"} {
		for _, args := range [][]string{{cut}, {cut, dir}, {dir, cut}} {
			got := run(t, append([]string{"journal", "--per", per}, args...)...)
			if got.code != 1 || !strings.Contains(got.stderr, fmt.Sprintf(want, cut)) || len(args) == 2 && !strings.Contains(got.stdout, "Capture") {
				t.Errorf("per %s, %q: exit code %d, %q", per, args, got.code, got.stderr)
			}
		}
	}
}

// What is wrong with a file is said, also where its first rows are booked already and nothing can be left out.
func TestJournalPerTransactionSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := read(t, settlementsOf(t, dir)[0])
	rows := strings.SplitAfter(text, "\n")
	last := len(rows) - 2
	for name, test := range map[string]struct{ text, want string }{
		"a stray quote": {strings.Join(rows[:last], "") + strings.Replace(rows[last], `",`, `"x,`, 1), fmt.Sprintf("line %d: a quote is not where a field begins or ends", last+1)},
		"cut off":       {strings.TrimSuffix(text, "\n")[:len(text)-20], fmt.Sprintf("line %d: the row has 12 fields and the header 15 names: the file may have been cut here", last+1)},
		"an amount":     {strings.Join(rows[:last], "") + strings.Replace(rows[last], ".", ",", 3), fmt.Sprintf("line %d, column ", last+1)},
		"a date":        {strings.Join(rows[:last], "") + `"1` + rows[last][1:], fmt.Sprintf("line %d, column TransactionPostedDate: ", last+1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			damaged, target := writeFile(t, "damaged.csv", test.text), filepath.Join(t.TempDir(), "books")
			got := run(t, "journal", damaged, "--per", "transaction", "--to", target)
			if got.code != 1 || !strings.Contains(got.stderr, "damaged.csv: "+test.want) || !strings.Contains(got.stderr, "have been booked already") {
				t.Errorf("%+v; want %s", got, test.want)
			}
			if _, err := os.Stat(target); err == nil {
				t.Error("a part of a journal was written")
			}
		})
	}
}
