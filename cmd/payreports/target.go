package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/atomicfile"
)

// target is where a report is written to.
type target struct {
	write      func(io.Reader) (int64, error)
	done       func(bytes int64)
	onTerminal bool // where a progress line would be among what is written
}

// newTarget returns standard output for - and by its other names, else a file that is there whole or not at all,
// readable by its owner only. Where the name is a symbolic link, the file that it leads to is made or replaced; a
// device or a pipe is written to. What can't be written to is refused here, before the report is asked for.
func newTarget(cmd *cobra.Command, name string) (*target, error) {
	standardOutput := &target{
		write: func(content io.Reader) (int64, error) {
			return bounded(cmd.Context(), func() (int64, error) { return io.Copy(cmd.OutOrStdout(), content) })
		},
		done: func(int64) {},
	}
	columns, _ := terminal(cmd.OutOrStdout())
	standardOutput.onTerminal = columns > 0
	if name == "-" {
		return standardOutput, nil
	}
	t := &target{done: func(bytes int64) { fmt.Fprintf(cmd.ErrOrStderr(), "%d bytes written to %s\n", bytes, name) }}
	info, err := os.Stat(name)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err == nil && isFile(cmd.OutOrStdout(), info):
		return standardOutput, nil
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a directory: give the name of a file", name)
	case err == nil && !info.Mode().IsRegular():
		t.write = func(content io.Reader) (int64, error) {
			return bounded(cmd.Context(), func() (int64, error) { // a pipe waits for a reader
				file, err := os.OpenFile(name, os.O_WRONLY, 0)
				if err != nil {
					return 0, err
				}
				n, err := io.Copy(file, content)
				return n, errors.Join(err, file.Close())
			})
		}
		return t, nil
	}
	path := followLinks(name)
	if parent, err := os.Stat(filepath.Dir(path)); err != nil || !parent.IsDir() {
		return nil, fmt.Errorf("the directory of %s doesn't exist", path)
	}
	probe, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	probe.Discard()
	t.write = func(content io.Reader) (int64, error) { return atomicfile.Write(path, content) }
	return t, nil
}

// isFile reports whether a writer is this very file, such as where standard output goes.
func isFile(out io.Writer, info fs.FileInfo) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	own, err := file.Stat()
	return err == nil && os.SameFile(own, info)
}

// followLinks returns the name that symbolic links lead to, where there need not be a file.
func followLinks(name string) string {
	for range 40 { // as many as an operating system follows
		to, err := os.Readlink(name)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(name), to)
		}
		name = to
	}
	return name
}

// save writes what was opened, unless that failed.
func (t *target) save(progress *progress, id payreports.ReportID, content io.ReadCloser, err error) error {
	if err != nil {
		return err
	}
	defer content.Close()
	var from io.Reader = content
	if !t.onTerminal {
		from = progress.reading(id, content)
	}
	n, err := t.write(from)
	if err != nil {
		return err
	}
	t.done(n)
	return nil
}
