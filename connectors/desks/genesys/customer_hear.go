package genesys

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// lastLeaves reports whether, after these entries, nobody is in a chat in which somebody was.
func (p *customerHeard) lastLeaves(entries []entry) bool {
	in := map[string]bool{}
	for _, one := range p.People {
		in[one.Number] = true
	}
	left := false
	for i := range entries {
		switch e := &entries[i]; {
		case e.Index < p.Next || !e.From.agent():
		case e.Type == entryJoined:
			in[string(e.From.ParticipantID)] = true
		case e.Type == entryLeft:
			delete(in, string(e.From.ParticipantID))
			left = true
		}
	}
	return left && len(in) == 0
}

// whyRequeued is the reason of what the vendor does not explain.
const (
	whyRequeued = "the person left and the chat goes on: transferred, or gone"
	whyUnserved = "the contact centre ended the chat while it waited"
)

// hearing makes facts of a transcript. It is pure: the same entries from the same place give the same facts.
type hearing struct {
	chat         string
	conversation orchestrator.ConversationID
	heard        customerHeard
	facts        []orchestrator.Event
}

// tellFrom tells the entries from the present place on, and that the chat has ended.
func (h *hearing) tellFrom(entries []entry, ended bool) {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.Index, b.Index) })
	for i := range entries {
		e := &entries[i]
		if e.Index < h.heard.Next {
			continue
		}
		h.entry(e, ended && !slices.ContainsFunc(entries[i+1:], joins))
		h.heard.Next = e.Index + 1
	}
	if !ended {
		return
	}
	fact := orchestrator.Event{Type: orchestrator.EventDeskFailed, Reason: whyUnserved}
	if len(h.heard.People) > 0 {
		fact = orchestrator.Event{Type: orchestrator.EventChatEnded, Reason: whyClosed}
	}
	h.add("ended", fact)
}

func joins(e entry) bool { return e.Type == entryJoined && e.From.agent() }

// entry tells one entry. With last nobody comes after it, because the chat has ended.
func (h *hearing) entry(e *entry, last bool) {
	if e.amongAgents() || e.From.customer() { // what the customer says came from us
		return
	}
	if !e.From.agent() {
		if text, ok := e.said(); ok { // the desk itself: a greeting of the routing strategy
			h.fact(e, orchestrator.Event{Type: orchestrator.EventMessage, Message: h.message(e, text)})
		}
		return
	}
	switch e.Type {
	case entryLeft:
		h.leaves(e, last)
		return
	case entryRenamed:
		if i := h.find(e); i >= 0 {
			h.heard.People = slices.Clone(h.heard.People)
			h.heard.People[i].Name = string(e.From.Nickname)
		}
		return
	}
	who := h.joined(e)
	actor := orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(who.ID), Name: who.Name}
	switch e.Type {
	case entryTypes, entryTypesNoMore:
		h.facts = append(h.facts, orchestrator.Event{
			Type: orchestrator.EventTyping, Conversation: h.conversation, Actor: actor, Typing: e.Type == entryTypes,
		})
	default:
		if text, ok := e.said(); ok {
			h.fact(e, orchestrator.Event{Type: orchestrator.EventMessage, Actor: actor, Message: h.message(e, text)})
		}
	}
}

// joined answers who wrote an entry, and tells first that they are in the chat if that was not told yet.
func (h *hearing) joined(e *entry) person {
	if i := h.find(e); i >= 0 {
		return h.heard.People[i]
	}
	number := string(e.From.ParticipantID)
	who := person{Number: number, ID: orchestrator.AgentID(e.From.Nickname), Name: string(e.From.Nickname)}
	taken := func(p person) bool { return p.ID == who.ID }
	if who.ID == "" || slices.ContainsFunc(h.heard.People, taken) {
		who.ID = orchestrator.AgentID("participant-" + number)
	}
	what := orchestrator.EventAgentJoined
	if len(h.heard.People) == 0 {
		what = orchestrator.EventAccepted
	}
	h.heard.People = append(slices.Clone(h.heard.People), who)
	h.factID(e, strconv.FormatInt(int64(e.Index), 10)+":joined", orchestrator.Event{Type: what, Agent: who.agent()})
	return who
}

func (h *hearing) leaves(e *entry, last bool) {
	i := h.find(e)
	if i < 0 || last && len(h.heard.People) == 1 { // whoever ends the chat leaves it as well
		return
	}
	who := h.heard.People[i]
	h.heard.People = slices.Delete(slices.Clone(h.heard.People), i, i+1)
	if len(h.heard.People) > 0 {
		h.fact(e, orchestrator.Event{Type: orchestrator.EventAgentLeft, Agent: who.agent()})
		return
	}
	h.fact(e, orchestrator.Event{Type: orchestrator.EventRequeued, Agent: who.agent(), Reason: whyRequeued})
}

func (h *hearing) find(e *entry) int {
	return slices.IndexFunc(h.heard.People, func(p person) bool { return p.Number == string(e.From.ParticipantID) })
}

func (h *hearing) message(e *entry, text string) *orchestrator.Message {
	return &orchestrator.Message{ID: fmt.Sprintf("%s:%d", h.chat, e.Index), Text: text}
}

// fact adds what an entry tells, under an id made of the chat's and the entry's.
func (h *hearing) fact(e *entry, ev orchestrator.Event) {
	h.factID(e, strconv.FormatInt(int64(e.Index), 10), ev)
}

func (h *hearing) factID(e *entry, id string, ev orchestrator.Event) {
	ev.At = e.moment()
	h.add(id, ev)
}

func (h *hearing) add(id string, ev orchestrator.Event) {
	ev.ID = orchestrator.EventID("gms:" + h.chat + ":" + id)
	ev.Conversation = h.conversation
	h.facts = append(h.facts, ev)
}

// truth is how the chat stands at the vendor.
func (h *hearing) truth() drift.Truth {
	t := drift.Truth{Stand: drift.Waiting, Mark: fmt.Sprintf("%s:%d", h.chat, h.heard.Next)}
	for _, p := range h.heard.People {
		t.Stand = drift.Served
		t.Agents = append(t.Agents, *p.agent())
	}
	return t
}
