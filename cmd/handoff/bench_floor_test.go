package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"handoff/orchestrator/redisstore/redistest"
	"handoff/web"
)

const (
	floorServed  = 4000
	floorSeats   = 100 // of each person: the most that there may be
	floorWorkers = 8   // who request, accept and complete side by side
	floorRounds  = 5
	floorStarts  = 320 // handoffs of one round
	floorWaiting = 320 // chats that wait when a round of accepts begins
)

// benchFloor is an installation with people who serve many chats or none, and eight who do what is measured.
type benchFloor struct {
	server  *redistest.Server
	bot     *client
	people  []*client          // who serve the crowd's chats and are away
	workers []*client          // who take the chats that are measured
	byName  map[string]*client // the workers
	pid     int
	ids     atomic.Int64

	service, redis []float64 // milliseconds of processor per handoff
	accepts        []float64 // a second
}

// floorGrowth compares a floor on which nobody is served with one on which 4,000 are.
func floorGrowth(b *testing.B, out io.Writer) {
	none, many := newBenchFloor(b), newBenchFloor(b)
	many.serve(b, floorServed)
	for round := range floorRounds + 1 { // the first warms up
		for _, f := range []*benchFloor{none, many} {
			f.starts(b)
			f.acceptWaiting(b)
			if round == 0 {
				f.service, f.redis, f.accepts = nil, nil, nil
			}
		}
	}
	table := newTable(out, "house desk", "none served", fmt.Sprint(floorServed, " served"), "ratio", "wanted")
	row := func(name, format string, values func(*benchFloor) []float64, wanted string) {
		n, m := median(values(none)), median(values(many))
		table.row(name, fmt.Sprintf(format, n), fmt.Sprintf(format, m), fmt.Sprintf("%.2f", m/n), wanted)
	}
	row("processor per handoff, service (ms)", "%.2f", func(f *benchFloor) []float64 { return f.service }, "at most 1.3")
	row("processor per handoff, Redis (ms)", "%.2f", func(f *benchFloor) []float64 { return f.redis }, "at most 1.3")
	row("accepts of waiting chats (a second)", "%.0f", func(f *benchFloor) []float64 { return f.accepts }, "at least 0.8")
	table.end()
}

func newBenchFloor(b *testing.B) *benchFloor {
	b.Helper()
	f := &benchFloor{server: redistest.Start(b), byName: map[string]*client{}}
	url, pid := benchServe(b, floorConfig(b, f.server.URL()))
	f.pid = pid
	anybody, err := newClient(url)
	must(b, err)
	f.bot = anybody.with(benchToken)
	for i := range floorServed / floorSeats {
		f.people = append(f.people, f.signIn(b, url, fmt.Sprint("crowd-", i), presentAway))
	}
	// Somebody is online and busy: others wait, in place of hearing that nobody is there.
	f.busy(b, f.signIn(b, url, "busy-0", presentOnline))
	for i := range floorWorkers {
		name := fmt.Sprint("worker-", i)
		f.byName[name] = f.signIn(b, url, name, presentAway)
		f.workers = append(f.workers, f.byName[name])
	}
	return f
}

// States that a person chooses.
const (
	presentOnline = "online"
	presentAway   = "away"
)

func floorConfig(b *testing.B, redis string) string {
	b.Helper()
	hash, err := web.HashPassword("bench", web.Cost{Memory: 64, Time: 1, Threads: 1})
	must(b, err)
	var users strings.Builder
	user := func(kind string, n, seats int) {
		for i := range n {
			fmt.Fprintf(&users, "  - {name: %s-%d, role: agent, queues: [general], capacity: %d, password_hash: %q}\n",
				kind, i, seats, hash)
		}
	}
	user("crowd", floorServed/floorSeats, floorSeats)
	user("worker", floorWorkers, floorSeats)
	user("busy", 1, 1)
	return fmt.Sprintf(`
listen: 127.0.0.1:0
redis: {url: %q}
cookies: {insecure: true}
log: {level: error}
bots: [{name: bench, flow: default, tokens: [%q], web: true}]
users:
%squeues: [{name: general}]
desks: [{name: house, gone_after: 1h}]
flows: {default: {desk: house, queue: general, agent_gone_after: 1h, deadlines: {queued: 30m, agent: 2h, offered: 5m}, wrap_up: {required: false}}}
rate_limits:
  bot: {per_second: 1000000, burst: 1000000}
  start: {per_second: 1000000, burst: 1000000}
  customer: {per_second: 1000000, burst: 1000000}
  user: {per_second: 1000000, burst: 1000000}
  login: {per_second: 1000000, burst: 1000000}
`+roomyBounds, redis, benchToken, users.String())
}

func (f *benchFloor) signIn(b *testing.B, url, name, state string) *client {
	b.Helper()
	person, err := newClient(url)
	must(b, err)
	must(b, person.login(b.Context(), name, "bench"))
	must(b, person.call(b.Context(), http.MethodPut, "/v1/me/presence", map[string]any{"state": state}, nil))
	return person
}

// busy gives a person one chat.
func (f *benchFloor) busy(b *testing.B, who *client) {
	b.Helper()
	must(b, f.accept(b.Context(), who, f.request(b, 1)[0]))
}

// serve lets the crowd take many chats.
func (f *benchFloor) serve(b *testing.B, chats int) {
	b.Helper()
	ids := f.request(b, chats)
	f.all(b, chats, func(i int) error { return f.accept(b.Context(), f.people[i/floorSeats], ids[i]) })
}

// all does something n times side by side, and ends the benchmark if any of it fails.
func (f *benchFloor) all(b *testing.B, n int, do func(i int) error) {
	b.Helper()
	sideBySide(n, func(i int) {
		if err := do(i); err != nil && !b.Failed() {
			b.Error(err)
		}
	})
	if b.Failed() {
		b.FailNow()
	}
}

// request asks for people and answers the conversations.
func (f *benchFloor) request(b *testing.B, chats int) []string {
	b.Helper()
	ids := make([]string, chats)
	f.all(b, chats, func(i int) error {
		body := map[string]any{
			"conversation_id": fmt.Sprint("floor-", f.ids.Add(1)), "reason": "user_requested", "user": map[string]any{"id": "u-1"},
		}
		var answer shownConversation
		err := f.bot.call(b.Context(), http.MethodPost, "/v1/bots/bench/handoffs", body, &answer)
		ids[i] = answer.ID
		return err
	})
	return ids
}

func (f *benchFloor) accept(ctx context.Context, who *client, id string) error {
	return who.call(ctx, http.MethodPost, "/v1/conversations/"+id+"/accept", map[string]any{}, nil)
}

func (f *benchFloor) complete(ctx context.Context, who *client, id string) error {
	return who.call(ctx, http.MethodPost, "/v1/conversations/"+id+"/complete", map[string]any{}, nil)
}

// choose lets all workers be online or away.
func (f *benchFloor) choose(b *testing.B, state string) {
	b.Helper()
	for _, w := range f.workers {
		must(b, w.call(b.Context(), http.MethodPut, "/v1/me/presence", map[string]any{"state": state}, nil))
	}
}

// starts measures the processor time of handoffs from the request over an offer and its acceptance to the end.
func (f *benchFloor) starts(b *testing.B) {
	b.Helper()
	f.choose(b, presentOnline)
	service, redis := f.used(b)
	for i := 0; i < floorStarts; i += floorWorkers {
		ids := f.request(b, floorWorkers)
		f.all(b, floorWorkers, func(i int) error { return f.answer(b.Context(), ids[i]) })
	}
	serviceAfter, redisAfter := f.used(b)
	f.service = append(f.service, (serviceAfter-service)/floorStarts)
	f.redis = append(f.redis, (redisAfter-redis)/floorStarts)
	f.choose(b, presentAway)
}

// used is how many milliseconds the service and its Redis have worked.
func (f *benchFloor) used(b *testing.B) (service, redis float64) {
	b.Helper()
	ofService, err := processorTime(f.pid)
	must(b, err)
	ofRedis, err := f.server.UsedCPU(b.Context())
	must(b, err)
	return float64(ofService) / float64(time.Millisecond), float64(ofRedis) / float64(time.Millisecond)
}

// answer waits until a chat rings at one of the workers, who accepts and completes it.
func (f *benchFloor) answer(ctx context.Context, id string) error {
	for after := uint64(0); ; {
		page, err := f.workers[0].events(ctx, id, after, 20)
		if err != nil {
			return err
		}
		for _, ev := range page.Events {
			if ev.Type != "conversation.offered" {
				continue
			}
			var offered struct {
				Agent struct {
					ID string `json:"id"`
				} `json:"agent"`
			}
			if err := json.Unmarshal(ev.Data, &offered); err != nil {
				return err
			}
			who := f.byName[offered.Agent.ID]
			if err := f.accept(ctx, who, id); err != nil {
				return err
			}
			return f.complete(ctx, who, id)
		}
		after = page.Next
	}
}

// acceptWaiting measures how many waiting chats a second are accepted by people who need not be offered them.
func (f *benchFloor) acceptWaiting(b *testing.B) {
	b.Helper()
	ids := f.request(b, floorWaiting)
	began := time.Now()
	next, takers := atomic.Int64{}, make([]*client, floorWaiting)
	f.all(b, floorWorkers, func(worker int) error {
		for i := next.Add(1) - 1; i < floorWaiting; i = next.Add(1) - 1 {
			if err := f.accept(b.Context(), f.workers[worker], ids[i]); err != nil {
				return err
			}
			takers[i] = f.workers[worker]
		}
		return nil
	})
	f.accepts = append(f.accepts, floorWaiting/time.Since(began).Seconds())
	f.all(b, floorWaiting, func(i int) error { return f.complete(b.Context(), takers[i], ids[i]) })
}
