package web

import (
	"crypto/rand"
	"net/http"

	"handoff/orchestrator"
)

// The session cookie. With Secure it bears the prefix that keeps it to this very host; below a path of a host, for which that
// prefix cannot be used, one that keeps it to encrypted connections.
const (
	secureCookie   = "__Host-handoff"
	sharedCookie   = "__Secure-handoff"
	insecureCookie = "handoff"
)

func (s *Server) cookieName() string {
	switch {
	case s.options.InsecureCookies:
		return insecureCookie
	case s.base.path != "":
		return sharedCookie
	}
	return secureCookie
}

func (s *Server) setCookie(c *call, value string, maxAge int) {
	s.putCookie(c, s.cookieName(), value, maxAge)
}

func (s *Server) putCookie(c *call, name, value string, maxAge int) {
	http.SetCookie(c.Response(), &http.Cookie{ //nolint:gosec // Secure is left away for http on loopback only
		Name: name, Value: value, Path: s.base.cookiePath(), MaxAge: maxAge, HttpOnly: true,
		Secure:   !s.options.InsecureCookies,
		SameSite: http.SameSiteLaxMode,
	})
}

// signIn begins a session for a configured user.
func (s *Server) signIn(c *call, user *User) (orchestrator.Session, error) {
	return s.beginSession(c, orchestrator.Session{User: user.Name, Proof: user.proof()})
}

// beginSession stores a session and sets its cookie. The token is always a fresh one, and a session that the browser
// had before is over: nobody can give somebody else a session to sign in to.
func (s *Server) beginSession(c *call, session orchestrator.Session) (orchestrator.Session, error) {
	if before, err := c.Cookie(s.cookieName()); err == nil && before.Value != "" {
		if err := s.store.DeleteSession(c.ctx(), before.Value); err != nil {
			return session, err
		}
	}
	session.Token, session.CSRF, session.At = rand.Text(), rand.Text(), s.now()
	if err := s.store.PutSession(c.ctx(), session, SessionLength); err != nil {
		return session, err
	}
	s.setCookie(c, session.Token, int(SessionLength.Seconds()))
	return session, nil
}

// signOut ends the caller's session, or all that they have. Whoever ends their last one leaves the floor at once; on another
// device they are there as before, and so are their chats. Two that end at once both count afterwards, so one of them sees
// that none is left.
func (s *Server) signOut(c *call, everywhere bool) error {
	var err error
	if everywhere {
		err = s.store.DeleteSessions(c.ctx(), c.who.user.Name)
	} else {
		err = s.store.DeleteSession(c.ctx(), c.who.session.Token)
	}
	if err != nil {
		return err
	}
	s.setCookie(c, "", -1)
	if s.attendance == nil {
		return nil
	}
	left, err := s.store.CountSessions(c.ctx(), c.who.user.Name)
	if err != nil || left > 0 {
		return err
	}
	return s.attendance.Absent(c.ctx(), c.who.user.ID(), "")
}
