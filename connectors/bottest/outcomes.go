package bottest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"handoff/orchestrator"
)

var background = context.Background()

func outcomes() []Behaviour {
	return []Behaviour{
		{"success is success, whatever the body", successes},
		{"each failing status has its outcome", failures},
		{"a receiver that refuses goes on being called", refusals},
		{"a redirect is not followed", redirects},
		{"the receiver's wait is passed on", waits},
		{"nobody there can be tried again", nobodyThere},
	}
}

func successes(t TB, p *Play) {
	for _, f := range []Fault{
		{}, {Status: 200}, {Status: 201}, {Status: 202}, {Status: 204}, {Status: 200, Body: `{"unknown":["members"]}`},
		{Status: 200, Body: "<html><body>OK</body></html>"}, {Status: 202, Body: strings.Repeat("x", 3<<20)}, {DropInBody: true},
	} {
		p.Platform.Next(f)
		if err := p.send(t, p.word("c-1", "one")); err != nil {
			t.Errorf("status %d, body of %d, cut %v: %v", f.Status, len(f.Body), f.DropInBody, err)
		}
	}
}

// expected is what an HTTP status may mean. As Standard Webhooks has it, whatever is not 2xx is tried again, but for 410.
func (p *Play) expected(status int) []orchestrator.Outcome {
	if own, ok := p.Outcomes[status]; ok {
		return own
	}
	switch status {
	case 410:
		return []orchestrator.Outcome{orchestrator.OutcomePermanent}
	case 502, 504: // a gateway does not know whether it happened
		return []orchestrator.Outcome{orchestrator.OutcomeUnknown, orchestrator.OutcomeRetry}
	}
	return []orchestrator.Outcome{orchestrator.OutcomeRetry}
}

// failures asks for each status once, with a success between them so that no breaker opens; 410 comes last, because it may
// end all calls.
func failures(t TB, p *Play) {
	for _, status := range []int{
		300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 413, 415, 418, 422, 425, 429, 500, 501, 502, 503, 504, 410,
	} {
		p.Platform.Next(Fault{Status: status, Body: strings.Join(p.Secrets, " ")}, Fault{})
		err := p.send(t, p.word("c-1", "one"))
		var ce *orchestrator.ConnectorError
		if !errors.As(err, &ce) {
			t.Errorf("%d: %v", status, err)
			continue
		}
		if want := p.expected(status); !slices.Contains(want, ce.Outcome) || ce.Status != status {
			t.Errorf("%d: outcome %v with status %d, want %v", status, ce.Outcome, ce.Status, want)
		}
		if status == http.StatusGone {
			if ce.Code != orchestrator.CallbackGone {
				t.Errorf("410 has the code %q: the callback would not be stopped", ce.Code)
			}
			return
		}
		if err := p.send(t, p.word("c-1", "two")); err != nil {
			t.Fatalf("after %d: %v", status, err)
		}
	}
}

// refusals: a no is an answer. Who gives one is well, and is not left alone for a while as one that is down.
func refusals(t TB, p *Play) {
	const inARow = 12
	for _, status := range []int{400, 401, 403, 404, 409, 418} {
		n := len(p.Platform.Calls())
		for range inARow {
			p.Platform.Next(Fault{Status: status})
			if err := p.send(t, p.word("c-1", "one")); err == nil {
				t.Errorf("%d was taken for a success", status)
			}
		}
		if got := len(p.Platform.Calls()) - n; got != inARow {
			t.Errorf("%d: %d of %d calls arrived", status, got, inARow)
		}
	}
}

func redirects(t TB, p *Play) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		p.Platform.Next(Fault{Status: status, Location: "/elsewhere"}, Fault{})
		n := len(p.Platform.Calls())
		if err := p.send(t, p.word("c-1", "one")); err == nil {
			t.Errorf("%d was taken for a success", status)
		}
		if got := len(p.Platform.Calls()) - n; got != 1 {
			t.Errorf("%d: %d calls arrived", status, got)
		}
		if err := p.send(t, p.word("c-1", "two")); err != nil {
			t.Errorf("after %d: %v", status, err)
		}
	}
}

func waits(t TB, p *Play) {
	for _, status := range []int{429, 503} {
		for value, want := range map[string]time.Duration{
			"17": 17 * time.Second, p.Clock.Now().Add(2 * time.Minute).UTC().Format(http.TimeFormat): 2 * time.Minute, "soon": 0,
		} {
			p.Platform.Next(Fault{Status: status, RetryAfter: value}, Fault{})
			err := p.send(t, p.word("c-1", "one"))
			var ce *orchestrator.ConnectorError
			if !errors.As(err, &ce) || ce.RetryAfter.Truncate(time.Second) != want {
				t.Errorf("%d with Retry-After %s: %+v, want %v", status, value, ce, want)
			}
			if err := p.send(t, p.word("c-1", "two")); err != nil {
				t.Errorf("after %d: %v", status, err)
			}
		}
	}
}

func nobodyThere(t TB, p *Play) {
	p.Platform.Down()
	if err := p.send(t, p.word("c-1", "one")); orchestrator.OutcomeOf(err) != orchestrator.OutcomeRetry || err == nil {
		t.Errorf("%v (%v)", err, orchestrator.OutcomeOf(err))
	}
}
