package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

const (
	lostChats   = 200
	lostKills   = 6
	lostTimeout = 150 * time.Second
	// A process is left alone for this long before it is killed, by chance in between.
	lostKillsAfterLeast, lostKillsAfterMost = 700 * time.Millisecond, 2200 * time.Millisecond
	// The bot has heard when a callback comes, and answers after this time.
	lostBotThinks = 40 * time.Millisecond
	// Everybody thinks this long before they write again.
	lostThinksLeast, lostThinksMost = 300 * time.Millisecond, 900 * time.Millisecond
)

// hearing is the bot platform of the proof: a sim.Platform for each conversation, and when what was first heard.
type hearing struct {
	scriptedBot
	mu    sync.Mutex
	first map[string]orchestrator.Moment // by conversation and text
}

// ServeHTTP notes the time and lets the conversation's platform check and answer the call.
func (h *hearing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if err != nil {
		return // the caller was killed in the middle of it
	}
	var ev sim.Event
	if json.Unmarshal(body, &ev) == nil && ev.Text() != "" {
		h.mu.Lock()
		if key := ev.ConversationID + "/" + ev.Text(); h.first[key] == 0 {
			h.first[key] = orchestrator.MomentOf(proofClock.Now())
		}
		h.mu.Unlock()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	h.scriptedBot.ServeHTTP(w, r)
}

// losing is the proof that nothing is lost.
type losing struct {
	parties *proofParties
	bot     *caller
	sam     *caller
	agents  []*caller
	heard   *hearing
	seed    uint64
	over    chan struct{} // closed after the last kill: whoever writes finishes the word at hand

	written, repeats, refused atomic.Int64
}

// The three ways in which words travel here.
const (
	servedAtBot = iota // the bot owns the channel: the customer comes by webhook, the agent's words go by callback
	servedOnWeb        // customer and agent both read the feed
	botOnWeb           // the customer's words go by callback, the bot's are read in the feed
)

// chat is one of the conversations.
type chat struct {
	*losing
	number       int
	kind         int
	external, id string
	customer     *caller
	platform     *sim.Platform
	inward       stream // the customer's words
	outward      stream // the bot's or the agent's
}

// stream is one direction of a chat: numbered words that were answered 2xx, in this order, each sent when the one before had
// been taken.
type stream struct {
	name  string
	taken []orchestrator.Moment
}

func (s *stream) text(n int) string { return s.name + " " + strconv.Itoa(n) }

func TestProofNothingIsLostWhenProcessesDie(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), lostTimeout)
	defer cancel()
	l := &losing{seed: proofSeed(t), over: make(chan struct{})}
	l.heard = &hearing{first: map[string]orchestrator.Moment{}, scriptedBot: scriptedBot{stage: map[string]*sim.Platform{}}}
	callback := httptest.NewServer(l.heard)
	defer callback.Close()
	names := []string{"anna", "ben", "cem", "dora"}
	server := redistest.Start(t)
	config := proofConfig(t, callback.URL+"/callback", names...)
	nodes := []*proofNode{startNode(t, config, server.URL()), startNode(t, config, server.URL())}
	l.parties = newParties(t, nodes...)
	l.bot, l.sam = l.parties.bearer(proofToken), l.parties.person("sam")
	for _, name := range names {
		l.agents = append(l.agents, l.parties.person(name))
	}
	l.parties.somebodyIsThere(ctx)
	chats, err := l.open(ctx)
	if err != nil {
		t.Fatal(err)
	}

	began := proofClock.Now()
	all := newCrowd(ctx)
	for _, c := range chats {
		all.goes(func(ctx context.Context) error { return c.write(ctx, &c.inward, c.customerSays) })
		all.goes(func(ctx context.Context) error { return c.write(ctx, &c.outward, c.servantSays) })
	}
	all.goes(func(ctx context.Context) error { return l.kills(ctx, t) })
	if err := all.wait(); err != nil {
		t.Fatalf("seed %d: %v", l.seed, err)
	}
	t.Logf("%d chats, %d words taken in %v; %d attempts repeated under the same id, %d of them had been taken already",
		len(chats), l.written.Load(), proofClock.Now().Sub(began).Round(time.Millisecond), l.refused.Load(), l.repeats.Load())

	settled := proofClock.Now()
	if err := l.settle(ctx, chats); err != nil {
		t.Fatalf("seed %d: %v", l.seed, err)
	}
	l.report(t, chats, proofClock.Now().Sub(settled))
	undelivered, err := l.sam.must(ctx, nodes[0], http.MethodGet, "/v1/undelivered", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(undelivered.body, []byte(`"items":[]`)) {
		t.Errorf("on the undelivered list: %s", undelivered.body)
	}
}

// kills ends one of the two processes again and again, each time at a moment and of a choice that the seed decides.
func (l *losing) kills(ctx context.Context, t *testing.T) error {
	defer close(l.over)
	random := seeded(l.seed, -1)
	for n := range lostKills {
		if !rests(ctx, between(random, lostKillsAfterLeast, lostKillsAfterMost)) {
			return ctx.Err()
		}
		which := random.IntN(len(l.parties.nodes))
		began := proofClock.Now()
		if err := l.parties.nodes[which].kill(); err != nil {
			return err
		}
		if err := l.parties.nodes[which].start(); err != nil {
			return err
		}
		t.Logf("kill %d: process %d, back after %v", n+1, which, proofClock.Now().Sub(began).Round(time.Millisecond))
	}
	return nil
}

func between(random *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(random.Int64N(int64(most-least)))
}

// open begins the chats: half on the bot's channel, the others on the web; a quarter with the bot in control.
func (l *losing) open(ctx context.Context) ([]*chat, error) {
	chats := make([]*chat, lostChats)
	all := newCrowd(ctx)
	for worker := range 8 {
		all.goes(func(ctx context.Context) error {
			for n := worker; n < len(chats); n += 8 {
				c := &chat{losing: l, number: n, external: fmt.Sprintf("l-%d", n), inward: stream{name: "in"}, outward: stream{name: "out"}}
				c.kind = []int{servedAtBot, servedOnWeb, servedAtBot, botOnWeb}[n%4]
				if err := c.begin(ctx); err != nil {
					return fmt.Errorf("beginning chat %d: %w", n, err)
				}
				chats[n] = c
			}
			return nil
		})
	}
	return chats, all.wait()
}

func (c *chat) at(attempt int) *proofNode {
	return c.parties.nodes[(c.number+attempt)%len(c.parties.nodes)]
}

func (c *chat) agent() *caller { return c.agents[c.number%len(c.agents)] }

func (c *chat) path(action string) string { return "/v1/conversations/" + c.id + action }

func (c *chat) begin(ctx context.Context) (err error) {
	if c.platform, err = c.heard.enter(c.external); err != nil {
		return err
	}
	// A bot that takes its time: some callers are killed between its hearing and its answer. Now and then it hangs up.
	c.platform.Always(&sim.Fault{Delay: lostBotThinks})
	if c.number%20 == 0 {
		c.platform.Next(sim.Fault{Drop: true})
	}
	if c.kind != servedAtBot {
		if c.id, c.customer, err = c.parties.begin(ctx, c.at(0), c.bot, c.external); err != nil {
			return err
		}
	}
	if c.kind == botOnWeb {
		return nil
	}
	a, err := c.bot.requestHandoff(ctx, c.at(0), c.external, "ask-"+c.external)
	if err != nil {
		return err
	}
	c.id = a.said.ID
	_, err = c.agent().must(ctx, c.at(0), http.MethodPost, c.path("/accept"), "", struct{}{})
	return err
}

// write sends one word after the other until the killing is over. A word is sent until it is taken, under the same id, and
// after a failure to the other process.
func (c *chat) write(ctx context.Context, s *stream, send func(ctx context.Context, at *proofNode, id, text string) (*answered, error)) error {
	random := seeded(c.seed, 2*c.number+len(s.name)%2)
	for n := 1; ; n++ {
		over := pausedUntil(ctx, between(random, lostThinksLeast, lostThinksMost), c.over)
		if over {
			return ctx.Err()
		}
		id := fmt.Sprintf("%s.%s.%d", c.external, s.name, n)
		if err := c.insist(ctx, s, func(at *proofNode) (*answered, error) { return send(ctx, at, id, s.text(n)) }); err != nil {
			return fmt.Errorf("chat %s (%s), %s: %w", c.id, c.external, s.text(n), err)
		}
	}
}

// pausedUntil rests for a while and answers whether it was cut short.
func pausedUntil(ctx context.Context, d time.Duration, over <-chan struct{}) bool {
	passed := make(chan struct{})
	stop := proofClock.AfterFunc(d, func() { close(passed) })
	defer stop()
	select {
	case <-passed:
		return false
	case <-over:
		return true
	case <-ctx.Done():
		return true
	}
}

// insist repeats until the word is taken.
func (c *chat) insist(ctx context.Context, s *stream, send func(*proofNode) (*answered, error)) error {
	for attempt := 0; ; attempt++ {
		a, err := send(c.at(attempt))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && a.ok():
			s.taken = append(s.taken, orchestrator.MomentOf(proofClock.Now()))
			c.written.Add(1)
			if a.replayed {
				c.repeats.Add(1)
			}
			return nil
		case err == nil && !a.again():
			return fmt.Errorf("HTTP %d: %s", a.status, a.body)
		}
		c.refused.Add(1)
		if !rests(ctx, 20*time.Millisecond) { // a client's back-off
			return ctx.Err()
		}
	}
}

func (c *chat) customerSays(ctx context.Context, at *proofNode, id, text string) (*answered, error) {
	if c.kind != servedAtBot {
		return c.customer.ask(ctx, at, http.MethodPost, c.path("/messages"), "", map[string]any{"id": id, "text": text})
	}
	return c.bot.botEvent(ctx, at, sim.Outgoing{
		// The same event to the letter, each time: its id stands for its body.
		ID: "e." + id, Type: "message.created", ConversationID: c.external, Timestamp: "2026-01-01T00:00:00Z", Data: map[string]any{
			"message": map[string]any{"id": id, "text": text}, "author": map[string]any{"role": "user"},
		},
	})
}

func (c *chat) servantSays(ctx context.Context, at *proofNode, id, text string) (*answered, error) {
	who := c.bot
	if c.kind != botOnWeb {
		who = c.agent()
	}
	return who.ask(ctx, at, http.MethodPost, c.path("/messages"), "", map[string]any{"id": id, "text": text})
}

// called is the direction that goes by callback; nil if neither does.
func (c *chat) called() *stream {
	switch c.kind {
	case servedAtBot:
		return &c.outward
	case botOnWeb:
		return &c.inward
	}
	return nil
}

// settle waits until every word has come to where it should, and holds what came against what was taken.
func (l *losing) settle(ctx context.Context, chats []*chat) error {
	all := newCrowd(ctx)
	turns := make(chan *chat)
	for range 16 {
		all.goes(func(ctx context.Context) error {
			for c := range turns {
				if err := errors.Join(c.checkFeed(ctx), c.checkCallbacks(ctx)); err != nil {
					return fmt.Errorf("chat %s (%s, kind %d): %w", c.id, c.external, c.kind, err)
				}
			}
			return nil
		})
	}
	for _, c := range chats {
		select {
		case turns <- c:
		case <-all.ctx.Done():
		}
	}
	close(turns)
	return all.wait()
}

// checkFeed: whoever reads the feed finds every word once and in order.
func (c *chat) checkFeed(ctx context.Context) error {
	reader := c.customer
	if c.kind == servedAtBot {
		reader = c.agent()
	}
	events, err := reader.feedPages(ctx, c.at(0), c.id)
	if err != nil {
		return err
	}
	var in, out []string
	for _, e := range events {
		s, err := e.said()
		if err != nil {
			return err
		}
		switch {
		case e.Type != "message.created" || s.Author.Role == string(orchestrator.ActorSystem):
		case s.Author.Role == string(orchestrator.ActorCustomer):
			in = append(in, s.Message.Text)
		default:
			out = append(out, s.Message.Text)
		}
	}
	return errors.Join(inOrder("the feed", &c.inward, in), inOrder("the feed", &c.outward, out))
}

// checkCallbacks waits for the last word, and finds every word once or repeated under its own webhook-id, and in order.
func (c *chat) checkCallbacks(ctx context.Context) error {
	s := c.called()
	if s == nil || len(s.taken) == 0 {
		return nil
	}
	last := s.text(len(s.taken))
	if err := c.platform.Wait(ctx, func(calls []sim.Call) bool {
		return len(calls) > 0 && slices.ContainsFunc(calls, func(call sim.Call) bool { return call.Acted && call.Event.Text() == last })
	}); err != nil {
		return fmt.Errorf("the callback never brought %q: %w", last, err)
	}
	var heard []string
	idOf := map[string]string{}
	for _, call := range c.platform.Calls() {
		text := call.Event.Text()
		if call.Refused != "" {
			return fmt.Errorf("a callback that the bot does not trust: %s", call.Refused)
		}
		what := fmt.Sprintf("%s %q of entry %d", call.Event.Type, text, call.Event.Sequence)
		if before, again := idOf[what]; again && before != call.ID {
			return fmt.Errorf("%s came under two ids, %s and %s", what, before, call.ID)
		}
		idOf[what] = call.ID
		if text == "" || !strings.HasPrefix(text, s.name+" ") {
			continue
		}
		if call.Acted && !call.Repeated {
			heard = append(heard, text)
		}
	}
	return inOrder("the callback", s, heard)
}

// inOrder compares what came with what was taken.
func inOrder(where string, s *stream, got []string) error {
	for n := range max(len(s.taken), len(got)) {
		want, came := "nothing", "nothing"
		if n < len(s.taken) {
			want = s.text(n + 1)
		}
		if n < len(got) {
			came = got[n]
		}
		if want != came {
			return fmt.Errorf("%s brought %q at place %d of %d, %q was taken there", where, came, n+1, len(s.taken), want)
		}
	}
	return nil
}

// report prints how long callbacks took after their word had been taken.
func (l *losing) report(t *testing.T, chats []*chat, settling time.Duration) {
	var delays []time.Duration
	repeated, calls := 0, 0
	for _, c := range chats {
		s := c.called()
		if s == nil {
			continue
		}
		for n, taken := range s.taken {
			delays = append(delays, l.heard.first[c.external+"/"+s.text(n+1)].Sub(taken))
		}
		for _, call := range c.platform.Calls() {
			calls++
			if call.Repeated {
				repeated++
			}
		}
	}
	slices.Sort(delays)
	t.Logf("%d callbacks, %d of them repeated under the same webhook-id; from taken to heard: median %v, p90 %v, slowest %v; the last "+
		"lane was settled %v after the last word", calls, repeated, delays[len(delays)/2], delays[len(delays)*9/10],
		delays[len(delays)-1], settling.Round(time.Millisecond))
	if repeated == 0 {
		t.Error("nothing was repeated: no kill came between a call and its answer, and the hang-ups were not tried again")
	}
}
