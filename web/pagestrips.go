package web

import (
	"cmp"
	"slices"
	"time"

	"handoff/orchestrator"
)

// strips are what the board says of the installation beside the conversations.
type strips struct {
	Queues     []queueStrip
	Connectors []connectorView
	Reaper     reaperView
}

// queueStrip is one waiting line.
type queueStrip struct {
	Name        orchestrator.QueueName
	Desk        orchestrator.ConnectorName
	Waiting     int
	Oldest      orchestrator.Moment
	Expected    time.Duration // 0: not known
	Known       bool          // the desk can be asked
	Ready, Busy int           // people online, with a free seat and without
	Wrapping    int           // of them: with after-call work
	Nobody      bool          // somebody waits and nobody is there
}

func (s *Server) strips(c *call) (strips, error) {
	floor, err := s.floor(c)
	if err != nil {
		return strips{}, err
	}
	connectors, err := s.connectors(c)
	if err != nil {
		return strips{}, err
	}
	afterWork, err := s.seatsFor(c, orchestrator.SeatFilter{Kind: orchestrator.SeatWrapUp})
	if err != nil {
		return strips{}, err
	}
	v := strips{Connectors: connectors, Reaper: s.reaper()}
	for _, q := range s.present().queues {
		v.Queues = append(v.Queues, s.queueStrip(c, &q, floor, afterWork))
	}
	slices.SortFunc(v.Queues, func(a, b queueStrip) int { return cmp.Compare(a.Name, b.Name) })
	return v, nil
}

// queueStrip asks the queue's desk. A desk that cannot be asked leaves the numbers out.
func (s *Server) queueStrip(
	c *call, q *Queue, floor *orchestrator.Floor, afterWork map[orchestrator.AgentID][]seatView,
) queueStrip {
	v := queueStrip{Name: q.Name, Desk: q.Desk}
	desk, ok := s.options.Desks[q.Desk].(orchestrator.Availability)
	if !ok {
		return v
	}
	looked, err := desk.Look(c.ctx(), q.Name, nil)
	if err != nil {
		s.log.Warn("queue not known", "queue", q.Name, "desk", q.Desk, "error", err.Error())
		return v
	}
	v.Known, v.Waiting, v.Ready, v.Busy = looked.Known, looked.Waiting, looked.Ready, looked.Online-looked.Ready
	v.Expected = time.Duration(looked.WaitMS) * time.Millisecond
	if _, ours := desk.(orchestrator.Attendance); ours {
		v.Oldest = s.viewQueue(q, floor).Oldest
		v.Wrapping = wrapping(floor, afterWork, q.Name, s.now())
	}
	v.Nobody = v.Waiting > 0 && looked.Online == 0
	return v
}

// wrapping counts the people online for a queue who have after-call work.
func wrapping(
	floor *orchestrator.Floor, afterWork map[orchestrator.AgentID][]seatView, queue orchestrator.QueueName,
	now orchestrator.Moment,
) int {
	n := 0
	for i := range floor.Agents {
		p := &floor.Agents[i]
		if p.Online && p.Until > now && slices.Contains(p.Queues, queue) && len(afterWork[p.Agent.ID]) > 0 {
			n++
		}
	}
	return n
}
