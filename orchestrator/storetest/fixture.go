package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"handoff/orchestrator"
)

// What the tests are about, where it does not matter.
const (
	bot   orchestrator.ConnectorName = "shop"
	desk  orchestrator.ConnectorName = "house"
	nodeA orchestrator.NodeID        = "node-a"
	nodeB orchestrator.NodeID        = "node-b"
	lease                            = 30 * time.Second
)

// testTimeout bounds each test's calls.
const testTimeout = 2 * time.Minute

// fixture is a store under test and what one needs to talk to it.
type fixture struct {
	*testing.T
	ctx   context.Context
	store orchestrator.Store
	clock *orchestrator.StepClock
	open  Open
	count int
}

func newFixture(t *testing.T, open Open) *fixture {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	store, clock := open(t)
	return &fixture{T: t, ctx: ctx, store: store, clock: clock, open: open}
}

func (f *fixture) now() orchestrator.Moment { return orchestrator.MomentOf(f.clock.Now()) }

// in is the moment after d.
func (f *fixture) in(d time.Duration) orchestrator.Moment { return f.now().Add(d) }

// name is one that this test has not used yet.
func (f *fixture) name(kind string) string {
	f.count++
	return fmt.Sprintf("%s-%d", kind, f.count)
}

// begin commits a new conversation in state bot with one entry.
func (f *fixture) begin() *orchestrator.Conversation {
	f.Helper()
	return f.beginAs(f.name("chat"))
}

func (f *fixture) beginAs(external string) *orchestrator.Conversation {
	f.Helper()
	c := f.fresh(external)
	return f.must(f.step(c, "", nil))
}

// fresh is a record of version 0.
func (f *fixture) fresh(external string) *orchestrator.Conversation {
	return &orchestrator.Conversation{
		ID: f.store.Mint(bot, external), Bot: bot, External: external, Flow: "default", Channel: orchestrator.ChannelBot,
		State: orchestrator.StateBot, Epoch: 1, OpenedAt: f.now(), EnteredAt: f.now(), Deadline: f.in(30 * time.Minute),
		DeadlineRule: "idle", Customer: orchestrator.Customer{ID: "u-1", Name: "Ann"},
	}
}

// step prepares a commit of one event on c that moves it to a state (empty: it stays), with what change does besides.
func (f *fixture) step(
	c *orchestrator.Conversation, to orchestrator.State, change func(*orchestrator.Conversation),
	commands ...orchestrator.Command,
) *orchestrator.Commit {
	next := c.Clone()
	next.Version++
	next.Sequence++
	entry := orchestrator.Entry{
		At: f.now(), Version: next.Version, Epoch: next.Epoch,
		Event: orchestrator.Event{
			ID: orchestrator.EventID(f.name("evt")), Type: orchestrator.EventMessage, At: f.now(),
			Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"},
		},
	}
	if to != "" {
		entry.From, entry.To = c.State, to
		entry.Event.Type = orchestrator.EventRequeued
		next.State, next.EnteredAt = to, f.now()
		if to.Ended() {
			next.EndedAt, next.Deadline = f.now(), 0
		}
	}
	if change != nil {
		change(next)
	}
	from := c.State
	if c.Version == 0 {
		from = ""
	}
	return &orchestrator.Commit{
		Want: c.Version, Next: next, From: from, Event: entry.Event.ID, BodyHash: [8]byte{1, 2, 3},
		Entries: []orchestrator.Entry{entry}, Commands: f.number(next, commands), Now: f.now(), Node: nodeA, Lease: lease,
	}
}

// number gives commands the ids and the conversation that a decision gives them.
func (f *fixture) number(c *orchestrator.Conversation, commands []orchestrator.Command) []orchestrator.Command {
	numbered := make([]orchestrator.Command, len(commands))
	for i, cmd := range commands {
		cmd.ID = orchestrator.CommandID(fmt.Sprintf("%s.%d.%d", c.ID, c.Version, i))
		cmd.Conversation, cmd.Sequence, cmd.At = c.ID, c.Sequence, f.now()
		numbered[i] = cmd
	}
	return numbered
}

// must commits and answers the record that stands then.
func (f *fixture) must(c *orchestrator.Commit) *orchestrator.Conversation {
	f.Helper()
	done, err := f.store.Commit(f.ctx, c)
	f.ok(err)
	if done.Seen != nil {
		f.Fatalf("a new event was seen before: %+v", done.Seen)
	}
	return c.Next
}

// moveTo commits a move.
func (f *fixture) moveTo(c *orchestrator.Conversation, to orchestrator.State) *orchestrator.Conversation {
	f.Helper()
	return f.must(f.step(c, to, nil))
}

// send is a command for the desk, toBot one for the bot.
func send(text string) orchestrator.Command {
	return orchestrator.Command{
		Type: orchestrator.CommandSend, Class: orchestrator.ClassLive, To: orchestrator.Party{Connector: desk, Ref: "ref-1"},
		Message: &orchestrator.Message{ID: "m-" + text, Text: text},
	}
}

func toBot(text string) orchestrator.Command {
	cmd := send(text)
	cmd.To = orchestrator.Party{Connector: bot, Bot: true}
	return cmd
}

var deskLane, botLane = orchestrator.Party{Connector: desk}.Lane(false), orchestrator.Party{Connector: bot,
	Bot: true}.Lane(false)

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("unexpected error: %v", err)
	}
}

func (f *fixture) fails(err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Fatalf("got error %v, want %v", err, want)
	}
}

// equal compares; an empty list and none are the same.
func (f *fixture) equal(got, want any) {
	f.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.Fatalf("got (+), want (-):\n%s", diff)
	}
}

func (f *fixture) load(id orchestrator.ConversationID) *orchestrator.Conversation {
	f.Helper()
	c, err := f.store.Load(f.ctx, id)
	f.ok(err)
	return c
}

// eachPartition collects what a listing by partition answers.
func (f *fixture) eachPartition(list func(partition int) ([]orchestrator.DueItem, error)) []orchestrator.DueItem {
	f.Helper()
	var all []orchestrator.DueItem
	for p := range f.store.Partitions() {
		items, err := list(p)
		f.ok(err)
		all = append(all, items...)
	}
	return all
}
