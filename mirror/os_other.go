//go:build !unix

package mirror

// outOfSpace doesn't tell a full disk from other errors here: each report then fails by itself.
func outOfSpace(error) bool { return false }
