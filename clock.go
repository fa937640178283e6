package payreports

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// correctSkew learns how far this machine's clock is ahead, and reports whether a retry makes sense.
func (k *call) correctSkew(ctx context.Context, a *answer) bool {
	now := k.client.now()
	if k.skewCorrected || now.Sub(a.date()) > maxSkew || !k.client.skew.learn(a.date(), now) {
		return false
	}
	k.skewCorrected = true
	k.client.logger.LogAttrs(ctx, slog.LevelWarn,
		"payreports: this machine's clock is ahead of the service's: requests are signed with the service's time until you set the clock",
		slog.String("operation", k.operation), slog.Duration("ahead", now.Sub(a.date())))
	return true
}

// maxSkew is the largest difference that is corrected. Beyond it, the Date header is as doubtful as the clock.
const maxSkew = 24 * time.Hour

// clockSkew is the difference between the service's time and this machine's. It is never positive, because the service refuses a date in
// the future but accepts one that is a little late.
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

// follow updates an existing correction, so that it ends once this machine's clock has been set.
func (s *clockSkew) follow(service, now time.Time) {
	if offset := s.offset.Load(); offset != 0 && !service.IsZero() {
		s.offset.CompareAndSwap(offset, min(0, int64(service.Sub(now))))
	}
}
