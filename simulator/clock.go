package simulator

import (
	"sync"
	"time"
)

// clock is the simulator's clock. It determines when reports are ready, when they expire, and when schedules are due. It starts at a given
// time and runs speed times faster than real time.
type clock struct {
	mu    sync.Mutex
	base  time.Time // the simulator's time
	wall  time.Time // the real time at base
	speed float64
}

func newClock(start time.Time, speed float64) *clock {
	now := time.Now()
	if start.IsZero() {
		start = now
	}
	return &clock{base: start, wall: now, speed: speed}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := time.Now()
	now := c.at(wall)
	if now.Sub(c.base) > 365*24*time.Hour { // a Duration is limited to 292 years
		c.base, c.wall = now, wall
	}
	return now
}

func (c *clock) at(wall time.Time) time.Time {
	elapsed := wall.Sub(c.wall)
	return c.base.Add(time.Duration(float64(elapsed) * c.speed)).UTC()
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.wall = t, time.Now()
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := time.Now()
	c.base, c.wall = c.at(wall).Add(d), wall
}
