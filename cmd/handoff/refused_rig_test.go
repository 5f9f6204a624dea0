package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"testing"

	"handoff/orchestrator"
	"handoff/web"
)

const (
	refusedSecret = "whsec_cmVmdXNlZC1vbmx5LXJlZnVzZWQtb25seS1yZWZ1c2Vk"
	refusedKey    = "refused-only-key-0123456789"
)

// refusedYAML is a service whose bot is told of customers on our own channel.
const refusedYAML = `
cookies: {insecure: true}
bots:
  - {name: shop, secrets: [%[1]q], tokens: [%[2]q], callback: %[3]q, allow_private_callback: true, web: true}
users:
  - {name: anna, display_name: Anna, role: agent, queues: [general], capacity: 1, password_hash: %[4]q}
  - {name: ben, display_name: Ben, role: agent, queues: [general], capacity: 1, password_hash: %[4]q}
  - {name: sam, display_name: Sam, role: supervisor, queues: [general], capacity: 1, password_hash: %[4]q}
queues:
  - {name: general}
desks:
  - {name: house}
rate_limits:
  bot: {per_second: 100000, burst: 100000}
  user: {per_second: 100000, burst: 100000}
  customer: {per_second: 100000, burst: 100000}
  start: {per_second: 100000, burst: 100000}
` + roomyBounds + `flows:
  default:
    desk: house
    queue: general
    deadlines: {bot: 1h, queued: 1h, offered: 15m, agent: 1h, conference: 1h, transferring: 15m, wrap_up: 1h}
    customer_dead_after: 1h
    agent_gone_after: 1h
    limits: {cool_down: 0s}
    wrap_up: {required: true, dispositions: [solved]}
`

// refused is a running service on a clock that the test moves, whose callbacks meet a receiver that refuses. The people and the
// bot act as they do for the contract.
type refused struct {
	*contract
	clock *pacedClock
	sam   *client // the supervisor
}

// storyOfCallbacks is what the bot is told by tells, in this order.
var storyOfCallbacks = []string{
	"conversation.started", "message.created", "handoff.queued", "handoff.accepted", "handoff.transferred", "handoff.ended",
	"handoff.completed", "conversation.ended",
}

func newRefused(t *testing.T, callback string, clock *pacedClock) *refused {
	t.Helper()
	hash, err := web.HashPassword(demoPassword, demoCost)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := parseConfig(fmt.Appendf(nil, refusedYAML, refusedSecret, refusedKey, callback, hash), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), lifeTimeout)
	t.Cleanup(cancel)
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a, err := start(ctx, cfg, parts{clock: clock, listener: listener}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.stop(); err != nil {
			t.Error(err)
		}
	})
	r := &refused{contract: &contract{t: t, ctx: ctx, base: "http://" + listener.Addr().String()}, clock: clock}
	if r.bot, err = newClient(r.base); err != nil {
		t.Fatal(err)
	}
	r.bot = r.bot.with(refusedKey)
	r.sam = r.person("sam").client
	clock.begun()
	return r
}

// tells lets a conversation live from its beginning to its end. It does not wait for callbacks: what the bot is told waits in
// order.
func (r *refused) tells() {
	r.t.Helper()
	anna, ben := r.person("anna"), r.person("ben")
	anna.is("online")
	var begun shownConversation
	r.must(r.bot.call(r.ctx, http.MethodPost, "/v1/conversations",
		map[string]any{"bot": "shop", "conversation_id": "c-1", "user": map[string]any{"id": "u-1", "name": "Ann"}}, &begun), "it begins")
	customer := r.bot.with(begun.Token)
	at := "/v1/conversations/" + begun.ID
	r.must(customer.call(r.ctx, http.MethodPost, at+"/messages", map[string]any{"text": "Where is my parcel?"}, nil), "the customer speaks")
	r.must(r.bot.call(r.ctx, http.MethodPost, "/v1/bots/shop/handoffs", map[string]any{"conversation_id": "c-1", "on_end": "return_to_bot"}, nil),
		"a handoff")
	r.rings(begun.ID)
	anna.does("accept", begun.ID, nil)
	ben.is("online")
	anna.does("transfer", begun.ID, map[string]any{"to": map[string]any{"agent": "ben"}})
	ben.does("transfer/accept", begun.ID, nil)
	ben.does("end", begun.ID, nil)
	ben.does("complete", begun.ID, map[string]any{"disposition": "solved"})
	r.must(customer.call(r.ctx, http.MethodPost, at+"/end", map[string]any{}, nil), "the customer leaves")
}

// rings waits until a conversation is offered. A supervisor is shown that; the bot is not, and its poll would not end on a clock
// that stands.
func (r *refused) rings(id string) {
	r.t.Helper()
	for after := uint64(0); ; {
		page, err := r.sam.events(r.ctx, id, after, demoPoll)
		r.must(err, "waiting for somebody to be asked")
		if slices.ContainsFunc(page.Events, func(e feedEvent) bool { return e.Type == "conversation.offered" }) {
			return
		}
		after = page.Next
	}
}

// undelivered fails the test unless so many commands are on the list, and answers them.
func (r *refused) undelivered(want int) []undeliveredItem {
	r.t.Helper()
	items := undeliveredAt(r.t, r.ctx, r.sam)
	if len(items) != want {
		r.t.Errorf("%d commands are undelivered, want %d: %+v", len(items), want, items)
	}
	return items
}

// botIsUp fails the test unless the bot's callback is called as usual.
func (r *refused) botIsUp() {
	r.t.Helper()
	if h := healthOf(r.t, r.ctx, r.sam); h.Calls != "closed" || h.Stopped != "" {
		r.t.Errorf("the health of the callback is %+v", h)
	}
}

// undeliveredItem is what tests read of the list of undelivered commands.
type undeliveredItem struct {
	ID           orchestrator.CommandID `json:"id"`
	Conversation string                 `json:"conversation"`
	Type         string                 `json:"type"`
	Notice       string                 `json:"notice"`
	Attempts     int                    `json:"attempts"`
	Failure      string                 `json:"failure"`
}

func undeliveredAt(t *testing.T, ctx context.Context, sam *client) []undeliveredItem {
	t.Helper()
	var list struct {
		Items []undeliveredItem `json:"items"`
	}
	if err := sam.call(ctx, http.MethodGet, "/v1/undelivered", nil, &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// shownHealth is the health of a connector.
type shownHealth struct {
	Calls   string `json:"calls"`
	Stopped string `json:"stopped"`
}

// healthOf answers how the bot's callback is, as a supervisor is shown it.
func healthOf(t *testing.T, ctx context.Context, sam *client) shownHealth {
	t.Helper()
	var list struct {
		Items []struct {
			Name   string      `json:"name"`
			Health shownHealth `json:"health"`
		} `json:"items"`
	}
	if err := sam.call(ctx, http.MethodGet, "/v1/connectors", nil, &list); err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		if item.Name == "shop" {
			return item.Health
		}
	}
	t.Fatal("the bot is not among the connectors")
	return shownHealth{}
}
