package orchestrator

import (
	"math"
	"time"
)

// HourCounts is what happened within one hour.
type HourCounts struct {
	Steps     map[StepCount]int64
	Durations map[DurationCount]int64
}

// RecentCounts is how often each step was taken within the last hour.
type RecentCounts struct {
	Since Moment // where the counting begins: within the five minutes before the hour
	Steps map[StepCount]int64
}

// StepCount names one kind of step in the counters.
type StepCount struct {
	Flow  string
	Event EventType
	From  State
	To    State
}

// DurationCount names one bucket of one kind of duration in the hourly counters.
type DurationCount struct {
	Flow   string
	Kind   DurationKind
	Bucket int // see DurationBounds
}

// DurationKind is what was measured.
type DurationKind string

// The kinds of durations that are counted.
const (
	// DurationWait is how long a conversation waited until a person took it, counted in the hour of the taking.
	DurationWait DurationKind = "wait"
	// DurationHandle is how long people served a customer, counted in the hour in which they were done: after-call work is
	// not in it.
	DurationHandle DurationKind = "handle"
	// DurationContained is how long the bot served a customer who never asked for a person, counted in the hour of the end.
	DurationContained DurationKind = "contained"
)

// durationBounds are the upper ends of the buckets, about a third apart, so that a percentile is off by less than that.
var durationBounds = []time.Duration{
	1 * time.Second, 2 * time.Second, 3 * time.Second, 5 * time.Second, 7 * time.Second, 10 * time.Second, 14 * time.Second,
	20 * time.Second, 28 * time.Second, 40 * time.Second, 60 * time.Second, 90 * time.Second, 2 * time.Minute,
	3 * time.Minute, 4 * time.Minute, 6 * time.Minute, 8 * time.Minute, 12 * time.Minute, 16 * time.Minute, 24 * time.Minute,
	32 * time.Minute, 48 * time.Minute, time.Hour, 90 * time.Minute, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour,
}

// bucketOf is the bucket of a duration; the last one has no upper end.
func bucketOf(d time.Duration) int {
	for i, bound := range durationBounds {
		if d <= bound {
			return i
		}
	}
	return len(durationBounds)
}

// Durations are what a commit adds to the hourly counters beside its steps.
func (c *Commit) Durations() []DurationCount {
	var all []DurationCount
	for i := range c.Entries {
		e, next := &c.Entries[i], c.Next
		waited := (e.From == StateQueued || e.From == StateOffered) && e.To.Served()
		done := e.From.Served() && (e.To == StateWrapUp || e.To == StateCompleted || e.To == StateBot)
		switch {
		case waited && next.QueuedAt != 0:
			all = append(all, DurationCount{next.Flow, DurationWait, bucketOf(e.At.Sub(next.QueuedAt))})
		case e.From == StateBot && e.To.Ended() && next.Handoff == 0 && next.BotFailedAt == 0:
			all = append(all, DurationCount{next.Flow, DurationContained, bucketOf(e.At.Sub(next.OpenedAt))})
		case done && next.Started != 0:
			all = append(all, DurationCount{next.Flow, DurationHandle, bucketOf(e.At.Sub(next.Started))})
		}
	}
	return all
}

// Count answers how many durations were counted.
func (h *HourCounts) Count(flow string, kind DurationKind) int64 {
	var total int64
	for d, n := range h.Durations {
		if (flow == "" || d.Flow == flow) && d.Kind == kind {
			total += n
		}
	}
	return total
}

// Percentile answers the duration below which the given share (0 to 1) of the counted ones lie, as far as the buckets tell;
// false if none was counted.
func (h *HourCounts) Percentile(flow string, kind DurationKind, share float64) (time.Duration, bool) {
	var total int64
	counts := make([]int64, len(durationBounds)+1)
	for d, n := range h.Durations {
		if (flow == "" || d.Flow == flow) && d.Kind == kind && d.Bucket >= 0 && d.Bucket < len(counts) {
			counts[d.Bucket] += n
			total += n
		}
	}
	if total == 0 {
		return 0, false
	}
	rank := share * float64(total)
	for i, n := range counts {
		if rank > float64(n) || n == 0 {
			rank -= float64(n)
			continue
		}
		low, high := boundsOf(i)
		return low + time.Duration(math.Round(float64(high-low)*max(rank, 0)/float64(n))), true
	}
	return durationBounds[len(durationBounds)-1], true
}

// boundsOf are the ends of a bucket; the last one is taken to end where it begins.
func boundsOf(bucket int) (low, high time.Duration) {
	if bucket > 0 {
		low = durationBounds[bucket-1]
	}
	if bucket == len(durationBounds) {
		return low, low
	}
	return low, durationBounds[bucket]
}
