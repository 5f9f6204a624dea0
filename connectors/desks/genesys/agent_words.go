package genesys

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"handoff/orchestrator"
)

// logWithin is how long the log that was asked for is awaited (8.5.1).
const logWithin = time.Second

// holeWithin is how long a hole in the log may stay before it counts as the vendor's own: an agent is not shown every entry.
const holeWithin = 2 * time.Second

// note adds entries to the log and answers the highest index among them. In 8.5.1 the log that was asked for comes as a
// notification like any other: it is known by holding an entry that is there already.
func (ln *lane) note(entries []entry, live bool) (highest number) {
	again := false
	for _, e := range entries {
		if e.Index <= 0 {
			continue
		}
		highest = max(highest, e.Index)
		if e.Index <= ln.leg.Seen && ln.leg.Begun {
			again = true
			continue
		}
		if _, held := ln.log[e.Index]; held {
			again = true
			continue
		}
		if live || e.Type != entryTypes && e.Type != entryTypesNoMore { // typing that is only read was long ago
			ln.log[e.Index] = e
		}
	}
	if ln.asked != 0 && again {
		ln.whole, ln.asked = max(ln.whole, highest), 0
	}
	return highest
}

// pending are the entries that were not told, in order.
func (ln *lane) pending() []number { return slices.Sorted(maps.Keys(ln.log)) }

func (ln *lane) highest() number {
	highest := ln.whole
	for i := range ln.log {
		highest = max(highest, i)
	}
	return highest
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

// requestLog asks for the log of a chat, which comes as a notification (8.5.1). Only who is in the chat may ask.
func (s *agentSeat) requestLog(ctx context.Context, op, chat string) error {
	settle := s.expectLog(chat)
	_, err := s.operate(ctx, op, chat, operation(opHistory, nil))
	settle(err)
	return err
}

// expectLog counts that the log of a chat will be told from its beginning, before it is asked for: a notification names no
// request, and an earlier one may be on its way still. What is answered takes the count back if the asking failed.
func (s *agentSeat) expectLog(chat string) (settle func(error)) {
	count := func(more int) {
		s.guard.Lock()
		defer s.guard.Unlock()
		if s.serving != nil {
			ln := s.laneOf(chat)
			ln.due = max(0, ln.due+more)
		}
	}
	count(1)
	return func(err error) {
		if err != nil {
			count(-1)
		}
	}
}

// logsDue is how often the log of a chat is still to be told, and a channel that is closed when anything is told of the chat;
// nil while this process does not listen.
func (s *agentSeat) logsDue(chat string) (due int, changed <-chan struct{}) {
	s.guard.Lock()
	defer s.guard.Unlock()
	if s.serving == nil {
		return 0, nil
	}
	ln := s.laneOf(chat)
	return ln.due, ln.changed
}
