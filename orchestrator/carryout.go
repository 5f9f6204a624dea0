package orchestrator

import (
	"math/rand/v2"
	"time"
)

const (
	// startAttempts is how often a bot is told of a start before newer commands pass.
	startAttempts = 2
	// heldBackPause is the least time for which a command waits whose call was held back.
	heldBackPause = time.Second
	// lateHeldBackPause is the same in the late lane, and lateHeldBackFor how long being held back is no attempt there.
	lateHeldBackPause = 30 * time.Second
	lateHeldBackFor   = 24 * time.Hour
)

// carryOut tries one command once and writes down how it went. It answers the next command of the lane, or how long to
// wait before the lane is looked at again.
func (d *Dispatcher) carryOut(cmd *Command) (next *Command, wait time.Duration, err error) {
	if stopped, err := d.isStopped(d.ctx, cmd.To); err != nil {
		return nil, 0, err
	} else if stopped {
		cmd.Failure = errStopped.Error()
		return d.giveUpStopped(cmd)
	}
	now := d.engine.Now()
	if wait := cmd.NotBefore.Sub(now); cmd.NotBefore != 0 && wait > 0 {
		if d.holdsTooLong(cmd, now) {
			return d.pass(cmd)
		}
		return d.rest(cmd, now, wait)
	}
	from := cmd.From
	called, err := d.attempt(cmd)
	if err != nil {
		return nil, 0, err
	}
	if called == nil {
		if err := d.confirm(cmd); err != nil {
			return nil, 0, err
		}
		return d.finish(cmd, "done")
	}
	if cmd.From != from { // some of the words arrived: the rest has its whole schedule
		cmd.Attempt, cmd.First = 0, 0
	}
	return d.failed(cmd, called)
}

// failed decides what becomes of a command whose call failed.
func (d *Dispatcher) failed(cmd *Command, cause error) (*Command, time.Duration, error) {
	cmd.Failure = cause.Error()
	if cmd.First == 0 {
		cmd.First = d.engine.Now()
	}
	if heldBack(cause) && !d.lateForLong(cmd) {
		return d.heldBack(cmd, cause)
	}
	cmd.Attempt++
	d.engine.log.Warn("a call failed", "conversation", cmd.Conversation, "connector", cmd.To.Connector, "command", cmd.Type,
		"id", cmd.ID, "attempt", cmd.Attempt, "outcome", OutcomeOf(cause).String(), "error", cause)
	if gone, err := d.noteGone(d.ctx, cmd.To, cause); err != nil {
		return nil, 0, err
	} else if gone {
		return d.giveUpStopped(cmd)
	}
	switch OutcomeOf(cause) {
	case OutcomePermanent:
		return d.giveUp(cmd, "permanent")
	case OutcomeUnknown:
		if err := d.noteUnsure(cmd); err != nil {
			return nil, 0, err
		}
	case OutcomeRetry:
	}
	return d.later(cmd, cause)
}

// heldBack lets a command wait whose call was not made, because the calls before it failed. That is no attempt, but its time
// runs. What has something better to do than to wait does that: a handoff goes to the policy's next choice, and a customer's
// first word is not held by the news that she is there.
func (d *Dispatcher) heldBack(cmd *Command, cause error) (*Command, time.Duration, error) {
	d.engine.log.Info("a call is held back: the ones before it failed", "conversation", cmd.Conversation,
		"connector", cmd.To.Connector, "command", cmd.Type, "id", cmd.ID)
	if cmd.Type == CommandOpen {
		return d.giveUp(cmd, "held_back")
	}
	pause := heldBackPause
	if cmd.Late { // nothing waits behind it, and there may be many of its kind
		pause = lateHeldBackPause
	}
	return d.again(cmd, jitter(max(retryAfter(cause), pause)))
}

// lateForLong reports whether a command has been in the late lane for so long that being held back counts as an attempt: a bot
// that never comes back must not keep it for ever.
func (d *Dispatcher) lateForLong(cmd *Command) bool {
	return cmd.Late && cmd.First != 0 && d.engine.Now().Sub(cmd.First) >= lateHeldBackFor
}

// later plans the next attempt.
func (d *Dispatcher) later(cmd *Command, cause error) (*Command, time.Duration, error) {
	delays := cmd.Delays()
	if cmd.Attempt > len(delays) {
		return d.giveUp(cmd, "exhausted")
	}
	return d.again(cmd, max(jitter(delays[cmd.Attempt-1]), retryAfter(cause)))
}

// again plans the next call of a command.
func (d *Dispatcher) again(cmd *Command, delay time.Duration) (*Command, time.Duration, error) {
	now := d.engine.Now()
	cmd.NotBefore = now.Add(delay)
	if d.holdsTooLong(cmd, now) || d.holdsFirstWord(cmd) {
		return d.pass(cmd)
	}
	return d.rest(cmd, now, delay)
}

// holdsFirstWord reports whether the news that a conversation has begun has had its attempts, or has none because the bot is
// known to be down.
func (d *Dispatcher) holdsFirstWord(cmd *Command) bool {
	return cmd.tellsOfStart() && !cmd.Late && (cmd.Attempt == 0 || cmd.Attempt >= startAttempts)
}

// rest lets a lane wait for its head's next attempt, under a lease that covers the wait. A lane in which other commands may
// wait is looked at again when its head has had its time.
func (d *Dispatcher) rest(cmd *Command, now Moment, wait time.Duration) (*Command, time.Duration, error) {
	if left := cmd.First.Add(AsideAfter).Sub(now); !cmd.Late && cmd.First != 0 && wait > left {
		wait = left
	}
	wait = max(wait, time.Millisecond)
	if err := d.store.Retry(d.ctx, cmd, d.engine.node, now.Add(wait), DispatchLease); err != nil {
		return nil, 0, err
	}
	return nil, wait, nil
}

// pass lets newer commands pass one that has held its lane for too long. What is tried for long goes on in the late lane.
// Words and what a conversation waits for are given up: they would come too late to be of use, and whoever waits for them is
// to know.
func (d *Dispatcher) pass(cmd *Command) (*Command, time.Duration, error) {
	if cmd.Class == ClassLifecycle {
		return d.stepAside(cmd)
	}
	return d.giveUp(cmd, "exhausted")
}

// jitter spreads attempts by a tenth, so that what failed together is not tried together.
func jitter(delay time.Duration) time.Duration {
	return delay + time.Duration(rand.Int64N(int64(delay)/10+1)) //nolint:gosec // no secret depends on it
}

// holdsTooLong reports whether a failing command has held its lane for as long as it may.
func (d *Dispatcher) holdsTooLong(cmd *Command, now Moment) bool {
	return !cmd.Late && cmd.First != 0 && now.Sub(cmd.First) >= AsideAfter
}

// stepAside lets newer commands pass; this one goes on in the late lane.
func (d *Dispatcher) stepAside(cmd *Command) (*Command, time.Duration, error) {
	cmd.Late = true
	if err := d.note(cmd, "aside:", "stepped_aside"); err != nil {
		return nil, 0, err
	}
	next, late, err := d.store.StepAside(d.ctx, cmd, d.engine.node, d.engine.Now(), DispatchLease)
	if err != nil {
		return nil, 0, err
	}
	if late {
		d.start(LaneKey{cmd.Conversation, cmd.To.Lane(true)}, nil)
	}
	return next, 0, nil
}

// noteUnsure writes down, once, that a command is repeated although the first call may have arrived.
func (d *Dispatcher) noteUnsure(cmd *Command) error {
	if cmd.Unsure {
		return nil
	}
	cmd.Unsure = true
	return d.note(cmd, "unsure:", "repeated_under_same_id")
}

// note tells the timeline something about a delivery.
func (d *Dispatcher) note(cmd *Command, prefix, reason string) error {
	return d.report(Event{
		ID: EventID(prefix) + EventID(cmd.ID), Type: EventDelivery, Command: cmd.ID, Reason: reason, Note: cmd.Failure,
	}, cmd)
}

// finish takes a command off its lane.
func (d *Dispatcher) finish(cmd *Command, how string) (*Command, time.Duration, error) {
	next, err := d.store.Done(d.ctx, cmd, d.engine.node, d.engine.Now(), DispatchLease)
	if err == nil {
		d.engine.metrics.Delivered(cmd.Type, how, d.engine.Now().Sub(cmd.At))
	}
	return next, 0, err
}

// giveUp turns a command that will not succeed into the facts that its conversation has to live with, or puts it on the
// undelivered list when nothing in the conversation depends on it.
func (d *Dispatcher) giveUp(cmd *Command, how string) (*Command, time.Duration, error) {
	told, err := d.tellFailure(cmd, botFailureOf(cmd))
	switch {
	case err != nil:
		return nil, 0, err
	case told:
		return d.finish(cmd, how)
	case cmd.Class == ClassTransient:
		return d.finish(cmd, "dropped")
	}
	return d.bury(cmd)
}

// giveUpStopped puts what is for a stopped callback on the undelivered list, words too: they can be sent from there once the
// callback is started again. The conversation is told all the same, because that may take long.
func (d *Dispatcher) giveUpStopped(cmd *Command) (*Command, time.Duration, error) {
	if _, err := d.tellFailure(cmd, BotStopped); err != nil {
		return nil, 0, err
	}
	return d.bury(cmd)
}

// tellFailure tells the conversation what became of a command that is given up, and what that means for the bot. It answers
// whether the conversation lives with the failure of the command itself.
func (d *Dispatcher) tellFailure(cmd *Command, bot BotFailure) (told bool, err error) {
	if bot != "" {
		d.noteBotFailed(cmd, bot)
	}
	ev, told := failureOf(cmd)
	if told {
		if err := d.report(ev, cmd); err != nil {
			return true, err
		}
	}
	if bot != "" {
		err = d.report(botFailed(cmd, bot), cmd)
	}
	return told, err
}

func (d *Dispatcher) bury(cmd *Command) (*Command, time.Duration, error) {
	next, err := d.store.Bury(d.ctx, cmd, d.engine.node, d.engine.Now(), DispatchLease)
	if err == nil {
		d.engine.metrics.Delivered(cmd.Type, "buried", d.engine.Now().Sub(cmd.At))
	}
	return next, 0, err
}

// failureOf is the fact that a command has failed for good.
func failureOf(cmd *Command) (Event, bool) {
	ev := Event{ID: "failed:" + EventID(cmd.ID), Command: cmd.ID, Reason: cmd.Failure, Agent: cmd.Agent}
	switch cmd.Type { //nolint:exhaustive // the others change nothing for the conversation
	case CommandOpen:
		ev.Type = EventDeskFailed
	case CommandTransfer:
		ev.Type = EventTransferFailed
	case CommandInvite:
		ev.Type = EventAgentLeft
		if cmd.Agent == nil { // anybody of a queue was asked and nobody came: there is no person to leave
			ev.Type, ev.Reason, ev.Note = EventDelivery, "nobody_to_invite", cmd.Failure
		}
	case CommandSend:
		ev.Type, ev.Message, ev.Author = EventMessageFailed, &Message{ID: cmd.Message.ID}, cmd.Author.Role
	case CommandFlush:
		ev.Type = EventMessageFailed
	default:
		return Event{}, false
	}
	return ev, true
}

// report tells the conversation about one of its commands. A refusal means that the conversation has moved on and the
// outcome no longer matters.
func (d *Dispatcher) report(ev Event, cmd *Command) error {
	ev.Conversation = cmd.Conversation
	ev.Actor = Actor{Role: ActorSystem, ID: "dispatcher"}
	if !cmd.To.Bot {
		ev.Desk = cmd.To.Connector
	}
	_, err := d.engine.Receive(d.engine.tracer.Under(d.ctx, cmd.Trace), ev)
	if refusedForGood(err) {
		d.engine.log.Info("an outcome came too late to matter", "conversation", cmd.Conversation, "event", ev.Type, "id", ev.ID, "error", err)
		return nil
	}
	return err
}
