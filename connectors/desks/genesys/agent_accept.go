package genesys

import (
	"context"
	"fmt"
	"strconv"

	"handoff/orchestrator"
)

// maxEarlier is how many earlier turns a chat that comes to the bot brings along.
const maxEarlier = 50

// accept takes the offer. Its outcome, that the chat is ours, comes as the state Chatting; when nothing comes, it is read.
func (ln *lane) accept(ctx context.Context, in input) error {
	if ln.accepted != 0 {
		if in.look && ln.Now().Sub(ln.accepted) > outcomeWithin {
			ln.accepted = ln.Now()
			return ln.reread(ctx)
		}
		return nil
	}
	if in.look {
		return nil
	}
	settle := ln.expectLog(ln.chat) // it is told to whom joins
	_, err := ln.operate(ctx, "accept", ln.chat, operation(opAccept, map[string]string{"nickname": ln.config.Nickname}))
	settle(err)
	if refused(err) {
		return ln.turnDown(ctx, err)
	}
	if err == nil {
		ln.accepted = ln.Now()
	}
	return err
}

// turnDown gives back an offer that cannot be accepted, if it still rings here, so that somebody else is asked at once.
func (ln *lane) turnDown(ctx context.Context, why error) error {
	ln.Log.InfoContext(ctx, "an offer could not be accepted", "chat", ln.chat, "error", why)
	at, _, err := ln.find(ctx, "list", ln.chat)
	if err != nil {
		return err
	}
	if at != nil && at.State != stateInvited { // it went another way meanwhile
		return ln.step(ctx, &input{notice: notice{chat: ln.chat, state: at}, truth: true})
	}
	if at != nil {
		if _, err := ln.operate(ctx, "reject", ln.chat, operation(opReject, nil)); err != nil && !refused(err) {
			return err
		}
	}
	ln.close()
	return nil
}

// dismiss completes a chat that could not be joined.
func (ln *lane) dismiss(ctx context.Context) error {
	_, err := ln.operate(ctx, "complete", ln.chat, operation(opComplete, nil))
	return ln.unlessGone(ctx, "complete", ln.chat, err)
}

// begin tells that a chat has come to the bot. Its log must be there: the entry with which the bot joined names this stay,
// and what the customer said before and nobody has answered is for the bot. False if it is not there yet, or the chat is not
// ours after all.
func (ln *lane) begin(ctx context.Context, in input) (bool, error) {
	at, _, err := ln.find(ctx, "list", ln.chat) // a notification that comes too late begins nothing
	if err != nil {
		return false, err
	}
	if at == nil || at.State != stateChatting && at.State != stateLeft {
		ln.close()
		return false, nil
	}
	ln.at, ln.state = at, at.State
	if ln.dialect.history {
		if err := ln.readLog(ctx); err != nil {
			return false, err
		}
	}
	joined, seen := ln.arrival()
	whole := ln.dialect.history || joined != 0 && ln.log[1].Index == 1
	switch {
	case whole, in.look && ln.holeIsOld():
	case ln.asked != 0:
		return false, nil
	default:
		return false, ln.askLog(ctx)
	}
	ln.leg = leg{Joined: joined, Seen: seen}
	if err := ln.save(ctx); err != nil {
		return false, err
	}
	who := customerOf(ln.chat, at)
	receipt, err := ln.Report.Tell(ctx, ln.about(ln.chat, ln.id(fmt.Sprintf("%d:started", joined)), orchestrator.Event{
		Type: orchestrator.EventStarted, Customer: &who, Transcript: ln.earlier(seen),
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: who.ID, Name: who.Name},
	}))
	if err != nil {
		return false, err
	}
	if receipt.Conversation != nil {
		ln.leg.Conversation = receipt.Conversation.ID
	}
	ln.leg.Begun, ln.asked = true, 0
	for _, i := range ln.pending() {
		if i <= seen {
			delete(ln.log, i)
		}
		ln.whole = max(ln.whole, i)
	}
	return true, ln.save(ctx)
}

// arrival finds the entry with which the bot joined last, and the last one before it that somebody has answered.
func (ln *lane) arrival() (joined, seen number) {
	for i, e := range ln.log {
		if e.Type == entryJoined && e.From.agent() && e.From.user() == ln.user {
			joined = max(joined, i)
		}
	}
	for i, e := range ln.log {
		if _, says := e.said(); says && e.From.agent() && i < joined {
			seen = max(seen, i)
		}
	}
	return joined, seen
}

// earlier are the turns up to an entry, as the bot may know them.
func (ln *lane) earlier(seen number) []orchestrator.Turn {
	var turns []orchestrator.Turn
	for _, i := range ln.pending() {
		e := ln.log[i]
		said, says := e.said()
		if i > seen || !says || e.amongAgents() {
			continue
		}
		role := orchestrator.ActorSystem
		switch {
		case e.From.customer():
			role = orchestrator.ActorCustomer
		case e.From.agent() && e.From.user() == ln.user:
			role = orchestrator.ActorBot
		case e.From.agent():
			role = orchestrator.ActorAgent
		}
		id := ln.id(strconv.FormatInt(int64(i), 10))
		turns = append(turns, orchestrator.Turn{ID: id, Role: role, Text: said, At: e.moment()})
	}
	return turns[max(0, len(turns)-maxEarlier):]
}
