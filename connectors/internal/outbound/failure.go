package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"

	"code.dny.dev/ssrf"

	"handoff/orchestrator"
)

// progress follows how far a request got. Its hooks run on goroutines of the transport, also after the call has returned.
type progress struct {
	begun   atomic.Bool // the headers were given to the connection
	written atomic.Bool // the whole request was
	broken  atomic.Bool // writing failed before the end
}

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		// The transport may try again on another connection as long as nothing was written on the first.
		GetConn: func(string) {
			p.begun.Store(false)
			p.written.Store(false)
			p.broken.Store(false)
		},
		WroteHeaders: func() { p.begun.Store(true) },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err != nil {
				p.broken.Store(true)
			} else {
				p.written.Store(true)
			}
		},
	}
}

// left reports whether the receiver may have the whole request. A request whose writing failed half way cannot be acted on:
// its length is announced.
func (p *progress) left() bool {
	return p.written.Load() || p.begun.Load() && !p.broken.Load()
}

// lost is the failure of a call that got no answer.
func (c *Client) lost(ctx context.Context, call *Call, sent *progress, err error) error {
	outcome := orchestrator.OutcomeRetry
	if sent.left() {
		outcome = orchestrator.OutcomeUnknown
	}
	var (
		dns         *net.DNSError
		verify      *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		record      tls.RecordHeaderError
		code        = "connection"
		wrongFamily = errors.Is(err, ssrf.ErrProhibitedNetwork)
	)
	switch {
	case ctx.Err() != nil:
		err = cutBy(ctx, err)
		if code = "cancelled"; errors.Is(err, errTimeout) || errors.Is(err, context.DeadlineExceeded) {
			code = "timeout"
		}
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort), wrongFamily:
		code, outcome = "address-refused", c.rules.private
	case errors.As(err, &dns):
		code = "dns"
	case errors.As(err, &verify), errors.As(err, &authority), errors.As(err, &record):
		code = "tls"
	}
	return c.failed(call, 0, outcome, code, err)
}

// cutBy is why a call ended early: the reason for which its context ended, if it did.
func cutBy(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (c *Client) failed(call *Call, status int, outcome orchestrator.Outcome, code string, err error) *orchestrator.ConnectorError {
	return &orchestrator.ConnectorError{
		Connector: c.connector, Op: call.Op, Status: status, Code: code, Outcome: outcome, Err: c.redact.err(err),
	}
}
