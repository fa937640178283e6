package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"time"
)

// Store keeps the files of a mirror. [Directory] is one on disk; package mirror/bucket has one for object stores.
//
// Names are relative to the store's root and have slashes on every system. All methods are safe for concurrent use. A file
// appears whole or not at all, so that a reader never sees a part of one. After the context has ended, they return its error.
type Store interface {
	// Begin prepares the store for a run of Sync, which calls end when it is done. [ErrLocked] means that the store allows
	// one run at a time, and there is one.
	Begin(ctx context.Context) (end func(), err error)
	// List yields the files whose names begin with prefix, in any order. After an error there are no more.
	List(ctx context.Context, prefix string) iter.Seq2[StoredFile, error]
	// Open opens a file and returns its size in bytes. The error is [fs.ErrNotExist] if there is no such file.
	Open(ctx context.Context, name string) (content io.ReadCloser, size int64, err error)
	// Create begins a new file.
	Create(ctx context.Context, name string) (Draft, error)
	// Put writes a small file, and replaces one that has its name.
	Put(ctx context.Context, name string, content []byte) error
	// Move renames a file. The error is [fs.ErrExist] if there is a file with the new name, and [fs.ErrNotExist] if there
	// is none with the old one.
	Move(ctx context.Context, from, to string) error
	// Remove removes a file. If there is none, it returns nil.
	Remove(ctx context.Context, name string) error
}

// StoredFile is a file that a [Store] lists.
type StoredFile struct {
	// Name is the file's name in the store.
	Name string
	// Size is its length in bytes.
	Size int64
	// Modified is when it was written.
	Modified time.Time
}

// Draft is a file that is being written. It can be read again before it gets its name, and nobody else sees it until then.
type Draft interface {
	io.ReadWriteSeeker
	// Sync makes sure that Commit won't fail for lack of space on this machine.
	Sync() error
	// Commit gives the file its name. The error is [fs.ErrExist] if there is a file with that name by now.
	Commit(ctx context.Context) error
	// Replace gives the file its name and replaces one that has it, without a moment in which there is no file.
	Replace(ctx context.Context) error
	// Discard removes the draft. It does nothing after a successful Commit or Replace.
	Discard()
}

// maxMetadata bounds what is read of a file that should be metadata.
const maxMetadata = 1 << 20

// errNoMetadata is a file that is something else than metadata.
var errNoMetadata = errors.New("its metadata can't be read")

// readMetadata reads the metadata of a report. The error is errNoMetadata if the file holds something else.
func readMetadata(ctx context.Context, store Store, name string) (Metadata, error) {
	var metadata Metadata
	file, _, err := store.Open(ctx, name)
	if err != nil {
		return metadata, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxMetadata))
	if err != nil {
		return metadata, err
	}
	if err := json.Unmarshal(text, &metadata); err != nil || metadata.SHA256 == "" || metadata.Report.ReportID == "" {
		return Metadata{}, errNoMetadata
	}
	return metadata, nil
}

func putJSON(ctx context.Context, store Store, name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return store.Put(ctx, name, append(text, '\n'))
}

// hash returns the SHA-256 of a file, hexadecimal.
func hash(ctx context.Context, store Store, name string) (string, error) {
	file, _, err := store.Open(ctx, name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, contextReader{ctx, file})
	return hex.EncodeToString(sum.Sum(nil)), err
}

type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// setAside gives a report the name of what was replaced, which it returns, and keeps a copy of its metadata with it. A
// report that is missing while its metadata is present is downloaded by the next run, if this one is killed. The name is ""
// if another run has moved the report already.
func setAside(ctx context.Context, store Store, name string) (string, error) {
	stamp := time.Now().UTC().Format("20060102T150405Z")
	when := stamp
	for i := 2; ; i++ { // as often as there are such files
		aside := name + replacedSuffix + when
		err := copyMetadata(ctx, store, name, aside, when)
		if err == nil {
			err = store.Move(ctx, name, aside)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", nil
		case !errors.Is(err, fs.ErrExist):
			return aside, err
		}
		when = fmt.Sprintf("%s-%d", stamp, i)
	}
}

// copyMetadata keeps a copy of a report's metadata, if there is any, with the report that will be called aside.
func copyMetadata(ctx context.Context, store Store, report, aside, when string) error {
	if taken, _, err := store.Open(ctx, aside); err == nil {
		taken.Close()
		return fs.ErrExist
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	metadata, _, err := store.Open(ctx, metadataPath(report))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer metadata.Close()
	draft, err := store.Create(ctx, metadataPath(report)+replacedSuffix+when)
	if err != nil {
		return err
	}
	defer draft.Discard()
	if _, err := io.Copy(draft, metadata); err != nil {
		return err
	}
	return draft.Commit(ctx)
}

// isHidden reports whether a file, or a folder that it is in, is others' work.
func isHidden(name string) bool { return strings.HasPrefix(name, ".") || strings.Contains(name, "/.") }
