package payreports

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/signing"
)

// RetryPolicy says how often and when a call is sent again. The zero value is the default policy: 4 attempts; after the
// statuses 408, 425, 429, 500, 502, 503, 504, after transport errors, and after errors of the private key, such as a KMS that throttles; a random wait between nothing and
// min(20 s, 1 s·2ⁿ), n counting from 0; Retry-After, in seconds or as a date, is a lower bound of the wait, and above 60 s the
// error is returned at once. Every attempt has a date and signature of its own, and the same body and idempotency key.
//
// A request whose date the service refuses as lying in the future is sent once more with the time corrected by the
// service's clock; it counts as an attempt.
type RetryPolicy struct {
	// MaxAttempts bounds the attempts of a call, the first included; 1 means no retries, 0 means 4. A download gives up after
	// this many attempts in a row that brought no new byte.
	MaxAttempts int
	// BaseDelay is the most that the first wait can be; each following one can be twice as long. 0 means one second.
	BaseDelay time.Duration
	// MaxDelay bounds all waits that the service didn't ask for. 0 means 20 seconds; a day is the most.
	MaxDelay time.Duration
	// MaxRetryAfter is the longest Retry-After that is waited for. 0 means one minute.
	MaxRetryAfter time.Duration
	// OnRetry, if not nil, is called before each wait. It must be safe for concurrent use.
	OnRetry func(RetryEvent)
}

// RetryEvent tells [RetryPolicy].OnRetry what happened and what comes next.
type RetryEvent struct {
	// Operation is the documentation's name of the operation.
	Operation string
	// Attempt is the number of the attempt that failed, from 1.
	Attempt int
	// Delay is the wait before the next one.
	Delay time.Duration
	// Err is what would have been returned if this had been the last attempt.
	Err *Error
}

func (p RetryPolicy) validate() error {
	if p.MaxAttempts < 0 || p.BaseDelay < 0 || p.MaxDelay < 0 || p.MaxRetryAfter < 0 {
		return errors.New("a field of the RetryPolicy is negative: 0 means the default, and MaxAttempts 1 means no retries")
	}
	if p.MaxDelay > 24*time.Hour {
		return fmt.Errorf("the RetryPolicy's MaxDelay is %v: a day is the most", p.MaxDelay)
	}
	return nil
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 4
	}
	if p.BaseDelay == 0 {
		p.BaseDelay = time.Second
	}
	if p.MaxDelay == 0 {
		p.MaxDelay = 20 * time.Second
	}
	if p.MaxRetryAfter == 0 {
		p.MaxRetryAfter = time.Minute
	}
	return p
}

// delay is the wait after the given number of failures, at least retryAfter.
func (p RetryPolicy) delay(failures int, retryAfter time.Duration) time.Duration {
	ceiling := p.MaxDelay
	if shift := max(0, failures-1); p.BaseDelay <= p.MaxDelay>>shift {
		ceiling = p.BaseDelay << shift
	}
	return max(retryAfter, mathrand.N(ceiling+1))
}

func retryableStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// permanent reports whether what an attempt met will be the same next time. Of what keeps a request from being sent only a key that
// fails may not: one in a KMS is throttled like any service.
func permanent(err error) bool {
	var key *signing.KeyError
	if errors.As(err, &key) {
		return false
	}
	var notSent *notSentError
	var final *finalError
	return badEndpoint(err) || errors.As(err, &notSent) || errors.As(err, &final)
}

func badEndpoint(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate) || errors.Is(err, http.ErrSchemeMismatch)
}

// maxAnswer bounds what is read of an answer: a page of reports has some 50 KiB.
const maxAnswer = 32 << 20

// maxRefusal bounds what is read of an answer that isn't 2xx: gateways send pages of HTML.
const maxRefusal = 1 << 20

// answer is what came back: an http.Response whose body has been read whole, because a connection that is cut in the
// middle of the body is as good a reason to try again as one that is cut before it.
type answer struct {
	status     int
	header     http.Header
	body       []byte
	truncated  bool // the body is longer than what was read
	retryAfter time.Duration
	sent       *http.Request
}

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

func (a *answer) requestID() string { return a.header.Get("x-amz-pay-request-id") }

// date is the service's clock, zero if it sent none.
func (a *answer) date() time.Time {
	date, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date
}

// describeBody says what stands where the service's error should be.
func (a *answer) describeBody() string {
	if a.status >= 300 && a.status < 400 {
		return "the answer is a redirect, which is never followed: check the endpoint"
	}
	if len(bytes.TrimSpace(a.body)) == 0 {
		return "the answer has no body"
	}
	return fmt.Sprintf("the answer is not an error of this API but %s, perhaps from a proxy or gateway", a.describeContent())
}

func (a *answer) describeContent() string {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		kind = "unknown type"
	}
	size := strconv.Itoa(len(a.body))
	if a.truncated {
		size = "more than " + size
	}
	return fmt.Sprintf("%s bytes of %s", size, oneLine(kind, 64))
}

// isPage reports whether the body is made for people: it doesn't even begin like JSON.
func (a *answer) isPage() bool {
	body := bytes.TrimSpace(bytes.TrimPrefix(a.body, []byte("\ufeff")))
	return len(body) > 0 && !json.Valid(body) && body[0] != '{' && body[0] != '['
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
			if err = contextError(ctx); isUnsent {
				err = &notSentError{err}
			}
		}
		k.log(ctx, original, a, err, time.Since(started))
		if err == nil && (a.ok() || k.cancelledBefore(a)) {
			k.answer = a
			return &http.Response{StatusCode: a.status, Header: a.header, Body: http.NoBody, Request: a.sent}, nil
		}
		if isUnsent && k.attempts > 0 {
			k.endedWaiting(err) // what the last attempt met is the reason to be here
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
			return nil, k.endedWaiting(err)
		}
	}
}

// endedWaiting adds to the last attempt's failure why there is no further one. It makes a new error, because the
// OnRetry hook has the old one.
func (k *call) endedWaiting(err error) *Error {
	ended := *k.failure
	ended.cause = errors.Join(ended.cause, err)
	k.failure = &ended
	return k.failure
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

// finalError is what another attempt would meet again.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

// notSentError is why an attempt ended before it was sent.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

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

// dateInFuture recognises the refusal of a signature date that is ahead of the service's clock. Any positive difference is
// refused (observed by users of the official SDKs).
func dateInFuture(a *answer) bool {
	return a.status == http.StatusBadRequest && bytes.Contains(a.body, []byte(reasonInvalidHeaderValue)) &&
		bytes.Contains(a.body, []byte("x-amz-pay-date")) && bytes.Contains(a.body, []byte("future"))
}

// correctSkew learns by how much this machine's clock is ahead, and reports whether a new attempt makes sense.
func (k *call) correctSkew(ctx context.Context, a *answer) bool {
	now := k.client.now()
	if k.skewCorrected || now.Sub(a.date()) > maxSkew || !k.client.skew.learn(a.date(), now) {
		return false
	}
	k.skewCorrected = true
	k.client.logger.LogAttrs(ctx, slog.LevelWarn,
		"payreports: the clock of this machine is ahead of the service's; signing with the service's time: set the clock",
		slog.String("operation", k.operation), slog.Duration("ahead", now.Sub(a.date())))
	return true
}

// maxSkew is how far ahead a clock can be and still be corrected: beyond, the answer's Date is as doubtful as the clock.
const maxSkew = 24 * time.Hour

func (k *call) diagnoseDate(a *answer) string {
	date := a.date()
	ahead := k.client.now().Sub(date).Round(time.Second)
	switch {
	case date.IsZero():
		return "the clock of this machine is ahead of the service's, and the answer has no Date header to correct it by: set the clock, for instance with NTP"
	case ahead <= 0:
		return "the service takes the date for one in the future, though by its Date header this machine's clock is not ahead: check the clock, and whether something on the way answers in the service's place"
	default:
		return fmt.Sprintf("the clock of this machine is %v ahead of the service's: set the clock, for instance with NTP", ahead)
	}
}

// diagnoseSignature compares the string to sign that the service echoes with that of the request that was sent.
func (k *call) diagnoseSignature(a *answer) string {
	theirs := echoedStringToSign.FindSubmatch(a.body)
	if theirs == nil {
		return "the service doesn't say what it verified: check that the private key belongs to this public key id, its environment and its region"
	}
	signed, genuine := k.signedHash(a.sent)
	switch {
	case string(theirs[1]) != signed:
		return "the service computed another string to sign, so it saw another request than the one that was signed: something on the way (a proxy, a gateway, a RoundTripper of the http.Client) changed the path, the query, a signed header or the body"
	case !genuine:
		return "the service computed the same string to sign, so the request arrived as it was signed, but the signature doesn't fit the signer's own public key: its crypto.Signer signs with another key than its Public method tells (a rotated one?), or not with RSASSA-PSS, SHA-256 and a salt of 32 bytes"
	default:
		return fmt.Sprintf("the service computed the same string to sign, so the request arrived as it was signed and the private key is the wrong one: it doesn't belong to the public key id %s, or that one is of another account, region or environment",
			k.client.signer.PublicKeyID())
	}
}

// echoedStringToSign finds the string to sign in the service's message, whose line feed may be escaped or replaced.
var echoedStringToSign = regexp.MustCompile(`AMZN-PAY-RSASSA-PSS(?:-V2)?[^0-9a-fA-F]{1,8}([0-9a-f]{64})\b`)

// signedHash returns the hash in the string to sign of the request that was sent, and whether its signature is one by the signer's key.
func (k *call) signedHash(sent *http.Request) (hash string, genuine bool) {
	var body []byte
	if sent.GetBody != nil {
		if reader, err := sent.GetBody(); err == nil {
			body, _ = io.ReadAll(reader)
		}
	}
	stringToSign, err := signing.SignedString(sent, body)
	if err != nil {
		return "", false
	}
	_, hash, _ = strings.Cut(stringToSign, "\n")
	own := signing.NewVerifier(func(string) *rsa.PublicKey { return k.client.signer.Public() })
	_, err = own.Verify(sent, body)
	return hash, err == nil
}

// admit waits until the service and the rate limit let a request be sent. A 429 that comes in the meantime holds back
// those who wait for the rate limit as well.
func (c *Client) admit(ctx context.Context) error {
	for {
		if err := c.throttle.wait(ctx); err != nil || c.limiter == nil {
			return err
		}
		if err := c.limiter.Wait(ctx); err != nil {
			if _, hasDeadline := ctx.Deadline(); hasDeadline && ctx.Err() == nil {
				err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
			}
			return err
		}
		if c.throttle.open() {
			return nil
		}
	}
}

// throttle makes all calls of a client wait after a 429.
type throttle struct {
	mu    sync.Mutex
	until time.Time
	slack time.Duration
}

// slowDown holds all calls back for the wait and some random part of the slack, together never longer than most.
func (t *throttle) slowDown(wait, most time.Duration) {
	slack := min(wait/2, most-wait)
	if wait > most { // so long that nobody waits for it
		wait, slack = most*2/3, most/3
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if until := time.Now().Add(wait); until.After(t.until) {
		t.until, t.slack = until, slack
	}
}

func (t *throttle) open() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Until(t.until) <= 0
}

// wait returns when the throttle is open. Those who waited go on at random moments, so that they don't all arrive at once.
func (t *throttle) wait(ctx context.Context) error {
	for {
		t.mu.Lock()
		wait, slack := time.Until(t.until), t.slack
		t.mu.Unlock()
		if wait <= 0 {
			return contextError(ctx)
		}
		if err := sleep(ctx, wait+mathrand.N(slack+1)); err != nil {
			return err
		}
	}
}

// clockSkew is what has to be added to this machine's time to get the service's: never more than nothing, because a date in the
// future is refused and one that is a little late isn't.
type clockSkew struct{ offset atomic.Int64 }

func (s *clockSkew) correct(now time.Time) time.Time { return now.Add(time.Duration(s.offset.Load())) }

// learn reports whether the service's clock is behind this machine's.
func (s *clockSkew) learn(service, now time.Time) bool {
	if service.IsZero() || !service.Before(now) {
		return false
	}
	s.offset.Store(int64(service.Sub(now)))
	return true
}

// follow adapts a correction that is in force to the service's clock, so that it ends when this machine's clock has been set.
func (s *clockSkew) follow(service, now time.Time) {
	if offset := s.offset.Load(); offset != 0 && !service.IsZero() {
		s.offset.CompareAndSwap(offset, min(0, int64(service.Sub(now))))
	}
}

// secondsPattern takes fractions, which some gateways send.
var secondsPattern = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// retryAfter reads the Retry-After header in both its forms; 0 if there is none.
func retryAfter(a *answer, now time.Time) time.Duration {
	text := strings.TrimSpace(a.header.Get("Retry-After"))
	if secondsPattern.MatchString(text) {
		seconds, _ := strconv.ParseFloat(text, 64) // beyond the range it is infinite
		const most = 1 << 30                       // beyond it a Duration would overflow
		return time.Duration(min(seconds, most) * float64(time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date := a.date(); !date.IsZero() {
		now = date // both times are then by the service's clock
	}
	return max(0, at.Sub(now))
}

func sleep(ctx context.Context, d time.Duration) error {
	if err := contextError(ctx); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return contextError(ctx)
	case <-timer.C:
		return nil
	}
}

// contextError says why the context ended, in the caller's words if it gave a cause. It wraps the context's error in any case.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}
