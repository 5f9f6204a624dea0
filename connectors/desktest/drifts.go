package desktest

import (
	"slices"
	"strings"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// drifts: what happened at the vendor while nobody listened is named, in the timeline and in the desk's health.
func drifts() []Behaviour {
	return []Behaviour{
		{
			Name: "DriftDuringASessionLossIsNamed", Needs: []Item{ItemLoseSession}, Check: driftInASessionLoss,
			When: func(m orchestrator.Manifest) bool { return m.OneSession },
		},
		{
			Name: "DriftWhileNoProcessListensIsNamed", Needs: []Item{ItemUnheard}, Check: driftWithoutAProcess,
			When: func(m orchestrator.Manifest) bool { return !m.ReadsTimeline },
		},
		{
			Name: "DriftRightAfterOpeningIsNamed", Seat: SeatCustomer, Needs: []Item{ItemUnheard, ItemAccepts},
			Check: driftAfterOpening, When: func(m orchestrator.Manifest) bool { return !m.ReadsTimeline },
		},
	}
}

// driftInASessionLoss: the other side leaves while our session is lost. After coming back the desk says so, and why it says it
// only now.
func driftInASessionLoss(t TB, p *Play) {
	who := p.ready(t, "c-1")
	before := len(p.Events("c-1", ""))
	p.Faults.LoseSession(func() { p.theyLeave(t, "c-1", who) })
	p.awaitDrift(t, before)
	p.stop() // what it has told is counted now
	countsDrift(t, p.Desk)
}

// driftWithoutAProcess: the same while our only process is stopped. The next one says so.
func driftWithoutAProcess(t TB, p *Play) {
	if p.Twin == nil {
		t.Fatalf("the subject has no twin: nothing goes on after its process was stopped")
	}
	who := p.ready(t, "c-1")
	p.theySay(t, "c-1", who, "before")
	p.heard(t, "c-1", p.they(), []string{"before"})
	before := len(p.Events("c-1", ""))
	desk := p.Restart(t, func() { p.Faults.Unheard(func() { p.theyLeave(t, "c-1", who) }) })
	p.awaitDrift(t, before)
	p.stop() // what it has told is counted now
	countsDrift(t, desk)
}

// driftAfterOpening: the process stops before it has heard anything of the chat that it has opened, and somebody takes it.
func driftAfterOpening(t TB, p *Play) {
	if p.Twin == nil {
		t.Fatalf("the subject has no twin: nothing goes on after its process was stopped")
	}
	p.begin(t, "c-1")
	p.Settle(t)
	p.Restart(t, func() { p.Faults.Unheard(func() { p.Script.AgentAccepts(t, "c-1", p.People[0]) }) })
	p.owned(t, "c-1", p.People[0])
	if reason := p.Events("c-1", orchestrator.EventAccepted)[0].Reason; reason != drift.Prefix+drift.Accepted {
		t.Errorf("it was accepted with the reason %q, want it named as drift", reason)
	}
}

// awaitDrift waits until a fact behind the first so many is named as drift, and the other side is gone.
func (p *Play) awaitDrift(t TB, before int) {
	t.Helper()
	p.Await(t, "the drift is told", func() bool {
		return slices.ContainsFunc(p.Events("c-1", "")[before:], func(ev orchestrator.Event) bool {
			return strings.HasPrefix(ev.Reason, drift.Prefix)
		})
	})
	p.Await(t, "the conversation is no longer served", func() bool { return p.gone("c-1") })
}

func countsDrift(t TB, desk orchestrator.Desk) {
	t.Helper()
	if reporter, ok := desk.(orchestrator.HealthReporter); !ok || len(reporter.Health().Drift) == 0 {
		t.Errorf("the drift is not counted in the desk's health")
	}
}
