package mirror

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// errNoReports is a directory without a report file.
var errNoReports = errors.New("it holds no .csv file")

// walk collects report files.
type walk struct {
	ctx      context.Context
	dir      directory
	seen     map[string]bool // files and folders, by the names that no link leads from
	links    []string        // to be followed
	entries  []Entry
	known    int // report files that were met, those that were seen before too
	problems []*FileError
	leftOut  func(path string, reason error)
}

// path adds a file that was named, whatever it is, or what is below a directory.
func (w *walk) path(path string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		w.problem(path, err)
	case !info.IsDir():
		if w.first(path) {
			w.file(path, info.Size(), true)
		}
	default:
		known, problems := w.known, len(w.problems)
		w.below(path)
		if w.known == known && len(w.problems) == problems {
			w.problem(path, errNoReports)
		}
	}
}

// below adds the report files below a folder, by path. Links are followed last, so that a file goes by its own name if it has
// one here.
func (w *walk) below(folder string) {
	begin := len(w.entries)
	w.first(folder)
	w.folder(folder)
	for len(w.links) > 0 {
		link := w.links[0]
		w.links = w.links[1:]
		w.visit(link)
	}
	slices.SortFunc(w.entries[begin:], func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
}

func (w *walk) problem(name string, err error) {
	w.problems = append(w.problems, &FileError{cmp.Or(name, "."), withoutPath(err)})
}

// withoutPath returns what is wrong with a file without its path, which whoever tells it names anyway.
func withoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// first reports whether it is the first time that a file or a folder is met.
func (w *walk) first(name string) bool {
	path := w.dir.path(name)
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil { // such as /dev/fd/63, which leads to no name
		real = path
	}
	again := w.seen[real]
	w.seen[real] = true
	return !again
}

// folder adds what a folder holds. Hidden files are others' work, and a file system's lost+found is its own.
func (w *walk) folder(folder string) {
	files, err := os.ReadDir(w.dir.path(folder))
	if err != nil && path.Base(folder) == "lost+found" {
		w.leftOut(folder, withoutPath(err))
	} else if err != nil {
		w.problem(folder, err)
	}
	for _, file := range files {
		name := path.Join(folder, file.Name())
		switch {
		case isHidden(file.Name()):
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
	case err != nil && isReport(name):
		w.problem(name, err)
	case err != nil: // a link that leads nowhere
		w.leftOut(name, withoutPath(err))
	case info.IsDir():
		if w.first(name) {
			w.folder(name)
		} else {
			w.known++
		}
	case info.Mode().IsRegular() && isReport(name):
		w.known++
		if w.first(name) {
			w.file(name, info.Size(), false)
		}
	}
}

func isReport(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, reportExtension) || strings.HasSuffix(name, reportExtension+".gz")
}

func (w *walk) file(name string, size int64, named bool) {
	e := Entry{Path: name, Size: size, Named: named, store: w.dir, name: name}
	e.readMetadata(w.ctx)
	w.entries = append(w.entries, e)
}
