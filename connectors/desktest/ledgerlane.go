package desktest

import (
	"context"
	"fmt"

	"handoff/orchestrator"
)

// The commands of a conversation, one after the other.

// order puts commands at the end of the conversation's lane and works it.
func (l *Ledger) order(b *book, cmds ...*orchestrator.Command) {
	for _, cmd := range cmds {
		l.stamp(b, cmd)
		b.lane = append(b.lane, cmd)
		l.busy++
	}
	if len(b.lane) > 0 && !b.working {
		b.working = true
		go l.work(b)
	}
}

func (l *Ledger) stamp(b *book, cmd *orchestrator.Command) {
	b.minted++
	cmd.ID = orchestrator.CommandID(fmt.Sprintf("%s.%d.%d", b.c.ID, b.c.Version, b.minted))
	cmd.Conversation, cmd.At = b.c.ID, l.now()
	cmd.To = orchestrator.Party{Connector: l.desk.Name(), Ref: b.ref()}
	if cmd.Type == orchestrator.CommandOpen {
		cmd.Note, cmd.History = l.summary, l.before
	}
}

func (l *Ledger) work(b *book) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(b.lane) > 0 {
		cmd := b.lane[0]
		cmd.To.Ref = b.ref()
		l.mu.Unlock()
		ref, err := l.carryOut(cmd)
		l.mu.Lock()
		b.lane = b.lane[1:]
		l.busy--
		if err == nil && ref != "" {
			b.c.DeskRef = ref
			l.memory.bind(l.desk.Name(), ref, b.c.ID)
		}
		if err != nil {
			l.failed(b, cmd, err)
		}
		l.notify()
	}
	b.working = false
	l.notify()
}

// carryOut calls the desk, again under the same id while that can help.
func (l *Ledger) carryOut(cmd *orchestrator.Command) (ref string, err error) {
	defer l.memory.carry()()
	for range commandTries {
		ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), byCommand{}, true), callTimeout)
		ref, err = Call(ctx, l.desk, cmd)
		cancel()
		if err == nil || orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent {
			return ref, err
		}
	}
	return ref, err
}

// failed is what the dispatcher makes of a command that failed for good.
func (l *Ledger) failed(b *book, cmd *orchestrator.Command, err error) {
	l.failures = append(l.failures, Failure{*cmd, err})
	ev := orchestrator.Event{Agent: cmd.Agent, Reason: err.Error()}
	switch cmd.Type { //nolint:exhaustive // the others tell nobody here
	case orchestrator.CommandTransfer:
		ev.Type = orchestrator.EventTransferFailed
	case orchestrator.CommandInvite:
		ev.Type = orchestrator.EventAgentLeft
	default:
		return
	}
	if next, cmds, err := b.decide(&ev); err == nil {
		b.c = *next
		b.events = append(b.events, ev)
		l.order(b, cmds...)
	}
}
