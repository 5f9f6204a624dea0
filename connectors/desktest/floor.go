package desktest

import (
	"fmt"

	"handoff/orchestrator"
)

// ringsHere: the desk chooses whom a conversation rings at, and our people accept it.
func ringsHere(m orchestrator.Manifest) bool { return m.Accept && m.ReadsTimeline }

// floors: a conversation rings at one person, who has room for it.
func floors() []Behaviour {
	needs := []Item{ItemSignIn}
	return []Behaviour{
		{Name: "AConversationRingsAtOnePersonOnce", Needs: needs, When: ringsHere, Check: ringsOnce},
		{Name: "NobodyGetsMoreThanTheyHaveRoomFor", Needs: needs, When: ringsHere, Check: withinCapacity},
		{Name: "WhoDeclinedIsNotAskedNext", Needs: needs, When: ringsHere, Check: declinedNotNext},
		{Name: "AWithdrawnConversationRingsAtNobody", Needs: needs, When: ringsHere, Check: withdrawn},
		{
			Name: "SigningOffPutsConversationsBack", Needs: []Item{ItemSignIn, ItemSignOff}, When: ringsHere, Check: signedOff,
		},
	}
}

func ringsOnce(t TB, p *Play) {
	p.begin(t, "c-1")
	p.signIn(t, p.People...)
	p.AwaitState(t, "c-1", orchestrator.StateOffered)
	p.rung(t)
	if n := len(p.Events("c-1", orchestrator.EventOffered)); n != 1 {
		t.Errorf("offered %d times, want once", n)
	}
}

// rung lets one more conversation ring and be taken, after everything that the desk might still do for others, and then
// fails the test for each offer of what did not wait.
func (p *Play) rung(t TB) {
	t.Helper()
	p.begin(t, "probe")
	p.AwaitState(t, "probe", orchestrator.StateOffered)
	p.Settle(t)
	for _, r := range p.Refusals(orchestrator.EventOffered) {
		t.Errorf("%s was offered to %s although it did not wait: %v", r.Event.Conversation, r.Event.Agent.ID, r.Err)
	}
}

// withinCapacity: more conversations than seats, all accepted as they ring; nobody ever holds more than their seats.
func withinCapacity(t TB, p *Play) {
	p.signIn(t, p.People...)
	seats := p.Capacity * len(p.People)
	for i := range seats + 5 {
		p.begin(t, orchestrator.ConversationID(fmt.Sprintf("c-%02d", i)))
	}
	served := 0
	for served < seats {
		var next orchestrator.Conversation
		p.Await(t, fmt.Sprintf("conversation %d of %d rings", served+1, seats), func() bool {
			for i := range seats + 5 {
				c := p.Conversation(orchestrator.ConversationID(fmt.Sprintf("c-%02d", i)))
				if c.State == orchestrator.StateOffered {
					next = c
					return true
				}
			}
			return false
		})
		p.Do(t, orchestrator.Event{Type: orchestrator.EventAccepted, Conversation: next.ID, Agent: &next.Offer.Agent})
		served++
		p.Settle(t)
		p.notOver(t, seats+5)
	}
	// A seat that becomes free is used, and only that one.
	for i := range seats + 5 {
		id := orchestrator.ConversationID(fmt.Sprintf("c-%02d", i))
		if p.Conversation(id).State == orchestrator.StateAgent {
			p.Do(t, orchestrator.Event{Type: orchestrator.EventCompleted, Conversation: id})
			break
		}
	}
	p.Await(t, "the freed seat is used", func() bool { return p.count(seats+5, orchestrator.StateOffered) > 0 })
	p.Settle(t)
	p.notOver(t, seats+5)
}

func (p *Play) count(of int, state orchestrator.State) int {
	n := 0
	for i := range of {
		if p.Conversation(orchestrator.ConversationID(fmt.Sprintf("c-%02d", i))).State == state {
			n++
		}
	}
	return n
}

// notOver counts what each person has, by the conversations themselves and by the desk's own floor.
func (p *Play) notOver(t TB, of int) {
	t.Helper()
	holds := map[orchestrator.AgentID]int{}
	for i := range of {
		c := p.Conversation(orchestrator.ConversationID(fmt.Sprintf("c-%02d", i)))
		switch {
		case c.State == orchestrator.StateOffered:
			holds[c.Offer.Agent.ID]++
		case c.State.Served():
			holds[c.Owner().ID]++
		}
	}
	for who, n := range holds {
		if n > p.Capacity {
			t.Errorf("%s has %d conversations and room for %d", who, n, p.Capacity)
		}
	}
}

func declinedNotNext(t TB, p *Play) {
	p.signIn(t, p.People...)
	p.begin(t, "c-1")
	first := p.AwaitState(t, "c-1", orchestrator.StateOffered).Offer.Agent
	p.Do(t, orchestrator.Event{Type: orchestrator.EventDeclined, Conversation: "c-1", Agent: &first})
	second := p.AwaitState(t, "c-1", orchestrator.StateOffered).Offer.Agent
	if second.ID == first.ID {
		t.Errorf("%s declined and was asked again although others are there", first.ID)
	}
	p.Do(t, orchestrator.Event{Type: orchestrator.EventDeclined, Conversation: "c-1", Agent: &second})
	third := p.AwaitState(t, "c-1", orchestrator.StateOffered).Offer.Agent
	if third.ID == first.ID || third.ID == second.ID {
		t.Errorf("%s declined and was asked again although somebody else is there", third.ID)
	}
}

func withdrawn(t TB, p *Play) {
	p.begin(t, "c-1")
	p.Do(t, orchestrator.Event{Type: orchestrator.EventCustomerLeft, Conversation: "c-1"})
	p.Settle(t)
	p.signIn(t, p.People...)
	p.rung(t)
	for _, place := range p.floor(t).Lines[p.Queue].First {
		if place.Conversation == "c-1" {
			t.Errorf("the withdrawn conversation still waits")
		}
	}
}

func signedOff(t TB, p *Play) {
	p.signIn(t, p.People...)
	p.begin(t, "served")
	first := p.serve(t, "served", orchestrator.Agent{})
	p.Script.SignOff(t, first)
	c := p.AwaitState(t, "served", orchestrator.StateOffered)
	if c.Offer.Agent.ID == first.ID {
		t.Errorf("the conversation rings at %s, who signed off", first.ID)
	}
	for _, s := range p.seatsOf(t, orchestrator.SeatFilter{Agent: first.ID}) {
		t.Errorf("%s signed off and still has a seat (%s)", first.ID, s.Kind)
	}
}
