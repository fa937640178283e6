package payreports

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// documentPolls bounds how often a document that isn't ready is asked for, two seconds apart.
	documentPolls = 30
	// stalledAfter is how long a download may bring no byte before its connection counts as cut.
	stalledAfter = 60 * time.Second
)

// OpenReport opens the file of a completed report for reading, exactly as the service made it; package reportfile reads what is in it.
// The caller must close it. Reading goes on after cut connections and expired URLs, from the byte that was reached, and
// ends with io.EOF only when the file is whole: any other error means that it isn't. A file that is compressed with
// gzip is uncompressed. The context ends the reading as well as the opening.
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
		return nil, fmt.Errorf("payreports: report %s is COMPLETED, and the service names no document of it", id)
	case report.ReportDocumentID == "":
		return nil, fmt.Errorf("payreports: report %s is %s and has no document yet: wait for it with WaitForReport (on the command line, reports wait)", id, report.ProcessingStatus)
	}
	return c.OpenReportDocument(ctx, report.ReportDocumentID, opts...)
}

// OpenReportDocument is [Client.OpenReport] for a document whose id is known, as from [Client.Reports].
func (c *Client) OpenReportDocument(ctx context.Context, id ReportDocumentID, opts ...CallOption) (io.ReadCloser, error) {
	options, err := newCallOptions(c, opts)
	if err != nil {
		return nil, invalidArgument(opGetReportDocument, "%v", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	d := &download{
		ctx: ctx, cancel: cancel, client: c, opts: opts, id: id,
		hash: sha256.New(), size: -1,
	}
	if err := d.connect(); err != nil {
		d.Close()
		return nil, err
	}
	// The caller may read its ResponseInfo from now on.
	d.opts = append(slices.Clone(opts), callOptionFunc(func(o *callOptions) error {
		o.responseInfo = nil
		return nil
	}))
	content, err := uncompressed(d)
	if err != nil {
		d.Close()
		return nil, err
	}
	if options.documentInfo != nil {
		*options.documentInfo = d.info
	}
	return content, nil
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

// uncompressed undoes gzip, which the documentation announces for the future in compressionAlgorithm. The file's first bytes decide,
// because a declaration doesn't say whether a proxy on the way has undone it already.
func uncompressed(d *download) (io.ReadCloser, error) {
	type reader struct {
		io.Reader
		io.Closer
	}
	buffered := bufio.NewReaderSize(d, 32<<10)
	magic, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(magic) != "\x1f\x8b" {
		return reader{buffered, d}, nil
	}
	d.info.Compressed = true
	unzipped, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, d.failed(fmt.Errorf("the file begins like gzip and isn't: %w", err))
	}
	return reader{&gunzip{unzipped, d}, d}, nil
}

// gunzip says of which document damaged bytes are.
type gunzip struct {
	unzipped *gzip.Reader
	d        *download
}

func (g *gunzip) Read(p []byte) (int, error) {
	n, err := g.unzipped.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && (g.d.err == nil || errors.Is(g.d.err, io.EOF)) {
		err = g.d.failed(fmt.Errorf("the compressed file is damaged: %w", err))
	}
	return n, err
}

// download reads a document's bytes over as many connections as it takes.
type download struct {
	ctx    context.Context
	cancel context.CancelFunc
	client *Client
	opts   []CallOption
	id     ReportDocumentID

	offset   int64     // bytes handed to the reader
	hash     hash.Hash // of these bytes
	size     int64     // of the whole file, -1 if the storage doesn't say
	etag     string
	modified string // the Last-Modified
	info     DocumentInfo

	body       io.ReadCloser // the connection in use, nil if there is none
	connection context.Context
	stalled    *time.Timer
	failures   int // attempts in a row that brought no byte
	err        error
}

var errStalled = fmt.Errorf("the storage sent nothing for %v", stalledAfter)

// connectionError is why a connection ended: the transport says only that it was cancelled if it stalled, and may quote
// the URL.
func (d *download) connectionError(err error) error {
	if errors.Is(context.Cause(d.connection), errStalled) {
		return errStalled
	}
	return masked(err)
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
		d.stalled.Reset(stalledAfter)
		n, err := d.body.Read(p)
		d.stalled.Stop()
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
		case errors.Is(err, io.EOF) && (d.size < 0 || d.offset == d.size):
			d.disconnect()
			d.err = io.EOF
		case err != nil:
			d.disconnect()
			if err := d.retry(fmt.Errorf("the connection was cut: %w", d.connectionError(err)), 0); err != nil {
				d.err = err
			}
		}
		if n > 0 {
			return n, nil
		}
	}
}

// Close ends the download. Closing twice is allowed.
func (d *download) Close() error {
	d.disconnect()
	d.cancel()
	if d.err == nil {
		d.err = errors.New("payreports: the report was read after Close")
	}
	return nil
}

func (d *download) disconnect() {
	if d.stalled != nil {
		d.stalled.Stop()
	}
	if d.body != nil {
		d.body.Close()
		d.body = nil
	}
}

// connect asks for a new URL and goes on from d.offset, until a connection stands or the policy is exhausted.
func (d *download) connect() error {
	for {
		document, err := d.document()
		if err != nil {
			return err
		}
		wait, err := d.request(document)
		if err == nil {
			return nil
		}
		var again *retryableError
		if !errors.As(err, &again) {
			return d.failed(err)
		}
		if err := d.retry(again.err, wait); err != nil {
			return err
		}
	}
}

// retryableError marks a failure that a new URL may mend.
type retryableError struct{ err error }

func (e *retryableError) Error() string { return e.err.Error() }
func (e *retryableError) Unwrap() error { return e.err }

// retry counts a connection that ended too early. It waits and returns nil, or returns the error that ends the download.
func (d *download) retry(cause error, wait time.Duration) error {
	policy := d.client.retry
	d.failures++
	if err := contextError(d.ctx); err != nil {
		return d.failed(err)
	}
	if d.failures >= policy.MaxAttempts || wait > policy.MaxRetryAfter {
		return d.failed(fmt.Errorf("%w (gave up after %s)", cause, attempts(d.failures)))
	}
	delay := max(wait, policy.delay(d.failures, 0))
	if d.failures == 1 && wait == 0 {
		delay = 0 // an expired URL or a cut connection is usual, and a new URL mends it
	}
	d.client.logger.LogAttrs(d.ctx, slog.LevelDebug, "payreports: download goes on with a new URL",
		slog.String("reportDocumentId", string(d.id)), slog.Int64("offset", d.offset),
		slog.Duration("delay", delay), slog.String("cause", oneLine(cause.Error(), 400)))
	if err := sleep(d.ctx, delay); err != nil {
		return d.failed(err)
	}
	return nil
}

func (d *download) failed(err error) error {
	return fmt.Errorf("payreports: downloading report document %s: stopped after %d bytes: %w", d.id, d.offset, err)
}

// document asks for the URL until the document is ready.
func (d *download) document() (*ReportDocument, error) {
	for range documentPolls {
		document, err := d.client.GetReportDocument(d.ctx, d.id, d.opts...)
		if err != nil || !document.URL.IsZero() {
			return document, err
		}
		if err := sleep(d.ctx, firstPoll); err != nil {
			return nil, d.failed(err)
		}
	}
	return nil, d.failed(fmt.Errorf("the service gave no URL in %d answers: the document isn't ready", documentPolls))
}

// request opens a connection at d.offset. The wait that it returns beside a retryableError is what the storage asked for.
func (d *download) request(document *ReportDocument) (time.Duration, error) {
	u, err := url.Parse(document.URL.Unredacted())
	if err != nil {
		return 0, errors.New("the service's URL can't be parsed") // the parser's error quotes it
	}
	if err := checkScheme(u, d.client.allowInsecure); err != nil {
		return 0, fmt.Errorf("the service's URL: %w", err)
	}
	connection, cancel := context.WithCancelCause(d.ctx)
	d.connection = connection
	// Storage needs no header of this API, and must not get one: the URL is the permission.
	req := (&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{
		"Accept-Encoding": {"identity"},
		"User-Agent":      {d.client.userAgent},
	}}).WithContext(connection)
	if d.offset > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(d.offset, 10)+"-")
		if d.etag != "" && !strings.HasPrefix(d.etag, "W/") { // a weak one doesn't promise the same bytes
			req.Header.Set("If-Range", d.etag)
		}
	}
	d.stalled = time.AfterFunc(stalledAfter, func() { cancel(errStalled) })
	resp, err := d.client.storage.Do(req)
	if err != nil {
		d.stalled.Stop()
		err = d.connectionError(err)
		cancel(nil)
		if permanent(err) {
			return 0, err
		}
		return 0, &retryableError{err}
	}
	d.body = &cancelOnClose{resp.Body, cancel}
	wait, err := d.accept(resp)
	if err != nil {
		d.disconnect()
	}
	return wait, err
}

type cancelOnClose struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (c *cancelOnClose) Close() error {
	defer c.cancel(nil)
	return c.ReadCloser.Close()
}

// accept checks that the answer's body begins at d.offset of the same file.
func (d *download) accept(resp *http.Response) (time.Duration, error) {
	switch {
	case resp.StatusCode == http.StatusOK:
		return 0, d.acceptFile(resp)
	case resp.StatusCode == http.StatusPartialContent:
		return 0, d.acceptRest(resp)
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && resp.Header.Get("Content-Range") == fmt.Sprintf("bytes */%d", d.offset):
		// All bytes had come before the connection was cut.
		d.body.Close()
		d.body = http.NoBody
		return 0, d.announced(resp, d.offset)
	case resp.StatusCode == http.StatusForbidden:
		return 0, &retryableError{errors.New("the storage answered 403, as it does when a URL has expired")}
	case retryableStatus(resp.StatusCode):
		a := &answer{status: resp.StatusCode, header: resp.Header}
		return retryAfter(a, d.client.now()), &retryableError{fmt.Errorf("the storage answered %d", resp.StatusCode)}
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return 0, fmt.Errorf("the storage answered %d, a redirect, which is never followed", resp.StatusCode)
	default:
		return 0, fmt.Errorf("the storage answered %d", resp.StatusCode)
	}
}

// acceptFile takes an answer that holds the file from its beginning.
func (d *download) acceptFile(resp *http.Response) error {
	encoding := strings.ToLower(resp.Header.Get("Content-Encoding"))
	switch {
	case !slices.Contains([]string{"", "identity", "gzip", "x-gzip"}, encoding): // gzip is told by the bytes themselves
		return fmt.Errorf("the storage sent the file encoded as %q, which was not asked for", oneLine(encoding, 32))
	case resp.ContentLength < 0 && resp.ProtoMajor == 1 && len(resp.TransferEncoding) == 0:
		return errors.New("the storage doesn't say how long the file is, so it could be cut without a sign")
	}
	if err := d.announced(resp, resp.ContentLength); err != nil {
		return err
	}
	if d.offset > 0 {
		if err := d.skip(); err != nil {
			return err
		}
	}
	d.etag, d.modified = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	d.info = documentInfo(resp.Header)
	return nil
}

// acceptRest takes an answer that holds the file from d.offset on.
func (d *download) acceptRest(resp *http.Response) error {
	start, end, size, err := contentRange(resp.Header.Get("Content-Range"))
	if size < 0 {
		size = d.size
	}
	switch {
	case err != nil:
		return err
	case start != d.offset:
		return fmt.Errorf("the storage answered from byte %d instead of %d", start, d.offset)
	case size < 0:
		return errors.New("the storage doesn't say how long the file is, so it could be cut without a sign")
	case end != size-1:
		return fmt.Errorf("the storage answered to byte %d, which is not the rest of %d", end, size)
	}
	return d.announced(resp, size)
}

// announced holds what an answer says about the file against what earlier ones said.
func (d *download) announced(resp *http.Response, size int64) error {
	if d.size >= 0 && size >= 0 && size != d.size {
		return fmt.Errorf("the file had %d bytes and now has %d: it was changed during the download", d.size, size)
	}
	if d.size < 0 {
		d.size = size
	}
	if resp.StatusCode == http.StatusOK {
		return nil // all of it comes from this answer, but for what is compared
	}
	for name, was := range map[string]string{"ETag": d.etag, "Last-Modified": d.modified} {
		if now := resp.Header.Get(name); was != "" && now != "" && now != was {
			return fmt.Errorf("the file's %s was %q and now is %q: it was changed during the download", name, oneLine(was, 64), oneLine(now, 64))
		}
	}
	return nil
}

// skip reads over the bytes that the reader has got already, from a storage that doesn't do ranges, and checks that they are the same.
func (d *download) skip() error {
	again := sha256.New()
	prefix := &stallGuard{d.body, d.stalled}
	if n, err := io.CopyN(again, prefix, d.offset); err != nil {
		return &retryableError{fmt.Errorf("the connection was cut while reading the first %d bytes again, at %d: %w", d.offset, n, d.connectionError(err))}
	}
	if !bytes.Equal(again.Sum(nil), d.hash.Sum(nil)) {
		return fmt.Errorf("the first %d bytes of the file are not what they were: it was changed during the download", d.offset)
	}
	return nil
}

// stallGuard gives each read its own time before the connection counts as stalled.
type stallGuard struct {
	io.Reader
	timer *time.Timer
}

func (g *stallGuard) Read(p []byte) (int, error) {
	g.timer.Reset(stalledAfter)
	return g.Reader.Read(p)
}

// contentRange reads "bytes 100-199/200"; the size is -1 for "*".
func contentRange(header string) (start, end, size int64, err error) {
	var total string
	_, err = fmt.Sscanf(header, "bytes %d-%d/%s", &start, &end, &total)
	size = -1
	if err == nil && total != "*" {
		size, err = strconv.ParseInt(total, 10, 64)
	}
	if err != nil {
		return 0, 0, 0, fmt.Errorf("the storage's Content-Range %q can't be read", oneLine(header, 64))
	}
	return start, end, size, nil
}
