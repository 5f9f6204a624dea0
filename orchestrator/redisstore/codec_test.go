package redisstore

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"handoff/orchestrator"
)

func TestEntryIsReadAsItWasWritten(t *testing.T) {
	event := func(change func(*orchestrator.Event)) orchestrator.Event {
		e := orchestrator.Event{
			ID: "user:7:msg:m-1", Type: orchestrator.EventMessage, At: 1700000000123, Epoch: 4,
			Actor:   orchestrator.Actor{Role: orchestrator.ActorCustomer},
			Message: &orchestrator.Message{ID: "m-1", Text: "hello"},
		}
		change(&e)
		return e
	}
	none := func(*orchestrator.Event) {}
	entries := map[string]orchestrator.Entry{
		"all said twice": {At: 1700000000123, Epoch: 4, Event: event(none),
			Why: &orchestrator.Why{Cause: "message", Rule: "r"}},
		"nothing twice": {At: 1700000000999, Epoch: 5,
			Event: event(func(e *orchestrator.Event) { e.Message.ID = "x" }), Why: &orchestrator.Why{Cause: "other", Rule: "r"}},
		"id is the whole": {At: 1, Event: event(func(e *orchestrator.Event) { e.Message.ID = string(e.ID) })},
		"no message id":   {At: 1, Event: event(func(e *orchestrator.Event) { e.Message.ID = "" })},
		"no message":      {At: 1, Event: event(func(e *orchestrator.Event) { e.Message = nil })},
		"no times":        {Event: event(func(e *orchestrator.Event) { e.At, e.Epoch = 0, 0 })},
		"longest id": {Event: event(func(e *orchestrator.Event) {
			e.Message.ID = strings.Repeat("i", 300)
			e.ID = orchestrator.EventID(e.Message.ID)
		})},
		"moved": {From: orchestrator.StateBot, To: orchestrator.StateQueued, Derived: true, Handoff: 2, Version: 9,
			Event: event(none)},
	}
	for name, want := range entries {
		before := cloneEntry(want)
		b, err := encodeEntry(&want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, want); diff != "" {
			t.Errorf("%s: encoding changed the entry:\n%s", name, diff)
		}
		var got orchestrator.Entry
		if err := decodeEntry([]byte(b), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: got (+), want (-):\n%s", name, diff)
		}
	}
}

func TestCommandIsReadAsItWasWritten(t *testing.T) {
	const conversation = "cv_2f_01JD0QXK6V3W5Z8Y7T2R4N9M1P"
	ids := []orchestrator.CommandID{conversation + ".3.0", conversation, "other", ".x", "=x", conversation + "x"}
	for _, id := range ids {
		want := &orchestrator.Command{ID: id, Conversation: conversation, Type: orchestrator.CommandSend, Reason: "r",
			Attempt: 3}
		b, err := encodeCommand(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeCommand(conversation, []byte(b))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: got (+), want (-):\n%s", id, diff)
		}
	}
	if _, err := encodeCommand(&orchestrator.Command{ID: orchestrator.CommandID(strings.Repeat("x", 300))}); err == nil {
		t.Error("an id of 300 bytes was taken")
	}
}

func TestValueOfAnotherFormIsRefused(t *testing.T) {
	b, err := encode(&orchestrator.Conversation{ID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	err = decode(append([]byte{codecVersion + 1}, b[1:]...), new(orchestrator.Conversation))
	if err == nil || !strings.Contains(err.Error(), "form 2") {
		t.Errorf("got %v, want the form named", err)
	}
}

// FuzzDecode feeds every decoder of stored values: it must answer an error or a value that is stable from then on.
func FuzzDecode(f *testing.F) {
	seed := func(b string, err error) {
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(b))
	}
	commit := message(&orchestrator.Conversation{ID: "cv_00_01JD0QXK6V3W5Z8Y7T2R4N9M1P", Version: 3}, 1700000000000)
	seed(encode(commit.Next))
	seed(encodeEntry(&commit.Entries[0]))
	seed(encodeCommand(&withCommand(commit).Commands[0]))
	seed(encodeSeen(orchestrator.Seen{Sequence: 300}), nil)
	f.Add([]byte{})
	f.Add([]byte{codecVersion})
	f.Add([]byte{0xf1, 0xff, 0xa0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var c orchestrator.Conversation
		if decode(b, &c) == nil {
			stable(t, &c, func(c *orchestrator.Conversation) (string, error) { return encode(c) },
				func(b []byte, c *orchestrator.Conversation) error { return decode(b, c) })
		}
		var e orchestrator.Entry
		if decodeEntry(b, &e) == nil {
			stable(t, &e, encodeEntry, decodeEntry)
		}
		if cmd, err := decodeCommand("cv", b); err == nil {
			again, err := encodeCommand(cmd)
			if err != nil {
				return // a longer id than is ever written
			}
			third, err := decodeCommand("cv", []byte(again))
			if err != nil || !cmp.Equal(cmd, third, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()) {
				t.Fatalf("a command is read differently after writing it again: %v", err)
			}
		}
		if seen, err := decodeSeen(string(b)); err == nil {
			if again := encodeSeen(*seen); len(again) > len(b) {
				t.Fatalf("%x becomes %x", b, again)
			}
		}
		if _, _, err := decodePlace(b); err == nil && !bytes.Contains(b, []byte(recordSeparator)) {
			t.Fatalf("%q is taken for a place", b)
		}
	})
}

func decodePlace(b []byte) (orchestrator.ConversationID, orchestrator.Waiting, error) {
	p, err := readPlace(string(b))
	return p.Conversation, p.Waiting, err
}

// stable fails unless a value survives being written and read again.
func stable[V any](t *testing.T, v *V, write func(*V) (string, error), read func([]byte, *V) error) {
	t.Helper()
	b, err := write(v)
	if err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	again := new(V)
	if err := read([]byte(b), again); err != nil || !cmp.Equal(v, again, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()) {
		t.Fatalf("read differently after writing it again (%v):\n%s", err, cmp.Diff(v, again, cmpopts.EquateNaNs()))
	}
}

// cloneEntry copies what encoding might change.
func cloneEntry(e orchestrator.Entry) orchestrator.Entry {
	if e.Event.Message != nil {
		m := *e.Event.Message
		e.Event.Message = &m
	}
	if e.Why != nil {
		w := *e.Why
		e.Why = &w
	}
	return e
}

func TestSizeOfAnEntryIsAboutWhatItTakesInTheStore(t *testing.T) {
	for _, text := range []int{0, 1, 100, 8000} {
		entry := entryOf(text)
		stored, err := encodeEntry(entry)
		if err != nil {
			t.Fatal(err)
		}
		if counted := entry.Size(); counted < int64(len(stored))-100 || counted > int64(len(stored))+250 {
			t.Errorf("an entry of %d bytes with a text of %d is counted as %d", len(stored), text, counted)
		}
	}
}

// entryOf is an entry with a text of so many bytes in all that may hold one.
func entryOf(n int) *orchestrator.Entry {
	text := strings.Repeat("x", n)
	return &orchestrator.Entry{
		At: 1800000000000, Version: 7, Epoch: 3, From: orchestrator.StateBot, To: orchestrator.StateQueued, Handoff: 2,
		Event: orchestrator.Event{
			ID: "evt_0123456789", Type: orchestrator.EventHandoffRequested, At: 1800000000001,
			Actor:      orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop", Name: text},
			Message:    &orchestrator.Message{ID: "m-1", Text: text, Attachments: []orchestrator.Attachment{{URL: text, Name: text, Size: 1 << 40}}},
			Request:    &orchestrator.Request{Reason: text, Summary: text, Queue: "general", Skills: []string{text, "returns"}, Priority: 5},
			Customer:   &orchestrator.Customer{ID: "u-1", Name: text, Email: text, Attributes: map[string]any{"a": text}},
			Attributes: map[string]any{"tier": text, "orders": 4711.5, "new": true}, Reply: []byte(text),
			Transcript: []orchestrator.Turn{{Role: orchestrator.ActorCustomer, Text: text, At: 1}, {Role: orchestrator.ActorBot, Text: text}},
			Agent:      &orchestrator.Agent{ID: "anna", Name: text}, Target: &orchestrator.Target{Desk: "house", Queue: "general"},
			Reason: text, Note: text, Disposition: text, Tags: []string{text, text},
		},
		Why: &orchestrator.Why{Cause: "handoff_requested", Rule: "request", LookedAt: map[string]any{"queue": "general", "waiting": 4}},
		Notice: &orchestrator.Notice{Type: "handoff.queued", Queue: "general", Reason: text, Tags: []string{text}, Notes: []string{text},
			Agent: &orchestrator.Agent{ID: "anna", Name: text}, From: &orchestrator.Target{Queue: "general"}},
		Form: orchestrator.FormNotice,
	}
}
