package icws

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// accept takes a chat that rings at us. When a person was faster, or the customer has left, it is none of ours.
func (l *listener) accept(ctx context.Context, c *agentChat) error {
	if c.picked || !c.isChat() {
		return nil
	}
	c.picked = true
	err := l.ask(ctx, c)
	if aboutOne(err) {
		l.Log.InfoContext(ctx, "a chat that rang here is gone", "chat", c.ref, "error", err)
		c.inOwn = false
		if c.note.Stint == 0 {
			delete(l.chats, c.id)
			return nil
		}
		return l.lookAndCompare(ctx, c)
	}
	if err != nil {
		return err
	}
	c.attrs[attrState], c.attrs[attrUser] = stateConnected, l.login.User
	return l.arrive(ctx, c)
}

// ask asks for a chat that rings at us. When the answer is lost, how the chat stands tells whether we have it; where it still
// rings, it is asked for once more.
func (l *listener) ask(ctx context.Context, c *agentChat) error {
	pick := func() error { return l.do(ctx, http.MethodPost, "/interactions/"+escape(c.id)+"/pickup", nil, nil) }
	err := pick()
	if err == nil || ctx.Err() != nil || isUnauthorized(err) || frame.Refused(err) {
		return err
	}
	l.Log.InfoContext(ctx, "whether a chat was picked up is looked at", "chat", c.ref, "error", err)
	if err := l.lookAgain(ctx, c); err != nil {
		return err
	}
	if c.attrs.heldBy(l.login.User) {
		return nil
	}
	return pick()
}

func (l *listener) lookAndCompare(ctx context.Context, c *agentChat) error {
	if err := l.lookAgain(ctx, c); err != nil {
		return err
	}
	return l.compare(ctx, c)
}

// arrive: our bot has a chat. It begins a conversation, or comes back to the one that began with it.
func (l *listener) arrive(ctx context.Context, c *agentChat) error {
	record, err := l.record(ctx, c.ref, c.note.Conversation)
	if err != nil {
		return err
	}
	c.wrapping, c.working = false, false
	if c.note.Begun && record != nil && !record.State.Ended() {
		c.back = true
		if err := l.follow(ctx, c); err != nil {
			return err
		}
		return l.compare(ctx, c)
	}
	again := c.note.Begun
	if again || c.note.Stint == 0 {
		c.note.Stint++
		c.note.Begun, c.note.Conversation = false, ""
	}
	if err := l.keepNote(ctx, c); err != nil {
		return err
	}
	c.begins = c.note.Stint > 1 // what people said before is not the new conversation's
	if !c.begins {
		if err := l.begin(ctx, c); err != nil {
			return err
		}
	}
	return l.follow(ctx, c)
}

// begin tells that a conversation began.
func (l *listener) begin(ctx context.Context, c *agentChat) error {
	ev := orchestrator.Event{
		ID: orchestrator.EventID(fmt.Sprintf("icws:%s:%d:started", c.ref, c.note.Stint)), Type: orchestrator.EventStarted,
	}
	l.address(c, &ev)
	name := c.attrs[attrRemote]
	c.note.Name = cmp.Or(c.note.Name, name)
	ev.Actor = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: c.ref, Name: name}
	ev.Customer = &orchestrator.Customer{ID: c.ref, Name: name}
	receipt, err := l.Report.Tell(ctx, ev)
	if err != nil {
		return err
	}
	if receipt.Conversation == nil {
		l.Log.WarnContext(ctx, "a chat began and nobody took it", "chat", c.ref)
		return nil
	}
	c.begins, c.note.Begun, c.note.Conversation = false, true, receipt.Conversation.ID
	return l.keepNote(ctx, c)
}
