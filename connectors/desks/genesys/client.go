package genesys

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

// Limits of calls.
const (
	// pollTimeout bounds one poll of CometD, whatever the server advises.
	pollTimeout = 150 * time.Second
	// maxAnswer is how large an answer may be: the whole log of a long chat.
	maxAnswer = 4 << 20
)

// Marks of failures that are mended by logging in, or by a new CSRF token.
var (
	errExpired = errors.New("the session is not accepted any more")
	errCSRF    = errors.New("the CSRF token is not accepted any more")
)

func isExpired(err error) bool { return errors.Is(err, errExpired) }

// codes are the vendor's status codes in plain words (8.5.2 "Return Values"), with what they mean for the call. The
// vendor's own text is not quoted: it may hold words of the customer.
var codes = map[int]struct {
	means   string
	outcome orchestrator.Outcome
}{
	codeFailed: {"the operation failed", orchestrator.OutcomePermanent},
	1:          {"a parameter is missing", orchestrator.OutcomePermanent},
	2:          {"a parameter is not valid in the present state", orchestrator.OutcomePermanent},
	3:          {"the operation is not allowed now", orchestrator.OutcomePermanent},
	4:          {"an internal error", orchestrator.OutcomeUnknown},
	5:          {"the agent lacks the permission", orchestrator.OutcomePermanent},
	6:          {"there is no such chat or target", orchestrator.OutcomePermanent},
	7:          {"done in part", orchestrator.OutcomeUnknown},
	8:          {"the password must be changed", orchestrator.OutcomePermanent},
	9:          {"not complete yet", orchestrator.OutcomeUnknown},
	18:         {"it is there already", orchestrator.OutcomePermanent},
	19:         {"it is in use", orchestrator.OutcomePermanent},
}

// Codes that are looked for by number.
const (
	codeForbidden        = 3
	codeNotFound         = 6
	codePartial          = 7
	codeExists           = 18
	codeInUse            = 19
	codeNotAuthenticated = 20
)

func (b *base) newClient(timeout time.Duration) *outbound.Client {
	return outbound.New(outbound.Options{
		Connector: b.Name, Clock: b.Clock, AllowPrivate: b.config.AllowPrivate, Timeout: timeout, MaxResponse: maxAnswer,
		Secrets: []string{b.config.Password, b.config.APIKey, b.basic()},
	})
}

// basic is the credentials of Basic authentication; empty where there are none. The vendor's own client writes ISO-8859-1;
// what that cannot write goes as UTF-8.
func (b *base) basic() string {
	if b.config.Username == "" {
		return ""
	}
	plain := b.config.Username + ":" + b.config.Password
	latin := make([]byte, 0, len(plain))
	for _, r := range plain {
		if r > 0xff {
			latin = []byte(plain)
			break
		}
		latin = append(latin, byte(r)) //nolint:gosec // it was looked whether it fits
	}
	return base64.StdEncoding.EncodeToString(latin)
}

// at is an address below the server's root.
func (b *base) at(path string) *url.URL {
	u := *b.root
	u.Path = strings.TrimRight(u.Path, "/") + path
	return &u
}

// header is what every call carries.
func (b *base) header(contentType string) http.Header {
	h := http.Header{"Accept": {"application/json"}}
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	if basic := b.basic(); basic != "" {
		h.Set("Authorization", "Basic "+basic)
	}
	if b.config.APIKey != "" {
		h.Set("X-Api-Key", b.config.APIKey)
	}
	if b.config.ContactCenter != "" {
		h.Set("ContactCenterId", b.config.ContactCenter)
	}
	return h
}

// failureOf is the failure that a status code means, nil for 0.
func (b *base) failureOf(op string, status, code int) error {
	if code == 0 {
		return nil
	}
	failure := &orchestrator.ConnectorError{
		Connector: b.Name, Op: op, Status: status, Code: codeName(code), Outcome: orchestrator.OutcomePermanent,
		Err: errors.New("the vendor refused it"),
	}
	switch known, ok := codes[code]; {
	case code == codeNotAuthenticated:
		failure.Outcome, failure.Err = orchestrator.OutcomeRetry, errExpired
	case ok:
		failure.Outcome, failure.Err = known.outcome, errors.New(known.means)
	}
	return failure
}

// understand reads an answer of GWS: the body counts first, whatever the HTTP status is.
func (b *base) understand(op string, res *outbound.Response, failure error) (answer, error) {
	if res == nil {
		return answer{}, failure
	}
	if res.Status == http.StatusUnauthorized {
		return answer{}, b.retryWith(op, res.Status, errExpired)
	}
	if res.Status == http.StatusForbidden && strings.Contains(strings.ToLower(string(res.Body)), "csrf") {
		return answer{}, b.retryWith(op, res.Status, errCSRF)
	}
	a, err := decodeAnswer(res.Body)
	switch {
	case failure != nil && (err != nil || !a.said || a.code == 0):
		return a, failure
	case err == nil && a.said:
		return a, b.failureOf(op, res.Status, a.code)
	}
	return a, b.Unclear(op, errors.New("the answer is none that the vendor documents"))
}

func (b *base) retryWith(op string, status int, why error) error {
	return &orchestrator.ConnectorError{
		Connector: b.Name, Op: op, Status: status, Outcome: orchestrator.OutcomeRetry, Err: why,
	}
}

// codeName is how a status code is written in errors.
func codeName(code int) string {
	if code == codeFailed {
		return "status-error"
	}
	return "status-" + strconv.Itoa(code)
}

// gone reports whether a call failed because the vendor has the chat no more.
func gone(err error) bool {
	return frame.CodeOf(err) == codeName(gmsNever) || frame.StatusOf(err) == http.StatusNotFound
}
