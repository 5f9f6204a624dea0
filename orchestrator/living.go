package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// How the reaper looks at all that lives.
const (
	// lookEvery is the pause between two looks at every live conversation. Besides, there is one as soon as something that was
	// configured is not any more.
	lookEvery = time.Minute
	// lookAtOnce is how many conversations are looked at in one step.
	lookAtOnce = 256
	// maxListed is how many of each kind are listed.
	maxListed = 200
)

// Living is what stands out among the live conversations, as this process found it.
type Living struct {
	// Unconfigured need what is configured nowhere, and nothing can be done for them; at most 200.
	Unconfigured []Unconfigured
	// Unreadable cannot be read by this version and are left as they are; at most 200.
	Unreadable []*UnreadableRecord
}

// living is what the reaper knows of the live conversations beside their deadlines.
type living struct {
	mu           sync.Mutex
	has          lastHad
	next         Moment // of the next look at all
	unconfigured map[ConversationID]Unconfigured
	unreadable   map[ConversationID]*UnreadableRecord
}

// Living answers what stands out, in the order of the ids.
func (r *Reaper) Living() Living {
	l := &r.living
	l.mu.Lock()
	defer l.mu.Unlock()
	var v Living
	for _, id := range slices.Sorted(maps.Keys(l.unconfigured)) {
		v.Unconfigured = append(v.Unconfigured, l.unconfigured[id])
	}
	for _, id := range slices.Sorted(maps.Keys(l.unreadable)) {
		v.Unreadable = append(v.Unreadable, l.unreadable[id])
	}
	return v
}

// lookAtLiving finds the live conversations that need what is configured nowhere, and those that cannot be read. Every process
// looks by itself: what it does is told once, because the event's id follows from the version.
func (r *Reaper) lookAtLiving(ctx context.Context, told map[NodeID]*Configured, tally *sweepTally) error {
	now := r.engine.Now()
	known, all := r.living.due(told, r.engine.node, now)
	if all {
		return r.lookAtAll(ctx, known, tally)
	}
	if !known {
		return nil
	}
	for _, u := range r.Living().Unconfigured { // what could not be treated until now
		r.guarded(ctx, u.ID, tally, func() error { return r.lookAgain(ctx, u.ID, tally) })
	}
	return ctx.Err()
}

// due takes in what is configured now. known: something can be concluded from it. all: it is time to look at everything.
func (l *living) due(told map[NodeID]*Configured, self NodeID, now Moment) (known, all bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if told[self] == nil { // this process is not counted itself now
		l.has = lastHad{}
	} else {
		var changed bool
		if known, changed = l.has.had(told, now); changed {
			l.next = now.Add(waitingGrace)
		}
	}
	if now < l.next {
		return known, false
	}
	l.next = now.Add(lookEvery)
	return known, true
}

// lookAtAll looks at every live conversation.
func (r *Reaper) lookAtAll(ctx context.Context, known bool, tally *sweepTally) error {
	unreadable := map[ConversationID]*UnreadableRecord{}
	var errs []error
	for p := range r.engine.store.Partitions() {
		cursor := ""
		for ctx.Err() == nil {
			walked, err := r.engine.store.Walk(ctx, p, cursor, lookAtOnce)
			if err != nil {
				errs = append(errs, fmt.Errorf("partition %d: %w", p, err))
				break
			}
			for _, wrong := range walked.Unreadable {
				unreadable[wrong.ID] = wrong
			}
			for _, c := range walked.Live {
				if known {
					r.guarded(ctx, c.ID, tally, func() error { return r.treat(ctx, c, tally) })
				}
			}
			if cursor = walked.Next; cursor == "" {
				break
			}
		}
	}
	if len(errs) == 0 && ctx.Err() == nil {
		r.keepUnreadable(ctx, unreadable)
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// lookAgain treats a conversation for which nothing could be done before.
func (r *Reaper) lookAgain(ctx context.Context, id ConversationID, tally *sweepTally) error {
	c, err := r.engine.store.Load(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && c.State.Ended() {
		r.living.settle(id)
		return nil
	}
	if err != nil {
		return err
	}
	return r.treat(ctx, c, tally)
}

// treat tells a conversation what it needs and nobody has. Where its flow can do nothing it is listed.
func (r *Reaper) treat(ctx context.Context, c *Conversation, tally *sweepTally) error {
	missing := r.living.missing(c, r.engine.Now())
	if missing == (Missing{}) {
		r.living.settle(c.ID)
		return nil
	}
	err := r.receive(ctx, c, Event{
		ID: EventID(fmt.Sprintf("unconfigured:%d", c.Version)), Type: EventUnconfigured, Missing: &missing, Reason: missing.String(),
	})
	if refusedForGood(err) && missing.Bot != "" && c.BotFailedAt == 0 {
		err = r.botGone(ctx, c)
	}
	if err == nil {
		r.log.WarnContext(ctx, "a conversation needed what is configured nowhere, and was moved", "conversation", c.ID,
			"missing", missing.String(), "state", c.State)
		tally.add(func(s *Sweep) { s.Moved++ })
		r.living.settle(c.ID)
		return nil
	}
	if r.living.list(Unconfigured{ID: c.ID, State: c.State, Missing: missing}) {
		r.log.WarnContext(ctx, "a conversation needs what is configured nowhere, and nothing can be done for it", "conversation", c.ID,
			"missing", missing.String(), "state", c.State, "error", err)
	}
	return nil
}

// botGone tells a conversation that its bot will not answer. It is told once for each outage.
func (r *Reaper) botGone(ctx context.Context, c *Conversation) error {
	err := r.receive(ctx, c, Event{
		ID: EventID(fmt.Sprintf("bot_unconfigured:%d", c.Version)), Type: EventBotFailed, Reason: string(BotUnconfigured),
		Note: "bot " + string(c.Bot) + " is configured nowhere", Missing: &Missing{Bot: c.Bot},
	})
	if err == nil {
		r.engine.metrics.BotFailed(c.Bot, BotUnconfigured)
	}
	return err
}

func (l *living) missing(c *Conversation, now Moment) Missing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.has.missing(c, now)
}

// list notes a conversation for which nothing can be done, and reports whether it was not listed before.
func (l *living) list(u Unconfigured) (fresh bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, listed := l.unconfigured[u.ID]
	if !listed && len(l.unconfigured) >= maxListed {
		return false
	}
	if l.unconfigured == nil {
		l.unconfigured = map[ConversationID]Unconfigured{}
	}
	l.unconfigured[u.ID] = u
	return !listed
}

func (l *living) settle(id ConversationID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.unconfigured, id)
}

// setAside notes a record that cannot be read. Until the next look at all that lives, sweeps pass it over.
func (r *Reaper) setAside(ctx context.Context, wrong *UnreadableRecord) {
	r.living.mu.Lock()
	defer r.living.mu.Unlock()
	if r.living.unreadable == nil {
		r.living.unreadable = map[ConversationID]*UnreadableRecord{}
	}
	if r.living.unreadable[wrong.ID] != nil || len(r.living.unreadable) >= maxListed {
		return
	}
	r.living.unreadable[wrong.ID] = wrong
	r.log.WarnContext(ctx, "a conversation cannot be read and is set aside", "conversation", wrong.ID, "error", wrong.Err)
}

// keepUnreadable replaces what was set aside by what a look at everything has found.
func (r *Reaper) keepUnreadable(ctx context.Context, found map[ConversationID]*UnreadableRecord) {
	r.living.mu.Lock()
	for id := range r.living.unreadable {
		if found[id] == nil {
			delete(r.living.unreadable, id)
		}
	}
	r.living.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(found)) {
		r.setAside(ctx, found[id])
	}
}

func (l *living) setAside(id ConversationID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unreadable[id] != nil
}
