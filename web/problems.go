package web

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"handoff/orchestrator"
)

// Codes of the interface's own problems; the others are orchestrator's.
const (
	codeMalformedJSON    = "malformed-json"
	codeMalformedForm    = "malformed-form"
	codeMalformedHeader  = "malformed-header"
	codeMissingHeader    = "missing-header"
	codeInvalidSignature = "invalid-signature"
	codeStaleTimestamp   = "stale-timestamp"
	codeInvalidToken     = "invalid-token"
	codeNotSignedIn      = "not-signed-in"
	codeWrongPassword    = "wrong-password"
	codeCSRF             = "csrf"
	codeNotAllowed       = orchestrator.CodeNotAllowed
	codeUnknownConv      = "unknown-conversation"
	codeNotFound         = "not-found"
	codeMethod           = "method-not-allowed"
	codeInProgress       = "in-progress"
	codeEarlierFailed    = "earlier-event-failed"
	codeTooLarge         = "too-large"
	codeMediaType        = "unsupported-media-type"
	codeValidation       = "validation"
	codeUnknownType      = "unknown-event-type"
	codeUnknownQueue     = "unknown-queue"
	codeRateLimited      = "rate-limited"
	codeClientGone       = "client-gone"
	codeInternal         = "internal"
	codeShuttingDown     = "shutting-down"
)

// statusClientGone is what nginx made usual for a client that did not wait for its answer. It is for logs and counters:
// nobody is there to read it.
const statusClientGone = 499

// problemKind is what a code means: the status it is answered with unless the error names another, and its title.
type problemKind struct {
	status int
	title  string
}

// problemKinds is the one table from codes to answers. GET /problems/{code} explains a row, docs/api-errors.md all.
var problemKinds = map[string]problemKind{
	codeMalformedJSON:                 {400, "The body is not JSON"},
	codeMalformedForm:                 {400, "A form cannot be read"},
	codeMalformedHeader:               {400, "A header cannot be read"},
	codeMissingHeader:                 {400, "A header is missing"},
	codeInvalidSignature:              {401, "The credentials are missing or not valid"},
	codeStaleTimestamp:                {401, "The signature's time is too far from ours"},
	codeInvalidToken:                  {401, "The credentials are missing or not valid"},
	codeNotSignedIn:                   {401, "Nobody is signed in"},
	codeWrongPassword:                 {401, "The name or the password is wrong"},
	codeCSRF:                          {403, "The X-CSRF-Token header is missing or wrong"},
	codeNotAllowed:                    {403, "The caller may not do this"},
	codeUnknownConv:                   {404, "There is no such conversation"},
	codeNotFound:                      {404, "There is nothing here"},
	codeMethod:                        {405, "The path does not take this method"},
	codeInProgress:                    {409, "The same event is being worked on"},
	orchestrator.CodeStateConflict:    {409, "The conversation is not in a state that allows this"},
	orchestrator.CodeNotInControl:     {409, "Somebody else may speak now"},
	orchestrator.CodeNotSupported:     {409, "The desk cannot do this"},
	orchestrator.CodeLimit:            {409, "A limit is reached"},
	orchestrator.CodeStaleVersion:     {412, "The conversation has changed since"},
	codeTooLarge:                      {413, "The body is too large"},
	orchestrator.CodeConversationFull: {413, "The conversation's timeline is full"},
	codeMediaType:                     {415, "The body is of a kind that is not taken"},
	codeEarlierFailed:                 {424, "An earlier event of the same conversation failed"},
	codeValidation:                    {422, "The request is not valid"},
	codeUnknownType:                   {422, "There is no such type of event"},
	codeUnknownQueue:                  {422, "There is no such queue"},
	orchestrator.CodeKeyReuse:         {422, "The id was used for something else"},
	codeRateLimited:                   {429, "Too many requests"},
	codeClientGone:                    {statusClientGone, "The client went away"},
	codeInternal:                      {500, "Something went wrong here"},
	orchestrator.CodeUnavailable:      {503, "Not available for a moment"},
	codeShuttingDown:                  {503, "This process is stopping"},
}

// problem is the RFC 9457 document. The first seven members are in every one.
type problem struct {
	Type         string                    `json:"type"`
	Title        string                    `json:"title"`
	Status       int                       `json:"status"`
	Detail       string                    `json:"detail"`
	Instance     string                    `json:"instance"`
	Code         string                    `json:"code"`
	RequestID    string                    `json:"request_id"`
	CurrentState orchestrator.State        `json:"current_state,omitempty"`
	Controller   orchestrator.Controller   `json:"controller,omitempty"`
	Agent        *orchestrator.Agent       `json:"agent,omitempty"`
	Version      uint64                    `json:"version,omitempty"`
	Epoch        uint64                    `json:"epoch,omitempty"`
	Errors       []orchestrator.FieldError `json:"errors,omitempty"`
	Bound        string                    `json:"bound,omitempty"` // the key of the limit that was hit

	retryAfter time.Duration
}

const problemType = "application/problem+json"

// refusal is an error of the interface itself: one of the codes above.
func refusal(code, detail string) *orchestrator.InputError {
	return &orchestrator.InputError{Status: problemKinds[code].status, Code: code, Detail: detail}
}

// tooMany refuses because of the limit of this key, until it is worth trying again.
func tooMany(bound string, wait time.Duration) *orchestrator.InputError {
	e := refusal(codeRateLimited, "try again later")
	e.Bound, e.RetryAfter = bound, max(wait, time.Second)
	return e
}

func errUnknownConversation() error {
	return refusal(codeUnknownConv, "there is no such conversation, or it is not yours")
}

// problemOf is the one translation from errors to answers. What is not known here is ours to mend: it is logged, and
// the caller learns no more than that.
func problemOf(err error) problem {
	if rejection, ok := errors.AsType[*orchestrator.Rejection](err); ok {
		return rejectionProblem(rejection)
	}
	if input, ok := errors.AsType[*orchestrator.InputError](err); ok {
		return inputProblem(input)
	}
	if routing, ok := errors.AsType[*echo.HTTPError](err); ok {
		return httpProblem(routing)
	}
	switch {
	case errors.Is(err, orchestrator.ErrNotFound):
		return problem{Code: codeUnknownConv, Detail: "there is no such conversation, or it is not yours"}.titled()
	case errors.Is(err, orchestrator.ErrUnknownBot):
		return problem{Code: codeInvalidSignature, Detail: badCredentials}.titled()
	case errors.Is(err, errPanic):
		return problem{Code: codeInternal, Detail: "the request was not carried out"}.titled()
	case errors.Is(err, context.DeadlineExceeded):
		return problem{Code: orchestrator.CodeUnavailable, Detail: "what is needed for this took too long"}.titled()
	}
	return problem{Code: orchestrator.CodeUnavailable, Detail: "what is needed for this cannot be reached now"}.titled()
}

// problemFor is problemOf, but for what failed because its client had gone: that is nobody's failure. Only what would
// be ours is looked at, since a call that is given up fails in whatever way its library fails.
func problemFor(err error, r *http.Request) problem {
	p := problemOf(err)
	if p.Status >= 500 && errors.Is(r.Context().Err(), context.Canceled) && !errors.Is(err, errPanic) {
		return problem{Code: codeClientGone, Detail: "the request was given up"}.titled()
	}
	return p
}

func inputProblem(e *orchestrator.InputError) problem {
	p := problem{Code: e.Code, Status: e.Status, Detail: e.Detail, Errors: e.Fields, Bound: e.Bound, retryAfter: e.RetryAfter}
	if p.Status == 0 {
		p.Status = http.StatusUnprocessableEntity
	}
	return p.titled()
}

func rejectionProblem(r *orchestrator.Rejection) problem {
	p := problem{
		Code: r.Code, Detail: r.Detail, CurrentState: r.State, Controller: r.Controller, Version: r.Version,
		Epoch: r.Epoch, Bound: r.Bound,
	}
	if r.Agent.ID != "" {
		p.Agent = &r.Agent
	}
	if _, known := problemKinds[r.Code]; !known {
		p.Status = 409
	}
	return p.titled()
}

func httpProblem(err *echo.HTTPError) problem {
	switch err.Code {
	case 404:
		return problem{Code: codeNotFound, Detail: "there is no such path"}.titled()
	case 405:
		return problem{Code: codeMethod, Detail: "see the Allow header"}.titled()
	case 413:
		return problem{Code: codeTooLarge}.titled()
	}
	return problem{Code: codeInternal, Detail: "the request was not carried out"}.titled()
}

func (p problem) titled() problem {
	kind, known := problemKinds[p.Code]
	if !known {
		kind = problemKind{422, "The request cannot be carried out"}
	}
	if p.Status == 0 {
		p.Status = kind.status
	}
	p.Title = kind.title
	if p.Detail == "" {
		p.Detail = kind.title
	}
	p.Type = "/problems/" + p.Code
	if p.retryAfter == 0 && (p.Status == 503 || p.Status == 429) {
		p.retryAfter = time.Second
	}
	return p
}

// write sends the document.
func (p problem) write(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", problemType)
	if p.Code == codeShuttingDown {
		h.Set("Connection", "close") // the next request of this connection belongs to another process
	}
	if p.Status == 401 {
		h.Set("WWW-Authenticate", `Bearer realm="handoff"`)
	}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	w.WriteHeader(p.Status)
	_, err = w.Write(body)
	return err
}

// explainProblem answers GET /problems/{code}: what the type of a problem document refers to.
func (s *Server) explainProblem(c *call) error {
	kind, known := problemKinds[c.Param("code")]
	if !known {
		return refusal(codeNotFound, "there is no such problem")
	}
	return c.JSON(200, struct {
		Code   string `json:"code"`
		Status int    `json:"status"`
		Title  string `json:"title"`
	}{c.Param("code"), kind.status, kind.title})
}
