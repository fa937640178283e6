package mirror

import (
	"context"
	"slices"
	"sync"
)

// turns lets a limited number of units of work go on at once, and shares them fairly: of the runs that wait, one that has the fewest turns gets the
// next, and of those the one that waits longest. A run with much to do takes all turns as long as nobody else wants one.
type turns struct {
	mu      sync.Mutex
	free    int
	waiting []*waiter // in order of arrival
}

// share is one run's part in the turns.
type share struct {
	turns *turns
	held  int // guarded by turns.mu
}

type waiter struct {
	share   *share
	granted chan struct{}
}

func newTurns(limit int) *turns { return &turns{free: limit} }

func (t *turns) share() *share { return &share{turns: t} }

// take waits for a turn. The error is that of the context.
func (s *share) take(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t := s.turns
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		s.held++
		t.mu.Unlock()
		return nil
	}
	w := &waiter{s, make(chan struct{})}
	t.waiting = append(t.waiting, w)
	t.mu.Unlock()
	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	i := slices.Index(t.waiting, w)
	if i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 { // it was granted in the same moment
		s.give()
	}
	return context.Cause(ctx)
}

// give ends a turn.
func (s *share) give() {
	t := s.turns
	t.mu.Lock()
	defer t.mu.Unlock()
	s.held--
	if len(t.waiting) == 0 {
		t.free++
		return
	}
	next := 0
	for i, w := range t.waiting {
		if w.share.held < t.waiting[next].share.held {
			next = i
		}
	}
	w := t.waiting[next]
	t.waiting = slices.Delete(t.waiting, next, next+1)
	w.share.held++
	close(w.granted)
}
