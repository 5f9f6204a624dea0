package web

import (
	"math"
	"strconv"

	"handoff/orchestrator"
	"handoff/web/pages"
)

// bannerOf says in one line why something was refused; nil for no error.
func (s *Server) bannerOf(c *call, err error) *pages.Banner {
	if err == nil {
		return nil
	}
	p := problemFor(err, c.Request())
	b := &pages.Banner{Bad: true, Text: p.Title + ": " + p.Detail + ".", Fields: p.Errors}
	switch p.Code {
	case codeWrongPassword:
		b.Text = p.Title + "."
	case codeInvalidToken: // a customer's: nothing else opens a page with one
		b.Text = "This chat is over. Write again to begin a new one."
	case codeRateLimited:
		b.Text = "Too many tries. Try again in " + pages.Span(p.retryAfter) + "."
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	case orchestrator.CodeStaleVersion:
		b.Text = "The conversation has changed since this page was loaded, so nothing was done. Look at it as it is now, and decide again."
	case orchestrator.CodeStateConflict:
		b.Text = "Not possible now: " + p.Detail + ". The conversation is in " + string(p.CurrentState) + "."
	}
	return b
}
