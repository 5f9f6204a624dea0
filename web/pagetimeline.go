package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// word is one thing that was said, or should have been.
type word struct {
	Sequence uint64
	At       orchestrator.Moment
	Role     orchestrator.ActorRole
	Who      string
	Text     string
	Refused  string // why it did not get through; then there is no text
	Before   bool   // said before we were asked
	Note     bool   // among the people of the desk
	Links    []orchestrator.Attachment
}

// stepView is one entry of the timeline.
type stepView struct {
	Sequence uint64
	At       orchestrator.Moment
	On       orchestrator.EventType
	From, To orchestrator.State
	Derived  bool
	Who      string
	Role     orchestrator.ActorRole
	Cause    string
	Rule     string
	LookedAt []looked
	Said     string // whom it is about, reason, disposition, tags
	Epoch    uint64
	Handoff  int
	Refused  bool
}

// looked is one number or name that a decision looked at.
type looked struct{ Name, Value string }

func whoIs(a orchestrator.Actor) string { return cmp.Or(a.Name, a.ID, string(a.Role)) }

// wordsOf are the words of an entry: usually one or none; a request brings what was said before.
func wordsOf(e *orchestrator.Entry) []word {
	ev := &e.Event
	said := word{Sequence: e.Sequence, At: e.At, Role: ev.Actor.Role, Who: whoIs(ev.Actor)}
	switch ev.Type { //nolint:exhaustive // the others say nothing
	case orchestrator.EventMessage:
		if ev.Message != nil {
			said.Text, said.Links = ev.Message.Text, ev.Message.Attachments
			return []word{said}
		}
	case orchestrator.EventMessageRefused:
		said.Refused = "refused: " + cmp.Or(controllerOf(e), "somebody else") + " speaks"
		return []word{said}
	case orchestrator.EventMessageFailed:
		said.Refused = strings.TrimSuffix("not delivered: "+ev.Reason, ": ")
		return []word{said}
	case orchestrator.EventNote, orchestrator.EventCompleted:
		if ev.Note != "" {
			said.Text, said.Note = ev.Note, true
			return []word{said}
		}
	case orchestrator.EventHandoffRequested:
		words := make([]word, 0, len(ev.Transcript))
		for _, turn := range ev.Transcript {
			words = append(words, word{Sequence: e.Sequence, At: turn.At, Role: turn.Role, Who: string(turn.Role), Text: turn.Text, Before: true})
		}
		return words
	}
	return nil
}

// controllerOf is who controlled when a word was refused.
func controllerOf(e *orchestrator.Entry) string {
	if n := wire.NoticeOf(e); n != nil {
		return string(n.Controller)
	}
	return ""
}

func stepOf(e *orchestrator.Entry) stepView {
	ev := &e.Event
	v := stepView{
		Sequence: e.Sequence, At: e.At, On: ev.Type, From: e.From, To: e.To, Derived: e.Derived, Who: whoIs(ev.Actor),
		Role: ev.Actor.Role, Epoch: e.Epoch, Handoff: e.Handoff, Refused: ev.Type == orchestrator.EventMessageRefused ||
			ev.Type == orchestrator.EventHandoffRefused || ev.Type == orchestrator.EventMessageFailed,
	}
	if e.Why != nil {
		v.Cause, v.Rule = e.Why.Cause, e.Why.Rule
		for _, name := range slices.Sorted(maps.Keys(e.Why.LookedAt)) {
			v.LookedAt = append(v.LookedAt, looked{name, fmt.Sprint(e.Why.LookedAt[name])})
		}
	}
	var said []string
	if ev.Agent != nil {
		said = append(said, shownAgent(*ev.Agent))
	}
	for _, text := range slices.Concat([]string{ev.Reason, ev.Disposition}, ev.Tags) {
		if text != "" {
			said = append(said, text)
		}
	}
	if e.Late {
		said = append(said, "late by its sender's number")
	}
	if e.MissingBefore > 0 {
		said = append(said, fmt.Sprintf("numbers missing before it: %d", e.MissingBefore))
	}
	v.Said = strings.Join(said, " · ")
	return v
}
