//go:build duckdb

package conformance_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a file says of the least and the greatest amount of a column is so. An engine that skips what can't match relies on it.
func TestDataSetStatistics(t *testing.T) {
	t.Parallel()
	compares := withDuckDB(t, "the statistics of amounts in a data set")
	var names, statements []string
	for table, columns := range map[string][]string{"settlements": {"amount", "percentage_fee", "fixed_fee", "total_fee", "net"}, "refunds": {"amount"}} {
		files := "'dataset/" + table + "/*/*/*.parquet'"
		for _, column := range columns {
			names = append(names, table+"."+column)
			statements = append(statements,
				"SELECT filename, min("+column+"), max("+column+") FROM read_parquet("+files+", filename = true) GROUP BY ALL ORDER BY ALL",
				"SELECT file_name, min(stats_min_value::DECIMAL(38,9)), max(stats_max_value::DECIMAL(38,9)) FROM parquet_metadata("+files+") WHERE path_in_schema = '"+column+"' GROUP BY ALL ORDER BY ALL")
		}
	}
	answers := duckDB(t, makeDataSet(t, writeDataReports(t)), statements...)
	for i, name := range names {
		values, statistics := answers[2*i].texts(), answers[2*i+1].texts()
		compares.Count(len(values), "statistics")
		if diff := cmp.Diff(values, statistics); diff != "" || len(values) < len(dataAccounts) {
			t.Errorf("%s (-values +statistics):\n%s", name, diff)
		}
	}
}
