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
	// boardLooks is how many pages of the store are looked at to fill a column when a filter selects few.
	boardLooks = 12
)

// boardView is what the board says.
type boardView struct {
	Filter  orchestrator.Filter
	Query   string // the filter as the query of a link
	Choices boardChoices
	Columns []column
	strips
}

// boardChoices are what the filter offers.
type boardChoices struct {
	Bots, Desks, Queues, Agents []string
}

// column is one state.
type column struct {
	State orchestrator.State
	orchestrator.StateCount
	Cards []card
	Link  string // to all of this state
	Next  string // to the next page; empty: there is none
	Cut   bool   // there are more than were looked at
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
	v := boardView{Filter: filter, Query: boardQuery(filter).Encode(), Choices: s.choices()}
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
		col := column{State: state, StateCount: counts[state]}
		if col.Count > 0 {
			if err := s.fill(c, &col, filter, limit); err != nil {
				return nil, err
			}
		}
		columns = append(columns, col)
	}
	return columns, nil
}

// fill puts the cards into a column.
func (s *Server) fill(c *call, col *column, filter orchestrator.Filter, limit int) error {
	filter.State = col.State
	col.Link = "/board?" + boardQuery(orchestrator.Filter{State: col.State, Queue: filter.Queue, Desk: filter.Desk,
		Agent: filter.Agent, Bot: filter.Bot, Text: filter.Text}).Encode()
	now := s.now()
	for range boardLooks {
		filter.Limit = limit - len(col.Cards)
		found, next, err := s.store.Longest(c.ctx(), filter)
		if err != nil {
			return err
		}
		for _, conversation := range found {
			col.Cards = append(col.Cards, s.cardOf(conversation, now))
		}
		filter.Cursor = next
		if next == "" {
			return nil
		}
		if len(col.Cards) == limit {
			break
		}
	}
	col.Cut = len(col.Cards) < limit
	col.Next = "/board?" + boardQuery(filter).Encode()
	return nil
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
		Bots: named(s.options.Bots), Desks: named(s.options.Desks), Queues: named(s.queues), Agents: named(s.users),
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
