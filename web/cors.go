package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// corsPaths are the paths that a customer's browser uses from a shop's page.
func corsPaths() []string {
	var paths []string
	seen := map[string]bool{}
	for i := range table {
		r := &table[i]
		if (r.roles.has(RoleCustomer) || r.operation == "startConversation") && !seen[r.path] {
			seen[r.path] = true
			paths = append(paths, r.echoPath())
		}
	}
	return paths
}

// allowOrigin lets the pages of configured origins read the answer. Cookies are never sent across origins: the
// credential of a browser there is the conversation token.
func (s *Server) allowOrigin(c echo.Context) {
	origin := c.Request().Header.Get("Origin")
	if origin == "" {
		return
	}
	h := c.Response().Header()
	h.Add("Vary", "Origin")
	if !s.origins[origin] {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "ETag, Location, Retry-After, Idempotent-Replayed, X-Request-Id")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// preflight answers OPTIONS.
func (s *Server) preflight(c echo.Context) error {
	h := c.Response().Header()
	if !s.origins[c.Request().Header.Get("Origin")] {
		return refusal(codeNotAllowed, "this origin is not allowed")
	}
	h.Set("Access-Control-Allow-Methods", strings.Join([]string{http.MethodGet, http.MethodPost}, ", "))
	h.Set("Access-Control-Allow-Headers",
		"Authorization, Content-Type, If-Match, Idempotency-Key, Last-Event-ID, Prefer")
	h.Set("Access-Control-Max-Age", "600")
	return c.NoContent(http.StatusNoContent)
}
