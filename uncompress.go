package payreports

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// uncompressed uncompresses gzip, which the documentation of compressionAlgorithm announces for the future. The file's first bytes decide. A
// declaration wouldn't say whether a proxy has already uncompressed it.
func (d *download) uncompressed() (io.Reader, error) {
	stored := bufio.NewReaderSize(d, 32<<10)
	compressed, err := beginsLikeGzip(stored)
	if err != nil || !compressed {
		return stored, err
	}
	d.info.Compressed = true
	unzipped, err := gzip.NewReader(stored)
	if err != nil {
		return nil, d.damaged(err)
	}
	content := bufio.NewReaderSize(&gunzip{unzipped, d}, 32<<10)
	twice, err := beginsLikeGzip(content)
	if err != nil {
		return nil, err
	}
	if twice {
		return nil, d.failed(errors.New("the file is compressed with gzip twice: a report is compressed at most once, so it was probably changed in transit"))
	}
	return content, nil
}

func beginsLikeGzip(r *bufio.Reader) (bool, error) {
	magic, err := r.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return string(magic) == "\x1f\x8b", nil
}

// gunzip adds the document's id to errors about damaged bytes.
type gunzip struct {
	unzipped *gzip.Reader
	d        *download
}

func (g *gunzip) Read(p []byte) (int, error) {
	n, err := g.unzipped.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = g.d.damaged(err)
	}
	return n, err
}

// damaged returns the error for damaged bytes, unless the download itself failed.
func (d *download) damaged(err error) error {
	if d.err != nil && !errors.Is(d.err, io.EOF) {
		return d.err
	}
	return d.failed(fmt.Errorf("the compressed file is damaged: %w", err))
}
