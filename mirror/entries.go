package mirror

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// entries returns all report files, copies too, by path.
func (m *Mirror) entries(ctx context.Context, leftOut func(string, error)) ([]Entry, []*FileError) {
	stores := m.more
	var w walk
	if dir, onDisk := m.store.(directory); onDisk {
		w = walk{ctx: ctx, dir: dir, seen: make(map[string]bool), leftOut: leftOut}
		if m.paths == nil {
			w.below("")
		}
		for _, path := range m.paths {
			w.path(path)
		}
	} else {
		stores = append([]addedStore{{store: m.store}}, stores...)
	}
	for _, added := range stores {
		entries, problems := added.entries(ctx)
		w.entries, w.problems = append(w.entries, entries...), append(w.problems, problems...)
	}
	return w.entries, w.problems
}

// metadataReaders is how many files with metadata are read at once.
const metadataReaders = 16

// entries lists the report files of a store.
func (a addedStore) entries(ctx context.Context) ([]Entry, []*FileError) {
	prefix := ""
	if a.name != "" {
		prefix = a.name + "/"
	}
	var entries []Entry
	hasMetadata := make(map[string]bool)
	for file, err := range a.store.List(ctx, "") {
		switch {
		case err != nil:
			return nil, []*FileError{{cmp.Or(a.name, "."), err}}
		case isHidden(file.Name):
		case strings.HasSuffix(file.Name, metadataExtension):
			hasMetadata[file.Name] = true
		case isReport(file.Name) && (len(a.only) == 0 || slices.Contains(a.only, file.Name)):
			entries = append(entries, Entry{Path: prefix + file.Name, Size: file.Size, store: a.store, name: file.Name})
		}
	}
	var problems []*FileError
	for _, name := range a.only {
		if !slices.ContainsFunc(entries, func(e Entry) bool { return e.name == name }) {
			problems = append(problems, &FileError{prefix + name, fs.ErrNotExist})
		}
	}
	if len(entries)+len(problems) == 0 && a.name != "" {
		problems = append(problems, &FileError{a.name, errNoReports})
	}
	free := make(chan bool, metadataReaders)
	var readers sync.WaitGroup
	for i := range entries {
		if metadata, ok := entries[i].metadataName(); ok && hasMetadata[metadata] {
			free <- true
			readers.Go(func() {
				entries[i].readMetadata(ctx)
				<-free
			})
		}
	}
	readers.Wait()
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	return entries, problems
}

// metadataName is where the metadata of a report would be.
func (e *Entry) metadataName() (name string, ok bool) {
	base, ok := strings.CutSuffix(strings.TrimSuffix(e.name, ".gz"), reportExtension)
	return base + metadataExtension, ok
}

func (e *Entry) readMetadata(ctx context.Context) {
	name, ok := e.metadataName()
	if !ok {
		return
	}
	metadata, err := readMetadata(ctx, e.store, name)
	if err == nil {
		e.Metadata = &metadata
	} else if !errors.Is(err, fs.ErrNotExist) {
		e.metadataErr = err
	}
}
