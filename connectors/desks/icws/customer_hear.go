package icws

import (
	"context"
	"fmt"
	"slices"

	"handoff/connectors/internal/drift"
	"handoff/connectors/internal/plaintext"
	"handoff/orchestrator"
)

// hear tells everything of an answer that was not heard before, in the order of its numbers, and then keeps how far it got. It
// fails only when ctx has ended: then nothing is kept, and all is told again under the same ids.
func (f *follower) hear(ctx context.Context, said *webAnswer) error {
	before, wentBefore := f.heard.Number, f.heard.Left != nil
	for i := range said.Messages {
		m := &said.Messages[i]
		if m.Number <= f.heard.Number {
			continue
		}
		for _, ev := range f.facts(m) {
			if err := f.report(ctx, ev); err != nil {
				return err
			}
		}
		f.heard.Number = m.Number
	}
	requeued := wentBefore && f.heard.Left != nil && !f.heard.Over
	if requeued {
		f.heard.Left = nil
		if err := f.report(ctx, f.fact(f.heard.Number, orchestrator.EventRequeued, nil)); err != nil {
			return err
		}
	}
	if before == f.heard.Number && !requeued {
		return nil
	}
	return f.keepAnyway(ctx, f.ref, keptHeard, &f.heard)
}

// report tells a fact; what was missed is named as drift, but for words and typing. The end of a chat that we have left
// ourselves is none.
func (f *follower) report(ctx context.Context, ev orchestrator.Event) error {
	if f.heard.Over && ev.Type != orchestrator.EventMessage {
		if over, err := f.leftByUs(ctx); over || err != nil {
			return err
		}
	}
	if kind := drift.KindOf(ev.Type); kind != "" && f.missed {
		return f.Report.TellMissed(ctx, kind, ev)
	}
	_, err := f.Report.Tell(ctx, ev)
	return err
}

// fact is a fact under an id of the chat's own numbering.
func (f *follower) fact(number int, of orchestrator.EventType, who *orchestrator.Agent) orchestrator.Event {
	return orchestrator.Event{
		ID: orchestrator.EventID(fmt.Sprintf("webchat:%s:%d:%s", f.ref, number, of)), Type: of, Actor: f.byDesk(),
		Conversation: f.note.Conversation, Desk: f.Name, Agent: who,
	}
}

// facts are what one thing means. They change who is in the chat as they are made.
func (f *follower) facts(m *webMessage) []orchestrator.Event {
	switch m.Type {
	case kindWebState:
		return f.stateFacts(m)
	case kindWebText, kindWebFile:
		return f.wordFacts(m)
	case kindWebTyping:
		party, known := f.party(m.Participant)
		if !known || !party.Agent {
			return nil
		}
		who := party.agent()
		ev := f.fact(m.Number, orchestrator.EventTyping, nil)
		ev.ID, ev.Actor, ev.Typing = "", byAgent(who), m.on()
		return []orchestrator.Event{ev}
	}
	return nil
}

// wordFacts is one word. What the customer's side says comes back and is left out. A person who speaks is in the chat, also
// where the notice of that comes later.
func (f *follower) wordFacts(m *webMessage) []orchestrator.Event {
	if m.Participant == f.note.Participant {
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
	ev := f.fact(m.Number, orchestrator.EventMessage, nil)
	ev.Message = &orchestrator.Message{ID: string(ev.ID), Text: text}
	party, known := f.party(m.Participant)
	if !known || !party.Agent {
		return []orchestrator.Event{ev} // the desk's own
	}
	ev.Actor = byAgent(party.agent())
	return append(f.comes(m.Number, party), ev)
}

// stateFacts is who came and who went.
func (f *follower) stateFacts(m *webMessage) []orchestrator.Event {
	if m.Participant == f.note.Participant || m.ParticipantType == webUser {
		if m.State == webDisconnected {
			return f.endFacts(m.Number)
		}
		return nil
	}
	party := webParty{ID: m.Participant, Name: m.Name, Agent: m.ParticipantType == webAgent}
	f.know(party)
	switch {
	case !party.Agent:
		return nil
	case m.State == webActive, m.State == webHeld:
		return f.comes(m.Number, party)
	case m.State == webDisconnected:
		return f.goes(m.Number, party)
	}
	return nil
}

// comes: a person is in the chat. Being told so again, or under another name, is no news.
func (f *follower) comes(number int, party webParty) []orchestrator.Event {
	if slices.ContainsFunc(f.heard.Agents, func(p webParty) bool { return p.ID == party.ID }) {
		return nil
	}
	left := f.heard.Left
	alone := len(f.heard.Agents) == 0
	f.heard.Agents = append(slices.Clone(f.heard.Agents), party)
	f.heard.Served, f.heard.Left = true, nil
	who := party.agent()
	switch {
	case alone && left != nil && left.ID == party.ID:
		return nil
	case alone && left != nil: // handed on from one to the other
		return []orchestrator.Event{
			f.fact(number, orchestrator.EventTransferRequested, &who), f.fact(number, orchestrator.EventTransferAccepted, &who),
		}
	case alone:
		return []orchestrator.Event{f.fact(number, orchestrator.EventAccepted, &who)}
	}
	return []orchestrator.Event{f.fact(number, orchestrator.EventAgentJoined, &who)}
}

// goes: a person is out of the chat. When nobody remains, the next poll tells what that means.
func (f *follower) goes(number int, party webParty) []orchestrator.Event {
	rest := slices.DeleteFunc(slices.Clone(f.heard.Agents), func(p webParty) bool { return p.ID == party.ID })
	if len(rest) == len(f.heard.Agents) {
		return nil // it rang at them in vain
	}
	f.heard.Agents = rest
	if len(rest) == 0 {
		f.heard.Left = &party
		return nil
	}
	who := party.agent()
	return []orchestrator.Event{f.fact(number, orchestrator.EventAgentLeft, &who)}
}

// endFacts: the customer's side is out of the chat, and not by us. Whom people served had their chat ended; who waited was let
// go by the server.
func (f *follower) endFacts(number int) []orchestrator.Event {
	served := len(f.heard.Agents) > 0 || f.heard.Left != nil
	f.heard.Over, f.heard.Agents, f.heard.Left = true, nil, nil
	ev := f.fact(number, orchestrator.EventDeskFailed, nil)
	if served {
		ev.Type = orchestrator.EventChatEnded
		ev.ID = orchestrator.EventID(fmt.Sprintf("webchat:%s:%d:%s", f.ref, number, ev.Type))
	}
	ev.Reason = "ended_by_desk"
	return []orchestrator.Event{ev}
}

func (f *follower) party(id string) (webParty, bool) {
	for _, list := range [][]webParty{f.heard.Agents, f.heard.Others} {
		for _, p := range list {
			if p.ID == id {
				return p, true
			}
		}
	}
	return webParty{}, false
}

func (f *follower) know(party webParty) {
	others := slices.DeleteFunc(slices.Clone(f.heard.Others), func(p webParty) bool { return p.ID == party.ID })
	f.heard.Others = append(others, party)
}
