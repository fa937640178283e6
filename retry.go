package payreports

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports/signing"
)

// RetryPolicy says when and how often calls are retried. The zero value is the default policy:
//
//   - A call makes up to 4 attempts.
//   - It retries after the statuses 408, 425, 429, 500, 502, 503 and 504, after transport errors, and after errors of the private key, for
//     example because a KMS throttles.
//   - The delay before the nth retry is random, between 0 and min(20 s, 1 s·2ⁿ⁻¹). It is at least as long as Retry-After, which may be in seconds
//     or a date. If Retry-After is longer than 60 s, the call returns the error at once.
//   - Each attempt gets a new date and signature. The body and the idempotency key stay the same.
//   - If the service says that the date of a request is in the future, the call retries once, with the service's time. This counts as an attempt.
type RetryPolicy struct {
	// MaxAttempts is the maximum number of attempts, including the first. 1 means no retries, and 0 means 4. A download gives up after this many
	// consecutive attempts without a new byte.
	MaxAttempts int
	// BaseDelay is the maximum of the first delay. The maximum doubles with each retry. 0 means one second.
	BaseDelay time.Duration
	// MaxDelay limits all delays that the service didn't ask for. 0 means 20 seconds. It can be at most a day.
	MaxDelay time.Duration
	// MaxRetryAfter is the longest Retry-After that the client waits for. 0 means one minute.
	MaxRetryAfter time.Duration
	// OnRetry, if not nil, is called before each delay. It must be safe for concurrent use.
	OnRetry func(RetryEvent)
}

// RetryEvent describes a failed attempt that will be retried. See [RetryPolicy].
type RetryEvent struct {
	// Operation is the documented name of the operation, such as createReport.
	Operation string
	// Attempt is the number of the failed attempt, starting with 1.
	Attempt int
	// Delay is the time before the next attempt.
	Delay time.Duration
	// Err is the error that the call would have returned if this had been the last attempt.
	Err *Error
}

func (p RetryPolicy) validate() error {
	if p.MaxAttempts < 0 || p.BaseDelay < 0 || p.MaxDelay < 0 || p.MaxRetryAfter < 0 {
		return errors.New("a field of the RetryPolicy is negative: 0 means the default, and MaxAttempts 1 means no retries")
	}
	if p.MaxDelay > 24*time.Hour {
		return fmt.Errorf("the RetryPolicy's MaxDelay is %v: it can be at most a day", p.MaxDelay)
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

// delay returns a random delay after the given number of failures, but at least retryAfter.
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

// permanent reports whether a retry would fail in the same way. An error before the request is sent is permanent, unless it comes from the key:
// a KMS can throttle like any service.
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

// finalError is an error that a retry would meet again.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

// notSentError is the error of an attempt that ended before anything was sent.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// secondsPattern allows fractions, which some gateways send.
var secondsPattern = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// retryAfter reads a Retry-After header in seconds or as a date. It returns 0 if there is none.
func retryAfter(a *answer, now time.Time) time.Duration {
	text := strings.TrimSpace(a.header.Get("Retry-After"))
	if secondsPattern.MatchString(text) {
		seconds, _ := strconv.ParseFloat(text, 64) // infinite if it is out of range
		const most = 1 << 30                       // more would overflow a Duration
		return time.Duration(min(seconds, most) * float64(time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date := a.date(); !date.IsZero() {
		now = date // so that both times are the service's
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

// contextError returns the reason why the context ended, including the cause that the caller gave. It always wraps the context's error.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}
