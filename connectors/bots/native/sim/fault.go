package sim

import (
	"io"
	"net/http"
	"time"
)

// Fault is a way to misbehave with one call. The zero value answers 204.
type Fault struct {
	Status     int           // what is answered; 0: 204
	Acts       bool          // it takes the event although it answers a failure
	RetryAfter string        // header, as it is to be sent
	Location   string        // header, for redirects
	Delay      time.Duration // by the platform's clock, before it answers
	Slow       bool          // the delay comes between the status and the body
	Hang       bool          // it acts and does not answer until the caller gives up
	Drop       bool          // it acts and closes the connection without an answer
	DropInBody bool          // it acts and closes the connection in the middle of the answer's body
	Body       string
}

func (f Fault) status() int {
	switch {
	case f.Hang || f.Drop:
		return 0
	case f.Status == 0 && (f.Body != "" || f.DropInBody):
		return http.StatusOK
	case f.Status == 0:
		return http.StatusNoContent
	}
	return f.Status
}

// Next makes the platform misbehave with the calls to come, one fault each, in order.
func (p *Platform) Next(faults ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = append(p.next, faults...)
}

// Always makes the platform misbehave with every call for which there is no other fault; nil: no more.
func (p *Platform) Always(fault *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.always = fault
}

func (p *Platform) answer(w http.ResponseWriter, r *http.Request, fault Fault) {
	switch {
	case fault.Hang:
		p.pause(r, nil)
		panic(http.ErrAbortHandler)
	case fault.Drop:
		panic(http.ErrAbortHandler)
	}
	if fault.Delay > 0 && !fault.Slow {
		p.delay(r, fault.Delay)
	}
	for name, value := range map[string]string{"Retry-After": fault.RetryAfter, "Location": fault.Location} {
		if value != "" {
			w.Header().Set(name, value)
		}
	}
	if fault.DropInBody {
		w.Header().Set("Content-Length", "1000")
	}
	w.WriteHeader(fault.status())
	if fault.Slow || fault.DropInBody {
		_ = http.NewResponseController(w).Flush()
	}
	if fault.Slow {
		p.delay(r, fault.Delay)
	}
	_, _ = io.WriteString(w, fault.Body)
	if fault.DropInBody {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// delay waits by the platform's clock, or until the caller gives up.
func (p *Platform) delay(r *http.Request, d time.Duration) {
	over := make(chan struct{})
	stop := p.clock.AfterFunc(d, func() { close(over) })
	defer stop()
	select {
	case p.delayed <- struct{}{}:
	default: // nobody looks
	}
	p.pause(r, over)
}

// Delayed returns when a call has begun to wait for the platform's clock, so that a test can step it.
func (p *Platform) Delayed() { <-p.delayed }

func (p *Platform) pause(r *http.Request, over <-chan struct{}) {
	select {
	case <-over:
	case <-r.Context().Done():
	case <-p.closed:
	}
}
