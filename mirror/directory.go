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
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/amazonpay-go/payreports/internal/atomicfile"
)

// maxMetadata bounds what is read of a file that should be metadata.
const maxMetadata = 1 << 20

// directory is where a mirror is. All names are relative to it.
type directory string

func (d directory) path(name string) string { return filepath.Join(string(d), name) }

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

func (d directory) open(name string) (*os.File, error) {
	if _, err := d.stat(name); err != nil {
		return nil, err
	}
	return os.Open(d.path(name))
}

// hash returns the hash of a file, hexadecimal, and its size. The context ends it.
func (d directory) hash(ctx context.Context, name string) (hash string, size int64, err error) {
	file, err := d.open(name)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	sum := sha256.New()
	size, err = io.Copy(sum, contextReader{ctx, file})
	return hex.EncodeToString(sum.Sum(nil)), size, err
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

// errNoMetadata is a file that is something else than metadata.
var errNoMetadata = errors.New("its metadata can't be read")

func (d directory) metadata(name string) (Metadata, error) {
	var metadata Metadata
	file, err := d.open(name)
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
			if err := os.Remove(d.path(filepath.FromSlash(name))); err != nil {
				return fmt.Errorf("mirror: what a killed run has left behind can't be removed: %w", err)
			}
		}
	}
	return nil
}

// setAside gives a report the name of what was replaced, which it returns, and keeps a copy of its metadata with it. A
// report that is missing while its metadata is there is downloaded by the next run, if this one is killed.
func (d directory) setAside(name string) (string, error) {
	stamp := time.Now().UTC().Format("20060102T150405Z")
	aside := name + replacedSuffix + stamp
	for i := 2; ; i++ { // as often as there are such files
		_, err := os.Lstat(d.path(aside))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return "", err
		}
		aside = fmt.Sprintf("%s%s%s-%d", name, replacedSuffix, stamp, i)
	}
	metadata, err := d.open(metadataPath(name))
	switch {
	case err == nil:
		defer metadata.Close()
		_, when, _ := strings.Cut(aside, replacedSuffix)
		if _, err := atomicfile.Write(d.path(metadataPath(name)+replacedSuffix+when), metadata); err != nil {
			return "", err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	return aside, os.Rename(d.path(name), d.path(aside))
}
