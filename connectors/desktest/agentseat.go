package desktest

import (
	"fmt"
	"slices"
	"time"

	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// agentSeat: a chat that begins at the desk, where our bot answers and hands over by the desk's own transfer.
func agentSeat() []Behaviour {
	behaviours := []Behaviour{
		{Name: "AChatThatBeginsAtTheDeskReachesTheBotOnce", Check: arrives},
		{Name: "AChatThatBeganUnheardReachesTheBot", Needs: []Item{ItemLoseSession}, Check: arrivesUnheard},
		{Name: "CustomersTypingReachesTheBot", Needs: []Item{ItemCustomerTypes}, Check: customerTypes},
		{Name: "TheHandoffIsTheDesksOwnTransferAfterTheLastWords", Check: handsOver},
		{Name: "AfterTheHandoffTheBotIsSilent", Check: silentAfterwards},
		{Name: "WhoTakesAChatOfTheBotIsSeen", Needs: []Item{ItemAccepts}, Check: takenFromBot},
		{Name: "TheEndOfAChatThatWeCannotSeeIsSaid", Check: endsOutOfSight},
		{Name: "AChatThatGoesBackToTheBotIsWithTheBotAtTheDesk", Check: takenBack},
		{Name: "TheCustomerLeavesTheBot", Check: customerLeaves},
		{Name: "TheBotEndsTheChat", Check: botEnds},
	}
	for i := range behaviours {
		behaviours[i].Seat = SeatAgent
	}
	return behaviours
}

func arrives(t TB, p *Play) {
	if p.Faults.Duplicate != nil {
		p.Faults.Duplicate(func() { p.arrive(t, "c-1") })
	} else {
		p.arrive(t, "c-1")
	}
	p.theySay(t, "c-1", orchestrator.Agent{}, "hello")
	p.heard(t, "c-1", orchestrator.ActorCustomer, []string{"hello"})
	c := p.Conversation("c-1")
	name, ref := string(p.Desk.Name()), c.ChannelRef
	if c.Bot == "" || ref == "" || c.External != name+":"+ref || c.Channel != name {
		t.Errorf("bot %q, external id %q, channel %q, handle %q of desk %q", c.Bot, c.External, c.Channel, ref, name)
	}
	if n := len(p.Events("c-1", orchestrator.EventStarted)); n != 1 {
		t.Errorf("it started %d times, want once", n)
	}
	if c.Customer.Name != customersName {
		t.Errorf("the customer is %q, want %q", c.Customer.Name, customersName)
	}
	if chat := p.Script.Chat("c-1"); chat.ID != ref || chat.State != simkit.ChatWithBot {
		t.Errorf("at the desk it is chat %q in state %q", chat.ID, chat.State)
	}
	p.noFailures(t)
}

func arrivesUnheard(t TB, p *Play) {
	p.arrive(t, "c-1")
	p.Expect("c-2")
	p.Faults.LoseSession(func() { p.Script.CustomerBegins(t) })
	p.AwaitState(t, "c-2", orchestrator.StateBot)
	p.theySay(t, "c-2", orchestrator.Agent{}, "hello")
	p.heard(t, "c-2", orchestrator.ActorCustomer, []string{"hello"})
}

func customerTypes(t TB, p *Play) {
	p.arrive(t, "c-1")
	p.Script.CustomerTypes(t, "c-1", true)
	p.Await(t, "typing of the customer", func() bool {
		return slices.ContainsFunc(p.Events("c-1", orchestrator.EventTyping), func(ev orchestrator.Event) bool {
			return ev.Typing && ev.Actor.Role == orchestrator.ActorCustomer
		})
	})
}

// handOver lets the bot say something and hand the conversation over.
func (p *Play) handOver(t TB, id orchestrator.ConversationID, last string) {
	t.Helper()
	p.SayAsBot(id, last)
	p.HandOver(id, orchestrator.Waiting{Queue: p.Queue})
	p.Settle(t)
}

func handsOver(t TB, p *Play) {
	p.arrive(t, "c-1")
	p.theySay(t, "c-1", orchestrator.Agent{}, "a person, please")
	p.heard(t, "c-1", orchestrator.ActorCustomer, []string{"a person, please"})
	p.handOver(t, "c-1", "one moment")
	p.noFailures(t)
	chat := p.Script.Chat("c-1")
	if !withPeople(chat) {
		t.Errorf("at the desk it is in state %q, want it waiting for people", chat.State)
	}
	if have := p.seen("c-1"); !slices.Equal(have, []string{"one moment"}) {
		t.Errorf("the customer saw %v, want the last words once", have)
	}
}

// withPeople: the chat is no longer the bot's.
func withPeople(c simkit.Chat) bool {
	return c.State == simkit.ChatWaiting || c.State == simkit.ChatRinging || c.State == simkit.ChatServed
}

// silentAfterwards: the command told again, before and after a person took the chat, changes nothing.
func silentAfterwards(t TB, p *Play) {
	p.arrive(t, "c-1")
	p.handOver(t, "c-1", "one moment")
	open := p.Command("c-1", orchestrator.CommandOpen)
	for _, when := range []string{"while it waits", "while a person serves it"} {
		if err := p.sendCommand(open); err != nil {
			t.Errorf("handing over again %s: %v", when, err)
		}
		if have := p.seen("c-1"); !slices.Equal(have, []string{"one moment"}) {
			t.Errorf("%s the customer saw %v", when, have)
		}
		if chat := p.Script.Chat("c-1"); !withPeople(chat) {
			t.Errorf("%s it is in state %q at the desk", when, chat.State)
		}
		if p.Script.AgentAccepts == nil {
			return
		}
		if when == "while it waits" {
			p.Script.AgentAccepts(t, "c-1", p.People[0])
			p.Await(t, "somebody has it", func() bool { return p.Conversation("c-1").State.Served() })
		}
	}
}

func takenFromBot(t TB, p *Play) {
	p.arrive(t, "c-1")
	p.handOver(t, "c-1", "one moment")
	who := p.serve(t, "c-1", p.People[0])
	if c := p.Conversation("c-1"); c.State != orchestrator.StateAgent || c.Owner().ID != who.ID {
		t.Errorf("served by %q in state %s, want %q in state agent", c.Owner().ID, c.State, who.ID)
	}
	p.Script.AgentLeaves(t, "c-1", who)
	p.Await(t, "the conversation is no longer served", func() bool { return !p.Conversation("c-1").State.Served() })
	p.noFailures(t)
}

// endsOutOfSight: where nobody tells us who takes the chat, the desk says that it is handed over and that our part is over,
// so that no deadline of ours runs on something that we cannot see.
func endsOutOfSight(t TB, p *Play) {
	if p.can(ItemAccepts) {
		return // it is in sight
	}
	p.arrive(t, "c-1")
	p.handOver(t, "c-1", "one moment")
	c := p.AwaitState(t, "c-1", orchestrator.StateCompleted)
	for _, of := range []orchestrator.EventType{orchestrator.EventAccepted, orchestrator.EventCompleted} {
		events := p.Events("c-1", of)
		if len(events) != 1 || events[0].Reason == "" {
			t.Errorf("%s: %d times, want once and with its reason", of, len(events))
		}
	}
	if chat := p.Script.Chat("c-1"); !withPeople(chat) {
		t.Errorf("at the desk it is in state %q although only our part is over (version %d)", chat.State, c.Version)
	}
	p.noFailures(t)
}

// takenBack: nobody takes the chat, and the flow gives it back to the bot. Where our part does not end with the handoff, the
// chat goes out of the people's line, and the bot's next words reach the customer.
func takenBack(t TB, p *Play) {
	p.arrive(t, "c-1")
	p.handOver(t, "c-1", "one moment")
	if !p.Desk.Manifest().TakeBack { // it can only let go
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
	}
	if p.Conversation("c-1").State.Ended() {
		return
	}
	p.Do(t, orchestrator.Event{
		Type: orchestrator.EventReturnedToBot, Conversation: "c-1", Actor: orchestrator.Actor{Role: orchestrator.ActorSystem},
	})
	p.SayAsBot("c-1", "nobody is free; I go on")
	p.Settle(t)
	p.noFailures(t)
	if chat := p.Script.Chat("c-1"); chat.State != simkit.ChatWithBot {
		t.Errorf("at the desk it is in state %q, want it with the bot", chat.State)
	}
	p.theySay(t, "c-1", orchestrator.Agent{}, "good")
	p.heard(t, "c-1", orchestrator.ActorCustomer, []string{"good"})
	if have, want := p.seen("c-1"), []string{"one moment", "nobody is free; I go on"}; !slices.Equal(have, want) {
		t.Errorf("the customer saw %v, want %v", have, want)
	}
	if state := p.Conversation("c-1").State; state != orchestrator.StateBot {
		t.Errorf("the conversation is in state %s, want bot", state)
	}
	if err := p.sendCommand(p.Command("c-1", orchestrator.CommandTakeBack)); err != nil {
		t.Errorf("taking back what we have: %v", err)
	}
}

func customerLeaves(t TB, p *Play) {
	p.arrive(t, "c-1")
	p.Script.CustomerLeaves(t, "c-1")
	p.AwaitState(t, "c-1", orchestrator.StateCompleted)
	p.Settle(t)
	p.noFailures(t)
	p.over(t, "c-1")
}

func botEnds(t TB, p *Play) {
	p.arrive(t, "c-1")
	p.SayAsBot("c-1", "good bye")
	p.Do(t, orchestrator.Event{
		Type: orchestrator.EventCompleted, Conversation: "c-1", Actor: orchestrator.Actor{Role: orchestrator.ActorBot},
	})
	p.Settle(t)
	p.noFailures(t)
	p.over(t, "c-1")
	if have := p.seen("c-1"); !slices.Equal(have, []string{"good bye"}) {
		t.Errorf("the customer saw %v, want the last words", have)
	}
	if err := p.sendCommand(p.Command("c-1", orchestrator.CommandEnd)); err != nil {
		t.Errorf("ending what has ended: %v", err)
	}
}

// over fails the test unless the chat ends at the desk, with no work left. A desk that hears of the customer's leaving may end
// its own part behind our command.
func (p *Play) over(t TB, id orchestrator.ConversationID) {
	t.Helper()
	late := time.NewTimer(p.patience)
	defer late.Stop()
	for last := false; ; {
		var changed <-chan struct{}
		if p.Script.Changes != nil {
			changed = p.Script.Changes()
		}
		chat := p.Script.Chat(id)
		if chat.State == simkit.ChatEnded {
			return
		}
		if last || changed == nil {
			t.Errorf("at the desk it is in state %q, want it ended", chat.State)
			return
		}
		select {
		case <-changed:
		case <-late.C:
			last = true
		}
	}
}

// parallelID names one of many conversations.
func parallelID(i int) orchestrator.ConversationID {
	return orchestrator.ConversationID(fmt.Sprintf("par-%02d", i))
}
