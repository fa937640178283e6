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

// OpenReport opens the file of a completed report for reading, exactly as the service made it; package reportfile reads what is
// in it. The caller must close it.
//
// Reading goes on after cut connections and expired URLs, and ends with io.EOF only when the file is whole: any other error means
// that it isn't. The bytes are never those of two versions of the file: where the storage doesn't prove by a strong ETag that it
// still has the same one, the file is fetched again from its beginning and compared with what was read. A file that is compressed
// with gzip is uncompressed; one that is compressed twice is an error.
//
// The context ends the reading as well as the opening: Read then returns an error that wraps the context's. After Close it
// returns one that wraps [fs.ErrClosed].
//
// What the bytes are is not looked at: a proxy's login page that is sent with status 200 is handed on like a report.
// [WithDocumentInfo] tells what the storage states about them.
//
// The errors are those of [Client.GetReportByID], a [*ReportFailedError], a [*ReportCancelledError], or one that says that the report
// isn't completed yet: [Client.WaitForReport] waits for that.
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
		return nil, fmt.Errorf("payreports: report %s is COMPLETED, but the service names no document for it", id)
	case report.ReportDocumentID == "":
		return nil, fmt.Errorf("payreports: report %s is %s and has no document yet: wait for it with WaitForReport (on the command line, reports wait)", id, report.ProcessingStatus)
	}
	return c.OpenReportDocument(ctx, report.ReportDocumentID, opts...)
}

// OpenReportDocument is [Client.OpenReport] for a document whose id is known, as from [Client.AllReports].
func (c *Client) OpenReportDocument(ctx context.Context, id ReportDocumentID, opts ...CallOption) (io.ReadCloser, error) {
	options, err := newCallOptions(c, opts)
	if err != nil {
		return nil, invalidArgument(opGetReportDocument, "%v", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	d := &download{
		ctx: ctx, cancel: cancel, client: c, opts: opts, id: id,
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
	// The caller may read its ResponseInfo from now on.
	d.opts = append(slices.Clone(opts), callOptionFunc(func(o *callOptions) error {
		o.responseInfo = nil
		return nil
	}))
	return &document{download: d, content: content}, nil
}

// DownloadReport writes the file of a completed report to w and returns the number of bytes written. It is a copy of what
// [Client.OpenReport] reads: after an error, what was written is the beginning of the file and no more.
func (c *Client) DownloadReport(ctx context.Context, id ReportID, w io.Writer, opts ...CallOption) (int64, error) {
	content, err := c.OpenReport(ctx, id, opts...)
	if err != nil {
		return 0, err
	}
	defer content.Close()
	return io.Copy(w, content)
}

// document is what the caller reads. It stands in front of all buffers, so that nothing is read after Close or the
// context's end.
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

// download reads the bytes that the storage has, over as many connections as it takes.
type download struct {
	ctx    context.Context
	cancel context.CancelFunc
	client *Client
	opts   []CallOption
	id     ReportDocumentID
	info   DocumentInfo

	offset int64     // bytes handed to the reader
	hash   hash.Hash // of these bytes
	size   int64     // of the whole file, -1 if the storage doesn't say
	is     validator // of the version of the file that these bytes are from
	ranges bool      // whether the storage can be asked for the rest alone

	connection
	failures int // attempts in a row that brought no byte
	cuts     int // connections in a row that ended early and soon
	err      error
}

// open connects and returns the file's content, uncompressed.
func (d *download) open() (io.Reader, error) {
	if err := d.connect(); err != nil {
		return nil, err
	}
	return d.uncompressed()
}

// Read hands on the file's bytes, renewing the connection as needed.
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
				d.err = d.failed(fmt.Errorf("the storage sent more than the %d bytes that it announced", d.size))
				return 0, d.err
			}
			d.hash.Write(p[:n])
			d.offset += int64(n)
			d.failures = 0
		}
		switch {
		case err == nil:
		case d.sized && d.offset == d.size, errors.Is(err, io.EOF) && (d.size < 0 || d.offset == d.size):
			d.disconnect() // whole, also if the connection was lost after the last byte
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

// connect asks for a new URL and goes on from d.offset, until a connection stands or the policy is exhausted.
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
			d.ranges = false // and so this happens once
			d.client.logger.LogAttrs(d.ctx, slog.LevelDebug, "payreports: download starts again to compare what was read",
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

// retry counts a connection that ended too early. It waits and returns nil, or returns the error that ends the download.
func (d *download) retry(cause error, wait time.Duration) error {
	policy := d.client.retry
	d.failures++
	if err := contextError(d.ctx); err != nil {
		return d.failed(err)
	}
	if wait > policy.MaxRetryAfter {
		return d.failed(fmt.Errorf("%w (the storage asks to wait %v, and the RetryPolicy waits %v at most)", cause, wait, policy.MaxRetryAfter))
	}
	if d.failures >= policy.MaxAttempts {
		return d.failed(fmt.Errorf("%w (gave up after %s)", cause, attempts(d.failures)))
	}
	delay := max(wait, d.pause())
	d.client.logger.LogAttrs(d.ctx, slog.LevelDebug, "payreports: download goes on with a new URL",
		slog.String("reportDocumentId", string(d.id)), slog.Int64("offset", d.offset),
		slog.Duration("delay", delay), slog.String("cause", oneLine(cause.Error(), 400)))
	if err := sleep(d.ctx, delay); err != nil {
		return d.failed(err)
	}
	return nil
}

// pause is the wait before the next connection. One expired URL or cut connection is usual and needs none. A storage that keeps
// cutting, however many bytes each connection brings, is asked less and less often; the time that the last connection
// lasted counts as waited.
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
