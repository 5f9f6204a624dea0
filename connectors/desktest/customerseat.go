package desktest

import (
	"fmt"
	"slices"

	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// customerSeat: what people do at a vendor's own screens with a chat that we opened there.
func customerSeat() []Behaviour {
	behaviours := []Behaviour{
		{Name: "AChatIsOpenedInTheQueue", Needs: []Item{ItemChat}, Check: opened},
		{Name: "WhoTakesTheChatIsSeenBeforeTheirWords", Needs: []Item{ItemAccepts, ItemAgentSays}, Check: takenAtTheDesk},
		{Name: "TransferAtTheDeskIsSeen", Needs: []Item{ItemTransfers}, Check: transferSeen},
		{Name: "ATransferThatIsDeclinedLeavesNobodyAlone", Needs: []Item{ItemDeclines}, Check: transferDeclined},
		{Name: "RequeueAtTheDeskIsSeen", Needs: []Item{ItemTransfersQueue}, Check: requeueSeen},
		{Name: "ConferenceAtTheDeskIsSeen", Needs: []Item{ItemInvites}, Check: conferenceSeen},
		{Name: "AnEndDuringAConferenceIsSeen", Needs: []Item{ItemInvites, ItemTransfersQueue, ItemAgentLeaves, ItemChat},
			Check: endInAConference},
		{Name: "WhatIsDoneWhileItRingsAtAColleagueIsSeen", Needs: []Item{ItemRings, ItemTransfersQueue, ItemAgentLeaves, ItemChat},
			Check: meanwhileItRings},
		{Name: "AfterCallWorkIsSeen", Needs: []Item{ItemCompletes}, When: func(m orchestrator.Manifest) bool {
			return m.WrapUpSeen
		}, Check: wrapUpSeen},
		{Name: "PlacesInLineAreToldAndTheirChanges", When: func(m orchestrator.Manifest) bool {
			return m.Positions && !m.ReadsTimeline
		}, Check: placesTold},
		{Name: "TheCustomersLeavingEndsTheChatAtTheDesk", Needs: []Item{ItemChat}, Check: leavingEnds},
	}
	for i := range behaviours {
		behaviours[i].Seat = SeatCustomer
		if when := behaviours[i].When; when == nil {
			behaviours[i].When = func(m orchestrator.Manifest) bool { return !m.ReadsTimeline }
		}
	}
	return behaviours
}

func opened(t TB, p *Play) {
	p.begin(t, "c-1")
	p.Settle(t)
	p.noFailures(t)
	chat := p.Script.Chat("c-1")
	if !chat.ByUs || chat.State != simkit.ChatWaiting && chat.State != simkit.ChatRinging {
		t.Errorf("at the desk it is in state %q (opened by us: %t), want it waiting", chat.State, chat.ByUs)
	}
}

func takenAtTheDesk(t TB, p *Play) {
	p.begin(t, "c-1")
	p.Settle(t)
	who := p.People[0]
	p.Script.AgentAccepts(t, "c-1", who)
	p.Script.AgentSays(t, "c-1", who, "good morning")
	p.heard(t, "c-1", orchestrator.ActorAgent, []string{"good morning"})
	p.owned(t, "c-1", who)
	if refused := p.Refusals(orchestrator.EventMessage); len(refused) > 0 {
		t.Errorf("words came before their speaker: %v", refused[0].Err)
	}
}

// owned waits until a person serves the conversation.
func (p *Play) owned(t TB, id orchestrator.ConversationID, who orchestrator.Agent) {
	t.Helper()
	p.Await(t, fmt.Sprintf("%s serves %s", who.ID, id), func() bool {
		c := p.Conversation(id)
		return c.State == orchestrator.StateAgent && c.Owner().ID == who.ID
	})
}

func transferSeen(t TB, p *Play) {
	who := p.ready(t, "c-1")
	to := *p.other(who.ID)
	p.Script.AgentTransfers(t, "c-1", who, to)
	p.owned(t, "c-1", to)
	p.Script.AgentSays(t, "c-1", to, "I am new here")
	p.heard(t, "c-1", orchestrator.ActorAgent, []string{"I am new here"})
	p.reaches(t, "c-1", "and I was here before")
}

// transferDeclined: the colleague does not want it. Who has it then differs: the first again, or whoever takes it out of the
// line.
func transferDeclined(t TB, p *Play) {
	who := p.ready(t, "c-1")
	p.Script.AgentDeclines(t, "c-1", who, *p.other(who.ID))
	if p.Script.Chat("c-1").State != simkit.ChatServed {
		p.AwaitState(t, "c-1", orchestrator.StateQueued)
		p.Script.AgentAccepts(t, "c-1", who)
	}
	p.Script.AgentSays(t, "c-1", who, "still me")
	p.heard(t, "c-1", orchestrator.ActorAgent, []string{"still me"})
	p.owned(t, "c-1", who)
	p.reaches(t, "c-1", "good")
}

// placesTold: two wait, and the first one leaves.
func placesTold(t TB, p *Play) {
	p.begin(t, "c-1")
	p.Settle(t)
	p.begin(t, "c-2")
	p.Settle(t)
	p.place(t, "c-1", 1)
	p.place(t, "c-2", 2)
	p.Do(t, orchestrator.Event{
		Type: orchestrator.EventCustomerLeft, Conversation: "c-1", Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
	})
	p.place(t, "c-2", 1)
	var told []int
	for _, ev := range p.Events("c-2", orchestrator.EventPositionChanged) {
		told = append(told, ev.Position)
	}
	if !slices.Equal(slices.Compact(told), []int{2, 1}) {
		t.Errorf("the second was told the places %v, want 2 and then 1", told)
	}
}

// place waits until a place in line is the newest that was told.
func (p *Play) place(t TB, id orchestrator.ConversationID, place int) {
	t.Helper()
	p.Await(t, fmt.Sprintf("%s is told place %d", id, place), func() bool {
		told := p.Events(id, orchestrator.EventPositionChanged)
		return len(told) > 0 && told[len(told)-1].Position == place
	})
}

// reaches fails the test when a word of our side does not reach the other one as the newest.
func (p *Play) reaches(t TB, id orchestrator.ConversationID, text string) {
	t.Helper()
	if err := p.send(id, text); err != nil {
		t.Errorf("send: %v", err)
		return
	}
	if seen := p.seen(id); len(seen) == 0 || seen[len(seen)-1] != text {
		t.Errorf("they saw %v, want %q in the end", seen, text)
	}
}

func requeueSeen(t TB, p *Play) {
	who := p.ready(t, "c-1")
	p.Script.AgentTransfersToQueue(t, "c-1", who)
	p.AwaitState(t, "c-1", orchestrator.StateQueued)
	next := *p.other(who.ID)
	p.Script.AgentAccepts(t, "c-1", next)
	p.owned(t, "c-1", next)
}

func conferenceSeen(t TB, p *Play) {
	who := p.ready(t, "c-1")
	colleague := *p.other(who.ID)
	leave := p.Script.AgentInvites(t, "c-1", who, colleague)
	p.AwaitState(t, "c-1", orchestrator.StateConference)
	p.Script.AgentSays(t, "c-1", colleague, "we are two")
	p.heard(t, "c-1", orchestrator.ActorAgent, []string{"we are two"})
	leave()
	p.owned(t, "c-1", who)
}

// endInAConference: who owns the chat ends their part, or puts the chat back into the line. Whether it goes on with the colleague
// is the vendor's way; we see the same.
func endInAConference(t TB, p *Play) {
	for id, act := range map[orchestrator.ConversationID]func(t TB, id orchestrator.ConversationID, who orchestrator.Agent){
		"ended": p.Script.AgentLeaves, "requeued": p.Script.AgentTransfersToQueue,
	} {
		who := p.ready(t, id)
		p.Script.AgentInvites(t, id, who, *p.other(who.ID))
		p.AwaitState(t, id, orchestrator.StateConference)
		act(t, id, who)
		p.agrees(t, id)
	}
}

// meanwhileItRings: it rings at a colleague, and whoever has it ends it, or puts it back into the line. At some vendors nobody has it
// any more.
func meanwhileItRings(t TB, p *Play) {
	for id, act := range map[orchestrator.ConversationID]func(t TB, id orchestrator.ConversationID, who orchestrator.Agent){
		"ended": p.Script.AgentLeaves, "requeued": p.Script.AgentTransfersToQueue,
	} {
		who := p.ready(t, id)
		p.Script.AgentRings(t, id, who, *p.other(who.ID))
		p.agrees(t, id)
		if p.Script.Chat(id).State == simkit.ChatServed {
			p.Script.AgentSays(t, id, who, "I send you on")
			p.heard(t, id, orchestrator.ActorAgent, []string{"I send you on"}) // and so what came before
			act(t, id, who)
			p.agrees(t, id)
		}
	}
}

// agrees waits until a conversation stands with us as it does at the desk.
func (p *Play) agrees(t TB, id orchestrator.ConversationID) {
	t.Helper()
	p.Await(t, fmt.Sprintf("%s stands as it does at the desk", id), func() bool {
		ours, theirs := p.Conversation(id).State, p.Script.Chat(id)
		switch theirs.State { //nolint:exhaustive // nobody is a bot in the customer's seat
		case simkit.ChatServed:
			return ours.Served()
		case simkit.ChatWaiting:
			return ours == orchestrator.StateQueued
		case simkit.ChatRinging:
			return ours == orchestrator.StateQueued || ours == orchestrator.StateTransferring
		default:
			return ours == orchestrator.StateWrapUp || ours.Ended()
		}
	})
}

func wrapUpSeen(t TB, p *Play) {
	who := p.ready(t, "c-1")
	p.Script.AgentLeaves(t, "c-1", who)
	p.AwaitState(t, "c-1", orchestrator.StateWrapUp)
	p.Script.AgentCompletes(t, "c-1", who)
	p.AwaitState(t, "c-1", orchestrator.StateCompleted)
}

// leavingEnds: the customer leaves our side while people have the chat; it does not go on without them.
func leavingEnds(t TB, p *Play) {
	for _, id := range []orchestrator.ConversationID{"waits", "is served"} {
		if p.begin(t, id); id == "is served" {
			p.serve(t, id, p.People[0])
		}
		p.Settle(t)
		p.Do(t, orchestrator.Event{
			Type: orchestrator.EventCustomerLeft, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
		})
		p.Settle(t)
		if chat := p.Script.Chat(id); chat.State != simkit.ChatEnded && chat.State != simkit.ChatWrapUp {
			t.Errorf("a chat that %s stands in state %q at the desk after its customer left", id, chat.State)
		}
	}
	p.noFailures(t)
}
