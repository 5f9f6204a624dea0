package frame

import (
	"cmp"
	"context"
	"errors"

	"handoff/connectors/internal/settings"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

var (
	_ orchestrator.Desk           = (*Desk)(nil)
	_ orchestrator.LivenessProbe  = (*Desk)(nil)
	_ orchestrator.HealthReporter = (*Desk)(nil)
	_ orchestrator.TypingNotifier = TypingNotifier{}
	_ orchestrator.Reclaimer      = Reclaimer{}
)

// Seat is what a vendor does in one seat. A command has been looked at before: it names a queue to be opened, a handle that may
// be one of the vendor's (but for Open of a new chat), and something to be sent.
type Seat interface {
	Manifest() orchestrator.Manifest
	Open(ctx context.Context, cmd *orchestrator.Command) (ref string, err error)
	Send(ctx context.Context, cmd *orchestrator.Command) error
	End(ctx context.Context, cmd *orchestrator.Command) error
	// Alive asks whether the vendor has the chat open.
	Alive(ctx context.Context, ref string) (orchestrator.Liveness, error)
}

// Client is closed when the desk stops.
type Client interface{ Close() }

// Desk is a vendor's desk in one seat. Its methods are safe for concurrent use and may be repeated; they may be called in a
// process other than the one that opened the chat.
type Desk struct {
	frame   *Frame
	seat    Seat
	agent   bool
	isRef   func(ref string) bool
	clients []Client
	beside  []func(context.Context)
}

// NewDesk is the desk of a seat, by its name in the configuration. Whether a text may be a handle of the vendor's is asked of
// isRef; the clients are closed when Run ends.
func (f *Frame) NewDesk(name string, seat Seat, isRef func(ref string) bool, clients ...Client) *Desk {
	return &Desk{frame: f, seat: seat, agent: name == settings.SeatAgent, isRef: isRef, clients: clients}
}

// Beside adds work that is done in every process while Run is at work.
func (d *Desk) Beside(work ...func(context.Context)) *Desk {
	d.beside = append(d.beside, work...)
	return d
}

// Name is the desk's configured name.
func (d *Desk) Name() orchestrator.ConnectorName { return d.frame.Name }

// Manifest says what the desk can do in its seat.
func (d *Desk) Manifest() orchestrator.Manifest { return d.seat.Manifest() }

// Open puts the conversation into the vendor's queue: it opens a chat for the customer, or hands the bot's own chat over.
func (d *Desk) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	switch {
	case ctx.Err() != nil:
		return "", d.frame.Retry("open", "cancelled", ctx.Err())
	case cmd.Waiting == nil || cmd.Waiting.Queue == "":
		return "", d.frame.Permanent("open", CodeInvalid, errors.New("the command names no queue"))
	case d.agent && !d.isRef(cmd.To.Ref):
		return "", d.frame.Permanent("open", CodeNoChat, errors.New("in the seat agent only a chat that began here can be handed over"))
	}
	return d.seat.Open(ctx, cmd)
}

// Send gives the chat one message: the customer's to the people, or the bot's to the customer.
func (d *Desk) Send(ctx context.Context, cmd *orchestrator.Command) error {
	if cmd.Message == nil || wording.Text(cmd.Message) == "" {
		return d.frame.Permanent("send", CodeInvalid, errors.New("the command has neither text nor file"))
	}
	return d.inChat(ctx, "send", cmd, d.seat.Send)
}

// End ends the chat. One that never began, is not ours any more or is over, is left as it is.
func (d *Desk) End(ctx context.Context, cmd *orchestrator.Command) error {
	if ctx.Err() == nil && !d.isRef(cmd.To.Ref) {
		return nil
	}
	return d.inChat(ctx, "end", cmd, d.seat.End)
}

// LastSeen answers whether the vendor still has the chat open.
func (d *Desk) LastSeen(ctx context.Context, c *orchestrator.Conversation) (orchestrator.Liveness, error) {
	ref := c.DeskRef
	if d.agent {
		ref = cmp.Or(c.ChannelRef, ref)
	}
	if !d.isRef(ref) {
		return orchestrator.Liveness{}, nil
	}
	return d.seat.Alive(ctx, ref)
}

// Run holds the desk's session whenever no other process does, and tells what happens, until ctx ends.
func (d *Desk) Run(ctx context.Context, sink orchestrator.Sink) error {
	for _, c := range d.clients {
		defer c.Close()
	}
	return d.frame.Run(ctx, sink, d.beside...)
}

// Health tells how the vendor's calls go, the session and the drift that this process has mended.
func (d *Desk) Health() orchestrator.Health { return d.frame.Health() }

// inChat carries out a command about a chat that the conversation has.
func (d *Desk) inChat(
	ctx context.Context, op string, cmd *orchestrator.Command, do func(context.Context, *orchestrator.Command) error,
) error {
	switch {
	case ctx.Err() != nil:
		return d.frame.Retry(op, "cancelled", ctx.Err())
	case !d.isRef(cmd.To.Ref):
		return d.frame.Permanent(op, CodeNoChat, errors.New("the conversation has no chat here"))
	}
	return do(ctx, cmd)
}

// TypingNotifier is what a desk has beside Desk at a vendor who shows typing.
type TypingNotifier struct {
	In   *Desk
	Show func(ctx context.Context, cmd *orchestrator.Command) error
}

// Typing shows that the customer, or the bot, writes.
func (n TypingNotifier) Typing(ctx context.Context, cmd *orchestrator.Command) error {
	return n.In.inChat(ctx, "typing", cmd, n.Show)
}

// Reclaimer is what a desk has beside Desk at a vendor where a chat can be taken back from people.
type Reclaimer struct {
	In   *Desk
	Take func(ctx context.Context, cmd *orchestrator.Command) error // nil in the seat customer: no chat begins there
}

// TakeBack gives the chat to the bot again.
func (r Reclaimer) TakeBack(ctx context.Context, cmd *orchestrator.Command) error {
	if r.Take == nil {
		return r.In.frame.Permanent("take_back", CodeNoChat, errors.New("in the seat customer no chat begins at the desk"))
	}
	return r.In.inChat(ctx, "take_back", cmd, r.Take)
}
