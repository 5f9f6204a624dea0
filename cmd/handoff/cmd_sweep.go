package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"handoff/orchestrator"
)

func newSweep(c *console) *cobra.Command {
	var configPath string
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Sweep deadlines and dead sessions once, and print what was done",
		Long: `sweep does by hand, once, what serve does by its schedule. It is harmless beside running processes: a sweep can be
repeated, and each part is swept by one process at a time.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return sweepOnce(cmd.Context(), c, configPath) },
	}
	c.configFlag(cmd, &configPath)
	return cmd
}

func sweepOnce(ctx context.Context, c *console, configPath string) (err error) {
	cfg, err := loadConfig(configPath, c.environ)
	if err != nil {
		return err
	}
	if cfg.Redis.URL == "" {
		return errors.New("redis.url: is not set; an embedded Redis is empty at each start, and there is nothing to sweep")
	}
	log, err := openLog(cfg.Log, c.err)
	if err != nil {
		return err
	}
	a, err := start(ctx, cfg, parts{clock: orchestrator.SystemClock{}, follow: true}, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.stop()) }()
	done, err := a.reaper.Sweep(ctx)
	printSweep(c, done)
	if err == nil && done.Failed > 0 {
		return errReported
	}
	return err
}

func printSweep(c *console, s orchestrator.Sweep) {
	for _, row := range []struct {
		name string
		n    int
	}{
		{"checked", s.Checked},
		{"deadlines fired", s.Fired},
		{"closed, customer gone", s.Reaped},
		{"repaired after asking", s.Repaired},
		{"not due after all", s.Rearmed},
		{"tidied at desks", s.Tidied},
		{"lanes taken over", s.Claimed},
		{"retired", s.Retired},
		{"erased", s.Erased},
		{"counters mended", s.Recounted},
		{"lost before archived", s.Lost},
		{"failed", s.Failed},
	} {
		c.say("%-22s %d", row.name, row.n)
	}
	c.say("%-22s %s", "oldest overdue", s.Lag.Round(time.Millisecond))
	c.say("%-22s %s", "took", s.Took.Round(time.Millisecond))
}
