package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"github.com/amazonpay-go/payreports/internal/atomicfile"
)

// directory is a Store on disk.
type directory string

// Directory is a [Store] on disk, in a directory that Sync makes if need be.
func Directory(dir string) Store { return directory(dir) }

func (d directory) path(name string) string {
	return filepath.Join(string(d), filepath.FromSlash(name))
}

// stat returns a file's size. What isn't a regular file is an error: opening a pipe waits for someone who writes to it.
func (d directory) stat(name string) (size int64, err error) {
	info, err := os.Stat(d.path(name))
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is not a regular file: move it away", name)
	}
	return info.Size(), nil
}

func (d directory) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, 0, err
	}
	size, err := d.stat(name)
	if err != nil {
		return nil, 0, err
	}
	file, err := os.Open(d.path(name))
	if err != nil {
		return nil, 0, err
	}
	return file, size, nil
}

// Begin makes the directory and locks it, and removes what a killed run has left behind.
func (d directory) Begin(context.Context) (end func(), err error) {
	if err := atomicfile.MkdirAll(string(d)); err != nil {
		return nil, fmt.Errorf("mirror: the directory can't be made: %w", err)
	}
	unlock, err := d.lock()
	if err != nil {
		return nil, err
	}
	if err := d.clean(); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// lock keeps two runs apart. flock would wait for a pipe's other end, so that is looked for first.
func (d directory) lock() (unlock func(), err error) {
	if _, err := d.stat(lockName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("mirror: the directory can't be locked: %w", err)
	}
	lock := flock.New(d.path(lockName), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("mirror: the directory can't be locked: %w", err)
	}
	if !locked {
		return nil, ErrLocked
	}
	return func() { lock.Close() }, nil
}

// clean removes what a killed run has left behind. It looks only where Sync writes: a directory may hold other things,
// some of which can't be read.
func (d directory) clean() error {
	reports := os.DirFS(string(d))
	for pattern, extensions := range map[string][]string{
		"type=*/date=*/.*":  {reportExtension, metadataExtension},
		refusedName + "/.*": {refusedExtension, metadataExtension},
	} {
		names, err := fs.Glob(reports, pattern)
		if err != nil {
			return fmt.Errorf("mirror: the directory can't be read: %w", err)
		}
		for _, name := range names {
			if !slices.Contains(extensions, path.Ext(atomicfile.FinalName(path.Base(name)))) {
				continue
			}
			if err := os.Remove(d.path(name)); err != nil {
				return fmt.Errorf("mirror: what a killed run has left behind can't be removed: %w", err)
			}
		}
	}
	return nil
}

func (d directory) List(ctx context.Context, prefix string) iter.Seq2[StoredFile, error] {
	folder, _ := path.Split(prefix)
	return func(yield func(StoredFile, error) bool) {
		err := fs.WalkDir(os.DirFS(string(d)), path.Clean(folder), func(name string, entry fs.DirEntry, err error) error {
			if err = errors.Join(err, context.Cause(ctx)); err != nil {
				return err
			}
			if !entry.Type().IsRegular() || !strings.HasPrefix(name, prefix) {
				return nil
			}
			info, err := entry.Info()
			if err == nil && !yield(StoredFile{name, info.Size(), info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			yield(StoredFile{}, err)
		}
	}
}

func (d directory) Create(_ context.Context, name string) (Draft, error) {
	final := d.path(name)
	if err := atomicfile.MkdirAll(filepath.Dir(final)); err != nil {
		return nil, err
	}
	file, err := atomicfile.Create(final)
	if err != nil {
		return nil, err
	}
	return directoryDraft{file}, nil
}

type directoryDraft struct{ *atomicfile.File }

// Commit doesn't look for a file that has the name: the lock keeps other runs away.
func (d directoryDraft) Commit(context.Context) error { return d.File.Commit() }

// Replace renames, which a file system does at once or not at all.
func (d directoryDraft) Replace(context.Context) error { return d.File.Commit() }

func (d directory) Put(_ context.Context, name string, content []byte) error {
	final := d.path(name)
	if err := atomicfile.MkdirAll(filepath.Dir(final)); err != nil {
		return err
	}
	_, err := atomicfile.Write(final, bytes.NewReader(content))
	return err
}

func (d directory) Move(_ context.Context, from, to string) error {
	switch _, err := os.Lstat(d.path(to)); {
	case err == nil:
		return fs.ErrExist
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return os.Rename(d.path(from), d.path(to))
}

func (d directory) Remove(_ context.Context, name string) error {
	if err := os.Remove(d.path(name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
