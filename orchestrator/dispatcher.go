package orchestrator

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// Limits of dispatching.
const (
	// claimBatch is how many lanes of dead processes are taken over at a time.
	claimBatch = 200
	// storePause is how long a lane rests when the store did not answer.
	storePause = time.Second
	// drainTimeout bounds how long a stopping process waits for calls that are under way.
	drainTimeout = 11 * time.Second
	// yieldTimeout bounds the handing over of leases.
	yieldTimeout = 10 * time.Second
	// renewAfter is the age at which the lease of a lane that is worked is renewed with a heartbeat.
	renewAfter = DispatchLease / 3
)

// Dispatcher carries commands out. Each lane whose lease this process holds has one worker, so the commands of a lane reach
// their party in order, at least once. There is no polling: the process that committed a command gets it in memory, and
// another takes the lane over only when the lease has run out.
type Dispatcher struct {
	engine *Engine
	store  Store
	clock  Clock
	bots   map[ConnectorName]Bot
	desks  map[ConnectorName]Desk
	slots  map[Lane]*slots // by the lane of a party

	ctx     context.Context // of all calls; ends when Run has drained
	stop    context.CancelFunc
	fence   fence
	closed  chan struct{} // closed when the process stops starting work
	stopped stopped

	mu      sync.Mutex
	lanes   map[LaneKey]*lane
	late    []LaneKey // written while the process stops: nobody here works them
	closing bool
	working sync.WaitGroup
}

// lane is what this process knows of a lane that it works or waits for.
type lane struct {
	again  bool   // more was written while the worker was busy: look once more before leaving
	wake   func() // stops the timer of a lane that waits for its next attempt; nil while a worker runs
	sleeps int    // so many times it waited: a timer that was stopped too late is told by it
	leased Moment // when its lease was last renewed, as far as this process knows
}

func newDispatcher(e *Engine, o *Options) *Dispatcher {
	ctx, stop := context.WithCancel(context.Background())
	d := &Dispatcher{
		engine: e, store: e.store, clock: e.clock, bots: o.Bots, desks: e.desks, slots: map[Lane]*slots{},
		ctx: ctx, stop: stop, lanes: map[LaneKey]*lane{}, fence: fence{clock: e.clock, all: ctx}, closed: make(chan struct{}),
	}
	slotsFor := func(party Party) {
		lane := party.Lane(false)
		d.slots[lane] = newSlots(party.Connector, o.Concurrency[lane])
	}
	for name := range o.Bots {
		slotsFor(Party{Connector: name, Bot: true})
	}
	for name := range e.desks {
		slotsFor(Party{Connector: name})
	}
	return d
}

// Run waits until ctx ends, lets calls that are under way finish, and hands all leases over, so that another process goes
// on at once. It returns nil.
func (d *Dispatcher) Run(ctx context.Context) error {
	<-ctx.Done()
	d.close()
	done := make(chan struct{})
	go func() { d.working.Wait(); close(done) }()
	expired := make(chan struct{})
	stopTimer := d.clock.AfterFunc(drainTimeout, func() { close(expired) })
	select {
	case <-done:
	case <-expired:
	}
	stopTimer()
	d.stop()
	keys := d.held() // only now: calls that were under way may have written more
	yield, cancel := context.WithTimeout(context.WithoutCancel(ctx), yieldTimeout)
	defer cancel()
	if err := d.store.Yield(yield, keys, d.engine.node, d.engine.Now()); err != nil {
		d.engine.log.WarnContext(yield, "leases are not handed over and will run out", "lanes", len(keys), "error", err)
	}
	return nil
}

// close stops starting work.
func (d *Dispatcher) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closing {
		close(d.closed)
	}
	d.closing = true
	for _, l := range d.lanes {
		if l.wake != nil {
			l.wake()
		}
	}
}

// held are the lanes whose leases this process may have.
func (d *Dispatcher) held() []LaneKey {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append(slices.Collect(maps.Keys(d.lanes)), d.late...)
}

// work starts on the lanes that a commit has given to this process.
func (d *Dispatcher) work(id ConversationID, written Committed, commands []Command) {
	for _, name := range written.Leased {
		var first *Command
		if slices.Contains(written.Fresh, name) {
			first = firstOf(commands, name)
		}
		d.start(LaneKey{id, name}, first)
	}
}

func firstOf(commands []Command, name Lane) *Command {
	for i := range commands {
		if commands[i].To.Lane(false) == name {
			first := commands[i]
			return &first
		}
	}
	return nil
}

// resume looks after the lanes of a conversation in case their leases are ours without our knowing.
func (d *Dispatcher) resume(c *Conversation) {
	d.start(LaneKey{c.ID, Party{Connector: c.Bot, Bot: true}.Lane(false)}, nil)
	if c.Desk != "" {
		d.start(LaneKey{c.ID, Party{Connector: c.Desk}.Lane(false)}, nil)
	}
}

// resumeUnclear looks after the lanes of a commit of which nobody knows whether it was written: if it was, their leases
// are ours.
func (d *Dispatcher) resumeUnclear(id ConversationID, commands []Command) {
	for i := range commands {
		d.start(LaneKey{id, commands[i].To.Lane(false)}, nil)
	}
}

// serveUntil lets this process call connectors until a moment, and no longer. Whoever says so once must go on saying it.
func (d *Dispatcher) serveUntil(until time.Time) { d.fence.serveUntil(until) }

// Kick works a lane whose lease this process has been given by something other than a commit.
func (d *Dispatcher) Kick(key LaneKey) { d.start(key, nil) }

// Claim takes over the lanes of processes that died, and answers how many.
func (d *Dispatcher) Claim(ctx context.Context) (int, error) {
	total := 0
	for {
		keys, err := d.store.Claim(ctx, d.engine.node, d.engine.Now(), DispatchLease, claimBatch)
		for _, key := range keys { // also beside an error: their leases are ours
			d.start(key, nil)
		}
		total += len(keys)
		if err != nil || len(keys) < claimBatch {
			return total, err
		}
	}
}

// start makes sure that a worker looks at the lane. first is its head if that is known already.
func (d *Dispatcher) start(key LaneKey, first *Command) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing {
		d.late = append(d.late, key)
		return
	}
	if l, ok := d.lanes[key]; ok {
		l.again = true
		return
	}
	l := &lane{leased: d.engine.Now()}
	d.lanes[key] = l
	d.working.Go(func() { d.workLane(key, l, first) })
}

// workLane carries out one command after another until the lane is empty, waits for a later attempt, or belongs to another.
func (d *Dispatcher) workLane(key LaneKey, l *lane, cmd *Command) {
	var err error
	for {
		if cmd == nil {
			cmd, err = d.store.Head(d.ctx, key, d.engine.node, d.engine.Now(), DispatchLease)
		}
		cmd, err = d.readable(key, cmd, err)
		for cmd != nil && err == nil {
			if !d.goesOn(l) {
				return // the lease is yielded by Run
			}
			if d.fence.fenced() {
				d.sleep(key, l, storePause) // somebody else may have the lane by now
				return
			}
			var wait time.Duration
			if cmd, wait, err = d.carryOut(cmd); wait > 0 {
				d.sleep(key, l, wait)
				return
			}
			cmd, err = d.readable(key, cmd, err)
		}
		switch {
		case errors.Is(err, errLookAgain):
			cmd, err = nil, nil
			continue
		case errors.Is(err, errNoTurn):
			d.sleep(key, l, storePause)
			return
		}
		// A lane that belongs to another process, or to nobody, is left like one that is empty: a commit that has taken the
		// lease meanwhile has said so, and then it is looked at once more.
		if err != nil && !errors.Is(err, ErrNotLeased) {
			d.restBroken(key, l, err)
			return
		}
		if d.leave(key, l) {
			return
		}
		cmd, err = nil, nil
	}
}

// readable sets aside what this program cannot read, so that it does not hold what comes behind it.
func (d *Dispatcher) readable(key LaneKey, cmd *Command, err error) (*Command, error) {
	for {
		unreadable, ok := errors.AsType[*UnreadableError](err)
		if !ok {
			return cmd, err
		}
		d.engine.log.Error("a command cannot be read: it goes to the undelivered list", "conversation", key.Conversation,
			"lane", key.Lane, "error", unreadable.Err)
		d.engine.metrics.Delivered(CommandUnreadable, "buried", 0)
		cmd, err = d.store.SetAside(d.ctx, key, unreadable.Stored, d.engine.node, d.engine.Now(), DispatchLease)
	}
}

// goesOn notes that the lease of a lane is fresh, and reports whether its worker goes on: not when the process stops.
func (d *Dispatcher) goesOn(l *lane) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	l.leased = d.engine.Now()
	return !d.closing
}

// worn answers lanes, at most limit, whose leases must be renewed because they are being worked for long, and takes them for
// renewed.
func (d *Dispatcher) worn(limit int) []LaneKey {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.engine.Now()
	var keys []LaneKey
	for key, l := range d.lanes {
		if l.wake == nil && now.Sub(l.leased) >= renewAfter {
			l.leased = now
			if keys = append(keys, key); len(keys) == limit {
				break
			}
		}
	}
	return keys
}

// leave forgets a lane that is empty or another's, unless something was written to it meanwhile.
func (d *Dispatcher) leave(key LaneKey, l *lane) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l.again {
		l.again = false
		return false
	}
	delete(d.lanes, key)
	return true
}

// restBroken lets a lane rest whose store did not answer.
func (d *Dispatcher) restBroken(key LaneKey, l *lane, err error) {
	if d.ctx.Err() == nil {
		d.engine.log.Warn("a lane rests: the store did not answer", "conversation", key.Conversation, "lane", key.Lane, "error", err)
	}
	d.sleep(key, l, storePause)
}

// sleep starts a worker on the lane again after a while. The stored lease covers the wait: if this process dies, another
// claims the lane when the lease has run out.
func (d *Dispatcher) sleep(key LaneKey, l *lane, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing {
		return
	}
	l.sleeps++
	turn := l.sleeps
	l.wake = d.clock.AfterFunc(wait, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.closing || d.lanes[key] != l || l.wake == nil || l.sleeps != turn {
			return
		}
		d.workAgain(key, l)
	})
}

// workAgain starts a worker on a lane that has waited. The caller holds the lock.
func (d *Dispatcher) workAgain(key LaneKey, l *lane) {
	l.wake, l.leased = nil, d.engine.Now()
	d.working.Go(func() { d.workLane(key, l, nil) })
}

// wakeBot looks at the lanes of a bot that wait for a later attempt.
func (d *Dispatcher) wakeBot(bot ConnectorName) {
	party := Party{Connector: bot, Bot: true}
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, l := range d.lanes {
		if l.wake != nil && !d.closing && (key.Lane == party.Lane(false) || key.Lane == party.Lane(true)) {
			l.wake()
			d.workAgain(key, l)
		}
	}
}
