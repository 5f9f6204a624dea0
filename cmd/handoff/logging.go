package main

import (
	"fmt"
	"io"
	"log/slog"
)

func logLevels() []string { return []string{"debug", "info", "warn", "error"} }

func logFormats() []string { return []string{"json", "text"} }

// openLog makes the process's logger and the default one too, because libraries (the Redis client) know no other.
func openLog(cfg LogConfig, w io.Writer) (*slog.Logger, error) {
	log, err := newLog(cfg, w)
	if err == nil {
		slog.SetDefault(log)
	}
	return log, err
}

// newLog makes the process's logger. Records carry ids and numbers, never what customers wrote and no secret.
func newLog(cfg LogConfig, w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.Format == "text" {
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return slog.New(slog.NewJSONHandler(w, options)), nil
}
