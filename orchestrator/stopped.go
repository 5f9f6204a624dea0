package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
)

// Stop says that a bot's callback is not called any more: its receiver answered 410. It is kept in the store, holds for all
// processes, and ends when somebody starts the callback again or configures another.
type Stop struct {
	At      Moment `cbor:"1,keyasint"`
	Address string `cbor:"2,keyasint,omitzero"` // Addressee.Address of the callback that it is about
	Failure string `cbor:"3,keyasint,omitzero"` // what it answered, in plain words, without secrets
}

// stopped is what this process knows of stopped callbacks.
type stopped struct {
	mu    sync.Mutex
	known map[ConnectorName]Stop
	read  bool // from the store, at least once
}

// errStopped marks the failure of a call that was not made because the callback is stopped.
var errStopped = errors.New("not called: the callback is stopped since it answered 410")

// Stopped answers the callbacks that are stopped, as the store has it.
func (d *Dispatcher) Stopped(ctx context.Context) (map[ConnectorName]Stop, error) {
	all, err := d.store.StoppedCallbacks(ctx)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(all, func(name ConnectorName, s Stop) bool {
		bot, ok := d.bots[name]
		return !ok || addressOf(bot) != s.Address
	})
	d.stopped.learn(all)
	for name := range all {
		d.wakeBot(name) // also those that began to wait since it was stopped
	}
	return all, nil
}

// learn takes over what the store has.
func (s *stopped) learn(all map[ConnectorName]Stop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known, s.read = maps.Clone(all), true
}

// isStopped reports whether a bot's callback is stopped. That it is stopped is read again before it counts: somebody may have
// started it in another process. That it is not may be a heartbeat old; then it answers 410 once more.
func (d *Dispatcher) isStopped(ctx context.Context, party Party) (bool, error) {
	if !party.Bot {
		return false, nil
	}
	d.stopped.mu.Lock()
	_, known := d.stopped.known[party.Connector]
	sure := d.stopped.read && !known
	d.stopped.mu.Unlock()
	if sure {
		return false, nil
	}
	all, err := d.Stopped(ctx)
	if err != nil {
		return false, fmt.Errorf("whether the callback is stopped: %w", err)
	}
	_, ok := all[party.Connector]
	return ok, nil
}

// noteGone stops a bot's callback in all processes when it has answered 410, and answers whether it has.
func (d *Dispatcher) noteGone(ctx context.Context, party Party, cause error) (bool, error) {
	if ce, ok := errors.AsType[*ConnectorError](cause); !ok || !party.Bot || ce.Code != CallbackGone {
		return false, nil
	}
	stop := Stop{At: d.engine.Now(), Address: addressOf(d.bots[party.Connector]), Failure: cause.Error()}
	if err := d.store.StopCallback(ctx, party.Connector, stop); err != nil {
		return true, err
	}
	d.stopped.mu.Lock()
	_, again := d.stopped.known[party.Connector]
	if !again && d.stopped.known != nil {
		d.stopped.known[party.Connector] = stop
	}
	d.stopped.mu.Unlock()
	if !again {
		d.engine.log.WarnContext(ctx, "the callback answered 410 Gone: it is stopped until it is started again or another is configured",
			"bot", party.Connector)
		d.wakeBot(party.Connector)
	}
	return true, nil
}

// StartCallback lets a bot's callback be called again, and answers whether it was stopped.
func (d *Dispatcher) StartCallback(ctx context.Context, bot ConnectorName) (bool, error) {
	was, err := d.store.StartCallback(ctx, bot)
	if err != nil {
		return false, err
	}
	d.stopped.mu.Lock()
	delete(d.stopped.known, bot)
	d.stopped.mu.Unlock()
	if was {
		d.engine.log.InfoContext(ctx, "the callback is started again", "bot", bot)
	}
	return was, nil
}

// addressOf tells one callback of a bot from another; empty for a bot that does not say.
func addressOf(bot Bot) string {
	if a, ok := bot.(Addressee); ok {
		return a.Address()
	}
	return ""
}
