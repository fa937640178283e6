package payreports

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"
)

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
