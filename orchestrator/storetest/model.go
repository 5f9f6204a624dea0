package storetest

import (
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"handoff/orchestrator"
)

// The model is the store as plain Go: what it must answer after any sequence of operations. rapid draws the sequences,
// and after each operation the store is compared with the model.
var modelTests = []behaviour{
	{"ConversationsAndLanes", func(f *fixture) {
		rapid.Check(f.T, func(t *rapid.T) {
			m := newChatModel(f)
			t.Repeat(map[string]func(*rapid.T){
				"":        m.compare,
				"begin":   m.begin,
				"commit":  m.commit,
				"repeat":  m.repeat,
				"stale":   m.stale,
				"head":    m.head,
				"done":    m.done,
				"retry":   m.retry,
				"aside":   m.stepAside,
				"bury":    m.bury,
				"revive":  m.revive,
				"discard": m.discard,
				"claim":   m.claim,
				"yield":   m.yield,
				"touch":   m.touch,
				"sweep":   m.sweep,
				"recount": m.recount,
				"advance": m.advance,
				"erase":   m.erase,
			})
			m.compareAll(t)
		})
	}},
	{"Roster", func(f *fixture) {
		rapid.Check(f.T, func(t *rapid.T) {
			m := newFloorModel(f)
			t.Repeat(map[string]func(*rapid.T){
				"":        m.compare,
				"present": m.present,
				"absent":  m.absent,
				"enqueue": m.enqueue,
				"reserve": m.reserve,
				"take":    m.take,
				"release": m.release,
				"remove":  m.remove,
				"expire":  m.expire,
				"advance": m.advance,
			})
		})
	}},
}

// chatModel is what a store must know of conversations, lanes and burials.
type chatModel struct {
	*fixture
	chats  []*chat
	newest map[string]*chat // by the bot's own id
	graves []grave
	last   *chat // of the last operation
}

// chat is one conversation.
type chat struct {
	record  *orchestrator.Conversation
	entries []orchestrator.Entry
	commits []*orchestrator.Commit
	lanes   map[orchestrator.Lane]*laneModel
	fetched orchestrator.Moment
}

// laneModel is one lane; it exists while it holds commands.
type laneModel struct {
	commands []orchestrator.Command
	owner    orchestrator.NodeID // empty after a yield
	until    orchestrator.Moment
}

type grave struct {
	at      orchestrator.Moment
	command orchestrator.Command
}

func newChatModel(f *fixture) *chatModel {
	store, clock := f.open(f.T)
	clone := &fixture{T: f.T, ctx: f.ctx, store: store, clock: clock, open: f.open}
	return &chatModel{fixture: clone, newest: map[string]*chat{}}
}

var modelNodes = rapid.SampledFrom([]orchestrator.NodeID{nodeA, nodeB})

// take is what a commit or a late command does to a lane: it answers whether node holds the lane then, and whether the
// lane was empty before.
func (c *chat) add(
	name orchestrator.Lane, cmd orchestrator.Command, node orchestrator.NodeID, now orchestrator.Moment,
) (held, fresh bool) {
	l := c.lanes[name]
	if l == nil {
		l = &laneModel{owner: node, until: now.Add(lease)}
		c.lanes[name] = l
		fresh = true
	}
	if l.owner == "" || l.until < now {
		l.owner, l.until = node, now.Add(lease)
	}
	l.commands = append(l.commands, cmd)
	return l.owner == node, fresh
}

// following is the state of a lane after its first commands changed: renewed, or gone with its last command.
func (c *chat) following(name orchestrator.Lane, now orchestrator.Moment) *orchestrator.Command {
	l := c.lanes[name]
	if len(l.commands) == 0 {
		delete(c.lanes, name)
		return nil
	}
	l.until = now.Add(lease)
	return &l.commands[0]
}

// drawn is a lane that was drawn, and the node that works on it.
type drawn struct {
	*laneModel
	chat *chat
	name orchestrator.Lane
	node orchestrator.NodeID
}

func (d drawn) key() orchestrator.LaneKey {
	return orchestrator.LaneKey{Conversation: d.chat.record.ID, Lane: d.name}
}

// anyLane draws a lane that holds commands, and a node; false when there is none.
func (m *chatModel) anyLane(t *rapid.T) (drawn, bool) {
	var lanes []drawn
	for _, c := range m.chats {
		for _, name := range slices.Sorted(maps.Keys(c.lanes)) {
			lanes = append(lanes, drawn{laneModel: c.lanes[name], chat: c, name: name})
		}
	}
	if len(lanes) == 0 {
		return drawn{}, false
	}
	d := lanes[rapid.IntRange(0, len(lanes)-1).Draw(t, "lane")]
	d.node = modelNodes.Draw(t, "node")
	if rapid.IntRange(0, 3).Draw(t, "right node") > 0 && d.owner != "" {
		d.node = d.owner // mostly the holder, else little would happen
	}
	m.last = d.chat
	return d, true
}

// anyChat draws a conversation; false when there is none.
func (m *chatModel) anyChat(t *rapid.T) (*chat, bool) {
	if len(m.chats) == 0 {
		return nil, false
	}
	m.last = m.chats[rapid.IntRange(0, len(m.chats)-1).Draw(t, "chat")]
	return m.last, true
}

func (m *chatModel) advance(t *rapid.T) {
	m.clock.Advance(time.Duration(rapid.IntRange(1, 40000).Draw(t, "ms")) * time.Millisecond)
}
