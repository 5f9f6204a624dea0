package storetest

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"handoff/orchestrator"
)

// same fails when the store's answer is not the model's.
func same(t *rapid.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s: got (+), want (-):\n%s", what, diff)
	}
}

func no(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

func is(t *rapid.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

func (m *chatModel) begin(t *rapid.T) {
	external := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "external")
	fresh := m.fresh(external)
	fresh.Flow = rapid.SampledFrom(modelFlows).Draw(t, "flow")
	commit := m.step(fresh, "", m.deadline(t), m.commands(t)...)
	before := m.newest[external]
	done, err := m.store.Commit(m.ctx, commit)
	if before != nil && !before.record.State.Ended() {
		is(t, err, orchestrator.ErrConflict)
		return
	}
	no(t, err)
	c := &chat{lanes: map[orchestrator.Lane]*laneModel{}}
	m.chats, m.newest[external] = append(m.chats, c), c
	m.written(t, c, commit, done)
}

func (m *chatModel) commit(t *rapid.T) {
	c, ok := m.anyChat(t)
	if !ok {
		return
	}
	to := orchestrator.State("")
	if !c.record.State.Ended() {
		to = rapid.SampledFrom(append(orchestrator.States(), "", "", "", "")).Draw(t, "to")
	}
	commit := m.step(c.record, to, m.deadline(t), m.commands(t)...)
	commit.Node = modelNodes.Draw(t, "node")
	done, err := m.store.Commit(m.ctx, commit)
	no(t, err)
	m.written(t, c, commit, done)
}

// deadline draws a deadline, or none, for a record that lives on.
func (m *chatModel) deadline(t *rapid.T) func(*orchestrator.Conversation) {
	minutes := rapid.IntRange(0, 20).Draw(t, "deadline")
	return func(n *orchestrator.Conversation) {
		n.Deadline = 0
		if minutes > 0 && !n.State.Ended() {
			n.Deadline = m.in(time.Duration(minutes) * time.Minute)
		}
	}
}

func (m *chatModel) commands(t *rapid.T) []orchestrator.Command {
	var commands []orchestrator.Command
	for _, forBot := range rapid.SliceOfN(rapid.Bool(), 0, 3).Draw(t, "commands") {
		if forBot {
			commands = append(commands, toBot(m.name("word")))
		} else {
			commands = append(commands, send(m.name("word")))
		}
	}
	return commands
}

// written brings the model to where a successful commit leaves the store, and compares the answer.
func (m *chatModel) written(t *rapid.T, c *chat, commit *orchestrator.Commit, done orchestrator.Committed) {
	t.Helper()
	m.last = c
	c.record = commit.Next
	c.commits = append(c.commits, commit)
	for _, e := range commit.Entries {
		e.Sequence = uint64(len(c.entries)) + 1
		c.entries = append(c.entries, e)
	}
	if c.record.State.Ended() {
		c.fetched = 0
	}
	var want orchestrator.Committed
	for _, cmd := range commit.Commands {
		name := cmd.To.Lane(false)
		held, fresh := c.add(name, cmd, commit.Node, commit.Now)
		if held && !slices.Contains(want.Leased, name) {
			want.Leased = append(want.Leased, name)
			if fresh {
				want.Fresh = append(want.Fresh, name)
			}
		}
	}
	same(t, "committed", done, want)
}

func (m *chatModel) repeat(t *rapid.T) {
	c, ok := m.anyChat(t)
	if !ok {
		return
	}
	first := rapid.SampledFrom(c.commits).Draw(t, "first")
	again := m.step(c.record, "", nil, m.commands(t)...)
	again.Event, again.Node = first.Event, modelNodes.Draw(t, "node")
	if rapid.Bool().Draw(t, "old version") {
		again.Want, again.Next.Version = first.Want+5, first.Want+6
	}
	done, err := m.store.Commit(m.ctx, again)
	no(t, err)
	want := &orchestrator.Seen{Sequence: first.Next.Sequence, BodyHash: first.BodyHash}
	same(t, "repeated", done, orchestrator.Committed{Seen: want})
	seen, err := m.store.Seen(m.ctx, c.record.ID, first.Event)
	no(t, err)
	same(t, "seen", seen, want)
}

func (m *chatModel) stale(t *rapid.T) {
	c, ok := m.anyChat(t)
	if !ok {
		return
	}
	commit := m.step(c.record, "", nil, m.commands(t)...)
	commit.Want = rapid.Uint64Range(1, 30).Draw(t, "version")
	if commit.Want == c.record.Version {
		commit.Want++
	}
	commit.Next.Version = commit.Want + 1
	_, err := m.store.Commit(m.ctx, commit)
	is(t, err, orchestrator.ErrConflict)
}

func (m *chatModel) touch(t *rapid.T) {
	c, ok := m.anyChat(t)
	if !ok {
		return
	}
	at := m.now().Add(-time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms ago")) * time.Millisecond)
	no(t, m.store.Touch(m.ctx, c.record.ID, at))
	if !c.record.State.Ended() {
		c.fetched = max(c.fetched, at)
	}
}

// sweep does with what is listed as due what the reaper does: what is not due after all is armed again.
func (m *chatModel) sweep(t *rapid.T) {
	now := m.now()
	listed := map[orchestrator.ConversationID]bool{}
	for p := range m.store.Partitions() {
		items, err := m.store.Due(m.ctx, p, now, 1000)
		no(t, err)
		for _, item := range items {
			listed[item.ID] = true
		}
	}
	for _, c := range m.chats {
		id, live := c.record.ID, !c.record.State.Ended()
		overdue := live && c.record.Deadline != 0 && c.record.Deadline < now
		if overdue && !listed[id] {
			t.Fatalf("%s was due at %v and is not listed at %v", id, c.record.Deadline, now)
		}
		if listed[id] && !live {
			t.Fatalf("%s has ended and is listed as due", id)
		}
		if listed[id] && !overdue {
			no(t, m.store.Rearm(m.ctx, id, c.record.Version, c.record.Deadline))
		}
	}
}

// compare looks at the conversation of the last operation; compareAll at everything, at the end of a sequence.
func (m *chatModel) compare(t *rapid.T) {
	if m.last != nil {
		m.compareChat(t, m.last)
	}
	m.last = nil
}

func (m *chatModel) compareAll(t *rapid.T) {
	counts := map[orchestrator.State]orchestrator.StateCount{}
	for _, state := range orchestrator.LiveStates() {
		counts[state] = orchestrator.StateCount{}
	}
	for _, c := range m.chats {
		m.compareChat(t, c)
		if sum, live := counts[c.record.State]; live {
			sum.Count++
			if sum.Oldest == 0 || c.record.EnteredAt < sum.Oldest {
				sum.Oldest = c.record.EnteredAt
			}
			counts[c.record.State] = sum
		}
	}
	got, err := m.store.Counts(m.ctx)
	no(t, err)
	same(t, "counts", got, counts)
	m.compareStanding(t)
	var want []orchestrator.Command
	for _, g := range m.graves {
		want = append(want, g.command)
	}
	undelivered, next, err := m.store.Undelivered(m.ctx, "", 1000)
	no(t, err)
	byID := func(a, b orchestrator.Command) int { return strings.Compare(string(a.ID), string(b.ID)) }
	slices.SortFunc(want, byID)
	slices.SortFunc(undelivered, byID)
	same(t, "undelivered", undelivered, want)
	same(t, "cursor", next, "")
}

// modelFlows are those by which the model's conversations go.
var modelFlows = []string{"sales", "help"}

func (m *chatModel) compareStanding(t *rapid.T) {
	t.Helper()
	for _, flow := range modelFlows {
		want := map[orchestrator.State]int64{}
		for _, state := range orchestrator.LiveStates() {
			want[state] = 0
		}
		for _, c := range m.chats {
			if _, live := want[c.record.State]; live && c.record.Flow == flow {
				want[c.record.State]++
			}
		}
		got, err := m.store.Standing(m.ctx, flow)
		no(t, err)
		same(t, "standing of "+flow, got, want)
	}
}

// recount finds nothing to mend, whatever has happened.
func (m *chatModel) recount(t *rapid.T) {
	for p := range m.store.Partitions() {
		mended, err := m.store.Recount(m.ctx, p, m.now())
		no(t, err)
		same(t, "mended", mended, 0)
	}
}

func (m *chatModel) compareChat(t *rapid.T, c *chat) {
	t.Helper()
	id := c.record.ID
	loaded, err := m.store.Load(m.ctx, id)
	no(t, err)
	same(t, "record", loaded, c.record)
	entries, err := m.store.Timeline(m.ctx, id, 0, 1000)
	no(t, err)
	same(t, "timeline", entries, c.entries)
	fetched, err := m.store.Fetched(m.ctx, id)
	no(t, err)
	same(t, "fetched", fetched, c.fetched)
	found, err := m.store.Find(m.ctx, bot, c.record.External)
	if newest := m.newest[c.record.External]; newest == nil { // it was erased
		is(t, err, orchestrator.ErrNotFound)
	} else {
		no(t, err)
		same(t, "found", found, newest.record.ID)
	}
	var want []orchestrator.Command
	for _, name := range slices.Sorted(maps.Keys(c.lanes)) {
		want = append(want, c.lanes[name].commands...)
	}
	pending, err := m.store.Pending(m.ctx, id)
	no(t, err)
	slices.SortStableFunc(pending, func(a, b orchestrator.Command) int {
		return strings.Compare(string(a.To.Lane(a.Late)), string(b.To.Lane(b.Late)))
	})
	same(t, "pending", pending, want)
	var buried []orchestrator.Command
	for _, g := range m.graves {
		if g.command.Conversation == id {
			buried = append(buried, g.command)
		}
	}
	undelivered, err := m.store.UndeliveredOf(m.ctx, id)
	no(t, err)
	byID := func(a, b orchestrator.Command) int { return strings.Compare(string(a.ID), string(b.ID)) }
	slices.SortFunc(buried, byID)
	slices.SortFunc(undelivered, byID)
	same(t, "undelivered", undelivered, buried)
}
