package superoffice

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/session"
	"handoff/orchestrator"
)

var (
	_ orchestrator.HistoryReader = (*Desk)(nil)
	_ orchestrator.Availability  = (*Desk)(nil)
	_ orchestrator.HookReceiver  = (*Desk)(nil)
	_ session.Vendor             = account{}
)

// Desk is a desk at SuperOffice, in one seat. People accept, transfer and end at the vendor's own pages. There is no call that
// shows typing and none that tells it; there is no after-call work.
type Desk struct {
	*frame.Desk
	frame.Reclaimer
	base *base
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

// seat is what differs between the seats.
type seat interface {
	frame.Seat
	// words makes the pieces of a command the messages that our side posts, and reports which messages are ours.
	words(cmd *orchestrator.Command) (m map[string]any, ours func(m *message) bool)
	// mayPost refuses a word that must not be posted now.
	mayPost(ctx context.Context, cmd *orchestrator.Command) error
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

// Manifest says what the desk can do in its seat.
func (b *base) Manifest() orchestrator.Manifest {
	m := orchestrator.Manifest{
		Kind: "superoffice", Seats: []string{b.config.Seat},
		TransferQueue: true, // Reset, after the topic was changed
		TakeBack:      b.config.Seat == SeatAgent,
		Liveness:      true,
		Availability:  true,
		Positions:     true,
		LongestText:   LongestText,
	}
	if b.config.Seat == SeatCustomer { // a session has no notes: in the other seat the customer would read it
		m.History = orchestrator.HistoryMessages
	}
	return m
}

// target is the topic behind a queue of ours.
func (b *base) target(op string, queue orchestrator.QueueName) (number, error) {
	topic := cmp.Or(b.config.Queues[queue], string(queue))
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
