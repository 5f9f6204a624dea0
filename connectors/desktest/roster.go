package desktest

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"handoff/orchestrator"
)

// Roster is an orchestrator.Roster in memory, for tests of a desk that keeps its floor in one: plain maps under one
// mutex, by the rules written at the interface. Its errors are those of the interface only.
type Roster struct {
	mu      sync.Mutex
	people  map[orchestrator.AgentID]orchestrator.Presence
	waiting map[orchestrator.ConversationID]orchestrator.Waiting
	held    map[orchestrator.ConversationID]hold
	seats   map[seatKey]*seat
	handled map[orchestrator.QueueName]*handling
}

type seatKey struct {
	conversation orchestrator.ConversationID
	agent        orchestrator.AgentID
}

type seat struct {
	orchestrator.Seat
	from  *orchestrator.Waiting // the place in line that an expired reservation gets back
	began orchestrator.Moment   // of the service
}

type handling struct {
	totalMS int64
	chats   int64
}

var _ orchestrator.Roster = (*Roster)(nil)

// NewRoster is an empty floor.
func NewRoster() *Roster {
	return &Roster{
		people:  map[orchestrator.AgentID]orchestrator.Presence{},
		waiting: map[orchestrator.ConversationID]orchestrator.Waiting{},
		held:    map[orchestrator.ConversationID]hold{},
		seats:   map[seatKey]*seat{},
		handled: map[orchestrator.QueueName]*handling{},
	}
}

// SetPresence implements orchestrator.Roster.
func (r *Roster) SetPresence(ctx context.Context, p orchestrator.Presence, now orchestrator.Moment) error {
	return r.step(ctx, func() error {
		known, ok := r.people[p.Agent.ID]
		stands := ok && (known.Offline || known.Until > now)
		if p.Provisional && stands && !known.Provisional {
			return nil
		}
		p.IdleSince = now
		if ok {
			p.IdleSince = known.IdleSince
		}
		same := stands && p.Online == known.Online && p.Offline == known.Offline && p.Provisional == known.Provisional
		if same && (p.Reason == "" || p.Reason == known.Reason) {
			p.Since, p.Reason = known.Since, known.Reason
		} else {
			p.Since = now
		}
		p.Queues, p.Skills = slices.Clone(p.Queues), slices.Clone(p.Skills)
		r.people[p.Agent.ID] = p
		return nil
	})
}

// RenewPresence implements orchestrator.Roster.
func (r *Roster) RenewPresence(ctx context.Context, id orchestrator.AgentID, until orchestrator.Moment) (bool, error) {
	renewed := false
	err := r.step(ctx, func() error {
		p, ok := r.people[id]
		if renewed = ok && !p.Offline; renewed {
			p.Until = max(p.Until, until)
			r.people[id] = p
		}
		return nil
	})
	return renewed, err
}

// RemovePresence implements orchestrator.Roster.
func (r *Roster) RemovePresence(ctx context.Context, id orchestrator.AgentID) error {
	return r.step(ctx, func() error {
		delete(r.people, id)
		return nil
	})
}

// Enqueue implements orchestrator.Roster.
func (r *Roster) Enqueue(
	ctx context.Context, id orchestrator.ConversationID, w orchestrator.Waiting, now orchestrator.Moment,
) error {
	return r.step(ctx, func() error {
		r.removeSeats(id, now, func(*seat) bool { return true })
		r.leave(id)
		r.waiting[id] = w
		return nil
	})
}

// Reserve implements orchestrator.Roster. It may be repeated: who has a seat for the conversation keeps it, and a
// ringing one gets the new moment. So two processes that choose the same person for the same conversation both
// succeed.
func (r *Roster) Reserve(ctx context.Context, want orchestrator.Reservation, now orchestrator.Moment) error {
	return r.step(ctx, func() error {
		key := seatKey{want.Conversation, want.Agent}
		w, waits := r.waiting[want.Conversation]
		if _, held := r.held[want.Conversation]; held {
			waits = false
		}
		have := r.seats[key]
		if want.FromLine && !waits && (have == nil || have.Kind != orchestrator.SeatRinging || have.from == nil) {
			return orchestrator.ErrNotWaiting
		}
		if have != nil {
			if have.Kind == orchestrator.SeatRinging {
				have.Until = want.Until
			}
			return nil
		}
		if !want.Force && !r.hasSeat(want.Agent, now) {
			return orchestrator.ErrNoSeat
		}
		s := &seat{Seat: orchestrator.Seat{
			Agent: want.Agent, Conversation: want.Conversation, Kind: orchestrator.SeatRinging, Since: now, Until: want.Until,
		}}
		if want.FromLine {
			s.from = &w
			r.leave(want.Conversation)
		}
		r.seats[key] = s
		r.touch(want.Agent, now)
		return nil
	})
}

// Take implements orchestrator.Roster.
func (r *Roster) Take(
	ctx context.Context, id orchestrator.ConversationID, agent orchestrator.AgentID, kind orchestrator.SeatKind,
	now orchestrator.Moment,
) error {
	return r.step(ctx, func() error {
		key := seatKey{id, agent}
		s := r.seats[key]
		if s == nil {
			s = &seat{Seat: orchestrator.Seat{Agent: agent, Conversation: id}}
			if w, waits := r.waiting[id]; waits {
				s.from = &w
			}
			r.seats[key] = s
			r.touch(agent, now)
		}
		if s.Kind != kind {
			s.Kind, s.Since, s.Until = kind, now, 0
			if s.began == 0 {
				s.began = now
			}
		}
		r.leave(id)
		if kind == orchestrator.SeatOwner {
			r.removeSeats(id, now, func(o *seat) bool { return o != s && o.Kind != orchestrator.SeatGuest })
		}
		return nil
	})
}

// Release implements orchestrator.Roster.
func (r *Roster) Release(
	ctx context.Context, id orchestrator.ConversationID, agent orchestrator.AgentID, now orchestrator.Moment,
) error {
	return r.step(ctx, func() error {
		r.removeSeats(id, now, func(s *seat) bool { return s.Agent == agent })
		return nil
	})
}

// Remove implements orchestrator.Roster.
func (r *Roster) Remove(ctx context.Context, id orchestrator.ConversationID, now orchestrator.Moment) error {
	return r.step(ctx, func() error {
		r.removeSeats(id, now, func(*seat) bool { return true })
		r.leave(id)
		return nil
	})
}

// Expire implements orchestrator.Roster.
func (r *Roster) Expire(ctx context.Context, now orchestrator.Moment, limit int) ([]orchestrator.Seat, error) {
	var expired []orchestrator.Seat
	err := r.step(ctx, func() error {
		for id, h := range r.held {
			if h.until < now {
				r.leave(id)
			}
		}
		for _, s := range r.sortedSeats() {
			if len(expired) == limit {
				break
			}
			if s.Kind != orchestrator.SeatRinging || s.Until >= now {
				continue
			}
			expired = append(expired, s.Seat)
			delete(r.seats, seatKey{s.Conversation, s.Agent})
			r.touch(s.Agent, now)
			if s.from != nil {
				r.waiting[s.Conversation] = *s.from
			}
		}
		return nil
	})
	return expired, err
}

// Position implements orchestrator.Roster.
func (r *Roster) Position(ctx context.Context, id orchestrator.ConversationID) (orchestrator.QueueName, int, error) {
	var queue orchestrator.QueueName
	position := 0
	err := r.step(ctx, func() error {
		w, waits := r.waiting[id]
		if !waits {
			return orchestrator.ErrNotWaiting
		}
		queue = w.Queue
		position = 1 + slices.IndexFunc(r.line(queue), func(p orchestrator.Place) bool { return p.Conversation == id })
		return nil
	})
	return queue, position, err
}

// Floor implements orchestrator.Roster.
func (r *Roster) Floor(ctx context.Context, perQueue int) (*orchestrator.Floor, error) {
	floor := &orchestrator.Floor{Taken: map[orchestrator.AgentID]int{}, Lines: map[orchestrator.QueueName]orchestrator.Line{}}
	err := r.step(ctx, func() error {
		for _, p := range r.people {
			floor.Agents = append(floor.Agents, p)
		}
		slices.SortFunc(floor.Agents, func(a, b orchestrator.Presence) int { return cmp.Compare(a.Agent.ID, b.Agent.ID) })
		for _, s := range r.sortedSeats() {
			floor.Taken[s.Agent]++
			if s.Kind == orchestrator.SeatRinging {
				floor.Ringing = append(floor.Ringing, s.Seat)
			}
		}
		for queue, h := range r.handled {
			floor.Lines[queue] = orchestrator.Line{HandleMS: h.totalMS / h.chats}
		}
		for _, w := range r.waiting {
			if line := floor.Lines[w.Queue]; line.First == nil {
				all := r.line(w.Queue)
				line.Waiting = len(all)
				ring := slices.DeleteFunc(all, func(p orchestrator.Place) bool { return r.held[p.Conversation].token != "" })
				line.First = ring[:min(perQueue, len(ring))]
				floor.Lines[w.Queue] = line
			}
		}
		return nil
	})
	return floor, err
}

// Seats implements orchestrator.Roster.
func (r *Roster) Seats(ctx context.Context, of orchestrator.SeatFilter) ([]orchestrator.Seat, error) {
	var seats []orchestrator.Seat
	err := r.step(ctx, func() error {
		for _, s := range r.sortedSeats() {
			if of.Selects(&s.Seat) {
				seats = append(seats, s.Seat)
			}
		}
		return nil
	})
	return seats, err
}

// RecountSeats implements orchestrator.Roster. Nothing is counted beside the seats here.
func (r *Roster) RecountSeats(ctx context.Context) (int, error) {
	return 0, r.step(ctx, func() error { return nil })
}

func (r *Roster) step(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return f()
}

func (r *Roster) hasSeat(agent orchestrator.AgentID, now orchestrator.Moment) bool {
	p, known := r.people[agent]
	if !known || !p.Online || p.Until <= now {
		return false
	}
	taken := 0
	for key := range r.seats {
		if key.agent == agent {
			taken++
		}
	}
	return taken < p.Capacity
}

// removeSeats gives back those seats of a conversation that match, and counts how long a served chat took.
func (r *Roster) removeSeats(id orchestrator.ConversationID, now orchestrator.Moment, match func(*seat) bool) {
	for key, s := range r.seats {
		if key.conversation != id || !match(s) {
			continue
		}
		delete(r.seats, key)
		r.touch(s.Agent, now)
		if s.from != nil && (s.Kind == orchestrator.SeatOwner || s.Kind == orchestrator.SeatWrapUp) {
			h := r.handled[s.from.Queue]
			if h == nil {
				h = &handling{}
				r.handled[s.from.Queue] = h
			}
			h.totalMS += int64(now - s.began)
			h.chats++
		}
	}
}

func (r *Roster) touch(agent orchestrator.AgentID, now orchestrator.Moment) {
	if p, ok := r.people[agent]; ok {
		p.IdleSince = now
		r.people[agent] = p
	}
}

// line lists a queue in order: priority, then what went back to the front, then first wait.
func (r *Roster) line(queue orchestrator.QueueName) []orchestrator.Place {
	var places []orchestrator.Place
	for id, w := range r.waiting {
		if w.Queue == queue {
			places = append(places, orchestrator.Place{Conversation: id, Waiting: w})
		}
	}
	slices.SortFunc(places, func(a, b orchestrator.Place) int {
		front := func(p orchestrator.Place) int {
			if p.Waiting.Front {
				return 0
			}
			return 1
		}
		return cmp.Or(
			cmp.Compare(b.Waiting.Priority, a.Waiting.Priority),
			cmp.Compare(front(a), front(b)),
			cmp.Compare(a.Waiting.Since, b.Waiting.Since),
			cmp.Compare(a.Conversation, b.Conversation),
		)
	})
	return places
}

func (r *Roster) sortedSeats() []*seat {
	seats := make([]*seat, 0, len(r.seats))
	for _, s := range r.seats {
		seats = append(seats, s)
	}
	slices.SortFunc(seats, func(a, b *seat) int {
		return cmp.Or(cmp.Compare(a.Conversation, b.Conversation), cmp.Compare(a.Agent, b.Agent))
	})
	return seats
}
