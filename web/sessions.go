package web

import (
	"crypto/rand"
	"net/http"

	"handoff/orchestrator"
)

// The session cookie. With Secure it bears the prefix that keeps it to this very host.
const (
	secureCookie   = "__Host-handoff"
	insecureCookie = "handoff"
)

func (s *Server) cookieName() string {
	if s.options.InsecureCookies {
		return insecureCookie
	}
	return secureCookie
}

func (s *Server) setCookie(c *call, value string, maxAge int) {
	http.SetCookie(c.Response(), &http.Cookie{ //nolint:gosec // Secure is left away for http on loopback only
		Name: s.cookieName(), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true,
		Secure:   !s.options.InsecureCookies,
		SameSite: http.SameSiteLaxMode,
	})
}

// signIn begins a session for a user and sets its cookie.
func (s *Server) signIn(c *call, user *User) (orchestrator.Session, error) {
	session := orchestrator.Session{Token: rand.Text(), User: user.Name, CSRF: rand.Text(), At: s.now()}
	if err := s.store.PutSession(c.ctx(), session, SessionLength); err != nil {
		return session, err
	}
	s.setCookie(c, session.Token, int(SessionLength.Seconds()))
	return session, nil
}
