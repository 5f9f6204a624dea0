package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"handoff/orchestrator"
	"handoff/web"
)

// How a configuration file is read that somebody may be writing.
const (
	settleFor = 250 * time.Millisecond // it must have been the same for so long
	settleIn  = 40                     // looks
)

// reloader takes the policies, queues and people of the configuration file anew when it is told to. What is wrong changes nothing.
type reloader struct {
	path    string
	environ []string
	clock   orchestrator.Clock
	log     *slog.Logger
	engine  *orchestrator.Engine
	server  *web.Server

	running *loaded // what is in force; of run alone

	mu    sync.Mutex
	fault string // why the newest file was refused; empty: it was not
}

// run reloads at each signal until ctx ends.
func (r *reloader) run(ctx context.Context, signals <-chan os.Signal) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-signals:
			r.reload(ctx)
		}
	}
}

// warnings say that the file is not what is in force.
func (r *reloader) warnings() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault == "" {
		return nil
	}
	return []string{"the configuration file was not reloaded: " + r.fault + "; mend it and send SIGHUP again"}
}

func (r *reloader) reload(ctx context.Context) {
	next, err := r.next(ctx)
	if err == nil {
		err = r.take(next)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault = ""; err == nil {
		r.log.InfoContext(ctx, "the configuration was reloaded", "flows", len(next.flows), "queues", len(next.Queues), "users", len(next.Users))
		return
	}
	for i, p := range problemsOf(err) {
		if i == 0 {
			r.fault = p.String()
		}
		r.log.WarnContext(ctx, "the configuration was not reloaded", "key", p.path, "detail", p.detail)
	}
}

// problemsOf are the problems that an error tells, each with its key.
func problemsOf(err error) []problem {
	if known, ok := errors.AsType[*configError](err); ok {
		return known.problems
	}
	return []problem{{"", err.Error()}}
}

// next is the running configuration with the policies, queues and people of the file. It passes the same checks as at start, the
// file by itself and together with what cannot be replaced.
func (r *reloader) next(ctx context.Context) (*loaded, error) {
	if r.path == "" {
		return nil, errors.New("there is no configuration file")
	}
	data, err := r.settled(ctx)
	if err != nil {
		return nil, fmt.Errorf("config file: %w", err)
	}
	file, err := parseConfig(data, r.environ)
	if err != nil && !isProblems(err) {
		return nil, fmt.Errorf("config file %s: %w", r.path, err)
	}
	if err != nil {
		return nil, err
	}
	for _, w := range file.warnings {
		r.log.WarnContext(ctx, "odd configuration", "key", w.path, "detail", w.detail)
	}
	for _, key := range fixedKeys(&r.running.Config, &file.Config) {
		r.log.WarnContext(ctx, "a changed key takes effect with a restart", "key", key)
	}
	cfg := r.running.Config
	cfg.Flows, cfg.Queues, cfg.Users = file.Flows, file.Queues, file.Users
	l, err := checked(cfg)
	if err != nil {
		return nil, err
	}
	l.demoPassword = r.running.demoPassword
	found := &problems{}
	r.checkRunning(l, found)
	return l, found.err()
}

// checkRunning finds what the desks that run cannot follow.
func (r *reloader) checkRunning(next *loaded, found *problems) {
	before, after := r.running.ringTimes(), next.ringTimes()
	if after.offer > before.offer {
		found.add("flows", "deadlines.offered is %v; this process holds a place for a ringing chat for %v: restart it", after.offer, before.offer)
	}
	if after.transfer > before.transfer {
		found.add("flows", "deadlines.transferring is %v; this process holds a place for a transfer for %v: restart it", after.transfer, before.transfer)
	}
	for _, d := range r.running.Desks {
		if d.Kind == defaultDeskKind {
			continue
		}
		at := func(l *loaded) []QueueConfig {
			return slices.DeleteFunc(slices.Clone(l.Queues), func(q QueueConfig) bool { return q.Desk != d.Name })
		}
		if !slices.Equal(at(r.running), at(next)) {
			found.add("queues", "those of desk %s are not as it was opened with: restart to use them", d.Name)
		}
	}
}

// take puts a configuration in force.
func (r *reloader) take(next *loaded) error {
	err := r.server.Reload(web.Reloadable{
		Flows: next.flows.byName(), Queues: next.webQueues(), Users: next.webUsers(), AgentGoneAfter: next.agentGoneAfter(),
	})
	if err != nil {
		return err
	}
	r.engine.Reload(next.flows.byName(), next.configured())
	r.running = next
	return nil
}

// settled reads the file once it stands still: who writes it may be in the middle of that.
func (r *reloader) settled(ctx context.Context) ([]byte, error) {
	before, err := readBounded(r.path, maxConfigBytes)
	for range settleIn {
		due := make(chan struct{})
		stop := r.clock.AfterFunc(settleFor, func() { close(due) })
		select {
		case <-due:
		case <-ctx.Done():
			stop()
			return nil, ctx.Err()
		}
		var now []byte
		now, nowErr := readBounded(r.path, maxConfigBytes)
		if nowErr == nil && err == nil && bytes.Equal(before, now) {
			return now, nil
		}
		if nowErr != nil && err != nil { // it was not there twice
			return nil, nowErr
		}
		before, err = now, nowErr
	}
	return nil, errors.New("it changes all the time")
}
