package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

const (
	benchRounds  = 7                      // of each contender, interleaved, so that a noisy machine is noisy for all
	benchSpell   = 600 * time.Millisecond // of one contender in one round
	benchSamples = 400                    // of a latency
	benchChats   = 2048                   // conversations that the clients share out
)

// contender is one way of doing the same thing; each worker does it again and again until the context ends.
type contender struct {
	name    string
	workers int
	target  float64 // of the reference; 0: none
	prepare func(b *testing.B)
	do      func(ctx context.Context, worker int) error
	each    int // events that one do brings; 0: one
	rates   []float64
}

// The benchmarks print how fast the parts of the way of one event are, as ratios to the bare commit script in the same run
// against one redis-server. Each iteration is a whole measurement.

func BenchmarkThroughput(b *testing.B) { measure(b, throughput) }

func BenchmarkRelay(b *testing.B) { measure(b, relay) }

func BenchmarkSize(b *testing.B) {
	measure(b, func(b *testing.B, rig *benchRig, out io.Writer) {
		memory(b, rig, out)
		allocations(b, rig, out)
	})
}

func BenchmarkGrowth(b *testing.B) {
	measure(b, func(b *testing.B, _ *benchRig, out io.Writer) { growth(b, out) })
}

func BenchmarkFloor(b *testing.B) {
	for b.Loop() {
		floorGrowth(b, os.Stderr)
	}
}

func BenchmarkIdle(b *testing.B) {
	for b.Loop() {
		idle(b, os.Stderr)
	}
}

func measure(b *testing.B, what func(*testing.B, *benchRig, io.Writer)) {
	b.Helper()
	rig := newBenchRig(b)
	for b.Loop() {
		what(b, rig, os.Stderr)
	}
}

func throughput(b *testing.B, rig *benchRig, out io.Writer) {
	all := rig.contenders()
	for _, c := range all {
		if c.prepare != nil {
			c.prepare(b)
		}
		c.spell(b, benchSpell/3) // warm-up
		c.rates = nil
	}
	for range benchRounds {
		for _, c := range all {
			c.spell(b, benchSpell)
		}
	}
	table := newTable(out, "one event stored", "clients", "a second (median)", "of bare EVALSHA at as many", "wanted")
	reference := map[int]float64{}
	for _, c := range all {
		if strings.HasPrefix(c.name, "bare") {
			reference[c.workers] = median(c.rates)
		}
	}
	for _, c := range all {
		table.row(c.name, fmt.Sprint(c.workers), fmt.Sprintf("%.0f", median(c.rates)),
			fmt.Sprintf("%.2f", median(c.rates)/reference[c.workers]), wanted(c.target, "at least %.2f"))
	}
	table.end()
}

// spell lets the workers do as much as they can for a while.
func (c *contender) spell(b *testing.B, long time.Duration) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), long)
	defer cancel()
	counts := make([]int, c.workers)
	var working sync.WaitGroup
	began := time.Now()
	for worker := range c.workers {
		working.Go(func() {
			for ctx.Err() == nil {
				if err := c.do(b.Context(), worker); err != nil {
					b.Errorf("%s: %v", c.name, err)
					return
				}
				counts[worker]++
			}
		})
	}
	working.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	c.rates = append(c.rates, float64(total*max(1, c.each))/time.Since(began).Seconds())
}

func median[T int64 | float64 | time.Duration](values []T) T { return percentile(values, 50) }

func percentile[T int64 | float64 | time.Duration](values []T, p int) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

func wanted(target float64, format string) string {
	if target == 0 {
		return ""
	}
	return fmt.Sprintf(format, target)
}

// table prints rows in columns.
type table struct{ w *tabwriter.Writer }

func newTable(out io.Writer, columns ...string) table {
	t := table{tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)}
	fmt.Fprintln(out)
	t.row(columns...)
	return t
}

func (t table) row(cells ...string) { fmt.Fprintln(t.w, strings.Join(cells, "\t")) }

func (t table) end() { _ = t.w.Flush() }
