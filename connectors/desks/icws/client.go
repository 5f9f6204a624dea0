package icws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

// mediaType of requests and answers (ICWS help, Making Requests).
const mediaType = "application/vnd.inin.icws+JSON; charset=utf-8"

// csrfHeader carries the session's token on every call but the fetch of messages.
const csrfHeader = "ININ-ICWS-CSRF-Token"

// client makes the calls of one desk. It is safe for concurrent use.
type client struct {
	*frame.Frame
	http    *outbound.Client // short calls
	polls   *outbound.Client // what tells of messages
	servers *servers
}

// request is one call. Path begins with "/icws" and is escaped; Body is encoded as JSON, nil is no body; what comes back is
// decoded into Into, unless that is nil.
type request struct {
	op, method, path string
	session          *login // nil: a call without one
	withoutToken     bool   // the fetch of messages knows the cookie only
	host             string // where, without a session
	body, into       any
	// repeats: the call may be made again without harm, so an error 500 is no reason to look first.
	repeats bool
	// takesOff: the answer holds what the server forgets by sending it.
	takesOff bool
}

func newClient(c Config, f *frame.Frame) (*client, error) {
	servers, err := newServers(c.URL, c.Hosts, c.AllowPrivate)
	if err != nil {
		return nil, err
	}
	made := func() *outbound.Client {
		return outbound.New(outbound.Options{
			Connector: c.Name, Clock: f.Clock, AllowPrivate: c.AllowPrivate, Timeout: c.Timeout, MaxResponse: maxMessages,
			Secrets: []string{c.Password},
		})
	}
	return &client{Frame: f, http: made(), polls: made(), servers: servers}, nil
}

func (c *client) call(r *request) (*outbound.Call, error) {
	host := r.host
	header := http.Header{"Accept": {mediaType}}
	if r.session != nil {
		host = r.session.Host
		header.Set("Cookie", r.session.Cookie)
		if !r.withoutToken {
			header.Set(csrfHeader, r.session.Token)
		}
	}
	at, err := c.servers.at(host, r.path)
	if err != nil {
		return nil, c.Permanent(r.op, "address", err)
	}
	out := &outbound.Call{Op: r.op, Method: r.method, URL: at, Header: header, Once: r.takesOff}
	if r.body != nil {
		header.Set("Content-Type", mediaType)
		if out.Body, err = json.Marshal(r.body); err != nil {
			return nil, c.Permanent(r.op, "encoding", err)
		}
	}
	return out, nil
}

// do makes one attempt. Its errors are *orchestrator.ConnectorError, with ICWS's errorId as the code where there is one.
func (c *client) do(ctx context.Context, r *request) error {
	out, err := c.call(r)
	if err != nil {
		return err
	}
	by := c.http
	if r.takesOff {
		by = c.polls
	}
	res, err := by.Do(ctx, out)
	if err != nil {
		return c.refused(r, res, err)
	}
	if r.into == nil && len(bytes.TrimSpace(res.Body)) == 0 {
		return nil
	}
	if r.into == nil && json.Valid(res.Body) || r.into != nil && json.Unmarshal(res.Body, r.into) == nil {
		return nil
	}
	// A page of whatever stands in front of the server also comes with a status of success.
	return c.Unclear(r.op, errors.New("the answer is not the JSON that was expected"))
}

// errExpired is a refusal because of the session. It is no sign of a server in trouble.
var errExpired = errors.New("the session has ended")

// guarded is do behind the breaker.
func (c *client) guarded(ctx context.Context, r *request) error {
	return c.Calls.Do(ctx, r.op, func() error { return c.do(ctx, r) }, errExpired)
}

// errorID is what an ICWS errorId looks like. Anything else in its place is not repeated in an error of ours.
var errorID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9.]{0,127}$`)

// apiError is the body of a refusal.
type apiError struct {
	ErrorID string   `json:"errorId"`
	Hosts   []string `json:"alternateHostList"`
}

// refused reads what a status means at ICWS: 410 is a resource that was removed from the API, not a chat that is gone; an
// error 500 may have acted; 503 has not.
func (c *client) refused(r *request, res *outbound.Response, err error) error {
	var ce *orchestrator.ConnectorError
	if res == nil || !errors.As(err, &ce) {
		return err
	}
	var said apiError
	if json.Unmarshal(res.Body, &said) == nil && errorID.MatchString(said.ErrorID) {
		ce.Code = said.ErrorID
	}
	switch res.Status {
	case http.StatusUnauthorized:
		ce.Outcome, ce.Err = orchestrator.OutcomeRetry, errExpired
	case http.StatusInternalServerError:
		if !r.repeats {
			ce.Outcome = orchestrator.OutcomeUnknown
		}
	case http.StatusServiceUnavailable:
		if hosts := said.Hosts; len(hosts) > 0 {
			ce.Err = &otherHosts{hosts: hosts}
		}
	}
	return err
}

// otherHosts is a server that takes no sessions now and names those that may.
type otherHosts struct{ hosts []string }

// Error does not repeat the names.
func (o *otherHosts) Error() string { return fmt.Sprintf("the server names %d others", len(o.hosts)) }

func isUnauthorized(err error) bool { return frame.StatusOf(err) == http.StatusUnauthorized }

// aboutOne: the server refuses a call about one chat for good, and not because of the session. A new session would meet the same
// refusal, and everybody else's chats go on.
func aboutOne(err error) bool {
	return frame.StatusOf(err) >= http.StatusBadRequest && !isUnauthorized(err) &&
		frame.Refused(err)
}
