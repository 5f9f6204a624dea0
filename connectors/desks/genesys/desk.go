package genesys

import (
	"context"
	"errors"
	"net/url"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

var (
	_ orchestrator.Desk           = (*Desk)(nil)
	_ orchestrator.TypingNotifier = (*Desk)(nil)
	_ orchestrator.LivenessProbe  = (*Desk)(nil)
	_ orchestrator.HealthReporter = (*Desk)(nil)
)

// Desk is a desk at Genesys, in one seat. Its methods are safe for concurrent use and may be repeated; they may be called
// in a process other than the one that opened the chat.
type Desk struct {
	base *base
	seat seat
}

// seat is what differs between the seats.
type seat interface {
	manifest() orchestrator.Manifest
	open(ctx context.Context, cmd *orchestrator.Command) (string, error)
	send(ctx context.Context, cmd *orchestrator.Command) error
	end(ctx context.Context, cmd *orchestrator.Command) error
	typing(ctx context.Context, cmd *orchestrator.Command) error
	alive(ctx context.Context, c *orchestrator.Conversation) (bool, error)
}

// base is what both seats have.
type base struct {
	*frame.Frame
	config Config
	root   *url.URL
	client *outbound.Client // short calls
	polls  *outbound.Client // CometD, with a longer time-out
}

// Name is the desk's configured name.
func (d *Desk) Name() orchestrator.ConnectorName { return d.base.Name }

// Manifest says what the desk can do in its seat. People accept, transfer, invite and complete at the vendor's desktop.
func (d *Desk) Manifest() orchestrator.Manifest { return d.seat.manifest() }

// Open puts the conversation into the vendor's queue: it requests a chat for the customer, or hands the bot's own chat over.
func (d *Desk) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	return d.seat.open(ctx, cmd)
}

// Send gives the chat one message: the customer's to the people, or the bot's to the customer.
func (d *Desk) Send(ctx context.Context, cmd *orchestrator.Command) error {
	if cmd.Message == nil || wording.Text(cmd.Message) == "" {
		return d.base.Permanent("send", "invalid", errors.New("the command has neither text nor file"))
	}
	return d.seat.send(ctx, cmd)
}

// End ends the chat. One that is not ours any more, or is over, is left as it is.
func (d *Desk) End(ctx context.Context, cmd *orchestrator.Command) error {
	return d.seat.end(ctx, cmd)
}

// Typing shows that the customer, or the bot, writes.
func (d *Desk) Typing(ctx context.Context, cmd *orchestrator.Command) error {
	if cmd.To.Ref == "" {
		return d.base.Permanent("typing", "no-chat", errors.New("the conversation has no chat here"))
	}
	return d.seat.typing(ctx, cmd)
}

// LastSeen answers whether the vendor still has the chat open; when the customer was seen it does not tell.
func (d *Desk) LastSeen(ctx context.Context, c *orchestrator.Conversation) (orchestrator.Liveness, error) {
	alive, err := d.seat.alive(ctx, c)
	return orchestrator.Liveness{Alive: alive}, err
}

// Run holds the desk's session, or the right to refresh its chats, whenever no other process does.
func (d *Desk) Run(ctx context.Context, sink orchestrator.Sink) error {
	defer d.base.client.Close()
	defer d.base.polls.Close()
	return d.base.Run(ctx, sink)
}

// Health tells how the vendor's calls go, the session and the drift that this process has mended.
func (d *Desk) Health() orchestrator.Health { return d.base.Health() }

// target is the vendor's name of a queue of ours.
func (b *base) target(op string, w *orchestrator.Waiting) (string, error) {
	if w == nil || w.Queue == "" {
		return "", b.Permanent(op, "invalid", errors.New("the command names no queue"))
	}
	if name := b.config.Queues[w.Queue]; name != "" {
		return name, nil
	}
	return string(w.Queue), nil
}
