package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// relay measures, at low load, how long a word takes from going in at one side to coming out at the other.
func relay(b *testing.B, rig *benchRig, out io.Writer) {
	ctx, cancel := context.WithTimeout(b.Context(), 2*time.Minute)
	defer cancel()
	reference := rig.lone(b)
	chat := rig.served(ctx, b)
	toBot, toAgent := make([]time.Duration, 0, benchSamples), make([]time.Duration, 0, benchSamples)
	for i := range benchSamples {
		toBot = append(toBot, chat.agentToBot(ctx, b, i))
		toAgent = append(toAgent, chat.botToAgent(ctx, b, i))
	}
	table := newTable(out, "one word relayed, nothing else going on", "p50", "p99", "p50 of bare p50", "p99 of bare p50", "wanted")
	base := median(reference)
	show := func(name string, values []time.Duration, wanted string) {
		p50, p99 := median(values), percentile(values, 99)
		table.row(name, p50.String(), p99.String(), fmt.Sprintf("%.1f", float64(p50)/float64(base)),
			fmt.Sprintf("%.1f", float64(p99)/float64(base)), wanted)
	}
	show("bare EVALSHA alone", reference, "")
	show("agent to bot: POST until the callback has it", toBot, "p50 at most 15, p99 at most 60")
	show("bot to agent: POST until the agent's feed has it", toAgent, "p50 at most 15, p99 at most 60")
	table.end()
}

// lone is the bare script, one call after the other.
func (r *benchRig) lone(b *testing.B) []time.Duration {
	b.Helper()
	bare, err := r.store.Bare(r.commitOf(b, r.flow, r.begin(b, r.engine, fmt.Sprintf("lone-%d", r.ids.Add(1)))))
	if err != nil {
		b.Fatal(err)
	}
	values := make([]time.Duration, 0, benchSamples)
	for range benchSamples {
		began := time.Now()
		if err := bare.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
		values = append(values, time.Since(began))
	}
	return values
}

// benchChat is a conversation on the bot's channel that anna serves; she watches its feed.
type benchChat struct {
	rig      *benchRig
	id       string
	external string
	bot      *sim.Client
	anna     *client
	feed     chan feedEvent
}

func (r *benchRig) served(ctx context.Context, b *testing.B) *benchChat {
	b.Helper()
	c := &benchChat{rig: r, external: fmt.Sprintf("relay-%d", r.ids.Add(1)), feed: make(chan feedEvent, 4*benchSamples)}
	c.bot = &sim.Client{URL: r.service, Bot: "heard", Secret: heardSecret, Clock: orchestrator.SystemClock{}, HTTP: &http.Client{}}
	var err error
	if c.anna, err = newClient(r.service); err != nil {
		b.Fatal(err)
	}
	must(b, c.anna.login(ctx, "anna", "bench"))
	must(b, c.anna.call(ctx, http.MethodPut, "/v1/me/presence", map[string]any{"state": "online"}, nil))
	answer, err := c.bot.RequestHandoff(ctx, c.external, map[string]any{"reason": "user_requested", "user": map[string]any{"id": "u-1"}})
	must(b, err)
	c.id = answer.Conversation.ID
	for seen, after := false, uint64(0); !seen; {
		page, err := c.anna.events(ctx, c.id, after, 5)
		must(b, err)
		for _, ev := range page.Events {
			seen = seen || ev.Type == "conversation.offered"
		}
		after = page.Next
	}
	must(b, c.anna.call(ctx, http.MethodPost, "/v1/conversations/"+c.id+"/accept", map[string]any{}, nil))
	go func() {
		_ = c.anna.stream(ctx, "/v1/conversations/"+c.id+"/events", func(data []byte) error {
			var ev feedEvent
			if err := json.Unmarshal(data, &ev); err != nil {
				return err
			}
			c.feed <- ev
			return nil
		})
	}()
	return c
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (c *benchChat) agentToBot(ctx context.Context, b *testing.B, i int) time.Duration {
	b.Helper()
	text := fmt.Sprintf("agent-%d", i)
	began := time.Now()
	must(b, c.anna.call(ctx, http.MethodPost, "/v1/conversations/"+c.id+"/messages", map[string]any{"id": text, "text": text}, nil))
	must(b, c.rig.platform.Wait(ctx, func(calls []sim.Call) bool {
		return len(calls) > 0 && calls[len(calls)-1].Event.Text() == text
	}))
	return time.Since(began)
}

func (c *benchChat) botToAgent(ctx context.Context, b *testing.B, i int) time.Duration {
	b.Helper()
	text := fmt.Sprintf("customer-%d", i)
	began := time.Now()
	answer, err := c.bot.CustomerSays(ctx, c.external, text)
	must(b, err)
	if answer.Status != http.StatusAccepted {
		b.Fatalf("the customer's word was answered with %d: %s", answer.Status, answer.Body)
	}
	for {
		select {
		case ev := <-c.feed:
			if ev.Type == "message.created" && saysText(ev.Data, text) {
				return time.Since(began)
			}
		case <-ctx.Done():
			b.Fatal("the agent's feed never had the word")
		}
	}
}

func saysText(data json.RawMessage, text string) bool {
	var said struct {
		Message struct {
			Text string `json:"text"`
		} `json:"message"`
	}
	return json.Unmarshal(data, &said) == nil && said.Message.Text == text
}
