package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/amazonpay-go/payreports/internal/atomicfile"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "report.csv")
	for _, content := range []string{"old", "", "new"} {
		if n, err := atomicfile.Write(path, strings.NewReader(content)); n != int64(len(content)) || err != nil {
			t.Fatal(n, err)
		}
		if got, err := os.ReadFile(path); string(got) != content || err != nil {
			t.Errorf("%q, %v, want %q", got, err, content)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	broken := errors.New("broken")
	if _, err := atomicfile.Write(path, io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if got, err := os.ReadFile(path); string(got) != "new" || err != nil {
		t.Errorf("after an error: %q, %v", got, err)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("left over: %v", got)
	}
	if _, err := atomicfile.Write(filepath.Join(dir, "missing", "x"), strings.NewReader("")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestMkdirAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b", "c")
	for range 2 {
		if err := atomicfile.MkdirAll(deep); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(deep); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, filepath.Join(file, "x")} {
		if err := atomicfile.MkdirAll(name); err == nil {
			t.Errorf("%s is taken for a directory", name)
		}
	}
}

func TestFinalName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		".a.csv.123.partial": "a.csv", "..b.1.partial": ".b", "a.csv.123.partial": "", ".a.csv.partial": "", ".notes.partial": "", ".a.csv.12x.partial": "", ".a.csv.1.partial~": "",
	} {
		if got := atomicfile.FinalName(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestFileIsHiddenUntilItIsCommitted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := atomicfile.Create(filepath.Join(dir, "report.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 1 || atomicfile.FinalName(got[0]) != "report.csv" {
		t.Errorf("%v", got)
	}
	f.Discard()
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left over: %v", got)
	}
	if err := f.Commit(); err == nil {
		t.Error("a discarded file can be committed")
	}
	// A directory has the final name.
	taken := filepath.Join(dir, "taken")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := atomicfile.Write(taken, strings.NewReader("x")); err == nil {
		t.Error("a directory was replaced")
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("left over: %v", got)
	}
}

// What a killed program has left behind goes; what another one is writing, or what only looks alike, stays.
func TestCreateRemovesWhatWasLeftBehind(t *testing.T) {
	t.Parallel()
	for _, final := range []string{"report.csv", ".hidden", "a b*.csv", "[x].csv"} {
		t.Run(final, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, final)
			for _, name := range []string{"." + final + ".123.partial", "." + final + ".4567890.partial"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			own := []string{".other.csv.123.partial", "." + final + ".partial", final + ".123.partial", "." + final + ".x.partial"}
			for _, name := range own {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("another's"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(dir, "."+final+".9.partial"), 0o700); err != nil {
				t.Fatal(err)
			}
			own = append(own, "."+final+".9.partial")
			writing, err := atomicfile.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := atomicfile.Write(path, strings.NewReader("second")); err != nil {
				t.Fatal(err)
			}
			if _, err := writing.WriteString("first"); err != nil {
				t.Fatal(err)
			}
			if err := writing.Commit(); err != nil {
				t.Errorf("a file that was being written was removed: %v", err)
			}
			if got, err := os.ReadFile(path); string(got) != "first" || err != nil {
				t.Errorf("%q, %v", got, err)
			}
			want := append(own, final)
			slices.Sort(want)
			if got := names(t, dir); !slices.Equal(got, want) {
				t.Errorf("%q is there, want %q", got, want)
			}
		})
	}
}
