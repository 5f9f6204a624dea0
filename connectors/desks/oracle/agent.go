package oracle

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// agentSeat is our bot as an automated agent of Oracle's.
type agentSeat struct {
	*base
	wake chan struct{} // a chat ended in this process: there is room for another
}

func newAgentSeat(b *base) *agentSeat { return &agentSeat{base: b, wake: make(chan struct{}, 1)} }

// Manifest: people are not seen from the bot's session, so neither is their typing, transfer, conference or after-call work.
func (a *agentSeat) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind: "oracle", Seats: []string{SeatAgent}, TypingOut: true, Liveness: true, OneSession: true,
		LongestText: a.config.LongestText, History: orchestrator.HistoryNote,
	}
}

// request is a call with the bot's session. The Bearer header is needed at login only; Oracle's sample keeps sending it.
func (a *agentSeat) request(op string, s *login, body any) request {
	header := http.Header{}
	header.Set("X-AID", strconv.FormatInt(a.config.AccountID, 10))
	header.Set("X-JSESSIONID", s.ID)
	header.Set("Authorization", "Bearer "+s.Token)
	return request{op: op, api: "agent", at: s.At, header: header, body: body}
}

// call makes a call with the session that any process holds, and once more with the next one when that has expired.
func (a *agentSeat) call(ctx context.Context, op string, body any) (envelope, error) {
	return a.callWith(ctx, func(s *login) request { return a.request(op, s, body) })
}

func (a *agentSeat) callWith(ctx context.Context, build func(*login) request) (e envelope, err error) {
	err = a.Keeper.Call(ctx, isExpired, func(raw []byte) error {
		s, err := readLogin(raw)
		if err != nil {
			return a.Broken("session", err)
		}
		e, err = a.ofChat(ctx, s, build(s))
		return err
	})
	return e, err
}

// ofChat makes a call about one engagement. Oracle has one answer for a session that it does not know and for a call that the
// session may not make, so the session is looked at by itself before it is given up: a refusal about one engagement must not
// take the session away from all others.
func (a *agentSeat) ofChat(ctx context.Context, s *login, r request) (envelope, error) {
	e, _, err := a.do(ctx, r)
	if errors.Is(err, errExpired) && a.stillKnown(ctx, s) {
		return e, a.Permanent(r.op, codeRefused, errors.New("the chat server refuses it for this engagement"))
	}
	return e, err
}

// stillKnown asks whether Oracle knows the session, with a call that changes nothing and concerns no engagement. Any other
// refusal than that of the session shows that it does; no answer shows nothing.
func (a *agentSeat) stillKnown(ctx context.Context, s *login) bool {
	_, _, err := a.do(ctx, a.request("retrieveAgentsAndQueues", s, map[string]any{
		"id": a.config.AccountID, "includeAgentInformation": false, "includeQueueInformation": false, "includeQueueStatistics": false,
	}))
	return err == nil || !errors.Is(err, errExpired) && frame.Refused(err)
}

// availability asks for Oracle's guess of who is there in the queue that its rules would choose.
func (a *agentSeat) availability(ctx context.Context, ref string) (envelope, error) {
	return a.callWith(ctx, func(s *login) request { return a.probe(s, ref) })
}

// probe is the call that asks where an engagement could be sent. The name of its parameter is that of the two similar
// operations of the Consumer API; the fields of its answer are not documented.
func (a *agentSeat) probe(s *login, ref string) request {
	r := a.request("rerouteAvailability", s, nil)
	r.query = url.Values{"request": {`{"engagementId":` + ref + `}`}}
	return r
}

// address completes a fact about an engagement: its conversation is found by the desk's own id for it.
func (a *agentSeat) address(ref string) func(*orchestrator.Event) {
	return func(ev *orchestrator.Event) {
		a.OfChat(a.config.Bot, ref, ev)
	}
}

// tell tells a fact about an engagement.
func (a *agentSeat) tell(ctx context.Context, ref, id string, ev orchestrator.Event) (orchestrator.Receipt, error) {
	if ev.Type != orchestrator.EventTyping {
		ev.ID = orchestrator.EventID("oracle:" + ref + ":" + id)
	}
	a.address(ref)(&ev)
	return a.Report.Tell(ctx, ev)
}

func (a *agentSeat) customer(c *agentNote) orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: c.Customer.ID, Name: c.Customer.Name}
}
