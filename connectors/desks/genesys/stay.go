package genesys

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// holeWithin is how long a hole in the log may stay before it counts as the vendor's own: an agent is not shown every entry.
const holeWithin = 2 * time.Second

// maxEarlier is how many earlier turns a chat that comes to the bot brings along.
const maxEarlier = 50

// serve tells what is new in a chat that is with the bot.
func (ln *lane) serve(ctx context.Context, in input) error {
	ln.unheard = ln.unheard || in.truth
	if !ln.leg.Begun {
		if began, err := ln.begin(ctx, in); err != nil || !began {
			return err
		}
	}
	if in.truth { // something may have been missed
		if err := ln.readLog(ctx); err != nil {
			return err
		}
	}
	if err := ln.tellEntries(ctx, in); err != nil {
		return err
	}
	defer func() { ln.unheard = ln.unheard && ln.asked != 0 }()
	if in.state == nil && !in.look && len(in.entries) > 0 && !comesOrGoes(in.entries) {
		return nil
	}
	if ln.state == stateChatting && ln.at != nil && len(ln.at.Participants) > 0 && !ln.at.customerIn() {
		if err := ln.customerLeft(ctx); err != nil {
			return err
		}
	}
	return ln.handOver(ctx)
}

func comesOrGoes(entries []entry) bool {
	for i := range entries {
		if entries[i].Type == entryJoined || entries[i].Type == entryLeft {
			return true
		}
	}
	return false
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

// tellEntries tells the log on from where it was told. Where an entry is missing, the log is read: notifications may come in
// another order, or not at all.
func (ln *lane) tellEntries(ctx context.Context, in input) error {
	told := false
	for pending := ln.pending(); len(pending) > 0; pending = ln.pending() {
		i := pending[0]
		if i > max(ln.whole, ln.leg.Seen)+1 {
			if ln.dialect.history {
				if err := ln.readLog(ctx); err != nil {
					return err
				}
				continue
			}
			if !in.look || !ln.holeIsOld() {
				if ln.asked == 0 {
					if err := ln.askLog(ctx); err != nil {
						return err
					}
				}
				break
			}
			ln.whole, ln.asked = pending[len(pending)-1], 0
		}
		e := ln.log[i]
		if err := ln.tellEntry(ctx, &e); err != nil {
			return err
		}
		if ours(&e, ln.user) && i > ln.leg.Joined {
			ln.leg.Own++
		}
		ln.leg.Seen, told = i, true
		delete(ln.log, i)
	}
	if !told {
		return nil
	}
	return ln.save(ctx)
}

// tellEntry tells one entry, where it says something to the bot.
func (ln *lane) tellEntry(ctx context.Context, e *entry) error {
	if e.amongAgents() || e.From.user() == ln.user || !e.From.customer() && !e.From.agent() {
		return nil
	}
	actor := orchestrator.Actor{Role: orchestrator.ActorCustomer, Name: string(e.From.Nickname)}
	if ln.at != nil && e.From.customer() {
		who := customerOf(ln.chat, ln.at)
		actor.ID, actor.Name = who.ID, who.Name
	}
	if e.From.agent() {
		who := ln.personOf(e.From.user(), string(e.From.Nickname))
		actor = orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(who.ID), Name: who.Name}
	}
	ev := orchestrator.Event{Actor: actor, At: e.moment()}
	id := ln.id(strconv.FormatInt(int64(e.Index), 10))
	said, says := e.said()
	switch {
	case says:
		ev.Type, ev.Message = orchestrator.EventMessage, &orchestrator.Message{ID: id, Text: said}
	case e.Type == entryTypes, e.Type == entryTypesNoMore:
		ev.Type, ev.Typing = orchestrator.EventTyping, e.Type == entryTypes
		id = ""
	case e.Type == entryLeft && e.From.customer() && e.Index > ln.leg.Joined:
		return ln.customerLeft(ctx)
	default:
		return nil
	}
	receipt, err := ln.Report.Tell(ctx, ln.about(ln.chat, id, ev))
	if receipt.Conversation != nil { // a word after the end begins the next conversation in the same chat
		ln.leg.Conversation = receipt.Conversation.ID
	}
	return err
}

// id makes an id of ours from the chat's.
func (ln *lane) id(more string) string { return "gws:" + ln.chat + ":" + more }

// customerLeft tells that the customer is in the chat no more; once, however it is noticed. Read after a loss, it is drift.
func (ln *lane) customerLeft(ctx context.Context) error {
	if ln.unheard {
		return ln.compare(ctx, drift.Truth{Stand: drift.WithBot, CustomerGone: true, Mark: ln.mark()})
	}
	_, err := ln.Report.Tell(ctx, ln.about(ln.chat, ln.mark()+":customer-left", orchestrator.Event{
		Type: orchestrator.EventCustomerLeft, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
	}))
	return err
}

// mark names this stay.
func (ln *lane) mark() string { return ln.id(strconv.FormatInt(int64(ln.leg.Joined), 10)) }

// readLog reads the whole log (8.5.2), or asks for it (8.5.1).
func (ln *lane) readLog(ctx context.Context) error {
	if !ln.dialect.history {
		return ln.askLog(ctx)
	}
	a, _, err := ln.do(ctx, call{op: "history", path: ln.dialect.list + "/" + ln.chat + "/messages"})
	if err != nil {
		if err := ln.unlessGone(ctx, "history", ln.chat, err); err != nil {
			return err
		}
		ln.whole = ln.highest() // the chat is gone: no more will be known of it than was heard
		return nil
	}
	ln.whole = max(ln.whole, ln.note(a.body.Messages, false))
	return nil
}

func (ln *lane) highest() number {
	highest := ln.whole
	for i := range ln.log {
		highest = max(highest, i)
	}
	return highest
}

// askLog asks for the log, which comes as a notification. Only who is in the chat may ask.
func (ln *lane) askLog(ctx context.Context) error {
	err := ln.requestLog(ctx, "history", ln.chat)
	if err == nil {
		ln.asked = ln.Now()
	}
	return ln.unlessGone(ctx, "history", ln.chat, err)
}

// holeIsOld: the log was asked for so long ago that it will not come.
func (ln *lane) holeIsOld() bool { return ln.asked != 0 && ln.Now().Sub(ln.asked) >= holeWithin }
