package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
	"github.com/amazonpay-go/payreports/statement"
)

func statementCommand() *cobra.Command {
	var reports []string
	var title, since, until, to string
	options := new(readOptions)
	cmd := &cobra.Command{
		Use:   "statement [FILE…]",
		Short: "Write settlement reports as a web page to read or print (exit code 4 if it names differences)",
		Long: `Write settlement reports as a web page to read or print: what was sold, refunded, charged, held in reserve and paid out, in
total, by month and by settlement, and what does not add up.

The page is one HTML file. It opens in any browser, contains no script, and loads nothing. It names no buyers. If it names
differences, the exit code is 4. These are settlements that do not add up, files that can't be read, and files without rows.` + directoryRule,
		Example: `  payreports statement --reports reports --to statement.html
  payreports statement --reports reports --since 2026-10-01 --until 2026-10-31 --title "October 2026" --to october.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			now := time.Now()
			scope, err := scopeOf(since, until, now)
			if err != nil {
				return err
			}
			page, err := statement.New(statement.Options{Title: title, Since: scope.Since, Until: scope.Until})
			if err != nil {
				return err
			}
			r, err := newReading(cmd, options, append(reports, args...))
			if err != nil {
				return err
			}
			differences := 0
			err = toFile(cmd, to, func(out io.Writer) error {
				found := statement.Findings{AsOf: now}
				if found.Reports, err = readStatement(page, r); err != nil {
					return err
				}
				differences, err = page.Write(out, found)
				return err
			})
			if err != nil {
				return err
			}
			if differences > 0 {
				err = fmt.Errorf("%w: the page names %d", errDifferences, differences)
			}
			return errors.Join(err, r.err())
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&reports, "reports", nil, "settlement report `FILE`, or a directory or bucket's URL such as that of sync; more can follow")
	flags.StringVar(&title, "title", "", "heading of the page (default: Amazon Pay statement)")
	flags.StringVar(&to, "to", "-", "`FILE` to write, or - for standard output")
	timeFlag(cmd, &since, "since", "only settlements that ended since `TIME`")
	timeFlag(cmd, &until, "until", "only settlements that ended until `TIME`")
	options.register(flags)
	return cmd
}

// readStatement adds the rows of all files, and returns the files that could not be read or are empty. Nothing of a file that can't be
// read to its end is on the page.
func readStatement(page *statement.Statement, r *reading) ([]reconcile.ReportResult, error) {
	var problems []reconcile.ReportResult
	err := r.settlementReports(func(file mirror.Entry, f *reportfile.Reader) error {
		rows := 0
		for row, err := range f.Settlements() {
			if err == nil {
				err = page.Add(&row)
			}
			if err != nil {
				page.Drop(file.Path)
				return err
			}
			rows++
		}
		if rows == 0 {
			problems = append(problems, reconcile.ReportResult{Status: reconcile.Empty, File: file.Path})
		}
		return nil
	})
	for _, file := range r.skipped {
		problems = append(problems, reconcile.ReportResult{Status: reconcile.Unreadable, File: file.path, Detail: file.err.Error()})
	}
	return problems, err
}
