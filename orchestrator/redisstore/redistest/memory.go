package redistest

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Memory answers how many bytes a server has in use.
func Memory(ctx context.Context, url string) (int64, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return 0, err
	}
	options.DisableIdentity = true
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	info, err := client.Info(ctx, "memory").Result()
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(info) {
		var bytes int64
		if n, err := fmt.Sscanf(line, "used_memory:%d", &bytes); err == nil && n == 1 {
			return bytes, nil
		}
	}
	return 0, fmt.Errorf("redis does not say its memory: %s", info)
}
