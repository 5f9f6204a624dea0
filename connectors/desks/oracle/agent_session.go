package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"handoff/orchestrator"
)

const (
	// recountEvery is how often the bot's engagements are counted anew, because they also end in other processes.
	recountEvery = 15 * time.Second
	// mostPollFailures is how often getMessages may fail in a row before we log in again.
	mostPollFailures = 3
)

// login is what calls with the bot's session need.
type login struct {
	At     server `json:"at"`
	Token  string `json:"token"`
	ID     string `json:"id"`     // X-JSESSIONID
	Client string `json:"client"` // the bot's client id
}

func readLogin(raw []byte) (*login, error) {
	var s login
	err := json.Unmarshal(raw, &s)
	return &s, err
}

// Login finds the chat server, gets a token and begins a session, in place of any that the account still has: only one
// process does this at a time, so the other one is dead.
func (a *agentSeat) Login(ctx context.Context) ([]byte, error) {
	at, err := a.findServer(ctx)
	if err != nil {
		return nil, err
	}
	token, err := a.agentToken(ctx)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	header.Set("Authorization", "Bearer "+token)
	e, _, err := a.do(ctx, request{
		op: "createAutomatedAgentSession", api: "agent", at: at, header: header,
		body: map[string]any{"logonOverride": true, "timeCreated": a.Clock.Now().UnixMilli()},
	})
	if err != nil {
		return nil, err
	}
	if e.SessionID == "" {
		return nil, errors.New("the chat server gave no session")
	}
	return json.Marshal(login{At: at, Token: token, ID: string(e.SessionID), Client: idText(e.ClientID, e.ClientIDText)})
}

// Serve makes the bot available, compares what we have with what Oracle has, and listens until the session is lost.
func (a *agentSeat) Serve(ctx context.Context, raw []byte, ready func()) error {
	s, err := readLogin(raw)
	if err != nil {
		return err
	}
	l := &listener{agentSeat: a, session: s, active: map[string]bool{}, asked: -1, transaction: 1}
	if err := l.reconcile(ctx); err != nil {
		return err
	}
	if err := l.requestAssignment(ctx, true); err != nil { // which makes the bot available first
		return err
	}
	ready()
	ctx, stop := context.WithCancel(ctx)
	var asking sync.WaitGroup
	asking.Go(func() {
		for {
			select {
			case <-a.wake:
				if err := l.recount(ctx); err != nil && ctx.Err() == nil {
					a.Log.WarnContext(ctx, "the next engagement could not be asked for", "error", err)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	defer asking.Wait()
	defer stop()
	return l.listen(ctx)
}

// Logout leaves. With engagements under way it does not: logging off would throw them out, whereas the next process goes on
// with them, and if there is none Oracle gives them to people when it misses us.
func (a *agentSeat) Logout(ctx context.Context, raw []byte) error {
	s, err := readLogin(raw)
	if err != nil {
		return err
	}
	l := &listener{agentSeat: a, session: s, active: map[string]bool{}}
	if err := l.count(ctx); err != nil || len(l.active) > 0 {
		return err
	}
	if err := l.setStatus(ctx, "UNAVAILABLE", a.config.UnavailableStatus); err != nil {
		return err
	}
	_, _, err = a.do(ctx, a.request("logoff", s, map[string]any{"forceLogoff": false}))
	return err
}

// agentToken asks the site for a token with which the bot's account logs in.
func (b *base) agentToken(ctx context.Context) (string, error) {
	var answer struct {
		SessionToken string `json:"sessionToken"`
	}
	err := b.fromSite(ctx, "agentTokens", struct{}{}, &answer)
	if err == nil && answer.SessionToken == "" {
		err = errors.New("the site gave no token")
	}
	return answer.SessionToken, err
}

// listener is the work of the process that holds the session.
type listener struct {
	*agentSeat
	transaction int64 // of the next getMessages

	mu        sync.Mutex
	session   *login // replaced when the pool changes
	active    map[string]bool
	unsettled map[string]bool // of the active: those that stood between two states when they were counted
	counted   orchestrator.Moment

	asking    sync.Mutex
	asked     int  // idle seats as Oracle was last told; -1: not known
	available bool // as it was last set
}

func (l *listener) now() *login {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session
}

// movePool changes the pool for all later calls of every process.
func (l *listener) movePool(ctx context.Context, pool string) error {
	next := *l.now()
	if pool == "" || pool == next.At.Pool {
		return nil
	}
	next.At.Pool = pool
	raw, err := json.Marshal(next)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.session = &next
	l.mu.Unlock()
	l.Log.InfoContext(ctx, "the session moves to another pool", "pool", pool)
	return l.Keeper.Amend(ctx, raw)
}

// listen fetches messages for ever, one call at a time, each again under the same number until what it brought has been told.
func (l *listener) listen(ctx context.Context) error {
	for failures := 0; ; {
		r := l.request("getMessages", l.now(), pollBody{SequenceNumber: l.transaction, TimeCreated: l.Clock.Now().UnixMilli()})
		r.poll = true
		_, body, err := l.do(ctx, r)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errExpired), hasCode(err, "undocumented"):
			return fmt.Errorf("getMessages: %w", err)
		case err != nil:
			if failures++; failures > mostPollFailures {
				return fmt.Errorf("getMessages failed %d times: %w", failures, err)
			}
			l.Log.WarnContext(ctx, "getMessages failed", "failures", failures, "error", err)
			if failures > 1 {
				if err := l.Report.Rest(ctx, afterFailure); err != nil {
					return err
				}
			}
			continue
		}
		failures = 0
		if err := l.hearAll(ctx, body); err != nil {
			return err
		}
	}
}
