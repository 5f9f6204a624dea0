// Package house is the built-in desk: people sign in at our own API, conversations wait in our own lines, and each
// rings at one person at a time. Who is present, who waits and which seats are taken lies in the store
// (orchestrator.Roster), so any number of processes serve one floor; a process keeps nothing that a crash could lose.
//
// The way of an offer: match (pure) pairs a waiting conversation with a person, a seat is reserved in one atomic step,
// then the engine is told (offered). If that commit loses, the seat is given back; if the process dies between the two,
// the reservation runs out and the conversation has its place again.
package house

import (
	"context"
	"log/slog"
	"sync"

	"handoff/orchestrator"
)

var (
	_ orchestrator.Desk         = (*Desk)(nil)
	_ orchestrator.Accepter     = (*Desk)(nil)
	_ orchestrator.Transferrer  = (*Desk)(nil)
	_ orchestrator.Inviter      = (*Desk)(nil)
	_ orchestrator.Completer    = (*Desk)(nil)
	_ orchestrator.Availability = (*Desk)(nil)
	_ orchestrator.Attendance   = (*Desk)(nil)
	_ orchestrator.PlaceKeeper  = (*Desk)(nil)
	_ orchestrator.Tidier       = (*Desk)(nil)
)

// Desk is a house desk. Its methods are safe for concurrent use and may be repeated.
type Desk struct {
	config Config
	roster orchestrator.Roster
	clock  orchestrator.Clock
	log    *slog.Logger

	kicks chan struct{} // one is enough: a round sees everything that happened before it
	turn  chan struct{} // held by the one round of this process that matches or tidies

	mu        sync.Mutex
	sink      orchestrator.Sink                     // while Run works
	unsettled map[orchestrator.ConversationID]offer // seats reserved, the engine could not be told yet
	known     map[orchestrator.AgentID]string       // what each person last reported here

	// Guarded by the turn.
	told      map[orchestrator.ConversationID]int // places as the waiting know them
	bucket    orchestrator.Moment                 // in which places were last announced
	recounted orchestrator.Moment                 // when the seats were last recounted
	unheard   []orchestrator.Seat                 // reservations that ran out, the engine could not be told yet
}

// Name is the desk's configured name.
func (d *Desk) Name() orchestrator.ConnectorName { return d.config.Name }

// Manifest says what the house desk can do: everything but read receipts and telling when the customer was seen,
// which is the channel's business. Its people read the feed, so words and typing need no command.
func (d *Desk) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind:          "house",
		ReadsTimeline: true,
		History:       orchestrator.HistoryTimeline,
		TypingIn:      true,
		TypingOut:     true,
		Accept:        true,
		TransferAgent: true,
		TransferQueue: true,
		Conference:    true,
		WrapUpSeen:    true,
		Complete:      true,
		Availability:  true,
		Positions:     true,
	}
}

// Open puts the conversation into its line, in place of any place or seat it had, and wakes the matching. The handle is
// empty: the house knows a conversation by its own id.
func (d *Desk) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	if cmd.Waiting == nil || cmd.Waiting.Queue == "" {
		return "", d.permanent("open", codeInvalid, "the command names no queue")
	}
	if err := d.do(ctx, "open", func(now orchestrator.Moment) error {
		return d.roster.Enqueue(ctx, cmd.Conversation, *cmd.Waiting, now)
	}); err != nil {
		return "", err
	}
	d.kick()
	return "", nil
}

// Send has nothing to do: the people read the conversation's feed, where the word already is.
func (d *Desk) Send(ctx context.Context, _ *orchestrator.Command) error {
	return d.do(ctx, "send", func(orchestrator.Moment) error { return nil })
}

// Accept makes the seat the person's own: as owner, or as guest when they joined by invitation.
func (d *Desk) Accept(ctx context.Context, cmd *orchestrator.Command) error {
	if cmd.Agent == nil || cmd.Agent.ID == "" {
		return d.permanent("accept", codeInvalid, "the command names nobody")
	}
	kind := orchestrator.SeatOwner
	if cmd.Guest {
		kind = orchestrator.SeatGuest
	}
	if err := d.do(ctx, "accept", func(now orchestrator.Moment) error {
		return d.roster.Take(ctx, cmd.Conversation, cmd.Agent.ID, kind, now)
	}); err != nil {
		return err
	}
	d.kick()
	return nil
}

// Transfer holds a seat at another person while it rings there. Permanent errors: code "away" or "no_seat".
func (d *Desk) Transfer(ctx context.Context, cmd *orchestrator.Command) error {
	return d.ring(ctx, "transfer", cmd)
}

// Invite holds a seat at a colleague while the invitation rings. Where the command names a queue (Waiting) in place
// of a person, the desk chooses one and reports the invitation. Permanent errors: code "away" or "no_seat".
func (d *Desk) Invite(ctx context.Context, cmd *orchestrator.Command) error {
	if cmd.Agent == nil && cmd.Waiting != nil {
		return d.inviteFrom(ctx, cmd)
	}
	return d.ring(ctx, "invite", cmd)
}

// Leave gives back the seat of one person; others stay.
func (d *Desk) Leave(ctx context.Context, cmd *orchestrator.Command) error {
	if cmd.Agent == nil || cmd.Agent.ID == "" {
		return d.permanent("leave", codeInvalid, "the command names nobody")
	}
	if err := d.do(ctx, "leave", func(now orchestrator.Moment) error {
		return d.roster.Release(ctx, cmd.Conversation, cmd.Agent.ID, now)
	}); err != nil {
		return err
	}
	d.kick()
	return nil
}

// End takes the conversation out of its line and gives its seats back; with KeepSeat the owner's stays for after-call
// work.
func (d *Desk) End(ctx context.Context, cmd *orchestrator.Command) error {
	if err := d.do(ctx, "end", func(now orchestrator.Moment) error {
		if cmd.KeepSeat {
			return d.keepSeat(ctx, cmd, now)
		}
		return d.roster.Remove(ctx, cmd.Conversation, now)
	}); err != nil {
		return err
	}
	d.kick()
	return nil
}

// Complete gives every seat of the conversation back: the after-call work is done.
func (d *Desk) Complete(ctx context.Context, cmd *orchestrator.Command) error {
	if err := d.do(ctx, "complete", func(now orchestrator.Moment) error {
		return d.roster.Remove(ctx, cmd.Conversation, now)
	}); err != nil {
		return err
	}
	d.kick()
	return nil
}

// kick wakes the matching, now or after its present round.
func (d *Desk) kick() {
	select {
	case d.kicks <- struct{}{}:
	default:
	}
}

// now is the present moment.
func (d *Desk) now() orchestrator.Moment { return orchestrator.MomentOf(d.clock.Now()) }

func (d *Desk) setSink(s orchestrator.Sink) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sink = s
}

// currentSink is where facts go; nil while Run does not work.
func (d *Desk) currentSink() orchestrator.Sink {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sink
}
