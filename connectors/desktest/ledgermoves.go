package desktest

import (
	"context"
	"slices"

	"handoff/orchestrator"
)

// decide answers the conversation after an event and the commands for the desk. The record is not changed.
func (b *book) decide(ev *orchestrator.Event) (*orchestrator.Conversation, []*orchestrator.Command, error) {
	next := b.c.Clone()
	next.Participants = slices.Clone(b.c.Participants)
	var cmds []*orchestrator.Command
	var ok bool
	if b.c.State == orchestrator.StateBot {
		if cmds, ok = b.inChannel(next, ev); !ok {
			return nil, nil, orchestrator.Reject(&b.c, ev, orchestrator.CodeStateConflict, "the bot has it")
		}
		return next, cmds, nil
	}
	switch ev.Type { //nolint:exhaustive // the rest is carried without moving
	case orchestrator.EventMessage:
		ok = !b.c.State.Ended() && (ev.Actor.Role != orchestrator.ActorAgent || b.serves(ev.Actor.ID))
	case orchestrator.EventDeskFailed, orchestrator.EventReturnedToBot:
		cmds, ok = b.handBack(next, ev)
	case orchestrator.EventRepaired:
		ok = b.repair(next, ev)
	case orchestrator.EventOffered, orchestrator.EventAccepted, orchestrator.EventDeclined, orchestrator.EventOfferExpired:
		cmds, ok = b.offering(next, ev)
	case orchestrator.EventTransferRequested, orchestrator.EventTransferAccepted, orchestrator.EventTransferFailed:
		cmds, ok = b.transferring(next, ev)
	case orchestrator.EventInvited, orchestrator.EventAgentJoined, orchestrator.EventAgentLeft:
		cmds, ok = b.conferring(next, ev)
	case orchestrator.EventRequeued:
		cmds, ok = b.requeue(next), b.c.State.Served() || b.c.State == orchestrator.StateOffered
	case orchestrator.EventTransferredToQueue:
		cmds, ok = b.requeue(next), b.c.State == orchestrator.StateAgent || b.c.State == orchestrator.StateConference
	case orchestrator.EventCustomerReturned:
		cmds, ok = b.requeue(next), b.c.State == orchestrator.StateWrapUp
	case orchestrator.EventAgentGone:
		cmds, ok = b.agentGone(next, ev)
	case orchestrator.EventChatEnded, orchestrator.EventCustomerLeft, orchestrator.EventCompleted:
		cmds, ok = b.ending(next, ev)
	case orchestrator.EventPositionChanged:
		ok = b.waits()
	case orchestrator.EventStarted, orchestrator.EventTyping, orchestrator.EventContextUpdated, orchestrator.EventCustomerSeen:
		ok = !b.c.State.Ended()
	case orchestrator.EventNote:
		ok = true // it belongs to the story, whenever it comes
	default: // no desk reports it
	}
	if !ok {
		return nil, nil, orchestrator.Reject(&b.c, ev, orchestrator.CodeStateConflict, "it does not fit the state")
	}
	return next, cmds, nil
}

// wanted answers those commands that the desk has a method for and that it does not know of already, because it was itself
// who reported the event. While the bot had the conversation the desk was its channel only, which is told in any case.
func (l *Ledger) wanted(
	was orchestrator.State, ev *orchestrator.Event, cmds []*orchestrator.Command,
) []*orchestrator.Command {
	m := l.desk.Manifest()
	reported := ev.Actor.Role == orchestrator.ActorDesk && ev.Desk == l.desk.Name()
	knows := reported && was != orchestrator.StateBot && !m.ReadsTimeline
	return slices.DeleteFunc(cmds, func(cmd *orchestrator.Command) bool {
		switch cmd.Type { //nolint:exhaustive // the others every desk has
		case orchestrator.CommandAccept:
			return knows || !m.Accept
		case orchestrator.CommandTransfer:
			return knows || !m.TransferAgent
		case orchestrator.CommandInvite, orchestrator.CommandLeave:
			return knows || !m.Conference
		case orchestrator.CommandComplete:
			return knows || !m.Complete
		case orchestrator.CommandTakeBack:
			return knows || !m.TakeBack
		default:
			return knows
		}
	})
}

// handBack gives the conversation to the bot again. A desk that fails during the after-call work changes nothing.
func (b *book) handBack(next *orchestrator.Conversation, ev *orchestrator.Event) ([]*orchestrator.Command, bool) {
	if !b.waits() && !b.c.State.Served() {
		return nil, ev.Type == orchestrator.EventDeskFailed && b.c.State == orchestrator.StateWrapUp
	}
	next.State, next.Desk, next.DeskRef = orchestrator.StateBot, "", ""
	next.Offer, next.Transfer, next.Participants = nil, nil, nil
	if b.c.ChannelRef == "" {
		return nil, true
	}
	return []*orchestrator.Command{b.command(orchestrator.CommandTakeBack)}, true
}

// waits: nobody has it yet.
func (b *book) waits() bool {
	return b.c.State == orchestrator.StateQueued || b.c.State == orchestrator.StateOffered
}

// serves: the person is in the chat, and the chat goes on.
func (b *book) serves(id string) bool {
	if !b.c.State.Served() {
		return false
	}
	p, in := b.c.Participant(orchestrator.AgentID(id))
	return in && p.Role != orchestrator.RoleInvited
}

// repair gives the chat to whom the desk says has it.
func (b *book) repair(next *orchestrator.Conversation, ev *orchestrator.Event) bool {
	if ev.Agent != nil && b.c.State.Served() {
		next.Participants = []orchestrator.Participant{{Agent: *ev.Agent, Role: orchestrator.RoleOwner}}
	}
	return !b.c.State.Ended()
}

// ref is the desk's handle: of the chat that we opened there, or of the one that began there.
func (b *book) ref() string {
	if b.c.DeskRef != "" {
		return b.c.DeskRef
	}
	return b.c.ChannelRef
}

func (b *book) offering(next *orchestrator.Conversation, ev *orchestrator.Event) ([]*orchestrator.Command, bool) {
	rings := b.c.State == orchestrator.StateOffered && b.c.Offer != nil
	theirs := rings && ev.Agent != nil && b.c.Offer.Agent.ID == ev.Agent.ID
	switch ev.Type { //nolint:exhaustive // decide chose
	case orchestrator.EventOffered:
		next.State = orchestrator.StateOffered
		next.Offer = &orchestrator.Offer{Agent: *ev.Agent}
		return nil, b.c.State == orchestrator.StateQueued
	case orchestrator.EventAccepted:
		if t := b.c.Transfer; b.c.State == orchestrator.StateTransferring && t.To.ID == ev.Agent.ID {
			return b.transferring(next, ev)
		}
		next.State, next.Offer, next.Declined, next.AskAgain = orchestrator.StateAgent, nil, nil, nil
		next.Participants = []orchestrator.Participant{{Agent: *ev.Agent, Role: orchestrator.RoleOwner}}
		return b.about(orchestrator.CommandAccept, *ev.Agent), theirs || b.c.State == orchestrator.StateQueued || rings && ev.Actor.Role == orchestrator.ActorDesk
	default: // declined, offer_expired
		if t := b.c.Transfer; t != nil && ev.Agent != nil && t.To.ID == ev.Agent.ID {
			next.State, next.Transfer = orchestrator.StateAgent, nil
			return b.about(orchestrator.CommandLeave, t.To), true
		}
		if !theirs {
			return nil, false
		}
		b.exclude(next, ev)
		return b.requeue(next), true
	}
}

func (b *book) transferring(next *orchestrator.Conversation, ev *orchestrator.Event) ([]*orchestrator.Command, bool) {
	if ev.Type == orchestrator.EventTransferRequested {
		next.State = orchestrator.StateTransferring
		next.Transfer = &orchestrator.Transfer{To: *ev.Agent, By: b.c.Owner()}
		return b.about(orchestrator.CommandTransfer, *ev.Agent), b.c.Owner().ID != ev.Agent.ID &&
			(b.c.State == orchestrator.StateAgent || b.c.State == orchestrator.StateConference)
	}
	if b.c.State != orchestrator.StateTransferring {
		return nil, false
	}
	to := b.c.Transfer.To
	if ev.Agent != nil && ev.Agent.ID != to.ID {
		if ev.Type == orchestrator.EventTransferFailed {
			return nil, false
		}
		to = *ev.Agent // the desk says who took it
	}
	next.State, next.Transfer = orchestrator.StateAgent, nil
	if ev.Type == orchestrator.EventTransferFailed {
		return b.about(orchestrator.CommandLeave, to), true
	}
	next.Participants = []orchestrator.Participant{{Agent: to, Role: orchestrator.RoleOwner}}
	return b.about(orchestrator.CommandAccept, to), true
}

func (b *book) conferring(next *orchestrator.Conversation, ev *orchestrator.Event) ([]*orchestrator.Command, bool) {
	if ev.Agent == nil || b.c.State != orchestrator.StateAgent && b.c.State != orchestrator.StateConference {
		return nil, false
	}
	if _, in := b.c.Participant(ev.Agent.ID); b.serves(string(ev.Agent.ID)) || !in {
		if comes := ev.Type != orchestrator.EventAgentLeft; comes == in {
			return nil, false
		}
	}
	others := slices.DeleteFunc(next.Participants, func(p orchestrator.Participant) bool {
		return p.Agent.ID == ev.Agent.ID
	})
	switch ev.Type { //nolint:exhaustive // decide chose
	case orchestrator.EventInvited:
		next.Participants = append(others, orchestrator.Participant{Agent: *ev.Agent, Role: orchestrator.RoleInvited})
		if ev.Actor.Role == orchestrator.ActorDesk {
			return nil, true // it rings there already
		}
		return b.about(orchestrator.CommandInvite, *ev.Agent), true
	case orchestrator.EventAgentJoined:
		next.State = orchestrator.StateConference
		next.Participants = append(others, orchestrator.Participant{Agent: *ev.Agent, Role: orchestrator.RoleGuest})
		cmds := b.about(orchestrator.CommandAccept, *ev.Agent)
		cmds[0].Guest = true
		return cmds, true
	default: // agent_left
		next.Participants = others
		cmds := b.about(orchestrator.CommandLeave, *ev.Agent)
		if len(others) == 1 {
			next.State = orchestrator.StateAgent
		}
		if next.Owner().ID == "" && len(others) > 0 { // the one who remains owns it
			others[0].Role = orchestrator.RoleOwner
			cmds = append(cmds, b.about(orchestrator.CommandAccept, others[0].Agent)...)
		}
		return cmds, len(others) > 0
	}
}

func (b *book) agentGone(next *orchestrator.Conversation, ev *orchestrator.Event) ([]*orchestrator.Command, bool) {
	if ev.Agent == nil || !b.c.Concerns(ev.Agent.ID) {
		return nil, false
	}
	owner := b.c.Owner().ID == ev.Agent.ID
	switch {
	case b.c.State == orchestrator.StateWrapUp:
		next.State = orchestrator.StateCompleted
		return []*orchestrator.Command{b.command(orchestrator.CommandComplete)}, true
	case b.c.State == orchestrator.StateOffered, owner && b.c.State.Served() && b.c.State != orchestrator.StateConference:
		return b.requeue(next), true
	case b.c.State == orchestrator.StateTransferring && b.c.Transfer.To.ID == ev.Agent.ID:
		failed := *ev
		failed.Type = orchestrator.EventTransferFailed
		return b.transferring(next, &failed)
	default:
		left := *ev
		left.Type = orchestrator.EventAgentLeft
		return b.conferring(next, &left)
	}
}

func (b *book) ending(next *orchestrator.Conversation, ev *orchestrator.Event) ([]*orchestrator.Command, bool) {
	next.Offer, next.Transfer = nil, nil
	end := b.command(orchestrator.CommandEnd)
	switch {
	case b.c.State == orchestrator.StateWrapUp && ev.Type == orchestrator.EventCustomerLeft:
		return nil, true
	case b.waits() && ev.Type == orchestrator.EventCompleted:
		next.State = orchestrator.StateAbandoned
		return []*orchestrator.Command{end}, true
	case ev.Type == orchestrator.EventCompleted:
		next.State = orchestrator.StateCompleted
		cmds := []*orchestrator.Command{b.command(orchestrator.CommandComplete)}
		if b.c.State.Served() {
			cmds = []*orchestrator.Command{end, cmds[0]}
		}
		return cmds, b.c.State.Served() || b.c.State == orchestrator.StateWrapUp
	case b.waits() && ev.Type == orchestrator.EventCustomerLeft:
		next.State = orchestrator.StateAbandoned
		return []*orchestrator.Command{end}, true
	default:
		next.State = orchestrator.StateWrapUp
		end.KeepSeat = true
		if owner := b.c.Owner(); owner.ID != "" {
			end.Agent = &owner
		}
		return []*orchestrator.Command{end}, b.c.State.Served()
	}
}

// exclude notes who did not take it, and from when on they may be asked again.
func (b *book) exclude(next *orchestrator.Conversation, ev *orchestrator.Event) {
	again := ev.At.Add(b.pause)
	next.Declined, next.AskAgain = slices.Clone(b.c.Declined), slices.Clone(b.c.AskAgain)
	if at := slices.Index(next.Declined, ev.Agent.ID); at >= 0 {
		next.AskAgain[at] = again
		return
	}
	next.Declined, next.AskAgain = append(next.Declined, ev.Agent.ID), append(next.AskAgain, again)
}

// requeue puts the conversation back to the front of its queue.
func (b *book) requeue(next *orchestrator.Conversation) []*orchestrator.Command {
	next.State, next.Offer, next.Transfer, next.Participants = orchestrator.StateQueued, nil, nil, nil
	b.waiting.Exclude, b.waiting.AskAgain = next.Declined, next.AskAgain
	return []*orchestrator.Command{b.open(true)}
}

func (b *book) open(front bool) *orchestrator.Command {
	cmd := b.command(orchestrator.CommandOpen)
	w := b.waiting
	w.Front = w.Front || front
	w.Exclude = slices.Clone(w.Exclude)
	cmd.Waiting = &w
	return cmd
}

func (b *book) about(of orchestrator.CommandType, who orchestrator.Agent) []*orchestrator.Command {
	cmd := b.command(of)
	cmd.Agent = &who
	return []*orchestrator.Command{cmd}
}

func (b *book) command(of orchestrator.CommandType) *orchestrator.Command {
	return &orchestrator.Command{
		Type: of, Conversation: b.c.ID, Handoff: b.c.Handoff, Epoch: b.c.Epoch, Sequence: b.c.Sequence + 1,
		Attempt: 1, Customer: orchestrator.Customer{ID: "u-1", Name: "Ann"},
	}
}

// Call gives a command to the method of the desk that is meant for it, as the dispatcher does. A desk that is not
// told of accepting, leaving or completing by us has nothing to do for those.
func Call(ctx context.Context, desk orchestrator.Desk, cmd *orchestrator.Command) (ref string, err error) {
	switch cmd.Type { //nolint:exhaustive // the others are for bots
	case orchestrator.CommandOpen:
		return desk.Open(ctx, cmd)
	case orchestrator.CommandSend:
		return "", desk.Send(ctx, cmd)
	case orchestrator.CommandEnd:
		return "", desk.End(ctx, cmd)
	case orchestrator.CommandAccept:
		if a, ok := desk.(orchestrator.Accepter); ok {
			return "", a.Accept(ctx, cmd)
		}
		return "", nil
	case orchestrator.CommandTransfer:
		if a, ok := desk.(orchestrator.Transferrer); ok {
			return "", a.Transfer(ctx, cmd)
		}
	case orchestrator.CommandInvite:
		if a, ok := desk.(orchestrator.Inviter); ok {
			return "", a.Invite(ctx, cmd)
		}
	case orchestrator.CommandLeave:
		if a, ok := desk.(orchestrator.Inviter); ok {
			return "", a.Leave(ctx, cmd)
		}
		return "", nil
	case orchestrator.CommandTyping:
		if a, ok := desk.(orchestrator.TypingNotifier); ok {
			return "", a.Typing(ctx, cmd)
		}
	case orchestrator.CommandTakeBack:
		if a, ok := desk.(orchestrator.Reclaimer); ok {
			return "", a.TakeBack(ctx, cmd)
		}
	case orchestrator.CommandComplete:
		if a, ok := desk.(orchestrator.Completer); ok {
			return "", a.Complete(ctx, cmd)
		}
		return "", nil
	}
	return "", &orchestrator.ConnectorError{
		Connector: desk.Name(), Op: string(cmd.Type), Outcome: orchestrator.OutcomePermanent, Err: errNoAbility,
	}
}
