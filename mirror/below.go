package mirror

import (
	"context"
	"io"
	"iter"
	"path"
	"path/filepath"
)

// below is a folder of a store as a store of its own.
func below(store Store, folder string) Store {
	if dir, onDisk := store.(directory); onDisk {
		return directory(filepath.Join(string(dir), folder))
	}
	return subStore{store, folder}
}

type subStore struct {
	store  Store
	folder string
}

func (s subStore) name(name string) string { return path.Join(s.folder, name) }

func (s subStore) Begin(ctx context.Context) (func(), error) { return s.store.Begin(ctx) }

func (s subStore) List(ctx context.Context, prefix string) iter.Seq2[StoredFile, error] {
	return func(yield func(StoredFile, error) bool) {
		for file, err := range s.store.List(ctx, s.folder+"/"+prefix) {
			if err == nil {
				file.Name = file.Name[len(s.folder)+1:]
			}
			if !yield(file, err) {
				return
			}
		}
	}
}

func (s subStore) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	return s.store.Open(ctx, s.name(name))
}

func (s subStore) Create(ctx context.Context, name string) (Draft, error) {
	return s.store.Create(ctx, s.name(name))
}

func (s subStore) Put(ctx context.Context, name string, content []byte) error {
	return s.store.Put(ctx, s.name(name), content)
}

func (s subStore) Move(ctx context.Context, from, to string) error {
	return s.store.Move(ctx, s.name(from), s.name(to))
}

func (s subStore) Remove(ctx context.Context, name string) error {
	return s.store.Remove(ctx, s.name(name))
}
