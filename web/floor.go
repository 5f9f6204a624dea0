package web

import (
	"cmp"
	"net/http"
	"slices"

	"handoff/orchestrator"
)

// list is the shape of every list.
type list[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next_cursor"`
}

func listOf[T any](items []T, next string) list[T] {
	l := list[T]{Items: orEmpty(items)}
	if next != "" {
		l.Next = &next
	}
	return l
}

type queueView struct {
	Name     orchestrator.QueueName     `json:"name"`
	Desk     orchestrator.ConnectorName `json:"desk"`
	Priority int                        `json:"priority"`
	Target   string                     `json:"target"` // the desk's own name for it
	Waiting  int                        `json:"waiting"`
	Oldest   orchestrator.Moment        `json:"waiting_since"` // of who has waited longest
	Online   int                        `json:"online"`
	Ready    int                        `json:"ready"` // online with a free seat
	Handle   float64                    `json:"average_handle_seconds"`
}

// listQueues answers GET /v1/queues: an agent sees their own.
func (s *Server) listQueues(c *call) error {
	floor, err := s.floor(c)
	if err != nil {
		return err
	}
	var items []queueView
	for _, q := range s.present().queues {
		if c.who.role != RoleAgent || slices.Contains(c.who.user.Queues, q.Name) {
			items = append(items, s.viewQueue(&q, floor))
		}
	}
	slices.SortFunc(items, func(a, b queueView) int { return cmp.Compare(a.Name, b.Name) })
	return c.JSON(http.StatusOK, listOf(items, ""))
}

func (s *Server) viewQueue(q *Queue, floor *orchestrator.Floor) queueView {
	line := floor.Lines[q.Name]
	v := queueView{
		Name: q.Name, Desk: q.Desk, Priority: q.Priority, Target: cmp.Or(q.Target, string(q.Name)),
		Waiting: line.Waiting,
		Handle:  float64(line.HandleMS) / 1000,
	}
	for _, place := range line.First { // not always the first: a higher priority comes before a longer wait
		if since := place.Waiting.Since; v.Oldest == 0 || since < v.Oldest {
			v.Oldest = since
		}
	}
	for i := range floor.Agents {
		p := &floor.Agents[i]
		if !p.Online || p.Until <= s.now() || !slices.Contains(p.Queues, q.Name) {
			continue
		}
		v.Online++
		if floor.Taken[p.Agent.ID] < p.Capacity {
			v.Ready++
		}
	}
	return v
}

// floor is the house desk's; empty where there is no house desk.
func (s *Server) floor(c *call) (*orchestrator.Floor, error) {
	if s.attendance == nil {
		return &orchestrator.Floor{}, nil
	}
	return s.attendance.Floor(c.ctx())
}

type agentView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role Role   `json:"role"`
	presenceView
	Seats []seatView `json:"seats"` // for supervisors; others see how many
}

type seatView struct {
	Conversation orchestrator.ConversationID `json:"conversation"`
	Kind         orchestrator.SeatKind       `json:"kind"`
	Since        orchestrator.Moment         `json:"since"`
	Until        orchestrator.Moment         `json:"until"` // of what rings
}

// listAgents answers GET /v1/agents: who may be there and who is, so that colleagues can be found for a transfer.
func (s *Server) listAgents(c *call) error {
	floor, err := s.floor(c)
	if err != nil {
		return err
	}
	seats, err := s.seatsFor(c, orchestrator.SeatFilter{})
	if err != nil {
		return err
	}
	users := s.present().users
	items := make([]agentView, 0, len(users))
	for _, u := range users {
		items = append(items, s.viewAgent(floor, u, seats[u.ID()]))
	}
	slices.SortFunc(items, func(a, b agentView) int { return cmp.Compare(a.ID, b.ID) })
	return c.JSON(http.StatusOK, listOf(items, ""))
}

func (s *Server) viewAgent(floor *orchestrator.Floor, u *User, seats []seatView) agentView {
	return agentView{ID: u.Name, Name: u.shown(), Role: u.Role, presenceView: s.presenceIn(floor, u), Seats: orEmpty(seats)}
}

// seatsFor answers seats by agent, for those who may see them.
func (s *Server) seatsFor(c *call, of orchestrator.SeatFilter) (map[orchestrator.AgentID][]seatView, error) {
	if s.attendance == nil || !watchers.has(c.who.role) {
		return nil, nil
	}
	seats, err := s.attendance.Seats(c.ctx(), of)
	if err != nil {
		return nil, err
	}
	byAgent := map[orchestrator.AgentID][]seatView{}
	for i := range seats {
		seat := &seats[i]
		byAgent[seat.Agent] = append(byAgent[seat.Agent], seatView{seat.Conversation, seat.Kind, seat.Since, seat.Until})
	}
	return byAgent, nil
}
