package icws

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// learnStatuses learns which statuses are after-call work: each site names its own, so the flag counts and not the name.
func (l *listener) learnStatuses(ctx context.Context) error {
	var said struct {
		List []struct {
			ID  string `json:"statusId"`
			ACW bool   `json:"isAfterCallWorkStatus"`
		} `json:"statusMessageList"`
	}
	if err := l.do(ctx, http.MethodGet, "/status/status-messages", nil, &said); err != nil {
		return err
	}
	for _, one := range said.List {
		l.wrapUpStatuses[strings.ToLower(one.ID)] = one.ACW
	}
	return nil
}

// watchUsers subscribes to the status of our own user and of everybody who serves a chat of ours or has after-call work. Each
// call replaces the whole list. A name that is no user would take the list away with it, so it is left out then.
func (l *listener) watchUsers(ctx context.Context) error {
	users := []string{l.login.User}
	for _, c := range l.chats {
		if c.agent != "" && !slices.Contains(users, string(c.agent)) {
			users = append(users, string(c.agent))
		}
	}
	slices.Sort(users[1:])
	err := l.put(ctx, "/messaging/subscriptions/status/user-statuses", map[string]any{"userIds": users})
	if status := frame.StatusOf(err); status == http.StatusNotFound || status == http.StatusForbidden {
		l.Log.InfoContext(ctx, "somebody's status cannot be watched: their after-call work is not seen", "error", err)
		err = l.put(ctx, "/messaging/subscriptions/status/user-statuses", map[string]any{"userIds": l.watching})
	} else if err == nil {
		l.watching = users
	}
	return err
}

// followAgent follows who serves a chat, for the after-call work, and lets go of a chat when all is over.
func (l *listener) followAgent(ctx context.Context, c *agentChat, record *orchestrator.Conversation) error {
	if record == nil || record.State.Ended() {
		if c.over() {
			return l.drop(ctx, c)
		}
		return nil
	}
	owner := record.Owner().ID
	if !record.State.Served() && record.State != orchestrator.StateWrapUp {
		return nil
	}
	if c.agent != owner {
		c.agent = owner
		if err := l.watchUsers(ctx); err != nil {
			return err
		}
	}
	if record.State == orchestrator.StateWrapUp && !c.wrapping {
		c.wrapping, c.working = true, l.inWrapUp[strings.ToLower(string(owner))]
	}
	return nil
}

// hearStatuses: whoever leaves after-call work has done it, for every chat of theirs that is over.
func (l *listener) hearStatuses(ctx context.Context, m *message) error {
	for _, u := range m.Users {
		user := strings.ToLower(u.User)
		working := l.wrapUpStatuses[strings.ToLower(u.Status)]
		l.inWrapUp[user] = working
		for _, id := range l.sorted() {
			c := l.chats[id]
			if c == nil || !c.wrapping || !strings.EqualFold(string(c.agent), user) {
				continue
			}
			if working {
				c.working = true
			} else if c.working {
				if err := l.complete(ctx, c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// complete tells that the after-call work of a chat is done.
func (l *listener) complete(ctx context.Context, c *agentChat) error {
	ev := orchestrator.Event{
		Type: orchestrator.EventCompleted, Agent: &orchestrator.Agent{ID: c.agent},
	}
	if err := l.tellMove(ctx, c, "", ev); err != nil {
		return err
	}
	c.wrapping = false
	return l.drop(ctx, c)
}
