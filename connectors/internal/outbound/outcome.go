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

// Verdict is what a status means for a call.
type Verdict struct {
	Outcome orchestrator.Outcome
	// Refused: the receiver is well and says no. That is no failure of its own, so it does not count for a circuit breaker.
	Refused bool
}

// Rules say what an answer that is not 2xx means. They belong to the kind of call: who keeps to Standard Webhooks is judged
// by Webhooks, a vendor by Vendors.
type Rules struct {
	statuses map[int]Verdict
	others   map[int]Verdict // by the first digit
	// private is what an address that is not allowed means.
	private orchestrator.Outcome
}

var (
	refused = Verdict{Outcome: orchestrator.OutcomePermanent, Refused: true}
	again   = Verdict{Outcome: orchestrator.OutcomeRetry}
	unsure  = Verdict{Outcome: orchestrator.OutcomeUnknown}
	notNow  = Verdict{Outcome: orchestrator.OutcomeRetry, Refused: true}
)

// Vendors are the rules for the APIs of vendors: a request that is refused is refused for good.
var Vendors = &Rules{
	statuses: map[int]Verdict{
		http.StatusRequestTimeout: again, http.StatusTooEarly: again, http.StatusTooManyRequests: again,
		http.StatusNotImplemented: refused, // whoever answers does not know the call, and will not by itself
		// The gateway passed the call on and got no proper answer: whoever is behind it may have acted.
		http.StatusBadGateway: unsure, http.StatusGatewayTimeout: unsure,
	},
	others:  map[int]Verdict{5: again},
	private: orchestrator.OutcomePermanent,
}

// Webhooks are the rules of Standard Webhooks: whatever is not 2xx is tried again, because a deployment, a proxy or an expired
// key at the receiver's edge must not lose an event. Only 410 ends it: the receiver wants no more calls at this address.
var Webhooks = &Rules{
	statuses: map[int]Verdict{
		http.StatusGone:           refused,
		http.StatusRequestTimeout: again, http.StatusTooEarly: again, http.StatusTooManyRequests: again,
		http.StatusBadGateway: unsure, http.StatusGatewayTimeout: unsure,
	},
	others:  map[int]Verdict{1: again, 3: again, 4: notNow, 5: again},
	private: orchestrator.OutcomeRetry, // a name may point elsewhere for a while
}

// Judge answers what a status that is not 2xx means.
func (r *Rules) Judge(status int) Verdict {
	if v, ok := r.statuses[status]; ok {
		return v
	}
	if v, ok := r.others[status/100]; ok {
		return v
	}
	return refused
}

// judge answers the failure that an answer's status means, nil for 2xx.
func (c *Client) judge(call *Call, got *Response) error {
	if got.Status >= 200 && got.Status < 300 {
		return nil
	}
	verdict := c.rules.Judge(got.Status)
	failure := c.failed(call, got.Status, verdict.Outcome, "", nil)
	failure.Refused = verdict.Refused
	switch {
	case got.Status == http.StatusGone:
		failure.Code = orchestrator.CallbackGone
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
