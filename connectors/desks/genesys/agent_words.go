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

// addEntries adds entries to the log and answers the highest index among them. In 8.5.1 the log that was asked for comes as a
// notification like any other: it is known by holding an entry that is there already.
func (c *agentChat) addEntries(entries []entry, live bool) (highest number) {
	again := false
	for _, e := range entries {
		if e.Index <= 0 {
			continue
		}
		highest = max(highest, e.Index)
		if e.Index <= c.note.Seen && c.note.Begun {
			again = true
			continue
		}
		if _, held := c.log[e.Index]; held {
			again = true
			continue
		}
		if live || e.Type != entryTypes && e.Type != entryTypesNoMore { // typing that is only read was long ago
			c.log[e.Index] = e
		}
	}
	if c.asked != 0 && again {
		c.knownTo, c.asked = max(c.knownTo, highest), 0
	}
	return highest
}

// pending are the entries that were not told, in order.
func (c *agentChat) pending() []number { return slices.Sorted(maps.Keys(c.log)) }

func (c *agentChat) highest() number {
	highest := c.knownTo
	for i := range c.log {
		highest = max(highest, i)
	}
	return highest
}

// tellEntries tells the log on from where it was told. Where an entry is missing, the log is read: notifications may come in
// another order, or not at all.
func (c *agentChat) tellEntries(ctx context.Context, in input) error {
	told := false
	for pending := c.pending(); len(pending) > 0; pending = c.pending() {
		i := pending[0]
		if i > max(c.knownTo, c.note.Seen)+1 {
			if c.dialect.history {
				if err := c.readLog(ctx); err != nil {
					return err
				}
				continue
			}
			if !in.look || !c.holeIsOld() {
				if c.asked == 0 {
					if err := c.askLog(ctx); err != nil {
						return err
					}
				}
				break
			}
			c.knownTo, c.asked = pending[len(pending)-1], 0
		}
		e := c.log[i]
		if err := c.tellEntry(ctx, &e); err != nil {
			return err
		}
		if ours(&e, c.user) && i > c.note.Joined {
			c.note.Own++
		}
		c.note.Seen, told = i, true
		delete(c.log, i)
	}
	if !told {
		return nil
	}
	return c.save(ctx)
}

// tellEntry tells one entry, where it says something to the bot.
func (c *agentChat) tellEntry(ctx context.Context, e *entry) error {
	if e.amongAgents() || e.From.user() == c.user || !e.From.customer() && !e.From.agent() {
		return nil
	}
	actor := orchestrator.Actor{Role: orchestrator.ActorCustomer, Name: string(e.From.Nickname)}
	if c.at != nil && e.From.customer() {
		who := customerOf(c.ref, c.at)
		actor.ID, actor.Name = who.ID, who.Name
	}
	if e.From.agent() {
		who := c.personOf(e.From.user(), string(e.From.Nickname))
		actor = orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(who.ID), Name: who.Name}
	}
	ev := orchestrator.Event{Actor: actor, At: e.moment()}
	id := c.eventID(strconv.FormatInt(int64(e.Index), 10))
	said, says := e.said()
	switch {
	case says:
		ev.Type, ev.Message = orchestrator.EventMessage, &orchestrator.Message{ID: id, Text: said}
	case e.Type == entryTypes, e.Type == entryTypesNoMore:
		ev.Type, ev.Typing = orchestrator.EventTyping, e.Type == entryTypes
		id = ""
	case e.Type == entryLeft && e.From.customer() && e.Index > c.note.Joined:
		return c.customerLeft(ctx)
	default:
		return nil
	}
	receipt, err := c.Report.Tell(ctx, c.addressed(c.ref, id, ev))
	if receipt.Conversation != nil { // a word after the end begins the next conversation in the same chat
		c.note.Conversation = receipt.Conversation.ID
	}
	return err
}

// readLog reads the whole log (8.5.2), or asks for it (8.5.1).
func (c *agentChat) readLog(ctx context.Context) error {
	if !c.dialect.history {
		return c.askLog(ctx)
	}
	a, _, err := c.do(ctx, call{op: "history", path: c.dialect.list + "/" + c.ref + "/messages"})
	if err != nil {
		if err := c.unlessGone(ctx, "history", c.ref, err); err != nil {
			return err
		}
		c.knownTo = c.highest() // the chat is gone: no more will be known of it than was heard
		return nil
	}
	c.knownTo = max(c.knownTo, c.addEntries(a.body.Messages, false))
	return nil
}

// askLog asks for the log, which comes as a notification. Only who is in the chat may ask.
func (c *agentChat) askLog(ctx context.Context) error {
	err := c.requestLog(ctx, "history", c.ref)
	if err == nil {
		c.asked = c.Now()
	}
	return c.unlessGone(ctx, "history", c.ref, err)
}

// holeIsOld: the log was asked for so long ago that it will not come.
func (c *agentChat) holeIsOld() bool { return c.asked != 0 && c.Now().Sub(c.asked) >= holeWithin }

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
			c := s.chatOf(chat)
			c.logsDue = max(0, c.logsDue+more)
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
	c := s.chatOf(chat)
	return c.logsDue, c.changed
}
