package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// maxHours is how many hours of counters one call of Hours answers: more are never kept.
const maxHours = 50

// recentFor is how long the counters of five minutes are kept: the hour that is asked of them, and twice their own span.
const recentFor = time.Hour + 2*recentMS*time.Millisecond

// counterSeparator joins the parts of a counter's name; no name contains it.
const counterSeparator = "\x1f"

func counterField(c orchestrator.StepCount) string {
	return strings.Join([]string{c.Flow, string(c.Event), string(c.From), string(c.To)}, counterSeparator)
}

// durationField is the name of a duration's counter: it has three parts, that of a step has four.
func durationField(d orchestrator.DurationCount) string {
	return strings.Join([]string{d.Flow, string(d.Kind), strconv.Itoa(d.Bucket)}, counterSeparator)
}

// addCounter adds one counter to those of its hour; false for a name that is none.
func addCounter(counts *orchestrator.HourCounts, field string, n int64) bool {
	parts := strings.Split(field, counterSeparator)
	switch len(parts) {
	case 4:
		counts.Steps[orchestrator.StepCount{
			Flow: parts[0], Event: orchestrator.EventType(parts[1]),
			From: orchestrator.State(parts[2]), To: orchestrator.State(parts[3]),
		}] += n
		return true
	case 3:
		bucket, err := strconv.Atoi(parts[2])
		counts.Durations[orchestrator.DurationCount{
			Flow: parts[0], Kind: orchestrator.DurationKind(parts[1]), Bucket: bucket,
		}] += n
		return err == nil
	}
	return false
}

// Hours answers the counters of the hours from..to, each cut to the hour; hours without a step are left out. Counters
// are kept for 49 hours, so of a longer span the last fifty hours are read.
func (s *Store) Hours(
	ctx context.Context, from, to orchestrator.Moment,
) (map[orchestrator.Moment]orchestrator.HourCounts, error) {
	first, last := from-from%hourMS, to-to%hourMS
	first = max(first, last-(maxHours-1)*hourMS)
	hours := map[orchestrator.Moment]orchestrator.HourCounts{}
	if first > last {
		return hours, nil
	}
	pipe := s.client.Pipeline()
	cmds := map[orchestrator.Moment][]*redis.MapStringStringCmd{}
	for hour := first; hour <= last; hour += hourMS {
		for i := range s.keys.partitions {
			cmds[hour] = append(cmds[hour], pipe.HGetAll(ctx, s.keys.partitions[i].hour(hour)))
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: counters: %w", err)
	}
	for hour, partitions := range cmds {
		sum, err := sumCounters(partitions)
		if err != nil {
			return nil, fmt.Errorf("counters of %v: %w", hour, err)
		}
		if len(sum.Steps) > 0 {
			hours[hour] = sum
		}
	}
	return hours, nil
}

// Recent answers how often each step was taken since an hour before now, cut to five minutes.
func (s *Store) Recent(ctx context.Context, now orchestrator.Moment) (orchestrator.RecentCounts, error) {
	since := max(0, now-hourMS)
	since -= since % recentMS
	pipe := s.client.Pipeline()
	var cmds []*redis.MapStringStringCmd
	for at := since; at <= now; at += recentMS {
		for i := range s.keys.partitions {
			cmds = append(cmds, pipe.HGetAll(ctx, s.keys.partitions[i].recent(at)))
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return orchestrator.RecentCounts{}, fmt.Errorf("redis: counters: %w", err)
	}
	sum, err := sumCounters(cmds)
	if err != nil {
		return orchestrator.RecentCounts{}, fmt.Errorf("counters since %v: %w", since, err)
	}
	return orchestrator.RecentCounts{Since: since, Steps: sum.Steps}, nil
}

// sumCounters adds up the counters of several hashes.
func sumCounters(hashes []*redis.MapStringStringCmd) (orchestrator.HourCounts, error) {
	sum := orchestrator.HourCounts{
		Steps: map[orchestrator.StepCount]int64{}, Durations: map[orchestrator.DurationCount]int64{},
	}
	for _, cmd := range hashes {
		for field, value := range cmd.Val() {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || !addCounter(&sum, field, n) {
				return sum, fmt.Errorf("%q is %q", field, value)
			}
		}
	}
	return sum, nil
}
