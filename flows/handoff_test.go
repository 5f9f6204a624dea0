package flows

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// lifeOfAChat is the table as it was agreed on, written down a second time: event, from, to.
const lifeOfAChat = `
handoff_requested    | bot, wrap_up                                     | queued
handoff_cancelled    | queued, offered                                  | bot
offered              | queued                                           | offered
declined             | offered                                          | queued
offer_expired        | offered                                          | queued
accepted             | queued, offered                                  | agent
agent_joined         | agent                                            | conference
agent_left           | conference                                       | agent
transfer_requested   | agent, conference                                | transferring
transferred_to_queue | agent, conference                                | queued
transfer_accepted    | transferring                                     | agent
transfer_failed      | transferring                                     | agent
requeued             | queued, offered, agent, conference, transferring | queued
returned_to_bot      | queued, offered, agent, conference, transferring | bot
chat_ended           | agent, conference, transferring                  | wrap_up
customer_left        | bot                                              | completed
customer_left        | queued, offered                                  | abandoned
customer_left        | agent, conference, transferring                  | wrap_up
customer_returned    | wrap_up                                          | queued
completed            | bot, agent, conference, transferring, wrap_up    | completed
overflowed           | queued, offered                                  | queued
abandoned            | queued, offered                                  | abandoned
idle_timed_out       | bot                                              | expired
idle_timed_out       | agent, conference                                | wrap_up
customer_dead        | bot                                              | expired
customer_dead        | queued, offered                                  | abandoned
customer_dead        | agent, conference, transferring                  | wrap_up
wrap_up_timed_out    | wrap_up                                          | completed
resumed              | wrap_up                                          | bot
reopened             | wrap_up                                          | agent
`

type pair struct {
	state orchestrator.State
	event orchestrator.EventType
}

func agreedTable(t *testing.T) map[pair]orchestrator.State {
	t.Helper()
	table := map[pair]orchestrator.State{}
	for line := range strings.Lines(strings.TrimSpace(lifeOfAChat)) {
		parts := strings.Split(line, "|")
		event, to := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[2])
		for from := range strings.SplitSeq(parts[1], ",") {
			p := pair{orchestrator.State(strings.TrimSpace(from)), orchestrator.EventType(event)}
			if _, twice := table[p]; twice {
				t.Fatalf("%v is agreed on twice", p)
			}
			table[p] = orchestrator.State(to)
		}
	}
	return table
}

func TestEveryPairAgreesWithTheTable(t *testing.T) {
	table := agreedTable(t)
	for _, state := range orchestrator.States() {
		for event := range rules {
			want, legal := table[pair{state, event}]
			to, err := destination(state, event)
			switch {
			case legal && (err != nil || to != want):
				t.Errorf("%s in %s leads to %s (%v), not to %s", event, state, to, err, want)
			case !legal && err == nil:
				t.Errorf("%s in %s leads to %s and should be refused", event, state, to)
			}
		}
	}
}

func TestNoPairIsInTheTableTwice(t *testing.T) {
	seen := map[pair]bool{}
	for _, row := range Transitions() {
		p := pair{row.From, row.On}
		if seen[p] {
			t.Errorf("%s in %s is there twice: the last row would win in silence", row.On, row.From)
		}
		seen[p] = true
	}
	if len(seen) != len(agreedTable(t)) {
		t.Errorf("%d pairs in the table, %d agreed on", len(seen), len(agreedTable(t)))
	}
}

func TestEveryLiveStateReachesAnEnd(t *testing.T) {
	for _, start := range live {
		reached := map[orchestrator.State]bool{start: true}
		for grown := true; grown; {
			grown = false
			for _, row := range Transitions() {
				if reached[row.From] && !reached[row.To] {
					reached[row.To], grown = true, true
				}
			}
		}
		if !reached[completed] && !reached[abandoned] && !reached[expired] {
			t.Errorf("%s never ends", start)
		}
	}
}

func TestNothingLeavesAnEnd(t *testing.T) {
	for _, row := range Transitions() {
		if row.From.Ended() {
			t.Errorf("%s leaves %s", row.On, row.From)
		}
	}
}

func TestEveryEventHasARuleAndAPlace(t *testing.T) {
	for event := range rules {
		taken := moves[event] || carried[event] != nil || facts[event] != nil
		if !taken && event != orchestrator.EventMessageRefused {
			t.Errorf("%s is taken nowhere", event)
		}
	}
	for event := range carried {
		if _, ok := rules[event]; !ok {
			t.Errorf("%s is carried and has no rule", event)
		}
	}
	for event, states := range facts {
		for _, s := range states {
			if _, err := destination(s, event); err == nil || carriedIn(s, event) {
				t.Errorf("%s in %s is a fact and has a place in the table too", event, s)
			}
		}
	}
}

func TestMachinesAreSharedSafely(t *testing.T) {
	table := agreedTable(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for p, want := range table {
				if to, err := destination(p.state, p.event); err != nil || to != want {
					t.Errorf("%v leads to %s (%v), not to %s", p, to, err, want)
				}
				if _, err := destination(completed, p.event); err == nil {
					t.Errorf("%s is taken after the end", p.event)
				}
			}
		})
	}
	wg.Wait()
}

func TestDecideRefusesWhatTheTableDoesNotKnow(t *testing.T) {
	f := testFlow(t, fullPolicy)
	for _, state := range orchestrator.States() {
		for event := range rules {
			_, err := destination(state, event)
			if err == nil || carriedIn(state, event) || facts[event] != nil {
				continue
			}
			s := bring(t, f, "bot", state, "")
			got := s.try(orchestrator.Event{Type: event, Actor: aSupervisor})
			want := orchestrator.Reject(s.c, &orchestrator.Event{Type: event}, orchestrator.CodeStateConflict,
				string(event)+" cannot happen in state "+string(state))
			if diff := cmp.Diff(error(want), got); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", event, state, diff)
			}
		}
	}
}

func TestAnUnknownEventIsRefusedByName(t *testing.T) {
	s := newScene(t, testFlow(t, fullPolicy), "bot")
	err := s.try(orchestrator.Event{Type: "teleported", Actor: aBot})
	want := `unknown-event-type: there is no event of this type (/type: unknown type "teleported")`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
