package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

Of a directory, all files below it are read whose names end with .csv or .csv.gz, each content once. Where settlement
reports are needed, other reports that it holds are left out.`
	unreadableRule = ` A file that can't be read is named in a warning, the
others are read all the same, and the exit code is 1 at the end.`
)

// foundFile is a report file of a command line.
type foundFile struct {
	path   string
	named  bool     // by the command line itself, not by a directory
	copies []string // files below directories with the same content
}

// unreadable is a file, or a directory, that can't be read.
type unreadable struct {
	path string
	err  error
}

// foundFiles are the files of a command line, each once.
type foundFiles struct {
	files       []foundFile
	directories bool         // at least one was named
	unreadable  []unreadable // what could not even be looked at
}

// findFiles finds the files of a command line: files as they are, and report files below directories. Links are followed.
func findFiles(cmd *cobra.Command, args []string) (foundFiles, error) {
	if len(args) == 0 {
		return foundFiles{}, usageError{errors.New("no file is given: name report files, or directories that hold them")}
	}
	f := &finder{
		seen: make(map[string]bool), bySize: make(map[int64][]int),
		leaveOut: func(why error) { warn(cmd, fmt.Errorf("left out: %w", why)) },
	}
	var directories bool
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return foundFiles{}, err
		}
		if !info.IsDir() {
			f.named(arg, info)
			continue
		}
		directories = true
		before := f.found
		f.first(arg)
		if err := f.walk(arg); err != nil {
			return foundFiles{}, err
		}
		if f.found == before {
			return foundFiles{}, fmt.Errorf("%s holds no .csv file", arg)
		}
	}
	return foundFiles{f.files, directories, f.unreadable}, nil
}

func warn(cmd *cobra.Command, problem error) {
	fmt.Fprintf(cmd.ErrOrStderr(), "payreports: warning: %s\n", strings.ReplaceAll(problem.Error(), "\n", " "))
}

// finder collects files.
type finder struct {
	files      []foundFile
	found      int             // by directories, with those that were found before
	seen       map[string]bool // files and directories, by the names that no link leads from
	bySize     map[int64][]int // the regular ones, as indices of files
	leaveOut   func(why error) // tells what is left out on purpose
	unreadable []unreadable
}

// first reports whether it is the first time that a file or a directory is found.
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
	if f.first(path) {
		f.add(foundFile{path: path, named: true}, info)
	}
}

func (f *finder) add(file foundFile, info fs.FileInfo) {
	if info.Mode().IsRegular() {
		f.bySize[info.Size()] = append(f.bySize[info.Size()], len(f.files))
	}
	f.files = append(f.files, file)
}

// discovered adds a file that a directory holds, unless it is a copy: a service that is asked for the same report twice
// makes two. Empty files are no copies of each other.
func (f *finder) discovered(path string, info fs.FileInfo) {
	f.found++
	if !f.first(path) {
		return
	}
	alike := f.bySize[info.Size()]
	i := slices.IndexFunc(alike, func(other int) bool { return info.Size() > 0 && sameContent(path, f.files[other].path) })
	if i < 0 {
		f.add(foundFile{path: path}, info)
		return
	}
	original := &f.files[alike[i]]
	original.copies = append(original.copies, path)
	f.leaveOut(fmt.Errorf("%s is the same as %s", path, original.path))
}

// walk adds the report files below a directory. Hidden files are others' work.
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
		case err != nil && !isReportName(entry.Name()):
			f.leaveOut(err)
		case err != nil:
			f.unreadable = append(f.unreadable, unreadable{path, err})
		case info.IsDir():
			if !f.first(path) {
				f.found++
			} else if err := f.walk(path); err != nil && entry.Name() == "lost+found" { // a file system's own
				f.leaveOut(err)
			} else if err != nil {
				f.unreadable = append(f.unreadable, unreadable{path, err})
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

// sameContent reports whether two files hold the same. A file that can't be read is told by whoever needs it.
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

// reportOf returns what a copy of all reports knows of a file: the metadata that sync has put beside it. Without any, the
// file's name may be the report's id.
func reportOf(path string) payreports.Report {
	base := path
	for _, extension := range []string{".gz", ".csv"} {
		if strings.HasSuffix(strings.ToLower(base), extension) {
			base = base[:len(base)-len(extension)]
		}
	}
	var metadata mirror.Metadata
	if text, err := os.ReadFile(base + ".json"); err == nil && json.Unmarshal(text, &metadata) == nil && metadata.Report.ReportID != "" {
		return metadata.Report
	}
	return payreports.Report{ReportID: payreports.ReportID(filepath.Base(base))}
}
