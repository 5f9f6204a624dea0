package web

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"handoff/orchestrator"
)

// Limits of the board.
const (
	// boardCards is how many conversations of each state the board shows; the browser never holds more.
	boardCards = 12
	// boardPage is how many a page of one state shows.
	boardPage = 60
	// boardLooks is how many pages of the store are looked at for a column when a filter is set: to find its cards, and to count
	// what the filter selects.
	boardLooks = 12
	// boardCounted is how many are counted in one such page.
	boardCounted = 256
)

// boardView is what the board says.
type boardView struct {
	Filter   orchestrator.Filter
	Filtered bool   // not all of a state are shown
	Query    string // the filter as the query of a link
	Choices  boardChoices
	Columns  []column
	strips
}

// boardChoices are what the filter offers.
type boardChoices struct {
	Bots, Desks, Queues, Agents []string
}

// column is one state.
type column struct {
	State                   orchestrator.State
	orchestrator.StateCount       // of those that the filter selects
	Of                      int64 // how many stand in the state, whatever the filter says
	Cards                   []card
	Link                    string // to all of this state
	Next                    string // to the next page; empty: there is none
	Cut                     bool   // there are more than were looked at for cards
	AtLeast                 bool   // there are more than were counted
}

// filterOf reads the board's filter: the parameters of the list of conversations.
func (q *query) boardFilter() orchestrator.Filter {
	f := q.filter()
	if f.State.Ended() {
		q.fail("state", "is not a live state")
	}
	return f
}

// board answers GET /board: one column for each live state, or one state page by page, those that stand there longest
// first. With ?part= it answers the part of the page of that name, for a page that fetches it anew.
func (s *Server) board(c *call) error {
	q := newQuery(c, append([]string{"part"}, filterNames...)...)
	filter, part := q.boardFilter(), q.text("part")
	if part != "" && part != "columns" && part != "strips" {
		q.fail("part", "must be columns or strips")
	}
	if err := q.err(); err != nil {
		return err
	}
	f := s.frame(c, "board", "Board")
	f.Live, f.Wide = true, true
	v := boardView{Filter: filter, Filtered: selects(filter), Query: boardQuery(filter).Encode(), Choices: s.choices()}
	f.Body = &v
	var err error
	if part != "strips" {
		if v.Columns, err = s.columns(c, filter); err != nil {
			return cursorFault(err)
		}
	}
	if part != "columns" {
		if v.strips, err = s.strips(c); err != nil {
			return err
		}
	}
	if part != "" {
		return s.showPart(c, http.StatusOK, "board", part, f)
	}
	return s.show(c, http.StatusOK, "board", f)
}

func (s *Server) columns(c *call, filter orchestrator.Filter) ([]column, error) {
	counts, err := s.store.Counts(c.ctx())
	if err != nil {
		return nil, err
	}
	states, limit := orchestrator.LiveStates(), boardCards
	if filter.State != "" {
		states, limit = []orchestrator.State{filter.State}, boardPage
	}
	columns := make([]column, 0, len(states))
	for _, state := range states {
		col := column{State: state, StateCount: counts[state], Of: counts[state].Count}
		if col.Count > 0 {
			if err := s.fill(c, &col, filter, limit); err != nil {
				return nil, err
			}
		}
		columns = append(columns, col)
	}
	return columns, nil
}

// fill puts the cards into a column. With a filter it counts as well: the store counts whole states only.
func (s *Server) fill(c *call, col *column, filter orchestrator.Filter, limit int) error {
	filter.State = col.State
	col.Link = "/board?" + boardQuery(orchestrator.Filter{State: col.State, Queue: filter.Queue, Desk: filter.Desk,
		Agent: filter.Agent, Bot: filter.Bot, Text: filter.Text}).Encode()
	now, rest := s.now(), filter
	for look := 0; look < boardLooks && len(col.Cards) < limit; look++ {
		rest.Limit = limit - len(col.Cards)
		found, next, err := s.store.List(c.ctx(), rest)
		if err != nil {
			return err
		}
		for _, conversation := range found {
			col.Cards = append(col.Cards, s.cardOf(conversation, now))
		}
		if rest.Cursor = next; next == "" {
			break
		}
	}
	if rest.Cursor != "" {
		col.Cut, col.Next = len(col.Cards) < limit, "/board?"+boardQuery(rest).Encode()
	}
	if !selects(filter) {
		return nil
	}
	if filter.Cursor == "" && rest.Cursor == "" { // all of them are shown
		col.StateCount = orchestrator.StateCount{Count: int64(len(col.Cards))}
		if col.Count > 0 {
			col.Oldest = col.Cards[0].Since
		}
		return nil
	}
	return s.count(c, col, filter)
}

// count sets how many of a state the filter selects, and how old the oldest of them is.
func (s *Server) count(c *call, col *column, filter orchestrator.Filter) error {
	col.StateCount, filter.Cursor, filter.Limit = orchestrator.StateCount{}, "", boardCounted
	for range boardLooks {
		found, next, err := s.store.List(c.ctx(), filter)
		if err != nil {
			return err
		}
		if col.Count == 0 && len(found) > 0 {
			col.Oldest = found[0].EnteredAt
		}
		col.Count += int64(len(found))
		if filter.Cursor = next; next == "" {
			return nil
		}
	}
	col.AtLeast = true
	return nil
}

// selects reports whether a filter leaves some of a state away.
func selects(f orchestrator.Filter) bool {
	return f != orchestrator.Filter{State: f.State, Cursor: f.Cursor, Limit: f.Limit}
}

// boardQuery writes a filter as the query of a link.
func boardQuery(f orchestrator.Filter) url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"state": string(f.State), "queue": string(f.Queue), "desk": string(f.Desk), "agent": string(f.Agent),
		"bot": string(f.Bot), "text": f.Text, "cursor": f.Cursor,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (s *Server) choices() boardChoices {
	return boardChoices{
		Bots: named(s.options.Bots), Desks: named(s.options.Desks), Queues: named(s.present().queues), Agents: named(s.present().users),
	}
}

// named are the keys of a map in their order.
func named[K ~string, V any](m map[K]V) []string {
	names := make([]string, 0, len(m))
	for name := range maps.Keys(m) {
		names = append(names, string(name))
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names
}
