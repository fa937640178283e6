package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// sharedFiles are the files that every platform gets. The command itself makes the completions and the manual pages.
func sharedFiles(root, work string, host binary) ([]entry, error) {
	files, err := committed(root, "README.md", "CHANGELOG.md", "LICENSE", "NOTICE", "SECURITY.md", "docs", "deploy/README.md", "deploy/cron", "deploy/kubernetes", "deploy/systemd")
	if err != nil {
		return nil, err
	}
	for shell, name := range map[string]string{
		"bash": "payreports.bash", "zsh": "_payreports", "fish": "payreports.fish", "powershell": "payreports.ps1",
	} {
		script, err := output(work, host.path, "completion", shell)
		if err != nil {
			return nil, err
		}
		files = append(files, entry{name: "completions/" + name, content: []byte(script + "\n"), mode: 0o644})
	}
	pages := filepath.Join(work, "man1")
	if _, err := output(work, host.path, "man", "--to", pages); err != nil {
		return nil, err
	}
	listed, err := os.ReadDir(pages)
	for _, page := range listed {
		files = append(files, entry{name: "man/man1/" + page.Name(), source: filepath.Join(pages, page.Name()), mode: 0o644})
	}
	return files, err
}

// committed are the files of the repository at the given paths.
func committed(root string, paths ...string) ([]entry, error) {
	listed, err := output(root, "git", append([]string{"ls-files", "--"}, paths...)...)
	if err != nil {
		return nil, err
	}
	var files []entry
	for _, name := range strings.Split(listed, "\n") {
		files = append(files, entry{name: name, source: filepath.Join(root, name), mode: 0o644})
	}
	return files, nil
}

// writeConformance publishes the test data for clients in any language: the files that are in the repository.
func writeConformance(root, name string, at time.Time) error {
	files, err := committed(root, "LICENSE", "NOTICE", "conformance/vectors", "conformance/samples")
	if err != nil {
		return err
	}
	for i := range files {
		files[i].name = strings.TrimPrefix(files[i].name, "conformance/")
	}
	return writeTarGz(name, "", files, at)
}

// writeSums writes the checksums of all files in a directory, as sha256sum does.
func writeSums(dir string) error {
	const name = "SHA256SUMS"
	var sums bytes.Buffer
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, file fs.DirEntry, err error) error {
		if err != nil || file.IsDir() || path == name {
			return err
		}
		opened, err := os.Open(filepath.Join(dir, path))
		if err != nil {
			return err
		}
		defer opened.Close()
		hash := sha256.New()
		if _, err := io.Copy(hash, opened); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", hash.Sum(nil), path)
		return nil
	})
	if err != nil {
		return err
	}
	return create(filepath.Join(dir, name), func(w io.Writer) error {
		_, err := sums.WriteTo(w)
		return err
	})
}
