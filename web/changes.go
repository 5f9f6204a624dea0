package web

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"handoff/orchestrator"
)

// Limits of the stream of changes.
const (
	// changeOverlap is how far before the last event id a resumed stream begins: processes' clocks differ a little, and
	// telling a state twice does no harm.
	changeOverlap = 2 * time.Second
	// changeWindow is the least time between two batches; what changes meanwhile is told once, as it then stands.
	changeWindow = 200 * time.Millisecond
	// changeLimit is how many conversations a resumed stream tells; beyond that the reader is told to list everything.
	changeLimit = 1000
)

// changeView is one conversation that changed, as it stands.
type changeView struct {
	Conversation orchestrator.ConversationID `json:"conversation"`
	Version      uint64                      `json:"version"`
	State        orchestrator.State          `json:"state"`
	Epoch        uint64                      `json:"epoch"`
	Sequence     uint64                      `json:"sequence"`
	At           orchestrator.Moment         `json:"at"`
	Agents       []orchestrator.AgentID      `json:"agents"`
	Cause        orchestrator.EventType      `json:"cause,omitempty"`
	By           orchestrator.ActorRole      `json:"by,omitempty"`
}

// watcher is one reader of the changes of all conversations.
type watcher struct {
	s       *Server
	c       *call
	st      *stream
	watch   *orchestrator.Watch
	pending map[orchestrator.ConversationID]orchestrator.Change
	order   []orchestrator.ConversationID
	last    orchestrator.Moment // the newest change that was told
	resync  bool
}

// readChanges answers GET /v1/changes: a stream of the conversations that changed, compacted. The event id is the time
// of the change in milliseconds; a stream that begins again with it tells what has entered its state since.
func (s *Server) readChanges(c *call) error {
	if err := newQuery(c).err(); err != nil {
		return err
	}
	var since orchestrator.Moment
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" {
		n, err := strconv.ParseInt(last, 10, 63)
		if err != nil || n < 0 {
			return refusal(codeMalformedHeader, "Last-Event-ID must be one of this stream")
		}
		since = orchestrator.Moment(n)
	}
	w := &watcher{s: s, c: c, watch: s.hub.WatchAll(), pending: map[orchestrator.ConversationID]orchestrator.Change{},
		last: since}
	defer w.watch.Close()
	st, err := s.openStream(c, "changes")
	if err != nil {
		return nil // the client is gone
	}
	defer s.metrics.streamClosed("changes")
	w.st, w.resync = st, since != 0
	return s.streamEnd(c, w.run())
}

// run tells changes in batches: at once after a quiet time, else when the window is over.
func (w *watcher) run() error {
	beat, stopBeat := after(w.s.clock, Heartbeat)
	defer func() { stopBeat() }()
	window := closed
	stopWindow := func() {}
	defer func() { stopWindow() }()
	for {
		ready := window
		if len(w.order) == 0 && !w.resync {
			ready = nil
		}
		select {
		case <-ready:
			if err := w.tell(); err != nil {
				return err
			}
			window, stopWindow = after(w.s.clock, changeWindow)
		case change := <-w.watch.C:
			var err error
			switch {
			case change.Typing != nil:
				err = w.tellTyping(&change)
			case change.Presence != "":
				err = w.tellPresence(change.Presence)
			default:
				w.note(change)
			}
			if err != nil {
				return err
			}
		case <-beat:
			beat, stopBeat = after(w.s.clock, Heartbeat)
			if err := w.beat(); err != nil {
				return err
			}
		case <-w.s.stopping:
			return nil
		case <-w.c.ctx().Done():
			return nil
		}
	}
}

// closed is a channel on which nobody waits.
var closed = func() <-chan struct{} { c := make(chan struct{}); close(c); return c }()

// note keeps the newest change of each conversation, and who was concerned by any of them.
func (w *watcher) note(change orchestrator.Change) {
	if change.Resync {
		w.resync = true
		return
	}
	before, there := w.pending[change.Conversation]
	if !there {
		w.order = append(w.order, change.Conversation)
	}
	if there && before.Version > change.Version {
		change, before = before, change
	}
	if there {
		change.Agents = union(change.Agents, before.Agents)
		if before.From != "" {
			change.From = before.From
		}
		if change.Cause == "" {
			change.Cause, change.By = before.Cause, before.By
		}
	}
	w.pending[change.Conversation] = change
}

func union(a, b []orchestrator.AgentID) []orchestrator.AgentID {
	all := slices.Clone(a)
	for _, id := range b {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

func (w *watcher) tell() error {
	if w.resync {
		if err := w.catchUp(); err != nil {
			return err
		}
	}
	for _, id := range w.order {
		if err := w.tellOne(w.pending[id]); err != nil {
			return err
		}
	}
	w.order = w.order[:0]
	clear(w.pending)
	return w.st.flush()
}

// catchUp reads what changed since the last event: after a reconnect, a slow reader or a broken subscription.
func (w *watcher) catchUp() error {
	w.resync = false
	from := w.last.Add(-changeOverlap)
	if w.last == 0 {
		from = w.s.now().Add(-changeOverlap)
	}
	missed, err := w.s.store.ChangedSince(w.c.ctx(), from, changeLimit)
	if err != nil {
		return err
	}
	if len(missed) >= changeLimit {
		w.st.named("resync", "{}")
	}
	for _, change := range missed {
		w.note(change)
	}
	return nil
}

func (w *watcher) tellOne(change orchestrator.Change) error {
	concerned, err := w.concerned(w.c.ctx(), &change)
	if err != nil || !concerned {
		return err
	}
	data, err := json.Marshal(changeView{
		change.Conversation, change.Version, change.State, change.Epoch, change.Sequence, change.At,
		orEmpty(change.Agents), change.Cause, change.By,
	})
	if err != nil {
		return err
	}
	w.last = max(w.last, change.At)
	w.st.event(uint64(max(w.last, 0)), data)
	return nil
}

// concerned reports whether the reader is told: supervisors always, an agent of what concerns them or concerned them
// until now, and of what enters or leaves one of their queues.
func (w *watcher) concerned(ctx context.Context, change *orchestrator.Change) (bool, error) {
	if w.c.who.role != RoleAgent {
		return true, nil
	}
	if slices.Contains(change.Agents, w.c.who.user.ID()) {
		return true, nil
	}
	if !waiting(change.State) && !waiting(change.From) {
		return false, nil
	}
	conversation, err := w.s.store.Load(ctx, change.Conversation)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return slices.Contains(w.c.who.user.Queues, conversation.Queue), nil
}

func waiting(s orchestrator.State) bool {
	return s == orchestrator.StateQueued || s == orchestrator.StateOffered
}

func (w *watcher) beat() error {
	if err := w.s.stillSignedIn(w.c); err != nil {
		return err
	}
	w.st.beat()
	return w.st.flush()
}
