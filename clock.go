package payreports

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

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
