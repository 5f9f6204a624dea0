package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
)

// lesserFindings are those with which the service works, if less well; all others that are not right are failures.
var lesserFindings = []string{"persistence", "memory", "clock", "latency"}

// examineStore lets the store look at the Redis of the configuration.
func examineStore(ctx context.Context, cfg *loaded, machine orchestrator.Clock) []diagnosis {
	if cfg.Redis.URL == "" {
		return []diagnosis{{verdictWarn, "redis", "embedded: nothing survives the process", "set redis.url"}}
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	findings, err := redisstore.Examine(ctx, cfg.storeOptions(machine, slog.New(slog.DiscardHandler)))
	var rows []diagnosis
	for _, f := range findings {
		rows = append(rows, diagnosis{verdictOf(f), "redis " + f.Name, f.Detail, f.Advice})
	}
	failed := func(r diagnosis) bool { return r.verdict == verdictFail }
	if err != nil && !slices.ContainsFunc(rows, failed) {
		rows = append(rows, diagnosis{verdictFail, "redis", err.Error(), "what could not be asked was not checked"})
	}
	return rows
}

func verdictOf(f redisstore.Finding) verdict {
	name, _, _ := strings.Cut(f.Name, " at ") // a node of a cluster
	switch {
	case f.OK:
		return verdictOK
	case slices.Contains(lesserFindings, name):
		return verdictWarn
	default:
		return verdictFail
	}
}
