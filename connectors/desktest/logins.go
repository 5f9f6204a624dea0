package desktest

import (
	"slices"

	"handoff/orchestrator"
)

// anyState: a session is lost and begins again while chats of ours are in every state that they can be in.
func anyState() []Behaviour {
	behaviours := []Behaviour{
		{Name: "ALoginFindsChatsInAnyState", Seat: SeatCustomer, Check: loginOfTheCustomersSeat},
		{Name: "ALoginFindsChatsOfTheBotInAnyState", Seat: SeatAgent, Check: loginOfTheBot},
	}
	for i := range behaviours {
		behaviours[i].Needs = []Item{ItemLoseSession}
		behaviours[i].When = func(m orchestrator.Manifest) bool { return !m.ReadsTimeline }
	}
	return behaviours
}

// loginOfTheCustomersSeat: chats wait, are served, are taken and left meanwhile, and have ended in either way.
func loginOfTheCustomersSeat(t TB, p *Play) {
	first, second := p.People[0], *p.other(p.People[0].ID)
	p.begin(t, "waits")
	p.begin(t, "is taken")
	p.Settle(t)
	for _, id := range []orchestrator.ConversationID{"is served", "is left", "was left", "was ended"} {
		p.begin(t, id)
		p.serve(t, id, first)
	}
	p.theyLeave(t, "was left", first)
	p.Await(t, "one was left", func() bool { return p.gone("was left") })
	p.Do(t, orchestrator.Event{
		Type: orchestrator.EventCustomerLeft, Conversation: "was ended", Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
	})
	p.Settle(t)
	before := logins(p.Desk)
	p.Faults.LoseSession(func() {
		p.Script.AgentAccepts(t, "is taken", second)
		p.theySay(t, "is served", first, "meanwhile")
		p.theyLeave(t, "is left", first)
	})
	p.owned(t, "is taken", second)
	p.heard(t, "is served", p.they(), []string{"meanwhile"})
	p.Await(t, "one is left", func() bool { return p.gone("is left") })
	p.serve(t, "waits", second)
	for _, id := range []orchestrator.ConversationID{"waits", "is taken", "is served"} {
		p.reaches(t, id, "still here")
	}
	p.loggedInOnce(t, before)
}

// loginOfTheBot: the bot has chats, has handed some over, and some have ended in either way; one ends and one begins meanwhile.
func loginOfTheBot(t TB, p *Play) {
	for _, id := range []orchestrator.ConversationID{"with the bot", "is left", "handed over", "taken", "was left", "was ended"} {
		p.arrive(t, id)
	}
	p.handOver(t, "handed over", "one moment")
	p.handOver(t, "taken", "one moment")
	if p.can(ItemAccepts) {
		p.serve(t, "taken", p.People[0])
	}
	p.Script.CustomerLeaves(t, "was left")
	p.AwaitState(t, "was left", orchestrator.StateCompleted)
	p.Do(t, orchestrator.Event{
		Type: orchestrator.EventCompleted, Conversation: "was ended", Actor: orchestrator.Actor{Role: orchestrator.ActorBot},
	})
	p.Settle(t)
	before := logins(p.Desk)
	p.Expect("comes")
	p.Faults.LoseSession(func() {
		p.Script.CustomerSays(t, "with the bot", "meanwhile")
		p.Script.CustomerLeaves(t, "is left")
		p.Script.CustomerBegins(t)
	})
	p.heard(t, "with the bot", p.they(), []string{"meanwhile"})
	p.AwaitState(t, "is left", orchestrator.StateCompleted)
	p.AwaitState(t, "comes", orchestrator.StateBot)
	for _, id := range []orchestrator.ConversationID{"with the bot", "comes"} {
		p.reaches(t, id, "still here")
	}
	for _, id := range []orchestrator.ConversationID{"handed over", "taken"} {
		if chat := p.Script.Chat(id); !withPeople(chat) {
			t.Errorf("the chat that is %s stands in state %q at the desk, want it with people", id, chat.State)
		}
		if seen := p.seen(id); !slices.Equal(seen, []string{"one moment"}) {
			t.Errorf("in the chat that is %s the customer saw %v", id, seen)
		}
	}
	p.loggedInOnce(t, before)
}

// loggedInOnce fails the test where the account's session has begun again and again.
func (p *Play) loggedInOnce(t TB, before int64) {
	t.Helper()
	if n := logins(p.Desk) - before; p.Desk.Manifest().OneSession && n != 1 {
		t.Errorf("it logged in %d times, want once", n)
	}
}
