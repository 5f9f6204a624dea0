package genesys

import (
	"context"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// Open hands the bot's chat over: to a person who is known there, by asking them in and leaving when they have come (see
// handOver), else to the queue by the vendor's own transfer. A chat that is not with the bot any more was handed over already,
// or is over.
func (s *agentSeat) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	chat := cmd.To.Ref
	at, _, err := s.find(ctx, "open", chat)
	if err != nil {
		return "", err
	}
	if at == nil || at.State != stateChatting {
		return chat, nil
	}
	h := handover{Command: cmd.ID, Queue: cmd.Waiting.Queue, Target: s.target(cmd.Waiting.Queue), Since: s.Now()}
	h.User, h.Only = s.wantedPerson(cmd.Waiting)
	before, err := s.handover(ctx, chat)
	if err != nil {
		return "", s.Broken("open", err)
	}
	if before != nil && before.Command == cmd.ID && before.Asked {
		return chat, nil
	}
	if err := s.tellContext(ctx, cmd, at); err != nil {
		return "", err
	}
	if err := s.Keep(ctx, chat, noteHandover, h); err != nil {
		return "", s.Broken("open", err)
	}
	if h.User != "" {
		err := s.invite(ctx, chat, h)
		switch {
		case err == nil:
			s.wake(chat)
			return chat, nil
		case !frame.Refused(err):
			return "", err
		case h.Only:
			return "", s.noHandover(ctx, chat, err)
		}
	}
	if err := s.transfer(ctx, chat, h); err != nil {
		return "", err
	}
	return chat, nil
}

// wantedPerson is the user whom a handoff is to go to, if one is known.
func (s *agentSeat) wantedPerson(w *orchestrator.Waiting) (user string, only bool) {
	if user := s.config.Users[w.Only]; user != "" {
		return user, true
	}
	return s.config.Users[w.Prefer], false
}

// invite asks a person in. One who is asked already, or in the chat, need not be asked again.
func (s *agentSeat) invite(ctx context.Context, chat string, h handover) error {
	root := s.at("").String()
	a, err := s.operate(ctx, "open", chat, operation(s.dialect.invites, s.dialect.to(root, h.User)))
	if err != nil && a.code != codeExists && a.code != codeInUse {
		return err
	}
	h.Asked = true
	if err := s.Keep(ctx, chat, noteHandover, h); err != nil {
		return s.Broken("open", err)
	}
	return nil
}

// transfer puts the chat into a queue and waits until it has left the bot. Whoever hears that first, this process or a later
// look, tells that it was handed over.
func (s *agentSeat) transfer(ctx context.Context, chat string, h handover) error {
	if h.User != "" { // from now on it is the queue's
		h.User, h.Only = "", false
		if err := s.Keep(ctx, chat, noteHandover, h); err != nil {
			return s.Broken("open", err)
		}
	}
	outcome := s.expect("open", chat)
	a, err := s.operate(ctx, "open", chat, operation(s.dialect.transfers, map[string]string{"queueName": h.Target}))
	if err == nil {
		_, err = outcome.await(ctx, a.ref, stateCompleted)
	}
	if frame.Refused(err) {
		return s.noHandover(ctx, chat, err)
	}
	return err
}

// noHandover forgets a handoff that failed for good: the bot has the chat.
func (s *agentSeat) noHandover(ctx context.Context, chat string, failure error) error {
	if err := s.Memory.Keep(ctx, s.Name, chat, noteHandover, nil); err != nil {
		return s.Broken("open", err)
	}
	return failure
}

// tellContext attaches to the chat what people are to know. The dialect 8.5.1 documents no way to do so.
func (s *agentSeat) tellContext(ctx context.Context, cmd *orchestrator.Command, at *resource) error {
	if !s.dialect.attach {
		return nil
	}
	beside := *cmd
	beside.History = cmd.History.Told() // who accepts a chat reads all that was said in it
	data, err := s.background(ctx, &beside)
	if err != nil {
		return err
	}
	adds, changes := map[string]string{}, map[string]string{} // AttachUserData adds keys, UpdateUserData changes them
	for key, value := range data {
		if have, there := at.UserData[key]; !there {
			adds[key] = value
		} else if have != value {
			changes[key] = value
		}
	}
	for _, one := range []struct {
		name string
		data map[string]string
	}{{opAttach, adds}, {opUpdate, changes}} {
		if len(one.data) == 0 {
			continue
		}
		body := operation(one.name, nil)
		body["userData"] = one.data
		if _, err := s.operate(ctx, "open", string(at.ID), body); err != nil {
			return err
		}
	}
	if s.config.Disposition == "" {
		return nil
	}
	return s.dispose(ctx, "open", string(at.ID))
}

// handedOver are the facts with which our part ends.
func (s *agentSeat) handedOver(chat string, h *handover, to orchestrator.Agent) []orchestrator.Event {
	facts := s.HandedOver(to)
	for i := range facts {
		facts[i] = s.addressed(chat, "handover:"+string(h.Command)+":"+string(facts[i].Type), facts[i])
	}
	return facts
}

// handOver goes on with a handoff to a person: when they have joined, the bot leaves and our part ends. Who does not join in
// time is not waited for: the queue is next, unless it was to be that person or nobody.
func (c *agentChat) handOver(ctx context.Context) error {
	if c.state != stateChatting {
		return nil
	}
	h, err := c.handover(ctx, c.ref)
	if err != nil || h == nil || h.User == "" {
		return err
	}
	if p, in := c.present(h.User); in {
		if c.leaving != 0 && c.Now().Sub(c.leaving) < outcomeWithin {
			return nil
		}
		return c.leaveTo(ctx, h, p)
	}
	if c.Now().Sub(h.Since) < c.config.JoinWithin {
		return nil
	}
	wanted, err := c.stillWanted(ctx)
	if err != nil {
		return err
	}
	if wanted && !h.Only {
		if err = c.transfer(ctx, c.ref, *h); err == nil || !frame.Refused(err) {
			return err
		}
	}
	if wanted {
		id := "handover:" + string(h.Command) + ":failed"
		if _, err := c.Report.Tell(ctx, c.addressed(c.ref, id, orchestrator.Event{
			Type: orchestrator.EventDeskFailed, Reason: whyAlone, Handoff: 0,
		})); err != nil {
			return err
		}
	}
	return c.Memory.Keep(ctx, c.Name, c.ref, noteHandover, nil)
}

// leaveTo leaves the chat to the person who has joined, unless the handoff was called off meanwhile: then the bot stays.
func (c *agentChat) leaveTo(ctx context.Context, h *handover, p participant) error {
	facts := c.handedOver(c.ref, h, c.personOf(p.user(), string(p.Nickname)))
	receipt, err := c.Report.Tell(ctx, facts[0])
	if err != nil {
		return err
	}
	if receipt.Conversation == nil {
		return c.Memory.Keep(ctx, c.Name, c.ref, noteHandover, nil)
	}
	c.leaving = c.Now() // also if that is refused: then the chat is read
	_, err = c.operate(ctx, "leave", c.ref, operation(c.dialect.leaves, c.dialect.leaverData(c.user)))
	return err
}

// stillWanted: the conversation waits for the person.
func (c *agentChat) stillWanted(ctx context.Context) (bool, error) {
	record, err := c.record(ctx)
	if err != nil || record == nil {
		return false, err
	}
	waits := record.State == orchestrator.StateQueued || record.State == orchestrator.StateOffered
	return waits && record.Desk == c.Name, nil
}
