package redisstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"handoff/orchestrator"
)

// maxPerQueue is how many waiting conversations of a line one call of Floor answers at most.
const maxPerQueue = 1000

// Floor answers the whole floor at one moment, with at most perQueue (and never more than a thousand) waiting
// conversations of each line. Agents are in the order of their ids, seats in that of their conversations. An agent
// whose time has run out is still there until RemovePresence.
func (s *Store) Floor(ctx context.Context, perQueue int) (*orchestrator.Floor, error) {
	answer, err := s.runRoster(ctx, floorScript, min(max(perQueue, 0), maxPerQueue))
	if err != nil {
		return nil, err
	}
	parts, ok := answer.([]any)
	if !ok || len(parts) != 7 {
		return nil, fmt.Errorf("roster: floor answered %T", answer)
	}
	var hashes [6]map[string]string
	for i, part := range append(parts[:5:5], parts[6]) {
		if hashes[i], err = hash(part); err != nil {
			return nil, err
		}
	}
	presence, idle, seats, handle, waiting, chosen := hashes[0], hashes[1], hashes[2], hashes[3], hashes[4], hashes[5]
	floor := &orchestrator.Floor{Lines: map[orchestrator.QueueName]orchestrator.Line{}}
	if floor.Agents, err = readAgents(presence, idle, chosen); err != nil {
		return nil, err
	}
	if floor.Seats, err = readSeats(seats); err != nil {
		return nil, err
	}
	return floor, readLines(floor.Lines, waiting, handle, parts[5])
}

func readAgents(presence, idle, chosen map[string]string) ([]orchestrator.Presence, error) {
	agents := make([]orchestrator.Presence, 0, len(presence))
	for id, value := range presence {
		p, err := readPresence(id, value)
		if err != nil {
			return nil, err
		}
		if p.IdleSince, err = parseMoment(idle[id]); err != nil {
			return nil, fmt.Errorf("roster: %s is idle since %q: %w", id, idle[id], err)
		}
		if since, reason, known := strings.Cut(chosen[id], "|"); known { // the version before noted none
			if p.Since, err = parseMoment(since); err != nil {
				return nil, fmt.Errorf("roster: %s chose at %q: %w", id, since, err)
			}
			p.Reason = reason
		}
		agents = append(agents, p)
	}
	slices.SortFunc(agents, func(a, b orchestrator.Presence) int { return cmp.Compare(a.Agent.ID, b.Agent.ID) })
	return agents, nil
}

func readSeats(stored map[string]string) ([]orchestrator.Seat, error) {
	var seats []orchestrator.Seat
	for conversation, value := range stored {
		for text := range strings.SplitSeq(value, recordSeparator) {
			fields := strings.Split(text, unitSeparator)
			if len(fields) != 7 {
				return nil, fmt.Errorf("roster: seats of %s are not in the stored form", conversation)
			}
			seat := orchestrator.Seat{
				Conversation: orchestrator.ConversationID(conversation),
				Agent:        orchestrator.AgentID(fields[0]), Kind: orchestrator.SeatKind(fields[1]),
			}
			var err error
			if seat.Since, err = parseMoment(fields[2]); err != nil {
				return nil, fmt.Errorf("roster: seats of %s: %w", conversation, err)
			}
			if seat.Until, err = parseMoment(fields[3]); err != nil {
				return nil, fmt.Errorf("roster: seats of %s: %w", conversation, err)
			}
			seats = append(seats, seat)
		}
	}
	slices.SortFunc(seats, func(a, b orchestrator.Seat) int {
		return cmp.Or(cmp.Compare(a.Conversation, b.Conversation), cmp.Compare(a.Agent, b.Agent))
	})
	return seats, nil
}

// readLines fills in every queue in which somebody waits or was served from.
func readLines(lines map[orchestrator.QueueName]orchestrator.Line, waiting, handle map[string]string, first any) error {
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
			if err != nil {
				return err
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
