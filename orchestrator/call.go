package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// call makes one call of a connector within CallTimeout.
func (d *Dispatcher) call(cmd *Command) error {
	ctx, cancel := context.WithTimeout(d.fence.calls(), CallTimeout)
	defer cancel()
	return d.callWithin(ctx, cmd)
}

// callWithin makes one call, when there is room for it. A connector that panics has failed for good at this command, and
// only at this one: otherwise the command would end each process in turn that takes the lane over.
func (d *Dispatcher) callWithin(ctx context.Context, cmd *Command) (err error) {
	if cmd.Trace != "" {
		var end EndSpan
		ctx, end = d.engine.tracer.Start(d.engine.tracer.Under(ctx, cmd.Trace), Traced{
			Name: "call", Connector: cmd.To.Connector, Command: cmd.Type, ID: cmd.ID, Attempt: cmd.Attempt,
		})
		defer func() { end(cmd.Conversation, err) }()
	}
	defer func() {
		if p := recover(); p != nil {
			d.engine.log.ErrorContext(ctx, "a connector panicked", "conversation", cmd.Conversation, "connector", cmd.To.Connector,
				"command", cmd.Type, "id", cmd.ID, "panic", p, "stack", string(debug.Stack()))
			err = &ConnectorError{Connector: cmd.To.Connector, Op: string(cmd.Type), Code: "panic", Outcome: OutcomePermanent,
				Err: errors.New("the connector panicked")}
		}
	}()
	slot, ok := d.slots[cmd.To.Lane(false)]
	if !ok {
		return &ConnectorError{Connector: cmd.To.Connector, Op: string(cmd.Type), Code: "unconfigured", Outcome: OutcomeRetry,
			Err: errors.New("no connector of this name is configured")}
	}
	select {
	case slot <- struct{}{}:
		defer func() { <-slot }()
	case <-ctx.Done():
		return &ConnectorError{Connector: cmd.To.Connector, Op: string(cmd.Type), Code: "busy", Outcome: OutcomeRetry, Err: ctx.Err()}
	}
	if cmd.To.Bot {
		return d.callBot(ctx, d.bots[cmd.To.Connector], cmd)
	}
	return d.callDesk(ctx, d.desks[cmd.To.Connector], cmd)
}

// callBot tells a bot something, with what the command refers to.
func (d *Dispatcher) callBot(ctx context.Context, bot Bot, cmd *Command) error {
	delivery := Delivery{Command: cmd}
	var err error
	switch {
	case cmd.Type == CommandFlush:
		if delivery.Words, err = d.heldWords(ctx, cmd); err != nil || len(delivery.Words) == 0 {
			return err
		}
	case cmd.Notice != nil:
		if delivery.Handback, err = ReadHandback(ctx, d.store, cmd.Conversation, cmd.Notice); err != nil {
			return err
		}
	}
	if !HearsNotes(bot) {
		delivery = delivery.withoutNotes()
	}
	return bot.Deliver(ctx, &delivery)
}

// callDesk asks a desk for what the command intends.
func (d *Dispatcher) callDesk(ctx context.Context, desk Desk, cmd *Command) error {
	if ok, err := d.upToDate(ctx, desk, cmd); err != nil {
		return &ConnectorError{Connector: desk.Name(), Op: string(cmd.Type), Code: "store", Outcome: OutcomeRetry, Err: err}
	} else if !ok {
		d.engine.log.InfoContext(ctx, "a command has been overtaken", "conversation", cmd.Conversation, "command", cmd.Type, "id", cmd.ID)
		return nil
	}
	switch cmd.Type {
	case CommandOpen:
		return d.open(ctx, desk, cmd)
	case CommandSend:
		return desk.Send(ctx, cmd)
	case CommandFlush:
		return d.flush(ctx, desk, cmd)
	case CommandEnd:
		return desk.End(ctx, cmd)
	case CommandAccept:
		return able[Accepter](desk, cmd, func(a Accepter) error { return a.Accept(ctx, cmd) })
	case CommandTransfer:
		return able[Transferrer](desk, cmd, func(t Transferrer) error { return t.Transfer(ctx, cmd) })
	case CommandInvite:
		return able[Inviter](desk, cmd, func(i Inviter) error { return i.Invite(ctx, cmd) })
	case CommandLeave:
		return able[Inviter](desk, cmd, func(i Inviter) error { return i.Leave(ctx, cmd) })
	case CommandTyping:
		return able[TypingNotifier](desk, cmd, func(t TypingNotifier) error { return t.Typing(ctx, cmd) })
	case CommandComplete:
		return able[Completer](desk, cmd, func(c Completer) error { return c.Complete(ctx, cmd) })
	case CommandTakeBack:
		return able[Reclaimer](desk, cmd, func(r Reclaimer) error { return r.TakeBack(ctx, cmd) })
	case CommandNotify, CommandUnreadable:
	}
	return &ConnectorError{Connector: desk.Name(), Op: string(cmd.Type), Code: "not-supported", Outcome: OutcomePermanent,
		Err: fmt.Errorf("a desk has no use for the command %q", cmd.Type)}
}

// able calls a desk's optional ability.
func able[A any](desk Desk, cmd *Command, call func(A) error) error {
	ability, ok := desk.(A)
	if !ok {
		return &ConnectorError{Connector: desk.Name(), Op: string(cmd.Type), Code: "not-supported", Outcome: OutcomePermanent,
			Err: errors.New("the desk does not have this ability")}
	}
	return call(ability)
}

// open puts a conversation into a desk's queue. The handle is bound before the conversation learns of it, so that a
// notification which overtakes the answer finds its conversation.
func (d *Dispatcher) open(ctx context.Context, desk Desk, cmd *Command) error {
	ref, err := desk.Open(ctx, cmd)
	if err != nil || ref == "" {
		return err
	}
	if err := d.store.Bind(ctx, desk.Name(), ref, cmd.Conversation); err != nil {
		return err
	}
	return d.report(Event{ID: "opened:" + EventID(cmd.ID), Type: EventDeskOpened, Command: cmd.ID, Ref: ref}, cmd)
}

// flush sends the customer's held words one by one. What was sent is not sent again: the command moves on behind it.
func (d *Dispatcher) flush(ctx context.Context, desk Desk, cmd *Command) error {
	words, err := d.heldWords(ctx, cmd)
	if err != nil {
		return err
	}
	for i := range words {
		one := *cmd
		one.Type, one.Author, one.Message = CommandSend, words[i].Author, &words[i].Message
		one.ID = CommandID(fmt.Sprintf("%s.%d", cmd.ID, words[i].Sequence))
		one.Sequence = words[i].Sequence
		if err := desk.Send(ctx, &one); err != nil {
			cmd.From = words[i].Sequence
			return err
		}
	}
	return nil
}

// outcomeLabel is the result of a call in metrics.
func outcomeLabel(err error) string {
	if err == nil {
		return "done"
	}
	return OutcomeOf(err).String()
}

// heldBack reports whether a call was not made because the calls before it failed.
func heldBack(err error) bool {
	ce, ok := errors.AsType[*ConnectorError](err)
	return ok && ce.Code == CircuitOpen
}

// retryAfter is how long the receiver asked us to wait, at most an hour.
func retryAfter(err error) time.Duration {
	if ce, ok := errors.AsType[*ConnectorError](err); ok {
		return min(ce.RetryAfter, time.Hour)
	}
	return 0
}

// refusedForGood reports whether an event was refused in a way that trying again cannot change.
func refusedForGood(err error) bool {
	if err == nil {
		return false
	}
	var rejection *Rejection
	if errors.As(err, &rejection) || errors.Is(err, ErrNotFound) {
		return true
	}
	var input *InputError
	return errors.As(err, &input) && input.Status != 503
}
