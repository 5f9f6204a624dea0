package bottest

import (
	"fmt"
	"sync"
	"time"

	"handoff/orchestrator"
)

func words() []Behaviour {
	return []Behaviour{
		{"a word arrives once, whole and trusted", wordArrives},
		{"every notice arrives", noticesArrive},
		{"the same command carries the same id, another another", idsAreStable},
		{"a command is not changed but for where a flush goes on", commandIsLeftAlone},
		{"held words arrive in order, and once each after a failure", heldWords},
		{"many conversations at a time keep each one's order", ordersAreKept},
	}
}

func wordArrives(t TB, p *Play) {
	const text = "Grüße 😀 <b>\"&\\</b>\nsecond line"
	if err := p.send(t, p.word("c-789", text)); err != nil {
		t.Fatalf("%v", err)
	}
	calls := p.Platform.Calls()
	if len(calls) != 1 {
		t.Fatalf("%d calls arrived, want 1", len(calls))
	}
	if c := calls[0]; c.Refused != "" || c.Text != text || c.Conversation != "c-789" || c.ID == "" {
		t.Errorf("arrived as %+v", c)
	}
}

func noticesArrive(t TB, p *Play) {
	for i, kind := range []string{
		"handoff.queued", "handoff.position_changed", "handoff.accepted", "handoff.transferred", "handoff.failed", "handoff.ended",
		"handoff.completed", "message.delivery_failed", "conversation.started", "conversation.ended",
	} {
		cmd := p.command(orchestrator.CommandNotify, "c-1")
		cmd.Class, cmd.Notice = orchestrator.ClassLifecycle, &orchestrator.Notice{
			Type: kind, Queue: "billing", Reason: "queue_timeout", EndedBy: "agent", Resume: "bot", Agent: &orchestrator.Agent{ID: "anna"},
			MessageID: "m-1", HandbackFrom: 1, HandbackUntil: 2,
		}
		d := &orchestrator.Delivery{Command: cmd}
		if kind == "handoff.ended" {
			d.Handback = &orchestrator.Handback{Reason: "solved", Messages: []orchestrator.HandbackMessage{
				{Sequence: 1, At: cmd.At, Author: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"},
					Message: orchestrator.Message{ID: "m-1", Text: "done"}},
			}}
		}
		if err := p.deliver(background, t, d); err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		calls := p.Platform.Calls()
		if len(calls) != i+1 || calls[i].Refused != "" || calls[i].Kind == "" {
			t.Errorf("%s: it should be the %d. call, arrived: %+v", kind, i+1, calls)
		}
	}
}

func idsAreStable(t TB, p *Play) {
	first, second := p.word("c-1", "one"), p.word("c-1", "one")
	for _, cmd := range []*orchestrator.Command{first, first, second} {
		if err := p.send(t, cmd); err != nil {
			t.Fatalf("%v", err)
		}
		cmd.Attempt++
		p.Clock.Advance(1500 * time.Millisecond)
	}
	calls := p.arrived(t, 3)
	if calls[0].ID != calls[1].ID {
		t.Errorf("the same command came as %q and as %q", calls[0].ID, calls[1].ID)
	}
	if calls[1].ID == calls[2].ID {
		t.Errorf("two commands came as %q", calls[2].ID)
	}
	if calls[0].Signature != "" && calls[0].Signature == calls[1].Signature {
		t.Errorf("a later attempt carries the signature of the first: it would grow stale")
	}
}

func commandIsLeftAlone(t TB, p *Play) {
	cmd := p.word("c-1", "one")
	before, said := fmt.Sprintf("%+v", *cmd), *cmd.Message
	p.Platform.Next(Fault{Status: 500})
	_ = p.send(t, cmd)
	_ = p.send(t, cmd)
	if after := fmt.Sprintf("%+v", *cmd); after != before || cmd.Message.Text != said.Text || cmd.Message.ID != said.ID {
		t.Errorf("before: %s\nafter: %s", before, after)
	}
}

func heldWords(t TB, p *Play) {
	cmd := p.command(orchestrator.CommandFlush, "c-1")
	cmd.From, cmd.Until = 4, 8
	d := &orchestrator.Delivery{Command: cmd}
	for i, text := range []string{"one", "two", "three"} {
		d.Words = append(d.Words, orchestrator.HandbackMessage{
			Sequence: 4 + 2*uint64(i), At: cmd.At, Author: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"},
			Message: orchestrator.Message{ID: "m-" + text, Text: text},
		})
	}
	p.Platform.Next(Fault{}, Fault{Status: 503})
	if err := p.deliver(background, t, d); err == nil {
		t.Errorf("the second word failed, and the flush did not")
	}
	if err := p.deliver(background, t, d); err != nil {
		t.Errorf("%v", err)
	}
	var order []string
	ids := map[string]string{}
	for _, c := range p.Platform.Calls() {
		if known, ok := ids[c.Text]; ok && known != c.ID {
			t.Errorf("%q came as %q and as %q", c.Text, known, c.ID)
		}
		for text, id := range ids {
			if id == c.ID && text != c.Text {
				t.Errorf("%q and %q came under the same id", text, c.Text)
			}
		}
		ids[c.Text] = c.ID
		order = append(order, c.Text)
	}
	// Two came twice because its first attempt failed; one may come again under the same id, but not after the others.
	if got := fmt.Sprint(order); got != "[one two two three]" && got != "[one two one two three]" {
		t.Errorf("arrived: %v", order)
	}
}

// conversations and perConversation are how much is said at a time.
const conversations, perConversation = 32, 12

func ordersAreKept(t TB, p *Play) {
	var wg sync.WaitGroup
	for c := range conversations {
		external := fmt.Sprintf("c-%d", c)
		wg.Go(func() {
			for i := range perConversation {
				if err := p.send(t, p.word(external, fmt.Sprint(i))); err != nil {
					t.Errorf("%s: %v", external, err)
				}
			}
		})
	}
	wg.Wait()
	next := map[string]int{}
	for _, c := range p.Platform.Calls() {
		if c.Text != fmt.Sprint(next[c.Conversation]) {
			t.Errorf("%s: %s arrived, %d was next", c.Conversation, c.Text, next[c.Conversation])
			return
		}
		next[c.Conversation]++
	}
	for c := range conversations {
		if n := next[fmt.Sprintf("c-%d", c)]; n != perConversation {
			t.Errorf("%d of %d words arrived in c-%d", n, perConversation, c)
		}
	}
}
