package payreports

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"time"
)

// OpenReport opens the file of a completed report for reading. The bytes are exactly those that the service made; package reportfile
// interprets them. The caller must close the file.
//
// Reading continues after cut connections and expired URLs. It ends with io.EOF only if the file is complete; with any other error, it isn't.
// The bytes never come from two versions of the file. If the storage service can't prove with a strong ETag that the file is unchanged, the file is
// downloaded again from the start and compared with what was read before. A file that is compressed with gzip is uncompressed. A file that
// is compressed twice is an error.
//
// The context applies to reading as well as to opening: when it ends, Read returns an error that wraps the context's error. After Close, Read
// returns an error that wraps [fs.ErrClosed].
//
// The content isn't checked. If a proxy sends its login page with status 200, that page is returned. [WithDocumentInfo] returns what the
// storage says about the content.
//
// OpenReport returns the errors of [Client.GetReportByID], a [*ReportFailedError], or a [*ReportCancelledError]. It is also an error if the
// report isn't completed yet: use [Client.WaitForReport] first.
func (c *Client) OpenReport(ctx context.Context, id ReportID, opts ...CallOption) (io.ReadCloser, error) {
	report, err := c.GetReportByID(ctx, id, opts...)
	if err != nil {
		return nil, err
	}
	switch {
	case report.ProcessingStatus == ProcessingStatusFailed:
		return nil, &ReportFailedError{Report: *report}
	case report.ProcessingStatus == ProcessingStatusCancelled:
		return nil, &ReportCancelledError{Report: *report}
	case report.ReportDocumentID == "" && report.ProcessingStatus == ProcessingStatusCompleted:
		return nil, fmt.Errorf("payreports: report %s is COMPLETED, but the service returned no document id for it", id)
	case report.ReportDocumentID == "":
		return nil, fmt.Errorf("payreports: report %s is %s and has no document yet: wait for it with WaitForReport (on the command line, reports wait)", id, report.ProcessingStatus)
	}
	return c.OpenReportDocument(ctx, report.ReportDocumentID, opts...)
}

// OpenReportDocument is like [Client.OpenReport], for a document whose id you already have, for example from [Client.AllReports].
func (c *Client) OpenReportDocument(ctx context.Context, id ReportDocumentID, opts ...CallOption) (io.ReadCloser, error) {
	options, err := newCallOptions(c, opts)
	if err != nil {
		return nil, invalidArgument(opGetReportDocument, "%v", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	d := &download{
		ctx: ctx, cancel: cancel, client: c, opts: opts, usage: options.usage, id: id,
		hash: sha256.New(), size: -1, ranges: true,
	}
	content, err := d.open()
	if err != nil {
		d.close()
		return nil, err
	}
	if options.documentInfo != nil {
		*options.documentInfo = d.info
	}
	// From now on the caller may read its ResponseInfo, so later requests must not write to it.
	d.opts = append(slices.Clone(opts), callOptionFunc(func(o *callOptions) error {
		o.responseInfo = nil
		return nil
	}))
	return &document{download: d, content: content}, nil
}

// DownloadReport copies the file of a completed report to w and returns the number of bytes written. It reads the file like
// [Client.OpenReport]. After an error, w has only the beginning of the file.
func (c *Client) DownloadReport(ctx context.Context, id ReportID, w io.Writer, opts ...CallOption) (int64, error) {
	content, err := c.OpenReport(ctx, id, opts...)
	if err != nil {
		return 0, err
	}
	defer content.Close()
	return io.Copy(w, content)
}

// document is the reader that the caller gets. It comes before all buffers, so that nothing is read after Close or after the context ends.
type document struct {
	download *download
	content  io.Reader
	err      error
}

func (r *document) Read(p []byte) (int, error) {
	if r.err == nil {
		if err := contextError(r.download.ctx); err != nil {
			r.err = r.download.failed(err)
		}
	}
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.content.Read(p)
	r.err = err
	return n, err
}

// Close ends the download. Closing twice is allowed.
func (r *document) Close() error {
	r.download.close()
	r.err = fmt.Errorf("payreports: reading report document %s after Close: %w", r.download.id, fs.ErrClosed)
	return nil
}

// download reads the stored bytes, over as many connections as it takes.
type download struct {
	ctx    context.Context
	cancel context.CancelFunc
	client *Client
	opts   []CallOption
	usage  *Usage
	id     ReportDocumentID
	info   DocumentInfo

	offset int64     // bytes that the reader has received
	hash   hash.Hash // of these bytes
	size   int64     // of the whole file, or -1 if the storage service doesn't say
	is     validator // the version of the file that these bytes are from
	ranges bool      // whether to request only the rest of the file

	connection
	failures int // consecutive attempts without a new byte
	cuts     int // consecutive connections that were cut after a short time
	err      error
}

// open connects and returns the file's content, uncompressed.
func (d *download) open() (io.Reader, error) {
	if err := d.connect(); err != nil {
		return nil, err
	}
	return d.uncompressed()
}

// Read reads the file's bytes and reconnects as needed.
func (d *download) Read(p []byte) (int, error) {
	for {
		if d.err != nil {
			return 0, d.err
		}
		if d.body == nil {
			if err := d.connect(); err != nil {
				d.err = err
				continue
			}
		}
		n, err := d.connection.Read(p)
		if n > 0 {
			if d.size >= 0 && d.offset+int64(n) > d.size {
				d.err = d.failed(fmt.Errorf("the storage service sent more than the %d bytes that it announced", d.size))
				return 0, d.err
			}
			d.hash.Write(p[:n])
			d.offset += int64(n)
			d.failures = 0
		}
		switch {
		case err == nil:
		case d.sized && d.offset == d.size, errors.Is(err, io.EOF) && (d.size < 0 || d.offset == d.size):
			d.disconnect() // complete, even if the connection was cut after the last byte
			d.err = io.EOF
		default:
			d.disconnect()
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("the file has %d bytes: %w", d.size, io.ErrUnexpectedEOF)
			}
			d.err = d.retry(fmt.Errorf("the connection was cut: %w", err), 0)
		}
		if n > 0 {
			return n, nil
		}
	}
}

func (d *download) close() {
	d.disconnect()
	d.cancel()
}

// connect requests a new URL and connects at d.offset. It retries until the policy is exhausted.
func (d *download) connect() error {
	for {
		document, err := d.document()
		if err != nil {
			return err
		}
		wait, err := d.request(document)
		var unusable *unusableRangeError
		var again *retryableError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &unusable):
			d.ranges = false // so this happens only once
			d.client.logger.LogAttrs(d.ctx, slog.LevelDebug, "payreports: restarting a download to compare it with what was read before",
				slog.String("reportDocumentId", string(d.id)), slog.Int64("offset", d.offset), slog.String("cause", oneLine(err.Error(), 400)))
		case errors.As(err, &again):
			if err := d.retry(again.err, wait); err != nil {
				return err
			}
		default:
			return d.failed(err)
		}
	}
}

// retry is called after a connection that ended too early. It either waits and returns nil, or returns the error that ends the download.
func (d *download) retry(cause error, wait time.Duration) error {
	policy := d.client.retry
	d.failures++
	if err := contextError(d.ctx); err != nil {
		return d.failed(err)
	}
	if wait > policy.MaxRetryAfter {
		return d.failed(fmt.Errorf("%w (the storage service asks to wait %v, but the RetryPolicy allows at most %v)", cause, wait, policy.MaxRetryAfter))
	}
	if d.failures >= policy.MaxAttempts {
		return d.failed(fmt.Errorf("%w (gave up after %s)", cause, attempts(d.failures)))
	}
	delay := max(wait, d.pause())
	d.client.logger.LogAttrs(d.ctx, slog.LevelDebug, "payreports: resuming a download with a new URL",
		slog.String("reportDocumentId", string(d.id)), slog.Int64("offset", d.offset),
		slog.Duration("delay", delay), slog.String("cause", oneLine(cause.Error(), 400)))
	if err := sleep(d.ctx, delay); err != nil {
		return d.failed(err)
	}
	return nil
}

// pause returns the delay before the next connection. There is none after the first expired URL or cut connection, which is common. If
// connections keep getting cut, the delays grow, even if each connection brings new bytes. The time that the last connection lasted counts
// towards the delay.
func (d *download) pause() time.Duration {
	policy := d.client.retry
	lasted := time.Since(d.opened)
	if lasted >= policy.MaxDelay {
		d.cuts = 0
	}
	d.cuts++
	if d.cuts == 1 {
		return 0
	}
	return max(0, policy.delay(d.cuts, 0)-lasted)
}

func (d *download) failed(err error) error {
	return fmt.Errorf("payreports: downloading report document %s: stopped after %d bytes: %w", d.id, d.offset, err)
}
