package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// comparison is what a command line says is to be compared.
type comparison struct {
	reports       []string
	since, until  string
	offline       bool
	disbursements string
	orders        orderFlags
	bank          bankFlags
	reading       readOptions
}

func (c *comparison) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&c.reports, "reports", nil, "settlement report `FILE`, or a directory or bucket's URL such as that of sync; more can follow")
	flags.BoolVar(&c.offline, "offline", false, "compare files only: needs no key and no network")
	fileFlag(flags, &c.disbursements, "disbursements", "`FILE` that \"disbursements list --output json\" wrote, instead of asking the service")
	timeFlag(cmd, &c.since, "since", "settlements that ended since `TIME` (default: the earliest of the files)")
	timeFlag(cmd, &c.until, "until", "settlements that ended until `TIME` (default: no end)")
	c.reading.register(flags)
	c.orders.register(cmd)
	c.bank.register(cmd)
}

// run compares. also, if it isn't nil, has each row of the reports as well. What can be refused is refused before the service is
// asked.
func (c *comparison) run(cmd *cobra.Command, s *settings, args []string, also accumulator) (*compared, error) {
	now := time.Now()
	scope, err := scopeOf(c.since, c.until, now)
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(c.check(cmd, args), c.orders.check(cmd, now)); err != nil {
		return nil, err
	}
	r, err := newReading(cmd, &c.reading, slices.Concat(c.reports, args))
	if err != nil {
		return nil, err
	}
	scope.FilesOnly = !r.directories && scope.Since.IsZero() && scope.Until.IsZero()
	var client *payreports.Client
	if !c.offline && (c.disbursements == "" || !scope.FilesOnly) {
		if client, err = s.client(cmd); err != nil {
			return nil, fmt.Errorf("%w; to compare files without asking the service, give --offline", err)
		}
	}
	b := &books{scope: scope, asOf: now, also: also, Books: reconcile.Books{Settlements: reconcile.NewSettlements(scope)}}
	if b.Bank, err = c.bank.readAll(cmd); err != nil {
		return nil, err
	}
	var saved []payreports.Disbursement
	if c.disbursements != "" {
		if saved, err = readDisbursements(cmd.Context(), c.disbursements); err != nil {
			return nil, err
		}
	}
	if b.Orders, err = c.orders.readAll(cmd); err != nil {
		return nil, err
	}
	if err := b.readReports(r); err != nil {
		return nil, err
	}
	if err := b.addDisbursements(cmd.Context(), c, client, saved); err != nil {
		return nil, err
	}
	results, err := b.Results(now)
	if err != nil {
		return nil, err
	}
	c.orders.warn(cmd, results.Orders)
	return &compared{Results: results, comparison: c, scope: scope, since: b.Settlements.Since(), reading: r}, nil
}

// check refuses flags that don't go together.
func (c *comparison) check(cmd *cobra.Command, args []string) error {
	piped := 0
	for _, path := range slices.Concat(c.reports, args, c.bank.files, c.orders.files, []string{c.disbursements}) {
		if path == standardInput {
			piped++
		}
	}
	switch {
	case piped > 1:
		return usageError{errors.New("- is given twice: standard input can be read once")}
	case c.offline && c.disbursements == "" && len(c.bank.files) > 0:
		return usageError{errors.New("--bank needs disbursements to compare the bank's lines with: give --disbursements FILE too, or leave out --offline")}
	}
	return c.bank.check(cmd)
}

func readDisbursements(ctx context.Context, path string) ([]payreports.Disbursement, error) {
	file, err := open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer file.close()
	list, err := payreports.ReadDisbursements(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
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

// accumulator takes the rows of settlement reports besides what compares them.
type accumulator interface {
	Add(row *reportfile.SettlementRow) error
	// Drop leaves out a file that could not be read to its end.
	Drop(file string)
}

// books are what is compared.
type books struct {
	reconcile.Books
	scope reconcile.Scope
	asOf  time.Time
	also  accumulator // nil for none
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
		if file.Err != nil && b.also != nil {
			b.also.Drop(file.Name)
		}
		b.AddFile(file)
		added[file.Name] = true
		for _, copied := range found.Copies {
			b.AddFile(reconcile.File{Name: copied.Path, ReportID: idOf(copied), CopyOf: found.Path})
		}
		return file.Err
	})
	if err != nil {
		return err
	}
	for _, file := range r.skipped {
		if !added[file.path] {
			b.AddFile(reconcile.File{Name: file.path, ReportID: file.id, Err: file.err})
		}
	}
	return nil
}

func (b *books) addRows(f *reportfile.Reader) error {
	for row, err := range f.Settlements() {
		if err == nil {
			err = b.Add(&row)
		}
		if err == nil && b.also != nil {
			err = b.also.Add(&row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addDisbursements adds those that were saved, or else what the service lists: its settlement reports, all of them, because the
// list reaches no further than 90 days, and the disbursements.
func (b *books) addDisbursements(ctx context.Context, c *comparison, client *payreports.Client, saved []payreports.Disbursement) error {
	if client != nil && !b.scope.FilesOnly {
		for report, err := range client.AllReports(ctx, payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}}) {
			if err != nil {
				return err
			}
			b.Settlements.AddReport(report)
		}
	}
	if c.disbursements != "" || c.offline {
		return b.addSaved(saved)
	}
	start, end := b.Settlements.DisbursementDates(b.asOf)
	if start.IsZero() {
		return nil
	}
	if b.Bank != nil {
		b.Bank.Listed(start, end)
	}
	for disbursement, err := range client.AllDisbursements(ctx, payreports.GetDisbursementsOptions{Since: start, Until: end}) {
		if err == nil {
			err = b.AddDisbursement(disbursement)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addSaved adds disbursements of a file. It says nothing of the time before its first and after its last one.
func (b *books) addSaved(list []payreports.Disbursement) error {
	var first, last time.Time
	for _, disbursement := range list {
		if err := b.AddDisbursement(disbursement); err != nil {
			return err
		}
		at := disbursement.TransactionTime.Time()
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	b.Settlements.DisbursementsBetween(first, last)
	if b.Bank != nil {
		b.Bank.Listed(first, last)
	}
	return nil
}
