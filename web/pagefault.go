package web

import "handoff/web/pages"

// fault is what an error page says.
type fault struct {
	Status        int
	Title, Detail string
	RequestID     string
}

// forPeople says what failed in the words of a page; roles are those that may open it.
func (p problem) forPeople(may roles) fault {
	f := fault{Status: p.Status, Title: p.Title, Detail: p.Detail + ".", RequestID: p.RequestID}
	switch p.Code {
	case codeNotAllowed:
		f.Title, f.Detail = "You don’t have access to this page", "You need "+whoseSignIn(may)+" for it."
	case codeNotFound:
		f.Title, f.Detail = "There is no such page", "Check the address, or go on from the start."
	case codeUnknownConv:
		f.Title, f.Detail = "There is no such conversation", "It may have been deleted after its end, or the address is wrong."
	case codeCSRF:
		f.Title, f.Detail = "This page is out of date", "Nothing was done. Go back, load the page again, and repeat it."
	case codeRateLimited:
		f.Detail = "Try again in " + pages.Span(p.retryAfter) + "."
	}
	return f
}

// whoseSignIn names the least that opens a page.
func whoseSignIn(may roles) string {
	if may.has(RoleAgent) {
		return "an agent’s sign-in"
	}
	return "a supervisor’s sign-in"
}
