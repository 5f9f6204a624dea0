package main

import (
	"context"
	"fmt"
	"log/slog"

	"handoff/orchestrator"
)

// examineStore opens the store as the service would.
func examineStore(ctx context.Context, cfg *loaded) []diagnosis {
	if cfg.Redis.URL == "" {
		return []diagnosis{{verdictWarn, "redis", "embedded: nothing survives the process", "set redis.url"}}
	}
	store, err := openStore(ctx, cfg, orchestrator.SystemClock{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return []diagnosis{{verdictFail, "redis", err.Error(), "make it reachable with these settings"}}
	}
	row := diagnosis{verdictOK, "redis", fmt.Sprintf("answers, runs our scripts, has %d partitions", cfg.Partitions), ""}
	if err := store.Close(); err != nil {
		row = diagnosis{verdictWarn, "redis", "closing the connections: " + err.Error(), ""}
	}
	return []diagnosis{row}
}
