package main

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
)

func syncCommand(s *settings) *cobra.Command {
	var to, since string
	var types, again []string
	var concurrency int
	var dryRun, exitCode, quiet bool
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Keep a copy of all reports in a directory: download what is new",
		Long: `Keep a copy of all reports in a directory: download what is new.

A report is written to type=<type>/date=<end date in UTC>/<report id>.csv, with its metadata next to it. It is there whole
or not at all, and no report is ever deleted. Run it every night:

  15 5 * * *  payreports sync --to /var/lib/amazon-pay-reports

What isn't a report, such as a login page or an error of the storage, is refused: it is kept in the directory .refused for you
to look at, and the next run tries again. A report that is present but wrong is downloaded again, and so is one that
you name with --again. The old file is kept as <report id>.csv.replaced-<time>.

The exit code is 1 if a report could not be downloaded, or if a settlement report has the status FAILED, because its
settlement is then missing. FAILED reports of other types are named in a warning: create them again if you need them.`,
		Example: `  payreports sync --to reports
  payreports sync --to reports --type settlement,refund --since 14d --dry-run
  payreports sync --to reports --again 50000000091`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return usageError{errors.New("--to is missing: give the directory of the copy")}
			}
			if concurrency < 1 || concurrency > mirror.MaxConcurrency {
				return usageError{fmt.Errorf("--concurrency is %d: it must be at least 1 and at most %d", concurrency, mirror.MaxConcurrency)}
			}
			if len(again) > 0 && (len(types) > 0 || since != "") {
				return usageError{errors.New("--again names the reports to download: leave --type and --since out")}
			}
			options := mirror.Options{Concurrency: concurrency, DryRun: dryRun}
			for _, id := range again {
				options.Again = append(options.Again, payreports.ReportID(id))
			}
			var err error
			if options.Types, err = parseTypes(types); err != nil {
				return err
			}
			if options.Since, err = parseTime("since", since, false, time.Now()); err != nil {
				return err
			}
			progress := newProgress(cmd)
			defer progress.end()
			if !quiet {
				options.Status = progress.reports
			}
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			summary, syncErr := mirror.Sync(cmd.Context(), client, to, options)
			progress.end()
			if syncErr != nil && reflect.ValueOf(summary).IsZero() { // it could not start
				return syncErr
			}
			if quiet && syncErr == nil && isUneventful(summary) {
				if exitCode {
					return errNothingNew
				}
				return nil
			}
			if err := errors.Join(syncErr, printSummary(cmd, s, summary, dryRun)); err != nil {
				return err
			}
			if exitCode && len(summary.New)+len(summary.Replaced) == 0 {
				return errNothingNew
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "`DIR` of the copy")
	typesFlag(cmd, &types)
	timeFlag(cmd, &since, "since", "only reports created since `TIME` (default: 90 days ago)")
	cmd.Flags().StringSliceVar(&again, "again", nil, "download only the reports with these `IDS`, even if they are present, and keep the old files")
	cmd.Flags().IntVar(&concurrency, "concurrency", 4, "download `N` reports at once")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "list what would be downloaded, and write nothing")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print nothing if nothing is new and nothing is wrong")
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "exit with 3 if nothing was new")
	return cmd
}

// errNothingNew ends sync --exit-code with exit code 3 and no word on standard error.
var errNothingNew = errors.New("nothing was new")

// isUneventful reports whether a run has nothing to tell.
func isUneventful(summary mirror.Summary) bool {
	return len(summary.New)+len(summary.Replaced)+len(summary.Failed)+len(summary.ServiceFailed) == 0
}

// copied is a report that was downloaded, or would be.
type copied struct {
	Path  string `json:"path"`
	Bytes *int64 `json:"bytes,omitempty"` // not known before the download
}

var copiedColumns = []column[copied]{
	{"path", func(c copied) string { return c.Path }, values(1)},
	{"bytes", func(c copied) string { return fmt.Sprint(*c.Bytes) }, amounts(2)},
}

// printSummary lists what was downloaded on standard output, and sums it up on standard error.
func printSummary(cmd *cobra.Command, s *settings, summary mirror.Summary, dryRun bool) error {
	files := slices.Clone(summary.New)
	for _, replacement := range summary.Replaced {
		files = append(files, replacement.File)
	}
	if len(files) > 0 || s.output != "table" {
		list := make([]copied, len(files))
		for i, f := range files {
			list[i] = copied{Path: f.Path}
			if !dryRun {
				list[i].Bytes = &f.Size
			}
		}
		columns := copiedColumns
		if dryRun {
			columns = columns[:1]
		}
		if err := printList(cmd, s.output, columns, each(list)); err != nil {
			return err
		}
	}
	for _, replacement := range summary.Replaced {
		warnf(cmd, "%s is downloaded again: %s%s", replacement.File.Path, replacement.Reason, keptAs(replacement.Old))
	}
	for _, report := range summary.ServiceFailed {
		if report.ReportType != payreports.ReportTypeSettlement { // which is an error
			warnf(cmd, "report %s (%s, %s to %s) is FAILED: the service could not make it; create it again if you need it",
				report.ReportID, payreports.ReportTypeName(report.ReportType), report.StartTime, report.EndTime)
		}
	}
	what := fmt.Sprintf("new (%d bytes)", summary.Bytes)
	if dryRun {
		what = "would be new"
	}
	line := fmt.Sprintf("%d %s, %d already present, %d failed", len(summary.New), what, summary.Kept, len(summary.Failed))
	for _, more := range []struct {
		count int
		what  string
	}{
		{len(summary.Replaced), "downloaded again"},
		{len(summary.ServiceFailed), "FAILED at the service"},
		{summary.Cancelled, "cancelled"},
		{summary.Unfinished, "in progress"},
	} {
		if more.count > 0 {
			line += fmt.Sprintf(", %d %s", more.count, more.what)
		}
	}
	fmt.Fprintln(cmd.ErrOrStderr(), line)
	return nil
}

func keptAs(old string) string {
	if old == "" {
		return ""
	}
	return "; the old file is " + old
}

func warnf(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintf(cmd.ErrOrStderr(), "payreports: warning: %s\n", visible(fmt.Sprintf(format, args...)))
}
