package orchestrator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// said is a timeline for tests; its entries are numbered from 1.
type said []orchestrator.Entry

func (s said) Timeline(_ context.Context, _ orchestrator.ConversationID, after uint64, limit int) ([]orchestrator.Entry, error) {
	var page []orchestrator.Entry
	for i := after; i < uint64(len(s)) && len(page) < limit; i++ {
		entry := s[i]
		entry.Sequence = i + 1
		page = append(page, entry)
	}
	return page, nil
}

// at is so many seconds after the chat began.
func at(seconds int64) orchestrator.Moment {
	return orchestrator.Moment(1_700_000_000_000 + seconds*1000)
}

func says(role orchestrator.ActorRole, second int64, id, text string) orchestrator.Entry {
	return orchestrator.Entry{At: at(second), Event: orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: orchestrator.Actor{Role: role}, Message: &orchestrator.Message{ID: id, Text: text},
	}}
}

func asks(second int64, transcript ...orchestrator.Turn) orchestrator.Entry {
	return orchestrator.Entry{At: at(second), Event: orchestrator.Event{
		Type: orchestrator.EventHandoffRequested, Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Transcript: transcript,
	}}
}

func turn(role orchestrator.ActorRole, id, text string, when orchestrator.Moment) orchestrator.Turn {
	return orchestrator.Turn{ID: id, Role: role, Text: text, At: when}
}

// TestHistoryHoldsEachWordOnce: what the bot told of and what went through here become one list, in the order in which it was said.
func TestHistoryHoldsEachWordOnce(t *testing.T) {
	const her, bot = orchestrator.ActorCustomer, orchestrator.ActorBot
	for _, row := range []struct {
		name     string
		timeline said
		want     string
	}{
		{"nothing", said{asks(1)}, ""},
		{"only the timeline", said{says(her, 1, "1", "a"), says(bot, 2, "2", "b"), asks(3)}, "a b"},
		{"only the transcript", said{asks(3, turn(her, "", "a", 0), turn(bot, "", "b", 0))}, "a b"},
		{"a transcript without times comes first", said{says(her, 1, "1", "a"), says(bot, 2, "2", "b"), asks(3, turn(her, "", "before", 0))},
			"before a b"},
		{"the same by id, in other words", said{says(her, 1, "1", "a"), asks(3, turn(her, "1", "a (edited)", 0))}, "a"},
		{"the same by role and text", said{says(her, 1, "1", "a"), says(bot, 2, "2", "b"),
			asks(3, turn(her, "", "before", 0), turn(her, "", " a\n", 0), turn(bot, "", "b", 0))}, "before a b"},
		{"another id is another word", said{says(her, 1, "1", "yes"), asks(3, turn(her, "0", "yes", 0))}, "yes yes"},
		{"another role is another word", said{says(her, 1, "", "hello"), asks(3, turn(bot, "", "hello", 0))}, "hello hello"},
		{"the same text long before", said{says(her, 900, "1", "yes"), asks(901, turn(her, "", "yes", at(1)))}, "yes yes"},
		{"said twice, told twice", said{says(her, 1, "1", "yes"), says(bot, 2, "2", "sure?"), says(her, 3, "3", "yes"),
			asks(4, turn(her, "", "yes", 0), turn(bot, "", "sure?", 0), turn(her, "", "yes", 0))}, "yes sure? yes"},
		{"times decide between", said{says(her, 10, "1", "b"), says(her, 30, "2", "d"),
			asks(40, turn(bot, "", "a", at(5)), turn(bot, "", "c", at(20)), turn(bot, "", "e", at(35)))}, "a b c d e"},
		{"what went through here stands between what is told", said{says(her, 2, "2", "b"), says(her, 4, "4", "d"),
			asks(9, turn(her, "1", "a", 0), turn(her, "2", "b", 0), turn(bot, "3", "c", 0), turn(her, "4", "d", 0), turn(bot, "5", "e", 0))},
			"a b c d e"},
		{"people and systems are left out", said{says(her, 1, "1", "a"), says(orchestrator.ActorAgent, 2, "2", "x"),
			says(orchestrator.ActorSystem, 3, "3", "x"), {Event: orchestrator.Event{Type: orchestrator.EventNote, Note: "x"}},
			{Event: orchestrator.Event{Type: orchestrator.EventMessageRefused, Message: &orchestrator.Message{Text: "x"}}},
			asks(4, turn(orchestrator.ActorAgent, "", "x", 0), turn(orchestrator.ActorSystem, "", "x", 0))}, "a"},
		{"two requests that tell the same", said{asks(1, turn(her, "", "a", 0)), says(her, 2, "1", "b"),
			asks(3, turn(her, "", "a", 0), turn(her, "", "b", 0))}, "a b"},
		{"words after the request are not of it", said{says(her, 1, "1", "a"), asks(2), says(her, 3, "2", "x")}, "a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &orchestrator.Conversation{ID: "c", Sequence: uint64(len(row.timeline))}
			for i := range row.timeline {
				if row.timeline[i].Event.Type == orchestrator.EventHandoffRequested {
					c.HandoffSequence = uint64(i) + 1
				}
			}
			h, err := orchestrator.ReadHistory(t.Context(), row.timeline, c)
			if err != nil || h.Truncated {
				t.Fatalf("%v, cut: %t", err, h.Truncated)
			}
			var texts []string
			for _, one := range h.Said {
				texts = append(texts, one.Message.Text)
			}
			if diff := cmp.Diff(row.want, strings.Join(texts, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestHistoryIsBounded: the newest words are kept, and the history says that there were more.
func TestHistoryIsBounded(t *testing.T) {
	read := func(timeline said) *orchestrator.History {
		t.Helper()
		c := &orchestrator.Conversation{ID: "c", Sequence: uint64(len(timeline)), HandoffSequence: uint64(len(timeline))}
		h, err := orchestrator.ReadHistory(t.Context(), timeline, c)
		if err != nil {
			t.Fatal(err)
		}
		if last := h.Said[len(h.Said)-1].Message.ID; last != fmt.Sprint(len(timeline)-2) || !h.Truncated {
			t.Errorf("the newest word is %q of %d, cut: %t", last, len(timeline)-1, h.Truncated)
		}
		return h
	}
	var many, long said
	for n := range int64(3000) {
		many = append(many, says(orchestrator.ActorCustomer, n, fmt.Sprint(n), "a"))
	}
	if h := read(append(many, asks(3000))); len(h.Said) != orchestrator.MaxHistory {
		t.Errorf("%d words, want %d", len(h.Said), orchestrator.MaxHistory)
	}
	for n := range int64(20) {
		long = append(long, says(orchestrator.ActorCustomer, n, fmt.Sprint(n), strings.Repeat("a", 8000)))
	}
	if h := read(append(long, asks(20))); len(h.Said) != orchestrator.MaxHistoryBytes/8000 {
		t.Errorf("%d words of 8,000 bytes", len(h.Said))
	}
}

// askedAfterWords lets the bot and the customer speak, and the bot ask for a person with a transcript.
func (r *rig) askedAfterWords(p *process) orchestrator.ConversationID {
	r.t.Helper()
	r.take(p, customerSays("c-1", "w1", "my order is late"))
	r.take(p, orchestrator.Event{
		ID: "w2", Type: orchestrator.EventMessage, Bot: "shop", External: "c-1", Actor: orchestrator.Actor{Role: orchestrator.ActorBot},
		Message: &orchestrator.Message{ID: "w2", Text: "I fetch somebody"},
	})
	return r.take(p, orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1", Request: &orchestrator.Request{Priority: 5},
		Actor:      orchestrator.Actor{Role: orchestrator.ActorBot},
		Transcript: []orchestrator.Turn{turn(orchestrator.ActorCustomer, "", "hello", 0), turn(orchestrator.ActorCustomer, "w1", "my order is late", 0)},
	}).Conversation.ID
}

func isOpen(c call) bool { return c.kind == orchestrator.CommandOpen }

// TestPeopleAreToldWhatWasSaidBefore: with each attempt to open, and no word that they are told anyway.
func TestPeopleAreToldWhatWasSaidBefore(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	first := true
	r.desk.fails(func(c call) error {
		if isOpen(c) && first {
			first = false
			return failure(orchestrator.OutcomeRetry)
		}
		return nil
	})
	r.askedAfterWords(p)
	want := []string{"user: hello", "user: my order is late", "bot: I fetch somebody"}
	if diff := cmp.Diff(want, next(t, r.desk.calls, isOpen).before); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.take(p, customerSays("c-1", "w3", "are you there?")) // it is held, and comes to them as a word
	awaitSleeping(r)
	r.clock.Advance(2 * time.Second)
	if diff := cmp.Diff(want, next(t, r.desk.calls, isOpen).before); diff != "" {
		t.Errorf("the second attempt (-want +got):\n%s", diff)
	}
}

// TestHistoryThatADeskCannotShowIsNamed: on the timeline, once.
func TestHistoryThatADeskCannotShowIsNamed(t *testing.T) {
	r := newRig(t)
	r.desk.blind = true
	p := r.start("one")
	watch := p.Hub().WatchAll()
	defer watch.Close()
	id := r.askedAfterWords(p)
	entry := awaitEntry(t, r, id, watch, orchestrator.EventDelivery)
	if entry.Event.Reason != orchestrator.ReasonHistoryNotCarried || !strings.HasSuffix(entry.Event.Note, ": 3") || entry.Event.Desk != "desk" {
		t.Errorf("the timeline says %+v", entry.Event)
	}
}
