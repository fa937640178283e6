package mirror

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/amazonpay-go/payreports/internal/atomicfile"
)

const (
	refusedExtension = ".txt" // which nothing opens as the page that it may be
	// maxRefused is how many refused files are kept, the newest, and maxRefusedSize how much of each.
	maxRefused     = 64
	maxRefusedSize = 256 << 10
)

// refused is the note beside what was refused.
type refused struct {
	Reason string `json:"reason"`
	Metadata
	// Kept is how many bytes of the file were kept, from its beginning.
	Kept int64 `json:"kept"`
}

// keepRefused keeps the beginning of what was refused, and why, and returns where. A report has one such file, that of
// the last time.
func (d directory) keepRefused(problem error, metadata Metadata, content io.Reader) (string, error) {
	if err := atomicfile.MkdirAll(d.path(refusedName)); err != nil {
		return "", err
	}
	name := filepath.Join(refusedName, fileName(string(metadata.Report.ReportID)))
	kept, err := atomicfile.Write(d.path(name+refusedExtension), io.LimitReader(content, maxRefusedSize))
	if err != nil {
		return "", err
	}
	if err := writeMetadata(d.path(name+metadataExtension), refused{problem.Error(), metadata, kept}); err != nil {
		return "", err
	}
	return name + refusedExtension, d.removeOldRefused()
}

func (d directory) removeOldRefused() error {
	entries, err := os.ReadDir(d.path(refusedName))
	if err != nil {
		return err
	}
	type kept struct {
		name     string
		modified time.Time
	}
	var files []kept
	for _, entry := range entries {
		if name := entry.Name(); filepath.Ext(name) == refusedExtension {
			if info, err := entry.Info(); err == nil {
				files = append(files, kept{name, info.ModTime()})
			}
		}
	}
	slices.SortFunc(files, func(a, b kept) int { return cmp.Or(b.modified.Compare(a.modified), cmp.Compare(a.name, b.name)) })
	for _, file := range files[min(maxRefused, len(files)):] {
		path := d.path(filepath.Join(refusedName, file.name))
		os.Remove(path)
		os.Remove(path[:len(path)-len(refusedExtension)] + metadataExtension)
	}
	return nil
}
