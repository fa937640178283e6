package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
)

// What the help says of directories, and of files that can't be read.
const (
	directoryRule = `

Directories are searched recursively for files that end with .csv or .csv.gz; duplicates are skipped. Where settlement
reports are needed, other reports in a directory are skipped too. The URL of a bucket, as for sync --to, is read like a
directory.`
	unreadableRule = `

A file that can't be read is named in a warning. The other files are still read, and the exit code is 1.`
)

// standardInput is what a command line calls it.
const standardInput = "-"

// unreadable is a file, or a directory, that can't be read.
type unreadable struct {
	path string
	id   payreports.ReportID
	err  error
}

// findFiles finds the files of a command line, each once.
func (r *reading) findFiles(args []string) error {
	if len(args) == 0 {
		return usageError{errors.New("no file is given: name report files, or directories or buckets that hold them")}
	}
	var paths, buckets []string
	for _, arg := range args {
		if arg == standardInput {
			if slices.ContainsFunc(r.files, func(file mirror.Entry) bool { return file.Path == standardInput }) {
				return usageError{errors.New("- is given twice: standard input can be read once")}
			}
			r.files = append(r.files, mirror.Entry{Path: standardInput, Named: true})
			continue
		}
		if isBucket(arg) {
			buckets = append(buckets, arg)
			r.directories = r.directories || !reportName.MatchString(withoutQuery(arg))
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			return err
		}
		r.directories = r.directories || info.IsDir()
		paths = append(paths, arg)
	}
	ctx, named := r.cmd.Context(), slices.Clone(paths)
	files := mirror.OpenFiles(paths...)
	for _, arg := range buckets {
		name, err := addBucket(ctx, files, arg)
		if err != nil {
			return err
		}
		named = append(named, name)
	}
	leftOut := func(path string, reason error) { warn(r.cmd, fmt.Errorf("left out: %s: %w", path, reason)) }
	for file, err := range files.Reports(ctx, mirror.Filter{LeftOut: leftOut}) {
		var problem *mirror.FileError
		switch {
		case err == nil:
			r.files = append(r.files, file)
		case errors.As(err, &problem) && slices.Contains(named, problem.Path):
			return err
		case errors.As(err, &problem):
			if err := r.skip(problem.Path, idOfName(problem.Path), problem.Err); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return nil
}

// isOther reports whether a file is known to be no settlement report.
func isOther(file mirror.Entry) bool {
	switch file.Type() {
	case "", payreports.ReportTypeSettlement, payreports.ReportTypeSandboxSettlement:
		return false
	default:
		return true
	}
}

// idOf returns a report's id by its metadata, or else by its file's name.
func idOf(file mirror.Entry) payreports.ReportID {
	if file.Metadata != nil {
		return file.Metadata.Report.ReportID
	}
	return idOfName(file.Path)
}

func idOfName(path string) payreports.ReportID {
	base := filepath.Base(path)
	for _, extension := range []string{".gz", ".csv"} {
		if strings.HasSuffix(strings.ToLower(base), extension) {
			base = base[:len(base)-len(extension)]
		}
	}
	return payreports.ReportID(base)
}

func warn(cmd *cobra.Command, problem error) {
	warnf(cmd, "%s", strings.ReplaceAll(problem.Error(), "\n", " "))
}
