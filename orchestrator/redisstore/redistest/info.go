package redistest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// UsedMemory is what the server says its data takes, in bytes, with all overhead of its own.
func (s *Server) UsedMemory(ctx context.Context) (int64, error) {
	values, err := s.info(ctx, "memory")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(values["used_memory"], 10, 64)
}

// UsedCPU is how long the server has worked.
func (s *Server) UsedCPU(ctx context.Context) (time.Duration, error) {
	values, err := s.info(ctx, "cpu")
	if err != nil {
		return 0, err
	}
	var total time.Duration
	for _, name := range []string{"used_cpu_user", "used_cpu_sys"} {
		seconds, err := strconv.ParseFloat(values[name], 64)
		if err != nil {
			return 0, fmt.Errorf("%s of the server at %s: %w", name, s.Addr, err)
		}
		total += time.Duration(seconds * float64(time.Second))
	}
	return total, nil
}

// Commands is how many commands the server has carried out, those of scripts among them.
func (s *Server) Commands(ctx context.Context) (int64, error) {
	values, err := s.info(ctx, "stats")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(values["total_commands_processed"], 10, 64)
}

// info reads a section of what the server tells of itself.
func (s *Server) info(ctx context.Context, section string) (map[string]string, error) {
	client := redis.NewClient(&redis.Options{Addr: s.Addr})
	defer func() { _ = client.Close() }()
	text, err := client.Info(ctx, section).Result()
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			values[name] = value
		}
	}
	return values, nil
}
