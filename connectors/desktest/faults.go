package desktest

import (
	"fmt"
	"maps"
	"slices"

	"handoff/orchestrator"
)

// faults: what a failed call means is said truthfully, and without secrets.
func faults() []Behaviour {
	return []Behaviour{
		{Name: "EachStatusHasItsOutcome", Needs: []Item{ItemStatus}, Check: statusOutcomes},
		{Name: "NoSecretInAnyError", Needs: []Item{ItemStatus}, Check: noSecretInErrors},
		{Name: "AnAnswerLostAfterTheVendorActedIsUnknown", Needs: []Item{ItemLoseAnswer}, Check: lostAnswer},
	}
}

// Shorthand for the table below.
var (
	permanent    = []orchestrator.Outcome{orchestrator.OutcomePermanent}
	retry        = []orchestrator.Outcome{orchestrator.OutcomeRetry}
	retryOrLook  = []orchestrator.Outcome{orchestrator.OutcomeRetry, orchestrator.OutcomeUnknown}
	vendorsWords = []orchestrator.Outcome{orchestrator.OutcomeRetry, orchestrator.OutcomePermanent}
)

// outcomes is what each status may mean where the vendor's documents say nothing else. Statuses after which the
// vendor may have acted all the same allow "unknown"; those that depend on the session or on the vendor's state allow
// both.
func outcomes() map[int][]orchestrator.Outcome {
	return map[int][]orchestrator.Outcome{
		400: permanent, 401: vendorsWords, 403: vendorsWords, 404: permanent, 405: permanent, 408: retryOrLook,
		409: vendorsWords, 410: permanent, 413: permanent, 415: permanent, 422: permanent, 425: retry, 429: retry,
		500: retryOrLook, 501: permanent, 502: retryOrLook, 503: retryOrLook, 504: retryOrLook,
	}
}

func (p *Play) eachStatus(t TB, check func(status int, allowed []orchestrator.Outcome, err error)) {
	t.Helper()
	p.ready(t, "c-1")
	table := outcomes()
	maps.Copy(table, p.Outcomes)
	for _, status := range slices.Sorted(maps.Keys(table)) {
		p.Faults.Status(status)
		check(status, table[status], p.send("c-1", fmt.Sprintf("word under %d", status)))
	}
}

func statusOutcomes(t TB, p *Play) {
	p.eachStatus(t, func(status int, allowed []orchestrator.Outcome, err error) {
		switch {
		case err == nil && (status == 401 || status == 403):
			// The desk logged in again and repeated the call: the word has arrived.
		case err == nil:
			t.Errorf("status %d: send claims success", status)
		case !slices.Contains(allowed, orchestrator.OutcomeOf(err)):
			t.Errorf("status %d: outcome %s, want one of %v", status, orchestrator.OutcomeOf(err), allowed)
		}
	})
}

func noSecretInErrors(t TB, p *Play) {
	p.eachStatus(t, func(status int, _ []orchestrator.Outcome, err error) {
		if err == nil {
			return
		}
		p.noSecrets(t, fmt.Sprintf("error of status %d", status), fmt.Sprintf("%v %+v", err, err))
	})
}

// lostAnswer: the vendor acted, we do not know; the repetition under the same id shows nothing twice.
func lostAnswer(t TB, p *Play) {
	p.ready(t, "c-1")
	cmd := p.word("c-1", "did you get this?")
	p.Faults.LoseAnswer()
	err := p.sendCommand(cmd)
	if err == nil {
		t.Errorf("send without an answer claims success")
	} else if outcome := orchestrator.OutcomeOf(err); outcome != orchestrator.OutcomeUnknown {
		t.Errorf("send without an answer: outcome %s, want unknown", outcome)
	}
	cmd.Attempt++
	cmd.Unsure = true
	if err := p.sendCommand(cmd); err != nil {
		t.Errorf("repeating it: %v", err)
	}
	if have := p.seen("c-1"); !slices.Equal(have, []string{"did you get this?"}) {
		t.Errorf("they saw %v, want the word once", have)
	}
}

// notifications: told twice, in the wrong order or in words unknown, the conversation is the same afterwards.
func notifications() []Behaviour {
	return []Behaviour{
		{Name: "DuplicateNotificationsAreHeardOnce", Needs: []Item{ItemDuplicate}, Check: duplicates},
		{Name: "ReorderedNotificationsAreHeardInOrder", Needs: []Item{ItemReorder}, Check: reordered},
		{Name: "UnknownNotificationsAreTolerated", Needs: []Item{ItemUnknown}, Check: unknown},
	}
}

func duplicates(t TB, p *Play) {
	who := p.ready(t, "c-1")
	p.Faults.Duplicate(func() { p.theySay(t, "c-1", who, "twice") })
	p.theySay(t, "c-1", who, "done")
	p.Await(t, "the last word", func() bool { return slices.Contains(p.texts("c-1", p.they()), "done") })
	if have := p.texts("c-1", p.they()); !slices.Equal(have, []string{"twice", "done"}) {
		t.Errorf("heard %v, want each word once", have)
	}
}

func reordered(t TB, p *Play) {
	who := p.ready(t, "c-1")
	p.Faults.Reorder(func() {
		p.theySay(t, "c-1", who, "first")
		p.theySay(t, "c-1", who, "second")
	})
	p.heard(t, "c-1", p.they(), []string{"first", "second"})
}

func unknown(t TB, p *Play) {
	who := p.ready(t, "c-1")
	before := p.Conversation("c-1").State
	p.Faults.Unknown()
	p.theySay(t, "c-1", who, "still here")
	p.heard(t, "c-1", p.they(), []string{"still here"})
	if after := p.Conversation("c-1").State; after != before {
		t.Errorf("state %s after unknown notifications, want %s", after, before)
	}
}
