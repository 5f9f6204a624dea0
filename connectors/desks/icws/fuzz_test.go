package icws

import (
	"encoding/json"
	"log/slog"
	"testing"

	"handoff/connectors/desktest"
	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/report"
	"handoff/orchestrator"
)

// FuzzMessages: whatever a poll answers, decoding does not panic, and no message stands for two places.
func FuzzMessages(f *testing.F) {
	for _, body := range desktest.Seeds(f, "messages-*.json") {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		messages, unread, err := decodeMessages(body)
		if err != nil && (len(messages) > 0 || unread > 0) {
			t.Errorf("an answer that cannot be read has %d messages", len(messages))
		}
		l := &listener{agentSeat: &agentSeat{base: &base{Frame: &frame.Frame{Name: "pure"}, config: Config{Username: "bot1"}}}, login: &login{User: "bot1"}}
		c := &agentChat{attrs: attributes{}, heard: map[string]int{}}
		for i := range messages {
			c.merge(messages[i].Attributes)
			c.members = append(c.members, messages[i].MembersAdded...)
			for _, one := range messages[i].Added {
				c.merge(one.Attributes)
			}
			truth, known := l.truth(c)
			if known && truth.Stand == "" {
				t.Errorf("it is known to stand nowhere: %+v", c)
			}
			for _, who := range truth.Agents {
				if who.ID == "" || string(who.ID) == "bot1" {
					t.Errorf("%q serves", who.ID)
				}
			}
		}
	})
}

// FuzzWebChat: whatever a web chat tells, each fact but typing has an id, and what is told again has the same ones.
func FuzzWebChat(f *testing.F) {
	for _, body := range desktest.Seeds(f, "webchat-*.json") {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		said := &webAnswer{}
		if json.Unmarshal(body, said) != nil {
			return
		}
		if pause := said.pause(); pause < shortestWait || pause > longestWait {
			t.Errorf("a pause of %s", pause)
		}
		first, again := webFacts(said), webFacts(said)
		for i, ev := range first {
			if ev.Type == orchestrator.EventTyping {
				continue
			}
			if ev.ID == "" || ev.ID != again[i].ID {
				t.Errorf("%s has the id %q, and then %q", ev.Type, ev.ID, again[i].ID)
			}
		}
	})
}

// webFacts are all facts of an answer, as a follower that begins makes them.
func webFacts(said *webAnswer) []orchestrator.Event {
	clock, log := orchestrator.SystemClock{}, slog.New(slog.DiscardHandler)
	b := &base{Frame: &frame.Frame{Name: "pure", Report: report.New("pure", clock, log), Clock: clock, Log: log}}
	f := &customerChat{
		round: &round{customerSeat: &customerSeat{base: b}}, ref: "chat-1",
		note: customerNote{Conversation: "c-1", Participant: "8b1b7c7e-0000-4000-8000-000000000001"},
	}
	var all []orchestrator.Event
	for i := range said.Messages {
		all = append(all, f.facts(&said.Messages[i])...)
	}
	return all
}

// FuzzLogin: whatever a login is answered, no session begins without an id and a token.
func FuzzLogin(f *testing.F) {
	for _, body := range desktest.Seeds(f, "login-*.json") {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := sessionOf("ic1", "bot1", body)
		if err == nil && (s.ID == "" || s.Token == "" || s.User == "") {
			t.Errorf("a session %+v", s)
		}
	})
}
