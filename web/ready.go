package web

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// readyFor is how long an answer of the checks counts: a check writes, so callers must not be able to make it write more often.
const readyFor = time.Second

type readiness struct {
	Status   string      `json:"status"` // ready, draining, unready
	Version  string      `json:"version"`
	Store    string      `json:"store"`
	Checks   []checkView `json:"checks"`
	Warnings []string    `json:"warnings"`
}

type checkView struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
}

// checkup remembers how the checks went. Callers who come while they run wait for the same answer.
type checkup struct {
	mu   sync.Mutex
	at   time.Time // zero: never
	last []checkView
	ok   bool
}

// getReadiness answers GET /readyz: 200 when every check passes, 503 when one does not or the process is stopping. Why
// a check failed is in the log only.
func (s *Server) getReadiness(c *call) error {
	r := readiness{Status: "ready", Version: s.options.Version, Store: s.options.Store, Warnings: s.warnings()}
	status := http.StatusOK
	checks, ok := s.checked(c.ctx())
	if r.Checks = checks; !ok {
		r.Status, status = "unready", http.StatusServiceUnavailable
	}
	if s.draining() {
		r.Status, status = "draining", http.StatusServiceUnavailable
	}
	return c.JSON(status, r)
}

// warnings are what does not keep the process from its work, but should not stay so.
func (s *Server) warnings() []string {
	all := []string{}
	if s.options.Embedded {
		all = append(all, embeddedWarning)
	}
	if s.options.Warnings != nil {
		all = append(all, s.options.Warnings()...)
	}
	return all
}

// checked runs the checks, unless they ran within readyFor. The caller's going away does not count as a failure.
func (s *Server) checked(ctx context.Context) (checks []checkView, ok bool) {
	up := &s.checkup
	up.mu.Lock()
	defer up.mu.Unlock()
	if now := s.clock.Now(); up.at.IsZero() || now.Sub(up.at) >= readyFor {
		up.last, up.ok = make([]checkView, 0, len(s.options.Checks)), true
		for _, check := range s.options.Checks {
			passed := s.check(context.WithoutCancel(ctx), check)
			up.last = append(up.last, checkView{check.Name, passed})
			up.ok = up.ok && passed
		}
		up.at = s.clock.Now()
	}
	return up.last, up.ok
}

func (s *Server) check(ctx context.Context, check Check) bool {
	ctx, cancel := context.WithTimeout(ctx, ReadyTimeout)
	defer cancel()
	err := check.Do(ctx)
	if err != nil {
		s.log.Warn("not ready", "check", check.Name, "error", err.Error())
	}
	return err == nil
}
