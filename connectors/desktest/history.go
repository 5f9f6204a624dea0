package desktest

import (
	"fmt"
	"slices"
	"strings"

	"handoff/connectors/simkit"
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

// toldRead is how the part of it begins that the bot only told of.
const toldRead = `Earlier in this chat:
Customer: Hello, is anybody there?`

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

// handOverAfter hands a conversation over of which people are to know what was said before. In the seat agent the words of the
// list that went through here are said at the desk itself.
func (p *Play) handOverAfter(t TB, id orchestrator.ConversationID, h *orchestrator.History) simkit.Chat {
	t.Helper()
	p.summarize("wants her money back")
	p.tellBefore(h)
	if p.Seat == SeatCustomer {
		p.begin(t, id)
	} else {
		p.arrive(t, id)
		p.sayAtTheDesk(t, id, h)
		p.HandOver(id, orchestrator.Waiting{Queue: p.Queue})
	}
	p.Settle(t)
	p.noFailures(t)
	return p.Script.Chat(id)
}

// sayAtTheDesk lets the customer and the bot say what went through here.
func (p *Play) sayAtTheDesk(t TB, id orchestrator.ConversationID, h *orchestrator.History) {
	t.Helper()
	var hers, bots []string
	for i := range h.Said {
		switch said := &h.Said[i]; {
		case said.Sequence == 0:
		case said.Role == orchestrator.ActorCustomer:
			hers = append(hers, said.Message.Text)
			p.theySay(t, id, orchestrator.Agent{}, said.Message.Text)
			p.heard(t, id, orchestrator.ActorCustomer, hers)
		default:
			bots = append(bots, said.Message.Text)
			p.SayAsBot(id, said.Message.Text)
		}
	}
	p.Settle(t)
	if seen := p.seen(id); !slices.Equal(seen, bots) {
		t.Errorf("before the handoff the customer saw %q, want %q", seen, bots)
	}
}

// readable is all that people can read of a chat.
func readable(chat simkit.Chat) string {
	texts := slices.Clone(chat.Context)
	for _, word := range chat.Words {
		texts = append(texts, word.Text)
	}
	return strings.Join(texts, "\n")
}

func saidBefore(t TB, p *Play) {
	all := readable(p.handOverAfter(t, "c-1", Before()))
	if p.Seat == SeatAgent {
		if seen := p.seen("c-1"); !slices.Equal(seen, []string{"I am sorry.\nShall I fetch somebody?"}) {
			t.Errorf("the customer saw %q, want only what the bot said to her", seen)
		}
	}
	shown := p.Desk.Manifest().History
	for _, text := range []string{"Hello, is anybody there?", "My order 4711 is broken", "Shall I fetch somebody?"} {
		want := shown != "" || p.Seat == SeatAgent && text != "Hello, is anybody there?"
		if have := strings.Contains(all, text); have != want {
			t.Errorf("people can read %q: %t, want %t, of %q", text, have, want, all)
		}
	}
	if shown == "" {
		return
	}
	want := beforeRead
	if p.Seat == SeatAgent { // the rest may stand in the chat only
		want = toldRead
	}
	if !strings.Contains(all, want) {
		t.Errorf("people read %q, want among it %q", all, want)
	}
	inOrder := shown != orchestrator.HistoryData // attached data is found by its names
	if inOrder && strings.Index(all, "wants her money back") > strings.Index(all, "Earlier in this chat") {
		t.Errorf("the summary comes behind the history: %q", all)
	}
}

func longHistory(t TB, p *Play) {
	if p.Desk.Manifest().History == "" {
		return // saidBefore looks at that
	}
	all := readable(p.handOverAfter(t, "c-1", LongBefore()))
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
