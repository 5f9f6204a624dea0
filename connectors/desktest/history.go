package desktest

import (
	"fmt"
	"slices"
	"strings"

	"handoff/orchestrator"
)

// history: what was said before reaches the people, and nobody else.
func history() []Behaviour {
	relays := func(m orchestrator.Manifest) bool { return !m.ReadsTimeline }
	return []Behaviour{
		{Name: "WhatWasSaidBeforeReachesThePerson", Needs: []Item{ItemChat}, When: relays, Check: saidBefore},
		{Name: "ALongHistoryIsCutFromTheOldest", Needs: []Item{ItemChat}, When: relays, Check: longHistory},
	}
}

// Before is what the customer and the bot said in the examples, as the engine tells a desk of it.
func Before() *orchestrator.History {
	return &orchestrator.History{Said: []orchestrator.Said{
		{Role: orchestrator.ActorCustomer, Message: orchestrator.Message{Text: "Hello, is anybody there?"}},
		{Role: orchestrator.ActorCustomer, Sequence: 1, Message: orchestrator.Message{ID: "w1", Text: "My order 4711 is broken", Attachments: []orchestrator.Attachment{
			{Name: "photo.jpg", URL: "https://files.example.com/photo.jpg"},
		}}},
		{Role: orchestrator.ActorBot, Sequence: 2, Message: orchestrator.Message{ID: "w2", Text: "I am sorry.\nShall I fetch somebody?"}},
	}}
}

// beforeRead is how people read Before.
const beforeRead = `Earlier in this chat:
Customer: Hello, is anybody there?
Customer: My order 4711 is broken
| photo.jpg https://files.example.com/photo.jpg
Bot: I am sorry.
| Shall I fetch somebody?`

// manyWords is the length of LongBefore: more than any vendor's place for a history has room for.
const manyWords = 400

// LongBefore is a long talk; its words are numbered from 1.
func LongBefore() *orchestrator.History {
	h := &orchestrator.History{}
	for n := range manyWords {
		h.Said = append(h.Said, orchestrator.Said{Role: orchestrator.ActorCustomer, Message: orchestrator.Message{Text: longWord(n + 1)}})
	}
	return h
}

func longWord(n int) string {
	return fmt.Sprintf("word %d of many that I have to say about my order 4711", n)
}

// cutMark is where older words were left out.
const cutMark = "[… older words are left out]"

// handOverAfter hands a conversation over of which people are to know what was said before, and answers what they can read then.
func (p *Play) handOverAfter(t TB, id orchestrator.ConversationID, h *orchestrator.History) []string {
	t.Helper()
	p.tellBefore(h)
	p.begin(t, id)
	p.Settle(t)
	p.noFailures(t)
	if p.Script.SeenByCustomer != nil {
		if seen := p.seen(id); len(seen) > 0 && p.Seat == SeatAgent {
			t.Errorf("the customer sees %q", seen)
		}
	}
	chat := p.Script.Chat(id)
	readable := slices.Clone(chat.Context)
	for _, word := range chat.Words {
		readable = append(readable, word.Text)
	}
	return readable
}

func saidBefore(t TB, p *Play) {
	p.summarize("wants her money back")
	readable := p.handOverAfter(t, "c-1", Before())
	all := strings.Join(readable, "\n")
	if p.Desk.Manifest().History == "" {
		if strings.Contains(all, "4711") {
			t.Errorf("the manifest says that nothing is shown; at the desk stands %q", all)
		}
		return
	}
	if !strings.Contains(all, beforeRead) {
		t.Errorf("people read %q, want among it %q", all, beforeRead)
	}
	for _, text := range readable {
		if strings.Count(text, "Hello, is anybody there?") > 1 {
			t.Errorf("a word stands twice in %q", text)
		}
	}
	inOrder := p.Desk.Manifest().History != orchestrator.HistoryData // attached data is found by its names
	if inOrder && strings.Index(all, "wants her money back") > strings.Index(all, "Earlier in this chat") {
		t.Errorf("the summary comes behind the history: %q", all)
	}
}

func longHistory(t TB, p *Play) {
	if p.Desk.Manifest().History == "" {
		return // saidBefore looks at that
	}
	all := strings.Join(p.handOverAfter(t, "c-1", LongBefore()), "\n")
	first := firstShown(all)
	for n := first; n <= manyWords; n++ {
		if !strings.Contains(all, longWord(n)) {
			t.Errorf("from word %d on all are shown but %d", first, n)
			return
		}
	}
	if first == 1 || first > manyWords-10 || !strings.Contains(all, cutMark) {
		t.Errorf("people read the words from %d to %d, marked as cut: %t", first, manyWords, strings.Contains(all, cutMark))
	}
}

// firstShown is the oldest of the numbered words in a text; one more than there are if none is.
func firstShown(text string) int {
	for n := 1; n <= manyWords; n++ {
		if strings.Contains(text, longWord(n)) {
			return n
		}
	}
	return manyWords + 1
}
