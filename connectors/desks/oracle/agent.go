package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"handoff/connectors/internal/once"
	"handoff/orchestrator"
)

// agentSeat is our bot as an automated agent of Oracle's.
type agentSeat struct {
	*base
	wake chan struct{} // a chat ended in this process: there is room for another
}

func newAgentSeat(b *base) *agentSeat { return &agentSeat{base: b, wake: make(chan struct{}, 1)} }

// manifest: people are not seen from the bot's session, so neither is their typing, transfer, conference or after-call work.
func (a *agentSeat) manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind: "oracle", Seats: []string{SeatAgent}, TypingOut: true, Liveness: true, OneSession: true,
		LongestText: a.config.LongestText, History: orchestrator.HistoryNote,
	}
}

// send posts the bot's words to the customer.
func (a *agentSeat) send(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	c, err := a.kept(ctx, ref)
	if err != nil {
		return a.Broken("send", err)
	}
	if !c.with() {
		return a.Permanent("send", codeGone, errors.New("the engagement is over, or not the bot's any more"))
	}
	err = a.post(ctx, ref, cmd, "ALL")
	a.lostBy(ctx, ref, c, err)
	return err
}

// post posts a message under the command's id, visible to all or to agents only.
func (a *agentSeat) post(ctx context.Context, ref string, cmd *orchestrator.Command, visibility string) error {
	id, err := number64(ref)
	if err != nil {
		return a.Permanent("send", codeNoChat, errors.New("the handle is none of Oracle's"))
	}
	pieces, err := a.posts(cmd, func(body, messageID string) any {
		return agentPost{
			Body: body, DestinationID: id, DestinationType: "ENGAGEMENT", MessageType: "TEXT", MessageID: messageID,
			Visibility: visibility, TimeCreated: a.Clock.Now().UnixMilli(),
		}
	})
	if err != nil {
		return err
	}
	return a.Poster.Send(ctx, ref, cmd.ID, pieces, once.Chat{Post: func(ctx context.Context, post string) error {
		e, err := a.call(ctx, "postMessage", json.RawMessage(post))
		if err == nil && e.PostResult != nil && e.PostResult.ClientReset == pollerSeemsDead {
			// Oracle took the post and sees nobody fetching. Whoever holds the session fetches without a pause, or logs in
			// again when that fails, so there is nothing to restart here.
			a.Log.WarnContext(ctx, "Oracle sees no running getMessages", "ref", ref)
		}
		return err
	}})
}

// pollerSeemsDead is the clientReset of an answer to a post when no getMessages is under way (Oracle's own client).
const pollerSeemsDead = 2

// typing shows the customer that the bot writes.
func (a *agentSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	engagement, err := number64(cmd.To.Ref)
	if err != nil {
		return a.Permanent("typing", codeNoChat, errors.New("the handle is none of Oracle's"))
	}
	raw, _, err := a.Keeper.Ready(ctx)
	if err != nil {
		return err
	}
	s, err := readSession(raw)
	if err != nil {
		return a.Broken("typing", err)
	}
	client, err := number64(s.Client)
	if err != nil {
		return a.Permanent("typing", codeInvalid, errors.New("the login gave no client id with the session"))
	}
	_, err = a.call(ctx, "setInteractionStatus", interaction(client, engagement, cmd.Typing))
	return err
}

// alive asks whether Oracle still has the engagement, by asking where it could be sent.
func (a *agentSeat) alive(ctx context.Context, ref string) (bool, error) {
	c, err := a.kept(ctx, ref)
	if err != nil || !c.with() {
		return false, a.Broken("probe", err)
	}
	_, err = a.availability(ctx, ref)
	if unknownToOracle(err) {
		return false, nil
	}
	return err == nil, err
}

// availability asks for Oracle's guess of who is there in the queue that its rules would choose.
func (a *agentSeat) availability(ctx context.Context, ref string) (envelope, error) {
	id, err := number64(ref)
	if err != nil {
		return envelope{}, a.Permanent("rerouteAvailability", codeNoChat, errors.New("the handle is none of Oracle's"))
	}
	return a.callWith(ctx, func(s *agentSession) request { return a.probe(s, id) })
}

// probe is the call that asks where an engagement could be sent. The name of its parameter is that of the two similar
// operations of the Consumer API; the fields of its answer are not documented.
func (a *agentSeat) probe(s *agentSession, engagement int64) request {
	r := a.request("rerouteAvailability", s, nil)
	r.query = url.Values{"request": {`{"engagementId":` + strconv.FormatInt(engagement, 10) + `}`}}
	return r
}

// end concludes the engagement, if it is still ours, and releases it: one that is concluded only keeps a seat of the bot's.
func (a *agentSeat) end(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	c, err := a.kept(ctx, ref)
	begun := c != nil && c.State == stateOver && c.Farewell == nil // by an attempt of ours, which did not come to its end
	if err != nil || !c.with() && !begun {
		return a.Broken("end", err)
	}
	c.State = stateOver
	if err := a.Keep(ctx, ref, noteChat, c); err != nil {
		return a.Broken("end", err)
	}
	return a.finish(ctx, ref)
}

// finish concludes and releases an engagement that is over for us, and forgets it.
func (a *agentSeat) finish(ctx context.Context, ref string) error {
	id, err := number64(ref)
	if err != nil {
		return a.Permanent("end", codeNoChat, errors.New("the handle is none of Oracle's"))
	}
	for _, op := range []string{"concludeChat", "releaseChat"} {
		_, err := a.call(ctx, op, engagementBody{EngagementID: id, TimeCreated: a.Clock.Now().UnixMilli()})
		if err != nil && orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent {
			return err
		}
		if err != nil { // concluded by the customer, or released by an attempt whose answer was lost
			a.Log.InfoContext(ctx, "ending an engagement that has ended", "ref", ref, "op", op, "why", err)
		}
	}
	return a.Broken("end", a.release(ctx, ref))
}

// release forgets an engagement that is not the bot's any more: there is room for another.
func (a *agentSeat) release(ctx context.Context, ref string) error {
	if err := a.Memory.Forget(ctx, a.Name, ref); err != nil {
		return err
	}
	select {
	case a.wake <- struct{}{}:
	default:
	}
	return nil
}

// request is a call with the bot's session. The Bearer header is needed at login only; Oracle's sample keeps sending it.
func (a *agentSeat) request(op string, s *agentSession, body any) request {
	header := http.Header{}
	header.Set("X-AID", strconv.FormatInt(a.config.AccountID, 10))
	header.Set("X-JSESSIONID", s.ID)
	header.Set("Authorization", "Bearer "+s.Token)
	return request{op: op, api: "agent", at: s.At, header: header, body: body}
}

// call makes a call with the session that any process holds, and once more with the next one when that has expired.
func (a *agentSeat) call(ctx context.Context, op string, body any) (envelope, error) {
	return a.callWith(ctx, func(s *agentSession) request { return a.request(op, s, body) })
}

func (a *agentSeat) callWith(ctx context.Context, build func(*agentSession) request) (envelope, error) {
	raw, number, err := a.Keeper.Ready(ctx)
	if err != nil {
		return envelope{}, err
	}
	e, err := a.callOnce(ctx, raw, build)
	if !errors.Is(err, errExpired) {
		return e, err
	}
	if raw, _, err = a.Keeper.Renewed(ctx, raw, number); err != nil {
		return envelope{}, err
	}
	return a.callOnce(ctx, raw, build)
}

func (a *agentSeat) callOnce(ctx context.Context, raw []byte, build func(*agentSession) request) (envelope, error) {
	s, err := readSession(raw)
	if err != nil {
		return envelope{}, a.Broken("session", err)
	}
	return a.ofChat(ctx, s, build(s))
}

// ofChat makes a call about one engagement. Oracle has one answer for a session that it does not know and for a call that the
// session may not make, so the session is looked at by itself before it is given up: a refusal about one engagement must not
// take the session away from all others.
func (a *agentSeat) ofChat(ctx context.Context, s *agentSession, r request) (envelope, error) {
	e, _, err := a.do(ctx, r)
	if errors.Is(err, errExpired) && a.stillKnown(ctx, s) {
		return e, a.Permanent(r.op, codeRefused, errors.New("the chat server refuses it for this engagement"))
	}
	return e, err
}

// stillKnown asks whether Oracle knows the session, with a call that changes nothing and concerns no engagement. Any other
// refusal than that of the session shows that it does; no answer shows nothing.
func (a *agentSeat) stillKnown(ctx context.Context, s *agentSession) bool {
	_, _, err := a.do(ctx, a.request("retrieveAgentsAndQueues", s, map[string]any{
		"id": a.config.AccountID, "includeAgentInformation": false, "includeQueueInformation": false, "includeQueueStatistics": false,
	}))
	return err == nil || !errors.Is(err, errExpired) && orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent
}

// number64 is an engagement's or a client's id as Oracle wants it in a body.
func number64(id string) (int64, error) { return strconv.ParseInt(id, 10, 64) }
