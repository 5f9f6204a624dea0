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

// answerBot answers an event of a bot: the conversation, and what a bot needs to go on with it.
func (s *Server) answerBot(c *call, ev *orchestrator.Event, receipt orchestrator.Receipt, wait time.Duration) error {
	conversation, status := receipt.Conversation, taken(c, receipt.Repeated, http.StatusAccepted)
	created := receipt.Created
	var st step
	asked := ev.Type == orchestrator.EventHandoffRequested
	if asked {
		waits := wait > 0 && !receipt.Repeated
		if waits {
			var err error
			if conversation, err = s.settle(c, conversation, wait); err != nil {
				return err
			}
			c.Response().Header().Set("Preference-Applied", "wait="+strconv.Itoa(int(wait.Seconds())))
		}
		var err error
		if st, err = s.outcome(c.ctx(), receipt, waits); err != nil {
			return err
		}
		created = st.moved
	}
	if receipt.Stale || (asked && !st.moved && st.failure == nil) {
		status = http.StatusOK
	}
	v := s.viewAfter(c.ctx(), conversation, &st, RoleBot)
	return s.writeBotAnswer(c, status, &v, created, receipt.Stale, st.failure)
}

func (s *Server) writeBotAnswer(c *call, status int, v *shown, created, stale bool, f *wire.Failure) error {
	location := s.base.at("/v1/conversations/") + string(v.ID)
	buf := buffers.Get().(*[]byte) //nolint:forcetypeassert // nothing else is in it
	defer putBuffer(buf)
	b := append((*buf)[:0], `{"id":`...)
	b = appendString(b, string(v.ID))
	b = appendConversationMembers(b, v)
	b = appendString(appendMember(b, "handoff_id"), string(v.ID))
	b = strconv.AppendBool(appendMember(b, "created"), created)
	b = append(append(appendMember(b, "events_url"), '"'), location...) // an id of ours needs no escapes
	b = append(b, `/events"`...)
	b, err := s.tokens.appendToken(c.ctx(), appendMember(b, "conversation_token"), v.Conversation)
	if err != nil {
		return err
	}
	b = appendText(appendMember(b, "message"), standing(v))
	if stale {
		b = appendString(appendMember(b, "status"), "stale")
	}
	if f != nil {
		if b, err = appendFailure(b, f); err != nil {
			return err
		}
	}
	b = append(b, '}')
	*buf = b
	c.set("Location", location)
	return writeConversation(c, status, v.Conversation, b)
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
