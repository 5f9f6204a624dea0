package icws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	outsession "handoff/connectors/internal/session"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// watch is one session of our user while it is served here: what was heard in it, and what follows. It is used by one
// goroutine. Nothing in it is needed after a loss: the next session's subscriptions begin with how things stand.
type watch struct {
	*agentSeat
	in    *session
	ready func() // nil once it was called

	chats    map[string]*chat // by their present id
	pending  map[string]bool  // subscriptions that have not told yet how things stand
	acw      map[string]bool  // statuses that are after-call work, in small letters
	inACW    map[string]bool  // users who are known, and whether they are in after-call work
	watching []string         // users whose status is watched

	statusRequest string
}

// Serve subscribes, makes our user ready, compares our records with how things stand, and hears what happens.
func (s *agentSeat) Serve(ctx context.Context, raw []byte, ready func()) error {
	in, err := parseSession(raw)
	if err != nil {
		return err
	}
	w := &watch{
		agentSeat: s, in: in, ready: ready, chats: map[string]*chat{},
		acw: map[string]bool{}, inACW: map[string]bool{},
	}
	if err := w.recall(ctx); err != nil {
		return err
	}
	if err := w.subscribe(ctx); err != nil {
		return err
	}
	if err := w.becomeReady(ctx); err != nil {
		return w.whyLost(ctx, err)
	}
	return w.whyLost(ctx, w.listen(ctx))
}

// listen hears messages until the session is over.
func (w *watch) listen(ctx context.Context) error {
	if w.config.Listen == ListenStream || w.config.Listen == ListenAuto && w.in.Messaging >= levelStream {
		return w.stream(ctx)
	}
	return w.poll(ctx)
}

// poll fetches messages at the configured pace. What is fetched is taken off the server's list, so after an answer that was
// lost everything is subscribed to anew.
func (w *watch) poll(ctx context.Context) error {
	for failures := 0; ; {
		var raw json.RawMessage
		err := w.client.do(ctx, &request{
			op: "poll", method: http.MethodGet, path: w.in.path("/messaging/messages"), session: w.in, withoutToken: true, into: &raw,
			repeats: true, takesOff: true,
		})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case isUnauthorized(err):
			return err
		case err != nil:
			if failures++; failures >= maxFailures {
				return err
			}
			if orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown {
				if err := w.resubscribe(ctx); err != nil {
					return err
				}
			}
			continue // the first repetitions come at once
		}
		failures = 0
		messages, unread, err := decodeMessages(raw)
		if err != nil || unread > 0 {
			w.Log.InfoContext(ctx, "messages that cannot be read", "count", unread, "error", err)
		}
		for i := range messages {
			if err := w.hear(ctx, &messages[i]); err != nil {
				return err
			}
		}
		rest(ctx, w.Clock, w.config.PollEvery, nil)
	}
}

// resubscribe brings back what was lost: every subscription tells anew how things stand.
func (w *watch) resubscribe(ctx context.Context) error {
	if err := w.subscribe(ctx); err != nil {
		return err
	}
	for _, c := range w.chats {
		if err := w.follow(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// hear takes one message. An error ends the session.
func (w *watch) hear(ctx context.Context, m *message) error {
	switch m.Type {
	case kindQueueContents:
		return w.hearQueue(ctx, m)
	case kindChanged:
		if c := w.chats[m.Interaction]; c != nil {
			c.merge(m.Attributes)
			if err := w.counted(ctx, c); err != nil {
				return err
			}
			return w.moved(ctx, c)
		}
	case kindDeallocated:
		if c := w.chats[m.Interaction]; c != nil {
			c.gone = true
			return w.settle(ctx, c)
		}
	case kindLostRights:
		if c := w.chats[m.Interaction]; c != nil {
			return w.loseSight(ctx, c)
		}
	case kindMorphed:
		return w.morph(ctx, m)
	case kindAlerting:
		return w.hearAlerts(ctx, m)
	case kindMembers:
		return w.hearMembers(ctx, m)
	case kindContents:
		return w.hearWords(ctx, m)
	case kindUserStatus:
		return w.hearStatuses(ctx, m)
	case kindCompleted:
		return w.completed(m)
	case kindQueueState, kindState:
		if m.State == stateFaulted {
			w.Log.WarnContext(ctx, "a subscription is faulted: what it would tell is not seen", "subscription", wording.Cut(m.Subscription, maxTold))
		}
	case kindConnection:
		return down(m)
	}
	return ctx.Err()
}

// down is the end of the session as the server tells it. One that says not to come back, because somebody else has logged in
// as our user, is treated like refused credentials: we wait for long.
func down(m *message) error {
	if !m.NewConnection.down() {
		return nil
	}
	err := errors.New("the server has ended the session")
	if m.Reconnect != nil && !*m.Reconnect {
		return fmt.Errorf("%w: another login of this user, or an administrator (%w)", err, outsession.ErrRefused)
	}
	return err
}

// whyLost asks what has become of a session that calls find ended, before the message that says so was heard: the connection can
// be asked for afterwards as well.
func (w *watch) whyLost(ctx context.Context, lost error) error {
	if !isUnauthorized(lost) {
		return lost
	}
	var said struct {
		State     connectionState `json:"connectionState"`
		Reconnect *bool           `json:"shouldReconnect"`
	}
	if err := w.do(ctx, http.MethodGet, "/connection", nil, &said); err != nil {
		return lost
	}
	if err := down(&message{NewConnection: said.State, Reconnect: said.Reconnect}); err != nil {
		return err
	}
	return lost
}

func (w *watch) do(ctx context.Context, method, path string, body, into any) error {
	return w.client.do(ctx, &request{op: "session", method: method, path: w.in.path("") + path, session: w.in, body: body, into: into, repeats: true})
}

func (w *watch) put(ctx context.Context, path string, body any) error {
	return w.do(ctx, http.MethodPut, path, body, nil)
}

func escape(name string) string { return url.PathEscape(name) }
