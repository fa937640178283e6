package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRelease builds the last commit twice, in two folders, compares every byte, and installs the packages. It builds one platform, with one
// build cache, unless PAYREPORTS_RELEASE is full: then it runs make dist, with a cache for each folder, so that all code is compiled twice.
func TestRelease(t *testing.T) {
	full := os.Getenv("PAYREPORTS_RELEASE") == "full"
	root, err := output(".", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		t.Fatal(err)
	}
	commit, err := output(root, "git", "rev-parse", "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	build := func(name, umask string, env ...string) string {
		clone := filepath.Join(temp, name)
		for _, args := range [][]string{{"clone", "--quiet", root, clone}, {"-C", clone, "checkout", "--quiet", "--detach", commit}} {
			if _, err := output(".", "git", args...); err != nil {
				t.Fatal(err)
			}
		}
		dir, dist := filepath.Join(clone, "internal/release"), filepath.Join(clone, "dist")
		script := `umask "$0" && exec go run . -platforms linux/amd64`
		if full {
			dir, script = clone, `umask "$0" && exec make dist`
			env = append(env, "GOCACHE="+filepath.Join(temp, "cache of "+filepath.Base(name)))
		}
		command := exec.Command("sh", "-c", script, umask)
		command.Env = append(os.Environ(), env...)
		if _, err := outputOf(command, dir); err != nil {
			t.Fatal(err)
		}
		return dist
	}
	dist := build("a", "022", "TZ=UTC", "LC_ALL=C")
	same(t, dist, build("another folder/b", "077", "TZ=Asia/Tokyo", "LC_ALL=C.UTF-8", "GOFLAGS=-trimpath -gcflags=-N"))

	t.Run("checksums", func(t *testing.T) { checksums(t, dist) })
	t.Run("archive", func(t *testing.T) { archive(t, dist) })
	installed := filepath.Join(temp, "installed")
	t.Run("deb", func(t *testing.T) { debian(t, dist, installed) })
	t.Run("rpm", func(t *testing.T) { redHat(t, dist, installed) })
	t.Run("sbom", func(t *testing.T) { sbom(t, dist, filepath.Join(installed, "usr/bin/payreports")) })
	t.Run("licenses", func(t *testing.T) { licenses(t, installed) })
	t.Run("man", func(t *testing.T) { manual(t, installed) })
	t.Run("completions", func(t *testing.T) { completions(t, installed) })
}

// same fails unless two folders have the same files with the same bytes.
func same(t *testing.T, a, b string) {
	t.Helper()
	files := tree(t, a)
	if others := tree(t, b); len(files) < 6 || !slices.Equal(files, others) {
		t.Fatalf("one build has the files\n%q\nand the other\n%q", files, others)
	}
	for _, name := range files {
		first, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(b, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s: the builds differ", name)
		}
	}
}

// tree lists the files below a folder.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, file fs.DirEntry, err error) error {
		if err == nil && !file.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// one is the path of the only file that a pattern matches.
func one(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s matches %q, %v", pattern, found, err)
	}
	return found[0]
}

// runs returns what a program prints. It skips the test if the program isn't installed.
func runs(t *testing.T, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=160", "MAN_KEEP_FORMATTING=")
	var stderr strings.Builder
	command.Stderr = &stderr
	printed, err := command.Output()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skipf("%s is not installed", name)
	}
	if err != nil || stderr.Len() > 0 {
		t.Errorf("%s %q: %v\n%s%s", name, args, err, printed, &stderr)
	}
	return string(printed)
}
