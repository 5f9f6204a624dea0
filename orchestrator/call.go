package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// CallLimit is the longest that one call may take, whatever the connector does. It is no receiver's time-out: connectors bound
// each of their requests themselves.
const CallLimit = 3 * time.Minute

// verifyAfter is how long a call waits for a slot before it is looked whether the lane is still ours.
const verifyAfter = DispatchLease / 3

// errLookAgain: while the head of a lane waited for a slot, it ceased to be the head.
var errLookAgain = errors.New("the lane has another head by now")

// attempt carries a command out once: held words one by one, each with a turn and a time of its own. called is how the call
// went; err means that it was not made and that nothing is known against its receiver.
func (d *Dispatcher) attempt(cmd *Command) (called, err error) {
	if cmd.Type != CommandFlush {
		return d.inTurn(cmd, nil)
	}
	words, err := d.heldWords(d.ctx, cmd)
	if err != nil {
		return nil, err
	}
	for i := range words {
		if called, err = d.inTurn(cmd, &words[i]); called != nil || err != nil {
			return called, err
		}
		cmd.From = words[i].Sequence + 1
		if i == len(words)-1 {
			break
		}
		// Whoever takes the lane over does not tell again what was told.
		if err := d.store.Retry(d.ctx, cmd, d.engine.node, d.engine.Now(), DispatchLease); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// inTurn makes one call when there is a slot for it.
func (d *Dispatcher) inTurn(cmd *Command, word *HandbackMessage) (called, err error) {
	slot, ok := d.slots[cmd.To.Lane(false)]
	if !ok {
		return &ConnectorError{Connector: cmd.To.Connector, Op: string(cmd.Type), Code: "unconfigured", Outcome: OutcomeRetry,
			Err: errors.New("no connector of this name is configured")}, nil
	}
	if !slot.try() {
		if err := d.awaitSlot(slot, cmd); err != nil {
			return nil, err
		}
	}
	defer slot.free()
	began := d.clock.Now()
	called = d.call(cmd, word)
	d.engine.metrics.Called(cmd.To.Connector, cmd.Type, outcomeLabel(called), d.clock.Now().Sub(began))
	return called, nil
}

// awaitSlot waits until a call may begin. The time is not the command's: it does not come nearer to being given up.
func (d *Dispatcher) awaitSlot(slot *slots, cmd *Command) error {
	began := d.engine.Now()
	slot.say(d.engine.log, began)
	err := slot.take(d.fence.calls(), d.closed)
	waited := d.engine.Now().Sub(began)
	d.engine.metrics.Waited(cmd.To.Connector, waited)
	if err != nil {
		return err
	}
	if cmd.First != 0 {
		cmd.First = cmd.First.Add(waited)
	}
	if waited < verifyAfter {
		return nil
	}
	head, err := d.store.Head(d.ctx, LaneKey{cmd.Conversation, cmd.To.Lane(cmd.Late)}, d.engine.node, d.engine.Now(), DispatchLease)
	if err == nil && (head == nil || head.ID != cmd.ID) {
		err = errLookAgain
	}
	if err != nil {
		slot.free()
	}
	return err
}

// call makes one call. A connector that panics has failed for good at this command, and only at this one: otherwise the command
// would end each process in turn that takes the lane over.
func (d *Dispatcher) call(cmd *Command, word *HandbackMessage) (err error) {
	ctx, cancel := context.WithTimeout(d.fence.calls(), CallLimit)
	defer cancel()
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
	if cmd.To.Bot {
		return d.callBot(ctx, d.bots[cmd.To.Connector], cmd, word)
	}
	return d.callDesk(ctx, d.desks[cmd.To.Connector], cmd, word)
}

// callBot tells a bot something, with what the command refers to.
func (d *Dispatcher) callBot(ctx context.Context, bot Bot, cmd *Command, word *HandbackMessage) error {
	delivery := Delivery{Command: cmd}
	var err error
	switch {
	case word != nil:
		delivery.Words = []HandbackMessage{*word}
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
func (d *Dispatcher) callDesk(ctx context.Context, desk Desk, cmd *Command, word *HandbackMessage) error {
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
		return desk.Send(ctx, heldWord(cmd, word))
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
	c, err := d.tellHistory(ctx, desk, cmd)
	if err != nil {
		return &ConnectorError{Connector: desk.Name(), Op: string(cmd.Type), Code: "store", Outcome: OutcomeRetry, Err: err}
	}
	ref, err := desk.Open(ctx, cmd)
	if err != nil {
		return err
	}
	if err := d.notCarried(desk, c, cmd); err != nil || ref == "" {
		return err
	}
	if err := d.store.Bind(ctx, desk.Name(), ref, cmd.Conversation); err != nil {
		return err
	}
	return d.report(Event{ID: "opened:" + EventID(cmd.ID), Type: EventDeskOpened, Command: cmd.ID, Ref: ref}, cmd)
}

// heldWord is the command that tells one of the words of a flush.
func heldWord(cmd *Command, word *HandbackMessage) *Command {
	one := *cmd
	one.Type, one.Author, one.Message, one.Sequence = CommandSend, word.Author, &word.Message, word.Sequence
	one.ID = CommandID(fmt.Sprintf("%s.%d", cmd.ID, word.Sequence))
	return &one
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
