package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gocloud.dev/blob"
)

// maxResumes is how often reading goes on in vain after the connection was cut.
const maxResumes = 3

// maxRepeats is how often a request is repeated after the driver has given up, which some do early, or at once if an answer is cut.
const maxRepeats = 3

// repeat repeats a request that failed for a reason that may pass.
func repeat(ctx context.Context, request func() error) error {
	err := request()
	for range maxRepeats {
		if err == nil || !mayPass(ctx, err) {
			break
		}
		err = request()
	}
	return err
}

// read begins to read an object at a byte.
func (b *Bucket) read(ctx context.Context, name string, offset int64) (object *blob.Reader, err error) {
	err = repeat(ctx, func() (err error) {
		object, err = b.bucket.NewRangeReader(ctx, name, offset, -1, nil)
		return err
	})
	return object, err
}

// reader reads an object. If the connection is cut in the middle of the answer, it goes on from there.
type reader struct {
	*blob.Reader
	ctx    context.Context
	bucket *Bucket
	name   string
	offset int64
	vain   int // resumes without a new byte
}

func (r *reader) Read(p []byte) (int, error) {
	for {
		n, err := r.Reader.Read(p)
		r.offset += int64(n)
		if n > 0 {
			r.vain = 0
		}
		switch {
		case err == nil, errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return n, err
		case r.ctx.Err() != nil || r.vain == maxResumes:
			return n, explain(r.ctx, r.bucket.name, r.name, err)
		}
		r.vain++
		if err := r.resume(); err != nil {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

// Seek asks the store for the object from another byte on.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.Size()
	}
	if offset < 0 || offset > r.Size() {
		return r.offset, fmt.Errorf("mirror: %s has no byte %d", object(r.bucket.name, r.name), offset)
	}
	if offset == r.offset {
		return offset, nil
	}
	before := r.offset
	r.offset = offset
	if err := r.resume(); err != nil {
		r.offset = before
		return before, err
	}
	return offset, nil
}

func (r *reader) resume() error {
	rest, err := r.bucket.read(r.ctx, r.name, r.offset)
	if err != nil {
		return explain(r.ctx, r.bucket.name, r.name, err)
	}
	if rest.Size() != r.Size() || !rest.ModTime().Equal(r.ModTime()) {
		_ = rest.Close()
		return fmt.Errorf("mirror: %s: it was replaced while it was read: read it again", object(r.bucket.name, r.name))
	}
	_ = r.Close()
	r.Reader = rest
	return nil
}
