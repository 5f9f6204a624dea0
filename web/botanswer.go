package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// step is what the timeline says about a request that was answered: enough for the answer to be the same each time.
type step struct {
	moved    bool
	position int
	waitMS   int64
	// failure is told with 200 or 202, because it is a business outcome and many bot platforms lose the body of an error.
	failure *wire.Failure
}

// stepEntries is how many entries of a step are read: the event's own, the move it became, texts of the policy.
const stepEntries = 8

// outcome reads what came of a request for a person.
func (s *Server) outcome(ctx context.Context, receipt orchestrator.Receipt, waited bool) (step, error) {
	if receipt.Sequence == 0 { // it had been asked for already: what stands is the answer
		return step{}, nil
	}
	return s.stepOf(ctx, receipt, waited)
}

// viewAfter is the conversation as the answer to a request for a person shows it: with the place that the request told.
func (s *Server) viewAfter(ctx context.Context, c *orchestrator.Conversation, st *step, role Role) shown {
	if c.State == orchestrator.StateQueued && st.position > 0 {
		return shown{Conversation: c, position: st.position, waitMS: st.waitMS, inner: role != RoleCustomer}
	}
	return s.view(ctx, c, role)
}

func appendFailure(b []byte, f *wire.Failure) ([]byte, error) {
	return wire.Append(appendMember(b, "failure"), f)
}

// stepOf reads what the entries of an event's own commit tell, or all since then where the caller waited.
func (s *Server) stepOf(ctx context.Context, receipt orchestrator.Receipt, waited bool) (step, error) {
	var st step
	entries, err := s.store.Timeline(ctx, receipt.Conversation.ID, receipt.Sequence-1, stepEntries)
	if err != nil {
		return st, err
	}
	for i := range entries {
		e := &entries[i]
		own := e.Version == entries[0].Version
		if !own && !waited {
			break
		}
		st.moved = st.moved || own && e.Moved()
		n := wire.NoticeOf(e)
		if own && n != nil && n.Type == wire.Queued {
			st.position, st.waitMS = n.Position, n.WaitMS
		}
		if f := wire.FailureOf(n); f != nil {
			st.failure = f
		}
	}
	return st, nil
}

// botAnswer is what an event of a bot is answered with.
type botAnswer struct {
	shown
	status  int
	created bool
	stale   bool
	failure *wire.Failure
}

// answerBot answers an event of a bot: the conversation, and what a bot needs to go on with it.
func (s *Server) answerBot(c *call, ev *orchestrator.Event, receipt orchestrator.Receipt, wait time.Duration) error {
	conversation, waited := receipt.Conversation, false
	if wait > 0 && !receipt.Repeated && ev.Type == orchestrator.EventHandoffRequested {
		var err error
		if conversation, err = s.settle(c, conversation, wait); err != nil {
			return err
		}
		c.applied("wait=" + strconv.Itoa(int(wait.Seconds())))
		waited = true
	}
	answer, err := s.answerOf(c.ctx(), ev, receipt, conversation, waited)
	if err != nil {
		return err
	}
	if receipt.Repeated {
		markReplayed(c)
	}
	return s.writeBotAnswer(c, &answer)
}

// answerOf is the answer to an event that was taken, with the conversation as it now is.
func (s *Server) answerOf(ctx context.Context, ev *orchestrator.Event, receipt orchestrator.Receipt,
	conversation *orchestrator.Conversation, waited bool) (botAnswer, error) {
	a := botAnswer{status: http.StatusAccepted, created: receipt.Created, stale: receipt.Stale}
	var st step
	asked := ev.Type == orchestrator.EventHandoffRequested
	if asked {
		var err error
		if st, err = s.outcome(ctx, receipt, waited); err != nil {
			return a, err
		}
		a.created, a.failure = st.moved, st.failure
	}
	if receipt.Repeated || receipt.Stale || asked && !st.moved && st.failure == nil {
		a.status = http.StatusOK
	}
	a.shown = s.viewAfter(ctx, conversation, &st, RoleBot)
	return a, nil
}

func (s *Server) writeBotAnswer(c *call, a *botAnswer) error {
	buf := buffers.Get().(*[]byte) //nolint:forcetypeassert // nothing else is in it
	defer putBuffer(buf)
	minimal, place := c.minimal(), s.placeOf(a.Conversation)
	b, err := s.appendBotAnswer(c.ctx(), (*buf)[:0], a, place, minimal)
	if err != nil {
		return err
	}
	*buf = b
	if minimal {
		c.applied(minimalReturn)
	}
	c.set("Location", place)
	return writeConversation(c, a.status, a.Conversation, b)
}

// placeOf is where a conversation is read. An id of ours needs no escapes.
func (s *Server) placeOf(c *orchestrator.Conversation) string {
	return s.base.at("/v1/conversations/") + string(c.ID)
}

func (s *Server) appendBotAnswer(ctx context.Context, b []byte, a *botAnswer, place string, minimal bool) ([]byte, error) {
	if minimal {
		return appendMinimal(b, &a.shown), nil
	}
	b = append(b, `{"id":`...)
	b = appendString(b, string(a.ID))
	b = appendConversationMembers(b, &a.shown)
	b = appendString(appendMember(b, "handoff_id"), string(a.ID))
	b = strconv.AppendBool(appendMember(b, "created"), a.created)
	b = append(append(appendMember(b, "events_url"), '"'), place...)
	b = append(b, `/events"`...)
	b, err := s.tokens.appendToken(ctx, appendMember(b, "conversation_token"), a.Conversation)
	if err != nil {
		return b, err
	}
	b = appendText(appendMember(b, "message"), standing(&a.shown))
	if a.stale {
		b = appendString(appendMember(b, "status"), "stale")
	}
	if a.failure != nil {
		if b, err = appendFailure(b, a.failure); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// standing is a sentence that a bot may show to the customer; empty where there is nothing to say.
func standing(v *shown) string {
	switch v.State {
	case orchestrator.StateQueued:
		if v.position > 0 {
			return "You are number " + strconv.Itoa(v.position) + " in the queue."
		}
		return "You are waiting for the next free person."
	case orchestrator.StateOffered:
		return "Somebody is being asked to join you."
	case orchestrator.StateAgent, orchestrator.StateConference, orchestrator.StateTransferring:
		if owner := v.Owner(); owner.Name != "" {
			return owner.Name + " is with you."
		}
		return "A person is with you."
	case orchestrator.StateBot, orchestrator.StateWrapUp, orchestrator.StateCompleted, orchestrator.StateAbandoned,
		orchestrator.StateExpired:
		return ""
	}
	return ""
}
