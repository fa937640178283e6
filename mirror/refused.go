package mirror

import (
	"cmp"
	"context"
	"io"
	"path"
	"slices"
	"strings"
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
	Kept int `json:"kept"`
}

// keepRefused keeps the beginning of what was refused, and why, and returns where. A report has one such file, that of
// the last time.
func keepRefused(ctx context.Context, store Store, problem error, metadata Metadata, content io.Reader) (string, error) {
	beginning, err := io.ReadAll(io.LimitReader(content, maxRefusedSize))
	if err != nil {
		return "", err
	}
	name := path.Join(refusedName, fileName(string(metadata.Report.ReportID)))
	if err := store.Put(ctx, name+refusedExtension, beginning); err != nil {
		return "", err
	}
	if err := putJSON(ctx, store, name+metadataExtension, refused{problem.Error(), metadata, len(beginning)}); err != nil {
		return "", err
	}
	return name + refusedExtension, removeOldRefused(ctx, store)
}

func removeOldRefused(ctx context.Context, store Store) error {
	var files []StoredFile
	for file, err := range store.List(ctx, refusedName+"/") {
		if err != nil {
			return err
		}
		if path.Ext(file.Name) == refusedExtension {
			files = append(files, file)
		}
	}
	slices.SortFunc(files, func(a, b StoredFile) int { return cmp.Or(b.Modified.Compare(a.Modified), cmp.Compare(a.Name, b.Name)) })
	for _, file := range files[min(maxRefused, len(files)):] {
		for _, name := range []string{file.Name, strings.TrimSuffix(file.Name, refusedExtension) + metadataExtension} {
			if err := store.Remove(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}
