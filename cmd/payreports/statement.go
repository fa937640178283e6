package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/statement"
)

func statementCommand(s *settings) *cobra.Command {
	var c comparison
	var title, to string
	cmd := &cobra.Command{
		Use:   "statement [FILE…]",
		Short: "Write settlement reports as a web page to read or print (exit code 4 if it names differences)",
		Long: `Write settlement reports as a web page to read or print: what was sold, refunded, charged, held in reserve and paid out, in
total, by month and by settlement, and what reconcile finds, with the same flags.

The page is one HTML file. It opens in any browser, contains no script, and loads nothing. It names no buyers. If it names
differences, the exit code is 4. See payreports reconcile --help for what is a difference, and for what it is compared with.` + directoryRule,
		Example: `  payreports statement --offline --reports reports --to statement.html
  payreports statement --reports reports --since 2026-10-01 --until 2026-10-31 --title "October 2026" --to october.html
  payreports statement --reports reports --orders orders.csv --bank statement.xml --to statement.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			scope, err := scopeOf(c.since, c.until, time.Now())
			if err != nil {
				return err
			}
			page, err := statement.New(statement.Options{Title: title, Since: scope.Since, Until: scope.Until})
			if err != nil {
				return err
			}
			var found *compared
			differences := 0
			err = toFile(cmd, to, func(out io.Writer) error {
				if found, err = c.run(cmd, s, args, page); err != nil {
					return err
				}
				differences, err = page.Write(out, found.Results)
				return err
			})
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), found.verdict())
			if differences > 0 {
				return fmt.Errorf("%w: the page names them (%d)", errDifferences, differences)
			}
			return found.reading.err()
		},
	}
	c.register(cmd)
	cmd.Flags().StringVar(&title, "title", "", "heading of the page (default: Amazon Pay statement)")
	cmd.Flags().StringVar(&to, "to", "-", "`FILE` to write, or - for standard output")
	return cmd
}
