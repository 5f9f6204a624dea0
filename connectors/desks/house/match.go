package house

import (
	"cmp"
	"slices"

	"handoff/orchestrator"
)

// pair is a waiting conversation and the person at whom it is to ring.
type pair struct {
	place orchestrator.Place
	agent orchestrator.Agent
}

// person is an agent as the matching sees them.
type person struct {
	presence *orchestrator.Presence
	taken    int  // seats of any kind
	ringing  bool // something rings there already
}

// match pairs waiting conversations with people. It is pure: the same floor at the same moment gives the same pairs.
//
// Conversations come in the order of their lines, merged by priority, then what went back to the front, then first
// wait. One that nobody can take now does not hold up those behind it. A person is rung at when they are online and
// heard of, serve the queue, have every skill, have a free seat (after-call work and ringing count as taken) and
// nothing else rings at them. Among those the preferred person comes first, then who has been idle longest, then the
// smaller id. Nobody is asked for what excludes them: see matchAgain.
func match(floor *orchestrator.Floor, now orchestrator.Moment) []pair {
	people, free := crew(floor, now)
	line := merge(floor.Lines)
	var pairs []pair
	for free > 0 {
		place, ok := line.next()
		if !ok {
			break
		}
		p := choose(people, &place.Waiting)
		if p == nil {
			continue
		}
		p.ring()
		free--
		pairs = append(pairs, pair{place: place, agent: p.presence.Agent})
	}
	return pairs
}

// matchAgain pairs people with conversations that they did not take before: those for whom match has found nothing else, so
// that everything else has rung at them in between. Each is asked for the one whose pause was over first.
func matchAgain(floor *orchestrator.Floor, now orchestrator.Moment) []pair {
	people, _ := crew(floor, now)
	var waits []orchestrator.Place
	for line := merge(floor.Lines); ; {
		place, ok := line.next()
		if !ok {
			break
		}
		waits = append(waits, place)
	}
	var pairs []pair
	for _, p := range people {
		if !p.free() {
			continue
		}
		best, since := -1, now
		for i := range waits {
			again, excluded := waits[i].Waiting.Excluded(p.presence.Agent.ID)
			if excluded && able(p.presence, &waits[i].Waiting) && (again < since || again == since && best < 0) {
				best, since = i, again
			}
		}
		if best < 0 {
			continue
		}
		p.ring()
		pairs = append(pairs, pair{place: waits[best], agent: p.presence.Agent})
		waits = slices.Delete(waits, best, best+1)
	}
	return pairs
}

// crew lists who is there, and how many of them could be rung at.
func crew(floor *orchestrator.Floor, now orchestrator.Moment) (people []*person, free int) {
	byID := make(map[orchestrator.AgentID]*person, len(floor.Agents))
	for i := range floor.Agents {
		if p := &floor.Agents[i]; there(p, now) {
			byID[p.Agent.ID] = &person{presence: p, taken: floor.Taken[p.Agent.ID]}
		}
	}
	for _, s := range floor.Ringing {
		if p := byID[s.Agent]; p != nil {
			p.ringing = true
		}
	}
	for _, p := range byID {
		people = append(people, p)
		if p.free() {
			free++
		}
	}
	slices.SortFunc(people, longestIdle)
	return people, free
}

// choose finds the person for a conversation, nil if none can be rung at now. People come longest idle first.
func choose(people []*person, w *orchestrator.Waiting) *person {
	var best *person
	for _, p := range people {
		id := p.presence.Agent.ID
		if _, excluded := w.Excluded(id); excluded || !p.free() || !able(p.presence, w) {
			continue
		}
		if id == w.Prefer {
			return p
		}
		if best == nil {
			best = p
		}
	}
	return best
}

// there reports whether a person is online and has been heard of.
func there(p *orchestrator.Presence, now orchestrator.Moment) bool { return p.Online && !gone(p, now) }

// gone reports whether a person has not been heard of in time.
func gone(p *orchestrator.Presence, now orchestrator.Moment) bool { return p.Until <= now }

// able reports whether a person may take the conversation at all. Who is asked for by name (Only) need neither serve
// the queue nor have the skills: otherwise the conversation would ring at nobody.
func able(p *orchestrator.Presence, w *orchestrator.Waiting) bool {
	if w.Only != "" {
		return p.Agent.ID == w.Only
	}
	return serves(p, w.Queue, w.Skills)
}

// serves reports whether a person serves a queue and has all of the skills.
func serves(p *orchestrator.Presence, queue orchestrator.QueueName, skills []string) bool {
	if !slices.Contains(p.Queues, queue) {
		return false
	}
	for _, s := range skills {
		if !slices.Contains(p.Skills, s) {
			return false
		}
	}
	return true
}

func (p *person) free() bool { return !p.ringing && p.taken < p.presence.Capacity }

// ring takes the person's seat in this view of the floor.
func (p *person) ring() { p.ringing, p.taken = true, p.taken+1 }

func longestIdle(a, b *person) int {
	return cmp.Or(
		cmp.Compare(a.presence.IdleSince, b.presence.IdleSince),
		compareText(a.presence.Agent.ID, b.presence.Agent.ID),
	)
}

// lines merges several lines; each keeps its own order, which is the roster's.
type lines struct{ rest [][]orchestrator.Place }

func merge(by map[orchestrator.QueueName]orchestrator.Line) *lines {
	names := make([]orchestrator.QueueName, 0, len(by))
	for name := range by {
		names = append(names, name)
	}
	slices.Sort(names)
	m := &lines{}
	for _, name := range names {
		if first := by[name].First; len(first) > 0 {
			m.rest = append(m.rest, first)
		}
	}
	return m
}

// next takes the head that comes first; among equals the line whose name comes first.
func (m *lines) next() (orchestrator.Place, bool) {
	best := -1
	for i, line := range m.rest {
		if best < 0 || comesFirst(&line[0].Waiting, &m.rest[best][0].Waiting) {
			best = i
		}
	}
	if best < 0 {
		return orchestrator.Place{}, false
	}
	place := m.rest[best][0]
	if m.rest[best] = m.rest[best][1:]; len(m.rest[best]) == 0 {
		m.rest = slices.Delete(m.rest, best, best+1)
	}
	return place, true
}

// comesFirst orders the heads of different lines.
func comesFirst(a, b *orchestrator.Waiting) bool {
	switch {
	case a.Priority != b.Priority:
		return a.Priority > b.Priority
	case a.Front != b.Front:
		return a.Front
	default:
		return a.Since < b.Since
	}
}

func compareText[T ~string](a, b T) int { return cmp.Compare(a, b) }
