package genesys

import (
	"encoding/json"
	"testing"

	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

func FuzzNotificationsAreAboutAChatOrNothing(f *testing.F) {
	for _, text := range desktest.Seeds(f, "notice_*.json") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n, ok := decodeNotice(text)
		if ok && n.chat == "" {
			t.Error("a notification about no chat")
		}
		if ok && n.failed != "" && n.state != nil {
			t.Error("a failure tells how a chat stands")
		}
		for i := range n.entries {
			if said, says := n.entries[i].said(); says && said == "" {
				t.Error("an entry says nothing")
			}
		}
	})
}

func FuzzAnswersAreUnderstoodOrNot(f *testing.F) {
	for _, text := range desktest.Seeds(f, "answer_*.json") {
		f.Add(text)
	}
	f.Add([]byte(" "))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := decodeAnswer(text)
		if err != nil && a.said {
			t.Errorf("an answer that is not understood says code %d", a.code)
		}
		for _, r := range a.chats() {
			customerOf(string(r.ID), &r)
		}
	})
}

func FuzzTranscriptsGiveFactsWithIDs(f *testing.F) {
	for _, text := range desktest.Seeds(f, "transcript_*.json") {
		f.Add(text, int64(1))
		f.Add(text, int64(6))
	}
	f.Fuzz(func(t *testing.T, text []byte, next int64) {
		read, err := decodeTranscript(text)
		if err != nil {
			return
		}
		once := transcribe(read, customerHeard{Next: number(next)})
		for i := range once.facts {
			ev := &once.facts[i]
			if ev.ID == "" && ev.Type != orchestrator.EventTyping {
				t.Errorf("%s has no id", ev.Type)
			}
			if ev.Type == orchestrator.EventMessage && ev.Message.Text == "" {
				t.Error("a message says nothing")
			}
		}
		again, _ := json.Marshal(transcribe(read, customerHeard{Next: number(next)}).facts)
		first, _ := json.Marshal(once.facts)
		if string(first) != string(again) {
			t.Error("the same transcript gives other facts")
		}
		if rest := transcribe(&transcript{Messages: read.Messages}, once.heard); len(rest.facts) > 0 {
			t.Errorf("%s is told again from where the telling stopped", rest.facts[0].Type)
		}
	})
}

func transcribe(t *transcript, at customerHeard) *hearing {
	h := &hearing{chat: "X", conversation: "cv", heard: at}
	h.tellFrom(t.Messages, t.Ended)
	return h
}
