// Package bucket keeps a mirror of reports in an object store: Amazon S3 and what is compatible with it, Google Cloud Storage, or
// Azure Blob Storage. Give what [Open] returns to [mirror.SyncStore] and [mirror.OpenStore].
//
// This package links no driver, because each brings its vendor's SDK. Import those that you need:
//
//	import (
//		_ "gocloud.dev/blob/s3blob"    // s3://bucket/prefix?region=eu-central-1
//		_ "gocloud.dev/blob/gcsblob"   // gs://bucket/prefix
//		_ "gocloud.dev/blob/azureblob" // azblob://container/prefix
//	)
//
// Credentials come from where the vendor's own tools look for them. The drivers' documentation has the parameters of URLs; for
// stores that are compatible with S3 they are endpoint=https://… and use_path_style=true, and request_checksum_calculation=when_required
// where a store doesn't know Amazon's newer checksums.
//
// # Safety
//
// Objects have the names and the content that files have in a directory; see package mirror. There is no lock: any number of runs may
// work in a bucket at once. They may download a report twice, but they don't spoil each other's work.
//
// An object appears whole or not at all. Sync downloads a report to a temporary file on this machine first, checks it, then writes
// the metadata, and last the report, on condition that there is none. So a reader sees, at each moment, one of these:
//
//   - neither: the report isn't in the mirror yet
//   - metadata alone: a run is about to write the report, or was killed before it could; the next run does it
//   - both, and the metadata is the report's
//
// A run that finds that another one was faster compares: if the other's report is the same, nothing is left to do. If it isn't, which
// means that the service has sent two different files, the other's is set aside, and this run's takes its place.
//
// To replace a report that turned out to be wrong, a run copies it and its metadata to their names with .replaced-<time>, deletes the
// report, and goes on as with a new one. So a report may be missing for a moment, but it is never paired with another one's metadata.
// If the run is killed, the next one downloads the report.
//
// A store may keep the parts of a large upload that was killed, which nobody can see and which cost money. For S3, add a lifecycle
// rule to the bucket that aborts incomplete multipart uploads after a day.
//
// The credentials need the right to list, read, write and delete objects under the prefix.
package bucket

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"path"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/amazonpay-go/payreports/mirror"
)

// Bucket is a [mirror.Store] in a bucket, or below a prefix of one. It is safe for concurrent use.
type Bucket struct {
	bucket *blob.Bucket
	name   string
}

// Open opens the bucket that a URL names, such as s3://bucket/prefix?region=eu-central-1. The path of the URL is the folder in
// which the mirror is. It asks the store for the first object, so that a bucket that doesn't exist, or credentials that are refused,
// are errors now; they hold neither the URL's query nor a key.
func Open(ctx context.Context, rawURL string) (*Bucket, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return nil, errors.New("mirror: the URL of the bucket can't be read: write it as in s3://bucket/prefix?region=eu-central-1")
	}
	if u.User != nil {
		return nil, errors.New("mirror: the URL of the bucket holds a user name or key: leave it out, and give credentials in the environment")
	}
	prefix := strings.Trim(path.Clean("/"+u.Path), "/")
	name := u.Scheme + "://" + path.Join(u.Host, prefix)
	if !blob.DefaultURLMux().ValidBucketScheme(u.Scheme) {
		return nil, errors.New("mirror: " + name + ": this kind of URL isn't supported: it must begin with s3://, gs:// or azblob://")
	}
	query := u.Query()
	if u.Scheme == "s3" && !query.Has("response_checksum_validation") { // else the SDK writes a line to standard error for each object without one
		query.Set("response_checksum_validation", "when_required")
	}
	opened, err := blob.OpenBucket(ctx, (&url.URL{Scheme: u.Scheme, Host: u.Host, RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, explain(ctx, name, "", err)
	}
	if prefix != "" {
		opened = blob.PrefixedBucket(opened, prefix+"/")
	}
	b := New(opened, name)
	if _, _, err := page(ctx, opened, blob.FirstPageToken, 1, nil); err != nil {
		_ = opened.Close()
		return nil, explainMissing(ctx, name, err)
	}
	return b, nil
}

// New makes a Bucket of one that was opened otherwise, such as with a client that is configured in code. name stands for it in
// errors.
func New(opened *blob.Bucket, name string) *Bucket { return &Bucket{opened, name} }

// String returns the bucket's URL without its query.
func (b *Bucket) String() string { return b.name }

// Close frees what the bucket needs. Nothing must use it afterwards.
func (b *Bucket) Close() error { return b.bucket.Close() }

// Begin does nothing: runs need no lock here, and a killed run leaves nothing behind that could be seen.
func (b *Bucket) Begin(context.Context) (end func(), err error) { return func() {}, nil }

// List implements [mirror.Store].
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[mirror.StoredFile, error] {
	return func(yield func(mirror.StoredFile, error) bool) {
		const perPage = 1000
		for token := blob.FirstPageToken; token != nil; {
			objects, next, err := page(ctx, b.bucket, token, perPage, &blob.ListOptions{Prefix: prefix})
			if err != nil {
				yield(mirror.StoredFile{}, explainMissing(ctx, b.name, err))
				return
			}
			for _, object := range objects {
				if !yield(mirror.StoredFile{Name: object.Key, Size: object.Size, Modified: object.ModTime}, nil) {
					return
				}
			}
			token = next
		}
	}
}

// page lists some objects.
func page(ctx context.Context, bucket *blob.Bucket, token []byte, size int, options *blob.ListOptions) (objects []*blob.ListObject, next []byte, err error) {
	err = repeat(ctx, func() (err error) {
		objects, next, err = bucket.ListPage(ctx, token, size, options)
		return err
	})
	return objects, next, err
}

// Open implements [mirror.Store].
func (b *Bucket) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if ctx.Err() != nil {
		return nil, 0, context.Cause(ctx)
	}
	object, err := b.read(ctx, name, 0)
	if err != nil {
		return nil, 0, explain(ctx, b.name, name, err)
	}
	return &reader{Reader: object, ctx: ctx, bucket: b, name: name}, object.Size(), nil
}

// Put implements [mirror.Store].
func (b *Bucket) Put(ctx context.Context, name string, content []byte) error {
	return b.write(ctx, name, bytes.NewReader(content), false)
}

// Move copies, and then deletes: object stores have no other way. The content goes through this machine, because the stores' own
// copying replaces what is there.
func (b *Bucket) Move(ctx context.Context, from, to string) error {
	content, _, err := b.Open(ctx, from)
	if err != nil {
		return err
	}
	defer content.Close()
	draft, err := b.Create(ctx, to)
	if err != nil {
		return err
	}
	defer draft.Discard()
	if _, err := io.Copy(draft, content); err != nil {
		return err
	}
	if err := draft.Commit(ctx); err != nil {
		return err
	}
	return b.Remove(ctx, from)
}

// Remove implements [mirror.Store].
func (b *Bucket) Remove(ctx context.Context, name string) error {
	if err := repeat(ctx, func() error { return b.bucket.Delete(ctx, name) }); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return explain(ctx, b.name, name, err)
	}
	return nil
}

// write writes an object, on condition that there is none if it is new.
func (b *Bucket) write(ctx context.Context, name string, content io.ReadSeeker, isNew bool) error {
	err := repeat(ctx, func() error {
		if _, err := content.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return b.bucket.Upload(ctx, name, content, &blob.WriterOptions{ContentType: contentType(name), IfNotExist: isNew})
	})
	if err == nil {
		return nil
	}
	if isNew && isConflict(err) {
		return fs.ErrExist
	}
	return explain(ctx, b.name, name, err)
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".json":
		return "application/json"
	case ".parquet":
		return "application/vnd.apache.parquet"
	case ".txt":
		return "text/plain" // whatever it is, no browser may run it
	default:
		return "text/csv"
	}
}
