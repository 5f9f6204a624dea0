package icws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"handoff/connectors/internal/once"
	"handoff/connectors/internal/report"
	outsession "handoff/connectors/internal/session"
	"handoff/orchestrator"
)

var (
	_ orchestrator.Desk           = (*Desk)(nil)
	_ orchestrator.TypingNotifier = (*Desk)(nil)
	_ orchestrator.LivenessProbe  = (*Desk)(nil)
	_ orchestrator.HealthReporter = (*Desk)(nil)
)

// Desk is one PureConnect installation in one seat. It is safe for concurrent use.
type Desk struct {
	config Config
	memory orchestrator.Memory
	clock  orchestrator.Clock
	log    *slog.Logger
	client *client
	keeper *outsession.Keeper
	poster *once.Poster
	seat   seat
	// reporter tells the facts; it has nobody to tell them to unless Run is at work.
	reporter *report.Reporter
}

// seat is what differs between our two roles. Its session is held by one process; the other methods work in all.
type seat interface {
	outsession.Vendor
	manifest(m *orchestrator.Manifest)
	open(ctx context.Context, cmd *orchestrator.Command) (ref string, err error)
	send(ctx context.Context, cmd *orchestrator.Command) error
	typing(ctx context.Context, cmd *orchestrator.Command) error
	end(ctx context.Context, cmd *orchestrator.Command) error
	lastSeen(ctx context.Context, ref string) (orchestrator.Liveness, error)
}

func newDesk(c Config, memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger) (*Desk, error) {
	client, err := newClient(c, clock)
	if err != nil {
		return nil, err
	}
	d := &Desk{config: c, memory: memory, clock: clock, log: log, client: client, poster: once.New(memory, c.Name),
		reporter: report.New(c.Name, clock, log)}
	if c.Seat == SeatAgent {
		d.seat = &agentSeat{Desk: d}
	} else {
		d.seat = &customerSeat{Desk: d, opened: make(chan struct{}, 1)}
	}
	d.keeper = outsession.New(d.seat, c.Name, memory, clock, log)
	return d, nil
}

// Name is the desk's configured name.
func (d *Desk) Name() orchestrator.ConnectorName { return d.config.Name }

// Manifest tells what the desk can do in its seat. People accept at PureConnect itself, so nobody accepts here.
func (d *Desk) Manifest() orchestrator.Manifest {
	m := orchestrator.Manifest{
		Kind: "icws", Seats: []string{d.config.Seat}, TypingIn: true, TypingOut: true, Liveness: true, LongestText: LongestText,
	}
	d.seat.manifest(&m)
	return m
}

// Run holds the session whenever no other process does, and reports what happens, until ctx ends.
func (d *Desk) Run(ctx context.Context, sink orchestrator.Sink) error {
	defer d.client.http.Close()
	d.reporter.SetSink(sink)
	defer d.reporter.SetSink(nil)
	return d.keeper.Run(ctx)
}

// Open puts the conversation into the workgroup of its queue: by a web chat of its own, or by the transfer of the chat that
// began here.
func (d *Desk) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	if err := d.check(ctx, "open"); err != nil {
		return "", err
	}
	return d.seat.open(ctx, cmd)
}

// Send gives one message, in pieces of at most LongestText characters, each at most once as far as ICWS lets us know.
func (d *Desk) Send(ctx context.Context, cmd *orchestrator.Command) error {
	if err := d.check(ctx, "send"); err != nil {
		return err
	}
	if cmd.To.Ref == "" {
		return d.noChat("send")
	}
	return d.seat.send(ctx, cmd)
}

// Typing shows that the other side types, or has stopped.
func (d *Desk) Typing(ctx context.Context, cmd *orchestrator.Command) error {
	if err := d.check(ctx, "typing"); err != nil {
		return err
	}
	if cmd.To.Ref == "" {
		return d.noChat("typing")
	}
	return d.seat.typing(ctx, cmd)
}

// End ends the chat, or takes it out of the queue. What has ended is not ended again.
func (d *Desk) End(ctx context.Context, cmd *orchestrator.Command) error {
	if err := d.check(ctx, "end"); err != nil {
		return err
	}
	if cmd.To.Ref == "" {
		return nil // it never began
	}
	return d.seat.end(ctx, cmd)
}

// LastSeen answers whether the chat is open at the desk. When the customer was last there, ICWS does not tell.
func (d *Desk) LastSeen(ctx context.Context, c *orchestrator.Conversation) (orchestrator.Liveness, error) {
	ref := c.DeskRef
	if d.config.Seat == SeatAgent {
		ref = c.ChannelRef
	}
	if ref == "" {
		return orchestrator.Liveness{}, nil
	}
	return d.seat.lastSeen(ctx, ref)
}

// Health tells how calls and the session go, as this process sees them.
func (d *Desk) Health() orchestrator.Health {
	h, session := d.client.calls.Health(), d.keeper.Health()
	h.Session, h.Drift = &session, d.reporter.Drift()
	return h
}

// check refuses a call whose context has ended, before anything is done.
func (d *Desk) check(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return d.client.failed(op, "cancelled", orchestrator.OutcomeRetry, err)
	}
	return nil
}

func (d *Desk) noChat(op string) error {
	return d.client.failed(op, "no-chat", orchestrator.OutcomePermanent, errors.New("no chat is open at the desk"))
}

// broken is a failure of the memory: nothing was done at the desk.
func (d *Desk) broken(op string, err error) error {
	return d.client.failed(op, "memory", orchestrator.OutcomeRetry, err)
}

// workgroup is the workgroup behind a queue of ours.
func (d *Desk) workgroup(queue orchestrator.QueueName) (string, error) {
	if name, ok := d.config.Queues[queue]; ok {
		return name, nil
	}
	return "", d.client.failed("open", "unknown-queue", orchestrator.OutcomePermanent,
		fmt.Errorf("queue %q has no workgroup at this desk", queue))
}

// keep notes a value of a chat.
func (d *Desk) keep(ctx context.Context, ref, name string, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return d.memory.Keep(ctx, d.config.Name, ref, name, b)
}

// storePause is how long to wait before the store is asked again.
const storePause = 200 * time.Millisecond

// keepAnyway is keep for what would be lost otherwise: a store that does not answer is asked again until ctx ends.
func (d *Desk) keepAnyway(ctx context.Context, ref, name string, value any) error {
	return d.untilStored(ctx, ref, func() error { return d.keep(ctx, ref, name, value) })
}

// untilStored does something with the store again and again, until it succeeds or ctx ends.
func (d *Desk) untilStored(ctx context.Context, ref string, do func() error) error {
	for {
		err := do()
		if err == nil || ctx.Err() != nil {
			return err
		}
		d.log.WarnContext(ctx, "the store does not answer yet", "chat", ref, "error", err)
		if err := d.reporter.Rest(ctx, storePause); err != nil {
			return err
		}
	}
}

// read answers the values kept of a chat, decoded into what is given for each name. What was never kept stays as it is.
func (d *Desk) read(ctx context.Context, ref string, into map[string]any) error {
	kept, err := d.memory.Kept(ctx, d.config.Name, ref)
	if err != nil {
		return err
	}
	for name, value := range into {
		if len(kept[name]) == 0 {
			continue
		}
		if err := json.Unmarshal(kept[name], value); err != nil {
			return fmt.Errorf("what is kept as %q of chat %s cannot be read: %w", name, ref, err)
		}
	}
	return nil
}

// byDesk is the desk as the cause of a fact.
func (d *Desk) byDesk() orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(d.config.Name)}
}

// byAgent is a person at the desk as the cause of a fact.
func byAgent(who orchestrator.Agent) orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(who.ID), Name: who.Name}
}

// record reads our record of a conversation; nil if there is none any more. A store that does not answer is asked again.
func (d *Desk) record(ctx context.Context, ref string, id orchestrator.ConversationID) (*orchestrator.Conversation, error) {
	if id == "" {
		return nil, ctx.Err()
	}
	var record *orchestrator.Conversation
	err := d.untilStored(ctx, ref, func() (err error) {
		if record, err = d.memory.Load(ctx, id); errors.Is(err, orchestrator.ErrNotFound) {
			record, err = nil, nil
		}
		return err
	})
	return record, err
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
