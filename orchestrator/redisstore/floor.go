package redisstore

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"handoff/orchestrator"
)

// maxPerQueue is how many waiting conversations of a line one call of Floor answers at most.
const maxPerQueue = 1000

// Floor answers who is there, how many seats each has taken, what rings, and at most perQueue (and never more than a
// thousand) waiting conversations of each line. Agents are in the order of their ids, seats in that of their conversations.
// An agent whose time has run out is still there until RemovePresence. A value that cannot be read is set aside, so that it
// does not stop the floor for everybody.
func (s *Store) Floor(ctx context.Context, perQueue int) (*orchestrator.Floor, error) {
	answer, err := s.runRoster(ctx, floorScript, min(max(perQueue, 0), maxPerQueue))
	if err != nil {
		return nil, err
	}
	parts, ok := answer.([]any)
	if !ok || len(parts) != 8 {
		return nil, fmt.Errorf("roster: floor answered %T", answer)
	}
	var hashes [7]map[string]string
	for i, part := range parts[:7] {
		if hashes[i], err = hash(part); err != nil {
			return nil, err
		}
	}
	presence, idle, load, handle, waiting, chosen, ringing := hashes[0], hashes[1], hashes[2], hashes[3], hashes[4], hashes[5],
		hashes[6]
	floor := &orchestrator.Floor{
		Agents:  s.readAgents(presence, idle, chosen),
		Taken:   s.readTaken(load),
		Ringing: s.readSeats(ringing, orchestrator.SeatFilter{Kind: orchestrator.SeatRinging}),
		Lines:   map[orchestrator.QueueName]orchestrator.Line{},
	}
	return floor, s.readLines(floor.Lines, waiting, handle, parts[7])
}

// readAgents answers who is there. Somebody whose presence cannot be read counts as away until they choose anew: they are
// offered nothing, and keep their chats.
func (s *Store) readAgents(presence, idle, chosen map[string]string) []orchestrator.Presence {
	agents := make([]orchestrator.Presence, 0, len(presence))
	for id, value := range presence {
		p, err := readPerson(id, value, idle[id], chosen[id])
		if err != nil {
			s.setAside("presence of "+id, err)
			p = orchestrator.Presence{Agent: orchestrator.Agent{ID: orchestrator.AgentID(id)}, Until: s.now().Add(time.Hour)}
		}
		agents = append(agents, p)
	}
	slices.SortFunc(agents, func(a, b orchestrator.Presence) int { return cmp.Compare(a.Agent.ID, b.Agent.ID) })
	return agents
}

// readPerson puts together what the roster holds of one agent.
func readPerson(id, value, idle, chosen string) (orchestrator.Presence, error) {
	p, err := readPresence(id, value)
	if err != nil {
		return p, err
	}
	if p.IdleSince, err = parseMoment(idle); err != nil {
		return p, fmt.Errorf("roster: %s is idle since %q: %w", id, idle, err)
	}
	if since, reason, known := strings.Cut(chosen, "|"); known { // the version before noted none
		if p.Since, err = parseMoment(since); err != nil {
			return p, fmt.Errorf("roster: %s chose at %q: %w", id, since, err)
		}
		p.Reason = reason
	}
	return p, nil
}

// readTaken answers how many seats each agent has. A count that is no number counts as full, until seats are recounted.
func (s *Store) readTaken(load map[string]string) map[orchestrator.AgentID]int {
	taken := make(map[orchestrator.AgentID]int, len(load))
	for id, text := range load {
		n, err := strconv.Atoi(text)
		if err != nil {
			s.setAside("number of seats of "+id, err)
			n = math.MaxInt32
		}
		taken[orchestrator.AgentID(id)] = n
	}
	return taken
}

// readLines fills in every queue in which somebody waits or was served from.
func (s *Store) readLines(lines map[orchestrator.QueueName]orchestrator.Line, waiting, handle map[string]string, first any) error {
	for queue, value := range handle {
		ms, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return fmt.Errorf("roster: handle time of %s: %w", queue, err)
		}
		lines[orchestrator.QueueName(queue)] = orchestrator.Line{HandleMS: ms}
	}
	for queue, value := range waiting {
		n, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("roster: how many wait in %s: %w", queue, err)
		}
		line := lines[orchestrator.QueueName(queue)]
		line.Waiting = n
		lines[orchestrator.QueueName(queue)] = line
	}
	rows, ok := first.([]any)
	if !ok {
		return fmt.Errorf("roster: lines are %T", first)
	}
	for _, row := range rows {
		values, err := texts(row)
		if err != nil || len(values) == 0 {
			return fmt.Errorf("roster: a line of %d values: %w", len(values), err)
		}
		line := lines[orchestrator.QueueName(values[0])]
		for _, value := range values[1:] {
			place, err := readPlace(value)
			if err != nil { // it is not offered; the deadline of its conversation moves it on
				s.setAside("place in the line of "+values[0], err)
				continue
			}
			line.First = append(line.First, place)
		}
		lines[orchestrator.QueueName(values[0])] = line
	}
	return nil
}

func readPlace(value string) (orchestrator.Place, error) {
	var place orchestrator.Place
	member, b, ok := strings.Cut(value, recordSeparator)
	if !ok {
		return place, fmt.Errorf("roster: a place is not in the stored form")
	}
	place.Conversation = orchestrator.ConversationID(member[strings.LastIndex(member, unitSeparator)+1:])
	return place, decode([]byte(b), &place.Waiting)
}

// texts turns a script's list of strings into ours.
func texts(answer any) ([]string, error) {
	list, ok := answer.([]any)
	if !ok {
		return nil, fmt.Errorf("redis: a script answered %T in place of a list", answer)
	}
	values := make([]string, len(list))
	for i, v := range list {
		if values[i], ok = v.(string); !ok {
			return nil, fmt.Errorf("redis: a script answered %T in place of a string", v)
		}
	}
	return values, nil
}

// hash turns a script's list of fields and values into a map.
func hash(answer any) (map[string]string, error) {
	values, err := texts(answer)
	if err != nil || len(values)%2 != 0 {
		return nil, fmt.Errorf("redis: a script answered a hash of %d parts: %w", len(values), err)
	}
	m := make(map[string]string, len(values)/2)
	for ; len(values) > 0; values = values[2:] {
		m[values[0]] = values[1]
	}
	return m, nil
}

// parseMoment reads what momentArg wrote.
func parseMoment(text string) (orchestrator.Moment, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	return orchestrator.Moment(n), err
}
