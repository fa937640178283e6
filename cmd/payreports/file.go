package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// errDifferences ends a command with exit code 4.
var errDifferences = errors.New("differences were found")

func fileCommand(s *settings) *cobra.Command {
	cmd := group("file", "Show, sum up and convert report files")
	cmd.AddCommand(fileShow(s), fileSummary(s), fileConvert())
	return cmd
}

// reportFiles returns the files of a command line, each once: files as they are, and those below directories whose names end with .csv. Links are followed.
func reportFiles(cmd *cobra.Command, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, usageError{errors.New("no file is given: name report files, or directories that hold them")}
	}
	f := &finder{seen: make(map[string]bool), warn: func(err error) {
		fmt.Fprintf(cmd.ErrOrStderr(), "payreports: warning: left out: %v\n", err)
	}}
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			f.add(arg)
			continue
		}
		before := f.found
		if err := f.walk(arg); err != nil {
			return nil, err
		}
		if f.found == before {
			return nil, fmt.Errorf("%s holds no .csv file", arg)
		}
	}
	return f.files, nil
}

// finder collects files.
type finder struct {
	files []string
	found int             // with what was there already
	seen  map[string]bool // files and directories, by the names that no link leads from
	warn  func(error)
}

// first reports whether it is the first time that a file or a directory is come by.
func (f *finder) first(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil { // such as /dev/fd/63, which leads to no name
		real = path
	}
	again := f.seen[real]
	f.seen[real] = true
	return !again
}

func (f *finder) add(path string) {
	f.found++
	if f.first(path) {
		f.files = append(f.files, path)
	}
}

// walk adds what is below a directory. What can't be read there is told and left out, such as lost+found; hidden files are others' work.
func (f *finder) walk(dir string) error {
	f.first(dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		info, err := os.Stat(path)
		switch {
		case err != nil:
			f.warn(err)
		case info.IsDir():
			if !f.first(path) {
				f.found++
			} else if err := f.walk(path); err != nil {
				f.warn(err)
			}
		case info.Mode().IsRegular() && strings.HasSuffix(entry.Name(), ".csv"):
			f.add(path)
		}
	}
	return nil
}

// withFile opens a report file, and says which one it was if something is wrong with it.
func withFile(ctx context.Context, path string, use func(*reportfile.Reader) error) error {
	file, err := open(ctx, path)
	if err != nil {
		return err
	}
	defer file.close()
	reader, err := reportfile.Open(file)
	if err == nil {
		err = use(reader)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// interruptible is a file that can be a pipe: the end of the context ends a Read that nobody writes for.
type interruptible struct {
	file *os.File
	ctx  context.Context
	stop func() bool
}

// open opens a file. That takes as long as it likes if it is a pipe that nobody writes to.
func open(ctx context.Context, path string) (*interruptible, error) {
	type result struct {
		file *os.File
		err  error
	}
	opened := make(chan result, 1)
	go func() {
		file, err := os.Open(path)
		opened <- result{file, err}
	}()
	select {
	case r := <-opened:
		if r.err != nil {
			return nil, r.err
		}
		return &interruptible{r.file, ctx, context.AfterFunc(ctx, func() { r.file.Close() })}, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", path, context.Cause(ctx))
	}
}

func (f *interruptible) Read(p []byte) (int, error) {
	n, err := f.file.Read(p)
	if err != nil && f.ctx.Err() != nil {
		err = context.Cause(f.ctx)
	}
	return n, err
}

func (f *interruptible) close() {
	f.stop()
	f.file.Close()
}

func fileShow(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE…",
		Short: "Show the rows of report files",
		Long: `Show the rows of report files, all in one list. In a table and in CSV they must have the same columns; in JSON each row is an object by
column name.`,
		Example: `  payreports file show settlement.csv
  payreports file show settlement.csv --output json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := reportFiles(cmd, args)
			if err != nil {
				return err
			}
			if s.output == "json" {
				return printStream(cmd.OutOrStdout(), s.output, nil, rowsOf(cmd.Context(), files, asObjects))
			}
			var names []string
			if err := withFile(cmd.Context(), files[0], func(f *reportfile.Reader) error { names = f.Columns(); return nil }); err != nil {
				return err
			}
			var columns []column[reportfile.Row]
			for _, name := range names {
				columns = append(columns, column[reportfile.Row]{name, func(r reportfile.Row) string { cell, _ := r.Get(name); return cell }})
			}
			return printStream(cmd.OutOrStdout(), s.output, columns, rowsOf(cmd.Context(), files, func(f *reportfile.Reader) iter.Seq2[reportfile.Row, error] {
				if !slices.Equal(slices.Sorted(slices.Values(f.Columns())), slices.Sorted(slices.Values(names))) {
					return failed[reportfile.Row](fmt.Errorf("its columns are others than those of %s: show it alone, or with --output json", files[0]))
				}
				return f.Rows()
			}))
		},
	}
}

// rowsOf goes through the rows of several files, up to the first error, which names its file.
func rowsOf[T any](ctx context.Context, files []string, rows func(*reportfile.Reader) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, path := range files {
			stopped := false
			err := withFile(ctx, path, func(f *reportfile.Reader) error {
				for row, err := range rows(f) {
					if err != nil {
						return err
					}
					if !yield(row, nil) {
						stopped = true
						return nil
					}
				}
				return nil
			})
			if stopped {
				return
			}
			if err != nil {
				yield(*new(T), err)
				return
			}
		}
	}
}

func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) { yield(*new(T), err) }
}

// asObjects makes a JSON object of each row, by column name.
func asObjects(f *reportfile.Reader) iter.Seq2[map[string]string, error] {
	return func(yield func(map[string]string, error) bool) {
		names := f.Columns()
		for row, err := range f.Rows() {
			object := make(map[string]string, len(names))
			if err == nil {
				for i, cell := range row.Cells() {
					object[names[i]] = cell
				}
			}
			if !yield(object, err) {
				return
			}
		}
	}
}

func fileConvert() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "convert FILE --to json|csv",
		Short: "Convert a report file to JSON Lines or clean CSV on standard output",
		Example: `  payreports file convert settlement.csv --to json > settlement.jsonl
  payreports file convert settlement.csv --to csv > clean.csv`,
		Args: oneArgument("a report file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := map[string]func(io.Writer, *reportfile.Reader) error{"json": reportfile.WriteJSONLines, "csv": reportfile.WriteCSV}[to]
			if !ok {
				return usageError{fmt.Errorf("--to is %q: it must be json (JSON Lines) or csv", to)}
			}
			return withFile(cmd.Context(), args[0], func(f *reportfile.Reader) error { return write(cmd.OutOrStdout(), f) })
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "json (JSON Lines) or csv")
	complete(cmd, "to", "json", "csv")
	return cmd
}

// sums is a line of a summary: a transaction type of a settlement, its transfer, or what is left of all.
type sums struct {
	settlement, currency, transactionType, count, amount, fees, net string
}

var sumColumns = []column[sums]{
	{"settlementId", func(s sums) string { return s.settlement }},
	{"currency", func(s sums) string { return s.currency }},
	{"type", func(s sums) string { return s.transactionType }},
	{"count", func(s sums) string { return s.count }},
	{"amount", func(s sums) string { return s.amount }},
	{"totalFee", func(s sums) string { return s.fees }},
	{"net", func(s sums) string { return s.net }},
}

func sumsOf(settlement reportfile.SettlementSummary) []sums {
	line := func(name string, s reportfile.Sums) sums {
		return sums{settlement.SettlementID, settlement.Currency, name, fmt.Sprint(s.Count), s.Amount.String(), s.TotalFee.String(), s.Net.String()}
	}
	var lines []sums
	for _, t := range settlement.Types {
		lines = append(lines, line(string(t.Type), t.Sums))
	}
	lines = append(lines, line("Transfer", settlement.Transfer))
	verdict := "balanced"
	if !settlement.Balanced() {
		verdict = "DIFFERENCE"
	}
	return append(lines, sums{settlement.SettlementID, settlement.Currency, verdict, "", "", "", settlement.Difference.String()})
}

func fileSummary(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "summary FILE…",
		Short: "Sum up settlement reports, and check that they add up (exit code 4 if not)",
		Long: `Sum up settlement reports by settlement, currency and transaction type, and check that each adds up: the net of all its
rows, the transfer included, is 0. Of a directory, the settlement reports are taken and other reports left out.`,
		Example: `  payreports file summary settlement.csv
  payreports file summary reports --output json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := reportFiles(cmd, args)
			if err != nil {
				return err
			}
			summary := new(reportfile.Summary)
			for _, path := range files {
				if err := withFile(cmd.Context(), path, func(f *reportfile.Reader) error {
					if f.Kind() != reportfile.KindSettlement && !slices.Contains(args, path) {
						return nil
					}
					return summary.Add(f.Settlements())
				}); err != nil {
					return err
				}
			}
			if s.output == "json" {
				err = printJSON(cmd.OutOrStdout(), summary.Settlements())
			} else {
				var lines []sums
				for _, settlement := range summary.Settlements() {
					lines = append(lines, sumsOf(settlement)...)
				}
				err = printList(cmd.OutOrStdout(), s.output, sumColumns, each(lines))
			}
			if err == nil && !summary.Balanced() {
				err = fmt.Errorf("%w: a settlement's rows don't sum to 0", errDifferences)
			}
			return err
		},
	}
}

// settlementRows goes through the rows of the settlement reports among the files.
func settlementRows(ctx context.Context, files []string) iter.Seq2[reportfile.SettlementRow, error] {
	return rowsOf(ctx, files, func(f *reportfile.Reader) iter.Seq2[reportfile.SettlementRow, error] {
		if f.Kind() != reportfile.KindSettlement {
			return each[reportfile.SettlementRow](nil)
		}
		return f.Settlements()
	})
}

// difference is a line of a reconciliation.
type difference struct {
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Currency string `json:"currency"`
	Status   string `json:"status"`
	Reports  string `json:"reports"`
	Other    string `json:"other"`
}

var differenceColumns = []column[difference]{
	{"kind", func(d difference) string { return d.Kind }},
	{"id", func(d difference) string { return d.ID }},
	{"currency", func(d difference) string { return d.Currency }},
	{"status", func(d difference) string { return d.Status }},
	{"reports", func(d difference) string { return d.Reports }},
	{"other", func(d difference) string { return d.Other }},
}

func reconcileCommand(s *settings) *cobra.Command {
	var reports []string
	var orders string
	cmd := &cobra.Command{
		Use:   "reconcile [FILE…]",
		Short: "Hold settlement reports against disbursements and your own orders (exit code 4 if they differ)",
		Long: `Hold settlement reports against the disbursements that the API lists, and against your own orders if a file of them is given: CSV with
the columns order id, amount and currency. What differs is listed; what matches is counted.`,
		Example: `  payreports reconcile --reports reports
  payreports reconcile --orders orders.csv --reports settlement.csv another.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := reportFiles(cmd, append(reports, args...))
			if err != nil {
				return err
			}
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			settlements, err := reconcileSettlements(cmd, client, files)
			if err != nil {
				return err
			}
			differences := []difference{}
			matched := 0
			for _, r := range settlements {
				if r.Status == reconcile.Matched {
					matched++
					continue
				}
				differences = append(differences, difference{"settlement", r.SettlementID, r.Currency, string(r.Status), r.Transferred.String(), r.Disbursed.String()})
			}
			verdict := fmt.Sprintf("%d of %d settlements match their disbursements", matched, len(settlements))
			if orders != "" {
				compared, err := reconcileOrders(cmd.Context(), files, orders)
				if err != nil {
					return err
				}
				matched := 0
				for _, r := range compared {
					if r.Status == reconcile.Matched {
						matched++
						continue
					}
					differences = append(differences, difference{"order", r.OrderID, r.Currency, string(r.Status), r.Captured.String(), r.Ordered.String()})
				}
				verdict += fmt.Sprintf(", %d of %d orders their captures", matched, len(compared))
			}
			if len(differences) > 0 || s.output != "table" {
				if err := printList(cmd.OutOrStdout(), s.output, differenceColumns, each(differences)); err != nil {
					return err
				}
			}
			fmt.Fprintln(cmd.ErrOrStderr(), verdict)
			if len(differences) > 0 {
				return errDifferences
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&reports, "reports", nil, "settlement report `FILE`, or a directory such as that of sync; more can follow")
	cmd.Flags().StringVar(&orders, "orders", "", "CSV `FILE` of your own orders")
	return cmd
}

// reconcileSettlements asks for the disbursements of the settlements that the reports are of.
func reconcileSettlements(cmd *cobra.Command, client *payreports.Client, files []string) ([]reconcile.SettlementResult, error) {
	var options payreports.GetDisbursementsOptions
	widen := func(rows iter.Seq2[reportfile.SettlementRow, error]) iter.Seq2[reportfile.SettlementRow, error] {
		return func(yield func(reportfile.SettlementRow, error) bool) {
			for row, err := range rows {
				if err == nil && row.Type == reportfile.TransactionTransfer {
					if options.Start.IsZero() || row.Posted.Before(options.Start) {
						options.Start = row.Posted
					}
					if row.Posted.After(options.End) {
						options.End = row.Posted
					}
				}
				if !yield(row, err) {
					return
				}
			}
		}
	}
	var once reportfile.Summary // refuses a settlement that is in two files
	for _, path := range files {
		if err := withFile(cmd.Context(), path, func(f *reportfile.Reader) error {
			if f.Kind() != reportfile.KindSettlement {
				return nil
			}
			return once.Add(widen(f.Settlements()))
		}); err != nil {
			return nil, err
		}
	}
	if options.Start.IsZero() {
		return nil, errors.New("the files hold no transfer: give settlement reports")
	}
	// The API goes by the settlement's date, and a transfer is posted when its settlement ends: half a day more finds the last one, and not one that comes after.
	options.End = options.End.Add(12 * time.Hour)
	return reconcile.Settlements(settlementRows(cmd.Context(), files), client.Disbursements(cmd.Context(), options))
}

func reconcileOrders(ctx context.Context, files []string, orders string) ([]reconcile.OrderResult, error) {
	file, err := open(ctx, orders)
	if err != nil {
		return nil, err
	}
	defer file.close()
	return reconcile.Orders(settlementRows(ctx, files), reconcile.ReadOrders(file))
}
