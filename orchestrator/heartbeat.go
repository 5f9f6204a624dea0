package orchestrator

import (
	"context"
	"fmt"
	"time"
)

// How the processes of an installation know of each other.
const (
	// BeatEvery is the pause between two heartbeats of a process.
	BeatEvery = time.Second
	// AliveFor is how long a process counts as alive after a heartbeat.
	AliveFor = 4 * time.Second
	// fenceMargin is how much sooner a process stops calling by itself: it must have stopped when others take over.
	fenceMargin = time.Second
	// beatTimeout bounds one heartbeat.
	beatTimeout = 2 * time.Second
	// inheritAtOnce is how many lanes are looked at in one step while those of a dead process are taken over.
	inheritAtOnce = 200
	// renewAtOnce is how many leases are renewed in one step.
	renewAtOnce = 1000
	// inheritLease is how long taking over belongs to the process that has begun with it.
	inheritLease = 10 * time.Second
)

// Heartbeat tells the other processes that this one lives, and takes over the lanes of those that do not, before their leases
// run out. A process that cannot tell stops calling connectors before the others take over: what it was to do then is theirs.
type Heartbeat struct {
	engine *Engine
	// missing are those that were not heard of at the last beat. Who is missing twice in a row is dead: after a pause of the
	// store itself every process comes a little late.
	missing map[NodeID]bool
	broken  bool      // the last beat failed
	told    time.Time // when the last one began that did not
}

// NewHeartbeat is the heartbeat of the engine's process; it beats once Run runs.
func NewHeartbeat(engine *Engine) *Heartbeat {
	return &Heartbeat{engine: engine, missing: map[NodeID]bool{}}
}

// Run beats until ctx ends. Then the process is no longer counted, because it has handed its lanes over by itself: Run must
// end after the dispatcher's. It returns nil.
func (h *Heartbeat) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		h.Beat(ctx)
		due := make(chan struct{})
		stop := h.engine.clock.AfterFunc(BeatEvery, func() { close(due) })
		select {
		case <-due:
		case <-ctx.Done():
			stop()
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), beatTimeout)
	defer cancel()
	if err := h.engine.store.Leave(ctx, h.engine.node); err != nil {
		h.engine.log.WarnContext(ctx, "the process will count as dead and not as stopped", "error", err)
	}
	return nil
}

// Beat is one heartbeat, and a look at the others. Run makes one after the other; calls must not overlap.
func (h *Heartbeat) Beat(ctx context.Context) {
	silent, told := h.tell(ctx)
	if !told {
		return
	}
	h.keepLanes(ctx)
	h.readStopped(ctx)
	missing := map[NodeID]bool{}
	for _, node := range silent {
		missing[node] = true
		if !h.missing[node] {
			continue
		}
		if err := h.inherit(ctx, node); err != nil && ctx.Err() == nil {
			h.engine.log.WarnContext(ctx, "the lanes of a dead process are not all taken over", "node", node, "error", err)
		}
	}
	h.missing = missing
}

// tell is the heartbeat itself. It answers the others that are silent; false when it failed.
func (h *Heartbeat) tell(ctx context.Context) (silent []NodeID, told bool) {
	within, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	began := h.engine.clock.Now()
	silent, err := h.engine.store.Beat(within, h.engine.node, AliveFor, h.engine.policies.Load().configured)
	if ctx.Err() != nil {
		return nil, false
	}
	if err != nil {
		if !h.broken {
			h.engine.log.WarnContext(ctx, "no heartbeat; without one this process stops calling", "error", err)
		}
		h.broken = true
		return nil, false
	}
	h.broken, h.told = false, began
	h.engine.dispatcher.serveUntil(began.Add(AliveFor - fenceMargin))
	return silent, true
}

// keepLanes renews the leases of lanes that are worked for long: a call waits for a slot, or for a slow answer.
func (h *Heartbeat) keepLanes(ctx context.Context) {
	e := h.engine
	for {
		keys := e.dispatcher.worn(renewAtOnce)
		if len(keys) == 0 {
			return
		}
		within, cancel := context.WithTimeout(ctx, beatTimeout)
		err := e.store.Renew(within, keys, e.node, e.Now(), DispatchLease)
		cancel()
		if err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "leases are not renewed", "lanes", len(keys), "error", err)
		}
		if e.clock.Now().Sub(h.told) >= BeatEvery {
			h.tell(ctx)
		}
	}
}

// readStopped learns which callbacks other processes have stopped.
func (h *Heartbeat) readStopped(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	if _, err := h.engine.dispatcher.Stopped(within); err != nil && ctx.Err() == nil {
		h.engine.log.WarnContext(ctx, "which callbacks are stopped is not known anew", "error", err)
	}
}

// inherit takes over every lane of a dead process, unless another one does that now. There may be many: the process goes on
// telling that it lives meanwhile, or it would be taken for dead itself.
func (h *Heartbeat) inherit(ctx context.Context, dead NodeID) error {
	e := h.engine
	_, err := e.store.Exclusive(ctx, "inherit:"+string(dead), inheritLease, func(ctx context.Context) error {
		total, cursor := 0, ""
		for {
			keys, next, err := e.store.Inherit(ctx, dead, e.node, e.Now(), DispatchLease, cursor, inheritAtOnce)
			for _, key := range keys { // also beside an error: their leases are ours
				e.dispatcher.Kick(key)
			}
			total += len(keys)
			if err != nil {
				return fmt.Errorf("after %d lanes: %w", total, err)
			}
			if cursor = next; cursor == "" {
				break
			}
			if e.clock.Now().Sub(h.told) >= BeatEvery {
				h.tell(ctx)
			}
		}
		e.log.InfoContext(ctx, "took over from a dead process", "node", dead, "lanes", total)
		return e.store.Leave(ctx, dead)
	})
	return err
}
