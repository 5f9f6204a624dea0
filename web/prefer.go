package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// preference is the value of a preference in the Prefer header (RFC 7240).
func preference(header http.Header, name string) (value string, given bool) {
	for _, line := range header["Prefer"] {
		for part := range strings.SplitSeq(line, ",") {
			called, value, ok := strings.Cut(strings.TrimSpace(part), "=")
			if ok && strings.EqualFold(called, name) {
				return strings.Trim(value, `"`), true
			}
		}
	}
	return "", false
}

// preferredWait is how long the caller would like to wait for a result: at most MaxPrefer.
func preferredWait(header http.Header) (time.Duration, error) {
	value, given := preference(header, "wait")
	if !given {
		return 0, nil
	}
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds < 0 {
		return 0, refusal(codeMalformedHeader, "Prefer: wait wants a whole number of seconds")
	}
	return min(time.Duration(min(seconds, 60))*time.Second, MaxPrefer), nil
}

// minimalReturn is the preference of a bot that wants only what it needs to go on.
const minimalReturn = "return=minimal"

// minimal reports whether a bot wants only what it needs to go on.
func (c *call) minimal() bool {
	if c.who.role != RoleBot {
		return false
	}
	value, _ := preference(c.Request().Header, "return")
	return strings.EqualFold(value, "minimal")
}

const appliedHeader = "Preference-Applied"

// applied adds a preference to those that the answer keeps.
func (c *call) applied(what string) {
	h := c.Response().Header()
	if before := h.Get(appliedHeader); before != "" {
		what = before + ", " + what
	}
	h.Set(appliedHeader, what)
}

// appendMinimal appends what a bot needs to go on with a conversation.
func appendMinimal(b []byte, v *shown) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, string(v.ID))
	b = appendString(appendMember(b, "state"), string(v.State))
	b = strconv.AppendUint(appendMember(b, "version"), v.Version, 10)
	b = strconv.AppendUint(appendMember(b, "epoch"), v.Epoch, 10)
	b = appendString(appendMember(b, "controller"), string(v.Controller()))
	return append(b, '}')
}
