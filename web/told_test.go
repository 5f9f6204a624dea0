package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"handoff/connectors/bots/native"
	"handoff/connectors/bots/native/sim"
	"handoff/flows"
	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// toldSteps is how many steps the walks take at least.
const toldSteps = 8000

// toldPolicies are what walks are played under.
var toldPolicies = []string{
	"desk: house\nqueue: general\noverflow: [{after: 90s, to: {desk: house, queue: billing}}]\nlimits: {handoffs: 0, cool_down: 0s}\n",
	"desk: house\nqueue: general\non_queue_timeout: abandon\non_desk_failed: abandon\nlimits: {handoffs: 0, cool_down: 0s}\n",
	"desk: house\nqueue: general\nwarnings: {agent: 5m}\nlimits: {handoffs: 2, cool_down: 10s}\n",
}

// TestCallbackAndFeedTellTheSame plays chats at random over the whole state table, under every on_end, on both channels, with
// supervisors who close and desks that fail. Each callback is really posted, and the feed of a bot is read beside it: what is told
// twice is told alike, what is to be told is told in both, numbers grow, and a bot that reads only one of them knows the same. What the decisions looked at has other names
// in the feed's timeline.
func TestCallbackAndFeedTellTheSame(t *testing.T) {
	moved, kinds := map[orchestrator.Transition]bool{}, map[string]int{}
	steps := 0
	for seed := uint64(1); steps < toldSteps; seed++ {
		w := newToldWalk(t, seed)
		for range 60 {
			if !w.step() {
				break
			}
			steps++
		}
		maps.Copy(moved, w.moved)
		for kind, n := range w.kinds {
			kinds[kind] += n
		}
		if t.Failed() {
			t.Fatalf("seed %d after %d steps:\n%s", seed, steps, strings.Join(w.story, "\n"))
		}
	}
	for _, row := range flows.Transitions() {
		if row.On == orchestrator.EventCompleted && row.From.Served() {
			continue // written in two steps: the chat ends first
		}
		if !moved[row] {
			t.Errorf("no walk went from %s on %s", row.From, row.On)
		}
	}
	for _, kind := range []string{
		wire.Queued, wire.PositionChanged, wire.Accepted, wire.Transferred, wire.Failed, wire.Ended, wire.Completed, wire.Started,
		wire.ConversationEnded, wire.MessageCreated, wire.MessageUndelivered,
	} {
		if kinds[kind] == 0 {
			t.Errorf("no callback told %s", kind)
		}
	}
	t.Logf("%d steps, told: %v", steps, kinds)
}

// toldWalk is one chat with a bot that has a callback and one that reads the feed.
type toldWalk struct {
	t        *testing.T
	rand     *rand.Rand
	flow     *flows.Flow
	bot      *native.Bot
	platform *sim.Platform
	c        *orchestrator.Conversation
	now      orchestrator.Moment
	timeline timelineOf
	events   int
	calls    int
	story    []string
	heard    sim.Mind // by callbacks
	read     sim.Mind // by the feed
	moved    map[orchestrator.Transition]bool
	kinds    map[string]int
	newest   map[bool]uint64 // the highest sequence of a notice, and of a word
}

// timelineOf is a timeline in memory.
type timelineOf []orchestrator.Entry

func (tl timelineOf) Timeline(_ context.Context, _ orchestrator.ConversationID, after uint64, limit int) ([]orchestrator.Entry, error) {
	rest := tl[min(int(after), len(tl)):]
	return rest[:min(limit, len(rest))], nil
}

func newToldWalk(t *testing.T, seed uint64) *toldWalk {
	t.Helper()
	clock := orchestrator.NewStepClock(time.Date(2026, 11, 21, 20, 15, 0, 0, time.UTC))
	platform := must(sim.New(sim.Options{Clock: clock, Secrets: []string{shopSecret}}))
	callback := httptest.NewServer(platform)
	t.Cleanup(func() { platform.Close(); callback.Close() })
	w := &toldWalk{
		t: t, rand: rand.New(rand.NewPCG(seed, 8)), platform: platform, now: orchestrator.MomentOf(clock.Now()),
		moved: map[orchestrator.Transition]bool{}, kinds: map[string]int{}, newest: map[bool]uint64{},
	}
	w.bot = must(native.Config{
		Name: "shop", Secrets: []string{shopSecret}, Callback: callback.URL, AllowPrivateCallback: true,
	}.Open(clock))
	w.flow = toldFlow(toldPolicies[seed%3])
	channel := []string{orchestrator.ChannelBot, orchestrator.ChannelWeb}[seed/3%2]
	w.c = w.flow.Start("cv_00_TOLD", &orchestrator.Event{Bot: "shop", External: "c-1", Channel: channel}, w.now)
	w.heard = sim.NewMind(channel == orchestrator.ChannelBot)
	w.read = w.heard
	w.take(orchestrator.Event{Type: orchestrator.EventStarted, Actor: toldBot})
	return w
}

func toldFlow(policy string) *flows.Flow {
	agents := map[orchestrator.AgentID]orchestrator.Agent{}
	for _, u := range testUsers() {
		agents[u.ID()] = u.Agent()
	}
	return must(flows.New("default", must(flows.ParsePolicyYAML("flows.default", []byte(policy))), flows.World{
		Desks: map[orchestrator.ConnectorName]orchestrator.Manifest{"house": {
			ReadsTimeline: true, Accept: true, TransferAgent: true, TransferQueue: true, Conference: true, Complete: true, WrapUpSeen: true,
		}},
		Bots:   map[orchestrator.ConnectorName]bool{"shop": true},
		Queues: map[orchestrator.QueueName]flows.QueueInfo{"general": {Desk: "house"}, "billing": {Desk: "house"}},
		Agents: agents,
	}))
}

// step lets something happen; false when the chat is over.
func (w *toldWalk) step() bool {
	if w.c.State.Ended() {
		return false
	}
	w.now = w.now.Add(time.Duration(w.rand.IntN(40_000)) * time.Millisecond)
	if w.rand.IntN(8) == 0 {
		w.now = max(w.now, w.c.Deadline)
	}
	if ev, due := w.flow.Due(w.c, w.now); due {
		w.take(ev)
		return true
	}
	options := w.options()
	w.take(options[w.rand.IntN(len(options))])
	return !w.t.Failed()
}

// take decides on an event, and has both bots told. What is refused changes nothing.
func (w *toldWalk) take(ev orchestrator.Event) {
	w.t.Helper()
	w.events++
	ev.ID, ev.Conversation = orchestrator.EventID(fmt.Sprintf("e%d", w.events)), w.c.ID
	d, err := w.flow.Decide(w.c, &ev, w.now)
	if err != nil || !d.Stored() {
		return
	}
	w.story = append(w.story, fmt.Sprintf("%s by %s in %s", ev.Type, ev.Actor.Role, w.c.State))
	for i := range d.Entries {
		e := d.Entries[i]
		e.Sequence, e.Why = uint64(len(w.timeline)+1), renamed(e.Why)
		w.timeline = append(w.timeline, e)
		w.story = append(w.story, fmt.Sprintf("   %d %s %s→%s told as %s", e.Sequence, e.Event.Type, e.From, e.To, wire.Type(&e)))
		if e.Moved() {
			w.moved[orchestrator.Transition{From: e.From, On: e.Event.Type, To: e.To}] = true
		}
	}
	w.c = d.Next
	w.deliver(d)
	w.compare(len(w.timeline) - len(d.Entries))
}

// renamed gives everything that a decision looked at another name: nothing that is told may depend on it.
func renamed(why *orchestrator.Why) *orchestrator.Why {
	other := *why
	other.LookedAt = map[string]any{}
	for name, value := range why.LookedAt {
		other.LookedAt["other_"+name] = value
	}
	return &other
}

// deliver posts to the callback what the decision tells the bot, in the order of its sequences, as lanes do.
func (w *toldWalk) deliver(d *orchestrator.Decision) {
	w.t.Helper()
	commands := slices.Concat(d.Commands, d.Transient)
	slices.SortStableFunc(commands, func(a, b orchestrator.Command) int { return int(a.Sequence) - int(b.Sequence) })
	for i := range commands {
		cmd := &commands[i]
		if !cmd.To.Bot {
			continue
		}
		delivery := &orchestrator.Delivery{Command: cmd}
		if cmd.Notice != nil {
			delivery.Handback = must(orchestrator.ReadHandback(w.t.Context(), w.timeline, w.c.ID, cmd.Notice))
		}
		if cmd.Type == orchestrator.CommandFlush {
			for _, e := range w.timeline[cmd.From-1 : cmd.Until] {
				if e.Event.Type == orchestrator.EventMessage && e.Event.Actor.Role == orchestrator.ActorCustomer {
					delivery.Words = append(delivery.Words, orchestrator.HandbackMessage{
						Sequence: e.Sequence, At: e.At, Author: e.Event.Actor, Message: *e.Event.Message,
					})
				}
			}
		}
		if err := w.bot.Deliver(w.t.Context(), delivery); err != nil {
			w.t.Errorf("%s was not delivered: %v", cmd.Type, err)
		}
	}
}

// compare looks at what both bots were told of the newest step, which begins after the given entry.
func (w *toldWalk) compare(after int) {
	w.t.Helper()
	lens := &lens{role: RoleBot, id: w.c.ID, notes: true, handback: func(n *orchestrator.Notice) (*orchestrator.Handback, error) {
		return orchestrator.ReadHandback(w.t.Context(), w.timeline, w.c.ID, n)
	}}
	feed := map[uint64]sim.Event{}
	for i := range w.timeline {
		e := &w.timeline[i]
		if !lens.shows(e) {
			continue
		}
		var one sim.Event
		if err := json.Unmarshal(must(lens.appendEnvelope(nil, e)), &one); err != nil {
			w.t.Fatal(err)
		}
		feed[one.Sequence] = one
		if i >= after {
			w.learns(&w.read, one)
		}
	}
	told := map[uint64]bool{}
	calls := w.platform.Calls()
	for _, call := range calls[w.calls:] {
		var one sim.Event
		if err := json.Unmarshal(call.Body, &one); err != nil {
			w.t.Fatal(err)
		}
		w.learns(&w.heard, one)
		w.kinds[one.Type]++
		told[one.Sequence] = true
		same := feed[one.Sequence]
		// One that was said while nobody listened comes late: under its number, with the epoch and the handoff at which it is told.
		word := one.Type == wire.MessageCreated
		if one.ID != same.ID || one.Type != same.Type || !word && (one.Epoch != same.Epoch || one.Handoff != same.Handoff) ||
			string(one.Data) != string(same.Data) || one.ID != call.ID {
			w.t.Errorf("told twice:\ncallback %+v %s\nfeed     %+v %s", one, one.Data, same, same.Data)
		}
		if one.Sequence <= w.newest[word] {
			w.t.Errorf("number %d (%s) came after %d", one.Sequence, one.Type, w.newest[word])
		}
		w.newest[word] = one.Sequence
	}
	w.calls = len(calls)
	for _, e := range w.timeline[after:] {
		if n := e.Notice; n != nil && lens.shows(&e) && w.isForTheBot(&e) && !told[e.Sequence] {
			w.t.Errorf("entry %d is told as %s by the feed alone", e.Sequence, n.Type)
		}
	}
	if w.heard != w.read {
		w.t.Errorf("by callbacks the bot knows %+v, by its feed %+v", w.heard, w.read)
	}
	if truth := string(w.c.Controller()); w.heard.Controller != truth && !w.customerGone() {
		w.t.Errorf("%s controls, the bot believes that %s does", truth, w.heard.Controller)
	}
}

func (w *toldWalk) learns(mind *sim.Mind, one sim.Event) {
	w.t.Helper()
	if err := mind.Hears(one); err != nil {
		w.t.Fatal(err)
	}
}

// isForTheBot: what the bot does itself on its own channel only its feed shows.
func (w *toldWalk) isForTheBot(e *orchestrator.Entry) bool {
	switch e.Notice.Type {
	case wire.MessageRefused:
		return false
	case wire.Started, wire.ConversationEnded:
		return w.c.Channel != orchestrator.ChannelBot
	}
	return true
}

// customerGone: the bot is not told that nobody is there to speak to any more, until the conversation is over.
func (w *toldWalk) customerGone() bool {
	return w.c.State == orchestrator.StateWrapUp && w.c.ClosedBecause != "" || w.c.State.Ended() && w.c.Channel == orchestrator.ChannelBot
}
