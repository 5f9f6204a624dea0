package web

import (
	"encoding/json"
	"slices"
	"time"

	"handoff/orchestrator"
)

// typingView is somebody's typing in one of the reader's conversations.
type typingView struct {
	Conversation orchestrator.ConversationID `json:"conversation"`
	Author       orchestrator.Actor          `json:"author"`
	ExpiresIn    int64                       `json:"expires_in"` // seconds; 0: stopped
}

// tellTyping tells whoever is in a conversation that somebody else in it types, as the event "typing": a desk with many
// chats needs no feed for each. Others, supervisors too, are not told.
func (w *watcher) tellTyping(change *orchestrator.Change) error {
	author, me := change.Typing.Author, w.c.who.user.ID()
	if !slices.Contains(change.Agents, me) || (author.ID == string(me) && author.Role != orchestrator.ActorCustomer) {
		return nil
	}
	view := typingView{Conversation: change.Conversation, Author: author}
	if until := change.Typing.Until; until != 0 {
		left := until.Sub(w.s.now())
		if left <= 0 {
			return nil
		}
		view.ExpiresIn = int64((left + time.Second - 1) / time.Second)
	}
	data, err := json.Marshal(&view)
	if err != nil {
		return err
	}
	w.st.named("typing", string(data))
	return w.st.flush()
}
