package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"handoff/orchestrator"
)

// simOptions are the flags of "handoff sim".
type simOptions struct {
	listen  string
	dialect string
	cast    bool
	walkIns int
	pace    time.Duration
	seed    uint64
}

// maxWalkIns bounds the customers that come by themselves.
const maxWalkIns = 20

func newSim(c *console) *cobra.Command {
	var o simOptions
	cmd := &cobra.Command{
		Use:   "sim VENDOR",
		Short: "Serve a simulated contact centre: " + strings.Join(sortedKeys(simulators), ", "),
		Long: "Vendors: " + strings.Join(sortedKeys(simulators), ", ") + `.

sim serves one vendor's contact centre as far as its documents tell, with nobody in it but its people, so that everything can be
tried without an account. It prints what to configure. Beside the vendor's own paths there are those under /_sim/, by which
people and customers are moved and faults are switched on. With --cast people work there by themselves.

It asks for no credentials at /_sim/ and is meant for loopback.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return simulate(cmd.Context(), c, args[0], o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:9080", "address of the simulator")
	f.StringVar(&o.dialect, "dialect", "", "generation of the vendor's interface: "+dialectsText())
	f.BoolVar(&o.cast, "cast", false, "let people accept, type, answer, transfer and end by themselves")
	f.IntVar(&o.walkIns, "customers", 0, "customers at a time who come to the vendor's own channel; with --cast")
	f.DurationVar(&o.pace, "pace", time.Second, "how long people think before they act, on average")
	f.Uint64Var(&o.seed, "seed", 1, "of their small choices")
	return cmd
}

func (o *simOptions) check(kind string) error {
	var errs []error
	with, known := simulators[kind]
	if !known {
		errs = append(errs, fmt.Errorf("%q cannot be simulated; there is %s%s", kind, strings.Join(sortedKeys(simulators), ", "),
			suggest(kind, sortedKeys(simulators))))
	}
	if err := checkListen(o.listen); err != nil {
		errs = append(errs, fmt.Errorf("--listen: %w", err))
	}
	if known && o.dialect != "" && !slices.Contains(with.dialects, o.dialect) {
		errs = append(errs, fmt.Errorf("--dialect: %s", with.wrongDialect(kind, o.dialect)))
	}
	if o.walkIns < 0 || o.walkIns > maxWalkIns {
		errs = append(errs, fmt.Errorf("--customers: must be 0 to %d, not %d", maxWalkIns, o.walkIns))
	}
	if o.walkIns > 0 && !o.cast {
		errs = append(errs, errors.New("--customers: needs --cast"))
	}
	if o.pace < time.Millisecond || o.pace > time.Minute {
		errs = append(errs, fmt.Errorf("--pace: must be 1ms to 1m, not %v", o.pace))
	}
	return errors.Join(errs...)
}

// dialectsText names the dialects of each vendor that has several.
func dialectsText() string {
	var texts []string
	for _, kind := range sortedKeys(simulators) {
		if all := simulators[kind].dialects; len(all) > 0 {
			texts = append(texts, kind+" "+strings.Join(all, " (as usual) or "))
		}
	}
	return strings.Join(texts, "; ")
}

func (s simulated) wrongDialect(kind, dialect string) string {
	if len(s.dialects) == 0 {
		return kind + " has one only"
	}
	return fmt.Sprintf("%q is not spoken by %s; there is %s", dialect, kind, strings.Join(s.dialects, ", "))
}

// simulate serves a simulator until it is stopped.
func simulate(ctx context.Context, c *console, kind string, o simOptions) (err error) {
	if err := o.check(kind); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	with := simulators[kind].in(o.dialect)
	s, err := serveSim(context.WithoutCancel(ctx), with.open(orchestrator.SystemClock{}), o.listen, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if o.cast {
		s.play(castFor(kind, s.sim, o.pace, o.seed, o.walkIns, log))
	}
	c.say("%s", simHelp(kind, with, s))
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.ended:
		s.ended <- err // close reads it
		return err
	}
}
