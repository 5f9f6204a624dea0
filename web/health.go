package web

import "net/http"

// getHealth answers GET /healthz: the process runs.
func (s *Server) getHealth(c *call) error {
	return c.JSON(http.StatusOK, struct {
		Status  string `json:"status"`
		Version string `json:"version"`
	}{"ok", s.options.Version})
}

// embeddedWarning is said wherever people look, so that nobody takes the embedded store for a real one.
const embeddedWarning = "embedded store: nothing survives the process"
