package web

import (
	"context"
	"net/netip"
	"net/url"

	"github.com/labstack/echo/v4"

	"handoff/orchestrator"
)

// call is one request on its way to a handler. The body is read, not decoded.
type call struct {
	echo.Context
	route *route
	who   principal
	body  []byte
	size  int // of the body, also of a form
	// signed: the caller is a bot that has proved it by a signature of this request.
	signed bool
	form   url.Values // of a page; in place of body
	// acted answers an action in place of the conversation as JSON; set for the forms of pages.
	acted func(orchestrator.Receipt) error
	// within is the request's context with RequestTimeout. It lives as long as the call; a feed has the request's own.
	within bounded
	// single are the values of the answer's headers that set gave, so that none needs a slice of its own.
	single [2]string
	given  int
}

// set gives the answer's header a name, written as Go writes it, and one value. It is Header.Set for the headers of every
// answer, without an allocation for the first of them.
func (c *call) set(name, value string) {
	h := c.Response().Header()
	if c.given == len(c.single) {
		h[name] = []string{value}
		return
	}
	c.single[c.given] = value
	c.given++
	h[name] = c.single[c.given-1 : c.given : c.given]
}

// ctx ends with the request, with the call and, unless it is a feed, after RequestTimeout.
func (c *call) ctx() context.Context {
	if c.route.rate == feed {
		return c.within.Context
	}
	return &c.within
}

// guard is what every request passes before its handler: drain, body, credentials, role, CSRF, rate.
func (s *Server) guard(r *route) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := s.newCall(ec, r)
		defer c.within.end()
		if changes(r.method) && s.draining() {
			return errShuttingDown()
		}
		if changes(r.method) {
			body, err := readBody(c.Request(), r.longestBody())
			if err != nil {
				return err
			}
			c.body, c.size = body, len(body)
		}
		if err := s.admit(c); err != nil {
			return err
		}
		if r.rate == feed {
			done, err := s.openAnswer(c)
			if err != nil {
				return err
			}
			defer done()
		}
		return r.handle(s, c)
	}
}

// newCall is a request at the beginning of its way.
func (s *Server) newCall(ec echo.Context, r *route) *call {
	return &call{Context: ec, route: r, within: bounded{Context: ec.Request().Context(), limit: s.options.timeouts.request}}
}

// address is what a limit for an address counts: that of the caller. Whoever has an IPv6 address has a network of 64 bits, and
// could come from another one of it each time, so that the network counts.
func (c *call) address() string {
	given := c.RealIP()
	ip, err := netip.ParseAddr(given)
	if err != nil || ip.Is4() {
		return given
	}
	if ip.Is4In6() {
		return ip.Unmap().String()
	}
	network, err := ip.Prefix(64)
	if err != nil {
		return given
	}
	return network.String()
}

func errShuttingDown() error {
	return refusal(codeShuttingDown, "this process is stopping; another one takes over")
}

// admit checks who calls. Routes without roles look after that themselves.
func (s *Server) admit(c *call) error {
	if c.route.roles == open {
		return nil
	}
	if err := s.identified(c); err != nil {
		return err
	}
	if c.who.role == "" {
		return refusal(codeNotSignedIn, badCredentials)
	}
	if !c.route.roles.has(c.who.role) {
		return refusal(codeNotAllowed, "this is not for the role "+string(c.who.role))
	}
	if err := checkCSRF(c); err != nil {
		return err
	}
	return s.withinRate(c)
}

// identified sets who calls. Wrong credentials cost the address a token: whoever guesses keys is slowed down.
func (s *Server) identified(c *call) error {
	address := c.address()
	if err := s.limits.refused.spent(address); err != nil {
		return err
	}
	who, err := s.identify(c)
	if err != nil {
		s.countRefused(err, address)
		return err
	}
	c.who = who
	if changes(c.Request().Method) {
		return nil // noted when it is known to be valid
	}
	return s.usedHere(c)
}

func (s *Server) countRefused(err error, address string) {
	if problemOf(err).Status == 401 {
		s.limits.refused.take(address)
	}
}

// withinRate counts a request of a caller who is known, and what it brings.
func (s *Server) withinRate(c *call) error {
	var l *limiter
	switch c.who.role {
	case RoleBot:
		l = s.limits.bot
	case RoleCustomer:
		l = s.limits.customer
	case RoleAgent, RoleSupervisor, RoleAdmin:
		l = s.limits.user
	default:
		return nil
	}
	if err := l.take(c.who.key()); err != nil {
		return err
	}
	return s.withinBytes(c)
}

// conversation loads the conversation of the path, if it is any business of the caller's.
func (s *Server) conversation(c *call) (*orchestrator.Conversation, error) {
	return s.conversationIf(c, c.who.sees)
}

// acted loads the conversation of the path for something that the caller does with it. Whoever has just lost it is told who
// has it, instead of that there is none.
func (s *Server) acted(c *call) (*orchestrator.Conversation, error) {
	return s.conversationIf(c, c.who.saw)
}

// contested loads the conversation of the path for an answer to what waits or rings, and for a word.
func (s *Server) contested(c *call) (*orchestrator.Conversation, error) {
	return s.conversationIf(c, c.who.contests)
}

// contestedOfBot is contested also for what the bot has: it waited or rang until just now, or may be taken.
func (s *Server) contestedOfBot(c *call) (*orchestrator.Conversation, error) {
	return s.conversationIf(c, func(conversation *orchestrator.Conversation) bool {
		return c.who.contests(conversation) || c.who.role == RoleAgent && conversation.State == orchestrator.StateBot
	})
}

func (s *Server) conversationIf(c *call, allowed func(*orchestrator.Conversation) bool) (*orchestrator.Conversation, error) {
	id := orchestrator.ConversationID(c.Param("id"))
	if c.who.role == RoleCustomer && c.who.conversation != id {
		return nil, errUnknownConversation()
	}
	conversation, err := s.store.Load(c.ctx(), id)
	if err != nil {
		return nil, err
	}
	if !allowed(conversation) {
		return nil, errUnknownConversation()
	}
	return conversation, nil
}
