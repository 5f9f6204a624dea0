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

// listPlace is where a list goes on: after one member of one cell. Cells are the state indexes, partition by partition.
type listPlace struct {
	cell   int
	score  int64
	member string // empty: from the beginning of the cell
}

func (l listPlace) cursor() string {
	return encodeCursor(fmt.Sprintf("%d|%d|%s", l.cell, l.score, l.member))
}

func parseListPlace(cursor string, cells int) (listPlace, error) {
	if cursor == "" {
		return listPlace{}, nil
	}
	text, err := decodeCursor(cursor)
	if err != nil {
		return listPlace{}, err
	}
	parts := strings.SplitN(text, "|", 3)
	if len(parts) != 3 {
		return listPlace{}, badCursor()
	}
	cell, err := strconv.Atoi(parts[0])
	if err != nil || cell < 0 || cell >= cells {
		return listPlace{}, badCursor()
	}
	score, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return listPlace{}, badCursor()
	}
	return listPlace{cell: cell, score: score, member: parts[2]}, nil
}

// List answers one page of live conversations in no particular order, at most filter.Limit, and the cursor of the next
// page, empty after the last. A conversation that moves while pages are read may be missed or listed twice.
func (s *Store) List(ctx context.Context, filter orchestrator.Filter) ([]*orchestrator.Conversation, string, error) {
	cells := s.cells(filter.State)
	place, err := parseListPlace(filter.Cursor, max(1, len(cells)))
	if err != nil || filter.Limit <= 0 || len(cells) == 0 {
		return nil, "", err
	}
	places, more, err := s.scan(ctx, cells, place, max(filter.Limit, minScan))
	if err != nil {
		return nil, "", err
	}
	ids := make([]orchestrator.ConversationID, len(places))
	for i, p := range places {
		ids[i] = orchestrator.ConversationID(p.member)
	}
	records, err := s.loadAll(ctx, ids)
	if err != nil {
		return nil, "", err
	}
	page, next := pageOf(filter, places, records, more)
	return page, next, nil
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

// scan answers at most count places after the given one, and whether there are more.
func (s *Store) scan(ctx context.Context, cells []string, from listPlace, count int) ([]listPlace, bool, error) {
	sizes, err := s.sizes(ctx, cells[from.cell:])
	if err != nil {
		return nil, false, err
	}
	places, err := s.rest(ctx, cells[from.cell], from, count+1)
	if err != nil {
		return nil, false, err
	}
	// Then whole cells from their beginnings, as many as are sure to fill the page.
	pipe := s.client.Pipeline()
	reads := map[int]*redis.ZSliceCmd{}
	expected := int64(len(places))
	for i := 1; i < len(sizes) && expected <= int64(count); i++ {
		if sizes[i] > 0 {
			cell := from.cell + i
			reads[cell] = pipe.ZRangeWithScores(ctx, cells[cell], 0, int64(count))
			expected += sizes[i]
		}
	}
	if len(reads) > 0 {
		if _, err := pipe.Exec(ctx); err != nil {
			return nil, false, fmt.Errorf("redis: list: %w", err)
		}
	}
	for cell := from.cell + 1; cell < len(cells) && len(places) <= count; cell++ {
		if read, ok := reads[cell]; ok {
			places = append(places, placesOf(cell, read.Val())...)
		}
	}
	return places[:min(count, len(places))], len(places) > count, nil
}

func (s *Store) sizes(ctx context.Context, cells []string) ([]int64, error) {
	pipe := s.client.Pipeline()
	cmds := make([]*redis.IntCmd, len(cells))
	for i, cell := range cells {
		cmds[i] = pipe.ZCard(ctx, cell)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: list: %w", err)
	}
	sizes := make([]int64, len(cells))
	for i, cmd := range cmds {
		sizes[i] = cmd.Val()
	}
	return sizes, nil
}

// rest answers at most count places of one cell after the given one. Members of one score lie in lexical order, so
// those up to the last one read are passed over, however many share its score.
func (s *Store) rest(ctx context.Context, cell string, from listPlace, count int) ([]listPlace, error) {
	if from.member == "" {
		rows, err := s.client.ZRangeWithScores(ctx, cell, 0, int64(count)-1).Result()
		if err != nil {
			return nil, fmt.Errorf("redis: list: %w", err)
		}
		return placesOf(from.cell, rows), nil
	}
	var places []listPlace
	for offset := 0; len(places) < count; offset += count {
		rows, err := s.client.ZRangeByScoreWithScores(ctx, cell, &redis.ZRangeBy{
			Min: strconv.FormatInt(from.score, 10), Max: "+inf", Offset: int64(offset), Count: int64(count),
		}).Result()
		if err != nil {
			return nil, fmt.Errorf("redis: list: %w", err)
		}
		for _, place := range placesOf(from.cell, rows) {
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

func placesOf(cell int, rows []redis.Z) []listPlace {
	places := make([]listPlace, 0, len(rows))
	for _, row := range rows {
		if id, ok := row.Member.(string); ok {
			places = append(places, listPlace{cell: cell, score: int64(row.Score), member: id})
		}
	}
	return places
}
