package oracle

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

// Limits of calls.
const (
	callTimeout = outbound.DefaultTimeout
	// pollTimeout bounds getMessages, which Oracle holds for at most 30 s; Oracle's own client waits as long.
	pollTimeout = 45 * time.Second
	maxRequest  = 2 << 20 // a body of DefaultLongestText characters
	maxAnswer   = 8 << 20
)

// applicationContext is the comment that the site's API requires; at most 40 characters.
const applicationContext = "handoff: bot to agent chat"

// Exception codes (operation pages). Oracle nowhere ties them to HTTP statuses, so the code decides and the status only
// where there is none.
const (
	accessDenied      = "ACCESS_DENIED"
	badRequest        = "BAD_REQUEST"
	invalidField      = "INVALID_FIELD"
	conflict          = "CONFLICT" // the lead participant has left, or the spam filter ended it
	engagementUnknown = "ENGAGEMENT_ID_UNKNOWN"
	undefined         = "UNDEFINED_CONDITION"
	unknownException  = "UNKNOWN_EXCEPTION"
	internalError     = "INTERNAL_SERVER_ERROR"
	dependencyTimeout = "DEPENDENCY_APPLICATION_TIMEOUT"
)

// outcomes of the exception codes. What may have happened is "unknown": posts are repeated under the same messageId.
var outcomes = map[string]orchestrator.Outcome{
	accessDenied: orchestrator.OutcomeRetry, badRequest: orchestrator.OutcomePermanent, invalidField: orchestrator.OutcomePermanent,
	conflict: orchestrator.OutcomePermanent, engagementUnknown: orchestrator.OutcomePermanent,
	undefined: orchestrator.OutcomeUnknown, unknownException: orchestrator.OutcomeUnknown,
	internalError: orchestrator.OutcomeUnknown, dependencyTimeout: orchestrator.OutcomeUnknown,
}

// errExpired marks a call that was refused because of its session: it did not happen.
var errExpired = errors.New("the session is not accepted any more")

func isExpired(err error) bool { return errors.Is(err, errExpired) }

// errNotFound marks a call that was answered "not found" although the site still names this chat server and this pool: what
// Oracle does not know is the engagement of the call.
var errNotFound = errors.New("the chat server does not know the engagement")

func (b *base) newClient(timeout time.Duration) *outbound.Client {
	return outbound.New(outbound.Options{
		Connector: b.Name, Clock: b.Clock, AllowPrivate: b.config.AllowPrivate, Timeout: timeout, MaxRequest: maxRequest,
		MaxResponse: maxAnswer, Secrets: []string{b.config.Password, b.basic()},
	})
}

// basic is the staff account's credentials for the site.
func (b *base) basic() string {
	return base64.StdEncoding.EncodeToString([]byte(b.config.Username + ":" + b.config.Password))
}

// request is one call of the chat server.
type request struct {
	op     string
	api    string
	at     server
	header http.Header
	query  url.Values // a GET, if there is one
	body   any
	poll   bool
}

// do makes one call of the chat server and reads what its answer says, whatever its status is. A call that is answered "not
// found" is made again where the site says that the chat server is now, if that is somewhere else.
func (b *base) do(ctx context.Context, r request) (envelope, []byte, error) {
	known := r.at
	r.at = b.moves.now(known)
	e, body, err := b.exchange(ctx, r)
	if !errors.Is(err, errNotFound) {
		return e, body, err
	}
	now, asked := b.findServer(ctx)
	switch {
	case asked != nil:
		return e, body, b.Retry(r.op, "not-found", asked)
	case now == r.at:
		return e, body, err
	}
	r.at = now
	if e, body, err = b.exchange(ctx, r); !errors.Is(err, errNotFound) {
		b.Log.InfoContext(ctx, "the chat server has moved", "pool", now.Pool)
		b.moves.moved(known, now)
	}
	return e, body, err
}

// exchange is one call and its answer.
func (b *base) exchange(ctx context.Context, r request) (envelope, []byte, error) {
	u, err := r.at.operation(r.api, r.op, r.query)
	if err != nil {
		return envelope{}, nil, b.Permanent(r.op, frame.CodeInvalid, err)
	}
	call := outbound.Call{Op: r.op, Method: http.MethodPost, URL: u, Header: r.header.Clone()}
	if r.query != nil {
		call.Method = http.MethodGet
	} else if call.Body, err = encode(r.body); err != nil {
		return envelope{}, nil, b.Permanent(r.op, frame.CodeInvalid, errors.New("the request cannot be written as JSON"))
	}
	call.Header.Set("Content-Type", "application/json; charset=utf-8")
	call.Header.Set("Accept", "application/json")
	var e envelope
	var res *outbound.Response
	attempt := func() error {
		var failure error
		if r.poll {
			res, failure = b.polls.Do(ctx, &call)
		} else {
			res, failure = b.client.Do(ctx, &call)
		}
		e, failure = b.understand(r.op, res, failure)
		return failure
	}
	if r.poll {
		err = attempt()
	} else {
		err = b.Calls.Do(ctx, r.op, attempt, errExpired)
	}
	if res == nil {
		return e, nil, err
	}
	return e, res.Body, err
}

func encode(body any) ([]byte, error) {
	if raw, is := body.(json.RawMessage); is {
		return raw, nil
	}
	return json.Marshal(body)
}

// understand reads an answer: the exception code decides first, then a system error, also in an answer with status 200,
// and the status only where neither is there.
func (b *base) understand(op string, res *outbound.Response, failure error) (envelope, error) {
	var e envelope
	if res == nil {
		return e, failure
	}
	readable := json.Unmarshal(res.Body, &e) == nil
	code := ""
	if readable {
		code = e.code()
	}
	fail := &orchestrator.ConnectorError{Connector: b.Name, Op: op, Status: res.Status, Code: code}
	outcome, known := outcomes[code]
	switch {
	case code == accessDenied, code == "" && (res.Status == http.StatusForbidden || res.Status == http.StatusUnauthorized):
		fail.Outcome, fail.Err = orchestrator.OutcomeRetry, errExpired
	case (code == unknownException || code == "") && res.Status == http.StatusNotFound:
		fail.Outcome, fail.Err = orchestrator.OutcomePermanent, errNotFound
	case known:
		fail.Outcome, fail.Err = outcome, errors.New("the chat server refused it")
	case code != "": // a code that is not documented, or a system error without one
		fail.Outcome, fail.Err = orchestrator.OutcomeUnknown, errors.New("the chat server reports an error that is not documented")
		fail.Code = "undocumented"
	case failure != nil:
		return e, failure
	case !readable:
		fail.Outcome, fail.Code = orchestrator.OutcomeUnknown, frame.CodeUnclear
		fail.Err = errors.New("the answer is not JSON")
	default:
		return e, nil
	}
	return e, fail
}

// code is what went wrong; empty if nothing did.
func (e *envelope) code() string {
	if e.ExceptionCode != "" {
		return string(e.ExceptionCode)
	}
	if e.SystemError == nil || *e.SystemError == (systemError{}) {
		return ""
	}
	for _, said := range []text{e.SystemError.ErrorCondition, e.SystemError.Type, e.SystemError.Text} {
		if _, known := outcomes[string(said)]; known {
			return string(said)
		}
	}
	return "chatSystemError"
}

// unknownToOracle reports whether a call failed because Oracle does not know the engagement.
func unknownToOracle(err error) bool {
	return hasCode(err, engagementUnknown) || errors.Is(err, errNotFound)
}

// hasCode reports whether a call failed with one of Oracle's codes. A bare status does not count.
func hasCode(err error, codes ...string) bool {
	return err != nil && slices.Contains(codes, frame.CodeOf(err))
}
