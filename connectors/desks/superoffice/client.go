package superoffice

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

// Limits of calls.
const (
	// maxAnswer is how large an answer may be: all messages of a long session.
	maxAnswer = 8 << 20
	// maxRequest is how large a request may be: the longest text, escaped.
	maxRequest = 256 << 10
	// maxType is how long the name of a vendor's error may be in ours.
	maxType = 64
)

// Failures that are looked for.
var (
	errExpired  = errors.New("the credentials are not accepted any more")
	errMoved    = errors.New("the tenant has moved to another address")
	errNotFound = errors.New("the vendor has no such thing")
	errConflict = errors.New("it was changed meanwhile")
)

// newClient is the client for all calls. Tickets are not known yet; no error ever quotes a header or a body.
func newClient(c Config, clock orchestrator.Clock) *outbound.Client {
	return outbound.New(outbound.Options{
		Connector: c.Name, Clock: clock, AllowPrivate: c.AllowPrivate, MaxResponse: maxAnswer, MaxRequest: maxRequest,
		Secrets: []string{c.Password, c.Token, c.SystemToken, c.AppToken, c.HookSecret, c.OldHookSecret, c.basic()},
	})
}

// basic is the credentials of Basic authentication.
func (c Config) basic() string {
	if c.Username == "" {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte(c.Username + ":" + c.Password))
}

// request is one call below /api/v1.
type request struct {
	op     string
	method string
	path   string // "ChatSession/195"
	query  url.Values
	body   any // nil: none
	// patch: the body is a JSON Patch.
	patch bool
}

// call makes a call in the session that is held, and once more under the next one if the vendor refuses that: the ticket
// has run out, or the tenant has moved. The answer's body is nil where there is none.
func (b *base) call(ctx context.Context, r request) (body []byte, err error) {
	expired := func(err error) bool {
		is := errors.Is(err, errExpired) || errors.Is(err, errMoved)
		if is {
			b.renewals.Add(1)
		}
		return is
	}
	err = b.Keeper.Call(ctx, expired, func(held []byte) error {
		body, err = b.guarded(ctx, held, r)
		return err
	})
	return body, err
}

// guarded makes one attempt if the breaker lets it.
func (b *base) guarded(ctx context.Context, held []byte, r request) (body []byte, err error) {
	err = b.Calls.Do(ctx, r.op, func() error {
		body, err = b.attempt(ctx, held, r)
		return err
	}, errExpired, errMoved)
	return body, err
}

func (b *base) attempt(ctx context.Context, held []byte, r request) ([]byte, error) {
	s, err := readLogin(held)
	if err != nil {
		return nil, b.Retry(r.op, "no-session", err)
	}
	at, err := url.Parse(s.API + "/v1/" + r.path)
	if err != nil {
		return nil, b.Permanent(r.op, "bad-request", errors.New("the address is not a URL"))
	}
	at.RawQuery = r.query.Encode()
	call := &outbound.Call{Op: r.op, Method: r.method, URL: at, Header: b.header(s)}
	if r.body != nil {
		if call.Body, err = json.Marshal(r.body); err != nil {
			return nil, b.Permanent(r.op, "bad-request", err)
		}
		call.Header.Set("Content-Type", "application/json")
		if r.patch {
			call.Header.Set("Content-Type", "application/json-patch+json")
		}
	}
	res, err := b.client.Do(ctx, call)
	if err != nil {
		return nil, b.understand(res, err)
	}
	if len(res.Body) > 0 && !json.Valid(res.Body) { // a page of whatever stands in front of the vendor
		return nil, b.Unclear(r.op, errors.New("the answer is not JSON"))
	}
	return res.Body, nil
}

// header is what every call carries.
func (b *base) header(s *login) http.Header {
	h := http.Header{
		"Accept": {"application/json"}, "Authorization": {b.authorization(s)},
		// Otherwise times are in the installation's own zone, and do not say so.
		"So-Timezone": {"UTC,includeTZOffset"},
	}
	if b.config.AppToken != "" {
		h.Set("SO-AppToken", b.config.AppToken)
	}
	return h
}

// understand adds to a failure what the vendor says of it: its own name for the error, and what the status means here. The
// vendor's text is not quoted, because it may hold words of the customer.
func (b *base) understand(res *outbound.Response, err error) error {
	failure, ok := errors.AsType[*orchestrator.ConnectorError](err)
	if !ok || res == nil {
		return err
	}
	if name := errorType(res.Body); name != "" && failure.Code == "" {
		failure.Code = name
	}
	switch res.Status {
	case http.StatusUnauthorized:
		failure.Outcome, failure.Err = orchestrator.OutcomeRetry, errExpired
	case http.StatusMisdirectedRequest: // "Wrong subdomain used to access tenant"
		failure.Outcome, failure.Err = orchestrator.OutcomeRetry, errMoved
	case http.StatusNotFound:
		failure.Err = errNotFound
	case http.StatusConflict:
		failure.Err = errConflict
	}
	return failure
}

// errorType is the name of an error in the vendor's error object, if it is a plain name.
func errorType(body []byte) string {
	var e struct{ ErrorType string }
	if json.Unmarshal(body, &e) != nil || len(e.ErrorType) > maxType || strings.ContainsFunc(e.ErrorType, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return ""
	}
	return e.ErrorType
}
