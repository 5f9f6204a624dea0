package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"handoff/orchestrator"
)

// floorModel is what a store must know of the house desk's floor.
type floorModel struct {
	*fixture
	agents map[orchestrator.AgentID]orchestrator.Presence
	seats  map[orchestrator.ConversationID][]seatModel
	line   map[orchestrator.ConversationID]orchestrator.Waiting
	kept   map[orchestrator.ConversationID]orchestrator.Waiting // reserved from the line
}

type seatModel struct {
	seat     orchestrator.Seat
	fromLine bool
}

func newFloorModel(f *fixture) *floorModel {
	store, clock := f.open(f.T)
	return &floorModel{
		fixture: &fixture{T: f.T, ctx: f.ctx, store: store, clock: clock, open: f.open},
		agents:  map[orchestrator.AgentID]orchestrator.Presence{},
		seats:   map[orchestrator.ConversationID][]seatModel{},
		line:    map[orchestrator.ConversationID]orchestrator.Waiting{},
		kept:    map[orchestrator.ConversationID]orchestrator.Waiting{},
	}
}

var (
	modelAgents = rapid.SampledFrom([]orchestrator.AgentID{"anna", "bo", "cy"})
	modelChats  = rapid.SampledFrom([]orchestrator.ConversationID{"a", "b", "c", "d", "e"})
	modelQueues = rapid.SampledFrom([]orchestrator.QueueName{"general", "billing"})
)

func (m *floorModel) advance(t *rapid.T) {
	m.clock.Advance(time.Duration(rapid.IntRange(1, 40000).Draw(t, "ms")) * time.Millisecond)
}

// stir notes that an agent took a seat or gave one back.
func (m *floorModel) stir(id orchestrator.AgentID) {
	if p, ok := m.agents[id]; ok {
		p.IdleSince = m.now()
		m.agents[id] = p
	}
}

func (m *floorModel) load(id orchestrator.AgentID) int {
	n := 0
	for _, seats := range m.seats {
		for _, s := range seats {
			if s.seat.Agent == id {
				n++
			}
		}
	}
	return n
}

// free gives back those seats of a conversation for which which says so.
func (m *floorModel) free(id orchestrator.ConversationID, which func(seatModel) bool) {
	var left []seatModel
	for _, s := range m.seats[id] {
		if which(s) {
			m.stir(s.seat.Agent)
			continue
		}
		left = append(left, s)
	}
	m.seats[id] = left
}

func (m *floorModel) find(id orchestrator.ConversationID, agent orchestrator.AgentID) *seatModel {
	for i := range m.seats[id] {
		if m.seats[id][i].seat.Agent == agent {
			return &m.seats[id][i]
		}
	}
	return nil
}

func all(seatModel) bool { return true }

func (m *floorModel) present(t *rapid.T) {
	id := modelAgents.Draw(t, "agent")
	p := orchestrator.Presence{
		Agent: orchestrator.Agent{ID: id}, Online: rapid.IntRange(0, 4).Draw(t, "online") > 0,
		Capacity: rapid.IntRange(0, 3).Draw(t,
			"capacity"), Until: m.in(time.Duration(rapid.IntRange(0, 120).Draw(t, "seconds")) * time.Second),
	}
	no(t, m.store.SetPresence(m.ctx, p, m.now()))
	p.IdleSince, p.Since = m.now(), m.now()
	if before, ok := m.agents[id]; ok {
		p.IdleSince = before.IdleSince
		if before.Online == p.Online && before.Until > m.now() {
			p.Since = before.Since
		}
	}
	m.agents[id] = p
}

func (m *floorModel) absent(t *rapid.T) {
	id := modelAgents.Draw(t, "agent")
	no(t, m.store.RemovePresence(m.ctx, id))
	delete(m.agents, id)
}

func (m *floorModel) enqueue(t *rapid.T) {
	id := modelChats.Draw(t, "chat")
	w := orchestrator.Waiting{
		Queue: modelQueues.Draw(t, "queue"), Priority: rapid.IntRange(0, 9).Draw(t, "priority"),
		Front: rapid.Bool().Draw(t, "front"), Since: m.now(),
	}
	no(t, m.store.Enqueue(m.ctx, id, w, m.now()))
	m.free(id, all)
	delete(m.kept, id)
	m.line[id] = w
}

func (m *floorModel) reserve(t *rapid.T) {
	r := orchestrator.Reservation{
		Conversation: modelChats.Draw(t, "chat"), Agent: modelAgents.Draw(t, "agent"), Until: m.in(30 * time.Second),
		FromLine: rapid.Bool().Draw(t, "from line"), Force: rapid.IntRange(0, 5).Draw(t, "force") == 0,
	}
	err := m.store.Reserve(m.ctx, r, m.now())
	seat := m.find(r.Conversation, r.Agent)
	w, waits := m.line[r.Conversation]
	p, there := m.agents[r.Agent]
	ready := there && p.Online && p.Until >= m.now() && m.load(r.Agent) < p.Capacity
	switch {
	case r.FromLine && !waits && (seat == nil || !seat.fromLine):
		is(t, err, orchestrator.ErrNotWaiting)
		return
	case seat == nil && !ready && !r.Force:
		is(t, err, orchestrator.ErrNoSeat)
		return
	}
	no(t, err)
	if seat == nil {
		m.seats[r.Conversation] = append(m.seats[r.Conversation], seatModel{seat: orchestrator.Seat{
			Agent: r.Agent, Conversation: r.Conversation, Kind: orchestrator.SeatRinging, Since: m.now(),
		}})
		seat = m.find(r.Conversation, r.Agent)
		m.stir(r.Agent)
	}
	if r.FromLine && waits {
		delete(m.line, r.Conversation)
		m.kept[r.Conversation] = w
		seat.fromLine = true
	}
	if seat.seat.Kind == orchestrator.SeatRinging {
		seat.seat.Until = r.Until
	}
}

func (m *floorModel) take(t *rapid.T) {
	id, agent := modelChats.Draw(t, "chat"), modelAgents.Draw(t, "agent")
	kind := rapid.SampledFrom([]orchestrator.SeatKind{orchestrator.SeatOwner, orchestrator.SeatGuest,
		orchestrator.SeatWrapUp}).Draw(t, "kind")
	no(t, m.store.Take(m.ctx, id, agent, kind, m.now()))
	delete(m.line, id)
	delete(m.kept, id)
	if kind == orchestrator.SeatOwner {
		m.free(id, func(s seatModel) bool { return s.seat.Agent != agent && s.seat.Kind != orchestrator.SeatGuest })
	}
	for i := range m.seats[id] {
		m.seats[id][i].fromLine = false
	}
	seat := m.find(id, agent)
	if seat == nil {
		m.seats[id] = append(m.seats[id], seatModel{seat: orchestrator.Seat{Agent: agent, Conversation: id}})
		seat = m.find(id, agent)
	}
	if seat.seat.Kind != kind {
		seat.seat.Kind, seat.seat.Since = kind, m.now()
		m.stir(agent)
	}
	seat.seat.Until = 0
}

func (m *floorModel) release(t *rapid.T) {
	id, agent := modelChats.Draw(t, "chat"), modelAgents.Draw(t, "agent")
	no(t, m.store.Release(m.ctx, id, agent, m.now()))
	if seat := m.find(id, agent); seat != nil && seat.fromLine {
		delete(m.kept, id)
	}
	m.free(id, func(s seatModel) bool { return s.seat.Agent == agent })
}

func (m *floorModel) remove(t *rapid.T) {
	id := modelChats.Draw(t, "chat")
	no(t, m.store.Remove(m.ctx, id, m.now()))
	m.free(id, all)
	delete(m.kept, id)
	delete(m.line, id)
}

func (m *floorModel) expire(t *rapid.T) {
	got, err := m.store.Expire(m.ctx, m.now(), 100)
	no(t, err)
	var want []orchestrator.Seat
	for id := range m.seats {
		m.free(id, func(s seatModel) bool {
			over := s.seat.Kind == orchestrator.SeatRinging && s.seat.Until < m.now()
			if over {
				want = append(want, s.seat)
				if w, kept := m.kept[id]; s.fromLine && kept {
					delete(m.kept, id)
					if _, waits := m.line[id]; !waits {
						m.line[id] = w
					}
				}
			}
			return over
		})
	}
	sortSeats(got)
	sortSeats(want)
	same(t, "expired", got, want)
}

func (m *floorModel) compare(t *rapid.T) {
	floor, err := m.store.Floor(m.ctx, 100)
	no(t, err)
	m.compareSeats(t, floor)
	slices.SortFunc(floor.Agents, func(a, b orchestrator.Presence) int { return cmp.Compare(a.Agent.ID, b.Agent.ID) })
	var agents []orchestrator.Presence
	for _, id := range slices.Sorted(maps.Keys(m.agents)) {
		agents = append(agents, m.agents[id])
	}
	same(t, "agents", floor.Agents, agents)
	for _, queue := range []orchestrator.QueueName{"general", "billing"} {
		m.compareLine(t, queue, floor.Lines[queue])
	}
}

// compareSeats compares all seats, and every view of them.
func (m *floorModel) compareSeats(t *rapid.T, floor *orchestrator.Floor) {
	t.Helper()
	var seats []orchestrator.Seat
	taken := map[orchestrator.AgentID]int{}
	for _, s := range m.seats {
		for _, seat := range s {
			seats = append(seats, seat.seat)
			taken[seat.seat.Agent]++
		}
	}
	sortSeats(seats)
	filters := []orchestrator.SeatFilter{{}, {Kind: orchestrator.SeatWrapUp}, {Agent: "anna", Kind: orchestrator.SeatOwner}}
	for _, agent := range []orchestrator.AgentID{"anna", "bo", "cy"} {
		filters = append(filters, orchestrator.SeatFilter{Agent: agent})
	}
	for _, chat := range []orchestrator.ConversationID{"a", "b", "c", "d", "e"} {
		filters = append(filters, orchestrator.SeatFilter{Conversation: chat})
	}
	for _, filter := range filters {
		got, err := m.store.Seats(m.ctx, filter)
		no(t, err)
		same(t, fmt.Sprintf("seats %+v", filter), got, selected(seats, filter))
	}
	same(t, "taken", floor.Taken, taken)
	same(t, "ringing", floor.Ringing, selected(seats, orchestrator.SeatFilter{Kind: orchestrator.SeatRinging}))
	wrong, err := m.store.RecountSeats(m.ctx)
	no(t, err)
	same(t, "wrong counts", wrong, 0)
}

func selected(seats []orchestrator.Seat, of orchestrator.SeatFilter) []orchestrator.Seat {
	var some []orchestrator.Seat
	for _, s := range seats {
		if of.Selects(&s) {
			some = append(some, s)
		}
	}
	return some
}

func (m *floorModel) compareLine(t *rapid.T, queue orchestrator.QueueName, got orchestrator.Line) {
	t.Helper()
	var want []orchestrator.Place
	for id, w := range m.line {
		if w.Queue == queue {
			want = append(want, orchestrator.Place{Conversation: id, Waiting: w})
		}
	}
	slices.SortFunc(want, func(a, b orchestrator.Place) int { return cmp.Compare(rank(a), rank(b)) })
	same(t, "line", got.First, want)
	same(t, "waiting", got.Waiting, len(want))
	for i, place := range want {
		q, position, err := m.store.Position(m.ctx, place.Conversation)
		no(t, err)
		same(t, "position", fmt.Sprint(q, position), fmt.Sprint(queue, i+1))
	}
}

// rank sorts as a line does: priority, front, first wait, and then the id.
func rank(p orchestrator.Place) string {
	behind := 1
	if p.Waiting.Front {
		behind = 0
	}
	return fmt.Sprintf("%d%d%016d%s", 9-p.Waiting.Priority, behind, p.Waiting.Since, p.Conversation)
}
