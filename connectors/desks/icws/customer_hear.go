package icws

import (
	"context"
	"fmt"
	"slices"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/plaintext"
	"handoff/orchestrator"
)

// hear tells everything of an answer that was not heard before, in the order of its numbers, and then keeps how far it got. It
// fails only when ctx has ended: then nothing is kept, and all is told again under the same ids.
func (c *customerChat) hear(ctx context.Context, said *webAnswer) error {
	before, wentBefore := c.heard.Number, c.heard.Left != nil
	for i := range said.Messages {
		m := &said.Messages[i]
		if m.Number <= c.heard.Number {
			continue
		}
		for _, ev := range c.facts(m) {
			if err := c.report(ctx, ev); err != nil {
				return err
			}
		}
		c.heard.Number = m.Number
	}
	requeued := wentBefore && c.heard.Left != nil && !c.heard.Over
	if requeued {
		c.heard.Left = nil
		if err := c.report(ctx, c.fact(c.heard.Number, orchestrator.EventRequeued, nil)); err != nil {
			return err
		}
	}
	if before == c.heard.Number && !requeued {
		return nil
	}
	return c.keepAnyway(ctx, c.ref, noteHeard, &c.heard)
}

// report tells a fact; what was missed is named as drift, but for words and typing. The end of a chat that we have left
// ourselves is none.
func (c *customerChat) report(ctx context.Context, ev orchestrator.Event) error {
	if c.heard.Over && ev.Type != orchestrator.EventMessage {
		if over, err := c.leftByUs(ctx); over || err != nil {
			return err
		}
	}
	return c.Report.TellHeard(ctx, ev, c.missed)
}

// fact is a fact under an id of the chat's own numbering.
func (c *customerChat) fact(number int, of orchestrator.EventType, who *orchestrator.Agent) orchestrator.Event {
	return orchestrator.Event{
		ID: orchestrator.EventID(fmt.Sprintf("webchat:%s:%d:%s", c.ref, number, of)), Type: of,
		Conversation: c.note.Conversation, Agent: who,
	}
}

// facts are what one thing means. They change who is in the chat as they are made.
func (c *customerChat) facts(m *webMessage) []orchestrator.Event {
	switch m.Type {
	case kindWebState:
		return c.stateFacts(m)
	case kindWebText, kindWebFile:
		return c.wordFacts(m)
	case kindWebTyping:
		party, known := c.party(m.Participant)
		if !known || !party.Agent {
			return nil
		}
		who := party.agent()
		ev := c.fact(m.Number, orchestrator.EventTyping, nil)
		ev.ID, ev.Actor, ev.Typing = "", frame.ByAgent(who), m.on()
		return []orchestrator.Event{ev}
	}
	return nil
}

// wordFacts is one word. What the customer's side says comes back and is left out. A person who speaks is in the chat, also
// where the notice of that comes later.
func (c *customerChat) wordFacts(m *webMessage) []orchestrator.Event {
	if m.Participant == c.note.Participant {
		return nil
	}
	text := m.text()
	if m.Type == kindWebFile { // its address would hold the chat's credential
		text = "(file) " + m.FileName
	} else if m.ContentType == "text/html" {
		text = plaintext.FromHTML(text)
	}
	if text == "" {
		return nil
	}
	ev := c.fact(m.Number, orchestrator.EventMessage, nil)
	ev.Message = &orchestrator.Message{ID: string(ev.ID), Text: text}
	party, known := c.party(m.Participant)
	if !known || !party.Agent {
		return []orchestrator.Event{ev} // the desk's own
	}
	ev.Actor = frame.ByAgent(party.agent())
	return append(c.comes(m.Number, party), ev)
}

// stateFacts is who came and who went.
func (c *customerChat) stateFacts(m *webMessage) []orchestrator.Event {
	if m.Participant == c.note.Participant || m.ParticipantType == webUser {
		if m.State == webDisconnected {
			return c.endFacts(m.Number)
		}
		return nil
	}
	party := participant{ID: m.Participant, Name: m.Name, Agent: m.ParticipantType == webAgent}
	c.know(party)
	switch {
	case !party.Agent:
		return nil
	case m.State == webActive, m.State == webHeld:
		return c.comes(m.Number, party)
	case m.State == webDisconnected:
		return c.goes(m.Number, party)
	}
	return nil
}

// comes: a person is in the chat. Being told so again, or under another name, is no news.
func (c *customerChat) comes(number int, party participant) []orchestrator.Event {
	if slices.ContainsFunc(c.heard.Agents, func(p participant) bool { return p.ID == party.ID }) {
		return nil
	}
	left := c.heard.Left
	alone := len(c.heard.Agents) == 0
	c.heard.Agents = append(slices.Clone(c.heard.Agents), party)
	c.heard.Served, c.heard.Left = true, nil
	who := party.agent()
	switch {
	case alone && left != nil && left.ID == party.ID:
		return nil
	case alone && left != nil: // handed on from one to the other
		return []orchestrator.Event{
			c.fact(number, orchestrator.EventTransferRequested, &who), c.fact(number, orchestrator.EventTransferAccepted, &who),
		}
	case alone:
		return []orchestrator.Event{c.fact(number, orchestrator.EventAccepted, &who)}
	}
	return []orchestrator.Event{c.fact(number, orchestrator.EventAgentJoined, &who)}
}

// goes: a person is out of the chat. When nobody remains, the next poll tells what that means.
func (c *customerChat) goes(number int, party participant) []orchestrator.Event {
	rest := slices.DeleteFunc(slices.Clone(c.heard.Agents), func(p participant) bool { return p.ID == party.ID })
	if len(rest) == len(c.heard.Agents) {
		return nil // it rang at them in vain
	}
	c.heard.Agents = rest
	if len(rest) == 0 {
		c.heard.Left = &party
		return nil
	}
	who := party.agent()
	return []orchestrator.Event{c.fact(number, orchestrator.EventAgentLeft, &who)}
}

// endFacts: the customer's side is out of the chat, and not by us. Whom people served had their chat ended; who waited was let
// go by the server.
func (c *customerChat) endFacts(number int) []orchestrator.Event {
	served := len(c.heard.Agents) > 0 || c.heard.Left != nil
	c.heard.Over, c.heard.Agents, c.heard.Left = true, nil, nil
	ev := c.fact(number, orchestrator.EventDeskFailed, nil)
	if served {
		ev.Type = orchestrator.EventChatEnded
		ev.ID = orchestrator.EventID(fmt.Sprintf("webchat:%s:%d:%s", c.ref, number, ev.Type))
	}
	ev.Reason = "ended_by_desk"
	return []orchestrator.Event{ev}
}

func (c *customerChat) party(id string) (participant, bool) {
	for _, list := range [][]participant{c.heard.Agents, c.heard.Before} {
		for _, p := range list {
			if p.ID == id {
				return p, true
			}
		}
	}
	return participant{}, false
}

func (c *customerChat) know(party participant) {
	others := slices.DeleteFunc(slices.Clone(c.heard.Before), func(p participant) bool { return p.ID == party.ID })
	c.heard.Before = append(others, party)
}
