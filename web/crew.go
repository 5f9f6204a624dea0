package web

// crew runs functions in goroutines that it keeps for the next: a new one begins with a small stack, and making that large enough
// for a commit costs more than a tenth of it.
type crew struct {
	work chan func()
	kept chan struct{} // one for each that waits for work
	over <-chan struct{}
}

// mostKept is how many wait for work at most.
const mostKept = 1024

func newCrew(over <-chan struct{}) crew {
	return crew{work: make(chan func()), kept: make(chan struct{}, mostKept), over: over}
}

// run never waits for anybody.
func (c *crew) run(f func()) {
	select {
	case c.work <- f:
	default:
		go c.member(f)
	}
}

func (c *crew) member(f func()) {
	for {
		f()
		select {
		case c.kept <- struct{}{}:
		default:
			return
		}
		select {
		case f = <-c.work:
			<-c.kept
		case <-c.over:
			return
		}
	}
}
