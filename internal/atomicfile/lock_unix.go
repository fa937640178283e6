//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// hold marks a partial file as being written, as long as it is open: the mark ends with the process, however that ends.
// It reports false if another process has marked it, to remove it. A file system without locks keeps no marks.
func hold(f *os.File) bool {
	return !errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// removeAbandoned removes a partial file that nobody writes any more.
func removeAbandoned(name string) {
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_NONBLOCK, 0) // a pipe would wait for its other end
	if err != nil {
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		os.Remove(name)
	}
}

// renameAndClose closes last, because the mark ends with that.
func renameAndClose(f *os.File, final string) error {
	if err := os.Rename(f.Name(), final); err != nil {
		return err
	}
	return f.Close()
}
