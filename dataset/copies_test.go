package dataset_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/dataset"
)

// A report of one account is no copy of another account's, although both are the same, as reports without rows are.
func TestSameReportsOfTwoAccounts(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{"no rows": []byte(refundHeader), "a row": refundText("R", "2030-01-02T00:00:00Z")} {
		reports, target := t.TempDir(), t.TempDir()
		options := dataset.Options{LeftOut: func(path string, reason error) { t.Errorf("%s: %s is left out: %v", name, path, reason) }}
		b := filepath.Join(reports, "account=b")
		put(t, b, reportOf(payreports.ReportTypeRefund, "R2", date(1, 2), date(1, 2)), content)
		put(t, b, reportOf(payreports.ReportTypeRefund, "R1", date(1, 1), date(1, 1)), refundText("Q", "2030-01-01T00:00:00Z"))
		build(t, reports, target, options)
		put(t, filepath.Join(reports, "account=a"), reportOf(payreports.ReportTypeRefund, "R0", date(1, 1), date(1, 1)), content)
		put(t, b, reportOf(payreports.ReportTypeRefund, "R4", date(1, 4), date(1, 4)), refundText("S", "2030-01-04T00:00:00Z"))
		got := build(t, reports, target, options)
		if want := []string{"refunds/account=a/month=2030-01/data.parquet", "refunds/account=b/month=2030-01/data.parquet"}; !slices.Equal(paths(got.Written), want) || got.Written[1].Reports != 3 {
			t.Errorf("%s: %+v", name, got)
		}
		fresh := t.TempDir()
		build(t, reports, fresh, options)
		if want, got := hashes(t, fresh), hashes(t, target); want["refunds/account=b/month=2030-01/data.parquet"] != got["refunds/account=b/month=2030-01/data.parquet"] {
			t.Errorf("%s: day by day and at once differ", name)
		}
	}
	// Within an account it is one.
	reports, left := t.TempDir(), 0
	for _, id := range []string{"R1", "R2", "R3"} {
		put(t, filepath.Join(reports, "account=a"), reportOf(payreports.ReportTypeRefund, id, date(1, 1), date(1, 2)), refundText("R", "2030-01-02T00:00:00Z"))
	}
	if got := build(t, reports, t.TempDir(), dataset.Options{LeftOut: func(string, error) { left++ }}); left != 2 || got.Written[0].Rows != 1 {
		t.Errorf("%d left out: %+v", left, got)
	}
}

// A settlement that two accounts have counts once, and somebody has to say whose it is.
func TestSameSettlementOfTwoAccounts(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	for _, account := range []string{"a", "b", "c"} {
		put(t, filepath.Join(reports, "account="+account), reportOf(payreports.ReportTypeSettlement, "S1", date(1, 1), date(1, 2)), settlementText("1", "2030-01-02T00:00:00Z"))
	}
	summary, err := tryBuild(t, reports, target, dataset.Options{})
	if err == nil || !strings.Contains(err.Error(), "count twice") || len(summary.Written) != 1 || len(summary.Problems) != 2 {
		t.Errorf("%v: %+v", err, summary)
	}
}

// What is left of an account that was renamed doesn't count beside the account under its new name.
func TestRenamedAccount(t *testing.T) {
	t.Parallel()
	for _, names := range [][2]string{{"account=old", "account=new"}, {"account=a", "account=b"}, {"", "account=x"}, {"account=x", ""}} {
		reports, target := t.TempDir(), t.TempDir()
		put(t, filepath.Join(reports, names[0]), reportOf(payreports.ReportTypeSettlement, "S1", date(1, 1), date(1, 2)), settlementText("1", "2030-01-02T00:00:00Z"))
		put(t, filepath.Join(reports, names[0]), reportOf(payreports.ReportTypeSettlement, "S2", date(2, 1), date(2, 2)), settlementText("2", "2030-02-02T00:00:00Z"))
		first := build(t, reports, target, dataset.Options{})
		renamed := t.TempDir()
		from, to := filepath.Join(reports, names[0], "type=settlement"), filepath.Join(renamed, names[1], "type=settlement")
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.Rename(from, to)); err != nil {
			t.Fatal(err)
		}
		summary, err := tryBuild(t, renamed, target, dataset.Options{})
		if err == nil || !strings.Contains(err.Error(), "count twice") || len(summary.Written) > 0 {
			t.Errorf("%v: %v, %+v", names, err, summary)
		}
		if got := len(hashes(t, target)); got != len(first.Written)+1 {
			t.Errorf("%v: %d files", names, got)
		}
		if summary := build(t, renamed, target, dataset.Options{Prune: true}); len(summary.Written) != 2 || len(summary.Removed) != 2 {
			t.Errorf("%v, pruned: %+v", names, summary)
		}
	}
}

// A data set can be made from a mirror per account. What the other runs have written is neither gone, nor pruned, nor counted twice.
func TestMirrorPerAccount(t *testing.T) {
	t.Parallel()
	target := t.TempDir()
	mirrors := make(map[string]string)
	for i, account := range []string{"a", "b"} {
		mirrors[account] = t.TempDir()
		put(t, mirrors[account], reportOf(payreports.ReportTypeSettlement, "S"+account, date(1, 1), date(1, 2)), settlementText(strconv.Itoa(i), "2030-01-02T00:00:00Z"))
		build(t, mirrors[account], target, dataset.Options{Account: account})
	}
	before := hashes(t, target)
	for _, prune := range []bool{false, true} {
		for account, reports := range mirrors {
			if summary := build(t, reports, target, dataset.Options{Account: account, Prune: prune}); summary.Unchanged != 1 {
				t.Errorf("%s, prune %t: %+v", account, prune, summary)
			}
		}
	}
	if got := hashes(t, target); !maps.Equal(got, before) || len(got) != 3 {
		t.Errorf("%v, want %v", got, before)
	}
	put(t, mirrors["a"], reportOf(payreports.ReportTypeSettlement, "S3", date(1, 1), date(1, 3)), settlementText("1", "2030-01-02T00:00:00Z"))
	for _, prune := range []bool{false, true} {
		summary, err := tryBuild(t, mirrors["a"], target, dataset.Options{Account: "a", Prune: prune})
		if err == nil || !strings.Contains(err.Error(), "settlements/account=b/month=2030-01/data.parquet as well, which is of another account, and would count twice") || len(summary.Written) > 0 {
			t.Errorf("%v: %+v", err, summary)
		}
	}
	// The mirror of all accounts knows what is gone.
	if summary := build(t, mirrors["b"], target, dataset.Options{Prune: true}); len(summary.Removed) != 2 {
		t.Errorf("%+v", summary)
	}
}

// A settlement whose report is gone doesn't count again when another report brings it in another month.
func TestSettlementOfReportThatIsGone(t *testing.T) {
	t.Parallel()
	for _, posted := range []string{"2030-01-31T00:00:00Z", "2030-02-01T00:00:00Z", "2029-12-31T23:59:59Z"} {
		reports, target := t.TempDir(), t.TempDir()
		old := put(t, reports, reportOf(payreports.ReportTypeSettlement, "S1", date(1, 1), date(1, 31)), settlementText("1", "2030-01-30T00:00:00Z"))
		put(t, reports, reportOf(payreports.ReportTypeSettlement, "S2", date(1, 1), date(1, 29)), settlementText("2", "2030-01-29T00:00:00Z"))
		build(t, reports, target, dataset.Options{})
		before := hashes(t, target)
		if err := os.Remove(old); err != nil {
			t.Fatal(err)
		}
		put(t, reports, reportOf(payreports.ReportTypeSettlement, "S3", date(1, 1), date(2, 1)), settlementText("1", posted))
		summary, err := tryBuild(t, reports, target, dataset.Options{})
		if err == nil || !strings.Contains(err.Error(), "S1.csv, which is gone") || len(summary.Written) > 0 || hashes(t, target)["manifest.json"] != before["manifest.json"] {
			t.Errorf("%s: %v, %+v", posted, err, summary)
		}
		if summary := build(t, reports, target, dataset.Options{Prune: true}); len(summary.Written) == 0 {
			t.Errorf("%s, pruned: %+v", posted, summary)
		}
	}
}

// A mirror with folders of accounts is that of all of them, whatever the account of the other reports is called: what is gone is named.
func TestAccountThatIsGoneFromTheMirrorOfAll(t *testing.T) {
	t.Parallel()
	for name, nameless := range map[string]bool{"with a report of no account": true, "without": false} {
		reports, target := t.TempDir(), t.TempDir()
		for i, account := range []string{"account=a", "account=b", ""} {
			if account != "" || nameless {
				put(t, filepath.Join(reports, account), reportOf(payreports.ReportTypeSettlement, strconv.Itoa(i), date(1, 1), date(1, 2)), settlementText(strconv.Itoa(i), "2030-01-02T00:00:00Z"))
			}
		}
		options := dataset.Options{Account: "main"}
		build(t, reports, target, options)
		if err := os.RemoveAll(filepath.Join(reports, "account=b")); err != nil {
			t.Fatal(err)
		}
		var vanished *dataset.VanishedError
		if summary, err := tryBuild(t, reports, target, options); !errors.As(err, &vanished) || !strings.Contains(vanished.Partition, "account=b") {
			t.Errorf("%s: %v, %+v", name, err, summary)
		}
		options.Prune = true
		if summary := build(t, reports, target, options); len(summary.Removed) != 1 {
			t.Errorf("%s: %+v", name, summary)
		}
	}
}

// Reports of a type without settlements don't count twice either, if their account gets another name and each account has a mirror of its own.
func TestRenamedMirrorOfOneAccount(t *testing.T) {
	t.Parallel()
	captures := []byte("\"AmazonCaptureId\",\"B\"\n\"1\",\"x\"\n")
	for name, test := range map[string]struct {
		reportType payreports.ReportType
		content    []byte
		same       bool // as if there were one report of two accounts
	}{
		"settlements":             {payreports.ReportTypeSettlement, settlementText("1", "2030-01-02T00:00:00Z"), true},
		"refunds":                 {payreports.ReportTypeRefund, refundText("R", "2030-01-02T00:00:00Z"), true},
		"captures":                {payreports.ReportTypeCapture, captures, true},
		"refunds, none":           {payreports.ReportTypeRefund, []byte(refundHeader), false},
		"captures, only a header": {payreports.ReportTypeCapture, captures[:strings.IndexByte(string(captures), '\n')+1], false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, options := range []dataset.Options{{}, {Prune: true}, {TrustRecorded: true}} {
				reports, target := t.TempDir(), t.TempDir()
				report := reportOf(test.reportType, "1", date(1, 1), date(1, 2))
				put(t, reports, report, test.content)
				options.Account = "old"
				build(t, reports, target, options)
				before := hashes(t, target)
				options.Account = "new"
				for run := range 2 {
					summary, err := tryBuild(t, reports, target, options)
					if !test.same {
						if err != nil {
							t.Errorf("run %d: %v", run, err)
						}
						continue
					}
					if err == nil || !strings.Contains(err.Error(), "account=old/month=2030-01/data.parquet as well, which is of another account, and would count twice") || len(summary.Written) > 0 {
						t.Errorf("run %d: %v, %+v", run, err, summary)
					}
				}
				if test.same && !maps.Equal(before, hashes(t, target)) {
					t.Error("the data set has changed")
				}
				// Another report of the renamed account comes in.
				put(t, reports, reportOf(payreports.ReportTypeRefund, "2", date(1, 1), date(3, 2)), refundText("Q", "2030-03-02T00:00:00Z"))
				if summary, err := tryBuild(t, reports, target, options); (err != nil) != test.same || len(summary.Written) != 1 {
					t.Errorf("a report more: %v, %+v", err, summary)
				}
				// With the mirror of all, the old name can be dropped.
				if summary := build(t, reports, target, dataset.Options{Prune: true}); !strings.Contains(strings.Join(summary.Removed, " "), "account=old") {
					t.Errorf("%+v", summary)
				}
			}
		})
	}
}
