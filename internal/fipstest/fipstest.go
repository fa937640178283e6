// Package fipstest lets tests in a synctest bubble run in FIPS 140 mode.
package fipstest

import (
	"crypto/fips140"
	"crypto/rand"
	"runtime/debug"
	"sync"
)

// Prepare is for TestMain. In FIPS 140 mode crypto/rand seeds each of its generators from the jitter of the clock, which
// stands still in a bubble, so that seeding panics there. Prepare has the generators seeded that the tests need at once, and
// turns the garbage collector off, which would drop them. Outside that mode it does nothing.
func Prepare() {
	if !fips140.Enabled() {
		return
	}
	debug.SetGCPercent(-1)
	const atOnce = 64
	var reading sync.WaitGroup
	start := make(chan struct{})
	for range atOnce {
		reading.Go(func() {
			<-start
			rand.Read(make([]byte, 1<<20))
		})
	}
	close(start)
	reading.Wait()
}
