package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"handoff/orchestrator"
)

// demoOptions are the flags of "handoff demo".
type demoOptions struct {
	listen    string
	desks     string
	agents    bool
	customers int
	stories   int
	seed      uint64
	stopAfter time.Duration
	pace      time.Duration
	quiet     bool
}

// maxCustomers bounds the scripted customers: the cast has two agents.
const maxCustomers = 20

func newDemo(c *console) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run everything in one process, with scripted customers, a bot and agents",
		Long: `demo runs the service on an embedded Redis, and lets scripted customers, a scripted bot and scripted agents live
through the ways that a chat can go. They use the public HTTP interface only. One line is printed for every step.

Join in: go online at /desk as "you", write to /chat/tour, and ask for a person. The README's tour plays the bot "tour" as
well: no script touches conversations that begin with its key. With --agents=false you play the scripted agents' part too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return demo(cmd.Context(), c, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", defaultListen, "address of the HTTP interface")
	f.StringVar(&o.desks, "desks", desksHouse, "house, or all: the built-in desk and a simulator of each vendor, in both seats")
	f.BoolVar(&o.agents, "agents", true, "let scripts play the agents anna and ben")
	f.IntVar(&o.customers, "customers", 2, "scripted customers at a time; 0: none")
	f.IntVar(&o.stories, "stories", 0, "stop after so many stories, and fail if one ended as it should not; 0: never")
	f.Uint64Var(&o.seed, "seed", 1, "of the scripts' small choices")
	f.DurationVar(&o.stopAfter, "for", 0, "stop after this time; 0: never")
	f.DurationVar(&o.pace, "pace", 1200*time.Millisecond, "how long people think before they act, on average")
	f.BoolVar(&o.quiet, "quiet", false, "print no steps")
	return cmd
}

func (o *demoOptions) check() error {
	var errs []error
	if err := checkListen(o.listen); err != nil {
		errs = append(errs, fmt.Errorf("--listen: %w", err))
	}
	if o.desks != desksHouse && o.desks != desksAll {
		errs = append(errs, fmt.Errorf("--desks: must be %s or %s, not %q", desksHouse, desksAll, o.desks))
	}
	if o.desks == desksAll && !o.agents {
		errs = append(errs, errors.New("--desks: people at simulators are played by scripts; leave --agents out"))
	}
	if o.customers < 0 || o.customers > maxCustomers {
		errs = append(errs, fmt.Errorf("--customers: must be 0 to %d, not %d", maxCustomers, o.customers))
	}
	if o.stories < 0 {
		errs = append(errs, fmt.Errorf("--stories: must be 0 or more, not %d", o.stories))
	}
	if o.stories > 0 && o.customers == 0 {
		errs = append(errs, errors.New("--stories: needs at least one of --customers"))
	}
	if o.pace < time.Millisecond || o.pace > time.Minute {
		errs = append(errs, fmt.Errorf("--pace: must be 1ms to 1m, not %v", o.pace))
	}
	if o.stopAfter < 0 {
		errs = append(errs, fmt.Errorf("--for: must be 0 or more, not %v", o.stopAfter))
	}
	return errors.Join(errs...)
}

// demo runs the service with its cast until it is stopped or has played what was asked for.
func demo(ctx context.Context, c *console, o demoOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	if o.stopAfter > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.stopAfter)
		defer cancel()
	}
	starting := context.WithoutCancel(ctx) // stopping while it starts is stopping: the start has its own bound
	callbacks, err := newScriptedBot(starting)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, callbacks.close()) }()
	vendors, err := openVendors(starting, o, slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, vendors.close()) }()
	cfg, err := demoConfig(o.listen, callbacks.url, vendors)
	if err != nil {
		return err
	}
	log, err := openLog(cfg.Log, c.err)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(starting, "tcp", cfg.Listen)
	if err != nil {
		return err
	}
	a, err := start(starting, cfg, parts{clock: orchestrator.SystemClock{}, listener: listener, jobs: true}, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, a.stop()) }()
	base := "http://" + reachable(listener.Addr().String())
	greet(c, base, o)
	vendors.greet(c)
	closeReception, err := openReception(base, callbacks, log)
	if err != nil {
		return err
	}
	defer closeReception()
	vendors.play(o)
	return perform(ctx, a, c, base, o, callbacks, log)
}

// openReception lets the bots answer customers whom no scene plays.
func openReception(base string, callbacks *scriptedBot, log *slog.Logger) (func(), error) {
	walkIns, err := newReceptionist(base, demoBot, demoSecret, answerAtDesk, log)
	if err != nil {
		return nil, err
	}
	visitors, err := newReceptionist(base, tourBot, tourSecret, newGuide().reply, log)
	if err != nil {
		walkIns.close()
		return nil, err
	}
	callbacks.receive(walkIns, visitors)
	return func() {
		callbacks.receive(nil, nil)
		walkIns.close()
		visitors.close()
	}, nil
}

// perform lets the cast play until ctx ends, the stories are over, or the service fails.
func perform(ctx context.Context, a *app, c *console, base string, o demoOptions, callbacks *scriptedBot, log *slog.Logger) error {
	outer := ctx
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	people, err := newCast(ctx, base, o.agents, callbacks, o.pace, log)
	switch {
	case err != nil && outer.Err() != nil:
		return nil // stopped before it began
	case err != nil:
		return err
	}
	var behind sync.WaitGroup // heartbeats and the watcher
	defer behind.Wait()
	defer stop()
	behind.Go(func() { people.heartbeats(ctx) })
	out := c.out
	if o.quiet {
		out = io.Discard
	}
	lines := newWatcher(people.supervisor, out, isTerminal(c.out))
	keep := supervisor{clock: orchestrator.SystemClock{}, log: log, pause: time.Second}
	stopWatching := keep.keep("watcher", lines.watch)
	defer func() {
		wait, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := stopWatching(wait); err != nil {
			log.Warn("the watcher has not stopped", "error", err)
		}
	}()
	played := make(chan error, 1)
	go func() { played <- playAll(ctx, people, lines, c, o) }()
	select {
	case err := <-a.failed:
		stop()
		return errors.Join(err, <-played)
	case err := <-played:
		if o.stories > 0 || err != nil {
			return err
		}
		return a.wait(outer)
	}
}
