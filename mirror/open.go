package mirror

import (
	"bytes"
	"cmp"
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

// Mirror reads a directory of reports: what [Sync] has written, or any other report files whose names end with .csv or
// .csv.gz. It is safe for concurrent use. Don't read while a Sync is writing: what it replaces may be missing for a moment.
type Mirror struct {
	dir directory
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
	return &Mirror{directory(dir)}, nil
}

// Filter chooses reports. The zero Filter takes all.
type Filter struct {
	// Types are the report types. None means all. A file without metadata outside of Sync's layout has the type that is
	// in it, if it is a settlement or a refund report, and else none.
	Types []payreports.ReportType
	// Since and Until bound the end of the reports' period, both included. Zero means no bound. A file without metadata
	// outside of Sync's layout is always taken, because nothing says its period.
	Since, Until time.Time
	// Reading says how to read the files where they are not as Amazon makes them. Its Name is ignored: rows and errors have the
	// file's own path.
	Reading reportfile.Options
	// LeftOut, if not nil, is called for each file that passes the other bounds and is left out all the same: a copy of
	// another file, or one whose type can't be told.
	LeftOut func(path string, reason error)
}

// Entry is a report file of a [Mirror].
type Entry struct {
	// Path is where it is, under the mirror's directory.
	Path string
	// Size is the file's length in bytes.
	Size int64
	// Metadata is what stands next to it, nil if nothing does.
	Metadata *Metadata

	dir         directory
	metadataErr error // why there is no Metadata, if it isn't missing
}

// Open opens the file for reading, as it is; package reportfile reads what is in it.
func (e Entry) Open() (io.ReadCloser, error) {
	file, err := e.dir.open(e.Path)
	if err != nil {
		return nil, err // not a *os.File that is nil
	}
	return file, nil
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
func (e Entry) end() time.Time {
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
	// Path is where it is, under the mirror's directory.
	Path string
	// Err is why.
	Err error
}

// Error returns path and reason.
func (e *FileError) Error() string {
	path, reason := e.Path+": ", e.Err.Error()
	return path + strings.TrimPrefix(strings.TrimPrefix(reason, path), "reportfile: ")
}

// Unwrap returns the reason.
func (e *FileError) Unwrap() error { return e.Err }

// Reports yields the report files of the directory and of all below it, by path, each once: links are followed, a file that is
// the same as another, byte for byte, is left out, and so are hidden files and all that isn't a regular file. Of two equal files
// the one with metadata is taken.
//
// The errors are [*FileError], after which a loop may go on; what they name is not among the reports.
func (m *Mirror) Reports(filter Filter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		entries, problems := m.entries()
		leftOut := func(path string, reason error) {
			if filter.LeftOut != nil {
				filter.LeftOut(path, reason)
			}
		}
		for _, problem := range problems {
			if !yield(Entry{}, problem) {
				return
			}
		}
		for _, e := range withoutCopies(entries, leftOut) {
			taken, err := filter.takes(e, leftOut)
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

func (f *Filter) takes(e Entry, leftOut func(string, error)) (bool, error) {
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
	kind, err := e.kind(f.Reading)
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

func (e Entry) kind(options reportfile.Options) (reportfile.Kind, error) {
	file, err := e.Open()
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

// entries returns all report files, copies too, by path.
func (m *Mirror) entries() ([]Entry, []*FileError) {
	w := walk{dir: m.dir, seen: make(map[string]bool)}
	w.first("")
	w.folder("")
	for len(w.links) > 0 { // last, so that a file goes by its own name if it has one here
		link := w.links[0]
		w.links = w.links[1:]
		w.visit(link)
	}
	slices.SortFunc(w.entries, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	return w.entries, w.problems
}

// walk collects the report files below a directory.
type walk struct {
	dir      directory
	seen     map[string]bool // files and folders, by the names that no link leads from
	links    []string        // to be followed
	entries  []Entry
	problems []*FileError
}

func (w *walk) problem(name string, err error) {
	var path *fs.PathError
	if errors.As(err, &path) { // which has the whole path again
		err = path.Err
	}
	w.problems = append(w.problems, &FileError{cmp.Or(name, "."), err})
}

// first reports whether it is the first time that a file or a folder is come by.
func (w *walk) first(name string) bool {
	path := w.dir.path(name)
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		real = path
	}
	again := w.seen[real]
	w.seen[real] = true
	return !again
}

func (w *walk) folder(folder string) {
	files, err := os.ReadDir(w.dir.path(folder))
	if err != nil {
		w.problem(folder, err)
	}
	for _, file := range files {
		name := filepath.Join(folder, file.Name())
		switch {
		case strings.HasPrefix(file.Name(), "."): // others' work
		case file.Type()&fs.ModeSymlink != 0:
			w.links = append(w.links, name)
		case file.IsDir() || isReport(name):
			w.visit(name)
		}
	}
}

func (w *walk) visit(name string) {
	info, err := os.Stat(w.dir.path(name))
	switch {
	case err != nil:
		w.problem(name, err)
	case info.IsDir():
		if w.first(name) {
			w.folder(name)
		}
	case info.Mode().IsRegular() && isReport(name) && w.first(name):
		w.file(name, info.Size())
	}
}

func isReport(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, reportExtension) || strings.HasSuffix(name, reportExtension+".gz")
}

func (w *walk) file(name string, size int64) {
	e := Entry{Path: name, Size: size, dir: w.dir}
	if strings.HasSuffix(name, reportExtension) {
		metadata, err := w.dir.metadata(metadataPath(name))
		if err == nil {
			e.Metadata = &metadata
		} else if !errors.Is(err, fs.ErrNotExist) {
			e.metadataErr = err
		}
	}
	w.entries = append(w.entries, e)
}

// withoutCopies leaves out the files that are the same as another: a service that is asked for the same report twice makes two.
func withoutCopies(entries []Entry, leftOut func(string, error)) []Entry {
	bySize := make(map[int64][]Entry)
	var kept []Entry
	for _, withMetadata := range []bool{true, false} {
		for _, e := range entries {
			if (e.Metadata != nil) != withMetadata {
				continue
			}
			alike := bySize[e.Size]
			if i := slices.IndexFunc(alike, func(other Entry) bool { return sameContent(e, other) }); i >= 0 {
				leftOut(e.Path, fmt.Errorf("it is the same as %s", alike[i].Path))
				continue
			}
			bySize[e.Size] = append(alike, e)
			kept = append(kept, e)
		}
	}
	slices.SortFunc(kept, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	return kept
}

// sameContent reports whether two files of the same size hold the same. What can't be read is told by whoever needs it.
func sameContent(a, b Entry) bool {
	fileA, err := a.Open()
	if err != nil {
		return false
	}
	defer fileA.Close()
	fileB, err := b.Open()
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
