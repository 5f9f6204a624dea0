package bayeux

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"handoff/orchestrator"
)

// Pauses after failed calls, as the JavaScript client makes them: the first comes back at once, each further one after a
// second more.
const (
	pauseStep    = time.Second
	longestPause = time.Minute
)

// Event is one message on a channel that was subscribed to.
type Event struct {
	Channel string
	Data    json.RawMessage
}

// Options of a client; all are required.
type Options struct {
	// Exchange posts a batch of messages, a JSON array, and answers the body that came back. It adds what the server asks
	// for besides: credentials, cookies. A permanent failure (orchestrator.OutcomePermanent) ends Run.
	Exchange func(ctx context.Context, batch []byte) ([]byte, error)
	Clock    orchestrator.Clock
	// Channels are subscribed to by their exact names: overlapping ones are told twice by some servers.
	Channels []string
	// Hear is told each event in the order of arrival, by one goroutine. It must not wait for anything: a server forgets a
	// session that does not poll for ten seconds.
	Hear func(Event)
	// Renewed is called when the subscriptions stand, and again whenever events may have been missed. Polling goes on
	// meanwhile; a call under way is cancelled and waited for before the next. Its error ends Run.
	Renewed func(ctx context.Context) error
}

// Client is one session with a CometD server. Run is called once.
type Client struct {
	Options
	id     string // of the session; empty: none
	last   int    // message id
	manner manner
}

// New is a client that has not connected yet.
func New(o Options) *Client { return &Client{Options: o} }

// Run keeps a session and hears its events until ctx ends or no session can be had; the error says why. Errors: ErrRefused,
// those of Exchange that are permanent, those of Renewed.
func (c *Client) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	renewing := func() {}
	defer func() {
		stop(nil)
		renewing()
	}()
	missed := false
	for failures := 0; ; {
		standing := c.id != ""
		err := c.turn(ctx, missed)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err == nil:
			if standing { // a server that forgets us at once is not to be asked in a circle
				failures = 0
			}
			if !standing || missed {
				missed = false
				renewing()
				renewing = c.renew(ctx, stop)
			}
			c.rest(ctx, c.manner.interval)
		case errors.Is(err, errForgotten):
			c.id, failures = "", failures+1
			c.rest(ctx, pauseAfter(failures))
		case errors.Is(err, ErrRefused), orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent:
			return err
		default: // an answer that got lost may have carried events
			missed, failures = true, failures+1
			c.rest(ctx, pauseAfter(failures))
		}
	}
}

// turn makes a session if there is none, or polls once. After a lost answer the server is not to hold the poll: what was missed
// is read when it comes back.
func (c *Client) turn(ctx context.Context, missed bool) error {
	if c.id == "" {
		return c.begin(ctx)
	}
	err := c.connect(ctx, missed)
	if err == nil && c.manner.reconnect == reconnectHandshake {
		return errForgotten
	}
	return err
}

// begin shakes hands, subscribes and connects for the first time, which the server answers at once.
func (c *Client) begin(ctx context.Context) error {
	c.manner = manner{timeout: defaultTimeout}
	answers, err := c.exchange(ctx, slack, message{
		Channel: metaHandshake, Version: "1.0", MinimumVersion: "1.0", Types: []string{longPolling},
	})
	if err != nil {
		return err
	}
	for i := range answers {
		if answers[i].Channel == metaHandshake {
			c.id = answers[i].ClientID
		}
	}
	if c.id == "" {
		return errors.New("the handshake gave no client id")
	}
	if err := c.subscribe(ctx); err != nil {
		c.id = ""
		return err
	}
	return nil
}

func (c *Client) subscribe(ctx context.Context) error {
	batch := make([]message, 0, len(c.Channels)+1)
	for _, channel := range c.Channels {
		batch = append(batch, message{Channel: metaSubscribe, Subscription: channel})
	}
	if _, err := c.exchange(ctx, slack, batch...); err != nil {
		return err
	}
	return c.connect(ctx, true)
}

func (c *Client) connect(ctx context.Context, atOnce bool) error {
	poll, within := message{Channel: metaConnect, Type: longPolling}, c.manner.timeout+slack
	if atOnce {
		poll.Advice, within = &advice{Timeout: new(uint32)}, slack
	}
	_, err := c.exchange(ctx, within, poll)
	return err
}

// Disconnect ends the session at the server, if there is one. It is called after Run.
func (c *Client) Disconnect(ctx context.Context) error {
	if c.id == "" {
		return nil
	}
	_, err := c.exchange(ctx, slack, message{Channel: metaDisconnect})
	c.id = ""
	if errors.Is(err, errForgotten) {
		return nil
	}
	return err
}

// exchange posts a batch and deals with everything that comes back: events may ride on the answer to any message.
func (c *Client) exchange(ctx context.Context, within time.Duration, batch ...message) ([]reply, error) {
	for i := range batch {
		c.last++
		batch[i].ID, batch[i].ClientID = strconv.Itoa(c.last), c.id
	}
	body, err := json.Marshal(batch)
	if err != nil {
		return nil, err
	}
	calling, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer c.Clock.AfterFunc(within, func() { cancel(errLate) })()
	back, err := c.Exchange(calling, body)
	if err != nil {
		return nil, err
	}
	answers, err := decode(back)
	if err != nil {
		return nil, err
	}
	return answers, c.dealWith(answers, batch)
}

var errLate = errors.New("the notification server did not answer in time")

// dealWith hears the events of a batch, takes its advice, and looks whether every message was answered.
func (c *Client) dealWith(answers []reply, asked []message) error {
	var failed error
	answered := 0
	for i := range answers {
		r := &answers[i]
		if !r.meta() {
			if len(r.Data) > 0 {
				c.Hear(Event{Channel: r.Channel, Data: r.Data})
			}
			continue
		}
		c.manner.take(r.Advice)
		if r.Channel == asked[0].Channel {
			answered++
		}
		if err := r.fault(); err != nil && failed == nil {
			failed = err
		}
	}
	if failed == nil && answered < len(asked) {
		return fmt.Errorf("%s was not answered", asked[0].Channel)
	}
	return failed
}

// renew tells, beside the polling, that events may have been missed. The answer cancels that and waits for it.
func (c *Client) renew(ctx context.Context, stop context.CancelCauseFunc) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := c.Renewed(ctx); err != nil && ctx.Err() == nil {
			stop(err)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// pauseAfter is how long to wait after so many failures in a row.
func pauseAfter(failures int) time.Duration {
	return min(time.Duration(failures-1)*pauseStep, longestPause)
}

// rest waits, or until ctx ends.
func (c *Client) rest(ctx context.Context, pause time.Duration) {
	if pause <= 0 {
		return
	}
	done := make(chan struct{})
	defer c.Clock.AfterFunc(pause, func() { close(done) })()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
