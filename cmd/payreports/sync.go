package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/mirror"
)

func syncCommand(s *settings) *cobra.Command {
	var to, since string
	var types []string
	var concurrency int
	var dryRun, exitCode bool
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Keep a copy of all reports in a directory: fetch what is new",
		Long: `Keep a copy of all reports in a directory: fetch what is new.

A report is written to type=<type>/date=<end date in UTC>/<report id>.csv, with its metadata beside it, and is there whole or
not at all. Reports that are there are never touched, and none is ever deleted. Run it every night:

  15 5 * * *  payreports sync --to /var/lib/amazon-pay-reports`,
		Example: `  payreports sync --to reports
  payreports sync --to reports --type settlement,refund --since 14d --dry-run`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return usageError{errors.New("--to is missing: give the directory of the copy")}
			}
			if concurrency < 1 || concurrency > mirror.MaxConcurrency {
				return usageError{fmt.Errorf("--concurrency is %d: it must be at least 1 and at most %d", concurrency, mirror.MaxConcurrency)}
			}
			options := mirror.Options{Concurrency: concurrency, DryRun: dryRun}
			var err error
			if options.Types, err = parseTypes(types); err != nil {
				return err
			}
			if options.Since, err = parseTime("since", since, false, time.Now()); err != nil {
				return err
			}
			clear := func() {}
			if width, _ := terminal(cmd.ErrOrStderr()); width > 0 {
				status := &statusLine{out: cmd.ErrOrStderr()}
				cmd.SetErr(status) // for what is logged in between
				done := 0
				options.Progress = func(mirror.File, error) {
					done++
					status.show(fmt.Sprintf("%d reports", done))
				}
				clear = func() { status.show("") }
			}
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			summary, syncErr := mirror.Sync(cmd.Context(), client, to, options)
			clear()
			if err := errors.Join(syncErr, printSummary(cmd, s, summary, dryRun)); err != nil {
				return err
			}
			if exitCode && len(summary.New) == 0 {
				return errNothingNew
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "`DIR` of the copy")
	typesFlag(cmd, &types)
	cmd.Flags().StringVar(&since, "since", "", "only reports created since `TIME` (default: 90 days ago)")
	cmd.Flags().IntVar(&concurrency, "concurrency", 4, "download `N` reports at once")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "list what would be downloaded, and write nothing")
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "exit with 3 if nothing was new")
	return cmd
}

// errNothingNew ends sync --exit-code with exit code 3 and no word on standard error.
var errNothingNew = errors.New("nothing was new")

// copied is a report that is new in the copy.
type copied struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

var copiedColumns = []column[copied]{
	{"path", func(c copied) string { return c.Path }},
	{"bytes", func(c copied) string { return fmt.Sprint(c.Bytes) }},
}

// printSummary lists what is new on standard output, and sums it up on standard error.
func printSummary(cmd *cobra.Command, s *settings, summary mirror.Summary, dryRun bool) error {
	if len(summary.New) > 0 || s.output != "table" {
		list := make([]copied, len(summary.New))
		for i, f := range summary.New {
			list[i] = copied{f.Path, f.Size}
		}
		if err := printList(cmd.OutOrStdout(), s.output, copiedColumns, each(list)); err != nil {
			return err
		}
	}
	what := "new"
	if dryRun {
		what = "would be new"
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d %s (%d bytes), %d there already, %d failed\n", len(summary.New), what, summary.Bytes, summary.Kept, len(summary.Failed))
	return nil
}
