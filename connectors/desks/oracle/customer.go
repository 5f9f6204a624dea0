package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"handoff/connectors/internal/once"
	"handoff/connectors/internal/textsplit"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// customerSeat opens engagements for customers through the Consumer API.
type customerSeat struct {
	*base
	wake  chan string // engagements that began in this process
	locks [stripes]chan struct{}
}

const (
	// wakeBacklog is how many new engagements may wait to be listened to; more are found by looking.
	wakeBacklog = 256
	// stripes is how many engagements can change their session at a time.
	stripes = 64
)

func newCustomerSeat(b *base) *customerSeat {
	s := &customerSeat{base: b, wake: make(chan string, wakeBacklog)}
	for i := range s.locks {
		s.locks[i] = make(chan struct{}, 1)
	}
	return s
}

// manifest: after-call work and who rings are not seen. Colleagues who join and leave are, but we cannot invite.
func (s *customerSeat) manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind: "oracle", Seats: []string{SeatCustomer}, TypingIn: true, TypingOut: true, Liveness: true, Availability: true,
		Positions: true, LongestText: s.config.LongestText, History: orchestrator.HistoryData,
	}
}

// open begins an engagement. One that waits in the same queue, or is served, is left as it is; one that waits in another
// queue is given up for a new one: a customer cannot change the queue.
func (s *customerSeat) open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	to, err := s.target(cmd.Waiting.Queue)
	if err != nil {
		return "", err
	}
	ref, err := s.opened(ctx, cmd)
	if err != nil {
		return "", err
	}
	if ref != "" {
		c, at, err := s.kept(ctx, ref)
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
	record, err := s.Memory.Load(ctx, cmd.Conversation)
	if err != nil && !errors.Is(err, orchestrator.ErrNotFound) {
		return "", s.Broken("open", err)
	}
	c := customerChat{Conversation: cmd.Conversation, Handoff: cmd.Handoff, Queue: queue, Who: inform(cmd, record, queue)}
	ref, err := s.request(ctx, &c, false)
	if err != nil {
		return "", err
	}
	if err := s.remember(ctx, ref, &c, cmd.ID); err != nil {
		s.giveUp(ctx, ref, &c)
		return "", s.Broken("open", err)
	}
	select {
	case s.wake <- ref:
	default: // it is found by looking
	}
	return ref, nil
}

// request gets a session for an engagement: a new one, or, with resume, that which the customer has. It answers the
// engagement's id.
func (s *customerSeat) request(ctx context.Context, c *customerChat, resume bool) (string, error) {
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
	c.At, c.Token, c.Session, c.Client = at, token, string(e.SessionID), twin(e.ClientID, e.ClientIDText)
	return reference(&e), nil
}

// send posts the customer's words.
func (s *customerSeat) send(ctx context.Context, cmd *orchestrator.Command) error {
	pieces, err := s.posts(cmd, func(body, id string) any { return consumerPost{Body: body, MessageID: id} })
	if err != nil {
		return err
	}
	return s.Poster.Send(ctx, cmd.To.Ref, cmd.ID, pieces, once.Chat{Post: func(ctx context.Context, post string) error {
		return s.call(ctx, "postMessage", cmd.To.Ref, json.RawMessage(post))
	}})
}

// typing shows people that the customer writes.
func (s *customerSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	return s.call(ctx, "activity", cmd.To.Ref, activity(cmd.Typing))
}

// alive asks with the one call that changes nothing for anybody: the customer does not type.
func (s *customerSeat) alive(ctx context.Context, ref string) (bool, error) {
	c, _, err := s.kept(ctx, ref)
	if err != nil || c == nil || c.ending || c.lost {
		return false, s.Broken("probe", err)
	}
	err = s.call(ctx, "activity", ref, activity(false))
	if refused(err, conflict, codeGone) || unknownToOracle(err) {
		return false, nil
	}
	return err == nil, err
}

// end concludes the engagement from the customer's side.
func (s *customerSeat) end(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	if ref == "" {
		o, err := s.openedBy(ctx, cmd.Conversation)
		if err != nil || o.Ref == "" {
			return s.Broken("end", err)
		}
		ref = o.Ref
	}
	c, _, err := s.kept(ctx, ref)
	if err != nil || c == nil {
		return s.Broken("end", err)
	}
	return s.conclude(ctx, ref, c)
}

// conclude ends an engagement. It is marked first, so that whoever listens to it tells nobody of an end that is our own.
func (s *customerSeat) conclude(ctx context.Context, ref string, c *customerChat) error {
	if err := s.Memory.Keep(ctx, s.Name, ref, noteEnding, []byte("1")); err != nil {
		return s.Broken("end", err)
	}
	_, _, err := s.do(ctx, s.withSession("concludeEngagement", c, struct{}{}))
	if err != nil && !overFor(err) {
		return err
	}
	return s.Broken("end", s.forget(ctx, ref, c.Conversation))
}

// giveUp ends an engagement that could not be remembered. If that fails too, Oracle ends it, because nobody polls it.
func (s *customerSeat) giveUp(ctx context.Context, ref string, c *customerChat) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	if _, _, err := s.do(ctx, s.withSession("concludeEngagement", c, struct{}{})); err != nil {
		s.Log.WarnContext(ctx, "an engagement could not be given up", "ref", ref, "error", err)
	}
}

// overFor: the engagement that was to be ended is over, or the session with which it could be ended is.
func overFor(err error) bool {
	return refused(err, conflict) || unknownToOracle(err) || errors.Is(err, errExpired)
}

// withSession is a call with the session of an engagement. The Bearer header is needed at the beginning only; Oracle's samples
// keep sending it.
func (s *customerSeat) withSession(op string, c *customerChat, body any) request {
	header := http.Header{}
	header.Set("SessionId", c.Session)
	header.Set("Authorization", "Bearer "+c.Token)
	return request{op: op, api: "consumer", at: c.At, header: header, body: body}
}

// call makes a call with the session of an engagement, and once more with another one when Oracle does not know it.
func (s *customerSeat) call(ctx context.Context, op, ref string, body any) error {
	c, _, err := s.kept(ctx, ref)
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
	var at route
	if err := json.Unmarshal(raw, &at); err != nil {
		return orchestrator.Looked{}, s.Broken("getQueueStats", err)
	}
	asked, err := json.Marshal(map[string]any{"queueId": to.queue, "chatProactiveAvailableType": "SESSIONS"})
	if err != nil {
		return orchestrator.Looked{}, s.Permanent("getQueueStats", codeInvalid, errors.New("the request cannot be written as JSON"))
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

// posts are the requests for a message's pieces. Each carries an id of its own, the same whenever it is repeated.
func (b *base) posts(cmd *orchestrator.Command, body func(piece, id string) any) ([]string, error) {
	pieces := textsplit.Split(wording.Text(cmd.Message), b.config.LongestText, textsplit.Characters)
	for i, piece := range pieces {
		raw, err := json.Marshal(body(piece, messageID(cmd.ID, i)))
		if err != nil {
			return nil, b.Permanent("send", codeInvalid, errors.New("the message cannot be written as JSON"))
		}
		pieces[i] = string(raw)
	}
	if len(pieces) == 0 {
		return nil, b.Permanent("send", codeInvalid, errors.New("the message has no text"))
	}
	return pieces, nil
}
