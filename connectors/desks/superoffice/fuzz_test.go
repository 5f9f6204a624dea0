package superoffice

import (
	"testing"

	"handoff/connectors/desktest"
	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// FuzzSession: whatever a session is, it has an id, and whoever serves it has one.
func FuzzSession(f *testing.F) {
	for _, body := range desktest.Seeds(f, "chat-*.json") {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := decodeChat(body)
		if err != nil || c == nil {
			return
		}
		if c.ID <= 0 || c.customer("so").ID == "" || c.Status.String() == "" {
			t.Errorf("a session without an id: %+v", c)
		}
		if who := c.User.agent(); who != nil && (who.ID == "" || who.Name == "") || c.stand() == served && who == nil {
			t.Errorf("served by %+v", who)
		}
	})
}

// FuzzMessages: every fact of a message has text, and every message an id; the order is the vendor's.
func FuzzMessages(f *testing.F) {
	for _, body := range desktest.Seeds(f, "messages-*.json") {
		f.Add(body)
	}
	b := &base{Frame: &frame.Frame{Name: "so"}, config: Config{Name: "so"}}
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := decodeMessages(body)
		if err != nil {
			return
		}
		for i := range all {
			if all[i].ID <= 0 {
				t.Fatalf("a message without an id: %+v", all[i])
			}
			r := &reading{base: b, chat: &chat{ID: 1}}
			for _, s := range []seat{&customerSeat{base: b}, &agentSeat{base: b}} {
				ev := s.says(r, &all[i])
				if ev != nil && (ev.Message.Text == "" || ev.Message.ID == "" || ev.Type != orchestrator.EventMessage) {
					t.Errorf("%+v", ev)
				}
			}
		}
	})
}

// FuzzRows: a list has ids that can be asked for.
func FuzzRows(f *testing.F) {
	for _, body := range desktest.Seeds(f, "rows-*.json") {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ids, err := decodeRows(body)
		for _, id := range ids {
			if err != nil || id <= 0 {
				t.Errorf("id %d, %v", id, err)
			}
		}
	})
}

// FuzzHook: whatever is posted to us, it is read or refused.
func FuzzHook(f *testing.F) {
	for _, body := range desktest.Seeds(f, "hook-*.json") {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if h, err := decodeHook(body); err == nil && h == nil {
			t.Error("neither read nor refused")
		} else if err == nil {
			h.topic()
		}
	})
}
