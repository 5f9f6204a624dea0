package web

import (
	"net/http"
	"net/url"
	"strings"
)

// signInView is what the sign-in says.
type signInView struct {
	Name     string // tried before
	Next     string // where it leads
	Provider string // of OpenID Connect; empty: none
	Demo     *demoView
}

// loginPage answers GET /login. Who is signed in already is led on.
func (s *Server) loginPage(c *call) error {
	next := localPath(c.QueryParam("next"))
	if c.who.user != nil {
		return s.leadTo(c, next)
	}
	return s.showLogin(c, http.StatusOK, signInView{Next: next}, nil)
}

// postLoginPage answers POST /login: the form's twin of POST /v1/login.
func (s *Server) postLoginPage(c *call) error {
	body := loginBody{Name: c.form.Get("name"), Password: c.form.Get("password")}
	view := signInView{Name: body.Name, Next: localPath(c.form.Get("next"))}
	if err := body.check(); err != nil {
		return s.showLogin(c, http.StatusUnprocessableEntity, view, err)
	}
	user, err := s.verifyLimited(c, body)
	if err != nil {
		return s.showLogin(c, problemFor(err, c.Request()).Status, view, err)
	}
	if _, err := s.signIn(c, user); err != nil {
		return err
	}
	return s.leadTo(c, view.Next)
}

func (s *Server) showLogin(c *call, status int, v signInView, failed error) error {
	v.Demo, v.Provider = s.demoView(), s.providerName()
	f := s.frame(c, "login", "Sign in")
	f.Banner = s.bannerOf(c, failed)
	f.Body = v
	return s.show(c, status, "login", f)
}

// postLogoutPage answers POST /logout.
func (s *Server) postLogoutPage(c *call) error {
	if err := s.signOut(c, c.form.Get("everywhere") == "yes"); err != nil {
		return err
	}
	return s.leadTo(c, "/login")
}

// localPath is a path of ours, or the front page: a sign-in must not lead elsewhere.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}
