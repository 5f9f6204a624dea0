package desktest

import (
	"errors"
	"fmt"

	"handoff/orchestrator"
)

// people: serving, transfer, conference and after-call work, as far as the manifest says that the desk can do them.
func people() []Behaviour {
	return []Behaviour{
		{Name: "StraightStory", Seat: SeatCustomer, Check: straightStory},
		{
			Name: "AfterCallWorkKeepsTheSeatUntilComplete", Needs: []Item{ItemSignIn},
			When:  func(m orchestrator.Manifest) bool { return ringsHere(m) && m.Complete },
			Check: wrapUpKeepsSeat,
		},
		{
			Name:  "TransferReachesTheOtherPersonAndFreesTheFirst",
			When:  func(m orchestrator.Manifest) bool { return ringsHere(m) && m.TransferAgent },
			Needs: []Item{ItemSignIn}, Check: transferred,
		},
		{
			Name:  "TransferToSomebodyAbsentFailsAndTheFirstStillHasIt",
			When:  func(m orchestrator.Manifest) bool { return ringsHere(m) && m.TransferAgent },
			Needs: []Item{ItemSignIn}, Check: transferToAbsent,
		},
		{
			Name:  "ColleagueJoinsAndLeaves",
			When:  func(m orchestrator.Manifest) bool { return ringsHere(m) && m.Conference },
			Needs: []Item{ItemSignIn}, Check: conference,
		},
	}
}

// straightStory: wait, be served, end, done; every step may be told twice.
func straightStory(t TB, p *Play) {
	p.signIn(t, p.People...)
	p.begin(t, "c-1")
	who := p.serve(t, "c-1", p.People[0])
	if err := p.send("c-1", "hello"); err != nil {
		t.Errorf("send: %v", err)
	}
	c := p.Conversation("c-1")
	if c.State != orchestrator.StateAgent || c.Owner().ID != who.ID {
		t.Errorf("served by %q in state %s, want %q in state agent", c.Owner().ID, c.State, who.ID)
	}
	p.Do(t, orchestrator.Event{Type: orchestrator.EventChatEnded, Conversation: "c-1"})
	p.Do(t, orchestrator.Event{Type: orchestrator.EventCompleted, Conversation: "c-1"})
	p.Settle(t)
	if err := p.sendCommand(p.Command("c-1", orchestrator.CommandEnd)); err != nil {
		t.Errorf("ending what has ended: %v", err)
	}
	p.noFailures(t)
}

// seats counts the seats of a conversation by person.
func (p *Play) seats(t TB, id orchestrator.ConversationID) map[orchestrator.AgentID]orchestrator.SeatKind {
	t.Helper()
	p.Settle(t)
	kinds := map[orchestrator.AgentID]orchestrator.SeatKind{}
	for _, s := range p.seatsOf(t, orchestrator.SeatFilter{Conversation: id}) {
		kinds[s.Agent] = s.Kind
	}
	return kinds
}

func (p *Play) wantSeats(
	t TB, when string, id orchestrator.ConversationID, want map[orchestrator.AgentID]orchestrator.SeatKind,
) {
	t.Helper()
	have := p.seats(t, id)
	same := len(have) == len(want)
	for who, kind := range want {
		same = same && have[who] == kind
	}
	if !same {
		t.Errorf("%s: the seats are %v, want %v", when, have, want)
	}
}

type seatsWanted = map[orchestrator.AgentID]orchestrator.SeatKind

func wrapUpKeepsSeat(t TB, p *Play) {
	p.signIn(t, p.People[0])
	p.begin(t, "c-1")
	who := p.serve(t, "c-1", p.People[0])
	p.wantSeats(t, "served", "c-1", seatsWanted{who.ID: orchestrator.SeatOwner})
	p.Do(t, orchestrator.Event{Type: orchestrator.EventChatEnded, Conversation: "c-1"})
	p.wantSeats(t, "in after-call work", "c-1", seatsWanted{who.ID: orchestrator.SeatWrapUp})
	p.Do(t, orchestrator.Event{Type: orchestrator.EventCompleted, Conversation: "c-1"})
	p.wantSeats(t, "completed", "c-1", nil)
	p.noFailures(t)
}

// other is somebody of the people who is not the given one.
func (p *Play) other(than orchestrator.AgentID) *orchestrator.Agent {
	for i := range p.People {
		if p.People[i].ID != than {
			return &p.People[i]
		}
	}
	return nil
}

func transferred(t TB, p *Play) {
	p.signIn(t, p.People...)
	p.begin(t, "c-1")
	first := p.serve(t, "c-1", p.People[0])
	to := p.other(first.ID)
	p.Do(t, orchestrator.Event{Type: orchestrator.EventTransferRequested, Conversation: "c-1", Agent: to})
	p.wantSeats(t, "while it rings", "c-1", seatsWanted{first.ID: orchestrator.SeatOwner, to.ID: orchestrator.SeatRinging})
	if err := p.sendCommand(func() *orchestrator.Command {
		cmd := p.Command("c-1", orchestrator.CommandTransfer)
		cmd.Agent = to
		return cmd
	}()); err != nil {
		t.Errorf("transfer again: %v", err)
	}
	p.Do(t, orchestrator.Event{Type: orchestrator.EventTransferAccepted, Conversation: "c-1", Agent: to})
	p.wantSeats(t, "transferred", "c-1", seatsWanted{to.ID: orchestrator.SeatOwner})
	p.noFailures(t)
}

func transferToAbsent(t TB, p *Play) {
	p.signIn(t, p.People[0])
	p.begin(t, "c-1")
	first := p.serve(t, "c-1", p.People[0])
	to := p.other(first.ID)
	p.Do(t, orchestrator.Event{Type: orchestrator.EventTransferRequested, Conversation: "c-1", Agent: to})
	c := p.AwaitState(t, "c-1", orchestrator.StateAgent)
	if c.Owner().ID != first.ID {
		t.Errorf("after the failed transfer %q has it, want %q", c.Owner().ID, first.ID)
	}
	p.wantSeats(t, "after the failed transfer", "c-1", seatsWanted{first.ID: orchestrator.SeatOwner})
	failures := p.Failures()
	if len(failures) != 1 || orchestrator.OutcomeOf(failures[0].Err) != orchestrator.OutcomePermanent {
		t.Fatalf("failures %v, want one permanent", failures)
	}
	var ce *orchestrator.ConnectorError
	if errors.As(failures[0].Err, &ce) && ce.Code == "" {
		t.Errorf("the failure has no code: %v", failures[0].Err)
	}
}

func conference(t TB, p *Play) {
	p.signIn(t, p.People...)
	p.begin(t, "c-1")
	first := p.serve(t, "c-1", p.People[0])
	guest := p.other(first.ID)
	alone := seatsWanted{first.ID: orchestrator.SeatOwner}
	ringing := seatsWanted{first.ID: orchestrator.SeatOwner, guest.ID: orchestrator.SeatRinging}
	together := seatsWanted{first.ID: orchestrator.SeatOwner, guest.ID: orchestrator.SeatGuest}
	for _, step := range []struct {
		of   orchestrator.EventType
		who  *orchestrator.Agent
		want seatsWanted
	}{
		{orchestrator.EventInvited, guest, ringing},
		{orchestrator.EventAgentLeft, guest, alone}, // declined
		{orchestrator.EventInvited, guest, ringing},
		{orchestrator.EventAgentJoined, guest, together},
		{orchestrator.EventAgentLeft, guest, alone},
		{orchestrator.EventInvited, guest, ringing},
		{orchestrator.EventAgentJoined, guest, together},
		{orchestrator.EventAgentLeft, &first, seatsWanted{guest.ID: orchestrator.SeatOwner}}, // who remains owns it
	} {
		p.Do(t, orchestrator.Event{Type: step.of, Conversation: "c-1", Agent: step.who})
		p.wantSeats(t, fmt.Sprintf("after %s of %s", step.of, step.who.ID), "c-1", step.want)
	}
	p.noFailures(t)
}
