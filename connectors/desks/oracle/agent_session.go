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
	// mostHandles is how many engagements are looked at after a login.
	mostHandles = 2 * MaxChats
)

// agentSession is what calls with the bot's session need.
type agentSession struct {
	At     route  `json:"at"`
	Token  string `json:"token"`
	ID     string `json:"id"`     // X-JSESSIONID
	Client string `json:"client"` // the bot's client id
}

func readSession(raw []byte) (*agentSession, error) {
	var s agentSession
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
	return json.Marshal(agentSession{At: at, Token: token, ID: string(e.SessionID), Client: twin(e.ClientID, e.ClientIDText)})
}

// Logout leaves. With engagements under way it does not: logging off would throw them out, whereas the next process goes on
// with them, and if there is none Oracle gives them to people when it misses us.
func (a *agentSeat) Logout(ctx context.Context, raw []byte) error {
	s, err := readSession(raw)
	if err != nil {
		return err
	}
	w := &watch{agentSeat: a, session: s, active: map[string]bool{}}
	if err := w.count(ctx); err != nil || len(w.active) > 0 {
		return err
	}
	if err := w.become(ctx, "UNAVAILABLE", a.config.UnavailableStatus); err != nil {
		return err
	}
	_, _, err = a.do(ctx, a.request("logoff", s, map[string]any{"forceLogoff": false}))
	return err
}

// Serve makes the bot available, compares what we have with what Oracle has, and listens until the session is lost.
func (a *agentSeat) Serve(ctx context.Context, raw []byte, ready func()) error {
	s, err := readSession(raw)
	if err != nil {
		return err
	}
	w := &watch{agentSeat: a, session: s, active: map[string]bool{}, asked: -1, transaction: 1}
	if err := w.reconcile(ctx); err != nil {
		return err
	}
	if err := w.ask(ctx, true); err != nil { // which makes the bot available first
		return err
	}
	ready()
	ctx, stop := context.WithCancel(ctx)
	var asking sync.WaitGroup
	asking.Go(func() {
		for {
			select {
			case <-a.wake:
				if err := w.recount(ctx); err != nil && ctx.Err() == nil {
					a.Log.WarnContext(ctx, "the next engagement could not be asked for", "error", err)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	defer asking.Wait()
	defer stop()
	return w.listen(ctx)
}

// watch is the work of the process that holds the session.
type watch struct {
	*agentSeat
	transaction int64 // of the next getMessages

	mu      sync.Mutex
	session *agentSession // replaced when the pool changes
	active  map[string]bool
	loose   map[string]bool // of the active: those that stood between two states when they were counted
	counted orchestrator.Moment

	asking    sync.Mutex
	asked     int  // idle seats as Oracle was last told; -1: not known
	available bool // as it was last set
}

func (w *watch) now() *agentSession {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.session
}

// become sets the account's status. Oracle calls a change that cannot be made CONFLICT.
func (w *watch) become(ctx context.Context, status string, subtype int64) error {
	_, _, err := w.do(ctx, w.request("setActivityStatus", w.now(), map[string]any{"status": status, "subTypeId": subtype}))
	return err
}

// show makes the bot available. A refusal costs it new engagements, not those that it has: it is tried again with each count.
func (w *watch) show(ctx context.Context) error {
	err := w.become(ctx, "AVAILABLE", w.config.AvailableStatus)
	if err != nil && orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent {
		w.Log.WarnContext(ctx, "the bot cannot be made available: it is offered nothing", "error", err)
		return nil
	}
	w.available = err == nil
	return err
}

// count reads which engagements the bot has.
func (w *watch) count(ctx context.Context) error {
	handles, err := w.Memory.Handles(ctx, w.Name, 0, mostHandles)
	if err != nil {
		return err
	}
	active, loose := map[string]bool{}, map[string]bool{}
	for _, h := range handles {
		c, err := w.kept(ctx, h.Ref)
		if err != nil {
			return err
		}
		if c != nil {
			active[h.Ref] = true
			loose[h.Ref] = c.State == stateOver || c.State == stateOffered
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active, w.loose, w.counted = active, loose, orchestrator.MomentOf(w.Clock.Now())
	return nil
}

// recount counts anew and asks for as many engagements as there is room for. What still stands between two states since the
// last count is looked at: an acceptance whose answer was lost, an end that could not be finished.
func (w *watch) recount(ctx context.Context) error {
	w.mu.Lock()
	before := w.loose
	w.mu.Unlock()
	if err := w.count(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	var since []string
	for ref, is := range w.loose {
		if is && before[ref] {
			since = append(since, ref)
		}
	}
	w.mu.Unlock()
	for _, ref := range since {
		if err := w.compare(ctx, ref); err != nil {
			return err
		}
	}
	return w.ask(ctx, false)
}

// room is how many engagements the bot can still take.
func (w *watch) room() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(0, w.config.MaxChats-len(w.active))
}

// ask tells Oracle how much room there is, when that has changed or an assignment has used the last request up. One call is
// made at a time, so that what Oracle hears last is what is so.
func (w *watch) ask(ctx context.Context, again bool) error {
	w.asking.Lock()
	defer w.asking.Unlock()
	if !w.available {
		if err := w.show(ctx); err != nil || !w.available {
			return err
		}
	}
	idle := w.room()
	if idle == w.asked && !again {
		return nil
	}
	w.asked = -1
	_, _, err := w.do(ctx, w.request("requestAssignment", w.now(), map[string]any{
		"assignmentRequested": idle > 0, "idleSessionCount": idle, "maxSessionCount": w.config.MaxChats,
	}))
	switch {
	case err == nil:
		w.asked = idle
	case orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent:
		w.Log.WarnContext(ctx, "no engagement can be asked for", "error", err)
		return nil // with each count again
	}
	return err
}

// reconcile looks at each engagement that we have after a login.
func (w *watch) reconcile(ctx context.Context) error {
	if err := w.count(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	refs := make([]string, 0, len(w.active))
	for ref := range w.active {
		refs = append(refs, ref)
	}
	w.mu.Unlock()
	for _, ref := range refs {
		if err := w.compare(ctx, ref); err != nil {
			return err
		}
	}
	return w.count(ctx)
}

// finishHere is finish with the session that has just begun, which no call waits for.
func (w *watch) finishHere(ctx context.Context, ref string) error {
	id, err := number64(ref)
	if err != nil {
		return w.release(ctx, ref)
	}
	for _, op := range []string{"concludeChat", "releaseChat"} {
		_, err := w.ofChat(ctx, w.now(), w.request(op, w.now(), engagementBody{EngagementID: id}))
		if err != nil && orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent {
			w.Log.WarnContext(ctx, "an engagement that is over could not be released", "ref", ref, "error", err)
			return nil // it is looked at again
		}
	}
	return w.release(ctx, ref)
}

// swap changes the pool for all later calls of every process.
func (w *watch) swap(ctx context.Context, pool string) error {
	next := *w.now()
	if pool == "" || pool == next.At.Pool {
		return nil
	}
	next.At.Pool = pool
	raw, err := json.Marshal(next)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.session = &next
	w.mu.Unlock()
	w.Log.InfoContext(ctx, "the session moves to another pool", "pool", pool)
	return w.Keeper.Amend(ctx, raw)
}

// listen fetches messages for ever, one call at a time, each again under the same number until what it brought has been told.
func (w *watch) listen(ctx context.Context) error {
	for failures := 0; ; {
		r := w.request("getMessages", w.now(), pollBody{SequenceNumber: w.transaction, TimeCreated: w.Clock.Now().UnixMilli()})
		r.poll = true
		_, body, err := w.do(ctx, r)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errExpired), refused(err, "undocumented"):
			return fmt.Errorf("getMessages: %w", err)
		case err != nil:
			if failures++; failures > mostPollFailures {
				return fmt.Errorf("getMessages failed %d times: %w", failures, err)
			}
			w.Log.WarnContext(ctx, "getMessages failed", "failures", failures, "error", err)
			if failures > 1 {
				if err := w.Report.Rest(ctx, afterFailure); err != nil {
					return err
				}
			}
			continue
		}
		failures = 0
		if err := w.hearAll(ctx, body); err != nil {
			return err
		}
	}
}
