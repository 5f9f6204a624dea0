package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"handoff/orchestrator"
)

// Names of the demo's configuration (demo.yaml).
const (
	demoBot        = "shop"
	demoToken      = "demo-shop-bot-key"
	tourToken      = "demo-tour-bot-key"
	demoPassword   = "demo"
	demoSupervisor = "sam"
)

// demoAgents are those whom scripts may play.
func demoAgents() []string { return []string{"anna", "ben"} }

// heartbeatEvery is how often a signed-in agent says that they are there.
const heartbeatEvery = 10 * time.Second

var errAlone = errors.New("nobody else is in the cast")

// cast is everybody who plays in the demo, each with their own way into the service.
type cast struct {
	clock      orchestrator.Clock
	log        *slog.Logger
	pace       time.Duration
	run        string // tells the conversations of this run from those of another
	bot        *client
	callbacks  *scriptedBot
	supervisor *client
	agents     map[string]*client
	count      atomic.Int64
}

// newCast signs everybody in. Without agents somebody at the terminal plays theirs.
func newCast(ctx context.Context, base string, withAgents bool, callbacks *scriptedBot, pace time.Duration, log *slog.Logger) (*cast, error) {
	c := &cast{
		clock: orchestrator.SystemClock{}, log: log, pace: pace, run: strings.ToLower(rand.Text()[:6]), callbacks: callbacks,
		agents: map[string]*client{},
	}
	nobody, err := newClient(base)
	if err != nil {
		return nil, err
	}
	c.bot = nobody.with(demoToken)
	if c.supervisor, err = signedIn(ctx, base, demoSupervisor); err != nil {
		return nil, err
	}
	if !withAgents {
		return c, nil
	}
	for _, name := range demoAgents() {
		if c.agents[name], err = signedIn(ctx, base, name); err != nil {
			return nil, err
		}
		if err := c.present(ctx, name); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func signedIn(ctx context.Context, base, name string) (*client, error) {
	c, err := newClient(base)
	if err != nil {
		return nil, err
	}
	return c, c.login(ctx, name, demoPassword)
}

// present is one heartbeat of an agent.
func (c *cast) present(ctx context.Context, name string) error {
	err := c.agents[name].call(ctx, http.MethodPut, "/v1/me/presence", map[string]any{"state": "online"}, nil)
	if err != nil {
		return fmt.Errorf("%s goes online: %w", name, err)
	}
	return nil
}

// heartbeats keeps the agents present until ctx ends.
func (c *cast) heartbeats(ctx context.Context) {
	beat := supervisor{clock: c.clock, pause: heartbeatEvery}
	for beat.rest(ctx) {
		for name := range c.agents {
			if err := c.present(ctx, name); err != nil && ctx.Err() == nil {
				c.log.Warn("an agent of the demo could not say that they are there", "error", err)
			}
		}
	}
}

// rest waits for one pace; false when ctx ended before.
func (c *cast) rest(ctx context.Context) bool {
	return supervisor{clock: c.clock, pause: c.pace}.rest(ctx)
}

func (c *cast) number() int64 { return c.count.Add(1) }
