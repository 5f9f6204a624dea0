package genesys

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// Times and bounds of watching.
const (
	// lookEvery is how often the process that refreshes the chats looks for those that others have opened.
	lookEvery = 2 * time.Second
	// unclaimedFor is how long a chat may be without a conversation, because the process that opened it died before it could
	// say so, until it is ended.
	unclaimedFor = time.Minute
	// longestRefreshPause is the longest pause after failures: under the 45 s after which the vendor ends the chat.
	longestRefreshPause = 20 * time.Second
	// firstClaimPause and longestClaimPause bound the pauses between looks for the conversation of a chat.
	firstClaimPause, longestClaimPause = 50 * time.Millisecond, 5 * time.Second
	// refreshesAtOnce is how many refreshes run at a time.
	refreshesAtOnce = 32
)

// Login has nothing to do: GMS knows no session but each chat's own. What the keeper holds here is the lease: one process
// refreshes the chats.
func (s *customerSeat) Login(context.Context) ([]byte, error) { return []byte("lease"), nil }

// Logout has nothing to do either: the chats go on, and another process refreshes them.
func (s *customerSeat) Logout(context.Context, []byte) error { return nil }

// Serve watches every chat that was opened, by whomever, until ctx ends.
func (s *customerSeat) Serve(ctx context.Context, _ []byte, ready func()) error {
	w := &watching{customerSeat: s, chats: map[string]bool{}, room: make(chan struct{}, refreshesAtOnce)}
	defer w.wg.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := w.look(ctx); err != nil {
		return err
	}
	ready()
	for {
		later := make(chan struct{})
		cancel := s.Clock.AfterFunc(lookEvery, func() { close(later) })
		select {
		case <-ctx.Done():
			cancel()
			return nil
		case ref := <-s.wake:
			cancel()
			w.begin(ctx, orchestrator.Handle{Ref: ref, Since: s.Now()}, false)
		case <-later:
			if err := w.look(ctx); err != nil {
				return err
			}
		}
	}
}

// watching is the watch over all chats in the process that has the lease.
type watching struct {
	*customerSeat
	wg    sync.WaitGroup
	mu    sync.Mutex
	chats map[string]bool // being watched
	since orchestrator.Moment
	room  chan struct{}
}

// look begins to watch the chats that are not watched yet.
func (w *watching) look(ctx context.Context) error {
	first, began := w.since == 0, w.Now()
	handles, newest, err := w.handles(ctx, w.since)
	if err != nil {
		return err
	}
	for _, h := range handles {
		if !strings.HasPrefix(h.Ref, openedBy) {
			w.begin(ctx, h, first && h.Since <= began)
		}
	}
	w.since = newest
	return nil
}

// begin watches one chat, if nobody does yet. With unheard nobody may have watched it since it was opened.
func (w *watching) begin(ctx context.Context, h orchestrator.Handle, unheard bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.chats[h.Ref] {
		return
	}
	w.chats[h.Ref] = true
	w.wg.Go(func() {
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.chats, h.Ref)
		}()
		w.watch(ctx, h, unheard)
	})
}

// watch refreshes one chat until it is over. What cannot be stored or read is tried again.
func (w *watching) watch(ctx context.Context, h orchestrator.Handle, unheard bool) {
	id, err := w.claim(ctx, h)
	if err != nil || id == "" {
		return
	}
	caughtUp := false
	for pause := w.config.RefreshEvery; ctx.Err() == nil; {
		over, err := w.turn(ctx, h.Ref, id, caughtUp, unheard)
		switch {
		case over:
			return
		case err == nil:
			caughtUp, pause = true, w.config.RefreshEvery
		default:
			if ctx.Err() == nil {
				w.Log.WarnContext(ctx, "a chat could not be refreshed", "conversation", id, "chat", h.Ref, "error", err)
			}
			pause = min(2*pause, longestRefreshPause)
		}
		if w.Report.Rest(ctx, pause) != nil {
			return
		}
	}
}

// claim finds the conversation of a chat. A refresh may be quicker than the binding of the handle; a chat that nobody
// claims is ended.
func (w *watching) claim(ctx context.Context, h orchestrator.Handle) (orchestrator.ConversationID, error) {
	for pause := time.Duration(0); ; pause = min(max(2*pause, firstClaimPause), longestClaimPause) {
		if err := w.Report.Rest(ctx, pause); err != nil {
			return "", err
		}
		id, err := w.Memory.Resolve(ctx, w.Name, h.Ref)
		if err == nil {
			return id, nil
		}
		if errors.Is(err, orchestrator.ErrNotFound) && w.Now().Sub(h.Since) > unclaimedFor {
			w.Log.WarnContext(ctx, "a chat without a conversation is ended", "chat", h.Ref)
			return "", w.end(ctx, &orchestrator.Command{To: orchestrator.Party{Ref: h.Ref}})
		}
	}
}

// turn refreshes a chat once, tells what is new in it, and notes how far it came: in this order, so that a process which
// dies in between tells it again under the same ids.
func (w *watching) turn(ctx context.Context, ref string, id orchestrator.ConversationID, caughtUp, unheard bool) (over bool, err error) {
	kept, err := w.Memory.Kept(ctx, w.Name, ref)
	if err != nil {
		return false, err
	}
	var known chat
	if len(kept[noteChat]) == 0 {
		return true, nil // ended by us
	}
	if err := json.Unmarshal(kept[noteChat], &known); err != nil {
		return false, err
	}
	at := place{Next: 1}
	if len(kept[noteAt]) > 0 {
		if err := json.Unmarshal(kept[noteAt], &at); err != nil {
			return false, err
		}
	}
	t, err := w.refresh(ctx, ref, &known, &at)
	if gone(err) {
		return w.lost(ctx, ref, id, &known)
	}
	if err != nil {
		return false, err
	}
	s := scribe{desk: w.Name, chat: ref, conversation: id, at: at}
	s.read(t.Messages, t.Ended)
	missed := !caughtUp && (unheard || len(kept[noteAt]) > 0) // another process, or an earlier life of this one, has stopped in between
	for i := range s.facts {
		if err := w.tell(ctx, s.facts[i], missed); err != nil {
			return false, err
		}
	}
	if t.Ended {
		return true, w.forget(ctx, ref, &known)
	}
	if s.at.Next = max(s.at.Next, t.Next); len(t.Messages) > 0 || len(kept[noteAt]) == 0 {
		if err := w.Keep(ctx, ref, noteAt, s.at); err != nil {
			return false, err
		}
	}
	if caughtUp {
		return false, nil
	}
	return false, w.compare(ctx, ref, id, s.truth())
}

// tell tells a fact; one that was missed when it happened as drift, but for words: they are told late and not mended.
func (w *watching) tell(ctx context.Context, ev orchestrator.Event, missed bool) error {
	if kind := drift.KindOf(ev.Type); missed && kind != "" {
		return w.Report.TellMissed(ctx, kind, ev)
	}
	_, err := w.Report.Tell(ctx, ev)
	return err
}

// refresh reads the chat's transcript from where we stand. When the last person has left a chat that goes on, it is read
// once more: whoever ends a chat leaves it as well, and the two may lie in two answers.
func (w *watching) refresh(ctx context.Context, ref string, known *chat, at *place) (*transcript, error) {
	select {
	case w.room <- struct{}{}:
		defer func() { <-w.room }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	t, err := w.readFrom(ctx, ref, known, at.Next)
	if err != nil || t.Ended || !at.lastLeaves(t.Messages) {
		return t, err
	}
	more, err := w.readFrom(ctx, ref, known, max(at.Next, t.Next))
	if err != nil {
		return nil, err
	}
	more.Messages = append(t.Messages, more.Messages...)
	more.Next = max(t.Next, more.Next)
	return more, nil
}

func (w *watching) readFrom(ctx context.Context, ref string, known *chat, position number) (*transcript, error) {
	form := known.form()
	form.Set("transcriptPosition", strconv.FormatInt(int64(position), 10))
	return w.about(ctx, "refresh", ref, known, form)
}

// lost: the vendor has the chat no more, and does not say how it ended.
func (w *watching) lost(ctx context.Context, ref string, id orchestrator.ConversationID, known *chat) (bool, error) {
	if err := w.compare(ctx, ref, id, drift.Truth{Stand: drift.Unknown, Mark: ref + ":lost"}); err != nil {
		return false, err
	}
	return true, w.forget(ctx, ref, known)
}

// compare mends our record where it differs from the vendor's truth, if the conversation is still with this chat.
func (w *watching) compare(ctx context.Context, ref string, id orchestrator.ConversationID, truth drift.Truth) error {
	c, err := w.Memory.Load(ctx, id)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return nil
	}
	if err != nil || c.Desk != w.Name || c.DeskRef != "" && c.DeskRef != ref {
		return err
	}
	return w.Report.Mend(ctx, c, truth, func(ev *orchestrator.Event) { ev.Conversation = id })
}
