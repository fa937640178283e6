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

// send is what an operation does with the generated client.
type send func(generated *api.Client) (*http.Response, error)

// execute runs one call of an operation: it lets the generated client build the request and reads the answer into a T.
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

// run makes the call. The call that it returns has a 2xx answer; all else is the error that the caller gets.
func (c *Client) run(operation string, opts []CallOption, send send) (*call, error) {
	options, err := newCallOptions(c, opts)
	if err != nil {
		return nil, invalidArgument(operation, "%v", err)
	}
	k := &call{client: c, operation: operation, options: options}
	// The generated client hands on what its Doer returns; the answer that k.Do has read is in k.
	if _, err := send(&api.Client{Server: c.server, Client: k}); err != nil { //nolint:bodyclose // k.Do has read and closed it
		if k.failure != nil {
			return nil, k.failure
		}
		return nil, invalidArgument(operation, "the request can't be built: %v", err)
	}
	return k, nil
}

// call is one call of an operation, and the Doer of the generated client that it is made with: it sends the request
// that the generated client has built, again if need be.
type call struct {
	client    *Client
	operation string
	options   callOptions

	tries         int // attempts, and those that ended before anything was sent because the key failed
	attempts      int
	skewCorrected bool
	mayHaveWorked bool // an attempt ended without saying whether the work was done

	answer  *answer
	failure *Error // of the last attempt, or of the call if it failed
}

// Do sends the request until it is answered, refused for good, or the policy or the context ends. It leaves the outcome
// in k.answer or k.failure.
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
			k.failure = k.failure.endedBy(err) // what the last attempt met is the reason to be here
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

// progress is how far a request has come, as far as the transport tells.
type progress struct{ started, written atomic.Bool }

func (p *progress) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { p.started.Store(true) },
		WroteHeaders: func() { p.written.Store(true) },
	})
}

// mayHaveArrived reports whether the service can have seen the request. It can't if the transport had not begun to write it: the
// connection, the proxy's CONNECT or the TLS handshake failed. Of a RoundTripper that tells nothing only a failure to connect is known.
func (p *progress) mayHaveArrived(err error) bool {
	if p.started.Load() {
		return p.written.Load()
	}
	var network *net.OpError
	return !errors.As(err, &network) || network.Op != "dial"
}

// cancelledBefore reports whether a 404 of this API, not of a gateway on the way, says that an earlier attempt of this
// very call has cancelled the schedule.
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
			return nil, &notSentError{fmt.Errorf("the body can't be read again: %w", err)}
		}
		req.Body = body
	}
	k.tries++
	for _, edit := range []api.RequestEditorFn{k.setHeaders, k.sign} {
		if err := edit(ctx, req); err != nil {
			return nil, &notSentError{fmt.Errorf("the request can't be signed: %w", masked(err, k.secrets(req)...))}
		}
	}
	k.attempts++
	var way progress
	resp, err := c.httpClient.Do(req.Clone(way.traced(ctx))) // req stays what was signed, whatever a RoundTripper does
	if err != nil {
		k.mayHaveWorked = k.mayHaveWorked || way.mayHaveArrived(err)
		return nil, masked(err, k.secrets(req)...)
	}
	defer resp.Body.Close()
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
		return nil, fmt.Errorf("the answer was cut: %w", masked(err, k.secrets(req)...))
	case a.ok() && a.truncated:
		return a, &finalError{fmt.Errorf("the answer is longer than %d MiB", maxAnswer>>20)}
	}
	// A refusal whose body was cut still is one.
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

// next decides whether the call is sent again, and when.
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

// failureOf is the error that the caller gets if this attempt is the last.
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
		IdempotencyKey: k.options.idempotencyKey, Message: "the answer isn't what the documentation says", cause: masked(err, k.secrets(a.sent)...),
	}
	if a.isPage() {
		e.Message, e.cause = fmt.Sprintf("the answer is not JSON but %s: it comes from a proxy or a login page: check the endpoint and the proxy", redact(a.describeContent(), k.secrets(a.sent))), nil
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

// secrets are the texts that an answer or an error may echo and the caller's errors and log lines must not.
func (k *call) secrets(sent *http.Request) []string {
	authorization := sent.Header.Get("Authorization")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	return []string{authorization, signature, k.options.authToken}
}

// requestID is that of the answer, fit to be shown.
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
