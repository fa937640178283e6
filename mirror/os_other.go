//go:build !unix

package mirror

// syncDir has nothing to do: directories can't be synced here.
func syncDir(string) error { return nil }

// outOfSpace doesn't tell a full disk from other errors here: each report then fails by itself.
func outOfSpace(error) bool { return false }
