package icws

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// address completes a fact about a chat. The first one names the conversation by the chat, all others by our own id: a word
// that comes after the end must not begin another conversation.
func (w *watch) address(c *chat, ev *orchestrator.Event) {
	name := w.Name
	ev.Bot, ev.External, ev.Channel, ev.Ref, ev.Desk = w.config.Bot, string(name)+":"+c.ref, string(name), c.ref, name
	ev.Conversation = c.note.Conversation
}

// arrive: our bot has a chat. It begins a conversation, or comes back to the one that began with it.
func (w *watch) arrive(ctx context.Context, c *chat) error {
	record, err := w.record(ctx, c.ref, c.note.Conversation)
	if err != nil {
		return err
	}
	c.wrapping, c.working = false, false
	if c.note.Begun && record != nil && !record.State.Ended() {
		c.back = true
		if err := w.follow(ctx, c); err != nil {
			return err
		}
		return w.settle(ctx, c)
	}
	again := c.note.Begun
	if again || c.note.Stint == 0 {
		c.note.Stint++
		c.note.Begun, c.note.Conversation = false, ""
	}
	if err := w.keepNote(ctx, c); err != nil {
		return err
	}
	c.begins = c.note.Stint > 1 // what people said before is not the new conversation's
	if !c.begins {
		if err := w.begin(ctx, c); err != nil {
			return err
		}
	}
	return w.follow(ctx, c)
}

// begin tells that a conversation began.
func (w *watch) begin(ctx context.Context, c *chat) error {
	ev := orchestrator.Event{
		ID: orchestrator.EventID(fmt.Sprintf("icws:%s:%d:started", c.ref, c.note.Stint)), Type: orchestrator.EventStarted,
	}
	w.address(c, &ev)
	name := c.attrs[attrRemote]
	c.note.Name = cmp.Or(c.note.Name, name)
	ev.Actor = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: c.ref, Name: name}
	ev.Customer = &orchestrator.Customer{ID: c.ref, Name: name}
	receipt, err := w.Report.Tell(ctx, ev)
	if err != nil {
		return err
	}
	if receipt.Conversation == nil {
		w.Log.WarnContext(ctx, "a chat began and nobody took it", "chat", c.ref)
		return nil
	}
	c.begins, c.note.Begun, c.note.Conversation = false, true, receipt.Conversation.ID
	return w.keepNote(ctx, c)
}

// settle brings our record to where the chat stands. It depends on nothing but the two, so a notification that comes twice or
// in another order changes nothing.
func (w *watch) settle(ctx context.Context, c *chat) error {
	truth, known := w.truth(c)
	if !known || c.listing || !c.note.Begun {
		return ctx.Err()
	}
	return w.settleAt(ctx, c, truth)
}

func (w *watch) settleAt(ctx context.Context, c *chat, truth drift.Truth) error {
	record, err := w.record(ctx, c.ref, c.note.Conversation)
	if err != nil {
		return err
	}
	if record != nil && !record.State.Ended() {
		if record, err = w.mend(ctx, c, record, truth); err != nil {
			return err
		}
	}
	c.missed = false
	return w.attend(ctx, c, record)
}

// mend tells what differs, and answers the record as it stands then.
func (w *watch) mend(
	ctx context.Context, c *chat, record *orchestrator.Conversation, truth drift.Truth,
) (*orchestrator.Conversation, error) {
	if truth.Stand == drift.Over {
		// Nobody can be told that nobody is there: whoever waited for people in a chat that is over has left it.
		truth.CustomerGone = truth.CustomerGone || !record.State.Served()
	} else if record.Desk != "" && record.Desk != w.Name {
		return record, nil // people of another desk have it, through us
	}
	found := drift.Compare(record, w.Name, truth)
	if !c.back {
		// A chat that is with our bot although its handoff was decided is about to be transferred. It comes back by ringing.
		found = slices.DeleteFunc(found, func(f drift.Found) bool { return f.Kind == drift.BackAtBot })
	}
	c.back = c.back && truth.Stand != drift.WithBot
	for i := range found {
		for _, ev := range w.moves(c, record, &found[i]) {
			if err := w.tellMove(ctx, c, found[i].Kind, ev); err != nil {
				return nil, err
			}
		}
	}
	if len(found) == 0 {
		return record, nil
	}
	c.note.Told++
	if err := w.keepNote(ctx, c); err != nil {
		return nil, err
	}
	return w.record(ctx, c.ref, c.note.Conversation)
}

// moves are the facts of a difference as they happened, where somebody listened.
func (w *watch) moves(c *chat, record *orchestrator.Conversation, found *drift.Found) []orchestrator.Event {
	ev := found.Event
	if c.missed {
		return []orchestrator.Event{ev}
	}
	ev.Reason = ""
	switch found.Kind {
	case drift.OtherAgent:
		asked := ev
		asked.Type, ev.Type = orchestrator.EventTransferRequested, orchestrator.EventTransferAccepted
		return []orchestrator.Event{asked, ev}
	case drift.Requeued:
		if queue, ok := w.queueOf(c.attrs[attrWorkgroup], record.Queue); ok && queue != record.Queue {
			ev.Type = orchestrator.EventTransferredToQueue
			ev.Target = &orchestrator.Target{Desk: w.Name, Queue: queue}
		}
	case drift.BackAtBot:
		ev.Reason = "returned_by_desk"
	case drift.CustomerOut:
		if c.attrs[attrState] != stateTheirEnd {
			ev.Reason = "ended_by_desk"
		}
	}
	return []orchestrator.Event{ev}
}

func (w *watch) tellMove(ctx context.Context, c *chat, kind string, ev orchestrator.Event) error {
	id := fmt.Sprintf("icws:%s:%d.%d:%s", c.ref, c.note.Stint, c.note.Told, ev.Type)
	if ev.Agent != nil {
		id += ":" + string(ev.Agent.ID)
	}
	ev.ID = orchestrator.EventID(id)
	w.address(c, &ev)
	if c.missed {
		return w.Report.TellMissed(ctx, kind, ev)
	}
	_, err := w.Report.Tell(ctx, ev)
	return err
}

// queueOf is our queue behind which a workgroup stands: the present one if it does, else the first by name.
func (w *watch) queueOf(workgroup string, present orchestrator.QueueName) (orchestrator.QueueName, bool) {
	if w.config.Queues[present] == workgroup {
		return present, true
	}
	var names []orchestrator.QueueName
	for name, group := range w.config.Queues {
		if group == workgroup {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "", false
	}
	return slices.Min(names), true
}

// loseSight: our user may not see the chat itself any more. The queues that are watched may still tell of it.
func (w *watch) loseSight(ctx context.Context, c *chat) error {
	c.blind, c.members = true, nil
	c.unfollow()
	if c.inOwn || c.inPeople {
		return nil
	}
	return w.outOfSight(ctx, c)
}

// handedOver is why a conversation is over for us whose chat goes on where we cannot look.
const handedOver = "handed_over"

// outOfSight: nothing tells any more what becomes of the chat. Our part ends, and that is said.
func (w *watch) outOfSight(ctx context.Context, c *chat) error {
	record, err := w.record(ctx, c.ref, c.note.Conversation)
	if err != nil || record == nil || record.State.Ended() || record.Desk != w.Name {
		return err
	}
	if !record.State.Served() && record.State != orchestrator.StateWrapUp {
		who := orchestrator.Agent{ID: orchestrator.AgentID(w.Name), Name: string(record.Queue)}
		ev := orchestrator.Event{Type: orchestrator.EventAccepted, Actor: w.byDesk(), Agent: &who, Reason: handedOver + ": not visible from here"}
		if err := w.tellMove(ctx, c, drift.Accepted, ev); err != nil {
			return err
		}
	}
	ev := orchestrator.Event{Type: orchestrator.EventCompleted, Actor: w.byDesk(), Reason: handedOver}
	if err := w.tellMove(ctx, c, drift.Lost, ev); err != nil {
		return err
	}
	c.note.Told++
	return w.keepNote(ctx, c)
}

// morph: the chat goes on under another id. Its handle stays.
func (w *watch) morph(ctx context.Context, m *message) error {
	c := w.chats[m.Interaction]
	if c == nil || m.New == "" || m.New == c.id {
		return nil
	}
	delete(w.chats, c.id)
	c.id, c.note.Now = m.New, m.New
	w.chats[c.id] = c
	if err := w.keepNote(ctx, c); err != nil {
		return err
	}
	w.recounted.tell()
	return w.follow(ctx, c)
}
