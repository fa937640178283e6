package bucket

import (
	"context"
	"os"

	"github.com/amazonpay-go/payreports/mirror"
)

// draft is a temporary file, which holds a report until it is known to be one.
type draft struct {
	*os.File
	bucket *Bucket
	name   string
}

// Create begins a temporary file in the directory that [os.TempDir] names, readable by its owner only. Where the operating system
// lets it, the name is removed at once, so that a killed run leaves no content behind.
func (b *Bucket) Create(_ context.Context, name string) (mirror.Draft, error) {
	file, err := os.CreateTemp("", "payreports-*")
	if err != nil {
		return nil, err
	}
	os.Remove(file.Name()) // Windows refuses, and Discard does it
	return &draft{file, b, name}, nil
}

// Commit uploads the file.
func (d *draft) Commit(ctx context.Context) error {
	return d.bucket.write(ctx, d.name, d.File, true)
}

// Replace uploads the file.
func (d *draft) Replace(ctx context.Context) error {
	return d.bucket.write(ctx, d.name, d.File, false)
}

// Sync does nothing: what counts is what is in the bucket.
func (d *draft) Sync() error { return nil }

// Discard removes the file.
func (d *draft) Discard() {
	d.Close()
	os.Remove(d.Name())
}
