//go:build !unix

package atomicfile

// syncDir has nothing to do: directories can't be synced here.
func syncDir(string) error { return nil }
