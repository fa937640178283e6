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

// reader reads an object. The drivers repeat requests that fail, but not those whose connection is cut in the middle of the
// answer: then it goes on from there.
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

func (r *reader) resume() error {
	rest, err := r.bucket.bucket.NewRangeReader(r.ctx, r.name, r.offset, -1, nil)
	if err != nil {
		return explain(r.ctx, r.bucket.name, r.name, err)
	}
	if rest.Size() != r.Size() || !rest.ModTime().Equal(r.ModTime()) {
		rest.Close()
		return fmt.Errorf("mirror: %s: it was replaced while it was read: read it again", object(r.bucket.name, r.name))
	}
	r.Reader.Close()
	r.Reader = rest
	return nil
}
