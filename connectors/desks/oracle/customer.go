package oracle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"net/http"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// customerSeat opens engagements for customers through the Consumer API.
type customerSeat struct {
	*base
	chats *frame.Chats
	locks [stripes]chan struct{}
}

// stripes is how many engagements can change their session at a time.
const stripes = 64

func newCustomerSeat(b *base) *customerSeat {
	s := &customerSeat{base: b, chats: b.NewChats(b.isRef)}
	for i := range s.locks {
		s.locks[i] = make(chan struct{}, 1)
	}
	return s
}

// Manifest: after-call work and who rings are not seen. Colleagues who join and leave are, but we cannot invite.
func (s *customerSeat) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind: "oracle", Seats: []string{SeatCustomer}, TypingIn: true, TypingOut: true, Liveness: true, Availability: true,
		Positions: true, LongestText: s.config.LongestText, History: orchestrator.HistoryData,
	}
}

// Open begins an engagement. One that waits in the same queue, or is served, is left as it is; one that waits in another
// queue is given up for a new one: a customer cannot change the queue.
func (s *customerSeat) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	to, err := s.target(cmd.Waiting.Queue)
	if err != nil {
		return "", err
	}
	ref, err := s.opened(ctx, cmd)
	if err != nil {
		return "", err
	}
	if ref != "" {
		c, at, err := s.notes(ctx, ref)
		switch {
		case err != nil:
			return "", s.Broken("open", err)
		case c != nil && !c.ending && !c.lost && (c.Queue == to.queue || at.Lead != ""):
			return ref, nil
		case c != nil:
			if err := s.conclude(ctx, ref, c); err != nil {
				return "", err
			}
		}
	}
	return s.begin(ctx, cmd, to.queue)
}

// opened is the engagement that the conversation has, or that an earlier attempt of the same command got.
func (s *customerSeat) opened(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	if cmd.To.Ref != "" {
		return cmd.To.Ref, nil
	}
	o, err := s.openedBy(ctx, cmd.Conversation)
	if err != nil || o.Command != cmd.ID {
		return "", s.Broken("open", err)
	}
	return o.Ref, nil
}

// begin asks the site for a session and the chat server for an engagement.
func (s *customerSeat) begin(ctx context.Context, cmd *orchestrator.Command, queue int64) (string, error) {
	record, err := s.Record(ctx, cmd.Conversation)
	if err != nil {
		return "", s.Broken("open", err)
	}
	c := customerNote{Conversation: cmd.Conversation, Handoff: cmd.Handoff, Queue: queue, Who: informationOf(cmd, record, queue)}
	ref, err := s.requestOnce(ctx, cmd.ID, &c)
	if err != nil {
		return "", err
	}
	if err := s.remember(ctx, ref, &c, cmd.ID); err != nil {
		s.giveUp(ctx, ref, &c)
		return "", s.Broken("open", err)
	}
	s.chats.Opened(ref)
	return ref, nil
}

// requestOnce gets an engagement for a command. Where an earlier attempt was not answered it may have got one, which people see
// and nobody follows: Oracle is asked for that one. Another conversation of the same customer keeps its own.
func (s *customerSeat) requestOnce(ctx context.Context, id orchestrator.CommandID, c *customerNote) (string, error) {
	before, err := s.openedBy(ctx, c.Conversation)
	if err != nil {
		return "", s.Broken("open", err)
	}
	tried := before.Command == id
	if err := s.Keep(ctx, string(c.Conversation), noteOpened, openedNote{Command: id}); err != nil {
		return "", s.Broken("open", err)
	}
	ref, err := s.request(ctx, c, tried)
	if err != nil || !tried {
		return ref, err
	}
	switch other, _, err := s.notes(ctx, ref); {
	case err != nil:
		return "", s.Broken("open", err)
	case other != nil && other.Conversation != c.Conversation:
		return s.request(ctx, c, false)
	}
	return ref, nil
}

// request gets a session for an engagement: a new one, or, with resume, that which the customer has. It answers the
// engagement's id.
func (s *customerSeat) request(ctx context.Context, c *customerNote, resume bool) (string, error) {
	who := c.Who
	if resume {
		who.ResumeType = "RESUME"
	}
	token, at, err := s.establish(ctx, who)
	if err != nil {
		return "", err
	}
	header := http.Header{}
	header.Set("Authorization", "Bearer "+token)
	e, _, err := s.do(ctx, request{op: "requestEngagement", api: "consumer", at: at, header: header, body: struct{}{}})
	if err != nil {
		return "", err
	}
	switch e.ResultType {
	case "", "NONE", "SUCCESS", "EXISTING_SESSION":
	case "FAIL_OUT_OF_HOURS", "FAIL_HOLIDAY", "FAIL_NO_AGENTS_AVAIL", "FAIL_RULE_DEQUEUE":
		return "", s.Permanent("requestEngagement", string(e.ResultType), errors.New("no chat is taken for this queue now"))
	default:
		return "", s.Permanent("requestEngagement", "undocumented", errors.New("no engagement was begun"))
	}
	if e.SessionID == "" {
		return "", s.unusable("requestEngagement", errors.New("the chat server gave no session"))
	}
	c.At, c.Token, c.Session, c.Client = at, token, string(e.SessionID), idText(e.ClientID, e.ClientIDText)
	return reference(&e), nil
}

// reference is the handle of an engagement: its id. An answer without one gets a handle derived from the session, which does
// not show it.
func reference(e *envelope) string {
	if id := clip(idText(e.EngagementID, e.EngagementIDText)); id != "" {
		return id
	}
	sum := sha256.Sum256([]byte(e.SessionID))
	return "s-" + hex.EncodeToString(sum[:8])
}

// withSession is a call with the session of an engagement. The Bearer header is needed at the beginning only; Oracle's samples
// keep sending it.
func (s *customerSeat) withSession(op string, c *customerNote, body any) request {
	header := http.Header{}
	header.Set("SessionId", c.Session)
	header.Set("Authorization", "Bearer "+c.Token)
	return request{op: op, api: "consumer", at: c.At, header: header, body: body}
}

// call makes a call with the session of an engagement, and once more with another one when Oracle does not know it.
func (s *customerSeat) call(ctx context.Context, op, ref string, body any) error {
	c, _, err := s.notes(ctx, ref)
	switch {
	case err != nil:
		return s.Broken(op, err)
	case c == nil || c.ending || c.lost:
		return s.Permanent(op, codeGone, errors.New("the engagement is over"))
	}
	_, _, err = s.do(ctx, s.withSession(op, c, body))
	if !errors.Is(err, errExpired) {
		return err
	}
	next, err := s.resume(ctx, ref, c)
	if err != nil {
		return err
	}
	_, _, err = s.do(ctx, s.withSession(op, next, body))
	return err
}

// lock keeps two calls of this process from changing an engagement's session at once.
func (s *customerSeat) lock(ctx context.Context, ref string) (unlock func(), err error) {
	h := fnv.New32a()
	h.Write([]byte(ref))
	lock := s.locks[h.Sum32()%stripes]
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
