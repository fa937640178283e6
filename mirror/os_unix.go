//go:build unix

package mirror

import (
	"errors"
	"syscall"
)

func outOfSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
