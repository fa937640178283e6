package dataset_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/dataset"
)

// The external tables of docs/data-set.md have the columns of the files, in the types that each engine creates without further settings. Trino's
// Hive connector refuses a timestamp of another precision than that of the catalog, which is milliseconds by default.
func TestExternalTablesOfThePage(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	write(t, filepath.Join(reports, "a.csv"), settlementFile("1", "2030-01-10T00:00:00 +0000"))
	build(t, reports, target, dataset.Options{})
	text, err := os.ReadFile(filepath.Join(target, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Tables []struct{ Columns []dataset.Column }
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/data-set.md")
	if err != nil {
		t.Fatal(err)
	}
	for engine, table := range map[string]struct {
		types      map[string]string
		partitions []string // among the columns
	}{
		"Trino":  {map[string]string{"STRING": "varchar", "INT64": "bigint", "INT32": "integer", "TIMESTAMP(MICROS, UTC)": "timestamp(3)", "DECIMAL(38,9)": "decimal(38,9)"}, []string{"account varchar", "month varchar"}},
		"Athena": {map[string]string{"STRING": "string", "INT64": "bigint", "INT32": "int", "TIMESTAMP(MICROS, UTC)": "timestamp", "DECIMAL(38,9)": "decimal(38,9)"}, nil},
	} {
		_, section, _ := strings.Cut(string(page), "\n## "+engine+"\n")
		match := regexp.MustCompile(`(?s)CREATE (?:EXTERNAL )?TABLE [\w.]+ \(\n(.*?)\n\)`).FindStringSubmatch(section)
		if match == nil {
			t.Fatalf("the page has no table for %s", engine)
		}
		var want []string
		for _, column := range manifest.Tables[0].Columns {
			want = append(want, column.Name+" "+table.types[column.Type])
		}
		want = append(want, table.partitions...)
		got := regexp.MustCompile(`,\s+`).Split(strings.TrimSpace(match[1]), -1)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-files +page):\n%s", engine, diff)
		}
	}
}
