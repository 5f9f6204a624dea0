package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

var _ orchestrator.Availability = (*customerDesk)(nil)

// customerDesk is a Desk in the seat customer, where Oracle tells who is there.
type customerDesk struct {
	*Desk
	customers *customerSeat
}

// End ends the engagement, also one whose opening nobody has heard of.
func (d *customerDesk) End(ctx context.Context, cmd *orchestrator.Command) error {
	if cmd.To.Ref != "" {
		return d.Desk.End(ctx, cmd)
	}
	o, err := d.customers.openedBy(ctx, cmd.Conversation)
	if err != nil {
		return d.customers.Broken("end", err)
	}
	known := *cmd
	known.To.Ref = o.Ref
	return d.Desk.End(ctx, &known)
}

// Look asks Oracle who is there for a queue (getQueueStats).
func (d *customerDesk) Look(ctx context.Context, queue orchestrator.QueueName, _ []string) (orchestrator.Looked, error) {
	return d.customers.look(ctx, queue)
}

// Position is the place in the queue as Oracle last told it; 0 while it has not, or somebody serves.
func (d *customerDesk) Position(ctx context.Context, id orchestrator.ConversationID) (position int, waitMS int64, err error) {
	c, err := d.customers.Memory.Load(ctx, id)
	if err != nil {
		return 0, 0, err
	}
	_, at, err := d.customers.notes(ctx, c.DeskRef)
	return at.Position, at.WaitMS, err
}

// look asks for the statistics of a queue. Sessions of type SESSIONS also count people who have not asked for the next chat.
func (s *customerSeat) look(ctx context.Context, queue orchestrator.QueueName) (orchestrator.Looked, error) {
	to, err := s.target(queue)
	if err != nil {
		return orchestrator.Looked{}, err
	}
	raw, _, err := s.Keeper.Ready(ctx)
	if err != nil {
		return orchestrator.Looked{}, err
	}
	var at server
	if err := json.Unmarshal(raw, &at); err != nil {
		return orchestrator.Looked{}, s.Broken("getQueueStats", err)
	}
	asked, err := json.Marshal(map[string]any{"queueId": to.queue, "chatProactiveAvailableType": "SESSIONS"})
	if err != nil {
		return orchestrator.Looked{}, s.Permanent("getQueueStats", frame.CodeInvalid, errors.New("the request cannot be written as JSON"))
	}
	e, _, err := s.do(ctx, request{
		op: "getQueueStats", api: "consumer", at: at, header: http.Header{}, query: url.Values{"request": {string(asked)}},
	})
	if err != nil {
		return orchestrator.Looked{}, err
	}
	return looked(&e), nil
}

// looked reads queue statistics. Without a number of agents, no free session may mean that all are busy: then nothing is
// known.
func looked(e *envelope) orchestrator.Looked {
	value := func(n *number) int {
		if n == nil {
			return 0
		}
		return max(0, int(*n))
	}
	l := orchestrator.Looked{Ready: value(e.AvailableSessions), Online: value(e.AvailableAgents), Waiting: value(e.InQueue)}
	l.Known = e.AvailableAgents != nil || l.Ready > 0
	if l.Online == 0 && l.Ready > 0 {
		l.Online = l.Ready
	}
	l.WaitMS = int64(value(e.ExpectedWait)) * 1000
	return l
}
