package web

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"handoff/orchestrator"
)

// attemptLength is how long somebody may take to sign in at the provider.
const attemptLength = 10 * time.Minute

// attemptCookie keeps a sign-in that is under way in the browser that began it.
func (s *Server) attemptCookie() string { return s.cookieName() + "-oidc" }

// beginOIDC answers GET /login/oidc: it sends the browser to the provider.
func (s *Server) beginOIDC(c *call) error {
	if s.provider == nil {
		return refusal(codeNotFound, "no provider of OpenID Connect is configured")
	}
	next := localPath(c.QueryParam("next"))
	if err := s.limits.loginIP.take(c.address()); err != nil {
		return err
	}
	a := attempt{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier()}
	target, err := s.provider.begin(c.ctx(), a)
	if err != nil {
		s.log.Error("the provider of OpenID Connect cannot be asked", "error", err.Error())
		return s.showLogin(c, http.StatusServiceUnavailable, signInView{Next: next},
			refusal(orchestrator.CodeUnavailable, "the provider cannot be reached"))
	}
	value := strings.Join([]string{a.state, a.nonce, a.verifier, base64.RawURLEncoding.EncodeToString([]byte(next))}, ".")
	s.putCookie(c, s.attemptCookie(), value, int(attemptLength.Seconds()))
	return c.Redirect(http.StatusSeeOther, target)
}

// endOIDC answers GET /login/oidc/callback: the browser comes back from the provider.
func (s *Server) endOIDC(c *call) error {
	if s.provider == nil {
		return refusal(codeNotFound, "no provider of OpenID Connect is configured")
	}
	a, next, err := s.attempted(c)
	if err != nil {
		return s.showLogin(c, http.StatusBadRequest, signInView{Next: "/"}, err)
	}
	s.putCookie(c, s.attemptCookie(), "", -1)
	if c.QueryParam("error") != "" {
		return s.showLogin(c, http.StatusForbidden, signInView{Next: next}, refusal(codeNotAllowed, "the provider did not sign you in"))
	}
	address := c.address() // asking the provider counts as a try, as beginning did: both are given back when it went well
	if err := s.limits.loginIP.take(address); err != nil {
		return err
	}
	who, err := s.provider.finish(c.ctx(), a, c.QueryParam("code"))
	if errors.Is(err, errNoRole) || errors.Is(err, errNoName) {
		return s.showLogin(c, http.StatusForbidden, signInView{Next: next}, refusal(codeNotAllowed, err.Error()))
	}
	if err != nil {
		s.log.Warn("a sign-in by OpenID Connect failed", "error", err.Error())
		return s.showLogin(c, http.StatusForbidden, signInView{Next: next}, refusal(codeNotAllowed, "the provider's answer does not hold"))
	}
	session := orchestrator.Session{User: who.name, Role: string(who.role), Name: who.shown}
	if _, err := s.beginSession(c, session); err != nil {
		return err
	}
	s.limits.loginIP.give(address)
	s.limits.loginIP.give(address)
	return s.leadTo(c, next)
}

// attempted reads the sign-in that this browser began, if the provider answers that one.
func (s *Server) attempted(c *call) (a attempt, next string, err error) {
	stranger := refusal(codeNotAllowed, "this browser did not begin that sign-in, or took too long; try again")
	cookie, err := c.Cookie(s.attemptCookie())
	if err != nil {
		return a, "", stranger
	}
	parts := strings.Split(cookie.Value, ".")
	if len(parts) != 4 || !sameToken(c.QueryParam("state"), parts[0]) {
		return a, "", stranger
	}
	back, err := base64.RawURLEncoding.DecodeString(parts[3])
	if err != nil {
		return a, "", stranger
	}
	return attempt{parts[0], parts[1], parts[2]}, localPath(string(back)), nil
}

// providerName is how the sign-in calls the provider; empty: there is none.
func (s *Server) providerName() string {
	if s.provider == nil {
		return ""
	}
	issuer, err := url.Parse(s.provider.options.Issuer)
	if err != nil || issuer.Host == "" {
		return "OpenID Connect"
	}
	return issuer.Host
}

// providedSeats is how many conversations at once somebody may have whom only the provider knows.
const providedSeats = 3

// provided is somebody whom the provider signed in. Queues, skills and seats are those of the configured user of the same
// name; somebody who is not configured serves every queue.
func (s *Server) provided(session *orchestrator.Session) *User {
	u := User{Name: session.User, Capacity: providedSeats}
	if configured := s.present().users[session.User]; configured != nil {
		u = *configured
	} else {
		for _, q := range s.present().Queues {
			u.Queues = append(u.Queues, q.Name)
		}
	}
	u.Role, u.DisplayName, u.PasswordHash = Role(session.Role), session.Name, ""
	return &u
}
