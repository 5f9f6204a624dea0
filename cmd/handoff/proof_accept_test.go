package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

const (
	acceptPeople  = 50
	acceptEach    = 20
	acceptTimeout = 2 * time.Minute
	// The moment in which two could win is short, so many more chats are raced for, by a few people on each process.
	acceptChats, acceptRivals = 1000, 8
)

// accepted is one person's attempt.
type accepted struct {
	who, key string
	at       *proofNode
	answer   *answered
}

func TestProofOneOfAThousandAcceptsWins(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), acceptTimeout)
	defer cancel()
	var names []string
	for n := range acceptPeople {
		names = append(names, fmt.Sprintf("agent%d", n))
	}
	server := redistest.Start(t)
	config := proofConfig(t, "", names...)
	nodes := []*proofNode{startNode(t, config, server.URL()), startNode(t, config, server.URL())}
	parties := newParties(t, nodes...)
	bot, people := parties.bearer(proofToken), map[string]*caller{}
	for _, name := range names {
		people[name] = parties.person(name)
	}
	parties.somebodyIsThere(ctx)

	// What waits belongs to whoever of its queue is first.
	waiting, err := bot.requestHandoff(ctx, nodes[0], "waits", "waits-1")
	if err != nil {
		t.Fatal(err)
	}
	oneWins(ctx, t, "a waiting conversation", people, nodes, waiting.said.ID, "")

	// What rings at one person belongs to that person, however often they press the button.
	const rung = "agent7"
	if _, err := people[rung].must(ctx, nodes[1], http.MethodPut, "/v1/me/presence", "", map[string]any{"state": "online"}); err != nil {
		t.Fatal(err)
	}
	offered, err := bot.requestHandoff(ctx, nodes[1], "rings", "rings-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parties.person("sam").awaits(ctx, nodes[0], offered.said.ID, 0, "conversation.offered"); err != nil {
		t.Fatal(err)
	}
	oneWins(ctx, t, "an offer", people, nodes, offered.said.ID, rung)
	if _, err := people[rung].must(ctx, nodes[1], http.MethodPut, "/v1/me/presence", "", map[string]any{"state": "away"}); err != nil {
		t.Fatal(err)
	}
	oneWinsEach(ctx, t, bot, people, names[:acceptRivals], nodes)
}

// oneWinsEach races for many chats, one after the other: for each there is one winner, and all others name the same.
func oneWinsEach(ctx context.Context, t *testing.T, bot *caller, people map[string]*caller, names []string, nodes []*proofNode) {
	t.Helper()
	began, lostAtEach := proofClock.Now(), make([]int, len(nodes))
	for n := range acceptChats {
		a, err := bot.requestHandoff(ctx, nodes[n%len(nodes)], fmt.Sprintf("many-%d", n), fmt.Sprintf("many-%d", n))
		if err != nil {
			t.Fatal(err)
		}
		answers := make([]*answered, len(names))
		gate, all := make(chan struct{}), newCrowd(ctx)
		for i, name := range names {
			all.goes(func(ctx context.Context) (err error) {
				<-gate
				answers[i], err = people[name].ask(ctx, nodes[i%len(nodes)], http.MethodPost, "/v1/conversations/"+a.said.ID+"/accept", "", struct{}{})
				return err
			})
		}
		close(gate)
		if err := all.wait(); err != nil {
			t.Fatal(err)
		}
		owner, won := "", 0
		for i, answer := range answers {
			if answer.ok() {
				won++
			} else {
				lostAtEach[i%len(nodes)]++
			}
			if owner == "" {
				owner = answer.agent()
			}
			if answer.agent() != owner || answer.ok() && names[i] != owner {
				t.Fatalf("chat %d: %s is told that %q has it, another that %q has: HTTP %d: %s", n, names[i], answer.agent(), owner,
					answer.status, answer.body)
			}
		}
		if won != 1 {
			t.Fatalf("chat %d: %d have won", n, won)
		}
		if _, err := people[owner].must(ctx, nodes[0], http.MethodPost, "/v1/conversations/"+a.said.ID+"/complete", "", struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d further chats, %d people on %d processes for each, in %v: one winner each; %v refused at the processes", acceptChats,
		len(names), len(nodes), proofClock.Now().Sub(began).Round(time.Millisecond), lostAtEach)
}

// oneWins lets everybody accept at the same moment, each request under a key of its own. only is who may win; empty: anybody.
func oneWins(ctx context.Context, t *testing.T, what string, people map[string]*caller, nodes []*proofNode, id, only string) {
	t.Helper()
	path, began := "/v1/conversations/"+id+"/accept", proofClock.Now()
	attempts, err := acceptAll(ctx, people, nodes, path)
	if err != nil {
		t.Fatal(err)
	}
	var winner *accepted
	statuses := map[int]int{}
	for i := range attempts {
		statuses[attempts[i].answer.status]++
		if !attempts[i].answer.ok() {
			continue
		}
		if winner != nil {
			t.Fatalf("%s: %s and %s have both won", what, winner.who, attempts[i].who)
		}
		winner = &attempts[i]
	}
	t.Logf("%s, %d accepts of %d people on %d processes in %v: answers by status %v", what, len(attempts), len(people), len(nodes),
		proofClock.Now().Sub(began).Round(time.Millisecond), statuses)
	if winner == nil {
		t.Fatalf("%s: nobody has won", what)
	}
	if winner.answer.agent() != winner.who || winner.answer.said.State != string(orchestrator.StateAgent) || only != "" && winner.who != only {
		t.Errorf("%s: %s has won, the answer is %s", what, winner.who, winner.answer.body)
	}
	for _, a := range attempts {
		if err := lost(&a, winner.who, only); !a.answer.ok() && err != nil {
			t.Errorf("%s: %s: %v: HTTP %d: %s", what, a.who, err, a.answer.status, a.answer.body)
		}
	}
	repeats(ctx, t, what, people[winner.who], winner, nodes, path)
}

func acceptAll(ctx context.Context, people map[string]*caller, nodes []*proofNode, path string) ([]accepted, error) {
	var mu sync.Mutex
	var attempts []accepted
	gate := make(chan struct{})
	all := newCrowd(ctx)
	for name, person := range people {
		for n := range acceptEach {
			all.goes(func(ctx context.Context) error {
				a := accepted{who: name, key: fmt.Sprintf("accept-%s-%d", name, n), at: nodes[n%len(nodes)]}
				<-gate
				var err error
				if a.answer, err = person.ask(ctx, a.at, http.MethodPost, path, a.key, struct{}{}); err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				attempts = append(attempts, a)
				return nil
			})
		}
	}
	close(gate)
	err := all.wait()
	return attempts, err
}

// lost checks that whoever lost is told so, and who has it.
func lost(a *accepted, winner, only string) error {
	if a.answer.status != http.StatusConflict || a.answer.said.Code != orchestrator.CodeStateConflict {
		return errors.New("a lost race is a state-conflict")
	}
	stillRings := only != "" && a.answer.said.Current == string(orchestrator.StateOffered)
	if stillRings && strings.Contains(a.answer.said.Detail, only) {
		return nil // refused before anybody had won
	}
	if a.answer.agent() != winner {
		return fmt.Errorf("it does not name %s", winner)
	}
	return nil
}

// repeats asks again under the key that won: the first answer stands, on both processes.
func repeats(ctx context.Context, t *testing.T, what string, person *caller, winner *accepted, nodes []*proofNode, path string) {
	t.Helper()
	for _, at := range nodes {
		a, err := person.ask(ctx, at, http.MethodPost, path, winner.key, struct{}{})
		if err != nil {
			t.Fatal(err)
		}
		if a.status != http.StatusOK || !a.replayed || string(a.body) != string(winner.answer.body) {
			t.Errorf("%s: the winner's repeated request: HTTP %d, replayed %t:\n%s\nfirst answer:\n%s", what, a.status, a.replayed, a.body,
				winner.answer.body)
		}
	}
}
