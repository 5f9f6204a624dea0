package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

const (
	fencingTrials  = 10000
	fencingAtOnce  = 12
	fencingTimeout = 3 * time.Minute
)

// fencing is the proof that no late word of a bot comes through: on two processes, the bot on one and the agent on the other.
type fencing struct {
	parties *proofParties
	bot     *caller
	sam     *caller
	agents  []*caller
	names   []string
	take    bool // a person takes the conversation from the bot, and nobody asks for one

	shown, refused, afterReturn atomic.Int64
	slowest                     atomic.Int64 // of a trial, in ms
}

// race is one trial.
type race struct {
	*fencing
	number   int
	random   *rand.Rand
	external string
	id       string
	customer *caller
	here     *proofNode  // of the bot
	there    *proofNode  // of the agent
	quotes   bool        // the bot quotes the epoch at which it began to think
	served   atomic.Bool // the person was told that they have the conversation

	mu      sync.Mutex
	shown   map[string]bool // by the id of the word: the bot was told that it was taken
	refused map[string]bool
}

func TestProofLateBotAnswersNeverReachACustomerWhomAPersonServes(t *testing.T) {
	(&fencing{}).proves(t)
}

func TestProofLateBotAnswersNeverReachACustomerWhomAPersonTookFromTheBot(t *testing.T) {
	(&fencing{take: true}).proves(t)
}

func (f *fencing) proves(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), fencingTimeout)
	defer cancel()
	seed := proofSeed(t)
	names := []string{"anna", "ben", "cem", "dora"}
	server := redistest.Start(t)
	config := proofConfig(t, "", names...)
	nodes := []*proofNode{startNode(t, config, server.URL()), startNode(t, config, server.URL())}
	f.parties, f.names = newParties(t, nodes...), names
	f.bot, f.sam = f.parties.bearer(proofToken), f.parties.person("sam")
	for _, name := range names {
		f.agents = append(f.agents, f.parties.person(name))
	}
	f.parties.somebodyIsThere(ctx)

	began := proofClock.Now()
	var next atomic.Int64
	all := newCrowd(ctx)
	for range fencingAtOnce {
		all.goes(func(ctx context.Context) error {
			for {
				number := int(next.Add(1))
				if number > fencingTrials {
					return nil
				}
				if err := f.trial(ctx, number, seeded(seed, number)); err != nil {
					return fmt.Errorf("seed %d, trial %d: %w", seed, number, err)
				}
			}
		})
	}
	if err := all.wait(); err != nil {
		t.Fatal(err)
	}
	shown, refused := f.shown.Load(), f.refused.Load()
	t.Logf("%d trials in %v: %d bot words shown before control changed, %d refused (%d of them after a person had given the "+
		"conversation back), slowest trial %d ms", fencingTrials, proofClock.Now().Sub(began).Round(time.Millisecond), shown, refused,
		f.afterReturn.Load(), f.slowest.Load())
	if shown < fencingTrials/100 || refused < fencingTrials/100 {
		t.Errorf("the race was none: %d words shown, %d refused", shown, refused)
	}
}

// trial lets a bot's answers race the way to a person, and then holds both timelines against the rule.
func (f *fencing) trial(ctx context.Context, number int, random *rand.Rand) error {
	began := proofClock.Now()
	r := &race{
		fencing: f, number: number, random: random, external: fmt.Sprintf("f-%d", number), quotes: number%2 == 0,
		here: f.parties.nodes[number/2%2], there: f.parties.nodes[(number/2+1)%2],
		shown: map[string]bool{}, refused: map[string]bool{},
	}
	var err error
	if r.id, r.customer, err = f.parties.begin(ctx, r.here, f.bot, r.external); err != nil {
		return err
	}
	gives := number%10 == 0           // the agent gives the conversation back while the bot still speaks
	before := number%3 == 0 || f.take // nothing but the accept, or the take, races
	if before {
		if err := r.asks(ctx); err != nil {
			return err
		}
	}
	first, words := random.IntN(2), 1+random.IntN(3)
	if gives {
		words = 6
	}
	// Somewhere among the bot's words, also before the first and after the last, a person is asked for.
	among, turn := random.IntN(words+1), make(chan struct{})
	racing := newCrowd(ctx)
	racing.goes(func(ctx context.Context) error {
		select {
		case <-turn:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !before {
			if err := r.asks(ctx); err != nil {
				return err
			}
		}
		return r.serves(ctx, gives)
	})
	racing.goes(func(ctx context.Context) error {
		for n := range words {
			if n == among {
				close(turn)
			}
			if err := r.answers(ctx, n, (n+first)%2 == 0); err != nil {
				return err
			}
		}
		if among == words {
			close(turn)
		}
		return nil
	})
	if err := racing.wait(); err != nil {
		return err
	}
	if err := r.check(ctx); err != nil {
		return err
	}
	storeMax(&f.slowest, proofClock.Now().Sub(began).Milliseconds())
	return r.leaves(ctx, gives)
}

func storeMax(most *atomic.Int64, n int64) {
	for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
	}
}

func (r *race) path(action string) string { return "/v1/conversations/" + r.id + action }

// agent is who serves; every other conversation that is taken from the bot is taken by the supervisor.
func (r *race) agent() *caller {
	if r.take && r.number%4 < 2 {
		return r.sam
	}
	return r.agents[r.number%len(r.agents)]
}

// asks requests a person: from here on nobody controls until one accepts.
func (r *race) asks(ctx context.Context) error {
	if r.take {
		return nil
	}
	_, err := r.bot.requestHandoff(ctx, r.here, r.external, "ask-"+r.external)
	return err
}

func (r *race) serves(ctx context.Context, gives bool) error {
	action := "/accept"
	if r.take {
		action = "/take"
	}
	if _, err := r.agent().must(ctx, r.there, http.MethodPost, r.path(action), "", struct{}{}); err != nil {
		return err
	}
	if !gives {
		r.served.Store(true)
		return nil
	}
	_, err := r.agent().must(ctx, r.there, http.MethodPost, r.path("/return-to-bot"), "", map[string]any{"reason": "done"})
	return err
}

// answers is one word of the bot, thought out while it controlled at epoch 1, over one of the two ways that a bot has.
func (r *race) answers(ctx context.Context, n int, overWebhook bool) error {
	id := fmt.Sprintf("%s-w%d", r.external, n)
	epoch := uint64(0)
	if r.quotes {
		epoch = 1
	}
	var a *answered
	var err error
	served := r.served.Load()
	if overWebhook {
		a, err = r.bot.botEvent(ctx, r.here, sim.Outgoing{
			ID: "e-" + id, Type: "message.created", ConversationID: r.external, Epoch: epoch, Data: map[string]any{
				"message": map[string]any{"id": id, "text": id}, "author": map[string]any{"role": "bot"},
			},
		})
	} else {
		word := map[string]any{"id": id, "text": id}
		if epoch != 0 {
			word["epoch"] = epoch
		}
		a, err = r.bot.ask(ctx, r.here, http.MethodPost, r.path("/messages"), "", word)
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case a.ok() && served:
		return fmt.Errorf("the bot's word %s was taken although somebody serves: HTTP %d: %s", id, a.status, a.body)
	case a.ok():
		r.shown[id] = true
	case a.status == http.StatusConflict && a.said.Code == orchestrator.CodeNotInControl && a.said.Controller != "":
		r.refused[id] = true
	default:
		return fmt.Errorf("the bot's word %s: HTTP %d: %s", id, a.status, a.body)
	}
	return nil
}

// check holds what the team and the customer see against the rule and against what the bot was told.
func (r *race) check(ctx context.Context) error {
	inside, err := r.sam.feedPages(ctx, r.there, r.id)
	if err != nil {
		return err
	}
	outside, err := r.customer.feedPages(ctx, r.here, r.id)
	if err != nil {
		return err
	}
	for name, events := range map[string][]feedEvent{"team": inside, "customer": outside} {
		shown, err := r.wordsInControl(events)
		if err != nil {
			return fmt.Errorf("the %s's feed: %w", name, err)
		}
		if err := sameIDs(r.shown, shown); err != nil {
			return fmt.Errorf("the %s's feed and the bot's answers disagree about what was shown: %w", name, err)
		}
	}
	refused, err := r.refusals(inside)
	if err != nil {
		return err
	}
	if err := sameIDs(r.refused, refused); err != nil {
		return fmt.Errorf("the timeline and the bot's answers disagree about what was refused: %w", err)
	}
	r.fencing.shown.Add(int64(len(r.shown)))
	r.fencing.refused.Add(int64(len(r.refused)))
	return nil
}

// wordsInControl finds the bot's words, and refuses one that was shown while somebody else controlled, or that was thought
// out under another epoch than the one in which it was shown.
func (r *race) wordsInControl(events []feedEvent) (map[string]bool, error) {
	words := map[string]bool{}
	state := string(orchestrator.StateBot)
	for _, e := range events {
		s, err := e.said()
		if err != nil {
			return nil, err
		}
		if s.ToState != "" {
			state = s.ToState
		}
		if e.Type != "message.created" || s.Author.Role != string(orchestrator.ActorBot) {
			continue
		}
		if words[s.Message.ID] {
			return nil, fmt.Errorf("the word %s is shown twice", s.Message.ID)
		}
		words[s.Message.ID] = true
		if state != string(orchestrator.StateBot) {
			return nil, fmt.Errorf("the bot's word %s is shown at %d in state %s", s.Message.ID, e.Sequence, state)
		}
		if r.quotes && e.Epoch != 1 {
			return nil, fmt.Errorf("the bot's word %s of epoch 1 is shown at %d in epoch %d", s.Message.ID, e.Sequence, e.Epoch)
		}
	}
	return words, nil
}

// refusals finds the words that the timeline says were refused, each with who controls and why.
func (r *race) refusals(events []feedEvent) (map[string]bool, error) {
	refused := map[string]bool{}
	state := string(orchestrator.StateBot)
	for _, e := range events {
		s, err := e.said()
		if err != nil {
			return nil, err
		}
		if s.ToState != "" {
			state = s.ToState
		}
		if e.Type != "message.refused" {
			continue
		}
		if s.MessageID == "" || s.Reason == "" || s.Controller == "" || e.Why == nil || refused[s.MessageID] || s.Message.Text != "" {
			return nil, fmt.Errorf("a refusal at %d does not say once whose word was refused and why: %s", e.Sequence, e.Data)
		}
		refused[s.MessageID] = true
		if state == string(orchestrator.StateBot) {
			if e.Epoch == 1 || !r.quotes {
				return nil, fmt.Errorf("the word %s was refused at %d although the bot controlled", s.MessageID, e.Sequence)
			}
			r.afterReturn.Add(1)
		}
	}
	return refused, nil
}

func sameIDs(want, got map[string]bool) error {
	for id := range want {
		if !got[id] {
			return fmt.Errorf("%s is missing", id)
		}
	}
	for id := range got {
		if !want[id] {
			return fmt.Errorf("%s is too many", id)
		}
	}
	return nil
}

// leaves closes the chat, so that the floor stays small.
func (r *race) leaves(ctx context.Context, gaveBack bool) error {
	if gaveBack {
		_, err := r.bot.must(ctx, r.here, http.MethodPost, r.path("/end"), "", struct{}{})
		return err
	}
	_, err := r.agent().must(ctx, r.there, http.MethodPost, r.path("/complete"), "", struct{}{})
	return err
}
