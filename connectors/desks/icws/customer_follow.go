package icws

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"handoff/orchestrator"
)

// forgetOpened is how long it is remembered which chat a command has opened.
const forgetOpened = time.Hour

// lookBack is by how much the clocks of processes may differ without a new chat being overlooked.
const lookBack = time.Minute

var (
	errNoWebChat = errors.New("the server has no web chat that can be started (feature web-chat, level 2)")
	errGone      = errors.New("the server does not know the chat")
)

// Login chooses the server that is used: the first of those known that answers. It needs no credentials.
func (s *customerSeat) Login(ctx context.Context) ([]byte, error) {
	chosen, err := s.tryHosts(ctx, func(host string) (*login, error) {
		f := feature{ID: featureWebChat}
		r := &request{op: "login", method: http.MethodGet, path: "/icws/connection/features/" + featureWebChat, host: host, into: &f}
		if err := s.client.do(ctx, r); err != nil {
			return nil, err
		}
		at := &login{Host: host}
		if at.learn(f); at.WebChat < levelStart {
			return nil, s.Permanent("login", "no-web-chat", errNoWebChat)
		}
		return at, nil
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(chosen)
}

// Serve follows every chat until ctx ends or the server is lost. What happened in the chats that are known at the beginning
// was missed and is named as drift.
func (s *customerSeat) Serve(ctx context.Context, raw []byte, ready func()) error {
	server, err := readLogin(raw)
	if err != nil {
		return err
	}
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	r := &round{customerSeat: s, server: server, lose: lose, following: map[string]bool{}}
	defer r.wg.Wait()
	since, err := r.followNew(ctx, 0, true)
	if err != nil {
		return err
	}
	ready()
	for ctx.Err() == nil {
		rest(ctx, s.Clock, lookEvery, s.opened)
		if since, err = r.followNew(ctx, since, false); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "new chats cannot be looked for", "error", err)
		}
	}
	lost := context.Cause(ctx)
	if !errors.Is(lost, context.Canceled) { // a backup that is alive takes whoever asks it and serves no chat
		s.fails(server.Host)
	}
	return lost
}

// Logout has nothing to end.
func (s *customerSeat) Logout(context.Context, []byte) error { return nil }

// round is the time for which one server is used: each chat is followed by itself.
type round struct {
	*customerSeat
	server *login
	lose   context.CancelCauseFunc // the server is lost
	wg     sync.WaitGroup

	mu        sync.Mutex
	following map[string]bool
}

// followNew follows the chats that are new since a moment, and answers from when on to look next time. At the beginning it
// waits until each has caught up.
func (r *round) followNew(ctx context.Context, since orchestrator.Moment, missed bool) (orchestrator.Moment, error) {
	handles, err := r.Memory.Handles(ctx, r.Name, max(0, since.Add(-lookBack)), maxChats)
	if err != nil {
		return since, err
	}
	var caughtUp sync.WaitGroup
	for _, h := range handles {
		since = max(since, h.Since)
		if strings.HasPrefix(h.Ref, openedPrefix) {
			r.forgetOld(ctx, h)
			continue
		}
		if !r.begin(h.Ref) {
			continue
		}
		f := &customerChat{round: r, ref: h.Ref, missed: missed}
		caughtUp.Add(1)
		f.caughtUp = sync.OnceFunc(caughtUp.Done)
		r.wg.Go(func() {
			defer r.end(h.Ref)
			defer f.caughtUp()
			f.run(ctx)
		})
	}
	if missed {
		caughtUp.Wait()
	}
	return since, ctx.Err()
}

// begin answers false for a chat that is followed already.
func (r *round) begin(ref string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.following[ref] {
		return false
	}
	r.following[ref] = true
	return true
}

func (r *round) end(ref string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.following, ref)
}

func (r *round) forgetOld(ctx context.Context, h orchestrator.Handle) {
	if r.Now().Sub(h.Since) >= forgetOpened {
		r.forget(ctx, h.Ref)
	}
}
