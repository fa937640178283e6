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

// finalError is what another attempt would meet again.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

// notSentError is why an attempt ended before it was sent.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

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
