package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

func reconcileCommand(s *settings) *cobra.Command {
	var reports []string
	var orders, since, until string
	options, orderOptions := new(readOptions), &readOptions{prefix: "--orders-"}
	cmd := &cobra.Command{
		Use:   "reconcile [FILE…]",
		Short: "Reconcile settlement reports with disbursements and with your own orders (exit code 4 if they differ)",
		Long: `Reconcile settlement reports with themselves, with the reports and disbursements that the API lists, and, with --orders,
with your own orders: a CSV file with the columns order id, amount and currency. Differences are listed, and the exit code
is then 4. What matches is counted. These are differences:

  a settlement   that is not balanced, has rows that do not add up, is in two files, is dated in the future, has no
                 disbursement, or has a disbursement of another amount or date
  a disbursement that has no settlement
  a report       that the service lists but that is not among the files
  a file         that can't be read, or has no rows
  an order       that has no capture, or a capture of another amount; a capture that has no order

A disbursement may come up to ten days after its settlement, a settlement report up to a day after its disbursement, and a
report less than an hour old may be newer than the last sync. Until then they are pending, not differences.

The service says what should be there: the reports from --since to --until. It keeps reports for 90 days. Without --since,
the range begins with the earliest settlement of the files. If you name only files, and give neither --since nor --until,
the service is not asked for other reports, and the last line says so. The flags that say how files were saved are for
settlement reports; those for the orders file begin with --orders-.` + directoryRule,
		Example: `  payreports sync --to reports && payreports reconcile --reports reports --since 60d
  payreports reconcile --orders orders.csv --reports settlement.csv another.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			now := time.Now()
			scope, err := scopeOf(since, until, now)
			if err != nil {
				return err
			}
			if err := orderOptions.check(); err != nil {
				return err
			}
			files := slices.Concat(reports, args)
			if orders == standardInput && slices.Contains(files, standardInput) {
				return usageError{errors.New("- is given twice: standard input can be read once")}
			}
			r, err := newReading(cmd, options, files)
			if err != nil {
				return err
			}
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			scope.FilesOnly = !r.directories && scope.Since.IsZero() && scope.Until.IsZero()
			b := &books{settlements: reconcile.NewSettlements(scope), scope: scope, asOf: now}
			if orders != "" {
				b.orders = reconcile.NewOrders()
			}
			if err := b.readReports(r); err != nil {
				return err
			}
			if err := b.askService(cmd.Context(), client); err != nil {
				return err
			}
			if orders != "" {
				if err := b.readOrders(cmd.Context(), orders, orderOptions); err != nil {
					return err
				}
			}
			differences, verdict := b.compare()
			if len(differences) > 0 || s.output != "table" {
				if err := printList(cmd, s.output, differenceColumns, each(differences)); err != nil {
					return err
				}
			}
			fmt.Fprintln(cmd.ErrOrStderr(), verdict)
			if len(differences) > 0 {
				return errDifferences
			}
			return r.err()
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&reports, "reports", nil, "settlement report `FILE`, or a directory or bucket's URL such as that of sync; more can follow")
	flags.StringVar(&orders, "orders", "", "CSV `FILE` of your own orders")
	timeFlag(cmd, &since, "since", "settlements that ended since `TIME` (default: the earliest of the files)")
	timeFlag(cmd, &until, "until", "settlements that ended until `TIME` (default: no end)")
	options.register(flags)
	flags.StringVar(&orderOptions.encoding, "orders-encoding", "", "encoding of the orders file, if it isn't UTF-8")
	flags.BoolVar(&orderOptions.decimalComma, "orders-decimal-comma", false, "read the amounts of the orders file as 1.250,00")
	return cmd
}

func scopeOf(since, until string, now time.Time) (scope reconcile.Scope, err error) {
	if scope.Since, err = parseTime("since", since, false, now); err != nil {
		return scope, err
	}
	if scope.Until, err = parseTime("until", until, true, now); err != nil {
		return scope, err
	}
	if !scope.Until.IsZero() && scope.Until.Before(scope.Since) {
		return scope, usageError{fmt.Errorf("--until %s is before --since %s", until, since)}
	}
	return scope, nil
}

// books are what is compared.
type books struct {
	settlements *reconcile.Settlements
	orders      *reconcile.Orders // nil if there are none
	scope       reconcile.Scope
	asOf        time.Time
}

// readReports goes through the files, each once.
func (b *books) readReports(r *reading) error {
	added := make(map[string]bool)
	err := r.settlementReports(func(found mirror.Entry, f *reportfile.Reader) error {
		file := reconcile.File{Name: found.Path, ReportID: idOf(found)}
		// A preamble with a date that can't be read is no reason not to read the rows: they have their own.
		preamble, _ := f.Preamble()
		file.Start, file.End = preamble.Start, preamble.End
		file.Err = r.options.inFlags(b.addRows(f))
		b.settlements.AddFile(file)
		added[file.Name] = true
		for _, copied := range found.Copies {
			b.settlements.AddFile(reconcile.File{Name: copied.Path, ReportID: idOf(copied), CopyOf: found.Path})
		}
		return file.Err
	})
	if err != nil {
		return err
	}
	for _, file := range r.skipped {
		if !added[file.path] {
			b.settlements.AddFile(reconcile.File{Name: file.path, ReportID: file.id, Err: file.err})
		}
	}
	return nil
}

func (b *books) addRows(f *reportfile.Reader) error {
	for row, err := range f.Settlements() {
		if err == nil {
			err = b.settlements.Add(&row)
		}
		if err == nil && b.orders != nil {
			err = b.orders.Add(&row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// askService adds what the service lists: its settlement reports, all of them, because the list reaches no further than
// 90 days, and the disbursements.
func (b *books) askService(ctx context.Context, client *payreports.Client) error {
	if !b.scope.FilesOnly {
		for report, err := range client.AllReports(ctx, payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}}) {
			if err != nil {
				return err
			}
			b.settlements.AddReport(report)
		}
	}
	start, end := b.settlements.DisbursementDates(b.asOf)
	if start.IsZero() {
		return nil
	}
	for disbursement, err := range client.AllDisbursements(ctx, payreports.GetDisbursementsOptions{Since: start, Until: end}) {
		if err == nil {
			err = b.settlements.AddDisbursement(disbursement)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *books) readOrders(ctx context.Context, path string, options *readOptions) error {
	file, err := open(ctx, path)
	if err != nil {
		return err
	}
	defer file.close()
	for order, err := range reconcile.ReadOrders(file, options.of(path)) {
		if err == nil {
			err = b.orders.AddOrder(order)
		}
		if err != nil {
			return options.inFlags(err)
		}
	}
	return nil
}

// compare returns what differs, and a line that sums up.
func (b *books) compare() ([]difference, string) {
	var differences []difference
	counts := make(map[reconcile.Status]int)
	settlements := 0
	for _, r := range b.settlements.Results(b.asOf) {
		counts[r.Status]++
		if r.Status != reconcile.NoTransfer {
			settlements++
		}
		if r.Status.Differs() {
			differences = append(differences, settlementDifference(r))
		}
	}
	verdict := fmt.Sprintf("%d of %d settlements match their disbursements", counts[reconcile.Matched], settlements)
	var notes []string
	if n := counts[reconcile.Pending]; n > 0 {
		notes = append(notes, fmt.Sprintf("%d pending", n))
	}
	if n := counts[reconcile.NoTransfer]; n > 0 {
		notes = append(notes, fmt.Sprintf("%d without a transfer", n))
	}
	if notes != nil {
		verdict += " (" + strings.Join(notes, ", ") + ")"
	}
	if b.orders != nil {
		matched := 0
		results := b.orders.Results()
		for _, r := range results {
			if r.Status.Differs() {
				differences = append(differences, orderDifference(r))
			} else {
				matched++
			}
		}
		verdict += fmt.Sprintf(", %d of %d orders their captures", matched, len(results))
	}
	reports, files := b.compareReports()
	return append(differences, reports...), verdict + "; " + files
}

// compareReports compares the files with the list of the service.
func (b *books) compareReports() ([]difference, string) {
	var differences []difference
	listed, present, pending, unreadable := 0, 0, 0, 0
	for _, r := range b.settlements.Reports(b.asOf) {
		if r.Status.Differs() {
			differences = append(differences, reportDifference(r))
		}
		if r.Listed {
			listed++
			if r.File != "" {
				present++
			}
		}
		switch r.Status {
		case reconcile.Pending:
			pending++
		case reconcile.Unreadable:
			unreadable++
		}
	}
	verdict := "reports before and after these files were not looked for: name a directory, or give --since"
	if !b.scope.FilesOnly {
		since := ""
		if t := b.settlements.Since(); !t.IsZero() {
			since = " since " + t.UTC().Format(time.DateOnly)
		}
		verdict = fmt.Sprintf("%d of %d reports that the service lists%s are among the files", present, listed, since)
	}
	if pending > 0 {
		verdict += fmt.Sprintf(" (%d pending)", pending)
	}
	if unreadable > 0 {
		verdict += fmt.Sprintf("; %d could not be read", unreadable)
	}
	return differences, verdict
}
