package redisstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// minScan is how many conversations one page looks at, at the least, when the filter selects few of them. So a page may
// hold fewer items than its limit, or none, while a cursor says that there are more.
const minScan = 256

// listPlace is where a list goes on: after one member, by the moment by which it is listed.
type listPlace struct {
	score  int64
	member string // empty: from the beginning
}

func (l listPlace) cursor() string { return encodeCursor(fmt.Sprintf("%d|%s", l.score, l.member)) }

func (s *Store) parseListPlace(cursor string) (listPlace, error) {
	if cursor == "" {
		return listPlace{}, nil
	}
	text, err := decodeCursor(cursor)
	if err != nil {
		return listPlace{}, err
	}
	at, member, ok := strings.Cut(text, "|")
	score, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !ok {
		return listPlace{}, badCursor()
	}
	if _, err := s.keys.locate(orchestrator.ConversationID(member)); err != nil {
		return listPlace{}, badCursor()
	}
	return listPlace{score: score, member: member}, nil
}

// pageOf picks what the filter selects of the records at some places, and answers where the next page begins.
func pageOf(
	filter orchestrator.Filter, places []listPlace, records []*orchestrator.Conversation, more bool,
) (page []*orchestrator.Conversation, next string) {
	for i, c := range records {
		if c == nil || c.State.Ended() || !filter.Matches(c) {
			continue
		}
		page = append(page, c)
		if len(page) == filter.Limit && (i+1 < len(records) || more) {
			return page, places[i].cursor()
		}
	}
	if !more {
		return page, ""
	}
	return page, places[len(places)-1].cursor()
}

// cells are the indexes to be read for a state, or for all live states.
func (s *Store) cells(state orchestrator.State) []string {
	states := orchestrator.LiveStates()
	if state != "" {
		if !slices.Contains(states, state) {
			return nil
		}
		states = []orchestrator.State{state}
	}
	cells := make([]string, 0, len(states)*len(s.keys.partitions))
	for i := range s.keys.partitions {
		for _, state := range states {
			cells = append(cells, s.keys.partitions[i].states[state])
		}
	}
	return cells
}

// rest answers at most count places of one cell after the given one. Members of one score lie in lexical order, so
// those up to the last one read are passed over, however many share its score.
func (s *Store) rest(ctx context.Context, cell string, from listPlace, count int) ([]listPlace, error) {
	if from.member == "" {
		rows, err := s.client.ZRangeWithScores(ctx, cell, 0, int64(count)-1).Result()
		if err != nil {
			return nil, fmt.Errorf("redis: list: %w", err)
		}
		return placesOf(rows), nil
	}
	var places []listPlace
	for offset := 0; len(places) < count; offset += count {
		rows, err := s.client.ZRangeByScoreWithScores(ctx, cell, &redis.ZRangeBy{
			Min: strconv.FormatInt(from.score, 10), Max: "+inf", Offset: int64(offset), Count: int64(count),
		}).Result()
		if err != nil {
			return nil, fmt.Errorf("redis: list: %w", err)
		}
		for _, place := range placesOf(rows) {
			if place.score > from.score || place.member > from.member {
				places = append(places, place)
			}
		}
		if len(rows) < count {
			break
		}
	}
	return places[:min(count, len(places))], nil
}

func placesOf(rows []redis.Z) []listPlace {
	places := make([]listPlace, 0, len(rows))
	for _, row := range rows {
		if id, ok := row.Member.(string); ok {
			places = append(places, listPlace{score: int64(row.Score), member: id})
		}
	}
	return places
}
