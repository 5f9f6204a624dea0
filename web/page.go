package web

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"handoff/web/pages"
)

// pageTable are the pages and what they load and post, beside the interface of table. A page reads what the handlers of
// table read and acts through them; it has nothing of its own to read or to write.
var pageTable = []route{
	{"GET", "/", "homePage", open, unlimited, (*Server).homePage},
	{"GET", "/login", "loginPage", open, unlimited, (*Server).loginPage},
	{"POST", "/login", "postLoginPage", open, perLogin, (*Server).postLoginPage},
	{"GET", "/login/oidc", "beginOIDC", open, perLogin, (*Server).beginOIDC},
	{"GET", "/login/oidc/callback", "endOIDC", open, perLogin, (*Server).endOIDC},
	{"POST", "/logout", "postLogoutPage", people, perCaller, (*Server).postLogoutPage},
	{"GET", "/board", "boardPage", watchers, perCaller, (*Server).board},
	{"GET", "/board/c/{id}", "conversationPage", watchers, perCaller, (*Server).conversationPage},
	{"POST", "/board/c/{id}/{action}", "postAction", watchers, perCaller, (*Server).postAction},
	{"GET", "/board/flow", "flowsPage", watchers, perCaller, (*Server).flowsPage},
	{"GET", "/board/flow/{name}", "flowPage", watchers, perCaller, (*Server).flowPage},
	{"GET", "/board/undelivered", "undeliveredPage", watchers, perCaller, (*Server).undeliveredPage},
	{"POST", "/board/undelivered", "postUndelivered", watchers, perCaller, (*Server).postUndelivered},
	{"GET", "/chat/{bot}", "chatPage", open, unlimited, (*Server).chatPage},
	{"POST", "/chat/{bot}", "postChatPage", open, perStart, (*Server).postChatPage},
	{"GET", "/desk", "deskPage", agent | supervisor, perCaller, (*Server).deskPage},
	{"GET", "/page/{file}", "pageFile", open, unlimited, (*Server).pageFile},
}

// pageCall is where a request for a page keeps its call, for the page that says what failed.
const pageCall = "handoff.page"

// pageGuard is what every request for a page passes before its handler. Only the cookie of somebody signed in counts: a
// bot's key and a customer's token open no page.
func (s *Server) pageGuard(r *route) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := s.newCall(ec, r)
		defer c.within.end()
		ec.Set(pageCall, c)
		maps.Copy(c.Response().Header(), pageHeaders)
		if err := s.identifiedByCookie(c); err != nil {
			return err
		}
		if changes(r.method) {
			if s.draining() {
				return errShuttingDown()
			}
			if err := s.readForm(c); err != nil {
				return err
			}
		}
		if err := s.admitToPage(c); err != nil {
			return err
		}
		return r.handle(s, c)
	}
}

// admitToPage checks who opens a page or posts a form of it. Forms carry the session's CSRF token; that of the sign-in has
// no session yet, and is taken from our own pages only, as all are.
func (s *Server) admitToPage(c *call) error {
	if changes(c.route.method) && s.crossOrigin.Check(c.Request()) != nil {
		return refusal(codeCSRF, "this form was not sent from a page of ours")
	}
	if c.route.roles == open {
		return nil
	}
	if c.who.role == "" {
		return refusal(codeNotSignedIn, badCredentials)
	}
	if !c.route.roles.has(c.who.role) {
		return refusal(codeNotAllowed, "this is not for the role "+string(c.who.role))
	}
	if changes(c.route.method) && !sameToken(c.form.Get("csrf"), c.who.session.CSRF) {
		return refusal(codeCSRF, "the page is from another session; load it again")
	}
	return s.withinRate(c)
}

// identifiedByCookie sets who is signed in. A session that is over is nobody: they may still see the sign-in.
func (s *Server) identifiedByCookie(c *call) error {
	cookie, err := c.Cookie(s.cookieName())
	if err != nil || cookie.Value == "" {
		return nil //nolint:nilerr // a request without the cookie is nobody's
	}
	address := c.address()
	if err := s.limits.refused.spent(address); err != nil {
		return err
	}
	who, err := s.identifyUser(c.ctx(), cookie.Value)
	if err != nil {
		s.countRefused(err, address)
		if problemOf(err).Code == codeNotSignedIn {
			return nil
		}
		return err
	}
	c.who = who
	return nil
}

// readForm reads the body of a form within MaxBody.
func (s *Server) readForm(c *call) error {
	body, err := readBody(c.Request(), MaxBody)
	if err != nil {
		return err
	}
	c.size = len(body)
	if kind, _, _ := strings.Cut(c.Request().Header.Get("Content-Type"), ";"); kind != echo.MIMEApplicationForm {
		return refusal(codeMediaType, "the Content-Type must be "+echo.MIMEApplicationForm)
	}
	if c.form, err = url.ParseQuery(string(body)); err != nil {
		return refusal(codeMalformedForm, "the form cannot be read")
	}
	return nil
}

// frame is what stands around a page for whoever opened it.
func (s *Server) frame(c *call, section, title string) *pages.Frame {
	f := &pages.Frame{Title: title, Section: section, Now: s.now()}
	if s.options.Embedded {
		f.Warning = embeddedWarning
	}
	if u := c.who.user; u != nil {
		f.Person = &pages.Person{ID: string(u.ID()), Name: u.shown(), Role: string(u.Role), Watches: watchers.has(u.Role),
			Answers: s.attendance != nil && u.Role != RoleAdmin}
		f.CSRF = c.who.session.CSRF
	}
	return f
}

// leadTo sends a browser to one of our paths.
func (s *Server) leadTo(c *call, path string) error {
	return c.Redirect(http.StatusSeeOther, s.base.at(path))
}

// show answers a page.
func (s *Server) show(c *call, status int, page string, f *pages.Frame) error {
	return s.showPart(c, status, page, "layout", f)
}

// showPart answers one part of a page, for a page that fetches it anew.
func (s *Server) showPart(c *call, status int, page, part string, f *pages.Frame) error {
	b, err := s.site.RenderPart(page, part, f)
	if err != nil {
		return err
	}
	return c.Blob(status, "text/html; charset=utf-8", b)
}

// pageProblem answers a request for a page that failed: whoever is not signed in is led to the sign-in and back, others
// are told what is wrong.
func (s *Server) pageProblem(p problem, c echo.Context) error {
	if p.Status == http.StatusUnauthorized {
		target := s.base.at("/login?next=" + url.QueryEscape(s.comeBack(c.Request())))
		if c.Request().Header.Get("HX-Request") != "" { // a part of a page: all of it has to go
			c.Response().Header().Set("HX-Redirect", target)
			return c.NoContent(http.StatusUnauthorized)
		}
		return c.Redirect(http.StatusSeeOther, target)
	}
	call := s.callOf(c)
	f := s.frame(call, "", p.Title)
	f.Body = p.forPeople(call.route.roles)
	return s.show(call, p.Status, "error", f)
}

// callOf is the call of a request for a page. One for a path that does not exist has none yet, but may have been sent by somebody
// who is signed in: they keep the menu.
func (s *Server) callOf(ec echo.Context) *call {
	if c, ok := ec.Get(pageCall).(*call); ok {
		return c
	}
	c := s.newCall(ec, &route{method: ec.Request().Method})
	defer c.within.end()
	h := c.Response().Header()
	maps.Copy(h, pageHeaders)
	h.Add("Vary", "Accept")
	if err := s.identifiedByCookie(c); err != nil {
		s.log.Debug("an error page does not know who asks", "request_id", requestID(ec), "error", err.Error())
	}
	return c
}

// wantsPage reports whether what failed is answered with a page: where pages are, and where there is nothing at all, if a browser
// asks. The interface answers with problem documents alone.
func (s *Server) wantsPage(p *problem, c echo.Context) bool {
	if s.pagePaths[c.Path()] {
		return true
	}
	r := c.Request()
	return p.Code == codeNotFound && s.operations[c.Path()] == nil && !changes(r.Method) &&
		!strings.HasPrefix(r.URL.Path, "/v1/") && r.URL.Path != "/v1" && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// comeBack is the page to which a sign-in leads, as one of our paths: the one that was asked for, or on which a part or a form
// stands.
func (s *Server) comeBack(r *http.Request) string {
	if at, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil && at.Path != "" {
		if inner, below := s.base.without(at.Path); below {
			at.Path, at.RawPath = inner, ""
		}
		return at.RequestURI()
	}
	if changes(r.Method) {
		return "/"
	}
	return r.URL.RequestURI()
}

// pageFile answers GET /page/{file}: what pages load. A browser that asks with the file's version may keep it.
func (s *Server) pageFile(c *call) error {
	asset, ok := pages.Find(c.Param("file"))
	if !ok {
		return refusal(codeNotFound, "there is no such file")
	}
	h := c.Response().Header()
	if c.QueryParam("v") == asset.Version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	return c.Blob(http.StatusOK, asset.Type, asset.Content)
}
