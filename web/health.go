package web

import (
	"context"
	"net/http"
)

// getHealth answers GET /healthz: the process runs.
func (s *Server) getHealth(c *call) error {
	return c.JSON(http.StatusOK, struct {
		Status  string `json:"status"`
		Version string `json:"version"`
	}{"ok", s.options.Version})
}

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

// embeddedWarning is said wherever people look, so that nobody takes the embedded store for a real one.
const embeddedWarning = "embedded store: nothing survives the process"

// getReadiness answers GET /readyz: 200 when every check passes, 503 when one does not or the process is stopping. Why
// a check failed is in the log only.
func (s *Server) getReadiness(c *call) error {
	r := readiness{Status: "ready", Version: s.options.Version, Store: s.options.Store, Checks: []checkView{},
		Warnings: []string{}}
	if s.options.Embedded {
		r.Warnings = append(r.Warnings, embeddedWarning)
	}
	status := http.StatusOK
	for _, check := range s.options.Checks {
		ok := s.check(c.ctx(), check)
		r.Checks = append(r.Checks, checkView{check.Name, ok})
		if !ok {
			r.Status, status = "unready", http.StatusServiceUnavailable
		}
	}
	if s.draining() {
		r.Status, status = "draining", http.StatusServiceUnavailable
	}
	return c.JSON(status, r)
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
