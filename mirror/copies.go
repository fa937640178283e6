package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// withoutCopies leaves out the files that are the same as another: a service that is asked for the same report twice makes two. Files
// that were named stay, and then those with metadata are kept rather than others. Empty files are not copies of each other, and a
// pipe, whose size is 0, is not looked into. A file that can't be compared can't be opened later either: it may be a copy, which would count
// twice.
func withoutCopies(ctx context.Context, entries []Entry, leftOut func(string, error)) []Entry {
	heads := headsOf(ctx, entries)
	alike := make(map[head][]int)
	copied := make([]bool, len(entries))
	for _, rank := range []int{0, 1, 2} {
		for i := range entries {
			e, head := &entries[i], heads[i]
			if e.rank() != rank || head.size == 0 {
				continue
			}
			isSame := func(other int) bool {
				return !e.Named && (head.size < headSize || sameContent(ctx, e, &entries[other]))
			}
			if at := slices.IndexFunc(alike[head], isSame); at >= 0 {
				original := &entries[alike[head][at]]
				if original.contradicts(e) {
					findOverwritten(ctx, original, e)
					if original.unread != nil && e.unread == nil {
						alike[head][at] = i
					}
					continue
				}
				original.Copies = append(original.Copies, *e)
				copied[i] = true
				leftOut(e.Path, fmt.Errorf("it is the same as %s", original.Path))
				continue
			}
			alike[head] = append(alike[head], i)
		}
	}
	kept := make([]Entry, 0, len(entries))
	for i, e := range entries {
		if !copied[i] {
			kept = append(kept, e)
		}
	}
	return kept
}

// contradicts reports whether two files that hold the same should not, by their metadata. A file that was named is read as it is.
func (e *Entry) contradicts(other *Entry) bool {
	return !e.Named && e.Metadata != nil && other.Metadata != nil && !strings.EqualFold(e.Metadata.SHA256, other.Metadata.SHA256)
}

// findOverwritten finds out which of two files that hold the same isn't the one that was downloaded. Its own rows are missing.
func findOverwritten(ctx context.Context, entries ...*Entry) {
	for _, e := range entries {
		if e.unread != nil {
			continue
		}
		sum, err := hash(ctx, e.store, e.name)
		if err == nil && !strings.EqualFold(sum, e.Metadata.SHA256) {
			err = fmt.Errorf("it isn't the file that was downloaded: sync --again %s replaces it, as long as the service has it", e.Metadata.Report.ReportID)
		}
		e.unread = err
	}
}

// head is what files must have in common to be the same. The zero head is that of a file that can't be a copy or have one.
type head struct {
	size int64
	hash [sha256.Size]byte // of the first headSize bytes
}

const headSize = 64 << 10

// headsOf reads the beginning of each file that has the size of another. Comparing all of them with each other would open thousands of
// files millions of times. Settlements of one size differ in their first row.
func headsOf(ctx context.Context, entries []Entry) []head {
	type group struct{ count, found int }
	groups := make(map[int64]group)
	for i := range entries {
		of := groups[entries[i].Size]
		of.count++
		if !entries[i].Named {
			of.found++
		}
		groups[entries[i].Size] = of
	}
	heads, buffer := make([]head, len(entries)), make([]byte, headSize)
	for i := range entries {
		e := &entries[i]
		if of := groups[e.Size]; e.Size == 0 || of.count < 2 || of.found == 0 || ctx.Err() != nil {
			continue
		}
		n, err := e.readHead(ctx, buffer)
		switch wanted := min(e.Size, headSize); {
		case err != nil:
			e.unread = err
		case int64(n) < wanted:
			e.unread = errCut
		case int64(n) == wanted: // or else it is being written
			heads[i] = head{e.Size, sha256.Sum256(buffer[:n])}
		}
	}
	return heads
}

var errCut = errors.New("it ends too early, or has changed while it was read: run this again")

// readHead reads as much of the file as fits.
func (e *Entry) readHead(ctx context.Context, buffer []byte) (int, error) {
	file, err := e.Open(ctx)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	n, err := io.ReadFull(file, buffer)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// rank is lower for files that are kept rather than others.
func (e *Entry) rank() int {
	switch {
	case e.Named:
		return 0
	case e.Metadata != nil:
		return 1
	default:
		return 2
	}
}

// sameContent reports whether two files of the same size hold the same.
func sameContent(ctx context.Context, a, b *Entry) bool {
	fileA, err := a.Open(ctx)
	if err != nil {
		a.unread = err
		return false
	}
	defer fileA.Close()
	fileB, err := b.Open(ctx)
	if err != nil {
		b.unread = err
		return false
	}
	defer fileB.Close()
	bufferA, bufferB := make([]byte, 64<<10), make([]byte, 64<<10)
	for left := a.Size; ; {
		n, errA := io.ReadFull(fileA, bufferA)
		m, errB := io.ReadFull(fileB, bufferB)
		if a.unread, b.unread = readError(errA, int64(n), left), readError(errB, int64(m), left); a.unread != nil || b.unread != nil {
			return false
		}
		if !bytes.Equal(bufferA[:n], bufferB[:m]) {
			return false
		}
		if errA != nil || errB != nil {
			return errA != nil && errB != nil
		}
		left -= int64(n)
	}
}

// readError is why fewer bytes than a buffer's were read, unless the file ends there.
func readError(err error, n, left int64) error {
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if err != nil && n < left {
		return errCut
	}
	return nil
}
