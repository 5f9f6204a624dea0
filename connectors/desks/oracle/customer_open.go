package oracle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"handoff/orchestrator"
)

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
	record, err := s.Record(ctx, cmd.Conversation)
	if err != nil {
		return "", s.Broken("open", err)
	}
	c := customerNote{Conversation: cmd.Conversation, Handoff: cmd.Handoff, Queue: queue, Who: informationOf(cmd, record, queue)}
	ref, err := s.request(ctx, &c, false)
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
