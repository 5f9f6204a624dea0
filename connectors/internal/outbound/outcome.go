package outbound

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"handoff/orchestrator"
)

// MaxRetryAfter is the longest wait that a receiver can ask for.
const MaxRetryAfter = 24 * time.Hour

// CodeGone is the code of the failure that means "never call this address again" (HTTP 410).
const CodeGone = "gone"

// OutcomeOfStatus says what an HTTP status that is not 2xx means for a call.
func OutcomeOfStatus(status int) orchestrator.Outcome {
	switch {
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		return orchestrator.OutcomeRetry
	case status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		// The gateway passed the call on and got no proper answer: whoever is behind it may have acted.
		return orchestrator.OutcomeUnknown
	case status == http.StatusNotImplemented: // whoever answers does not know the call, and will not by itself
		return orchestrator.OutcomePermanent
	case status >= 500:
		return orchestrator.OutcomeRetry
	}
	return orchestrator.OutcomePermanent
}

// judge answers the failure that an answer's status means, nil for 2xx.
func (c *Client) judge(call *Call, got *Response) error {
	if got.Status >= 200 && got.Status < 300 {
		return nil
	}
	failure := c.failed(call, got.Status, OutcomeOfStatus(got.Status), "", nil)
	switch {
	case got.Status == http.StatusGone:
		failure.Code = CodeGone
	case got.Status >= 300 && got.Status < 400:
		failure.Code = "redirect" // not followed: the address is configured, not the receiver's to choose
	case got.Status == http.StatusTooManyRequests, got.Status == http.StatusServiceUnavailable:
		failure.RetryAfter = retryAfter(got.Header.Get("Retry-After"), c.clock.Now())
	}
	return failure
}

// retryAfter reads Retry-After, in seconds or as an HTTP date; 0 if it says nothing that can be used.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, MaxRetryAfter)
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, min(date.Sub(now), MaxRetryAfter))
	}
	return 0
}
