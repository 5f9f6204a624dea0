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
func (p *place) lastLeaves(entries []entry) bool {
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

// scribe makes facts of a transcript. It is pure: the same entries from the same place give the same facts.
type scribe struct {
	desk         orchestrator.ConnectorName
	chat         string
	conversation orchestrator.ConversationID
	at           place
	facts        []orchestrator.Event
}

// read tells the entries from the present place on, and that the chat has ended.
func (s *scribe) read(entries []entry, ended bool) {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.Index, b.Index) })
	for i := range entries {
		e := &entries[i]
		if e.Index < s.at.Next {
			continue
		}
		s.entry(e, ended && !slices.ContainsFunc(entries[i+1:], joins))
		s.at.Next = e.Index + 1
	}
	if !ended {
		return
	}
	fact := orchestrator.Event{Type: orchestrator.EventDeskFailed, Reason: whyUnserved}
	if len(s.at.People) > 0 {
		fact = orchestrator.Event{Type: orchestrator.EventChatEnded, Reason: whyClosed}
	}
	s.add("ended", fact)
}

func joins(e entry) bool { return e.Type == entryJoined && e.From.agent() }

// entry tells one entry. With last nobody comes after it, because the chat has ended.
func (s *scribe) entry(e *entry, last bool) {
	if e.amongAgents() || e.From.customer() { // what the customer says came from us
		return
	}
	if !e.From.agent() {
		if text, ok := e.said(); ok { // the desk itself: a greeting of the routing strategy
			s.fact(e, orchestrator.Event{Type: orchestrator.EventMessage, Message: s.message(e, text)})
		}
		return
	}
	switch e.Type {
	case entryLeft:
		s.leaves(e, last)
		return
	case entryRenamed:
		if i := s.find(e); i >= 0 {
			s.at.People = slices.Clone(s.at.People)
			s.at.People[i].Name = string(e.From.Nickname)
		}
		return
	}
	who := s.joined(e)
	actor := orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(who.ID), Name: who.Name}
	switch e.Type {
	case entryTypes, entryTypesNoMore:
		s.facts = append(s.facts, orchestrator.Event{
			Type: orchestrator.EventTyping, Conversation: s.conversation, Desk: s.desk, Actor: actor, Typing: e.Type == entryTypes,
		})
	default:
		if text, ok := e.said(); ok {
			s.fact(e, orchestrator.Event{Type: orchestrator.EventMessage, Actor: actor, Message: s.message(e, text)})
		}
	}
}

// joined answers who wrote an entry, and tells first that they are in the chat if that was not told yet.
func (s *scribe) joined(e *entry) person {
	if i := s.find(e); i >= 0 {
		return s.at.People[i]
	}
	number := string(e.From.ParticipantID)
	who := person{Number: number, ID: orchestrator.AgentID(e.From.Nickname), Name: string(e.From.Nickname)}
	taken := func(p person) bool { return p.ID == who.ID }
	if who.ID == "" || slices.ContainsFunc(s.at.People, taken) {
		who.ID = orchestrator.AgentID("participant-" + number)
	}
	what := orchestrator.EventAgentJoined
	if len(s.at.People) == 0 {
		what = orchestrator.EventAccepted
	}
	s.at.People = append(slices.Clone(s.at.People), who)
	s.factID(e, strconv.FormatInt(int64(e.Index), 10)+":joined", orchestrator.Event{Type: what, Agent: who.agent()})
	return who
}

func (s *scribe) leaves(e *entry, last bool) {
	i := s.find(e)
	if i < 0 || last && len(s.at.People) == 1 { // whoever ends the chat leaves it as well
		return
	}
	who := s.at.People[i]
	s.at.People = slices.Delete(slices.Clone(s.at.People), i, i+1)
	if len(s.at.People) > 0 {
		s.fact(e, orchestrator.Event{Type: orchestrator.EventAgentLeft, Agent: who.agent()})
		return
	}
	s.fact(e, orchestrator.Event{Type: orchestrator.EventRequeued, Agent: who.agent(), Reason: whyRequeued})
}

func (s *scribe) find(e *entry) int {
	return slices.IndexFunc(s.at.People, func(p person) bool { return p.Number == string(e.From.ParticipantID) })
}

func (s *scribe) message(e *entry, text string) *orchestrator.Message {
	return &orchestrator.Message{ID: fmt.Sprintf("%s:%d", s.chat, e.Index), Text: text}
}

// fact adds what an entry tells, under an id made of the chat's and the entry's.
func (s *scribe) fact(e *entry, ev orchestrator.Event) {
	s.factID(e, strconv.FormatInt(int64(e.Index), 10), ev)
}

func (s *scribe) factID(e *entry, id string, ev orchestrator.Event) {
	ev.At = e.moment()
	s.add(id, ev)
}

func (s *scribe) add(id string, ev orchestrator.Event) {
	ev.ID = orchestrator.EventID("gms:" + s.chat + ":" + id)
	ev.Conversation, ev.Desk = s.conversation, s.desk
	if ev.Actor.Role == "" {
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(s.desk)}
	}
	s.facts = append(s.facts, ev)
}

// truth is how the chat stands at the vendor.
func (s *scribe) truth() drift.Truth {
	t := drift.Truth{Stand: drift.Waiting, Mark: fmt.Sprintf("%s:%d", s.chat, s.at.Next)}
	for _, p := range s.at.People {
		t.Stand = drift.Served
		t.Agents = append(t.Agents, *p.agent())
	}
	return t
}
