package redisstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"handoff/orchestrator"
)

// Seats answers the seats that a filter selects, in the order of their conversations and then of their agents.
func (s *Store) Seats(ctx context.Context, of orchestrator.SeatFilter) ([]orchestrator.Seat, error) {
	answer, err := s.runRoster(ctx, seatsScript, string(of.Conversation), string(of.Agent), string(of.Kind))
	if err != nil {
		return nil, err
	}
	stored, err := hash(answer)
	if err != nil {
		return nil, err
	}
	return s.readSeats(stored, of), nil
}

// RecountSeats compares what is counted and indexed of the seats with the seats themselves, and mends it.
func (s *Store) RecountSeats(ctx context.Context) (int, error) {
	answer, err := s.runRoster(ctx, recountSeats)
	if err != nil {
		return 0, err
	}
	wrong, ok := answer.(int64)
	if !ok {
		return 0, fmt.Errorf("roster: recount answered %T", answer)
	}
	return int(wrong), nil
}

// readSeats answers the seats of the stored ones that a filter selects. What cannot be read is set aside: the scripts leave
// it out as well, and write over it.
func (s *Store) readSeats(stored map[string]string, of orchestrator.SeatFilter) []orchestrator.Seat {
	var seats []orchestrator.Seat
	for conversation, value := range stored {
		for text := range strings.SplitSeq(value, recordSeparator) {
			seat, err := readSeat(conversation, text)
			if err != nil {
				s.setAside("seat of "+conversation, err)
			} else if of.Selects(&seat) {
				seats = append(seats, seat)
			}
		}
	}
	slices.SortFunc(seats, func(a, b orchestrator.Seat) int {
		return cmp.Or(cmp.Compare(a.Conversation, b.Conversation), cmp.Compare(a.Agent, b.Agent))
	})
	return seats
}

func readSeat(conversation, text string) (orchestrator.Seat, error) {
	seat := orchestrator.Seat{Conversation: orchestrator.ConversationID(conversation)}
	fields := strings.Split(text, unitSeparator)
	if len(fields) != 7 {
		return seat, fmt.Errorf("roster: a seat has %d fields, not 7", len(fields))
	}
	seat.Agent, seat.Kind = orchestrator.AgentID(fields[0]), orchestrator.SeatKind(fields[1])
	var err error
	if seat.Since, err = parseMoment(fields[2]); err != nil {
		return seat, err
	}
	seat.Until, err = parseMoment(fields[3])
	return seat, err
}
