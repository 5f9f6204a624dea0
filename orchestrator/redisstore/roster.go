package redisstore

import (
	"context"
	"fmt"
	"strings"

	"handoff/orchestrator"
)

var (
	presentScript  = newScript("roster", "present")
	enqueueScript  = newScript("roster", "enqueue")
	reserveScript  = newScript("roster", "reserve")
	takeScript     = newScript("roster", "take")
	releaseScript  = newScript("roster", "release")
	removeScript   = newScript("roster", "remove")
	expireScript   = newScript("roster", "expire")
	positionScript = newScript("roster", "position")
	floorScript    = newScript("roster", "floor")
	renewScript    = newScript("roster", "renew")
	departScript   = newScript("roster", "depart")
	holdScript     = newScript("roster", "hold")
	giveBackScript = newScript("roster", "giveback")
	seatsScript    = newScript("roster", "recounted", "seats")
	recountSeats   = newScript("roster", "recounted", "recount_seats")
)

// Separators within the roster's values; names that contain them are refused.
const (
	unitSeparator   = "\x1f"
	recordSeparator = "\x1e"
)

// highestPriority is the first in line.
const highestPriority = 9

// runRoster runs one script of the roster; all get all its keys.
func (s *Store) runRoster(ctx context.Context, sc *script, args ...any) (any, error) {
	answer, err := s.run(ctx, sc, s.keys.roster.all(), args...)
	if err != nil {
		return nil, fmt.Errorf("roster: %w", err)
	}
	return answer, nil
}

// validNames refuses what the stored form could not tell apart.
func validNames(names ...string) error {
	for _, name := range names {
		if name == "" {
			return fmt.Errorf("roster: an agent, a conversation or a queue has no name")
		}
		if strings.ContainsAny(name, unitSeparator+recordSeparator) {
			return fmt.Errorf("roster: %.64q contains a control character", name)
		}
	}
	return nil
}

// Enqueue gives a conversation its place in a line, in place of any place or seat it had.
func (s *Store) Enqueue(
	ctx context.Context, id orchestrator.ConversationID, w orchestrator.Waiting, now orchestrator.Moment,
) error {
	if err := validNames(string(id), string(w.Queue)); err != nil {
		return err
	}
	b, err := encode(&w)
	if err != nil {
		return err
	}
	place := placeMember(id, &w) + recordSeparator + b
	_, err = s.runRoster(ctx, enqueueScript, string(id), place, momentArg(now))
	return err
}

// placeMember sorts, as text, in the order of the line: by queue, then the highest priority first, then those at the
// front, then by first wait, then by id.
func placeMember(id orchestrator.ConversationID, w *orchestrator.Waiting) string {
	return rankOf(w) + sinceText(w) + unitSeparator + string(id)
}

// rankOf is what the members of equals in a line begin with.
func rankOf(w *orchestrator.Waiting) string {
	last := highestPriority - min(max(w.Priority, 0), highestPriority)
	behind := 1
	if w.Front {
		behind = 0
	}
	return fmt.Sprintf("%s%s%d%d", w.Queue, unitSeparator, last, behind)
}

func sinceText(w *orchestrator.Waiting) string {
	return fmt.Sprintf("%0*d", momentDigits, max(0, w.Since))
}

// Reserve takes a seat with an agent for a conversation until the given moment. With FromLine the conversation must be
// waiting and leaves the line; ErrNotWaiting. ErrNoSeat when the agent is away or at capacity. An agent who has a seat
// for the conversation already keeps it, and a reservation gets the new moment.
func (s *Store) Reserve(ctx context.Context, r orchestrator.Reservation, now orchestrator.Moment) error {
	if err := validNames(string(r.Conversation), string(r.Agent)); err != nil {
		return err
	}
	answer, err := s.runRoster(ctx, reserveScript, string(r.Conversation), string(r.Agent), momentArg(r.Until),
		flagArg(r.FromLine), flagArg(r.Force), momentArg(now))
	switch {
	case err != nil:
		return err
	case answer == int64(0):
		return fmt.Errorf("reserve %s for %s: %w", r.Agent, r.Conversation, orchestrator.ErrNoSeat)
	case answer == int64(-1):
		return fmt.Errorf("reserve %s for %s: %w", r.Agent, r.Conversation, orchestrator.ErrNotWaiting)
	}
	return nil
}

func flagArg(set bool) string {
	if set {
		return "1"
	}
	return "0"
}

// Take makes a seat the conversation's own, with or without a reservation, and takes the conversation out of the line.
// With SeatOwner every other seat but guests' is given back.
func (s *Store) Take(
	ctx context.Context, id orchestrator.ConversationID, agent orchestrator.AgentID, kind orchestrator.SeatKind,
	now orchestrator.Moment,
) error {
	if err := validNames(string(id), string(agent)); err != nil {
		return err
	}
	switch kind {
	case orchestrator.SeatOwner, orchestrator.SeatGuest, orchestrator.SeatWrapUp:
	case orchestrator.SeatRinging:
		return fmt.Errorf("roster: a seat that rings is reserved, not taken")
	default:
		return fmt.Errorf("roster: %q is not a kind of seat", kind)
	}
	_, err := s.runRoster(ctx, takeScript, string(id), string(agent), string(kind), momentArg(now))
	return err
}

// Release gives back one agent's seat for a conversation; others stay.
func (s *Store) Release(
	ctx context.Context, id orchestrator.ConversationID, agent orchestrator.AgentID, now orchestrator.Moment,
) error {
	_, err := s.runRoster(ctx, releaseScript, string(id), string(agent), momentArg(now))
	return err
}

// Remove gives back all seats of a conversation and its place in any line.
func (s *Store) Remove(ctx context.Context, id orchestrator.ConversationID, now orchestrator.Moment) error {
	_, err := s.runRoster(ctx, removeScript, string(id), momentArg(now))
	return err
}

// Expire takes back at most limit reservations that ran out before now, and answers them; a conversation that was
// reserved from the line gets its place again.
func (s *Store) Expire(ctx context.Context, now orchestrator.Moment, limit int) ([]orchestrator.Seat, error) {
	if limit <= 0 {
		return nil, nil
	}
	answer, err := s.runRoster(ctx, expireScript, momentArg(now), limit)
	if err != nil {
		return nil, err
	}
	values, err := texts(answer)
	if err != nil || len(values)%4 != 0 {
		return nil, fmt.Errorf("roster: expire answered %d values: %w", len(values), err)
	}
	var seats []orchestrator.Seat
	for v := values; len(v) > 0; v = v[4:] {
		seat := orchestrator.Seat{
			Conversation: orchestrator.ConversationID(v[0]), Agent: orchestrator.AgentID(v[1]), Kind: orchestrator.SeatRinging,
		}
		if seat.Since, err = parseMoment(v[2]); err != nil {
			return nil, err
		}
		if seat.Until, err = parseMoment(v[3]); err != nil {
			return nil, err
		}
		seats = append(seats, seat)
	}
	return seats, nil
}

// Position answers a waiting conversation's place, 1 for the next; ErrNotWaiting.
func (s *Store) Position(ctx context.Context, id orchestrator.ConversationID) (orchestrator.QueueName, int, error) {
	answer, err := s.runRoster(ctx, positionScript, string(id))
	if err != nil {
		return "", 0, err
	}
	if answer == nil {
		return "", 0, fmt.Errorf("position of %s: %w", id, orchestrator.ErrNotWaiting)
	}
	pair, ok := answer.([]any)
	if !ok || len(pair) != 2 {
		return "", 0, fmt.Errorf("roster: position answered %v", answer)
	}
	queue, isText := pair[0].(string)
	position, isNumber := pair[1].(int64)
	if !isText || !isNumber {
		return "", 0, fmt.Errorf("roster: position answered %v", answer)
	}
	return orchestrator.QueueName(queue), int(position), nil
}
