package superoffice

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/session"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

var (
	_ orchestrator.Desk           = (*Desk)(nil)
	_ orchestrator.HistoryReader  = (*Desk)(nil)
	_ orchestrator.Reclaimer      = (*Desk)(nil)
	_ orchestrator.LivenessProbe  = (*Desk)(nil)
	_ orchestrator.Availability   = (*Desk)(nil)
	_ orchestrator.HookReceiver   = (*Desk)(nil)
	_ orchestrator.HealthReporter = (*Desk)(nil)
	_ session.Vendor              = account{}
)

// Desk is a desk at SuperOffice, in one seat. Its methods are safe for concurrent use and may be repeated; they may be called
// in a process other than the one that opened the chat.
type Desk struct{ base *base }

// seat is what differs between the seats.
type seat interface {
	open(ctx context.Context, cmd *orchestrator.Command) (string, error)
	// words makes the pieces of a command the messages that our side posts, and reports which messages are ours.
	words(cmd *orchestrator.Command) (m map[string]any, ours func(m *message) bool)
	// mayPost refuses a word that must not be posted now.
	mayPost(ctx context.Context, cmd *orchestrator.Command) error
	end(ctx context.Context, cmd *orchestrator.Command) error
	// concerns reports whether a session that a hook names may be ours.
	concerns(ctx context.Context, ref string, h *hook) (bool, error)
	// begin finds the conversation of a session, or begins it; false: the session is none of our business now.
	begin(ctx context.Context, r *reading) (bool, error)
	// address says whose fact it is.
	address(r *reading, ev *orchestrator.Event)
	// says makes a fact of a message; nil: it is our own, or nothing that was said.
	says(r *reading, m *message) *orchestrator.Event
	// ended makes a fact of the end of a session.
	ended(r *reading) *orchestrator.Event
	// topicsNow are the topics whose sessions and lines are looked at.
	topicsNow() []number
}

// base is what both seats have.
type base struct {
	*frame.Frame
	config Config
	seat   seat
	client *outbound.Client

	pending    *pending
	renewals   atomic.Int64 // sessions that a call found expired
	hooksNoted atomic.Int64 // hooks noted by this process

	mu      sync.Mutex
	logins  int64
	notOurs map[string]bool // sessions of which we know that they are not ours
	places  map[string]int  // places in line as they were told last
	// readSinceStart are the sessions that were read since this process began to listen, until all have been; nil from then on.
	readSinceStart map[string]bool
}

// Name is the desk's configured name.
func (d *Desk) Name() orchestrator.ConnectorName { return d.base.Name }

// Manifest says what the desk can do in its seat. People accept, transfer and end at the vendor's own pages. There is no call
// that shows typing and none that tells it; there is no after-call work.
func (d *Desk) Manifest() orchestrator.Manifest {
	m := orchestrator.Manifest{
		Kind: "superoffice", Seats: []string{d.base.config.Seat},
		TransferQueue: true, // Reset, after the topic was changed
		TakeBack:      d.base.config.Seat == SeatAgent,
		Liveness:      true,
		Availability:  true,
		Positions:     true,
		LongestText:   LongestText,
	}
	if d.base.config.Seat == SeatCustomer { // a session has no notes: in the other seat the customer would read it
		m.History = orchestrator.HistoryMessages
	}
	return m
}

// Open puts the conversation into the line of a topic: it creates a session for the customer, or hands the bot's own over.
func (d *Desk) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	return d.base.seat.open(ctx, cmd)
}

// Send posts one message: the customer's to the people, or the bot's to the customer. A piece is posted once, as far as the
// vendor's history lets us know.
func (d *Desk) Send(ctx context.Context, cmd *orchestrator.Command) error {
	if cmd.Message == nil {
		return d.base.Permanent("send", "invalid", errors.New("the command has no message"))
	}
	if !isID(cmd.To.Ref) {
		return d.base.Permanent("send", "no-chat", errors.New("the conversation has no session here"))
	}
	if err := d.base.seat.mayPost(ctx, cmd); err != nil {
		return err
	}
	return d.base.deliver(ctx, cmd.To.Ref, cmd.ID, wording.Text(cmd.Message), cmd)
}

// End ends the session.
func (d *Desk) End(ctx context.Context, cmd *orchestrator.Command) error {
	if !isID(cmd.To.Ref) {
		return ctx.Err() // nothing was opened
	}
	return d.base.seat.end(ctx, cmd)
}

// TakeBack puts our bot into a session again that it has handed over.
func (d *Desk) TakeBack(ctx context.Context, cmd *orchestrator.Command) error {
	if !isID(cmd.To.Ref) {
		return d.base.Permanent("take_back", "no-chat", errors.New("the conversation has no session here"))
	}
	c, err := d.base.chatOf(ctx, "take_back", cmd.To.Ref)
	if errors.Is(err, errNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.base.takeBack(ctx, "take_back", cmd.To.Ref, c)
}

// History reads what was said in a session behind the message with an id; empty: all.
func (d *Desk) History(ctx context.Context, p orchestrator.Party, after string) ([]orchestrator.Message, error) {
	all, err := d.base.messagesOf(ctx, "history", p.Ref, idOf(after))
	if err != nil {
		return nil, err
	}
	var said []orchestrator.Message
	for i := range all {
		if m := &all[i]; m.byCustomer() || m.toCustomer() {
			said = append(said, orchestrator.Message{ID: m.ID.String(), Text: m.plain()})
		}
	}
	return said, nil
}

// Run reads sessions: those that hooks name at once, and all of them on a timer in the process that holds the session.
func (d *Desk) Run(ctx context.Context, sink orchestrator.Sink) error {
	defer d.base.client.Close()
	return d.base.Run(ctx, sink, slices.Repeat([]func(context.Context){d.base.readPending}, readers)...)
}

// Health tells how the vendor's calls go, the session and the drift that this process has mended.
func (d *Desk) Health() orchestrator.Health { return d.base.Health() }

// target is the topic behind a queue of ours.
func (b *base) target(op string, w *orchestrator.Waiting) (number, error) {
	if w == nil || w.Queue == "" {
		return 0, b.Permanent(op, "invalid", errors.New("the command names no queue"))
	}
	topic := b.config.Queues[w.Queue]
	if topic == "" {
		topic = string(w.Queue)
	}
	if !isID(topic) {
		return 0, b.Permanent(op, "unknown-queue", errors.New("the queue has no chat topic"))
	}
	return idOf(topic), nil
}

// queueOf is our queue in front of a topic; empty where there is none.
func (b *base) queueOf(topic number) orchestrator.QueueName {
	found := orchestrator.QueueName("")
	for queue, id := range b.config.Queues {
		if idOf(id) == topic && (found == "" || queue < found) {
			found = queue
		}
	}
	return found
}
