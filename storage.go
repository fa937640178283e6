package payreports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// documentPolls is how many times to poll for a document that isn't ready, every two seconds.
	documentPolls = 30
	// stalledAfter is how long to wait for the next byte before the connection counts as cut.
	stalledAfter = 60 * time.Second
)

var errStalled = fmt.Errorf("the storage service sent nothing for %v", stalledAfter)

// connection is one request to the storage service. body is nil if there is none.
type connection struct {
	ctx     context.Context
	body    io.ReadCloser
	stalled *time.Timer
	opened  time.Time
	sized   bool     // whether this response says how long the file is
	secrets []string // of its URL
}

// Read restarts the timer for a stalled connection with each read.
func (c *connection) Read(p []byte) (int, error) {
	c.stalled.Reset(stalledAfter)
	n, err := c.body.Read(p)
	c.stalled.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = c.explain(err)
	}
	return n, err
}

// explain returns the reason why a connection ended. If it stalled, the transport only says that it was cancelled. The transport may also quote
// the URL.
func (c *connection) explain(err error) error {
	if errors.Is(context.Cause(c.ctx), errStalled) {
		return errStalled
	}
	err = masked(err)
	if text := err.Error(); redact(text, c.secrets) != text {
		return &maskedError{err, redact(text, c.secrets)}
	}
	return err
}

func (c *connection) disconnect() {
	if c.stalled != nil {
		c.stalled.Stop()
	}
	if c.body != nil {
		c.body.Close()
		c.body = nil
	}
}

// document requests the URL until the document is ready.
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
	return nil, d.failed(fmt.Errorf("the document isn't ready: the service returned no URL in %d responses", documentPolls))
}

// retryableError marks an error that may go away with a new URL.
type retryableError struct{ err error }

func (e *retryableError) Error() string { return e.err.Error() }
func (e *retryableError) Unwrap() error { return e.err }

// request opens a connection at d.offset. If it returns a retryableError, it also returns how long the storage service asked to wait.
func (d *download) request(document *ReportDocument) (time.Duration, error) {
	u, err := url.Parse(document.URL.Unredacted())
	if err != nil {
		return 0, errors.New("can't parse the service's URL") // the parser's error quotes it
	}
	if err := d.client.checkDocumentURL(u); err != nil {
		return 0, fmt.Errorf("the service's URL: %w", err)
	}
	ctx, cancel := context.WithCancelCause(d.ctx)
	// The storage service must not get any header of the API. It doesn't need one, because the URL is the permission.
	req := (&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{
		"Accept-Encoding": {"identity"},
		"User-Agent":      {d.client.userAgent},
	}}).WithContext(ctx)
	if d.resumable() {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(d.offset, 10)+"-")
		req.Header.Set("If-Range", d.is.etag)
	}
	d.connection = connection{
		ctx: ctx, opened: time.Now(), secrets: secretsOf(u),
		stalled: time.AfterFunc(stalledAfter, func() { cancel(errStalled) }),
	}
	d.usage.sent()
	resp, err := d.client.storage.Do(req) //nolint:bodyclose // d.body closes it: see disconnect
	if err != nil {
		d.stalled.Stop()
		err = d.explain(err)
		cancel(nil)
		if permanent(err) {
			return 0, err
		}
		return 0, &retryableError{err}
	}
	d.usage.answered(resp.StatusCode, true)
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

// accept checks that the response's body starts at d.offset of the same file.
func (d *download) accept(resp *http.Response) (time.Duration, error) {
	switch status := resp.StatusCode; {
	case status == http.StatusOK:
		return 0, d.acceptFile(resp)
	case status == http.StatusPartialContent:
		return 0, d.acceptRest(resp)
	case status == http.StatusRequestedRangeNotSatisfiable && d.resumable():
		return 0, d.acceptEnd(resp)
	case status >= 300 && status < 400:
		return 0, fmt.Errorf("the storage service returned %d, a redirect, and redirects are never followed", status)
	}
	refused := d.refusal(resp)
	switch {
	case refused.expired():
		return 0, &retryableError{refused}
	case refused.temporary():
		return retryAfter(&answer{status: resp.StatusCode, header: resp.Header}, d.client.now()), &retryableError{refused}
	default:
		return 0, refused
	}
}
