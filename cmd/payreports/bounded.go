package main

import (
	"context"
	"time"
)

// bounded runs what can wait for ever in a system call. When the context ends, it returns after a moment in which the function can
// return by itself; the function then goes on until the command exits.
func bounded[T any](ctx context.Context, run func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := run()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-done:
		return r.value, r.err
	case <-time.After(time.Second):
		var none T
		return none, context.Cause(ctx)
	}
}
