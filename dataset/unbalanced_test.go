package dataset_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/mirror"
)

// A settlement that doesn't add up, such as that of a file which ends too early, is named in each run, and is part of the data set.
func TestUnbalancedSettlements(t *testing.T) {
	t.Parallel()
	lines := bytes.SplitAfter(settlementFile("1", "2030-01-31T23:00:00 +0000", "2030-02-01T01:00:00 +0000"), []byte("\n"))
	whole := bytes.Join(lines, nil)
	replace := func(old, new string) []byte { return bytes.Replace(whole, []byte(old), []byte(new), 1) }
	for name, test := range map[string]struct {
		content []byte
		want    []dataset.UnbalancedError
	}{
		"whole":                       {whole, nil},
		"cut at the end of a line":    {bytes.Join(lines[:7], nil), []dataset.UnbalancedError{{SettlementID: "1", Currency: "USD", Difference: "9.50"}}},
		"a row twice":                 {bytes.Join(slices.Insert(slices.Clone(lines), 5, lines[5]), nil), []dataset.UnbalancedError{{SettlementID: "1", Currency: "USD", Difference: "-9.50"}}},
		"another net":                 {replace(`"9.50"`, `"9.51"`), []dataset.UnbalancedError{{SettlementID: "1", Currency: "USD", Difference: "0.01", Rows: 1, Line: 5}}},
		"another fee":                 {replace(`"-0.50"`, `"-0.40"`), []dataset.UnbalancedError{{SettlementID: "1", Currency: "USD", Difference: "0.00", Rows: 1, Line: 5}}},
		"the rows of two settlements": {replace(`"1","","","Transfer"`, `"2","","","Transfer"`), []dataset.UnbalancedError{{SettlementID: "1", Currency: "USD", Difference: "9.50"}, {SettlementID: "2", Currency: "USD", Difference: "-9.50"}}},
		"two currencies": {
			replace(`"USD","","10.00","-0.20","-0.30","-0.50","9.50"`, `"JPY","","1000","-20","-30","-50","950"`),
			[]dataset.UnbalancedError{{SettlementID: "1", Currency: "JPY", Difference: "950"}, {SettlementID: "1", Currency: "USD", Difference: "-9.50"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reports, target := t.TempDir(), t.TempDir()
			write(t, filepath.Join(reports, "a.csv"), test.content)
			write(t, filepath.Join(reports, "b.csv"), settlementFile("77", "2030-02-10T00:00:00 +0000"))
			for run, written := range []int{2, 0} {
				summary, err := tryBuild(t, reports, target, dataset.Options{})
				if len(summary.Written) != written || len(summary.Kept) > 0 {
					t.Errorf("run %d: %+v", run, summary)
				}
				var got []dataset.UnbalancedError
				for _, problem := range summary.Problems {
					var file *mirror.FileError
					var unbalanced *dataset.UnbalancedError
					if !errors.As(problem, &file) || file.Path != "a.csv" || !errors.As(problem, &unbalanced) {
						t.Fatalf("run %d: %v", run, problem)
					}
					got = append(got, *unbalanced)
				}
				if diff := cmp.Diff(test.want, got); diff != "" || (err != nil) != (test.want != nil) {
					t.Errorf("run %d: %v (-want +got):\n%s", run, err, diff)
				}
			}
			// A new partition for one of the months takes what the other says.
			write(t, filepath.Join(reports, "c.csv"), settlementFile("78", "2030-01-10T00:00:00 +0000"))
			if added, _ := tryBuild(t, reports, target, dataset.Options{}); len(added.Problems) != len(test.want) || len(added.Written) != 1 {
				t.Errorf("a report more: %+v", added)
			}
			write(t, filepath.Join(reports, "a.csv"), whole)
			if summary, err := tryBuild(t, reports, target, dataset.Options{}); err != nil || (len(summary.Written) > 0) != (test.want != nil) {
				t.Errorf("mended: %+v, %v", summary, err)
			}
		})
	}
}
