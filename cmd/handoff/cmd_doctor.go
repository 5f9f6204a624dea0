package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"handoff/orchestrator"
)

// verdict is how a check went.
type verdict string

// The verdicts.
const (
	verdictOK   verdict = "ok"
	verdictWarn verdict = "warn"
	verdictFail verdict = "fail"
)

// diagnosis is one line of the doctor's table.
type diagnosis struct {
	verdict verdict
	subject string
	detail  string
	advice  string
}

func newDoctor(c *console) *cobra.Command {
	var configPath string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at the configuration, the Redis and the connectors, and say what to do about each",
		Long: `doctor checks what a running service depends on. It changes nothing but the scripts that Redis keeps loaded
and one key that expires within a minute.
The exit code is 1 if anything fails.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return doctor(cmd.Context(), c, configPath) },
	}
	c.configFlag(cmd, &configPath)
	return cmd
}

func doctor(ctx context.Context, c *console, configPath string) error {
	cfg, err := loadConfig(configPath, c.environ)
	if err != nil {
		var rows []diagnosis
		for line := range strings.Lines(err.Error()) {
			rows = append(rows, diagnosis{verdictFail, "config", strings.TrimSpace(line), "mend it; handoff check-config --example shows every key"})
		}
		return report(c, rows)
	}
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the Redis client's own complaints would stand between the lines
	rows := examineConfig(cfg)
	rows = append(rows, examineStore(ctx, cfg, orchestrator.SystemClock{})...)
	connectors, err := examineConnectors(cfg)
	if err != nil {
		connectors = append(connectors, diagnosis{verdictFail, "connectors", err.Error(), ""})
	}
	return report(c, append(rows, connectors...))
}

func examineConfig(cfg *loaded) []diagnosis {
	rows := []diagnosis{{verdictOK, "config", fmt.Sprintf("%s, %s, %s, %s", count(len(cfg.Bots), "bot"), count(len(cfg.Queues), "queue"),
		count(len(cfg.Users), "user"), count(len(cfg.Flows), "flow")), ""}}
	for _, w := range cfg.warnings {
		rows = append(rows, diagnosis{verdictWarn, w.path, w.detail, ""})
	}
	if len(cfg.Users) == 0 {
		rows = append(rows, diagnosis{verdictWarn, "users", "nobody can sign in", "add users, unless people answer at another desk only"})
	}
	if cfg.Cookies.Insecure {
		rows = append(rows, diagnosis{verdictWarn, "cookies.insecure", "sign-ins travel over plain HTTP", "set it to false behind TLS"})
	}
	if cfg.Archive.Path == "" {
		rows = append(rows, diagnosis{verdictOK, "archive.path", fmt.Sprintf("none: what ended is forgotten after %s", plainDuration(cfg.Retention)), ""})
	}
	for _, b := range cfg.Bots {
		if b.Callback == "" {
			rows = append(rows, diagnosis{verdictOK, "bot " + b.Name, "has no callback: it reads its feed", ""})
		}
		if len(b.Secrets) == 0 {
			rows = append(rows, diagnosis{verdictWarn, "bot " + b.Name, "its events are not signed", "give it a secret if it can sign"})
		}
	}
	return rows
}

func examineConnectors(cfg *loaded) ([]diagnosis, error) {
	bots, desks, err := openConnectors(cfg, checkingWorld())
	if err != nil {
		return nil, err
	}
	var rows []diagnosis
	for _, b := range cfg.Bots {
		name := orchestrator.ConnectorName(b.Name)
		rows = append(rows, diagnosis{verdictOK, "bot " + b.Name, abilities(bots[name].Manifest()), ""})
	}
	for _, d := range cfg.Desks {
		name := orchestrator.ConnectorName(d.Name)
		rows = append(rows, diagnosis{verdictOK, "desk " + d.Name, abilities(desks[name].Manifest()), ""})
	}
	return rows, nil
}

// abilities are a manifest in one line.
func abilities(m orchestrator.Manifest) string {
	var can []string
	for _, ability := range []struct {
		has  bool
		name string
	}{
		{m.TypingIn, "typing in"}, {m.TypingOut, "typing out"}, {m.Accept, "accept"}, {m.TransferAgent, "transfer to people"},
		{m.TransferQueue, "transfer to queues"}, {m.TakeBack, "take back"}, {m.Conference, "conference"}, {m.WrapUpSeen, "wrap-up seen"},
		{m.Liveness, "liveness"}, {m.Availability, "availability"},
		{m.Positions, "place in line"},
	} {
		if ability.has {
			can = append(can, ability.name)
		}
	}
	if len(can) == 0 {
		return "kind " + m.Kind
	}
	return "kind " + m.Kind + ": " + strings.Join(can, ", ")
}

// report prints the table, and is an error if anything failed.
func report(c *console, rows []diagnosis) error {
	subject := 0
	for _, r := range rows {
		subject = max(subject, len(r.subject))
	}
	for _, r := range rows {
		c.say("%-4s  %-*s  %s", r.verdict, subject, r.subject, r.detail)
		if r.advice != "" {
			c.say("      %-*s  → %s", subject, "", r.advice)
		}
	}
	failed := func(r diagnosis) bool { return r.verdict == verdictFail }
	if slices.ContainsFunc(rows, failed) {
		return errReported
	}
	return nil
}
