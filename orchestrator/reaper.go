package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of sweeping.
const (
	// sweepBatch is how many conversations are taken from an index at a time.
	sweepBatch = 256
	// sweepWorkers is how many partitions one process sweeps at a time.
	sweepWorkers = 8
	// archiveTries is how many conversations in a row may fail to be archived before the archive counts as out of order.
	archiveTries = 32
	// sweepLease is how long a partition belongs to the process that sweeps it.
	sweepLease = 30 * time.Second
	// recountEvery is how often one process compares the counters of flows with the index.
	recountEvery = time.Minute
	// DefaultDeadAfter is how long a client may stay away where no policy says anything.
	DefaultDeadAfter = 90 * time.Second
)

// Archive takes ended conversations before they expire.
type Archive interface {
	// Archive writes one conversation with its whole timeline. It may be called again for the same conversation.
	Archive(ctx context.Context, c *Conversation, entries []Entry) error
	// Erased notes that a customer is to be erased: whoever reads the archive passes over their conversations that began before.
	// It may be called again for the same order.
	Erased(ctx context.Context, order Erasure) error
}

// Sweep says what one sweep did.
type Sweep struct {
	At        Moment        // when it began
	Took      time.Duration // in all
	Lag       time.Duration // age of the oldest deadline that was overdue
	Checked   int           // conversations looked at
	Fired     int           // deadlines whose rule fired
	Reaped    int           // of those and of the unseen: conversations closed because their customer was gone
	Repaired  int           // the desk said that the customer is there: our record was mended instead
	Rearmed   int           // found not to be due after all
	Tidied    int           // reservations and vanished people that desks looked after
	Claimed   int           // lanes taken over from processes that died
	Retired   int           // ended conversations archived
	Erased    int           // conversations of customers who are to be erased, removed
	Recounted int           // counters of what stands where that were wrong and were mended
	Failed    int
	Moved     int // out of what is configured nowhere any more
	Lost      int // expired before they were archived
	// ArchiveDown: the archive takes nothing at the moment.
	ArchiveDown bool
}

// Reaper sweeps deadlines and dead sessions. Every process may run one: a sweep is idempotent, and one partition is swept by
// one process at a time. It asks the desk first where the desk can be asked, and closes only on agreement.
type Reaper struct {
	engine    *Engine
	archive   Archive
	retention time.Duration
	log       *slog.Logger
	horizon   *horizon
	watching  atomic.Bool  // Watch runs
	next      atomic.Int64 // where the next sweep begins, so that a sweep cut short is not always short for the same
	counted   atomic.Int64 // the Moment at which the counters were last compared
	last      atomic.Pointer[Sweep]
	living    living
	archiving archiving
	eraser    *Eraser
}

// NewReaper makes a reaper. archive may be nil; retention is how long the store keeps what has ended.
func NewReaper(engine *Engine, archive Archive, retention time.Duration) *Reaper {
	return &Reaper{
		engine: engine, archive: archive, retention: retention, log: engine.log, eraser: NewEraser(engine, archive),
		horizon:   newHorizon(engine.store.Partitions()),
		archiving: archiving{log: engine.log},
	}
}

// Archiving answers how writing to the archive goes, as the newest sweep of this process found it.
func (r *Reaper) Archiving() Archiving { return r.archiving.now() }

// Eraser works on the orders that this process takes; sweeps go on with all others.
func (r *Reaper) Eraser() *Eraser { return r.eraser }

// Last answers the newest sweep of this process.
func (r *Reaper) Last() (Sweep, bool) {
	last := r.last.Load()
	if last == nil {
		return Sweep{}, false
	}
	return *last, true
}

// Sweep looks at everything that is due in every partition that no other process sweeps now. What fails for one
// conversation does not keep it from the others; the error joins the failures of whole partitions.
func (r *Reaper) Sweep(ctx context.Context) (Sweep, error) {
	began := r.engine.clock.Now()
	tally := &sweepTally{sweep: Sweep{At: MomentOf(began)}}
	told, toldErr := r.engine.store.Configured(ctx)
	if toldErr != nil {
		r.horizon.forgetAll()
	} else {
		r.horizon.left(told)
	}
	busy, lapsed, err := r.lookAhead(ctx)
	errs := []error{toldErr, err}
	if lapsed {
		claimed, err := r.engine.dispatcher.Claim(ctx)
		errs = append(errs, err)
		tally.add(func(s *Sweep) { s.Claimed += claimed })
	}
	errs = append(errs, r.sweepPartitions(ctx, busy, tally), r.tidyDesks(ctx, tally), r.recount(ctx, tally), r.erase(ctx, tally))
	if toldErr == nil {
		errs = append(errs, r.lookAtLiving(ctx, told, tally))
	}
	sweep := tally.sweep
	sweep.ArchiveDown = r.archiving.now().Fault != nil
	sweep.Took = r.engine.clock.Now().Sub(began)
	r.last.Store(&sweep)
	r.engine.metrics.Swept(sweep)
	return sweep, errors.Join(errs...)
}

// sweepTally is a sweep that several workers add to.
type sweepTally struct {
	mu    sync.Mutex
	sweep Sweep
}

func (t *sweepTally) add(f func(*Sweep)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.sweep)
}

func (r *Reaper) sweepPartitions(ctx context.Context, busy []int, tally *sweepTally) error {
	partitions := make(chan int)
	var mu sync.Mutex
	var errs []error
	var workers sync.WaitGroup
	for range min(sweepWorkers, len(busy)) {
		workers.Go(func() {
			for p := range partitions {
				if err := r.sweepPartition(ctx, p, tally); err != nil {
					mu.Lock()
					errs = append(errs, fmt.Errorf("partition %d: %w", p, err))
					mu.Unlock()
				}
			}
		})
	}
	for _, p := range busy {
		if ctx.Err() != nil {
			break
		}
		partitions <- p
	}
	close(partitions)
	workers.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// sweepPartition does what is due in a partition, unless another process does that now. Until it is done, that and what
// failed, the next sweep looks again: what came next is not known any more.
func (r *Reaper) sweepPartition(ctx context.Context, partition int, tally *sweepTally) error {
	defer r.horizon.forget(partition)
	_, err := r.engine.store.Exclusive(ctx, fmt.Sprintf("sweep:%d", partition), sweepLease, func(ctx context.Context) error {
		for _, part := range []func(context.Context, int, *sweepTally) error{r.fireDue, r.reapUnseen, r.retire} {
			if err := part(ctx, partition, tally); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// deadAfter is the shortest time after which any policy calls a client dead. Were it shorter than that, each sweep would
// look at every client that is away for a while.
func (r *Reaper) deadAfter() time.Duration {
	var shortest time.Duration
	for _, flow := range r.engine.policies.Load().flows {
		if after := flow.Policy().CustomerDeadAfter; after > 0 && (shortest == 0 || after < shortest) {
			shortest = after
		}
	}
	if shortest == 0 {
		return DefaultDeadAfter
	}
	return shortest
}

// tidyDesks lets each desk look after what it keeps itself.
func (r *Reaper) tidyDesks(ctx context.Context, tally *sweepTally) error {
	var errs []error
	for name, desk := range r.engine.desks {
		tidier, ok := desk.(Tidier)
		if !ok {
			continue
		}
		n, err := tidier.Tidy(ctx, r.engine.Now())
		tally.add(func(s *Sweep) { s.Tidied += n })
		if err != nil {
			errs = append(errs, fmt.Errorf("desk %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// erase goes on with what is to be erased.
func (r *Reaper) erase(ctx context.Context, tally *sweepTally) error {
	erased, err := r.eraser.Work(ctx)
	tally.add(func(s *Sweep) { s.Erased += erased })
	if errors.Is(err, ErrArchiveDown) { // the order stays, and is told of as all that waits for the archive
		r.archiving.down(ctx, err, tally.sweep.At)
		return nil
	}
	return err
}

// recount mends the counters of what stands where: a version of the program that did not keep them has moved conversations.
func (r *Reaper) recount(ctx context.Context, tally *sweepTally) error {
	now := r.engine.Now()
	if now < Moment(r.counted.Load()).Add(recountEvery) {
		return nil
	}
	r.counted.Store(int64(now))
	var errs []error
	for p := range r.engine.store.Partitions() {
		if ctx.Err() != nil {
			break
		}
		mended, err := r.engine.store.Recount(ctx, p, now)
		tally.add(func(s *Sweep) { s.Recounted += mended })
		if err != nil {
			errs = append(errs, fmt.Errorf("recount of partition %d: %w", p, err))
		}
	}
	return errors.Join(errs...)
}

// guarded runs do for one conversation; a failure or a panic is counted and logged and ends nothing else.
func (r *Reaper) guarded(ctx context.Context, id ConversationID, tally *sweepTally, do func() error) {
	defer func() {
		if p := recover(); p != nil {
			tally.add(func(s *Sweep) { s.Failed++ })
			r.log.ErrorContext(ctx, "a sweep panicked over a conversation", "conversation", id, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	err := do()
	if wrong, ok := errors.AsType[*UnreadableRecord](err); ok {
		r.setAside(ctx, wrong)
		return
	}
	if err != nil && !refusedForGood(err) {
		tally.add(func(s *Sweep) { s.Failed++ })
		r.log.WarnContext(ctx, "a sweep failed for a conversation", "conversation", id, "error", err)
	}
}
