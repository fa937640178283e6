package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/journal"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

func journalCommand() *cobra.Command {
	var reports []string
	var format, per, chart, since, until, to string
	var defaultChart, withoutAccounts bool
	options := new(readOptions)
	cmd := &cobra.Command{
		Use:   "journal [FILE…]",
		Short: "Write settlement reports as double-entry bookings (exit code 4 if one does not add up)",
		Long: `Write settlement reports as double-entry bookings, for hledger, Ledger and Beancount, or as CSV.

What a settlement earned is booked to a clearing account, against sales, refunds and fees. What it paid out is a booking of
its own, from there to the bank account. So after each balanced settlement, the clearing account is 0. The id of a booking
never changes, so an import can recognize bookings that it already has.

The chart has the names of the accounts. --default-chart prints the default one, to start from. Rows whose transaction type
the chart doesn't have go to the suspense account, and a warning names them. So does the difference of a row that doesn't add
up. Settlements that are not balanced are booked all the same, and the exit code is 4.` + directoryRule + unreadableRule,
		Example: `  payreports journal --reports reports --to amazon-pay.journal
  payreports journal --reports reports --format beancount --since 2026-10-01 --until 2026-10-31
  payreports journal --default-chart > chart.toml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if defaultChart {
				_, err := io.WriteString(cmd.OutOrStdout(), journal.DefaultChartTOML())
				return err
			}
			scope, err := scopeOf(since, until, time.Now())
			if err != nil {
				return err
			}
			bookings := journal.Options{Per: journal.Granularity(per), Since: scope.Since, Until: scope.Until, WithoutAccounts: withoutAccounts}
			if bookings.Format, err = parseFormat(format); err != nil {
				return err
			}
			if err := oneOf("per", per, granularities); err != nil {
				return err
			}
			if bookings.Chart, err = readChart(chart); err != nil {
				return usageError{err}
			}
			if _, err := journal.NewWriter(io.Discard, bookings); err != nil { // the chart may not fit the format
				return usageError{err}
			}
			r, err := newReading(cmd, options, append(reports, args...))
			if err != nil {
				return err
			}
			var problems []journal.Problem
			err = toFile(cmd, to, func(out io.Writer) error {
				problems, err = writeJournal(out, r, bookings)
				return err
			})
			if err != nil {
				return err
			}
			return errors.Join(tellProblems(cmd, problems), r.err())
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&reports, "reports", nil, "settlement report `FILE`, or a directory such as that of sync; more can follow")
	flags.StringVar(&format, "format", string(journal.FormatHledger), "`FORMAT` of the journal: hledger (which Ledger reads too), beancount or csv")
	complete(cmd, "format", formatNames()...)
	flags.StringVar(&per, "per", string(journal.PerSettlement), "make bookings per `WHAT`: settlement or transaction")
	complete(cmd, "per", granularities...)
	fileFlag(flags, &chart, "chart", "`FILE` with the names of the accounts, in TOML")
	flags.BoolVar(&defaultChart, "default-chart", false, "print the default chart of accounts, and do nothing else")
	flags.BoolVar(&withoutAccounts, "without-accounts", false, "leave out Beancount's open directives, for a journal that is included next to others")
	flags.StringVar(&to, "to", "-", "`FILE` to write, or - for standard output")
	timeFlag(cmd, &since, "since", "only bookings since `TIME`")
	timeFlag(cmd, &until, "until", "only bookings until `TIME`")
	options.register(flags)
	return cmd
}

var granularities = []string{string(journal.PerSettlement), string(journal.PerTransaction)}

func formatNames() []string { return append(texts(journal.Formats()), "ledger") }

func parseFormat(name string) (journal.Format, error) {
	if err := oneOf("format", name, formatNames()); err != nil {
		return "", err
	}
	if name == "ledger" { // which reads what hledger reads
		return journal.FormatHledger, nil
	}
	return journal.Format(name), nil
}

func readChart(name string) (journal.Chart, error) {
	if name == "" {
		return journal.DefaultChart(), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return journal.Chart{}, err
	}
	defer file.Close()
	chart, err := journal.ReadChart(file)
	if err != nil {
		return chart, fmt.Errorf("%s: %w", name, err)
	}
	return chart, nil
}

// toFile lets write write to standard output, or to a file that is there whole or not at all.
func toFile(cmd *cobra.Command, name string, write func(io.Writer) error) error {
	target, err := newTarget(cmd, name)
	if err != nil {
		return err
	}
	content, in := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		in.CloseWithError(write(in)) // which is then the error of reading
	}()
	n, err := target.write(content)
	content.CloseWithError(err) // ends a write that nobody reads
	<-done
	if err != nil {
		return err
	}
	target.done(n)
	return nil
}

// writeJournal writes the bookings of all files. One that can't be read to its end is left out, except per transaction: its first rows
// are booked then, and the journal ends with an error.
func writeJournal(out io.Writer, r *reading, options journal.Options) ([]journal.Problem, error) {
	w, err := journal.NewWriter(out, options)
	if err != nil {
		return nil, err
	}
	var fatal error
	err = r.settlementReports(func(file mirror.Entry, f *reportfile.Reader) error {
		empty := true
		for row, err := range f.Settlements() {
			empty = false
			if err == nil {
				err = w.Add(&row)
			}
			if err != nil {
				if booked := w.Drop(file.Path); booked != nil {
					fatal = fmt.Errorf("%w; %w, so the journal is not whole: leave out the file, or book per settlement", r.options.inFlags(err), booked)
					return errStop
				}
				return err
			}
		}
		if empty {
			return noRows(file)
		}
		return nil
	})
	if err := cmp.Or(fatal, err); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if w.Bookings() == 0 {
		reason := "these reports have none in the time from --since to --until"
		if options.Since.IsZero() && options.Until.IsZero() {
			reason = "no settlement report could be read"
		}
		fmt.Fprintln(r.cmd.ErrOrStderr(), "no bookings: "+reason)
	}
	return w.Problems(), nil
}

// tellProblems names what a person should look at. The error says if money is missing or too much.
func tellProblems(cmd *cobra.Command, problems []journal.Problem) error {
	differ := 0
	for _, problem := range problems {
		warnf(cmd, "%s", problem)
		if problem.Differs {
			differ++
		}
	}
	if differ > 0 {
		return fmt.Errorf("%w: settlements that do not add up: %d; they are booked all the same", errDifferences, differ)
	}
	return nil
}
