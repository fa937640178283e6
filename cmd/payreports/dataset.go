package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/mirror"
)

// datasetReport is what dataset prints as JSON.
type datasetReport struct {
	ExitCode  int                 `json:"exitCode"`
	Written   []dataset.Partition `json:"written"`
	Removed   []string            `json:"removed"`
	Unchanged int                 `json:"unchanged"`
	Kept      []string            `json:"kept"`
	Problems  []string            `json:"problems"`
}

var partitionColumns = []column[dataset.Partition]{
	{"path", func(p dataset.Partition) string { return p.Path }, values(1)},
	{"rows", func(p dataset.Partition) string { return strconv.FormatInt(p.Rows, 10) }, amounts(2)},
	{"bytes", func(p dataset.Partition) string { return strconv.FormatInt(p.Bytes, 10) }, amounts(3)},
}

func datasetCommand(s *settings) *cobra.Command {
	var reports, to string
	var types []string
	var prune, quiet bool
	reading := new(readOptions)
	cmd := &cobra.Command{
		Use:   "dataset",
		Short: "Write the reports of a copy as Parquet, for DuckDB, Spark, Trino, Athena and BigQuery",
		Long: `Write the reports of a copy as Parquet, for DuckDB, Spark, Trino, Athena and BigQuery.

Each table has a folder, with a file per account and month: settlements/account=<account>/month=<YYYY-MM>/data.parquet.
Settlements and refunds have typed columns and exact amounts. The other reports have their cells as text. manifest.json lists
tables, columns, partitions and sums. docs/data-set.md shows SQL for each engine.

Run it after sync. Only months whose reports are new or have changed are written, each file is replaced whole, and the
same reports give the same bytes. Reports that are not below account=<account> get the account "default". If --reports is the
folder account=<account> itself, only that account is brought up to date.

A report that can't be read is named in a warning, and so is a second report of the same settlement. The months that the report
is part of stay as they are, and the exit code is 1. If reports are gone that a month was made from, that month stays as it is
too, and the exit code is 4. With --prune, their rows are dropped. A settlement that doesn't add up is written, named in a
warning, and the exit code is 4.

Report types other than settlements hold buyers' data. Use --type to leave them out.` + bucketRule,
		Example: `  payreports dataset --reports reports --to dataset
  payreports dataset --reports reports --to dataset --type settlement,refund
  payreports dataset --reports 's3://my-bucket/reports?region=eu-central-1' --to 's3://my-bucket/dataset?region=eu-central-1'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if reports == "" {
				return usageError{errors.New("--reports is missing: give the directory of the copy, or the URL of its bucket")}
			}
			if to == "" {
				return usageError{errors.New("--to is missing: give the directory of the data set, or the URL of its bucket")}
			}
			if err := reading.check(); err != nil {
				return err
			}
			options := dataset.Options{
				Account: accountOfPath(reports), Reading: reading.of(""), TrustRecorded: isBucket(reports), Prune: prune,
				LeftOut: func(path string, reason error) { warn(cmd, fmt.Errorf("left out: %s: %w", path, reason)) },
			}
			var err error
			if options.Types, err = parseTypes(types); err != nil {
				return err
			}
			summary, err := writeDataset(cmd, reports, to, options)
			for i, problem := range summary.Problems {
				summary.Problems[i] = reading.inFlags(problem)
			}
			return printDataset(cmd, s.output, summary, quiet, err)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&reports, "reports", "", "`DIR|URL` of the copy that sync made: a directory, or a bucket")
	flags.StringVar(&to, "to", "", "`DIR|URL` of the data set: a directory, or a bucket")
	typesFlag(cmd, &types)
	flags.BoolVar(&prune, "prune", false, "drop rows of reports that are gone, and months that have no rows left")
	flags.BoolVarP(&quiet, "quiet", "q", false, "print nothing if nothing has changed and nothing is wrong")
	reading.register(flags)
	return cmd
}

func writeDataset(cmd *cobra.Command, reports, to string, options dataset.Options) (dataset.Summary, error) {
	source, closeSource, err := openMirror(cmd.Context(), reports)
	if err != nil {
		return dataset.Summary{}, err
	}
	defer closeSource()
	target, closeTarget, err := storeOf(cmd.Context(), to)
	if err != nil {
		return dataset.Summary{}, err
	}
	defer closeTarget()
	defer debug.SetGCPercent(debug.SetGCPercent(50)) // most of what is allocated is a row, and lives as long
	summary, err := dataset.Write(cmd.Context(), source, target, options)
	switch {
	case errors.Is(err, dataset.ErrNoReports) && len(options.Types) > 0:
		err = fmt.Errorf("%s holds no reports of the types in --type: give what sync --to was given, or other types", withoutQuery(reports))
	case errors.Is(err, dataset.ErrNoReports): // as where a disk isn't mounted
		err = fmt.Errorf("%s holds no reports: give what sync --to was given", withoutQuery(reports))
	case errors.Is(err, mirror.ErrLocked):
		err = fmt.Errorf("another run is working in %s: wait for it to end, or choose another directory", to)
	}
	return summary, err
}

// accountOfPath is the account whose reports a path leads to, as in reports/account=de.
func accountOfPath(name string) (account string) {
	for part := range strings.SplitSeq(filepath.ToSlash(withoutQuery(name)), "/") {
		if name, found := strings.CutPrefix(part, "account="); found {
			account = name
		}
	}
	return account
}

// printDataset prints what was done, also if that failed, and says with what exit code to end.
func printDataset(cmd *cobra.Command, format string, summary dataset.Summary, quiet bool, err error) error {
	var incomplete *dataset.IncompleteError
	ended := err != nil && !errors.As(err, &incomplete) // by something else than the problems
	if len(summary.Problems) > 0 {
		err = problemsOf(cmd, summary.Problems, err)
	}
	changed := len(summary.Written) + len(summary.Removed)
	if err != nil && changed+summary.Unchanged+len(summary.Problems) == 0 && format != "json" || quiet && err == nil && changed == 0 {
		return err
	}
	var printed error
	switch {
	case format == "json":
		report := datasetReport{exitCodeOf(err), orNone(summary.Written), orNone(summary.Removed), summary.Unchanged, orNone(summary.Kept), []string{}}
		for _, problem := range summary.Problems {
			report.Problems = append(report.Problems, errorLines(problem)...)
		}
		if ended {
			report.Problems = append(report.Problems, errorLines(err)...)
		}
		printed = printJSON(cmd.OutOrStdout(), report)
	case len(summary.Written) > 0 || format == "csv":
		printed = printList(cmd, format, partitionColumns, each(summary.Written))
	}
	line := fmt.Sprintf("%d written, %d unchanged", len(summary.Written), summary.Unchanged)
	if n := len(summary.Removed); n > 0 {
		line += fmt.Sprintf(", %d removed", n)
	}
	if n := len(summary.Kept); n > 0 {
		line += fmt.Sprintf(", %d left as they are", n)
	}
	fmt.Fprintln(cmd.ErrOrStderr(), line)
	return errors.Join(err, printed)
}

func orNone[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

// problemsOf names each problem in a warning. Reports that are gone and settlements that don't add up are differences, and everything else
// is a failure.
func problemsOf(cmd *cobra.Command, problems []error, err error) error {
	gone, differ := 0, 0
	for _, problem := range problems {
		warn(cmd, problem)
		var vanished *dataset.VanishedError
		var unbalanced *dataset.UnbalancedError
		switch {
		case errors.As(problem, &vanished):
			gone++
		case errors.As(problem, &unbalanced):
			differ++
		}
	}
	var incomplete *dataset.IncompleteError
	switch others := len(problems) - gone - differ; {
	case !errors.As(err, &incomplete): // something else has ended the run
		return err
	case others > 0:
		return fmt.Errorf("the data set is not up to date, because of %s: see the warnings", plural(others, "problem"))
	case gone == 0:
		return fmt.Errorf("%w: settlements that don't add up: %d", errDifferences, differ)
	case differ == 0:
		return fmt.Errorf("%w: months of the data set that have rows of reports that are gone: %d", errDifferences, gone)
	default:
		return fmt.Errorf("%w: settlements that don't add up: %d; months of the data set that have rows of reports that are gone: %d", errDifferences, differ, gone)
	}
}
