package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// entry is a file of an archive. Its bytes are in a file, or in content.
type entry struct {
	name    string // slash-separated
	source  string
	content []byte
	mode    fs.FileMode
}

func (e entry) open() (io.ReadCloser, int64, error) {
	if e.source == "" {
		return io.NopCloser(bytes.NewReader(e.content)), int64(len(e.content)), nil
	}
	file, err := os.Open(e.source)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// copyTo writes the bytes of an entry, for which begin makes the place.
func (e entry) copyTo(begin func(size int64) (io.Writer, error)) error {
	from, size, err := e.open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := begin(size)
	if err == nil {
		_, err = io.Copy(to, from)
	}
	return err
}

// sorted are the entries by name, below a folder.
func sorted(folder string, entries []entry) []entry {
	below := slices.Clone(entries)
	for i := range below {
		below[i].name = path.Join(folder, below[i].name)
	}
	slices.SortFunc(below, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return below
}

// writeTarGz writes entries below a folder, with one time and without an owner.
func writeTarGz(name, folder string, entries []entry, at time.Time) error {
	return create(name, func(w io.Writer) error {
		compressed := gzip.NewWriter(w)
		archive := tar.NewWriter(compressed)
		for _, e := range sorted(folder, entries) {
			err := e.copyTo(func(size int64) (io.Writer, error) {
				return archive, archive.WriteHeader(&tar.Header{
					Typeflag: tar.TypeReg, Name: e.name, Size: size, Mode: int64(e.mode), ModTime: at, Format: tar.FormatUSTAR,
				})
			})
			if err != nil {
				return err
			}
		}
		return errors.Join(archive.Close(), compressed.Close())
	})
}

// writeZip is writeTarGz for Windows.
func writeZip(name, folder string, entries []entry, at time.Time) error {
	return create(name, func(w io.Writer) error {
		archive := zip.NewWriter(w)
		for _, e := range sorted(folder, entries) {
			err := e.copyTo(func(int64) (io.Writer, error) {
				header := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: at}
				header.SetMode(e.mode)
				return archive.CreateHeader(header)
			})
			if err != nil {
				return err
			}
		}
		return archive.Close()
	})
}

// create writes a file whole, or removes it.
func create(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
