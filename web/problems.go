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
	codeMalformedHeader  = "malformed-header"
	codeInvalidSignature = "invalid-signature"
	codeInvalidToken     = "invalid-token"
	codeNotSignedIn      = "not-signed-in"
	codeWrongPassword    = "wrong-password"
	codeCSRF             = "csrf"
	codeNotAllowed       = "not-allowed"
	codeUnknownConv      = "unknown-conversation"
	codeNotFound         = "not-found"
	codeMethod           = "method-not-allowed"
	codeInProgress       = "in-progress"
	codeTooLarge         = "too-large"
	codeMediaType        = "unsupported-media-type"
	codeValidation       = "validation"
	codeRateLimited      = "rate-limited"
	codeInternal         = "internal"
	codeShuttingDown     = "shutting-down"
)

// problemKind is what a code means: the status it is answered with unless the error names another, and its title.
type problemKind struct {
	status int
	title  string
}

// problemKinds is the one table from codes to answers. GET /problems/{code} explains a row.
var problemKinds = map[string]problemKind{
	codeMalformedJSON:                 {400, "The body is not JSON"},
	codeMalformedHeader:               {400, "A header cannot be read"},
	"missing-header":                  {400, "A header is missing"},
	codeInvalidSignature:              {401, "The credentials are missing or not valid"},
	"stale-timestamp":                 {401, "The signature's time is too far from ours"},
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
	orchestrator.CodeConversationFull: {409, "The conversation's timeline is full"},
	orchestrator.CodeStaleVersion:     {412, "The conversation has changed since"},
	codeTooLarge:                      {413, "The body is too large"},
	codeMediaType:                     {415, "The body is of a kind that is not taken"},
	codeValidation:                    {422, "The request is not valid"},
	"unknown-event-type":              {422, "There is no such type of event"},
	"unknown-queue":                   {422, "There is no such queue"},
	orchestrator.CodeKeyReuse:         {422, "The id was used for something else"},
	codeRateLimited:                   {429, "Too many requests"},
	codeInternal:                      {500, "Something went wrong here"},
	orchestrator.CodeUnavailable:      {503, "Not available for a moment"},
	codeShuttingDown:                  {503, "This process is stopping"},
}

// problem is the RFC 9457 document.
type problem struct {
	Type         string                    `json:"type"`
	Title        string                    `json:"title"`
	Status       int                       `json:"status"`
	Detail       string                    `json:"detail,omitempty"`
	Instance     string                    `json:"instance,omitempty"`
	Code         string                    `json:"code"`
	RequestID    string                    `json:"request_id,omitempty"`
	CurrentState orchestrator.State        `json:"current_state,omitempty"`
	Controller   orchestrator.Controller   `json:"controller,omitempty"`
	Agent        *orchestrator.Agent       `json:"agent,omitempty"`
	Version      uint64                    `json:"version,omitempty"`
	Epoch        uint64                    `json:"epoch,omitempty"`
	Errors       []orchestrator.FieldError `json:"errors,omitempty"`

	retryAfter time.Duration
}

const problemType = "application/problem+json"

// refusal is an error of the interface itself: one of the codes above.
func refusal(code, detail string) *orchestrator.InputError {
	return &orchestrator.InputError{Status: problemKinds[code].status, Code: code, Detail: detail}
}

func tooMany(wait time.Duration) *orchestrator.InputError {
	e := refusal(codeRateLimited, "try again later")
	e.RetryAfter = max(wait, time.Second)
	return e
}

func errUnknownConversation() error {
	return refusal(codeUnknownConv, "there is no such conversation, or it is not yours")
}

// problemOf is the one translation from errors to answers. What is not known here is ours to mend: it is logged, and
// the caller learns no more than that.
func problemOf(err error) problem {
	var rejection *orchestrator.Rejection
	var input *orchestrator.InputError
	var routing *echo.HTTPError
	switch {
	case errors.As(err, &rejection):
		return rejectionProblem(rejection)
	case errors.As(err, &input):
		p := problem{Code: input.Code, Status: input.Status, Detail: input.Detail, Errors: input.Fields,
			retryAfter: input.RetryAfter}
		if p.Status == 0 {
			p.Status = 422
		}
		return p.titled()
	case errors.As(err, &routing):
		return httpProblem(routing)
	case errors.Is(err, orchestrator.ErrNotFound):
		return problem{Code: codeUnknownConv, Detail: "there is no such conversation, or it is not yours"}.titled()
	case errors.Is(err, orchestrator.ErrUnknownBot):
		return problem{Code: codeInvalidSignature, Detail: badCredentials}.titled()
	case errors.Is(err, errPanic):
		return problem{Code: codeInternal, Detail: "the request was not carried out"}.titled()
	case errors.Is(err, context.Canceled):
		return problem{Code: orchestrator.CodeUnavailable, Detail: "the request was given up",
			retryAfter: time.Second}.titled()
	}
	return problem{Code: orchestrator.CodeUnavailable, Detail: "what is needed for this cannot be reached now",
		retryAfter: time.Second}.titled()
}

func rejectionProblem(r *orchestrator.Rejection) problem {
	p := problem{
		Code: r.Code, Detail: r.Detail, CurrentState: r.State, Controller: r.Controller, Version: r.Version,
		Epoch: r.Epoch,
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
	return problem{Code: codeInternal}.titled()
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
