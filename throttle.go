package payreports

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"
)

// admit waits until the throttle and the rate limit allow a request. A 429 that arrives in the meantime also delays calls that are waiting for
// the rate limit.
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

// slowDown delays all calls by wait plus a random part of slack, but never by more than most.
func (t *throttle) slowDown(wait, most time.Duration) {
	slack := min(wait/2, most-wait)
	if wait > most { // no call waits that long
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

// wait returns when the throttle is open. Calls that have waited continue at random times, so that they aren't all sent at once.
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
