package icws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/textsplit"
	"handoff/orchestrator"
)

var (
	_ orchestrator.Desk           = (*Desk)(nil)
	_ orchestrator.TypingNotifier = (*Desk)(nil)
	_ orchestrator.LivenessProbe  = (*Desk)(nil)
	_ orchestrator.HealthReporter = (*Desk)(nil)
	_ orchestrator.Reclaimer      = (*Desk)(nil)
)

// Desk is a desk at PureConnect, in one seat. Its methods are safe for concurrent use and may be repeated; they may be called
// in a process other than the one that opened the chat.
type Desk struct {
	base *base
	seat seat
}

// seat is what differs between the seats.
type seat interface {
	manifest(m *orchestrator.Manifest)
	open(ctx context.Context, cmd *orchestrator.Command) (ref string, err error)
	send(ctx context.Context, cmd *orchestrator.Command) error
	typing(ctx context.Context, cmd *orchestrator.Command) error
	end(ctx context.Context, cmd *orchestrator.Command) error
	takeBack(ctx context.Context, cmd *orchestrator.Command) error
	lastSeen(ctx context.Context, ref string) (orchestrator.Liveness, error)
}

// base is what both seats have.
type base struct {
	*frame.Frame
	config Config
	client *client

	mu      sync.Mutex
	failing string // the host that did not serve although it took us
}

// Name is the desk's configured name.
func (d *Desk) Name() orchestrator.ConnectorName { return d.base.Name }

// Manifest tells what the desk can do in its seat. People accept at PureConnect itself, so nobody accepts here.
func (d *Desk) Manifest() orchestrator.Manifest {
	m := orchestrator.Manifest{
		Kind: "icws", Seats: []string{d.base.config.Seat}, TypingIn: true, TypingOut: true, Liveness: true, LongestText: LongestText,
	}
	d.seat.manifest(&m)
	return m
}

// Open puts the conversation into the workgroup of its queue: by a web chat of its own, or by the transfer of the chat that
// began here.
func (d *Desk) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	if err := d.base.check(ctx, "open"); err != nil {
		return "", err
	}
	return d.seat.open(ctx, cmd)
}

// Send gives one message, in pieces of at most LongestText characters, each at most once as far as ICWS lets us know.
func (d *Desk) Send(ctx context.Context, cmd *orchestrator.Command) error {
	if err := d.base.check(ctx, "send"); err != nil {
		return err
	}
	if cmd.To.Ref == "" {
		return d.base.noChat("send")
	}
	return d.seat.send(ctx, cmd)
}

// Typing shows that the other side types, or has stopped.
func (d *Desk) Typing(ctx context.Context, cmd *orchestrator.Command) error {
	if err := d.base.check(ctx, "typing"); err != nil {
		return err
	}
	if cmd.To.Ref == "" {
		return d.base.noChat("typing")
	}
	return d.seat.typing(ctx, cmd)
}

// End ends the chat, or takes it out of the queue. What has ended is not ended again.
func (d *Desk) End(ctx context.Context, cmd *orchestrator.Command) error {
	if err := d.base.check(ctx, "end"); err != nil {
		return err
	}
	if cmd.To.Ref == "" {
		return nil // it never began
	}
	return d.seat.end(ctx, cmd)
}

// TakeBack takes a chat that began here out of the people's workgroup: our user has it again.
func (d *Desk) TakeBack(ctx context.Context, cmd *orchestrator.Command) error {
	if err := d.base.check(ctx, "take_back"); err != nil {
		return err
	}
	if cmd.To.Ref == "" {
		return d.base.noChat("take_back")
	}
	return d.seat.takeBack(ctx, cmd)
}

// LastSeen answers whether the chat is open at the desk. When the customer was last there, ICWS does not tell.
func (d *Desk) LastSeen(ctx context.Context, c *orchestrator.Conversation) (orchestrator.Liveness, error) {
	ref := c.DeskRef
	if d.base.config.Seat == SeatAgent {
		ref = c.ChannelRef
	}
	if ref == "" {
		return orchestrator.Liveness{}, nil
	}
	return d.seat.lastSeen(ctx, ref)
}

// Run holds the session whenever no other process does, and reports what happens, until ctx ends.
func (d *Desk) Run(ctx context.Context, sink orchestrator.Sink) error {
	defer d.base.client.close()
	return d.base.Run(ctx, sink)
}

// Health tells how the vendor's calls go, the session and the drift that this process has mended.
func (d *Desk) Health() orchestrator.Health { return d.base.Health() }

// check refuses a call whose context has ended, before anything is done.
func (b *base) check(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return b.Retry(op, "cancelled", err)
	}
	return nil
}

func (b *base) noChat(op string) error {
	return b.Permanent(op, "no-chat", errors.New("no chat is open at the desk"))
}

// workgroup is the workgroup behind a queue of ours.
func (b *base) workgroup(queue orchestrator.QueueName) (string, error) {
	if name, ok := b.config.Queues[queue]; ok {
		return name, nil
	}
	return "", b.Permanent("open", "unknown-queue", fmt.Errorf("queue %q has no workgroup at this desk", queue))
}

// byDesk is the desk as the cause of a fact.
func (b *base) byDesk() orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(b.Name)}
}

// byAgent is a person at the desk as the cause of a fact.
func byAgent(who orchestrator.Agent) orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(who.ID), Name: who.Name}
}

// rest waits, or until ctx ends or something comes through the channel.
func rest(ctx context.Context, clock orchestrator.Clock, pause time.Duration, wake <-chan struct{}) {
	done := make(chan struct{})
	stop := clock.AfterFunc(pause, func() { close(done) })
	defer stop()
	select {
	case <-done:
	case <-wake:
	case <-ctx.Done():
	}
}

// queueOf is our queue behind which a workgroup stands: the present one if it does, else the first by name.
func (l *listener) queueOf(workgroup string, present orchestrator.QueueName) (orchestrator.QueueName, bool) {
	if l.config.Queues[present] == workgroup {
		return present, true
	}
	var names []orchestrator.QueueName
	for name, group := range l.config.Queues {
		if group == workgroup {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "", false
	}
	return slices.Min(names), true
}

// pieces are a text's parts, each of which can be sent.
func pieces(text string) []string {
	return textsplit.Split(text, LongestText, textsplit.Characters)
}
