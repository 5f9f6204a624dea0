package oracle

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

// Codes of failures that are ours, not Oracle's.
const (
	codeInvalid = "invalid"   // the command cannot be carried out as it is
	codeNoChat  = "no-chat"   // the conversation has no chat here
	codeGone    = "chat-gone" // the chat is over, or not ours any more
	codeRefused = "refused"   // Oracle refuses the call for this chat, and takes others of the same session
)

var (
	_ orchestrator.Desk           = (*Desk)(nil)
	_ orchestrator.TypingNotifier = (*Desk)(nil)
	_ orchestrator.LivenessProbe  = (*Desk)(nil)
	_ orchestrator.HealthReporter = (*Desk)(nil)
	_ orchestrator.Availability   = (*customerDesk)(nil)
)

// Desk is a desk at Oracle, in one seat. Its methods are safe for concurrent use and may be repeated; they may be called in a
// process other than the one that opened the chat.
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
	alive(ctx context.Context, ref string) (bool, error)
}

// base is what both seats have.
type base struct {
	*frame.Frame
	config Config
	site   *url.URL
	client *outbound.Client // short calls
	polls  *outbound.Client // getMessages
	moves  moves
}

// Name is the desk's configured name.
func (d *Desk) Name() orchestrator.ConnectorName { return d.base.Name }

// Manifest says what the desk can do in its seat. People accept, transfer, invite and complete at Oracle's console.
func (d *Desk) Manifest() orchestrator.Manifest { return d.seat.manifest() }

// Open begins an engagement for the customer in Oracle's queue, or hands the bot's own engagement over to people.
func (d *Desk) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	if cmd.Waiting == nil || cmd.Waiting.Queue == "" {
		return "", d.base.Permanent("open", codeInvalid, errors.New("the command names no queue"))
	}
	return d.seat.open(ctx, cmd)
}

// Send gives the chat one message: the customer's to the people, or the bot's to the customer.
func (d *Desk) Send(ctx context.Context, cmd *orchestrator.Command) error {
	switch {
	case cmd.Message == nil:
		return d.base.Permanent("send", codeInvalid, errors.New("the command has no message"))
	case cmd.To.Ref == "":
		return d.base.Permanent("send", codeNoChat, errors.New("the conversation has no chat here"))
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
		return d.base.Permanent("typing", codeNoChat, errors.New("the conversation has no chat here"))
	}
	return d.seat.typing(ctx, cmd)
}

// LastSeen answers whether Oracle still has the engagement; when the customer was seen it does not tell.
func (d *Desk) LastSeen(ctx context.Context, c *orchestrator.Conversation) (orchestrator.Liveness, error) {
	ref := c.DeskRef
	if c.Channel == string(d.base.Name) {
		ref = c.ChannelRef
	}
	if ref == "" {
		return orchestrator.Liveness{}, d.base.Permanent("probe", codeNoChat, errors.New("the conversation has no chat here"))
	}
	alive, err := d.seat.alive(ctx, ref)
	return orchestrator.Liveness{Alive: alive}, err
}

// Run listens to Oracle whenever no other process does.
func (d *Desk) Run(ctx context.Context, sink orchestrator.Sink) error {
	defer d.base.client.Close()
	defer d.base.polls.Close()
	return d.base.Run(ctx, sink)
}

// Health tells how the calls to Oracle go, the session and the drift that this process has mended.
func (d *Desk) Health() orchestrator.Health { return d.base.Health() }

// target is Oracle's side of a queue of ours.
func (b *base) target(queue orchestrator.QueueName) (target, error) {
	text, ok := b.config.Queues[queue]
	if !ok {
		text = string(queue)
	}
	t, err := readTarget(b.config.Seat, queue, text)
	if err != nil {
		return t, b.Permanent("open", codeInvalid, fmt.Errorf("the target of queue %q %w", queue, err))
	}
	return t, nil
}
