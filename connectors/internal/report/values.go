package report

import (
	"fmt"

	"handoff/connectors/internal/textsplit"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// A vendor checks what people write by its own rules. Here it is brought to those that everybody else's values keep, before it is
// told: nothing of it is lost without a sign, and nothing is stored that our own doors would refuse.

// facts are the events to tell for one that a vendor's desk has heard: mostly itself. Words that are too long are told in pieces,
// in order; words that show nothing are noted.
func facts(ev orchestrator.Event) []orchestrator.Event {
	ev.Actor.Name = name(ev.Actor.Name)
	ev.Reason = wording.Cut(values.Clean(ev.Reason), values.MaxSummary)
	if ev.Agent != nil {
		who := *ev.Agent
		who.Name = name(who.Name)
		ev.Agent = &who
	}
	if ev.Customer != nil {
		who := *ev.Customer
		who.Name = name(who.Name)
		who.Email, _ = values.Email(values.Clean(who.Email))
		ev.Customer = &who
	}
	if ev.Message == nil {
		return []orchestrator.Event{ev}
	}
	return words(ev)
}

// words are the events for one message. The first piece keeps the ids.
func words(ev orchestrator.Event) []orchestrator.Event {
	said := *ev.Message
	said.Text = values.Clean(said.Text)
	if !values.Shows(said.Text) && len(said.Attachments) == 0 {
		ev.Type, ev.Message = orchestrator.EventNote, nil
		ev.Note = fmt.Sprintf("A message of %s %s shows nothing and was left out.", ev.Actor.Role, ev.Actor.ID)
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(ev.Desk)}
		return []orchestrator.Event{ev}
	}
	pieces := textsplit.Split(said.Text, values.MaxText, textsplit.Characters)
	if len(pieces) <= 1 {
		ev.Message = &said
		return []orchestrator.Event{ev}
	}
	var all []orchestrator.Event
	for i, piece := range pieces {
		one, part := ev, said
		part.Text = piece
		if i > 0 {
			one.ID += orchestrator.EventID(fmt.Sprintf("#%d", i+1))
			part.ID += fmt.Sprintf("#%d", i+1)
			part.Attachments = nil
		}
		one.Message = &part
		all = append(all, one)
	}
	return all
}

// name is what somebody is called at the vendor, as far as it can be shown.
func name(s string) string {
	if s = values.Clean(s); !values.Shows(s) {
		return ""
	}
	return wording.Cut(s, values.MaxName)
}
