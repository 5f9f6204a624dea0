package redisstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// List answers one page of live conversations in the order of Conversation.ListedFrom, the first in front, at most filter.Limit,
// and the cursor of the next page, empty after the last. A conversation that moves while pages are read may be missed or
// listed twice.
func (s *Store) List(ctx context.Context, filter orchestrator.Filter) ([]*orchestrator.Conversation, string, error) {
	cells := s.cells(filter.State)
	from, err := s.parseListPlace(filter.Cursor)
	if err != nil || filter.Limit <= 0 || len(cells) == 0 {
		return nil, "", err
	}
	count := filter.Limit
	if plain := (orchestrator.Filter{State: filter.State, Cursor: filter.Cursor, Limit: filter.Limit}); filter != plain {
		count = max(count, minScan)
	}
	places, more, err := s.merge(ctx, cells, from, count)
	if err != nil {
		return nil, "", err
	}
	ids := make([]orchestrator.ConversationID, len(places))
	for i, p := range places {
		ids[i] = orchestrator.ConversationID(p.member)
	}
	records, _, err := s.loadAll(ctx, ids)
	if err != nil {
		return nil, "", err
	}
	page, next := pageOf(filter, places, records, more)
	return page, next, nil
}

// merge answers the first count places of all cells after the given one by age, and whether there are more. Most of them
// are found with a few from each cell; the cells of which those are not enough are read again.
func (s *Store) merge(ctx context.Context, cells []string, from listPlace, count int) ([]listPlace, bool, error) {
	few := min(count+1, spare+(2*count)/len(cells))
	read, err := s.fronts(ctx, cells, from, few)
	if err != nil {
		return nil, false, err
	}
	places := sorted(read)
	for cell, found := range read {
		full := len(found) == few && few <= count
		if !full || (len(places) > count && compare(places[count], found[few-1]) <= 0) {
			continue // all that counts of this cell is there
		}
		if read[cell], err = s.rest(ctx, cells[cell], from, count+1); err != nil {
			return nil, false, err
		}
	}
	places = sorted(read)
	return places[:min(count, len(places))], len(places) > count, nil
}

// spare is how many are read of each cell beyond its share.
const spare = 4

// fronts reads the first few places of each cell after the given one, in one pipeline.
func (s *Store) fronts(ctx context.Context, cells []string, from listPlace, few int) ([][]listPlace, error) {
	pipe := s.client.Pipeline()
	cmds := make([]*redis.ZSliceCmd, len(cells))
	after := &redis.ZRangeBy{Min: "-inf", Max: "+inf", Count: int64(few)}
	if from.member != "" {
		after.Min = strconv.FormatInt(from.score, 10)
	}
	for i, cell := range cells {
		cmds[i] = pipe.ZRangeByScoreWithScores(ctx, cell, after)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: list: %w", err)
	}
	read := make([][]listPlace, len(cells))
	for i, cmd := range cmds {
		found := placesOf(cmd.Val())
		read[i] = slices.DeleteFunc(slices.Clone(found), func(p listPlace) bool {
			return from.member != "" && compare(p, from) <= 0
		})
		if len(found) == few && len(read[i]) < few { // of one moment there are many
			var err error
			if read[i], err = s.rest(ctx, cells[i], from, few); err != nil {
				return nil, err
			}
		}
	}
	return read, nil
}

func sorted(read [][]listPlace) []listPlace {
	places := slices.Concat(read...)
	slices.SortFunc(places, compare)
	return places
}

func compare(a, b listPlace) int {
	return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.member, b.member))
}
