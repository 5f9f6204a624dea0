package web

import (
	"context"
	"net/http"

	"handoff/orchestrator"
)

type loginBody struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// signedIn is the answer about a session.
type signedIn struct {
	User userView `json:"user"`
	CSRF string   `json:"csrf_token"`
	// Sessions is how many sign-ins the person has, with this one: who ends the last one leaves the floor.
	Sessions int `json:"sessions"`
}

type userView struct {
	Name        string                   `json:"name"`
	DisplayName string                   `json:"display_name"`
	Role        Role                     `json:"role"`
	Queues      []orchestrator.QueueName `json:"queues"`
	Skills      []string                 `json:"skills"`
	Capacity    int                      `json:"capacity"`
}

func viewUser(u *User) userView {
	return userView{
		Name: u.Name, DisplayName: u.shown(), Role: u.Role, Queues: orEmpty(u.Queues), Skills: orEmpty(u.Skills),
		Capacity: u.seats(),
	}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (b *loginBody) check() error {
	var f checks
	f.line("/name", b.Name)
	if b.Password == "" || len(b.Password) > MaxPassword {
		f.fail("/password", "must have 1 to 1024 bytes")
	}
	return f.err()
}

// login answers POST /v1/login.
func (s *Server) login(c *call) error {
	var body loginBody
	if err := decode(c, &body); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	user, err := s.verifyLimited(c, body)
	if err != nil {
		return err
	}
	session, err := s.signIn(c, user)
	if err != nil {
		return err
	}
	return s.answerSignedIn(c, user, session.CSRF)
}

func (s *Server) answerSignedIn(c *call, user *User, csrf string) error {
	sessions, err := s.store.CountSessions(c.ctx(), user.Name)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, signedIn{viewUser(user), csrf, sessions})
}

// verifyLimited takes a try from the address, and one from the name at that address, before the password is looked at, and gives
// both back when it was right: tries made side by side are limited too. A name alone is not limited: whoever knows it could
// keep its owner from signing in.
func (s *Server) verifyLimited(c *call, body loginBody) (*User, error) {
	address := c.address()
	if err := s.limits.loginIP.take(address); err != nil {
		return nil, err
	}
	person := body.Name + "\x00" + address
	if err := s.limits.login.take(person); err != nil {
		return nil, err
	}
	user, err := s.verify(c.ctx(), address, body)
	if err != nil {
		return nil, err
	}
	s.limits.loginIP.give(address)
	s.limits.login.give(person)
	return user, nil
}

// verify checks a password. Who signs in elsewhere has none here, as somebody who is not known.
func (s *Server) verify(ctx context.Context, address string, body loginBody) (*User, error) {
	user, hash := s.present().users[body.Name], ""
	if user != nil {
		hash = user.PasswordHash
	}
	ok, err := s.passwords.check(ctx, address, hash, body.Password)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, refusal(codeWrongPassword, "the name or the password is wrong")
	}
	return user, nil
}

// whoAmI answers GET /v1/login: a page that was loaded again asks for its CSRF token.
func (s *Server) whoAmI(c *call) error {
	return s.answerSignedIn(c, c.who.user, c.who.session.CSRF)
}

// logout answers DELETE /v1/login, with ?everywhere=true for all sessions of the caller.
func (s *Server) logout(c *call) error {
	q := newQuery(c, "everywhere")
	everywhere := q.text("everywhere")
	if everywhere != "" && everywhere != "true" && everywhere != "false" {
		q.fail("everywhere", "must be true or false")
	}
	if err := q.err(); err != nil {
		return err
	}
	if err := s.signOut(c, everywhere == "true"); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
