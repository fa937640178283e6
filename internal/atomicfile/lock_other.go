//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"os"
	"runtime"
)

func hold(*os.File) bool { return true }

// removeAbandoned removes a partial file that nobody writes any more. Windows refuses to remove an open file; elsewhere
// nothing tells whether it is one, so it stays.
func removeAbandoned(name string) {
	if runtime.GOOS == "windows" {
		os.Remove(name)
	}
}

// renameAndClose closes first, because Windows doesn't rename an open file.
func renameAndClose(f *os.File, final string) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), final)
}
