package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"handoff/orchestrator"
)

// watcher prints one line for every step that moves a conversation: as a supervisor it hears of changes, and reads the
// timelines.
type watcher struct {
	sam   *client
	out   io.Writer
	color bool

	mu       sync.Mutex
	printed  map[string]uint64 // newest sequence read, by conversation
	names    map[string]string // of customers
	finished []string          // ended conversations, oldest first, so that old ones can be forgotten
}

// rememberedConversations is how many ended conversations the watcher remembers.
const rememberedConversations = 1000

func newWatcher(sam *client, out io.Writer, color bool) *watcher {
	return &watcher{
		sam: sam, out: out, color: color, printed: map[string]uint64{}, names: map[string]string{},
	}
}

// watch follows the changes of all conversations until ctx ends.
func (w *watcher) watch(ctx context.Context) error {
	return w.sam.stream(ctx, "/v1/changes", func(data []byte) error {
		var change struct {
			ID string `json:"conversation"`
		}
		if err := json.Unmarshal(data, &change); err != nil {
			return fmt.Errorf("changes: %w", err)
		}
		if change.ID == "" {
			return nil
		}
		return w.show(ctx, change.ID)
	})
}

// show prints what is new in one conversation.
func (w *watcher) show(ctx context.Context, id string) error {
	if id == "" {
		return nil // it has not begun
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		page, err := w.sam.events(ctx, id, w.printed[id], 0)
		if err != nil {
			if isCode(err, "not-found") {
				return nil
			}
			return err
		}
		if len(page.Events) == 0 {
			return nil
		}
		if w.names[id] == "" {
			if err := w.introduce(ctx, id); err != nil {
				return err
			}
		}
		for _, e := range page.Events {
			w.step(id, e)
		}
		w.printed[id] = page.Next
	}
}

// introduce looks up whom a conversation is with.
func (w *watcher) introduce(ctx context.Context, id string) error {
	var c shownConversation
	if err := w.sam.call(ctx, "GET", "/v1/conversations/"+id, nil, &c); err != nil {
		return err
	}
	w.names[id] = c.Customer.Name
	if c.Customer.Name == "" {
		w.names[id] = c.External
	}
	return nil
}

// step prints one step if it moved the conversation.
func (w *watcher) step(id string, e feedEvent) {
	var moved struct {
		From string `json:"from_state"`
		To   string `json:"to_state"`
	}
	if json.Unmarshal(e.Data, &moved) != nil || moved.To == "" {
		return
	}
	why := strings.ReplaceAll(shortType(e.Type), "_", " ")
	if e.Why != nil {
		if e.Why.Cause != "" {
			why = strings.ReplaceAll(e.Why.Cause, "_", " ")
		}
		if rule := strings.ReplaceAll(e.Why.Rule, "_", " "); rule != "" && rule != why {
			why += ", rule " + rule
		}
		if e.Why.Actor.ID != "" && e.Why.Actor.Role != "user" {
			why += ", by " + e.Why.Actor.ID
		}
	}
	_, _ = fmt.Fprintf(w.out, "%s  %s  %-8s %s → %s  %s\n", e.Timestamp.Format("15:04:05.000"), shortID(id), w.names[id],
		w.paint(moved.From, 12), w.paint(moved.To, 12), why)
	if orchestrator.State(moved.To).Ended() {
		w.forget(id)
	}
}

// forget drops what is known of conversations that ended long ago.
func (w *watcher) forget(id string) {
	w.finished = append(w.finished, id)
	if len(w.finished) <= rememberedConversations {
		return
	}
	for _, old := range w.finished[:rememberedConversations/2] {
		delete(w.printed, old)
		delete(w.names, old)
	}
	w.finished = slices.Clone(w.finished[rememberedConversations/2:])
}

func shortType(t string) string {
	_, verb, ok := strings.Cut(t, ".")
	if !ok {
		return t
	}
	return verb
}

// shortID is the end of a conversation's id: enough to tell those on a screen apart.
func shortID(id string) string {
	if len(id) <= 6 {
		return id
	}
	return "…" + id[len(id)-6:]
}

// paint pads a state and colours it at a terminal: who may speak shows in the colour.
func (w *watcher) paint(state string, width int) string {
	padded := fmt.Sprintf("%-*s", width, state)
	if !w.color {
		return padded
	}
	code := "90" // ended: grey
	switch c := (&orchestrator.Conversation{State: orchestrator.State(state)}); {
	case c.State == orchestrator.StateWrapUp:
		code = "35"
	case c.Controller() == orchestrator.ControllerBot:
		code = "36"
	case c.Controller() == orchestrator.ControllerAgent:
		code = "32"
	case !c.State.Ended():
		code = "33"
	}
	return "\x1b[" + code + "m" + padded + "\x1b[0m"
}
