package oracle

import (
	"context"
	"encoding/json"

	"handoff/connectors/internal/once"
	"handoff/orchestrator"
)

// pollerSeemsDead is the clientReset of an answer to a post when no getMessages is under way (Oracle's own client).
const pollerSeemsDead = 2

// Send posts the bot's words to the customer.
func (a *agentSeat) Send(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	c, err := a.note(ctx, ref)
	if err != nil {
		return a.Broken("send", err)
	}
	if !c.with() {
		return a.Over("send")
	}
	err = a.post(ctx, ref, cmd, "ALL")
	a.lostBy(ctx, ref, c, err)
	return err
}

// typing shows the customer that the bot writes.
func (a *agentSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	_, err := a.callWith(ctx, func(s *login) request {
		return a.request("setInteractionStatus", s, interaction(s.Client, cmd.To.Ref, cmd.Typing))
	})
	return err
}

// post posts a message under the command's id, visible to all or to agents only.
func (a *agentSeat) post(ctx context.Context, ref string, cmd *orchestrator.Command, visibility string) error {
	pieces, err := a.posts(cmd, func(body, messageID string) any {
		return agentPost{
			Body: body, DestinationID: json.Number(ref), DestinationType: "ENGAGEMENT", MessageType: "TEXT", MessageID: messageID,
			Visibility: visibility, TimeCreated: a.Clock.Now().UnixMilli(),
		}
	})
	if err != nil {
		return err
	}
	return a.Poster.Send(ctx, ref, cmd.ID, pieces, once.Chat{Post: func(ctx context.Context, post string) once.Answer {
		e, err := a.call(ctx, "postMessage", json.RawMessage(post))
		if err == nil && e.PostResult != nil && e.PostResult.ClientReset == pollerSeemsDead {
			// Oracle took the post and sees nobody fetching. Whoever holds the session fetches without a pause, or logs in
			// again when that fails, so there is nothing to restart here.
			a.Log.WarnContext(ctx, "Oracle sees no running getMessages", "ref", ref)
		}
		return answerOf(err)
	}})
}
