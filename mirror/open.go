package mirror

import (
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
	"syscall"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/reportfile"
)

// Mirror reads the reports of a directory or another [Store]: what [Sync] has written, or any other report files whose names end
// with .csv or .csv.gz. It is safe for concurrent use. While a Sync is writing, a report that it replaces may be missing.
type Mirror struct {
	store Store
	paths []string // instead of all that is in store
	more  []addedStore
}

// addedStore is what AddStore has added.
type addedStore struct {
	name  string
	store Store
	only  []string
}

// Open opens a directory for reading. It is an error if there is none.
func Open(dir string) (*Mirror, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("mirror: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("mirror: %w", &fs.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR})
	}
	return OpenStore(Directory(dir)), nil
}

// OpenStore reads what is in a store.
func OpenStore(store Store) *Mirror { return &Mirror{store: store} }

// OpenFiles reads the files and directories of a command line, say. A file that is named is read whatever its name is, and may be
// a pipe; a directory is read as [Open] does, and one without reports is a [*FileError]. Paths are those that were given, with the
// rest of the path behind a directory's.
func OpenFiles(paths ...string) *Mirror {
	return &Mirror{store: directory(""), paths: append([]string{}, paths...)}
}

// AddStore makes m also read a store, or only the given files of it. Their paths begin with name. Call it before m is used.
func (m *Mirror) AddStore(name string, store Store, only ...string) {
	m.more = append(m.more, addedStore{strings.TrimSuffix(name, "/"), store, only})
}

// Filter chooses reports. The zero Filter takes all.
type Filter struct {
	// Types are the report types. None means all. A file without metadata outside of Sync's layout has the type that is
	// in it, if it is a settlement or a refund report, and else none.
	Types []payreports.ReportType
	// Since and Until bound the end of the reports' period, both included. Zero means no bound. A file without metadata
	// outside of Sync's layout is always taken, because nothing says its period.
	Since, Until time.Time
	// Reading says how to read files that aren't as Amazon makes them, such as those that a spreadsheet saved. Its Name is
	// ignored: rows and errors have the file's own path.
	Reading reportfile.Options
	// LeftOut, if not nil, is called for each file that passes the other bounds and is left out all the same: a copy of
	// another file, one whose type can't be told, or a link that leads nowhere.
	LeftOut func(path string, reason error)
}

// Entry is a report file of a [Mirror].
type Entry struct {
	// Path is where it is in the mirror.
	Path string
	// Size is the file's length in bytes.
	Size int64
	// Metadata is from the file next to it, nil if there is none.
	Metadata *Metadata
	// Named is whether [OpenFiles] was given this file itself, and not a directory that contains it.
	Named bool
	// Copies are files with the same content, which were left out.
	Copies []Entry

	store       Store
	name        string // in store
	metadataErr error  // why there is no Metadata, if it isn't missing
	unread      error  // why it could not be compared with a file that may be the same
}

// Open opens the file for reading, as it is; package reportfile reads what is in it. The context also ends reading from a
// bucket.
func (e Entry) Open(ctx context.Context) (io.ReadCloser, error) {
	if e.unread != nil {
		return nil, e.unread
	}
	if e.Named { // it may be a pipe
		file, err := os.Open(e.name)
		if err != nil {
			return nil, err // not a *os.File that is nil
		}
		return file, nil
	}
	file, _, err := e.store.Open(ctx, e.name)
	return file, err
}

// MetadataError is why there is no Metadata although there should be: the file next to a report in Sync's layout is damaged, or can't be
// read. It is nil if there is no such file.
func (e Entry) MetadataError() error {
	switch {
	case e.metadataErr == nil:
		return nil
	case !errors.Is(e.metadataErr, errNoMetadata):
		return fmt.Errorf("its metadata can't be read: %w", e.metadataErr)
	case e.Type() == "": // somebody else's file, next to one that Sync hasn't written
		return nil
	default:
		return e.metadataErr
	}
}

// Type is the report's type, by its metadata or by where it is in Sync's layout. It is "" if neither says.
func (e Entry) Type() payreports.ReportType {
	if e.Metadata != nil {
		return e.Metadata.Report.ReportType
	}
	for part := range strings.SplitSeq(filepath.ToSlash(e.Path), "/") {
		if name, found := strings.CutPrefix(part, "type="); found {
			if reportType, err := payreports.ParseReportType(name); err == nil {
				return reportType
			}
		}
	}
	return ""
}

// end is when the report's period ends, in Sync's layout to the day, and zero if nothing says it.
func (e *Entry) end() time.Time {
	if e.Metadata != nil {
		return e.Metadata.Report.EndTime.Time()
	}
	for part := range strings.SplitSeq(filepath.ToSlash(e.Path), "/") {
		if name, found := strings.CutPrefix(part, "date="); found {
			if date, err := time.Parse(time.DateOnly, name); err == nil {
				return date
			}
		}
	}
	return time.Time{}
}

// FileError is a file, or a folder, that can't be read. It is about that one alone: a loop may go on after it.
type FileError struct {
	// Path is where it is in the mirror, "." for all of it.
	Path string
	// Err is why it can't be read.
	Err error
}

// Error returns path and reason.
func (e *FileError) Error() string {
	path, reason := e.Path+": ", e.Err.Error()
	return path + strings.TrimPrefix(strings.TrimPrefix(reason, path), "reportfile: ")
}

// Unwrap returns the reason.
func (e *FileError) Unwrap() error { return e.Err }

// Reports yields the report files of the mirror, by path, each once: links are followed, a file that is the same as another, byte
// for byte, is left out unless it was named, and so are hidden files and all that isn't a regular file. Of two equal files the one
// with metadata is taken. Empty files are not the same as each other. A file that can't be compared is yielded, but can't be opened, and
// so is one that is the same as another although its metadata has another hash.
//
// The errors are [*FileError], after which a loop may go on; what they name is not among the reports. When the context ends, its
// error is the last.
func (m *Mirror) Reports(ctx context.Context, filter Filter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		leftOut := func(path string, reason error) {
			if filter.LeftOut != nil {
				filter.LeftOut(path, reason)
			}
		}
		entries, problems := m.entries(ctx, leftOut)
		if ctx.Err() == nil {
			entries = withoutCopies(ctx, entries, leftOut)
		}
		if ctx.Err() != nil { // which may be why there are problems
			yield(Entry{}, context.Cause(ctx))
			return
		}
		for _, problem := range problems {
			if !yield(Entry{}, problem) {
				return
			}
		}
		for _, e := range entries {
			taken, err := filter.takes(ctx, e, leftOut)
			if ctx.Err() != nil {
				yield(Entry{}, context.Cause(ctx))
				return
			}
			if err != nil {
				if !yield(Entry{}, &FileError{e.Path, err}) {
					return
				}
			} else if taken && !yield(e, nil) {
				return
			}
		}
	}
}

func (f *Filter) takes(ctx context.Context, e Entry, leftOut func(string, error)) (bool, error) {
	if end := e.end(); !end.IsZero() {
		latest := end // a date stands for all of its day
		if e.Metadata == nil {
			latest = end.AddDate(0, 0, 1).Add(-1)
		}
		if latest.Before(f.Since) || !f.Until.IsZero() && end.After(f.Until) {
			return false, nil
		}
	}
	if len(f.Types) == 0 {
		return true, nil
	}
	if reportType := e.Type(); reportType != "" {
		return slices.Contains(f.Types, reportType), nil
	}
	kind, err := e.kind(ctx, f.Reading)
	if err != nil {
		return false, err
	}
	for _, reportType := range f.Types {
		if expectedKind(reportType) == kind {
			return true, nil
		}
	}
	if kind == reportfile.KindTable {
		leftOut(e.Path, errors.New("nothing says which type of report it is"))
	}
	return false, nil
}

func (e *Entry) kind(ctx context.Context, options reportfile.Options) (reportfile.Kind, error) {
	file, err := e.Open(ctx)
	if err != nil {
		return "", err
	}
	defer file.Close()
	reader, err := options.Open(file)
	if err != nil {
		return "", err
	}
	return reader.Kind(), nil
}
