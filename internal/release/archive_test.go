package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The bytes depend on nothing but names, contents and modes.
func TestArchivesAreReproducible(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 27, 2, 48, 1, 0, time.UTC)
	for name, write := range map[string]func(string, string, []entry, time.Time) error{"a.tar.gz": writeTarGz, "a.zip": writeZip} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var archives [2][]byte
			for i := range archives {
				dir := t.TempDir()
				source, archive := filepath.Join(dir, "source"), filepath.Join(dir, name)
				if err := os.WriteFile(source, []byte("program"), 0o600+os.FileMode(i)*0o111); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(source, time.Time{}, at.AddDate(0, 0, i)); err != nil {
					t.Fatal(err)
				}
				entries := []entry{{name: "b", source: source, mode: 0o755}, {name: "a/c", content: []byte("text"), mode: 0o644}, {name: "a.d", content: nil, mode: 0o644}}
				if i > 0 {
					slices.Reverse(entries)
				}
				if err := write(archive, "folder", entries, at); err != nil {
					t.Fatal(err)
				}
				var err error
				if archives[i], err = os.ReadFile(archive); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(archives[0], archives[1]) {
				t.Error("the archives differ")
			}
		})
	}
}

func TestZip(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.zip")
	at := time.Date(2026, 11, 27, 2, 48, 2, 0, time.UTC)
	if err := writeZip(name, "folder", []entry{{name: "payreports.exe", content: []byte("program"), mode: 0o755}}, at); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if len(archive.File) != 1 {
		t.Fatalf("%d files", len(archive.File))
	}
	if f := archive.File[0]; f.Name != "folder/payreports.exe" || f.Mode() != 0o755 || !f.Modified.Equal(at) || f.UncompressedSize64 != 7 {
		t.Errorf("%+v", f)
	}
}

// A file that can't be finished isn't left behind.
func TestNoHalfArchive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	entries := []entry{{name: "a", content: []byte("text"), mode: 0o644}, {name: "b", source: filepath.Join(dir, "missing"), mode: 0o644}}
	if err := writeTarGz(filepath.Join(dir, "a.tar.gz"), "", entries, time.Unix(0, 0)); err == nil {
		t.Error("no error")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
