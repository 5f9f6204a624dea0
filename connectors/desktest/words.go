package desktest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"handoff/orchestrator"
)

// words: what the customer says reaches the people once and in order, and what they say reaches us.
func words() []Behaviour {
	relays := func(m orchestrator.Manifest) bool { return !m.ReadsTimeline }
	return []Behaviour{
		{Name: "ParallelConversationsKeepTheirOrder", Check: parallelOrder},
		{Name: "TheSameCommandTwiceReachesPeopleOnce", Needs: []Item{ItemSeen}, When: relays, Check: sentOnce},
		{Name: "LongTextArrivesWhole", Needs: []Item{ItemSeen}, When: func(m orchestrator.Manifest) bool {
			return relays(m) && m.LongestText > 0
		}, Check: longText},
		{Name: "AgentsWordsAreHeardOnceAndInOrder", Needs: []Item{ItemAgentSays}, Check: agentSays},
		{Name: "AgentsTypingIsHeard", Needs: []Item{ItemAgentTypes}, Check: agentTypes},
		{Name: "CustomersTypingIsShown", Needs: []Item{ItemSeenTyping}, Check: customerTypes},
		{Name: "CustomersWordsAtTheDeskAreHeard", Needs: []Item{ItemCustomerSays}, Check: customerSays},
		{Name: "WhoLeavesAtTheDeskIsNoticed", Needs: []Item{ItemAgentLeaves}, Check: agentLeaves},
	}
}

// Bounds of parallelOrder.
const (
	parallel = 32
	perChat  = 10
)

func parallelOrder(t TB, p *Play) {
	for i := range parallel {
		p.begin(parallelID(i))
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
	if p.Script.Seen == nil {
		return
	}
	for i := range parallel {
		var want []string
		for n := range perChat {
			want = append(want, fmt.Sprintf("%d/%d", i, n))
		}
		if have := p.Script.Seen(parallelID(i)); !slices.Equal(have, want) {
			t.Errorf("conversation %d: people saw %v, want %v", i, have, want)
		}
	}
}

func parallelID(i int) orchestrator.ConversationID {
	return orchestrator.ConversationID(fmt.Sprintf("par-%02d", i))
}

func sentOnce(t TB, p *Play) {
	p.begin("c-1")
	p.serve(t, "c-1", p.People[0])
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
	if have := p.Script.Seen("c-1"); !slices.Equal(have, []string{"once", "once"}) {
		t.Errorf("people saw %v, want the first word once and its repetition by the customer", have)
	}
}

func longText(t TB, p *Play) {
	longest := p.Desk.Manifest().LongestText
	p.begin("c-1")
	p.serve(t, "c-1", p.People[0])
	text := strings.Repeat("æ", 2*longest+1)
	if err := p.send("c-1", text); err != nil {
		t.Fatalf("send: %v", err)
	}
	seen := p.Script.Seen("c-1")
	for _, piece := range seen {
		if n := len([]rune(piece)); n > longest {
			t.Errorf("a piece of %d characters, the limit is %d", n, longest)
		}
	}
	if strings.Join(seen, "") != text {
		t.Errorf("the text did not arrive whole: %d pieces", len(seen))
	}
}

func agentSays(t TB, p *Play) {
	p.begin("c-1")
	who := p.serve(t, "c-1", p.People[0])
	want := []string{"good morning", "how can I help?", "how can I help?"}
	for _, text := range want {
		p.Script.AgentSays(t, "c-1", who, text)
	}
	p.heard(t, "c-1", orchestrator.ActorAgent, want)
}

// heard waits until that many words are heard, then compares them.
func (p *Play) heard(t TB, id orchestrator.ConversationID, role orchestrator.ActorRole, want []string) {
	t.Helper()
	p.Await(t, fmt.Sprintf("%d words of the %s", len(want), role), func() bool {
		return len(p.texts(id, role)) >= len(want)
	})
	if have := p.texts(id, role); !slices.Equal(have, want) {
		t.Errorf("heard %v, want %v", have, want)
	}
}

func (p *Play) texts(id orchestrator.ConversationID, role orchestrator.ActorRole) []string {
	var texts []string
	for _, ev := range p.Events(id, orchestrator.EventMessage) {
		if ev.Actor.Role == role && ev.Message != nil {
			texts = append(texts, ev.Message.Text)
		}
	}
	return texts
}

func agentTypes(t TB, p *Play) {
	p.begin("c-1")
	who := p.serve(t, "c-1", p.People[0])
	p.Script.AgentTypes(t, "c-1", who, true)
	p.Await(t, "typing of the agent", func() bool {
		return slices.ContainsFunc(p.Events("c-1", orchestrator.EventTyping), func(ev orchestrator.Event) bool {
			return ev.Typing && ev.Actor.Role == orchestrator.ActorAgent
		})
	})
}

func customerTypes(t TB, p *Play) {
	p.begin("c-1")
	p.serve(t, "c-1", p.People[0])
	cmd := p.Command("c-1", orchestrator.CommandTyping)
	cmd.Typing = true
	if err := p.sendCommand(cmd); err != nil {
		t.Errorf("typing: %v", err)
	}
	if n := p.Script.SeenTyping("c-1"); n != 1 {
		t.Errorf("people saw typing %d times, want once", n)
	}
}

func customerSays(t TB, p *Play) {
	p.begin("c-1")
	p.serve(t, "c-1", p.People[0])
	p.Script.CustomerSays(t, "c-1", "is anybody there?")
	p.heard(t, "c-1", orchestrator.ActorCustomer, []string{"is anybody there?"})
}

func agentLeaves(t TB, p *Play) {
	p.begin("c-1")
	who := p.serve(t, "c-1", p.People[0])
	p.Script.AgentLeaves(t, "c-1", who)
	p.Await(t, "the conversation is no longer served", func() bool { return !p.Conversation("c-1").State.Served() })
}
