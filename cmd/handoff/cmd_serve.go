package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"handoff/orchestrator"
)

func newServe(c *console) *cobra.Command {
	var configPath string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the service",
		Long: `serve runs the service until it gets SIGTERM or SIGINT. Then it takes no new requests, finishes those that run, hands
its work to the other processes and exits; a second signal ends it at once. SIGHUP lets it take flows, queues and users of
the configuration file anew; a file that is not good changes nothing.

Several identical processes may share one Redis.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), c, configPath) },
	}
	c.configFlag(cmd, &configPath)
	return cmd
}

func serve(ctx context.Context, c *console, configPath string) (err error) {
	cfg, err := loadConfig(configPath, c.environ)
	if err != nil {
		return err
	}
	log, err := openLog(cfg.Log, c.err)
	if err != nil {
		return err
	}
	for _, w := range cfg.warnings {
		log.Warn("odd configuration", "key", w.path, "detail", w.detail)
	}
	memory, from := limitMemory("/", c.getenv)
	log.Info("memory limit", "bytes", memory, "from", from)
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	with := parts{clock: orchestrator.SystemClock{}, follow: true, listener: listener, jobs: true}
	if cfg.Metrics.Listen != "" {
		if with.metrics, err = lc.Listen(ctx, "tcp", cfg.Metrics.Listen); err != nil {
			return errors.Join(fmt.Errorf("metrics.listen: %w", err), listener.Close())
		}
	}
	// Stopping while it starts is stopping: the start itself has its own bound.
	reload := make(chan os.Signal, 1) // while one is under way another is not lost
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	with.reload, with.path, with.environ = reload, configPath, c.environ
	a, err := start(context.WithoutCancel(ctx), cfg, with, log)
	if err != nil {
		return errors.Join(err, with.close())
	}
	defer func() { err = errors.Join(err, a.stop()) }()
	announce(c, cfg, with)
	err = a.wait(ctx)
	c.say("stopping")
	return err
}

// close gives the addresses back.
func (p *parts) close() error {
	err := p.listener.Close()
	if p.metrics != nil {
		err = errors.Join(err, p.metrics.Close())
	}
	return err
}

// announce says what runs here, and where.
func announce(c *console, cfg *loaded, with parts) {
	base := "http://" + reachable(with.listener.Addr().String())
	c.say("handoff %s", versionString())
	c.say("  HTTP      %s   (API: %s/openapi.json)", base, base)
	if with.metrics != nil {
		c.say("  metrics   http://%s/metrics", reachable(with.metrics.Addr().String()))
	}
	if cfg.BaseURL != "" {
		c.say("  reached   %s", cfg.BaseURL)
	}
	if cfg.Redis.URL == "" {
		c.say("  store     embedded Redis: nothing survives this process (set redis.url)")
	} else {
		c.say("  store     Redis, %d partitions", cfg.Partitions)
	}
	var bots, desks []string
	for _, b := range cfg.Bots {
		bots = append(bots, fmt.Sprintf("%s (%s, flow %s)", b.Name, b.Kind, b.Flow))
	}
	for _, d := range cfg.Desks {
		desks = append(desks, fmt.Sprintf("%s (%s)", d.Name, d.Kind))
	}
	c.say("  bots      %s", strings.Join(bots, ", "))
	c.say("  desks     %s", strings.Join(desks, ", "))
	c.say("  people    %d", len(cfg.Users))
	if cfg.Archive.Path != "" {
		c.say("  archive   %s", cfg.Archive.Path)
	}
	c.say("  sweep     %s", cfg.Sweep.Schedule)
}
