package accounts

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Shard is one of several processes that share the accounts without talking to each other: an index of a Kubernetes Indexed Job, of an AWS
// Batch array, or one of several hosts with the same cron line. The zero Shard has all accounts.
type Shard struct {
	// Index says which process this is, from 0.
	Index int
	// Count is how many there are.
	Count int
}

// ParseShard reads "I/N", such as 0/3, 1/3 and 2/3 for three processes.
func ParseShard(text string) (Shard, error) {
	index, count, found := strings.Cut(strings.TrimSpace(text), "/")
	i, errIndex := strconv.Atoi(index)
	n, errCount := strconv.Atoi(count)
	if !found || errIndex != nil || errCount != nil || n < 1 || i < 0 || i >= n {
		return Shard{}, fmt.Errorf("accounts: %q is not a shard: use I/N with I from 0 to N-1, such as 0/3, 1/3 and 2/3 for three processes", clip(text))
	}
	return Shard{Index: i, Count: n}, nil
}

// Has reports whether an account belongs to this shard. It depends on the name alone (SHA-256), so that adding an account moves no other.
func (s Shard) Has(name string) bool {
	if s.Count <= 1 {
		return true
	}
	sum := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint64(sum[:8])%uint64(s.Count) == uint64(s.Index)
}

// String returns "I/N".
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }
