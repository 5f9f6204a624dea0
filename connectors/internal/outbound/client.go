package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"handoff/orchestrator"
)

// Limits of a call, unless Options say otherwise.
const (
	// DefaultTimeout bounds a call from its beginning to the last byte of the answer.
	DefaultTimeout = 10 * time.Second
	// DefaultMaxRequest and DefaultMaxResponse bound the bodies, in bytes.
	DefaultMaxRequest  = 64 << 10
	DefaultMaxResponse = 1 << 20
	// drainLimit is how much of an answer that nobody reads is taken so that its connection can be used again.
	drainLimit = 64 << 10
)

// Options of a client. Connector and Clock are required.
type Options struct {
	Connector orchestrator.ConnectorName // named in every error
	Clock     orchestrator.Clock         // of the time-out, and of Retry-After given as a date
	// AllowPrivate lets calls go to loopback, private and link-local addresses. Otherwise an address is checked when it is
	// dialled, so a name cannot turn into a private address between check and call.
	AllowPrivate bool
	Rules        *Rules // what a status means; nil: Vendors
	Timeout      time.Duration
	MaxRequest   int64       // bytes
	MaxResponse  int64       // bytes
	Secrets      []string    // taken out of every error
	TLS          *tls.Config // nil: the machine's roots
}

// Client makes calls. It is safe for concurrent use.
type Client struct {
	connector   orchestrator.ConnectorName
	clock       orchestrator.Clock
	rules       *Rules
	timeout     time.Duration
	maxRequest  int64
	maxResponse int64
	redact      redactor
	transport   *http.Transport
}

// New is a client that has not connected yet.
func New(o Options) *Client {
	if o.Rules == nil {
		o.Rules = Vendors
	}
	return &Client{
		connector: o.Connector, clock: o.Clock, rules: o.Rules,
		timeout:     orDefault(o.Timeout, DefaultTimeout),
		maxRequest:  orDefault(o.MaxRequest, DefaultMaxRequest),
		maxResponse: orDefault(o.MaxResponse, DefaultMaxResponse),
		redact:      newRedactor(o.Secrets),
		transport:   newTransport(o.AllowPrivate, o.TLS),
	}
}

func orDefault[T ~int64](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}

// Close closes the connections that are not in use.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Call is one request. User and password in the URL become basic authentication. The header is the call's own: Do adds to it.
type Call struct {
	Op     string // named in errors: "send"
	Method string // POST if empty
	URL    *url.URL
	Header http.Header
	Body   []byte
	// StatusOnly: a success needs no body, so one that is cut or too long is still a success.
	StatusOnly bool
	// Once: the answer takes something off at the receiver, so a GET is not even made again by net/http, which does that by
	// itself when a connection that was used before ends without an answer.
	Once bool
}

// Response is what came back.
type Response struct {
	Status int
	Header http.Header
	Body   []byte // nil with Call.StatusOnly
}

// Cause of a context that ended because the call took too long.
var errTimeout = errors.New("no answer in time")

// Do makes one attempt. Errors are *orchestrator.ConnectorError; the response comes with them if there was one, so that the
// connector can look for the vendor's own code.
func (c *Client) Do(ctx context.Context, call *Call) (*Response, error) {
	if size := int64(len(call.Body)); size > c.maxRequest {
		return nil, c.failed(call, 0, orchestrator.OutcomePermanent, "too-large",
			fmt.Errorf("the body has %d bytes, the limit is %d", size, c.maxRequest))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := c.clock.AfterFunc(c.timeout, func() { cancel(errTimeout) })
	defer stop()
	var sent progress
	req, err := newRequest(httptrace.WithClientTrace(ctx, sent.trace()), call)
	if err != nil {
		return nil, c.failed(call, 0, orchestrator.OutcomePermanent, "bad-request", err)
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, c.lost(ctx, call, &sent, err)
	}
	return c.answer(ctx, call, res)
}

func newRequest(ctx context.Context, call *Call) (*http.Request, error) {
	method := call.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, "", bytes.NewReader(call.Body))
	if err != nil {
		return nil, err
	}
	if call.Once { // net/http repeats only what has no body or can have it again
		req.Body, req.GetBody = io.NopCloser(bytes.NewReader(call.Body)), nil
	}
	req.URL, req.Host = rooted(call.URL), call.URL.Host
	if call.Header != nil {
		req.Header = call.Header
	}
	if user := call.URL.User; user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	if traceparent := orchestrator.Traceparent(ctx); traceparent != "" {
		req.Header.Set("Traceparent", traceparent)
	}
	if len(req.Header["User-Agent"]) == 0 {
		req.Header.Set("User-Agent", "handoff")
	}
	return req, nil
}

// rooted is an address whose path begins with a slash: without one, net/http writes a request that no server understands.
func rooted(u *url.URL) *url.URL {
	if u.Path == "" || u.Path[0] == '/' || u.Opaque != "" {
		return u
	}
	fixed := *u
	fixed.Path = "/" + u.Path
	if u.RawPath != "" {
		fixed.RawPath = "/" + u.RawPath
	}
	return &fixed
}

// answer reads what is wanted of an answer. The status decides before the body does: a failure whose body is cut is the
// same failure.
func (c *Client) answer(ctx context.Context, call *Call, res *http.Response) (*Response, error) {
	defer res.Body.Close() //nolint:errcheck // nothing was written
	got := &Response{Status: res.StatusCode, Header: res.Header}
	failure := c.judge(call, got)
	if failure == nil && call.StatusOnly {
		_, _ = io.CopyN(io.Discard, res.Body, drainLimit)
		return got, nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, c.maxResponse+1))
	switch {
	case failure != nil:
		got.Body = body[:min(int64(len(body)), c.maxResponse)]
		return got, failure
	case err != nil:
		return got, c.failed(call, got.Status, orchestrator.OutcomeUnknown, "answer-cut", cutBy(ctx, err))
	case int64(len(body)) > c.maxResponse:
		return got, c.failed(call, got.Status, orchestrator.OutcomeUnknown, "answer-too-large",
			fmt.Errorf("the answer has more than %d bytes", c.maxResponse))
	}
	got.Body = body
	return got, nil
}
