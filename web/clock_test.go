package web

import (
	"sync"
	"time"

	"handoff/orchestrator"
)

// spyClock is a clock that stands, and tells which timers were set, so that a test advances it when somebody waits.
type spyClock struct {
	*orchestrator.StepClock

	mu      sync.Mutex
	set     map[time.Duration]int
	news    chan struct{} // closed at the next timer
	follows time.Duration // a timer of this length is let run out at once
}

func newSpyClock(at time.Time) *spyClock {
	return &spyClock{StepClock: orchestrator.NewStepClock(at), set: map[time.Duration]int{}, news: make(chan struct{})}
}

// AfterFunc sets the timer and tells of it.
func (c *spyClock) AfterFunc(d time.Duration, f func()) func() {
	stop := c.StepClock.AfterFunc(d, f)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set[d]++
	close(c.news)
	c.news = make(chan struct{})
	if d == c.follows {
		go c.Advance(d)
	}
	return stop
}

// follow lets every timer of a length run out as soon as it is set.
func (c *spyClock) follow(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.follows = d
}

// armed waits until so many timers of a length were set, and reports whether that was in time.
func (c *spyClock) armed(d time.Duration, times int) bool {
	giveUp := time.After(guard)
	for {
		c.mu.Lock()
		n, news := c.set[d], c.news
		c.mu.Unlock()
		if n >= times {
			return true
		}
		select {
		case <-news:
		case <-giveUp:
			return false
		}
	}
}
