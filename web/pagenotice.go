package web

import (
	"math"
	"strconv"

	"handoff/orchestrator"
	"handoff/web/pages"
)

// noticeOf says in one line why something was refused; nil for no error.
func (s *Server) noticeOf(c *call, err error) *pages.Notice {
	if err == nil {
		return nil
	}
	p := problemFor(err, c.Request())
	n := &pages.Notice{Bad: true, Text: p.Title + ": " + p.Detail + ".", Fields: p.Errors}
	switch p.Code {
	case codeWrongPassword:
		n.Text = p.Title + "."
	case codeInvalidToken: // a customer's: nothing else opens a page with one
		n.Text = "This chat is over. Write again to begin a new one."
	case codeRateLimited:
		n.Text = "Too many tries. Try again in " + pages.Span(p.retryAfter) + "."
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	case orchestrator.CodeStaleVersion:
		n.Text = "The conversation has changed since this page was loaded, so nothing was done. Look at it as it is now, and decide again."
	case orchestrator.CodeStateConflict:
		n.Text = "Not possible now: " + p.Detail + ". The conversation is in " + string(p.CurrentState) + "."
	}
	return n
}
