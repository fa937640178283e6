package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/reportfile"
)

// errDifferences ends a command with exit code 4.
var errDifferences = errors.New("differences were found")

func fileCommand(s *settings) *cobra.Command {
	cmd := group("file", "Show, sum up and convert report files")
	cmd.AddCommand(fileShow(s), fileSummary(s), fileConvert())
	return cmd
}

const directoryRule = `

Of a directory, all files below it are taken whose names end with .csv or .csv.gz, but for copies of others. Where settlement reports
are needed, other reports that it holds are left out.`

// reportFiles returns the files of a command line, each once: files as they are, and report files below directories. Links are followed.
func reportFiles(cmd *cobra.Command, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, usageError{errors.New("no file is given: name report files, or directories that hold them")}
	}
	f := &finder{seen: make(map[string]bool), bySize: make(map[int64][]string), leaveOut: func(err error) {
		fmt.Fprintf(cmd.ErrOrStderr(), "payreports: warning: left out: %v\n", err)
	}}
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			f.named(arg, info)
			continue
		}
		before := f.found
		f.first(arg)
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
	files    []string
	found    int                // by directories, with what was there already
	seen     map[string]bool    // files and directories, by the names that no link leads from
	bySize   map[int64][]string // the regular ones
	leaveOut func(why error)
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

// named adds a file that the command line names. It may be a pipe, which must not be looked into.
func (f *finder) named(path string, info fs.FileInfo) {
	if !f.first(path) {
		return
	}
	f.files = append(f.files, path)
	if info.Mode().IsRegular() {
		f.bySize[info.Size()] = append(f.bySize[info.Size()], path)
	}
}

// discovered adds a file that a directory holds, unless it is a copy: a service that is asked for the same report twice makes two.
func (f *finder) discovered(path string, info fs.FileInfo) {
	f.found++
	if !f.first(path) {
		return
	}
	alike := f.bySize[info.Size()]
	if i := slices.IndexFunc(alike, func(other string) bool { return sameContent(path, other) }); i >= 0 {
		f.leaveOut(fmt.Errorf("%s is the same as %s", path, alike[i]))
		return
	}
	f.files = append(f.files, path)
	f.bySize[info.Size()] = append(alike, path)
}

// walk adds the report files below a directory. What can't be read there is told and left out, such as lost+found;
// hidden files are others' work.
func (f *finder) walk(dir string) error {
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
			f.leaveOut(err)
		case info.IsDir():
			if !f.first(path) {
				f.found++
			} else if err := f.walk(path); err != nil {
				f.leaveOut(err)
			}
		case info.Mode().IsRegular() && isReportName(entry.Name()):
			f.discovered(path, info)
		}
	}
	return nil
}

func isReportName(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".csv.gz")
}

// sameContent reports whether two files hold the same. What can't be read is told by whoever needs it.
func sameContent(a, b string) bool {
	fileA, err := os.Open(a)
	if err != nil {
		return false
	}
	defer fileA.Close()
	fileB, err := os.Open(b)
	if err != nil {
		return false
	}
	defer fileB.Close()
	bufferA, bufferB := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(fileA, bufferA)
		m, errB := io.ReadFull(fileB, bufferB)
		if !bytes.Equal(bufferA[:n], bufferB[:m]) {
			return false
		}
		if errA != nil || errB != nil { // io.EOF, or io.ErrUnexpectedEOF at the end of the last buffer
			return errors.Is(errA, errB)
		}
	}
}

// report is an open report file.
type report struct {
	*reportfile.Reader
	path string
	file *interruptible
}

// openReport opens a report file. The error says which one it is.
func openReport(ctx context.Context, path string) (*report, error) {
	file, err := open(ctx, path)
	if err != nil {
		return nil, err
	}
	reader, err := reportfile.Open(file)
	if err != nil {
		file.close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &report{reader, path, file}, nil
}

// withFile opens a report file, and says which one it was if something is wrong with it.
func withFile(ctx context.Context, path string, use func(*reportfile.Reader) error) error {
	r, err := openReport(ctx, path)
	if err != nil {
		return err
	}
	defer r.file.close()
	if err := use(r.Reader); err != nil {
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
column name.` + directoryRule,
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
			first, err := openReport(cmd.Context(), files[0])
			if err != nil {
				return err
			}
			names := first.Columns()
			var columns []column[reportfile.Row]
			for _, name := range names {
				columns = append(columns, column[reportfile.Row]{name, func(r reportfile.Row) string { cell, _ := r.Get(name); return cell }})
			}
			others := rowsOf(cmd.Context(), files[1:], func(f *reportfile.Reader) iter.Seq2[reportfile.Row, error] {
				if !slices.Equal(slices.Sorted(slices.Values(f.Columns())), slices.Sorted(slices.Values(names))) {
					return failed[reportfile.Row](fmt.Errorf("its columns are others than those of %s: show it alone, or with --output json", files[0]))
				}
				return f.Rows()
			})
			return printStream(cmd.OutOrStdout(), s.output, columns, func(yield func(reportfile.Row, error) bool) {
				if through(first, first.Rows(), yield) {
					others(yield)
				}
			})
		},
	}
}

// rowsOf goes through the rows of several files, up to the first error, which names its file.
func rowsOf[T any](ctx context.Context, files []string, rows func(*reportfile.Reader) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, path := range files {
			r, err := openReport(ctx, path)
			if err != nil {
				yield(*new(T), err)
				return
			}
			if !through(r, rows(r.Reader), yield) {
				return
			}
		}
	}
}

// through goes through the rows of a report, closes it, and reports whether to go on.
func through[T any](r *report, rows iter.Seq2[T, error], yield func(T, error) bool) bool {
	defer r.file.close()
	for row, err := range rows {
		if err != nil {
			yield(*new(T), fmt.Errorf("%s: %w", r.path, err))
			return false
		}
		if !yield(row, nil) {
			return false
		}
	}
	return true
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
rows, the transfer included, is 0.` + directoryRule,
		Example: `  payreports file summary settlement.csv
  payreports file summary reports --output json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := reportFiles(cmd, args)
			if err != nil {
				return err
			}
			summary := new(reportfile.Summary)
			if _, err := settlementReports(cmd, files, args, func(f *reportfile.Reader) error { return summary.Add(f.Settlements()) }); err != nil {
				return err
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

// settlementReports lets use have each settlement report among the files, and returns them. Other reports are left out,
// which is told, unless they were named.
func settlementReports(cmd *cobra.Command, files, named []string, use func(*reportfile.Reader) error) ([]string, error) {
	var settlements []string
	for _, path := range files {
		if err := withFile(cmd.Context(), path, func(f *reportfile.Reader) error {
			if f.Kind() != reportfile.KindSettlement && !slices.Contains(named, path) {
				return nil
			}
			settlements = append(settlements, path)
			return use(f)
		}); err != nil {
			return nil, err
		}
	}
	if settlements == nil {
		return nil, errors.New("there is no settlement report among the files")
	}
	if others := len(files) - len(settlements); others > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "other reports left out: %d\n", others)
	}
	return settlements, nil
}
