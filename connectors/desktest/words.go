package desktest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// words: what the customer says reaches the people once and in order, and what they say reaches us.
func words() []Behaviour {
	relays := func(m orchestrator.Manifest) bool { return !m.ReadsTimeline }
	return []Behaviour{
		{Name: "ParallelConversationsKeepTheirOrder", Check: parallelOrder},
		{Name: "TheSameCommandTwiceReachesPeopleOnce", When: relays, Check: sentOnce},
		{Name: "LongTextArrivesWhole", When: func(m orchestrator.Manifest) bool {
			return relays(m) && m.LongestText > 0
		}, Check: longText},
		{Name: "WordsSaidAtTheDeskAreHeardOnceAndInOrder", When: relays, Check: theirWords},
		{Name: "WhatLooksLikeMarkupArrivesAsItWasWritten", When: relays, Check: markup},
		{Name: "WhatCannotBeShownIsNeitherKeptNorLostInSilence", When: relays, Check: unshown},
		{Name: "FilesArriveWithTheirAddresses", When: relays, Check: files},
		{Name: "AgentsTypingIsHeard", Seat: SeatCustomer, Needs: []Item{ItemAgentTypes}, Check: agentTypes},
		{Name: "TypingOfOursIsShown", Needs: []Item{ItemSeenTyping}, Check: ourTyping},
		{Name: "WhoLeavesAtTheDeskIsNoticed", When: relays, Check: theirLeaving},
	}
}

// Bounds of parallelOrder.
const (
	parallel = 32
	perChat  = 10
)

func parallelOrder(t TB, p *Play) {
	for i := range parallel {
		if p.Seat == SeatAgent {
			p.arrive(t, parallelID(i))
		} else {
			p.begin(t, parallelID(i))
		}
	}
	p.Settle(t)
	p.noFailures(t)
	var wg sync.WaitGroup
	errs := make(chan error, parallel*perChat)
	for i := range parallel {
		wg.Go(func() {
			for n := range perChat {
				if err := p.send(parallelID(i), fmt.Sprintf("%d/%d", i, n)); err != nil {
					errs <- err
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Errorf("send: %v", err)
	}
	if !p.listens() {
		return
	}
	for i := range parallel {
		var want []string
		for n := range perChat {
			want = append(want, fmt.Sprintf("%d/%d", i, n))
		}
		if have := p.seen(parallelID(i)); !slices.Equal(have, want) {
			t.Errorf("conversation %d: they saw %v, want %v", i, have, want)
		}
	}
}

func sentOnce(t TB, p *Play) {
	p.ready(t, "c-1")
	cmd := p.word("c-1", "once")
	for range 3 {
		if err := p.sendCommand(cmd); err != nil {
			t.Errorf("send: %v", err)
		}
		cmd.Attempt++
		cmd.Unsure = true
	}
	if err := p.send("c-1", "once"); err != nil { // the same text said again is another word
		t.Errorf("send: %v", err)
	}
	if have := p.seen("c-1"); !slices.Equal(have, []string{"once", "once"}) {
		t.Errorf("they saw %v, want the first word once and its repetition by the customer", have)
	}
}

func longText(t TB, p *Play) {
	longest := p.Desk.Manifest().LongestText
	p.ready(t, "c-1")
	text := strings.Repeat("æ", 2*longest+1)
	if err := p.send("c-1", text); err != nil {
		t.Fatalf("send: %v", err)
	}
	seen := p.seen("c-1")
	for _, piece := range seen {
		if n := len([]rune(piece)); n > longest {
			t.Errorf("a piece of %d characters, the limit is %d", n, longest)
		}
	}
	if strings.Join(seen, "") != text {
		t.Errorf("the text did not arrive whole: %d pieces", len(seen))
	}
}

// theirWords: what the person says, or the customer at the desk's own channel.
func theirWords(t TB, p *Play) {
	who := p.ready(t, "c-1")
	want := []string{"good morning", "how can I help?", "how can I help?"}
	for _, text := range want {
		p.theySay(t, "c-1", who, text)
	}
	p.heard(t, "c-1", p.they(), want)
}

// markupLike are texts that look like markup, are written from right to left, or are joined from several characters.
var markupLike = []string{
	"it says <error>", "AT&amp;T & \"Bell\" 'x'", "<b>bold</b>", "1 < 2 && 3 > 2", `\u003c {"a":1}`, "\u05e9\u05dc\u05d5\u05dd <\u05d0>, (1)",
	"\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f44d\U0001f3fd e\u0301",
}

// markup: what either side writes reaches the other one as it was written.
func markup(t TB, p *Play) {
	who := p.ready(t, "c-1")
	for _, text := range markupLike {
		if err := p.send("c-1", text); err != nil {
			t.Errorf("send %q: %v", text, err)
		}
		p.theySay(t, "c-1", who, text)
	}
	if have := p.seen("c-1"); !slices.Equal(have, markupLike) {
		t.Errorf("they saw %q, want %q", have, markupLike)
	}
	p.heard(t, "c-1", p.they(), markupLike)
}

// unshown: the other side writes what our own doors would refuse. Control characters are taken out, a long text comes whole, and
// what shows nothing is noted.
func unshown(t TB, p *Play) {
	who := p.ready(t, "c-1")
	long := strings.Repeat("long text ", values.MaxText/10) + "end"
	for _, text := range []string{"one\x00 two\x07", "\u200b\u200d", long, "last"} {
		p.theySay(t, "c-1", who, text)
	}
	p.Await(t, "the last word", func() bool {
		texts := p.texts("c-1", p.they())
		return len(texts) > 0 && texts[len(texts)-1] == "last"
	})
	texts := p.texts("c-1", p.they())
	for _, text := range texts {
		if kept, fault := values.Text(text, values.MaxText); fault != "" || kept != text {
			t.Errorf("heard %.40q, which nobody else could say: %s", text, fault)
		}
	}
	if have := strings.Join(texts, "|"); strings.ReplaceAll(have, "|", "") != "one two"+long+"last" {
		t.Errorf("heard %d words, %.60q, want all that can be shown", len(texts), have)
	}
	if notes := p.Events("c-1", orchestrator.EventNote); len(notes) != 1 {
		t.Errorf("%d notes say that a word shows nothing, want one", len(notes))
	}
}

// files: of a file people get the name and the address, with words beside it or without.
func files(t TB, p *Play) {
	p.ready(t, "c-1")
	file := orchestrator.Attachment{URL: "https://files.example.com/a?b=1&c=2", Name: "bill.pdf", ContentType: "application/pdf"}
	picture := orchestrator.Attachment{URL: "https://files.example.com/cat.png", ContentType: "image/png"}
	messages := 0
	for _, text := range []string{"here it is", ""} {
		cmd := p.word("c-1", text)
		cmd.Message.Attachments = []orchestrator.Attachment{file, picture}
		if err := p.sendCommand(cmd); err != nil {
			t.Errorf("send %q with files: %v", text, err)
		}
		messages++
		seen := strings.Join(p.seen("c-1"), "\n")
		for _, want := range []string{file.Name, file.URL, picture.URL} {
			if strings.Count(seen, want) != messages {
				t.Errorf("after %d messages with %q they saw %q", messages, want, seen)
			}
		}
	}
}

func agentTypes(t TB, p *Play) {
	who := p.ready(t, "c-1")
	p.Script.AgentTypes(t, "c-1", who, true)
	p.Await(t, "typing of the agent", func() bool {
		return slices.ContainsFunc(p.Events("c-1", orchestrator.EventTyping), func(ev orchestrator.Event) bool {
			return ev.Typing && ev.Actor.Role == orchestrator.ActorAgent
		})
	})
}

func ourTyping(t TB, p *Play) {
	p.ready(t, "c-1")
	cmd := p.Command("c-1", orchestrator.CommandTyping)
	cmd.Typing = true
	if err := p.sendCommand(cmd); err != nil {
		t.Errorf("typing: %v", err)
	}
	if n := p.Script.SeenTyping("c-1"); n != 1 {
		t.Errorf("they saw typing %d times, want once", n)
	}
}

func theirLeaving(t TB, p *Play) {
	who := p.ready(t, "c-1")
	p.theyLeave(t, "c-1", who)
	p.Await(t, "the conversation is no longer served", func() bool { return p.gone("c-1") })
}
