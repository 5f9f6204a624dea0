package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
	"handoff/web"
)

// Bounds of starting and stopping.
const (
	openTimeout = 15 * time.Second // for the store to answer at start
	drainFor    = 10 * time.Second // for requests that run when the process is asked to stop
	stopTimeout = 25 * time.Second // for everything; below the 30 s that container engines give
)

// parts says which parts of the service a process runs beside the engine with its connectors.
type parts struct {
	clock    orchestrator.Clock
	follow   bool         // time goes by the store's clock
	listener net.Listener // of the HTTP interface; nil: none
	metrics  net.Listener // of what operators ask for, where that has an address of its own; nil: none
	jobs     bool         // the scheduled sweep
	// reload tells to take the policies, queues and people of the file at path anew; nil: never. It needs the listener.
	reload  <-chan os.Signal
	path    string
	environ []string
}

// app is a running service.
type app struct {
	config   *loaded
	store    *redisstore.Store
	watch    *storeWatch // nil with the embedded store
	reloader *reloader   // nil: nothing is reloaded
	engine   *orchestrator.Engine
	reaper   *orchestrator.Reaper
	tracer   *web.Tracer  // nil: nothing is traced
	archive  *fileArchive // nil: none
	node     orchestrator.NodeID
	log      *slog.Logger
	teardown teardown
	failed   chan error // a part has ended without which the process is of no use
}

// start wires the service and runs its parts. It is one straight function, because its order is what matters: each part
// is undone before everything that it uses. When it fails, it has undone what it did.
func start(ctx context.Context, cfg *loaded, with parts, log *slog.Logger) (_ *app, err error) {
	a := &app{config: cfg, log: log, node: newNode(), teardown: teardown{log: log}, failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			if undoErr := a.teardown.run(undo); undoErr != nil {
				log.Error("a failed start was not undone", "error", undoErr)
			}
		}
	}()
	clock := with.clock
	if with.follow && cfg.Redis.URL != "" {
		clock = &storeClock{machine: with.clock}
	}
	keep := supervisor{clock: clock, log: log, pause: restartPause}

	var flushTraces func(context.Context) error
	if a.tracer, flushTraces, err = openTracing(ctx, cfg.Tracing, a.node, log); err != nil {
		return nil, err
	}
	if a.tracer != nil {
		a.teardown.push("the traces", flushTraces) // last of all: whatever stops may still be traced
	}

	if a.store, err = openStore(ctx, cfg, clock, log); err != nil {
		return nil, err
	}
	a.teardown.push("the store", func(context.Context) error { return a.store.Close() })
	if follows, ok := clock.(*storeClock); ok {
		follows.compare(ctx, a.store, log)
		a.teardown.push("the clock", keep.keep("clock", follows.run(a.store, log)))
	}
	if with.listener != nil && !a.store.Embedded() {
		a.watch = &storeWatch{config: cfg, clock: with.clock, log: log}
		looking, cancel := context.WithTimeout(ctx, examineAtStart)
		a.watch.look(looking)
		cancel()
		a.teardown.push("the watch over the store", keep.keep("store watch", a.watch.run))
	}

	var archive orchestrator.Archive // nil: none; not a nil file
	if cfg.Archive.Path != "" {
		file, err := openArchive(cfg.Archive, clock, log)
		if err != nil {
			return nil, fmt.Errorf("archive.path: %w", err)
		}
		a.teardown.push("the archive", func(context.Context) error { return file.Close() })
		archive, a.archive = file, file
	}

	metrics := web.NewMetrics()
	hub := orchestrator.NewHub(a.store)
	bots, desks, err := openConnectors(cfg, connectorWorld{
		roster: a.store, memory: a.store, targets: cfg.targets, clock: clock, log: log, ringFor: cfg.ringTimes(),
	})
	if err != nil {
		return nil, err
	}
	a.engine = orchestrator.NewEngine(orchestrator.Options{
		Store: a.store, Flows: cfg.flows.byName(), BotFlow: cfg.botFlows(), Bots: bots, Desks: desks, Hub: hub, Clock: clock,
		Log: log, Metrics: metrics, Tracer: a.tracing(), Node: a.node, Configured: cfg.configured(), Concurrency: cfg.concurrency(),
		TimelineBytes: int64(cfg.Bounds.TimelineBytes),
	})
	a.reaper = orchestrator.NewReaper(a.engine, archive, cfg.Retention)

	// The dispatcher outlives whatever brings new facts: a lane that is written after it has handed its lanes over would wait
	// until its lease runs out.
	a.teardown.push("the hub", keep.keep("hub", hub.Run))
	a.teardown.push("the reaper's watch", keep.keep("reaper's watch", a.reaper.Watch))
	// The heartbeat outlives the dispatcher: while calls are under way, others must not count this process as dead.
	a.teardown.push("the heartbeat", keep.keep("heartbeat", orchestrator.NewHeartbeat(a.engine).Run))
	a.teardown.push("the dispatcher", keep.keep("dispatcher", a.engine.Dispatcher().Run))
	for name, desk := range desks {
		a.teardown.push("desk "+string(name), keep.keep("desk "+string(name), a.feed(desk)))
	}
	for name, bot := range bots {
		a.teardown.push("bot "+string(name), keep.keep("bot "+string(name), a.feed(bot)))
	}
	if with.jobs {
		stop, err := schedule(context.WithoutCancel(ctx), log, cfg.Sweep.Schedule, a.sweep)
		if err != nil {
			return nil, fmt.Errorf("sweep.schedule: %w", err)
		}
		a.teardown.push("the jobs", func(context.Context) error { stop(); return nil })
	}
	a.teardown.push("the erasures", keep.keep("erasures", a.reaper.Eraser().Run))
	if with.listener != nil {
		server, err := web.New(cfg.webOptions(a, bots, desks, metrics, clock))
		if err != nil {
			return nil, err
		}
		if with.reload != nil {
			a.reloader = &reloader{path: with.path, environ: with.environ, clock: clock, log: log, engine: a.engine, server: server, running: cfg}
			a.teardown.push("the reloader", keep.keep("reloader", func(ctx context.Context) error { return a.reloader.run(ctx, with.reload) }))
		}
		if with.metrics != nil {
			a.teardown.push("the metrics", a.serve(server.ServeOperators, with.metrics))
		}
		a.teardown.push("the HTTP interface", a.serve(server.Serve, with.listener))
	}
	return a, nil
}

// tracing is the tracer for the engine, which takes nil for none.
func (a *app) tracing() orchestrator.Tracer {
	if a.tracer == nil {
		return nil
	}
	return a.tracer
}

// warnings are what an operator should see to although the service runs.
func (a *app) warnings() []string {
	var all []string
	if a.watch != nil {
		all = a.watch.warnings()
	}
	if archiving := a.reaper.Archiving(); archiving.Fault != nil {
		all = append(all, fmt.Sprintf("archive: cannot be written since %v: %v; make room on its disk: what has ended is kept in the store until then",
			archiving.Since, archiving.Fault))
	}
	if a.reloader != nil {
		all = append(all, a.reloader.warnings()...)
	}
	return all
}

// openStore opens the Redis of the configuration, or the embedded one.
func openStore(ctx context.Context, cfg *loaded, clock orchestrator.Clock, log *slog.Logger) (*redisstore.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if cfg.Redis.URL == "" {
		return redisstore.OpenEmbedded(ctx, cfg.storeOptions(clock, log))
	}
	return redisstore.Open(ctx, cfg.storeOptions(clock, log))
}

// storeOptions are the configuration as the store takes it.
func (l *loaded) storeOptions(clock orchestrator.Clock, log *slog.Logger) redisstore.Options {
	return redisstore.Options{
		URL: l.Redis.URL.Reveal(), Prefix: l.Redis.Prefix, Partitions: l.Partitions, Retention: l.Retention,
		Archive: l.Archive.Path != "", Clock: clock, Log: log,
	}
}

// openConnectors makes every configured bot and desk.
func openConnectors(cfg *loaded, world connectorWorld) (
	bots map[orchestrator.ConnectorName]orchestrator.Bot, desks map[orchestrator.ConnectorName]orchestrator.Desk, err error,
) {
	bots, desks = map[orchestrator.ConnectorName]orchestrator.Bot{}, map[orchestrator.ConnectorName]orchestrator.Desk{}
	for name, open := range cfg.bots {
		if bots[name], err = open(world); err != nil {
			return nil, nil, fmt.Errorf("bot %s: %w", name, err)
		}
	}
	for name, open := range cfg.desks {
		if desks[name], err = open(world); err != nil {
			return nil, nil, fmt.Errorf("desk %s: %w", name, err)
		}
	}
	return bots, desks, nil
}

// feed is a connector's own work, with the engine as its sink.
func (a *app) feed(c orchestrator.Connector) func(context.Context) error {
	return func(ctx context.Context) error { return c.Run(ctx, a.engine) }
}

// sweep is the scheduled job.
func (a *app) sweep(ctx context.Context) {
	if _, err := a.reaper.Sweep(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("a sweep failed in part", "error", err)
	}
	if a.archive == nil {
		return
	}
	if err := a.archive.age(); err != nil {
		a.log.Error("old archive files are not looked after", "error", err)
	}
}

// serve runs the HTTP interface, or a part of it, and answers how it is stopped: it takes no new requests, and those that run may
// finish.
func (a *app) serve(run func(context.Context, net.Listener) error, listener net.Listener) func(context.Context) error {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := run(ctx, listener)
		done <- err
		if ctx.Err() == nil {
			select {
			case a.failed <- fmt.Errorf("the HTTP interface has ended: %w", err):
			default: // another part has ended too
			}
		}
	}()
	return func(wait context.Context) error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-wait.Done():
			return wait.Err()
		}
	}
}

// wait returns when ctx ends, or with an error when a part has ended without which the process is of no use.
func (a *app) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.failed:
		return err
	}
}

// stop undoes start, in at most stopTimeout.
func (a *app) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return a.teardown.run(ctx)
}

// newNode names this process: the host for people, the rest because a restarted process is another one.
func newNode() orchestrator.NodeID {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "host"
	}
	return orchestrator.NodeID(host + "-" + rand.Text()[:10])
}
