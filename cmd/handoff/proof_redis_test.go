package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

const (
	crashChats   = 60
	crashKills   = 4
	crashTimeout = 2 * time.Minute
	// Redis is left alone for this long before it is killed, by chance in between.
	crashAfterLeast, crashAfterMost = 700 * time.Millisecond, 1800 * time.Millisecond
	// Everybody thinks this long before the next event.
	crashThinksLeast, crashThinksMost = 10 * time.Millisecond, 60 * time.Millisecond
)

// crashing is the proof that what was answered survives Redis.
type crashing struct {
	parties *proofParties
	bot     *caller
	sam     *caller
	agent   *caller
	seed    uint64
	over    chan struct{}

	taken, failed, replayed atomic.Int64
}

// chapter is one conversation: what was answered, in order, as its timeline should tell it.
type chapter struct {
	*crashing
	number       int
	external, id string
	customer     *caller
	expect       []string
}

func TestProofAnsweredEventsSurviveRedisKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), crashTimeout)
	defer cancel()
	c := &crashing{seed: proofSeed(t), over: make(chan struct{})}
	server := redistest.Start(t, redistest.AppendOnly("always"))
	config := proofConfig(t, "", "anna")
	nodes := []*proofNode{startNode(t, config, server.URL()), startNode(t, config, server.URL())}
	c.parties = newParties(t, nodes...)
	c.bot, c.sam, c.agent = c.parties.bearer(proofToken), c.parties.person("sam"), c.parties.person("anna")
	c.parties.somebodyIsThere(ctx)
	chapters := make([]*chapter, crashChats)
	for n := range chapters {
		ch := &chapter{crashing: c, number: n, external: fmt.Sprintf("r-%d", n)}
		var err error
		if ch.id, ch.customer, err = c.parties.begin(ctx, nodes[n%2], c.bot, ch.external); err != nil {
			t.Fatal(err)
		}
		chapters[n] = ch
	}

	began := proofClock.Now()
	all := newCrowd(ctx)
	for _, ch := range chapters {
		all.goes(func(ctx context.Context) error {
			if err := ch.live(ctx); err != nil {
				return fmt.Errorf("%s (%s): %w", ch.id, ch.external, err)
			}
			return nil
		})
	}
	all.goes(func(ctx context.Context) error { return c.kills(ctx, t, server) })
	if err := all.wait(); err != nil {
		t.Fatalf("seed %d: %v", c.seed, err)
	}
	t.Logf("%d conversations, %d events answered 2xx in %v with %d kills of redis-server; %d attempts failed and were repeated, "+
		"%d of them had been taken already", len(chapters), c.taken.Load(), proofClock.Now().Sub(began).Round(time.Millisecond),
		crashKills, c.failed.Load(), c.replayed.Load())
	for _, ch := range chapters {
		if err := ch.check(ctx); err != nil {
			t.Errorf("seed %d, %s (%s): %v", c.seed, ch.id, ch.external, err)
		}
	}
	if c.failed.Load() == 0 {
		t.Error("no request met a dead Redis: nothing was proven")
	}
}

// kills ends Redis as a power cut would, and starts it on the same files.
func (c *crashing) kills(ctx context.Context, t *testing.T, server *redistest.Server) error {
	defer close(c.over)
	random := seeded(c.seed, -1)
	for n := range crashKills {
		if !rests(ctx, between(random, crashAfterLeast, crashAfterMost)) {
			return ctx.Err()
		}
		began := proofClock.Now()
		if err := server.Kill(); err != nil {
			return err
		}
		if err := server.Restart(); err != nil {
			return err
		}
		t.Logf("kill %d: redis-server was back after %v", n+1, proofClock.Now().Sub(began).Round(time.Millisecond))
	}
	if !rests(ctx, crashAfterLeast) { // life goes on after the last one
		return ctx.Err()
	}
	return nil
}

// live goes round and round: words with the bot, a person is asked for, words with the person, and back to the bot.
func (ch *chapter) live(ctx context.Context) error {
	random := seeded(ch.seed, ch.number)
	for n := 1; ; n++ {
		for _, step := range ch.round(n) {
			if pausedUntil(ctx, between(random, crashThinksLeast, crashThinksMost), ch.over) {
				return ctx.Err()
			}
			if err := ch.insist(ctx, step.do); err != nil {
				return fmt.Errorf("round %d, %s: %w", n, step.expect, err)
			}
			ch.expect = append(ch.expect, step.expect)
		}
	}
}

// act is one event, and how the timeline tells it.
type act struct {
	expect string
	do     func(ctx context.Context, at *proofNode) (*answered, error)
}

func (ch *chapter) round(n int) []act {
	key := fmt.Sprintf("%s.%d", ch.external, n)
	says := func(who *caller, what string) act {
		text := fmt.Sprintf("%s %d", what, n)
		return act{"message.created " + text, func(ctx context.Context, at *proofNode) (*answered, error) {
			return who.ask(ctx, at, http.MethodPost, ch.path("/messages"), "", map[string]any{"id": key + what, "text": text})
		}}
	}
	does := func(who *caller, action, expect string, body any) act {
		return act{expect, func(ctx context.Context, at *proofNode) (*answered, error) {
			return who.ask(ctx, at, http.MethodPost, ch.path("/"+action), key+action, body)
		}}
	}
	return []act{
		says(ch.customer, "asks"),
		says(ch.bot, "answers"),
		{"handoff.queued", func(ctx context.Context, at *proofNode) (*answered, error) {
			return ch.bot.botEvent(ctx, at, sim.Outgoing{
				ID: key, Type: "handoff.requested", ConversationID: ch.external, Timestamp: "2026-01-01T00:00:00Z",
			})
		}},
		does(ch.agent, "accept", "handoff.accepted", struct{}{}),
		says(ch.customer, "explains"),
		says(ch.agent, "helps"),
		does(ch.agent, "return-to-bot", "handoff.ended", map[string]any{"reason": "done"}),
	}
}

func (ch *chapter) path(action string) string { return "/v1/conversations/" + ch.id + action }

// insist repeats an event, under the same id and at the other process, until it is answered 2xx.
func (ch *chapter) insist(ctx context.Context, do func(context.Context, *proofNode) (*answered, error)) error {
	for attempt := 0; ; attempt++ {
		a, err := do(ctx, ch.parties.nodes[(ch.number+attempt)%2])
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err // the processes live: a broken connection is a fault of ours
		case a.ok():
			ch.taken.Add(1)
			if a.replayed {
				ch.replayed.Add(1)
			}
			return nil
		case !a.again():
			return fmt.Errorf("HTTP %d: %s", a.status, a.body)
		}
		ch.failed.Add(1)
		if !rests(ctx, 20*time.Millisecond) { // a client's back-off
			return ctx.Err()
		}
	}
}

// check holds the timeline against what was answered. Only what nobody sent may stand in between: places in the queue.
func (ch *chapter) check(ctx context.Context) error {
	events, err := ch.sam.feedPages(ctx, ch.parties.nodes[ch.number%2], ch.id)
	if err != nil {
		return err
	}
	var told []string
	for i, e := range events {
		if e.Sequence != uint64(i+1) {
			return fmt.Errorf("entry %d has the number %d", i+1, e.Sequence)
		}
		s, err := e.said()
		if err != nil {
			return err
		}
		switch {
		case e.Type == "message.created" && s.Author.Role != string(orchestrator.ActorSystem):
			told = append(told, e.Type+" "+s.Message.Text)
		case e.Type == "handoff.queued", e.Type == "handoff.accepted", e.Type == "handoff.ended":
			told = append(told, e.Type)
		}
	}
	for n := range max(len(told), len(ch.expect)) {
		want, got := "nothing", "nothing"
		if n < len(ch.expect) {
			want = ch.expect[n]
		}
		if n < len(told) {
			got = told[n]
		}
		if want != got {
			return fmt.Errorf("the timeline tells %q at place %d, %q was answered there", got, n+1, want)
		}
	}
	return nil
}
