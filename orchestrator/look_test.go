package orchestrator_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// tellingDesk is a desk that can be asked who is there, and remembers how often it was.
type tellingDesk struct {
	*fakeDesk
	name   orchestrator.ConnectorName
	online int
	broken bool
	asked  int
}

func (d *tellingDesk) Name() orchestrator.ConnectorName { return d.name }

func (d *tellingDesk) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{Kind: "telling", Availability: true}
}

func (d *tellingDesk) Look(context.Context, orchestrator.QueueName, []string) (orchestrator.Looked, error) {
	d.asked++
	if d.broken {
		return orchestrator.Looked{}, errors.New("it does not answer")
	}
	return orchestrator.Looked{Known: true, Online: d.online, Waiting: 2}, nil
}

func (d *tellingDesk) Position(context.Context, orchestrator.ConversationID) (position int, waitMS int64, err error) {
	return 0, 0, orchestrator.ErrNotWaiting
}

const chainOfDesks = `
desk: first
queue: first
overflow:
  - {after: 60s, to: {desk: second, queue: second}}
  - {after: 120s, to: {desk: third, queue: third}}
`

func TestAHandoffGoesToTheFirstDeskOfTheChainWhereSomebodyIs(t *testing.T) {
	for _, row := range []struct {
		name                 string
		first, second, third tellingDesk
		waitsAt              orchestrator.ConnectorName
		asked                [3]int
		state                orchestrator.State
	}{
		{"somebody is at the first", tellingDesk{online: 1}, tellingDesk{online: 1}, tellingDesk{online: 1}, "first", [3]int{1, 0, 0},
			orchestrator.StateQueued},
		{"nobody is at the first", tellingDesk{}, tellingDesk{online: 1}, tellingDesk{online: 1}, "second", [3]int{1, 1, 0},
			orchestrator.StateQueued},
		{"nobody is at the first two", tellingDesk{}, tellingDesk{}, tellingDesk{online: 1}, "third", [3]int{1, 1, 1},
			orchestrator.StateQueued},
		{"the second does not answer", tellingDesk{}, tellingDesk{broken: true}, tellingDesk{online: 1}, "second", [3]int{1, 1, 0},
			orchestrator.StateQueued},
		{"nobody is anywhere", tellingDesk{}, tellingDesk{}, tellingDesk{}, "", [3]int{1, 1, 1}, orchestrator.StateBot},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t)
			r.others = map[orchestrator.ConnectorName]orchestrator.Desk{}
			desks := []*tellingDesk{&row.first, &row.second, &row.third}
			for i, name := range []orchestrator.ConnectorName{"first", "second", "third"} {
				desks[i].name, desks[i].fakeDesk = name, newFakeDesk()
				r.others[name] = desks[i]
			}
			p := r.startOn("n1", r.store, r.flowOf(chainOfDesks))
			c := r.take(p, orchestrator.Event{
				ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1",
				Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
			}).Conversation
			if c.State != row.state || c.Desk != row.waitsAt {
				t.Errorf("state %s at desk %q, want %s at %q", c.State, c.Desk, row.state, row.waitsAt)
			}
			asked := [3]int{desks[0].asked, desks[1].asked, desks[2].asked}
			if diff := cmp.Diff(row.asked, asked); diff != "" {
				t.Errorf("how often each was asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADeskThatFailsIsFollowedByTheFirstWhereSomebodyIs(t *testing.T) {
	r := newRig(t)
	second, third := &tellingDesk{name: "second", fakeDesk: newFakeDesk()}, &tellingDesk{name: "third", fakeDesk: newFakeDesk(), online: 1}
	first := &tellingDesk{name: "first", fakeDesk: newFakeDesk(), online: 1}
	r.others = map[orchestrator.ConnectorName]orchestrator.Desk{"first": first, "second": second, "third": third}
	first.fails(func(call) error { return failure(orchestrator.OutcomePermanent) })
	p := r.startOn("n1", r.store, r.flowOf(chainOfDesks))
	r.take(p, orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1",
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	})
	next(t, third.calls, func(c call) bool { return c.kind == orchestrator.CommandOpen })
	if len(second.calls) != 0 || second.asked != 1 {
		t.Errorf("the empty desk was asked %d times who is there, and called %d times", second.asked, len(second.calls))
	}
}
