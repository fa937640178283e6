package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

// readOptions are the flags that say how files are read.
type readOptions struct {
	prefix       string // of the flags' names
	encoding     string
	decimalComma bool
	dateLayout   string
}

func (o *readOptions) register(flags *pflag.FlagSet) {
	o.prefix = "--"
	flags.StringVar(&o.encoding, "encoding", "", "encoding of files that aren't UTF-8, such as windows-1252 or shift_jis")
	flags.BoolVar(&o.decimalComma, "decimal-comma", false, "read amounts with a decimal comma, such as 1.250,00, as some spreadsheets write them")
	flags.StringVar(&o.dateLayout, "date-layout", "", "date format of files saved by a spreadsheet, such as \"dd.mm.yyyy HH:MM:SS\"; dates without an offset are UTC")
}

// of are the options of a file.
func (o *readOptions) of(path string) reportfile.Options {
	return reportfile.Options{Name: path, Encoding: o.encoding, DecimalComma: o.decimalComma, DateLayout: o.dateLayout}
}

// check refuses options that no file can be read with.
func (o *readOptions) check() error {
	for flag, options := range map[string]reportfile.Options{"encoding": {Encoding: o.encoding}, "date-layout": {DateLayout: o.dateLayout}} {
		if _, err := options.Open(strings.NewReader("a,b\n")); err != nil {
			return usageError{fmt.Errorf("%s%s: %w", o.prefix, flag, err)}
		}
	}
	return nil
}

// inFlags names the options of package reportfile as the command line does.
func (o *readOptions) inFlags(err error) error {
	if err == nil {
		return nil
	}
	text := optionName.ReplaceAllStringFunc(err.Error(), func(name string) string {
		match := optionName.FindStringSubmatch(name)
		return o.prefix + flagOf[match[1]] + match[2]
	})
	if text == err.Error() {
		return err
	}
	return &flagError{text, err}
}

var (
	optionName = regexp.MustCompile(`the option (Encoding|DecimalComma|DateLayout)(?: \(--[a-z-]+( [^)]*)?\))?`)
	flagOf     = map[string]string{"Encoding": "encoding", "DecimalComma": "decimal-comma", "DateLayout": "date-layout"}
)

// flagError is an error in the words of the command line.
type flagError struct {
	text string
	err  error
}

func (e *flagError) Error() string { return e.text }

func (e *flagError) Unwrap() error { return e.err }

// reading reads the files of a command line one after the other. A file that can't be read is named in a warning and
// counted, and the others are read all the same.
type reading struct {
	cmd         *cobra.Command
	options     *readOptions
	files       []mirror.Entry
	directories bool    // at least one was named
	opened      *report // the first file, if it has been opened
	// skipped are the files that could not be read, or not to their end.
	skipped []unreadable
}

// newReading finds the files of a command line.
func newReading(cmd *cobra.Command, options *readOptions, args []string) (*reading, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	r := &reading{cmd: cmd, options: options}
	return r, r.findFiles(args)
}

// skip counts a file that can't be read. The error is that of the context, after which nothing can be.
func (r *reading) skip(path string, id payreports.ReportID, why error) error {
	if r.cmd.Context().Err() != nil {
		return context.Cause(r.cmd.Context())
	}
	if !strings.Contains(why.Error(), path) {
		why = fmt.Errorf("%s: %w", path, why)
	}
	r.skipped = append(r.skipped, unreadable{path, id, why})
	warn(r.cmd, fmt.Errorf("can't be read: %w", why))
	return nil
}

// err is what a command ends with that has read all that could be read.
func (r *reading) err() error {
	if len(r.skipped) == 0 {
		return nil
	}
	return fmt.Errorf("%s could not be read: see the warnings", plural(len(r.skipped), "file"))
}

// open opens a report file. Its errors name it.
func (o *readOptions) open(ctx context.Context, entry mirror.Entry) (*report, error) {
	file, err := openEntry(ctx, entry)
	if err != nil {
		return nil, err
	}
	reader, err := o.of(entry.Path).Open(file)
	if err != nil {
		file.close()
		return nil, o.inFlags(err)
	}
	return &report{reader, file}, nil
}

// report is an open report file.
type report struct {
	*reportfile.Reader
	file *interruptible
}

// first opens the first file that can be read. It is nil if none can, or beside the error of the context.
func (r *reading) first() (*report, string, error) {
	for len(r.files) > 0 {
		opened, err := r.options.open(r.cmd.Context(), r.files[0])
		if err == nil {
			r.opened = opened
			return opened, r.files[0].Path, nil
		}
		if err := r.skip(r.files[0].Path, idOf(r.files[0]), err); err != nil {
			return nil, "", err
		}
		r.files = r.files[1:]
	}
	return nil, "", nil
}

// errStop ends reading.
var errStop = errors.New("stopped")

// each lets use have each file, and skips what can't be read. The error is errStop, if use returns it, or that of the
// context.
func (r *reading) each(use func(mirror.Entry, *reportfile.Reader) error) error {
	for _, file := range r.files {
		opened := r.opened
		r.opened = nil
		var err error
		if opened == nil {
			opened, err = r.options.open(r.cmd.Context(), file)
		}
		if err == nil {
			err = use(file, opened.Reader)
			opened.file.close()
		}
		if errors.Is(err, errStop) {
			return err
		}
		if err != nil {
			if err := r.skip(file.Path, idOf(file), r.options.inFlags(err)); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowsOf goes through the rows of all files. The only error that it yields is that of the context.
func rowsOf[T any](r *reading, rows func(*reportfile.Reader) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := r.each(func(_ mirror.Entry, f *reportfile.Reader) error {
			for row, err := range rows(f) {
				if err != nil {
					return err
				}
				if !yield(row, nil) {
					return errStop
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(*new(T), err)
		}
	}
}

// interruptible is a file that can be a pipe: the end of the context ends a Read that nobody writes for.
type interruptible struct {
	file io.ReadCloser
	ctx  context.Context
	stop func() bool
}

func interruptibly(ctx context.Context, file io.ReadCloser) *interruptible {
	return &interruptible{file, ctx, context.AfterFunc(ctx, func() { file.Close() })}
}

// openEntry opens a file that was named, which may be a pipe, or one that a directory or a bucket holds.
func openEntry(ctx context.Context, entry mirror.Entry) (*interruptible, error) {
	if entry.Named {
		return open(ctx, entry.Path)
	}
	file, err := entry.Open(ctx)
	if err != nil {
		return nil, err
	}
	return interruptibly(ctx, file), nil
}

// open opens a file. That takes as long as it likes if it is a pipe that nobody writes to.
func open(ctx context.Context, path string) (*interruptible, error) {
	type result struct {
		file *os.File
		err  error
	}
	opened := make(chan result, 1)
	go func() {
		if path == standardInput {
			opened <- result{os.Stdin, nil}
			return
		}
		file, err := os.Open(path)
		opened <- result{file, err}
	}()
	select {
	case r := <-opened:
		if r.err != nil {
			return nil, r.err
		}
		return interruptibly(ctx, r.file), nil
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
