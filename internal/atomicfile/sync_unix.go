//go:build unix

package atomicfile

import "os"

// syncDir makes renames in a directory last through a power failure.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
