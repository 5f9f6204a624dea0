package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

const (
	sweepChats   = 100000
	sweepFew     = 1000 // against which picking is compared
	sweepPicked  = 40   // due in both comparisons
	sweepRounds  = 40   // of one comparison; the median counts
	sweepTimeout = 4 * time.Minute
	// Every twentieth chat is one that is warned first, every twentieth one that waits in a queue; the others are silent.
	sweepKinds = 20
)

// The sorts of overdue conversations, by the name of their bot and flow.
const (
	sweepSilent = "silent" // the bot's customer said nothing for half an hour: expires
	sweepWarned = "warned" // the same, but is warned first, and expires twenty minutes later
	sweepWaits  = "waits"  // nobody took it in time: goes back to the bot
)

const sweepYAML = `
redis: {url: %q}
bots:
  - {name: silent, flow: silent, tokens: [a-token-of-sixteen-1]}
  - {name: warned, flow: warned, tokens: [a-token-of-sixteen-2]}
  - {name: waits, flow: waits, tokens: [a-token-of-sixteen-3]}
queues: [{name: general}]
flows:
  silent: {desk: house, queue: general, deadlines: {bot: 30m}}
  warned: {desk: house, queue: general, deadlines: {bot: 30m}, warnings: {bot: 10m}}
  waits: {desk: house, queue: general, deadlines: {bot: 24h, queued: 10m}, on_queue_timeout: bot}
`

// sweeping is the proof that a hundred thousand deadlines are swept, each once.
type sweeping struct {
	t     *testing.T
	ctx   context.Context //nolint:containedctx // of one test
	clock *orchestrator.StepClock
	born  orchestrator.Moment // when the first chat began; each further one began 10 ms later
	apps  []*app
	chats []orchestrator.ConversationID
}

func TestProofSweepOf100000OverdueConversations(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), sweepTimeout)
	defer cancel()
	now := time.UnixMilli(1_767_225_600_000)
	s := &sweeping{t: t, ctx: ctx, clock: orchestrator.NewStepClock(now), chats: make([]orchestrator.ConversationID, sweepChats)}
	s.born = orchestrator.MomentOf(now).Add(-sweepChats * 10 * time.Millisecond)
	server := redistest.Start(t)
	s.apps = []*app{s.startApp(server), s.startApp(server)}
	s.somebodyIsThere()

	began := proofClock.Now()
	s.begin(0, sweepFew)
	few := s.picking()
	s.begin(sweepFew, sweepChats)
	t.Logf("%d conversations begun in %v", sweepChats, proofClock.Now().Sub(began).Round(time.Millisecond))
	many := s.picking()
	t.Logf("picking %d due ones out of %d partitions: %v with %d live, %v with %d live, ratio %.2f; with nothing due: %v and %v, "+
		"ratio %.2f", sweepPicked, s.store().Partitions(), few.due, sweepFew, many.due, sweepChats, ratio(many.due, few.due),
		few.idle, many.idle, ratio(many.idle, few.idle))

	// Over the warnings, the queue's time and the silent ones' half hour; the warned ones have twenty minutes left.
	s.clock.Advance(31 * time.Minute)
	s.sweep("first sweep", sweepChats)
	s.check(sweepWarned, orchestrator.StateBot, orchestrator.EventIdleWarned, 2)
	s.check(sweepSilent, orchestrator.StateExpired, orchestrator.EventIdleTimedOut, 2)
	s.check(sweepWaits, orchestrator.StateBot, orchestrator.EventQueueTimedOut, 0)
	s.sweep("second sweep, with nothing due", 0)
	s.clock.Advance(21 * time.Minute)
	s.sweep("third sweep, of those who were warned", sweepChats/sweepKinds)
	s.check(sweepWarned, orchestrator.StateExpired, orchestrator.EventIdleTimedOut, 3)
}

func (s *sweeping) startApp(server *redistest.Server) *app {
	s.t.Helper()
	cfg, err := parseConfig(fmt.Appendf(nil, sweepYAML, server.URL()), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := start(s.ctx, cfg, parts{clock: s.clock}, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := a.stop(); err != nil {
			s.t.Error(err)
		}
	})
	return a
}

func (s *sweeping) store() orchestrator.Store { return s.apps[0].store }

// somebodyIsThere puts a person on the floor who has no seat free: people may be asked for, and nobody comes.
func (s *sweeping) somebodyIsThere() {
	s.t.Helper()
	now := orchestrator.MomentOf(s.clock.Now())
	busy := orchestrator.Presence{
		Agent: orchestrator.Agent{ID: "busy"}, Online: true, Queues: []orchestrator.QueueName{"general"}, Capacity: 1,
		Until: now.Add(24 * time.Hour),
	}
	err := s.store().SetPresence(s.ctx, busy, now)
	if err == nil {
		err = s.store().Take(s.ctx, s.store().Mint(sweepWaits, "seat"), busy.Agent.ID, orchestrator.SeatOwner, now)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func sortOf(n int) string {
	switch n % sweepKinds {
	case 0:
		return sweepWarned
	case 1:
		return sweepWaits
	}
	return sweepSilent
}

// begin writes conversations, from a number up to another.
func (s *sweeping) begin(from, to int) {
	s.t.Helper()
	var next atomic.Int64
	next.Store(int64(from))
	all := newCrowd(s.ctx)
	for range 64 {
		all.goes(func(ctx context.Context) error {
			for {
				n := int(next.Add(1)) - 1
				if n >= to {
					return nil
				}
				if err := s.beginOne(ctx, n); err != nil {
					return fmt.Errorf("chat %d: %w", n, err)
				}
			}
		})
	}
	if err := all.wait(); err != nil {
		s.t.Fatal(err)
	}
}

// beginOne lets the flow decide on the first word at the moment when it was said, and commits that. One that waits is taken
// by the engine, because a desk takes part.
func (s *sweeping) beginOne(ctx context.Context, n int) error {
	sort := sortOf(n)
	ev := orchestrator.Event{
		ID: "m1", Type: orchestrator.EventMessage, Bot: orchestrator.ConnectorName(sort), External: fmt.Sprintf("c-%d", n),
		Actor:   orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u"},
		Message: &orchestrator.Message{ID: "m1", Text: "hello"},
	}
	a := s.apps[n/sweepKinds%len(s.apps)]
	if sort == sweepWaits {
		ev.Type, ev.Message, ev.Actor = orchestrator.EventHandoffRequested, nil, orchestrator.Actor{Role: orchestrator.ActorBot}
		receipt, err := a.engine.Receive(ctx, ev)
		if err != nil {
			return err
		}
		s.chats[n] = receipt.Conversation.ID
		if receipt.Conversation.State != orchestrator.StateQueued {
			return fmt.Errorf("it is in state %s", receipt.Conversation.State)
		}
		return nil
	}
	at, flow := s.bornAt(n), a.config.flows[sort]
	id := a.store.Mint(ev.Bot, ev.External)
	c := flow.Start(id, &ev, at)
	d, err := flow.Decide(c, &ev, at)
	if err != nil {
		return err
	}
	s.chats[n] = id
	_, err = a.store.Commit(ctx, &orchestrator.Commit{
		Next: d.Next, Event: "bot/m1", Entries: d.Entries, Commands: d.Commands, Now: at, Node: a.node, Lease: orchestrator.DispatchLease,
	})
	return err
}

func (s *sweeping) bornAt(n int) orchestrator.Moment {
	return s.born.Add(time.Duration(n) * 10 * time.Millisecond)
}

// picked is how long it takes to ask every partition once for what is due.
type picked struct{ due, idle time.Duration }

// picking asks every partition for what is due at a moment at which that is the same few, and at one at which it is nothing.
func (s *sweeping) picking() picked {
	s.t.Helper()
	return picked{due: s.pick(s.firstDue(sweepPicked), sweepPicked), idle: s.pick(s.firstDue(0), 0)}
}

// firstDue is the moment at which so many deadlines lie in the past: those of the warnings are the first by far.
func (s *sweeping) firstDue(n int) orchestrator.Moment {
	return s.bornAt(0).Add(10*time.Minute + time.Duration(n*sweepKinds)*10*time.Millisecond)
}

func (s *sweeping) pick(now orchestrator.Moment, want int) time.Duration {
	s.t.Helper()
	var took []time.Duration
	for range sweepRounds {
		began, found := proofClock.Now(), 0
		for p := range s.store().Partitions() {
			items, err := s.store().Due(s.ctx, p, now, sweepFew)
			if err != nil {
				s.t.Fatal(err)
			}
			found += len(items)
		}
		took = append(took, proofClock.Now().Sub(began))
		if found != want {
			s.t.Fatalf("%d due, want %d", found, want)
		}
	}
	slices.Sort(took)
	return took[len(took)/2].Round(time.Microsecond)
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// sweep lets both processes sweep at once, and counts what they fired.
func (s *sweeping) sweep(name string, want int) {
	s.t.Helper()
	began := proofClock.Now()
	sweeps, errs := make([]orchestrator.Sweep, len(s.apps)), make([]error, len(s.apps))
	var both sync.WaitGroup
	for i, a := range s.apps {
		both.Go(func() { sweeps[i], errs[i] = a.reaper.Sweep(s.ctx) })
	}
	both.Wait()
	took := proofClock.Now().Sub(began)
	if err := errors.Join(errs...); err != nil {
		s.t.Fatal(err)
	}
	one, two := sweeps[0], sweeps[1]
	s.t.Logf("%s: %d fired in %v, %.0f a second (%d by one process, %d by the other); lag %v; %d failed", name,
		one.Fired+two.Fired, took.Round(time.Millisecond), float64(one.Fired+two.Fired)/took.Seconds(), one.Fired, two.Fired,
		max(one.Lag, two.Lag), one.Failed+two.Failed)
	if one.Fired+two.Fired != want || one.Failed+two.Failed > 0 {
		s.t.Errorf("%s: fired %d and %d, want %d together; failed %d and %d", name, one.Fired, two.Fired, want, one.Failed, two.Failed)
	}
	if lag := max(one.Lag, two.Lag); want == 0 && lag != 0 {
		s.t.Errorf("%s: a lag of %v", name, lag)
	}
	if want > 0 && (one.Fired == 0 || two.Fired == 0) {
		s.t.Errorf("%s: the two did not share the work: %d and %d", name, one.Fired, two.Fired)
	}
}

// check looks at every conversation of a sort: where the policy says that it goes, by one firing of the rule. version 0: the
// desk may have written beside.
func (s *sweeping) check(sort string, state orchestrator.State, fired orchestrator.EventType, version uint64) {
	s.t.Helper()
	var next, found atomic.Int64
	all := newCrowd(s.ctx)
	for range 32 {
		all.goes(func(ctx context.Context) error {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(s.chats) {
					return nil
				}
				if sortOf(n) != sort {
					continue
				}
				found.Add(1)
				if err := s.checkOne(ctx, s.chats[n], state, fired, version); err != nil {
					return fmt.Errorf("chat %d (%s): %w", n, sort, err)
				}
			}
		})
	}
	if err := all.wait(); err != nil {
		s.t.Error(err)
	}
	s.t.Logf("%d %s conversations: each fired %s once and is in state %s", found.Load(), sort, fired, state)
}

func (s *sweeping) checkOne(
	ctx context.Context, id orchestrator.ConversationID, state orchestrator.State, fired orchestrator.EventType, version uint64,
) error {
	c, err := s.store().Load(ctx, id)
	if err != nil {
		return err
	}
	if c.State != state || version != 0 && c.Version != version {
		return fmt.Errorf("it is in state %s at version %d, want %s at %d", c.State, c.Version, state, version)
	}
	entries, err := s.store().Timeline(ctx, id, 0, int(c.Sequence))
	if err != nil {
		return err
	}
	times := 0
	for i := range entries {
		if entries[i].Event.Type == fired {
			times++
		}
	}
	if times != 1 {
		return fmt.Errorf("%s is told %d times", fired, times)
	}
	return nil
}
