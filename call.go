package payreports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/signing"
)

const (
	opGetReports            = "getReports"
	opGetReportByID         = "getReportById"
	opCreateReport          = "createReport"
	opGetReportDocument     = "getReportDocument"
	opGetReportSchedules    = "getReportSchedules"
	opGetReportScheduleByID = "getReportScheduleById"
	opCreateReportSchedule  = "createReportSchedule"
	opCancelReportSchedule  = "cancelReportSchedule"
	opGetDisbursements      = "getDisbursements"
)

// send calls one operation of the generated client.
type send func(generated *api.Client) (*http.Response, error)

// execute makes one call of an operation. The generated client builds the request, and decode turns the response into a T.
func execute[T any](c *Client, operation string, opts []CallOption, send send, decode func(body []byte) (*T, error)) (*T, error) {
	k, err := c.run(operation, opts, send)
	if err != nil {
		return nil, err
	}
	value, err := decode(k.answer.body)
	if err != nil {
		return nil, k.undecodable(err)
	}
	c.warnOfTimes(k.answer.sent.Context(), operation, value)
	k.succeeded()
	return value, nil
}

// run makes the call. If it returns no error, the call has a 2xx response.
func (c *Client) run(operation string, opts []CallOption, send send) (*call, error) {
	options, err := newCallOptions(c, opts)
	if err != nil {
		return nil, invalidArgument(operation, "%v", err)
	}
	k := &call{client: c, operation: operation, options: options}
	// The generated client returns what its Doer returns. The response that k.Do has read is in k.
	if _, err := send(&api.Client{Server: c.server, Client: k}); err != nil { //nolint:bodyclose // k.Do has read and closed it
		if k.failure != nil {
			return nil, k.failure
		}
		return nil, invalidArgument(operation, "can't build the request: %v", err)
	}
	return k, nil
}

// call is one call of an operation. It is also the Doer of the generated client: it sends the request that the generated client has built,
// and retries it.
type call struct {
	client    *Client
	operation string
	options   callOptions

	tries         int // all attempts, including those in which the key failed before anything was sent
	attempts      int // attempts that were sent
	skewCorrected bool
	mayHaveWorked bool // an earlier attempt may have succeeded without the client knowing

	answer  *answer
	failure *Error // of the last attempt, or of the call if it failed
}

// Do sends the request until it succeeds, fails for good, or the retry policy or the context ends the call. The outcome is in k.answer or
// k.failure.
func (k *call) Do(original *http.Request) (*http.Response, error) {
	ctx := original.Context()
	if original.Method == http.MethodPost {
		k.options.idempotencyKey = cmp.Or(k.options.idempotencyKey, NewIdempotencyKey())
	} else {
		k.options.idempotencyKey = "" // the service ignores it on other operations
	}
	for {
		started := time.Now()
		a, err := k.attempt(ctx, original)
		var unsent *notSentError
		isUnsent := errors.As(err, &unsent)
		if err != nil && ctx.Err() != nil {
			err = contextError(ctx)
		}
		k.log(ctx, original, a, err, time.Since(started))
		if err == nil && (a.ok() || k.cancelledBefore(a)) {
			k.answer = a
			return &http.Response{StatusCode: a.status, Header: a.header, Body: http.NoBody, Request: a.sent}, nil
		}
		if isUnsent && k.attempts > 0 {
			k.failure = k.failure.endedBy(err) // the attempt before is why this one was made
		} else {
			k.failure = k.failureOf(a, err)
		}
		delay, again := k.next(ctx, a, err)
		if !again {
			return nil, k.failure
		}
		if k.client.retry.OnRetry != nil {
			k.client.retry.OnRetry(RetryEvent{Operation: k.operation, Attempt: k.tries, Delay: delay, Err: k.failure})
		}
		if err := sleep(ctx, delay); err != nil {
			k.failure = k.failure.endedBy(err)
			return nil, k.failure
		}
	}
}

// progress records how far a request got, if the transport reports it.
type progress struct{ started, written atomic.Bool }

func (p *progress) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { p.started.Store(true) },
		WroteHeaders: func() { p.written.Store(true) },
	})
}

// mayHaveArrived reports whether the service may have received the request. It can't have if the transport didn't start to write it, because
// the connection, the proxy's CONNECT or the TLS handshake failed. A RoundTripper that doesn't report its progress gets the benefit of the
// doubt, except for a failure to connect.
func (p *progress) mayHaveArrived(err error) bool {
	if p.started.Load() {
		return p.written.Load()
	}
	var network *net.OpError
	return !errors.As(err, &network) || network.Op != "dial"
}

// cancelledBefore reports whether a 404 means that an earlier attempt of this call cancelled the schedule. The 404 must be the API's own, not
// a gateway's.
func (k *call) cancelledBefore(a *answer) bool {
	return k.operation == opCancelReportSchedule && a.status == http.StatusNotFound && k.mayHaveWorked && refusal(k.operation, a, nil).ReasonCode != ""
}

func (k *call) attempt(ctx context.Context, original *http.Request) (*answer, error) {
	c := k.client
	if err := c.admit(ctx); err != nil {
		return nil, &notSentError{err}
	}
	req := original.Clone(ctx)
	if original.GetBody != nil {
		body, err := original.GetBody()
		if err != nil {
			return nil, &notSentError{fmt.Errorf("can't read the body again: %w", err)}
		}
		req.Body = body
	}
	k.tries++
	for _, edit := range []api.RequestEditorFn{k.setHeaders, k.sign} {
		if err := edit(ctx, req); err != nil {
			return nil, &notSentError{fmt.Errorf("can't sign the request: %w", masked(err, k.secrets(req)...))}
		}
	}
	k.attempts++
	k.options.usage.sent()
	var way progress
	resp, err := c.httpClient.Do(req.Clone(way.traced(ctx))) // a clone, so that a RoundTripper can't change req
	if err != nil {
		k.mayHaveWorked = k.mayHaveWorked || way.mayHaveArrived(err)
		return nil, masked(err, k.secrets(req)...)
	}
	defer resp.Body.Close()
	k.options.usage.answered(resp.StatusCode, false)
	a := &answer{status: resp.StatusCode, header: resp.Header, sent: req}
	limit := int64(maxAnswer)
	if !a.ok() {
		limit = maxRefusal
	}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if int64(len(a.body)) > limit {
		a.body, a.truncated, err = a.body[:limit], true, nil
	}
	k.mayHaveWorked = k.mayHaveWorked || a.ok() || a.status >= 500
	switch {
	case err != nil && a.ok():
		return nil, fmt.Errorf("the connection was cut during the response: %w", masked(err, k.secrets(req)...))
	case a.ok() && a.truncated:
		return a, &finalError{fmt.Errorf("the response is longer than %d MiB", maxAnswer>>20)}
	}
	// If the body of an error response was cut, the status still counts.
	a.retryAfter = retryAfter(a, c.now())
	c.skew.follow(a.date(), c.now())
	return a, nil
}

func (k *call) setHeaders(_ context.Context, req *http.Request) error {
	req.Header.Set("User-Agent", k.client.userAgent)
	req.Header.Set("x-amz-pay-region", string(k.client.region))
	if k.options.authToken != "" {
		req.Header.Set("x-amz-pay-authtoken", k.options.authToken)
	}
	if k.options.idempotencyKey != "" {
		req.Header.Set(signing.HeaderIdempotencyKey, k.options.idempotencyKey)
	}
	return nil
}

func (k *call) sign(ctx context.Context, req *http.Request) error {
	return k.client.signer.SignRequestAt(ctx, req, k.client.skew.correct(k.client.now()))
}

// next decides whether to retry, and after what delay.
func (k *call) next(ctx context.Context, a *answer, err error) (time.Duration, bool) {
	c := k.client
	wait := c.retry.delay(k.tries, 0)
	if a != nil {
		wait = max(wait, a.retryAfter)
		if a.status == http.StatusTooManyRequests {
			c.throttle.slowDown(wait, c.retry.MaxRetryAfter)
		}
	}
	switch {
	case k.tries >= c.retry.MaxAttempts || ctx.Err() != nil:
		return 0, false
	case err != nil:
		return wait, !permanent(err)
	case dateInFuture(a):
		return 0, k.correctSkew(ctx, a)
	case retryableStatus(a.status):
		return wait, a.retryAfter <= c.retry.MaxRetryAfter
	default:
		return 0, false
	}
}

// failureOf returns the error that the caller gets if this attempt is the last.
func (k *call) failureOf(a *answer, err error) *Error {
	var e *Error
	if err != nil {
		e = &Error{Operation: k.operation, cause: err}
		if a != nil {
			e.StatusCode, e.RequestID = a.status, k.requestID(a)
		}
		if badEndpoint(err) {
			e.Diagnosis = "the endpoint's certificate or protocol is not what was expected: check the endpoint, a TLS-inspecting proxy, and this machine's CA certificates"
		}
	} else {
		e = refusal(k.operation, a, k.secrets(a.sent))
		switch {
		case e.ReasonCode == reasonInvalidRequestSignature:
			e.Diagnosis = k.diagnoseSignature(a)
		case dateInFuture(a):
			e.Diagnosis = k.diagnoseDate(a)
		}
	}
	e.Attempts = k.attempts
	e.IdempotencyKey = k.options.idempotencyKey
	return e
}

func (k *call) undecodable(err error) error {
	a := k.answer
	e := &Error{
		Operation: k.operation, StatusCode: a.status, RequestID: k.requestID(a), Attempts: k.attempts,
		IdempotencyKey: k.options.idempotencyKey, Message: "the response doesn't match the documentation", cause: masked(err, k.secrets(a.sent)...),
	}
	if a.isPage() {
		e.Message, e.cause = fmt.Sprintf("the response is not JSON but %s, probably from a proxy or a login page: check the endpoint and the proxy", redact(a.describeContent(), k.secrets(a.sent))), nil
	}
	return e
}

func (k *call) succeeded() {
	if a := k.answer; k.options.responseInfo != nil {
		*k.options.responseInfo = ResponseInfo{
			StatusCode: a.status, RequestID: k.requestID(a), IdempotencyKey: k.options.idempotencyKey,
			Attempts: k.attempts, Date: a.date(),
		}
	}
}

// secrets returns what must not appear in errors and log lines, even if a response or an error echoes it.
func (k *call) secrets(sent *http.Request) []string {
	authorization := sent.Header.Get("Authorization")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	return []string{authorization, signature, k.options.authToken}
}

// requestID returns the response's request id in a form that is safe to print.
func (k *call) requestID(a *answer) string {
	return oneLine(redact(a.requestID(), k.secrets(a.sent)), 128)
}

func (k *call) log(ctx context.Context, req *http.Request, a *answer, err error, took time.Duration) {
	logger := k.client.logger
	if !logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", k.operation), slog.String("method", req.Method),
		slog.String("host", req.URL.Host), slog.String("path", req.URL.Path),
		slog.Int("attempt", k.attempts), slog.Duration("took", took),
	}
	if k.options.idempotencyKey != "" {
		attrs = append(attrs, slog.String("idempotencyKey", k.options.idempotencyKey))
	}
	if a != nil {
		attrs = append(attrs, slog.Int("status", a.status), slog.String("requestId", k.requestID(a)))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", oneLine(err.Error(), 400)))
	}
	logger.LogAttrs(ctx, slog.LevelDebug, "payreports: attempt", attrs...)
}
