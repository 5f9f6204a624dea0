package genesys

import (
	"context"
	"fmt"
	"strconv"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// maxEarlier is how many earlier turns a chat that comes to the bot brings along.
const maxEarlier = 50

// accept takes the offer. Its outcome, that the chat is ours, comes as the state Chatting; when nothing comes, it is read.
func (c *agentChat) accept(ctx context.Context, in input) error {
	if c.accepted != 0 {
		if in.look && c.Now().Sub(c.accepted) > outcomeWithin {
			c.accepted = c.Now()
			return c.reread(ctx)
		}
		return nil
	}
	if in.look {
		return nil
	}
	settle := c.expectLog(c.ref) // it is told to whom joins
	_, err := c.operate(ctx, "accept", c.ref, operation(opAccept, map[string]string{"nickname": c.config.Nickname}))
	settle(err)
	if frame.Refused(err) {
		return c.reject(ctx, err)
	}
	if err == nil {
		c.accepted = c.Now()
	}
	return err
}

// reject gives back an offer that cannot be accepted, if it still rings here, so that somebody else is asked at once.
func (c *agentChat) reject(ctx context.Context, why error) error {
	c.Log.InfoContext(ctx, "an offer could not be accepted", "chat", c.ref, "error", why)
	at, _, err := c.find(ctx, "list", c.ref)
	if err != nil {
		return err
	}
	if at != nil && at.State != stateInvited { // it went another way meanwhile
		return c.step(ctx, &input{notice: notice{chat: c.ref, state: at}, truth: true})
	}
	if at != nil {
		if _, err := c.operate(ctx, "reject", c.ref, operation(opReject, nil)); err != nil && !frame.Refused(err) {
			return err
		}
	}
	c.close()
	return nil
}

// completeUnjoined completes a chat that could not be joined.
func (c *agentChat) completeUnjoined(ctx context.Context) error {
	_, err := c.operate(ctx, "complete", c.ref, operation(opComplete, nil))
	return c.unlessGone(ctx, "complete", c.ref, err)
}

// begin tells that a chat has come to the bot. Its log must be there: the entry with which the bot joined tells this time in
// the chat from others, and what the customer said before and nobody has answered is for the bot. False if it is not there yet,
// or the chat is not ours after all.
func (c *agentChat) begin(ctx context.Context, in input) (bool, error) {
	at, _, err := c.find(ctx, "list", c.ref) // a notification that comes too late begins nothing
	if err != nil {
		return false, err
	}
	if at == nil || at.State != stateChatting && at.State != stateLeft {
		c.close()
		return false, nil
	}
	c.at, c.state = at, at.State
	if c.dialect.history {
		if err := c.readLog(ctx); err != nil {
			return false, err
		}
	}
	joined, seen := c.arrival()
	whole := c.dialect.history || joined != 0 && c.log[1].Index == 1
	switch {
	case whole, in.look && c.holeIsOld():
	case c.asked != 0:
		return false, nil
	default:
		return false, c.askLog(ctx)
	}
	c.note = agentNote{Joined: joined, Seen: seen}
	if err := c.save(ctx); err != nil {
		return false, err
	}
	who := customerOf(c.ref, at)
	receipt, err := c.Report.Tell(ctx, c.addressed(c.ref, c.eventID(fmt.Sprintf("%d:started", joined)), orchestrator.Event{
		Type: orchestrator.EventStarted, Customer: &who, Transcript: c.earlier(seen),
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: who.ID, Name: who.Name},
	}))
	if err != nil {
		return false, err
	}
	if receipt.Conversation != nil {
		c.note.Conversation = receipt.Conversation.ID
	}
	c.note.Begun, c.asked = true, 0
	for _, i := range c.pending() {
		if i <= seen {
			delete(c.log, i)
		}
		c.knownTo = max(c.knownTo, i)
	}
	return true, c.save(ctx)
}

// arrival finds the entry with which the bot joined last, and the last one before it that somebody has answered.
func (c *agentChat) arrival() (joined, seen number) {
	for i, e := range c.log {
		if e.Type == entryJoined && e.From.agent() && e.From.user() == c.user {
			joined = max(joined, i)
		}
	}
	for i, e := range c.log {
		if _, says := e.said(); says && e.From.agent() && i < joined {
			seen = max(seen, i)
		}
	}
	return joined, seen
}

// earlier are the turns up to an entry, as the bot may know them.
func (c *agentChat) earlier(seen number) []orchestrator.Turn {
	var turns []orchestrator.Turn
	for _, i := range c.pending() {
		e := c.log[i]
		said, says := e.said()
		if i > seen || !says || e.amongAgents() {
			continue
		}
		role := orchestrator.ActorSystem
		switch {
		case e.From.customer():
			role = orchestrator.ActorCustomer
		case e.From.agent() && e.From.user() == c.user:
			role = orchestrator.ActorBot
		case e.From.agent():
			role = orchestrator.ActorAgent
		}
		id := c.eventID(strconv.FormatInt(int64(i), 10))
		turns = append(turns, orchestrator.Turn{ID: id, Role: role, Text: said, At: e.moment()})
	}
	return turns[max(0, len(turns)-maxEarlier):]
}
