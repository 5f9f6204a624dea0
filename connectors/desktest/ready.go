package desktest

import (
	"context"
	"fmt"
	"slices"

	"handoff/orchestrator"
)

// What follows is the same story seen from either seat. In the customer's seat we speak for the customer, and people
// listen; in the agent's seat we speak for the bot, and the customer listens.

// begin lets a new conversation wait in the subject's queue. In the agent's seat it begins at the desk and is handed over.
func (p *Play) begin(t TB, id orchestrator.ConversationID) {
	t.Helper()
	w := orchestrator.Waiting{Queue: p.Queue}
	if p.Seat == SeatAgent {
		p.arrive(t, id)
		p.HandOver(id, w)
		return
	}
	p.Begin(id, w)
}

// arrive lets a customer begin a chat at the desk, and waits until the bot has it.
func (p *Play) arrive(t TB, id orchestrator.ConversationID) orchestrator.Conversation {
	t.Helper()
	p.Expect(id)
	p.Script.CustomerBegins(t)
	return p.AwaitState(t, id, orchestrator.StateBot)
}

// Begins lets a new conversation come so far that our side may speak, for the tests of a vendor's own folder.
func (p *Play) Begins(t TB, id orchestrator.ConversationID) orchestrator.Agent {
	t.Helper()
	return p.ready(t, id)
}

// ready lets a new conversation come so far that our side may speak: served by a person of the desk's, or by our bot.
// It answers the person.
func (p *Play) ready(t TB, id orchestrator.ConversationID) orchestrator.Agent {
	t.Helper()
	if p.Seat == SeatAgent {
		p.arrive(t, id)
		return orchestrator.Agent{}
	}
	p.begin(t, id)
	return p.serve(t, id, p.People[0])
}

// serve gives a conversation to a person: whom it rings at, where our people accept through the API, else the named
// one.
func (p *Play) serve(t TB, id orchestrator.ConversationID, who orchestrator.Agent) orchestrator.Agent {
	t.Helper()
	if p.Script.AgentAccepts != nil {
		p.Settle(t)
		p.Script.AgentAccepts(t, id, who)
		p.Await(t, fmt.Sprintf("%s accepted by somebody", id), func() bool { return p.Conversation(id).State.Served() })
		p.Settle(t)
		return who
	}
	who = p.AwaitState(t, id, orchestrator.StateOffered).Offer.Agent
	p.Do(t, orchestrator.Event{Type: orchestrator.EventAccepted, Conversation: id, Agent: &who})
	p.Settle(t)
	return who
}

// send gives the desk one word of our side.
func (p *Play) send(id orchestrator.ConversationID, text string) error {
	return p.sendCommand(p.word(id, text))
}

// word is the command for one word of our side: the customer's, or the bot's.
func (p *Play) word(id orchestrator.ConversationID, text string) *orchestrator.Command {
	cmd := p.Command(id, orchestrator.CommandSend)
	cmd.Author = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"}
	if p.Seat == SeatAgent {
		cmd.Author = orchestrator.Actor{Role: orchestrator.ActorBot, ID: string(theBot)}
	}
	cmd.Message = &orchestrator.Message{ID: string(cmd.ID), Text: text}
	return cmd
}

func (p *Play) sendCommand(cmd *orchestrator.Command) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	ref, err := Call(ctx, p.Desk, cmd)
	if err == nil && cmd.Type == orchestrator.CommandOpen && p.Seat == SeatCustomer && ref != "" {
		p.opened(cmd.Conversation, ref)
	}
	return err
}

// listens reports whether it can be seen what reached the other side.
func (p *Play) listens() bool {
	if p.Seat == SeatAgent {
		return p.Script.SeenByCustomer != nil
	}
	return p.Script.Seen != nil
}

// seen answers the words of our side as they reached the other one.
func (p *Play) seen(id orchestrator.ConversationID) []string {
	if p.Seat == SeatAgent {
		return p.Script.SeenByCustomer(id)
	}
	return p.Script.Seen(id)
}

// theySay lets the other side say something at the desk: the person, or the customer.
func (p *Play) theySay(t TB, id orchestrator.ConversationID, who orchestrator.Agent, text string) {
	t.Helper()
	if p.Seat == SeatAgent {
		p.Script.CustomerSays(t, id, text)
		return
	}
	p.Script.AgentSays(t, id, who, text)
}

// theyLeave ends the other side's part of the chat.
func (p *Play) theyLeave(t TB, id orchestrator.ConversationID, who orchestrator.Agent) {
	t.Helper()
	if p.Seat == SeatAgent {
		p.Script.CustomerLeaves(t, id)
		return
	}
	p.Script.AgentLeaves(t, id, who)
}

// gone reports whether the other side has left the chat.
func (p *Play) gone(id orchestrator.ConversationID) bool {
	state := p.Conversation(id).State
	if p.Seat == SeatAgent {
		return state.Ended()
	}
	return !state.Served()
}

// they is the role of the other side.
func (p *Play) they() orchestrator.ActorRole {
	if p.Seat == SeatAgent {
		return orchestrator.ActorCustomer
	}
	return orchestrator.ActorAgent
}

// heard waits until that many words are heard, then compares them.
func (p *Play) heard(t TB, id orchestrator.ConversationID, role orchestrator.ActorRole, want []string) {
	t.Helper()
	p.Await(t, fmt.Sprintf("%d words of the %s", len(want), role), func() bool {
		return len(p.texts(id, role)) >= len(want)
	})
	if have := p.texts(id, role); !slices.Equal(have, want) {
		t.Errorf("heard %v, want %v", have, want)
	}
}

func (p *Play) texts(id orchestrator.ConversationID, role orchestrator.ActorRole) []string {
	var texts []string
	for _, ev := range p.Events(id, orchestrator.EventMessage) {
		if ev.Actor.Role == role && ev.Message != nil {
			texts = append(texts, ev.Message.Text)
		}
	}
	return texts
}
