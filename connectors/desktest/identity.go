package desktest

import (
	"slices"

	"handoff/orchestrator"
)

// identity: who somebody is, and which chat it is, does not hang on a name that can change.
func identity() []Behaviour {
	return []Behaviour{
		{
			Name: "ACustomerWhoIsRenamedIsHeardOnce", Seat: SeatAgent, Needs: []Item{ItemCustomerRenamed, ItemLoseSession},
			Check: renamed,
		},
		{Name: "AChatThatIsGivenAnotherIDGoesOn", Needs: []Item{ItemChatMoves}, Check: movesOn},
	}
}

// renamed: the customer has another name, and everything that was said is read again.
func renamed(t TB, p *Play) {
	p.arrive(t, "c-1")
	p.theySay(t, "c-1", orchestrator.Agent{}, "hello")
	p.heard(t, "c-1", orchestrator.ActorCustomer, []string{"hello"})
	p.Script.CustomerRenamed(t, "c-1", "Ann Lee")
	p.Faults.LoseSession(func() { p.theySay(t, "c-1", orchestrator.Agent{}, "that is my name") })
	p.heard(t, "c-1", orchestrator.ActorCustomer, []string{"hello", "that is my name"})
	p.theySay(t, "c-1", orchestrator.Agent{}, "thank you")
	p.heard(t, "c-1", orchestrator.ActorCustomer, []string{"hello", "that is my name", "thank you"})
	if n := len(p.Events("c-1", orchestrator.EventStarted)); n != 1 {
		t.Errorf("it started %d times, want once", n)
	}
}

// movesOn: a word of our side goes out in the very moment in which the chat is given another id.
func movesOn(t TB, p *Play) {
	who := p.ready(t, "c-1")
	p.theySay(t, "c-1", who, "before")
	p.heard(t, "c-1", p.they(), []string{"before"})
	word := p.word("c-1", "do you read me?")
	p.Script.ChatMoves(t, "c-1")
	if err := p.sendCommand(word); err != nil {
		t.Errorf("send: %v", err)
	}
	p.theySay(t, "c-1", who, "after")
	p.heard(t, "c-1", p.they(), []string{"before", "after"})
	if have := p.seen("c-1"); !slices.Equal(have, []string{"do you read me?"}) {
		t.Errorf("they saw %v, want the word once", have)
	}
}
