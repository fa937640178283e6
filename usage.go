package payreports

import (
	"errors"
	"net/http"
	"sync/atomic"
)

// Usage counts the requests of the calls that it is given to with [WithUsage]. Its zero value counts from 0. It is safe for concurrent use, and
// many calls may share one.
type Usage struct {
	attempts, throttled atomic.Int64
}

// Attempts returns how many requests were sent, to the service and to its storage. Repeated ones count again.
func (u *Usage) Attempts() int64 { return u.attempts.Load() }

// Throttled returns how many of them were answered with "slow down": status 429, or 503 from the storage.
func (u *Usage) Throttled() int64 { return u.throttled.Load() }

// WithUsage adds the requests that a call sends to usage, while it runs and for as long as what it returns is read. It counts calls that fail too.
func WithUsage(usage *Usage) CallOption {
	return callOptionFunc(func(o *callOptions) error {
		if usage == nil {
			return errors.New("WithUsage: the pointer is nil")
		}
		o.usage = usage
		return nil
	})
}

func (u *Usage) sent() {
	if u != nil {
		u.attempts.Add(1)
	}
}

func (u *Usage) answered(status int, byStorage bool) {
	if u != nil && (status == http.StatusTooManyRequests || byStorage && status == http.StatusServiceUnavailable) {
		u.throttled.Add(1)
	}
}
