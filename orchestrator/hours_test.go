package orchestrator_test

import (
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestPercentilesLieWithinTheBucketsOfWhatWasCounted(t *testing.T) {
	counts := orchestrator.HourCounts{Durations: map[orchestrator.DurationCount]int64{
		{Flow: "a", Kind: orchestrator.DurationWait, Bucket: 0}:   5,  // up to 1 s
		{Flow: "a", Kind: orchestrator.DurationWait, Bucket: 5}:   4,  // 7 to 10 s
		{Flow: "a", Kind: orchestrator.DurationWait, Bucket: 27}:  1,  // beyond 8 h
		{Flow: "b", Kind: orchestrator.DurationWait, Bucket: 10}:  90, // 40 to 60 s
		{Flow: "a", Kind: orchestrator.DurationHandle, Bucket: 2}: 1,
	}}
	for _, test := range []struct {
		flow  string
		share float64
		want  time.Duration
	}{
		{"a", 0, 0}, {"a", .25, 500 * time.Millisecond}, {"a", .5, time.Second}, {"a", .7, 8500 * time.Millisecond},
		{"a", .9, 10 * time.Second}, {"a", 1, 8 * time.Hour}, {"", .55, 50 * time.Second}, {"b", 1, time.Minute},
	} {
		got, ok := counts.Percentile(test.flow, orchestrator.DurationWait, test.share)
		if !ok || (got-test.want).Abs() > 500*time.Millisecond {
			t.Errorf("flow %q, %v: %v %t, want %v", test.flow, test.share, got, ok, test.want)
		}
	}
	if _, ok := counts.Percentile("b", orchestrator.DurationHandle, .5); ok {
		t.Error("a percentile of nothing is told")
	}
}
