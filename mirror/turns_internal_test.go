package mirror

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// A run that has taken all turns and wants more gets none while another that has fewer waits.
func TestTurnsGoToWhoHasFewest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(4)
		many, few := all.share(), all.share()
		var order []string
		wait := func(name string, s *share) {
			go func() {
				if s.take(t.Context()) == nil {
					order = append(order, name)
				}
			}()
			synctest.Wait()
		}
		for range 4 {
			wait("many", many)
		}
		for range 4 {
			wait("many waits", many)
		}
		wait("few", few)
		wait("few", few)
		for range 3 {
			many.give()
			synctest.Wait()
		}
		want := []string{"many", "many", "many", "many", "few", "few", "many waits"}
		for i := range want {
			if len(order) != len(want) || order[i] != want[i] {
				t.Fatalf("%v, want %v", order, want)
			}
		}
		for range 5 { // what still waits, and ends with what is given back
			many.give()
			synctest.Wait()
		}
		few.give()
		few.give()
		if all.free != 4 || many.held != 0 || few.held != 0 {
			t.Errorf("%d free, %d and %d held", all.free, many.held, few.held)
		}
	})
}

func TestTurnsEndWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(1)
		s := all.share()
		if err := s.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		over := errors.New("over")
		result := make(chan error, 1)
		go func() { result <- s.take(ctx) }()
		synctest.Wait()
		cancel(over)
		if err := <-result; !errors.Is(err, over) || len(all.waiting) != 0 {
			t.Errorf("%v, %d wait", err, len(all.waiting))
		}
		if err := s.take(ctx); !errors.Is(err, over) {
			t.Error(err)
		}
		s.give()
		if all.free != 1 || s.held != 0 {
			t.Errorf("%d free, %d held", all.free, s.held)
		}
	})
}
