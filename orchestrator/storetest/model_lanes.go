package storetest

import (
	"slices"

	"pgregory.net/rapid"

	"handoff/orchestrator"
)

// strange compares what an operation on a lane by a stranger answers, and reports whether the node is one.
func strange(t *rapid.T, d drawn, err error) bool {
	t.Helper()
	if d.owner == d.node {
		no(t, err)
		return false
	}
	is(t, err, orchestrator.ErrNotLeased)
	return true
}

func (m *chatModel) head(t *rapid.T) {
	d, ok := m.anyLane(t)
	if !ok {
		return
	}
	got, err := m.store.Head(m.ctx, d.key(), d.node, m.now(), lease)
	if !strange(t, d, err) {
		same(t, "head", got, d.chat.following(d.name, m.now()))
	}
}

// pick draws a command of the lane: mostly the first.
func pick(t *rapid.T, l *laneModel) (orchestrator.Command, bool) {
	i := min(rapid.IntRange(0, 4).Draw(t, "which")/4, len(l.commands)-1)
	return l.commands[i], i == 0
}

func (m *chatModel) done(t *rapid.T) {
	d, ok := m.anyLane(t)
	if !ok {
		return
	}
	cmd, first := pick(t, d.laneModel)
	next, err := m.store.Done(m.ctx, &cmd, d.node, m.now(), lease)
	if strange(t, d, err) {
		return
	}
	if first {
		d.commands = d.commands[1:]
	}
	same(t, "next", next, d.chat.following(d.name, m.now()))
}

func (m *chatModel) retry(t *rapid.T) {
	d, ok := m.anyLane(t)
	if !ok {
		return
	}
	cmd, first := pick(t, d.laneModel)
	cmd.Attempt++
	cmd.Failure = m.name("failure")
	err := m.store.Retry(m.ctx, &cmd, d.node, m.now(), lease)
	if !first {
		is(t, err, orchestrator.ErrNotLeased)
		return
	}
	if !strange(t, d, err) {
		d.commands = slices.Clone(d.commands)
		d.commands[0], d.until = cmd, m.now().Add(lease)
	}
}

func (m *chatModel) stepAside(t *rapid.T) {
	d, ok := m.anyLane(t)
	if !ok {
		return
	}
	cmd, first := pick(t, d.laneModel)
	if cmd.Late {
		return
	}
	next, late, err := m.store.StepAside(m.ctx, &cmd, d.node, m.now(), lease)
	if strange(t, d, err) {
		return
	}
	if first {
		d.commands = d.commands[1:]
		cmd.Late = true
		d.chat.add(cmd.To.Lane(true), cmd, d.node, m.now())
	}
	aside := d.chat.lanes[cmd.To.Lane(true)]
	same(t, "holds the late lane", late, aside != nil && aside.owner == d.node)
	same(t, "next", next, d.chat.following(d.name, m.now()))
}

func (m *chatModel) bury(t *rapid.T) {
	d, ok := m.anyLane(t)
	if !ok {
		return
	}
	cmd, first := pick(t, d.laneModel)
	next, err := m.store.Bury(m.ctx, &cmd, d.node, m.now(), lease)
	if strange(t, d, err) {
		return
	}
	if first {
		d.commands = d.commands[1:]
		m.graves = append(m.graves, grave{at: m.now(), command: cmd})
	}
	same(t, "next", next, d.chat.following(d.name, m.now()))
}

// anyGrave draws a buried command; false when there is none.
func (m *chatModel) anyGrave(t *rapid.T) (int, bool) {
	if len(m.graves) == 0 {
		return 0, false
	}
	return rapid.IntRange(0, len(m.graves)-1).Draw(t, "grave"), true
}

func (m *chatModel) revive(t *rapid.T) {
	i, ok := m.anyGrave(t)
	if !ok {
		return
	}
	cmd := m.graves[i].command
	node := modelNodes.Draw(t, "node")
	key, held, err := m.store.Revive(m.ctx, cmd.Conversation, cmd.ID, node, m.now(), lease)
	no(t, err)
	m.graves = slices.Delete(m.graves, i, i+1)
	cmd.Attempt, cmd.First = 0, 0
	name := cmd.To.Lane(cmd.Late)
	same(t, "lane", key, orchestrator.LaneKey{Conversation: cmd.Conversation, Lane: name})
	for _, c := range m.chats {
		if c.record.ID == cmd.Conversation {
			want, _ := c.add(name, cmd, node, m.now())
			same(t, "held", held, want)
		}
	}
	_, _, err = m.store.Revive(m.ctx, cmd.Conversation, cmd.ID, node, m.now(), lease)
	is(t, err, orchestrator.ErrNotFound)
}

func (m *chatModel) discard(t *rapid.T) {
	i, ok := m.anyGrave(t)
	if !ok {
		return
	}
	cmd := m.graves[i].command
	no(t, m.store.Discard(m.ctx, cmd.Conversation, cmd.ID))
	m.graves = slices.Delete(m.graves, i, i+1)
	is(t, m.store.Discard(m.ctx, cmd.Conversation, cmd.ID), orchestrator.ErrNotFound)
}

func (m *chatModel) claim(t *rapid.T) {
	node, now := modelNodes.Draw(t, "node"), m.now()
	got, err := m.store.Claim(m.ctx, node, now, lease, 1000)
	no(t, err)
	claimed := map[orchestrator.LaneKey]bool{}
	for _, key := range got {
		claimed[key] = true
	}
	want := map[orchestrator.LaneKey]bool{}
	for _, c := range m.chats {
		for name, l := range c.lanes {
			if l.until < now {
				want[orchestrator.LaneKey{Conversation: c.record.ID, Lane: name}] = true
				l.owner, l.until = node, now.Add(lease)
			}
		}
	}
	same(t, "claimed", claimed, want)
}

func (m *chatModel) yield(t *rapid.T) {
	d, ok := m.anyLane(t)
	if !ok {
		return
	}
	no(t, m.store.Yield(m.ctx, []orchestrator.LaneKey{d.key()}, d.node, m.now()))
	if d.owner == d.node {
		d.owner, d.until = "", m.now()-1
	}
}
