// Package atomicfile writes files that are there whole, and on the disk, or not there.
package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
)

const partialSuffix = ".partial"

var partialName = regexp.MustCompile(`^\.(.+)\.\d+` + regexp.QuoteMeta(partialSuffix) + `$`)

// FinalName returns the name that a file gets when it is committed, by the name that it has until then and that a
// killed program leaves over. It is "" for the name of any other file.
func FinalName(name string) string {
	if match := partialName.FindStringSubmatch(name); match != nil {
		return match[1]
	}
	return ""
}

// File is a file that is being written under a hidden name beside its final one. It is readable by its owner only.
type File struct {
	*os.File
	final string
}

// Create begins a file. Either [File.Commit] gives it its name, or [File.Discard] removes it. What killed programs have
// left behind of the same file is removed; one that is still being written, by another program, isn't.
func Create(final string) (*File, error) {
	if err := removeLeftBehind(final); err != nil {
		return nil, err
	}
	for {
		partial, err := os.CreateTemp(filepath.Dir(final), "."+filepath.Base(final)+".*"+partialSuffix) // mode 0600
		if err != nil {
			return nil, err
		}
		if hold(partial) && isStill(partial) {
			return &File{partial, final}, nil
		}
		partial.Close() // another program took it for left behind, before it was marked
	}
}

// isStill reports whether a file still has its name.
func isStill(f *os.File) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(f.Name())
	return err == nil && os.SameFile(open, named)
}

func removeLeftBehind(final string) error {
	dir, base := filepath.Split(final)
	if dir == "" {
		dir = "."
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrPermission) { // a directory that can be written and not read
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if FinalName(entry.Name()) == base && entry.Type().IsRegular() {
			removeAbandoned(filepath.Join(dir, entry.Name()))
		}
	}
	return nil
}

// Commit brings the file to the disk and gives it its final name, in place of what has it. After an error that name is as it was.
func (f *File) Commit() error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := renameAndClose(f.File, f.final); err != nil {
		return err
	}
	return syncDir(filepath.Dir(f.final))
}

// Discard removes the file. After a successful Commit there is nothing left to remove.
func (f *File) Discard() {
	f.Close()
	os.Remove(f.Name())
}

// MkdirAll makes a directory and those above it that are missing, readable by their owner only, and brings their names to the disk.
func MkdirAll(dir string) error {
	switch info, err := os.Stat(dir); {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) { // another may have made it just now
		return err
	}
	return syncDir(parent)
}

// Write writes a whole file and returns its length. After an error the name is as it was.
func Write(final string, content io.Reader) (int64, error) {
	f, err := Create(final)
	if err != nil {
		return 0, err
	}
	defer f.Discard()
	n, err := io.Copy(f, content)
	if err != nil {
		return 0, err
	}
	return n, f.Commit()
}
