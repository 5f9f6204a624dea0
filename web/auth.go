package web

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"handoff/orchestrator"
)

// badCredentials is the one text for every caller whose credentials do not hold: it does not tell what was wrong.
const badCredentials = "the credentials of this call are missing or not valid"

// identify finds out who makes a request: a bearer (conversation token or bot key), a signature of a bot, or the cookie
// of somebody signed in. Credentials that are given and do not hold are an error; none at all is nobody.
func (s *Server) identify(c *call) (principal, error) {
	h := c.Request().Header
	if bearer, ok := bearerOf(h); ok {
		return s.identifyBearer(c, bearer)
	}
	if h.Get("Webhook-Signature") != "" {
		return s.identifyBot(c)
	}
	if token := c.QueryParam("token"); token != "" && c.route.rate == feed && wantsStream(h) {
		// EventSource cannot send headers. The token is read here and nowhere logged.
		return s.identifyCustomer(c.ctx(), token)
	}
	if cookie, err := c.Cookie(s.cookieName()); err == nil && cookie.Value != "" {
		return s.identifyUser(c.ctx(), cookie.Value)
	}
	return principal{}, nil
}

func bearerOf(h http.Header) (string, bool) {
	kind, token, ok := strings.Cut(h.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(kind, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

// identifyBearer tries a conversation token first, if the bearer looks like one.
func (s *Server) identifyBearer(c *call, bearer string) (principal, error) {
	if strings.Count(bearer, ".") == 2 {
		who, err := s.identifyCustomer(c.ctx(), bearer)
		var input *orchestrator.InputError
		if err == nil || !errors.As(err, &input) {
			return who, err
		}
	}
	return s.identifyBot(c)
}

func (s *Server) identifyCustomer(ctx context.Context, token string) (principal, error) {
	id, until, err := s.tokens.read(ctx, token)
	if err != nil {
		return principal{}, err
	}
	return principal{role: RoleCustomer, conversation: id, until: until}, nil
}

// identifyBot asks every bot whether the credentials are its own. The path does not name a bot here, and asking only
// the conversation's would tell whether it exists.
func (s *Server) identifyBot(c *call) (principal, error) {
	who := principal{role: RoleBot}
	var refused error
	for _, b := range s.receivers {
		if err := b.receiver.Authenticate(c.Request().Header, c.body, s.now()); err != nil {
			refused = err
			continue
		}
		who.bots = append(who.bots, b.name)
	}
	if len(who.bots) == 0 {
		return principal{}, uniform(c.Request().Header, refused)
	}
	c.signed = c.Request().Header.Get("Webhook-Signature") != "" // then it was what proved it, whatever else is given
	return who, nil
}

// uniform makes the refusals of all bots, and of a bot that does not exist, alike.
func uniform(h http.Header, refused error) error {
	if input, ok := errors.AsType[*orchestrator.InputError](refused); ok {
		if input.Status != 401 || input.Code == codeStaleTimestamp {
			return refused
		}
	} else if refused != nil {
		return refused
	}
	if h.Get("Authorization") != "" {
		return refusal(codeInvalidToken, badCredentials)
	}
	return refusal(codeInvalidSignature, badCredentials)
}

// identifyUser reads the session of a cookie. A session whose user is not configured any more, or has another password, or
// whose role the provider gives to nobody any more, is none.
func (s *Server) identifyUser(ctx context.Context, token string) (principal, error) {
	session, err := s.store.Session(ctx, token)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return principal{}, refusal(codeNotSignedIn, "the session is over; sign in again")
	}
	if err != nil {
		return principal{}, err
	}
	user := s.present().users[session.User]
	switch {
	case session.Role == "":
		if user != nil && !sameToken(session.Proof, user.proof()) {
			user = nil
		}
	case s.provider != nil && s.provider.gives(Role(session.Role)):
		user = s.provided(&session)
	default:
		user = nil
	}
	if user == nil {
		return principal{}, refusal(codeNotSignedIn, "the session is over; sign in again")
	}
	session.Token = token
	return principal{role: user.Role, user: user, session: session}, nil
}

// checkCSRF wants the session's token in a header on every change that a cookie authorises.
func checkCSRF(c *call) error {
	if c.who.user == nil || !changes(c.Request().Method) {
		return nil
	}
	if !sameToken(c.Request().Header.Get("X-CSRF-Token"), c.who.session.CSRF) {
		return refusal(codeCSRF, "send the csrf_token of the sign-in as X-CSRF-Token")
	}
	return nil
}

func sameToken(got, want string) bool {
	return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}
