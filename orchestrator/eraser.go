package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// How a customer is erased.
const (
	// erasedAtOnce is how many conversations are looked at in one step.
	erasedAtOnce = 256
	// eraseLease is how long an order belongs to the process that works on it.
	eraseLease = 30 * time.Second
	// countFor bounds counting a customer's conversations when the order is given. Where that takes longer, the answer counts
	// those that were found; the work itself finds all.
	countFor = 8 * time.Second
	// tellFor is how long a conversation that has just ended waits for its desk and its bot to be told. What cannot be told by then
	// is removed with it.
	tellFor = time.Minute
	// endSteps is how many steps the end of a conversation may take: to the bot, which would have gone on, and from there.
	endSteps = 4

	reasonErased = "erased"
)

// Eraser removes what is kept of customers. An order is written down and worked on partition by partition, by whichever process
// comes first, so that it goes on where a process has died. Every step may be repeated.
type Eraser struct {
	engine  *Engine
	archive Archive
	log     *slog.Logger
	wake    chan struct{}
}

// NewEraser makes an eraser. archive may be nil.
func NewEraser(engine *Engine, archive Archive) *Eraser {
	return &Eraser{engine: engine, archive: archive, log: engine.log, wake: make(chan struct{}, 1)}
}

// Order writes down that a customer is to be erased, and answers how many conversations were found. ErrNotFound where there is
// none. What begins from now on stays.
func (x *Eraser) Order(ctx context.Context, bot ConnectorName, customer string) (int, error) {
	order := Erasure{Bot: bot, Customer: customer, At: x.engine.Now()}
	counting, cancel := context.WithTimeout(ctx, countFor)
	defer cancel()
	found, err := x.count(counting, &order)
	late := counting.Err() != nil && ctx.Err() == nil
	if err != nil && !late {
		return 0, err
	}
	if found == 0 && !late {
		return 0, ErrNotFound
	}
	if err := x.engine.store.PutErasure(ctx, order); err != nil {
		return 0, err
	}
	select {
	case x.wake <- struct{}{}:
	default:
	}
	return found, nil
}

func (x *Eraser) count(ctx context.Context, order *Erasure) (int, error) {
	found := map[ConversationID]bool{}
	for p := range x.engine.store.Partitions() {
		err := x.each(ctx, order, p, func(c *Conversation) error {
			found[c.ID] = true
			return nil
		})
		if err != nil {
			return len(found), err
		}
	}
	return len(found), nil
}

// Run works on the orders that this process has taken, at once. What is left over is looked at with each sweep.
func (x *Eraser) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-x.wake:
			if _, err := x.Work(ctx); err != nil && ctx.Err() == nil {
				x.log.WarnContext(ctx, "an erasure is not finished and goes on with the next sweep", "error", err)
			}
		}
	}
}

// Work goes on with every order that no other process works on, and answers how many conversations were removed. What waits
// until its end has been told is left to the next time.
func (x *Eraser) Work(ctx context.Context) (erased int, err error) {
	orders, err := x.engine.store.Erasures(ctx)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, order := range orders {
		_, err := x.engine.store.Exclusive(ctx, "erase:"+order.Name(), eraseLease, func(ctx context.Context) error {
			n, err := x.carryOut(ctx, order)
			erased += n
			return err
		})
		errs = append(errs, err)
	}
	return erased, errors.Join(errs...)
}

// carryOut goes on with one order. Its progress is written down after each partition of which nothing is left.
func (x *Eraser) carryOut(ctx context.Context, order Erasure) (erased int, err error) {
	current, err := x.tellArchive(ctx, order)
	if err != nil || !current {
		return 0, err
	}
	order.Archived = true
	open := false
	for p := order.Next; p < x.engine.store.Partitions(); p++ {
		n, left, err := x.partition(ctx, &order, p)
		erased += n
		if err != nil {
			return erased, fmt.Errorf("partition %d: %w", p, err)
		}
		if open = open || left > 0; open {
			continue
		}
		next := order
		next.Next = p + 1
		if current, err := x.engine.store.MoveErasure(ctx, order, &next); err != nil || !current {
			return erased, err
		}
		order = next
	}
	x.log.InfoContext(ctx, "a customer is being erased", "erasure", order.Name(), "bot", order.Bot, "conversations", erased,
		"partitions", order.Next, "done", !open)
	if open {
		return erased, nil
	}
	_, err = x.engine.store.MoveErasure(ctx, order, nil)
	return erased, err
}

// tellArchive lets the archive note the order before anything is removed: what is written there from now on of conversations
// that began before is known to be erased.
func (x *Eraser) tellArchive(ctx context.Context, order Erasure) (current bool, err error) {
	if order.Archived {
		return true, nil
	}
	if x.archive != nil {
		if err := x.archive.Erased(ctx, order); err != nil {
			return false, err
		}
	}
	next := order
	next.Archived = true
	return x.engine.store.MoveErasure(ctx, order, &next)
}

// partition removes a customer's conversations of one partition, and answers how many are left for the next time.
func (x *Eraser) partition(ctx context.Context, order *Erasure, partition int) (erased, left int, err error) {
	done := map[ConversationID]bool{}
	err = x.each(ctx, order, partition, func(c *Conversation) error {
		if done[c.ID] {
			return nil
		}
		gone, err := x.remove(ctx, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // the others do not wait for it
			x.log.WarnContext(ctx, "a conversation is not erased yet", "conversation", c.ID, "erasure", order.Name(), "error", err)
		}
		if !gone {
			left++
			return nil
		}
		done[c.ID] = true
		erased++
		return nil
	})
	return erased, left, err
}

// each does something with every conversation of a customer in a partition that had begun when the order was given. One may come
// more than once. What cannot be read is named in the log: nobody knows whose it is.
func (x *Eraser) each(ctx context.Context, order *Erasure, partition int, do func(*Conversation) error) error {
	for cursor := ""; ; {
		walked, err := x.engine.store.OfCustomer(ctx, partition, order.Bot, order.Customer, cursor, erasedAtOnce)
		if err != nil {
			return err
		}
		for _, wrong := range walked.Unreadable {
			x.log.WarnContext(ctx, "a conversation cannot be read, and may be of a customer who is to be erased", "conversation", wrong.ID,
				"erasure", order.Name())
		}
		for _, c := range append(walked.Live, walked.Ended...) {
			if c.OpenedAt > order.At {
				continue
			}
			if err := do(c); err != nil {
				return err
			}
		}
		if cursor = walked.Next; cursor == "" {
			return nil
		}
	}
}

// remove ends a conversation that lives, and removes one that has ended once its end has been told.
func (x *Eraser) remove(ctx context.Context, c *Conversation) (gone bool, err error) {
	if !c.State.Ended() {
		if c, err = x.end(ctx, c.ID); c == nil || err != nil {
			return c == nil, err
		}
	}
	if x.engine.Now() < c.EndedAt.Add(tellFor) {
		pending, err := x.engine.store.Pending(ctx, c.ID)
		if err != nil || len(pending) > 0 {
			return false, err
		}
	}
	handles, err := x.handles(ctx, c)
	if err != nil {
		return false, err
	}
	if err := x.engine.store.Erase(ctx, c, handles); err != nil {
		return false, err
	}
	x.engine.forget(c.ID)
	return true, nil
}

// end completes a conversation in the ordinary way, so that the people and the bot hear of it. It answers the record as it stands
// then, nil where nothing is left of it.
func (x *Eraser) end(ctx context.Context, id ConversationID) (*Conversation, error) {
	for range endSteps {
		c, err := x.engine.store.Load(ctx, id)
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		if err != nil || c.State.Ended() {
			return c, err
		}
		_, err = x.engine.Receive(ctx, Event{
			ID: EventID(fmt.Sprintf("erased:%d", c.Version)), Type: EventCompleted, Conversation: id, Reason: reasonErased,
			Actor: Actor{Role: ActorSystem, ID: "erasure"},
		})
		if err != nil && !refusedForGood(err) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("it could not be ended in %d steps", endSteps)
}

// handles are those that desks gave a conversation, and our own id, under which some desks keep something too.
func (x *Eraser) handles(ctx context.Context, c *Conversation) ([]Bound, error) {
	seen := map[Bound]bool{}
	var all []Bound
	add := func(desk ConnectorName, ref string) {
		for _, h := range []Bound{{desk, ref}, {desk, string(c.ID)}} {
			if desk != "" && h.Ref != "" && !seen[h] {
				seen[h] = true
				all = append(all, h)
			}
		}
	}
	add(c.Desk, c.DeskRef)
	if c.ChannelRef != "" {
		add(ConnectorName(c.Channel), c.ChannelRef)
	}
	entries, err := x.engine.allEntries(ctx, c.ID, c.Sequence)
	if err != nil && !errors.Is(err, ErrNotFound) { // half of it may be gone already
		return nil, err
	}
	for i := range entries {
		if ev := &entries[i].Event; ev.Type == EventDeskOpened {
			add(ev.Desk, ev.Ref)
		}
	}
	return all, nil
}

// forget drops what this process remembers of a conversation that was erased.
func (e *Engine) forget(id ConversationID) {
	c, ok := e.records.get(id)
	if !ok {
		return
	}
	e.records.drop(id)
	e.newest.dropIf(externalKey{c.Bot, c.External}, func(newest ConversationID) bool { return newest == id })
}
