package session

import (
	"bytes"
	"context"
	"errors"
	"time"

	"handoff/orchestrator"
)

// refetch is how long a session that another process holds is believed without being read again.
const refetch = 2 * time.Second

// errNone: no process has logged in yet.
var errNone = errors.New("no process holds a session now")

// Current answers the session for a call, and its number for Expired. Errors: *orchestrator.ConnectorError, to be tried
// again, while nobody holds one.
func (k *Keeper) Current(ctx context.Context) (session []byte, number uint64, err error) {
	k.mu.Lock()
	now := orchestrator.MomentOf(k.clock.Now())
	fresh := k.session != nil && (k.lost != nil || now.Sub(k.fetched) < refetch)
	session, number = k.session, k.number
	k.mu.Unlock()
	if fresh {
		return session, number, nil
	}
	kept, err := k.memory.Kept(ctx, k.desk, "")
	if err == nil && len(kept[noteName]) == 0 {
		err = errNone
	}
	if err != nil {
		return nil, 0, &orchestrator.ConnectorError{
			Connector: k.desk, Op: "session", Code: "no-session", Outcome: orchestrator.OutcomeRetry, Err: err,
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lost == nil { // else we have logged in meanwhile, and ours counts
		k.adopt(kept[noteName])
		k.fetched = now
	}
	return k.session, k.number, nil
}

// Expired says that the vendor refused a call because of its session. The process that holds it logs in again, once for
// each session however many calls say so; in another process the session is read anew at the next call.
func (k *Keeper) Expired(number uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if number != k.number {
		return
	}
	if k.lost == nil {
		k.fetched = 0
		return
	}
	select {
	case <-k.lost:
	default:
		close(k.lost)
	}
}

// Amend changes what every process uses for calls, without logging in again: the vendor has moved the session that is served
// here. It does nothing where none is.
func (k *Keeper) Amend(ctx context.Context, session []byte) error {
	k.mu.Lock()
	served := k.lost != nil
	k.mu.Unlock()
	if !served {
		return nil
	}
	if err := k.memory.Keep(ctx, k.desk, "", noteName, session); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lost != nil {
		k.adopt(session)
		k.tellWaiting()
	}
	return nil
}

// Health answers how the session stands.
func (k *Keeper) Health() orchestrator.SessionHealth {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.health
}

// Up reports whether this process serves a session now.
func (k *Keeper) Up() bool { return k.Health().State == orchestrator.SessionUp }

// Standby reports whether another process is known to hold the session. It is false until this one has tried to.
func (k *Keeper) Standby() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.tried && k.health.State == orchestrator.SessionElsewhere
}

// begin makes a session the one that is served here; the channel is closed when a call finds it expired.
func (k *Keeper) begin(session []byte) (lost <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.adopt(session)
	k.lost = make(chan struct{})
	k.health.Logins++
	k.tellWaiting()
	return k.lost
}

// tellWaiting wakes the calls that wait for a newer session.
func (k *Keeper) tellWaiting() {
	if k.begun != nil {
		close(k.begun)
		k.begun = nil
	}
}

// end answers the session as it was last amended.
func (k *Keeper) end() (session []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	session = k.session
	k.lost, k.session = nil, nil
	return session
}

func (k *Keeper) adopt(session []byte) {
	if !bytes.Equal(k.session, session) {
		k.session = session
		k.number++
	}
}

func (k *Keeper) stand(state string, why error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried = true
	if k.health.State != state {
		k.health.State, k.health.Since = state, orchestrator.MomentOf(k.clock.Now())
	}
	k.health.Failure = ""
	if why != nil {
		k.health.Failure = why.Error()
	}
}
