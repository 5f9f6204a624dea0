package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

// memory reports what one conversation with ten messages of 100 characters costs Redis, everything counted: records,
// timelines, ids seen, indexes and the allocator's rounding.
func memory(b *testing.B, rig *benchRig, out io.Writer) {
	const conversations = 4000
	before, err := rig.server.UsedMemory(b.Context())
	must(b, err)
	measurement := rig.ids.Add(1) // names of its own for each measurement
	sideBySide(conversations, func(i int) {
		c := rig.begin(b, rig.engine, fmt.Sprintf("memory-%d-%d", measurement, i))
		for range 9 {
			if _, err := rig.engine.Receive(b.Context(), rig.message(c.ID)); err != nil {
				b.Error(err)
			}
		}
	})
	after, err := rig.server.UsedMemory(b.Context())
	must(b, err)
	each := (after - before) / conversations
	table := newTable(out, "Redis memory", "bytes", "wanted")
	table.row("one conversation, ten messages of 100 characters", fmt.Sprint(each), "at most 4096")
	table.end()
	b.ReportMetric(float64(each), "redis-bytes/conversation")
}

// allocations reports the garbage of one event in the engine.
func allocations(b *testing.B, rig *benchRig, out io.Writer) {
	c := rig.begin(b, rig.engine, fmt.Sprintf("allocations-%d", rig.ids.Add(1)))
	allocs := testing.AllocsPerRun(2000, func() {
		if _, err := rig.engine.Receive(b.Context(), rig.message(c.ID)); err != nil {
			b.Error(err)
		}
	})
	table := newTable(out, "allocations", "per event")
	table.row("engine, one message received and committed", fmt.Sprintf("%.0f", allocs))
	table.end()
}

// growth compares one commit, and the picking of what is due, among few and among many live conversations.
func growth(b *testing.B, out io.Writer) {
	few, many := newBenchCrowd(b, 1000), newBenchCrowd(b, 1_000_000)
	rates := map[*benchCrowd][]float64{}
	for range benchRounds {
		for _, c := range []*benchCrowd{few, many} {
			rates[c] = append(rates[c], c.commits(b, benchSpell))
		}
	}
	table := newTable(out, "growth", "among 1,000", "among 1,000,000", "cost ratio", "wanted")
	f, m := median(rates[few]), median(rates[many])
	table.row("one event stored, 64 clients (a second)", fmt.Sprintf("%.0f", f), fmt.Sprintf("%.0f", m), fmt.Sprintf("%.2f", f/m), "at most 1.3")
	for _, due := range []int{1, 10, 100} {
		f, m := few.picking(b, due), many.picking(b, due)
		table.row(fmt.Sprintf("picking %d due", due), f.String(), m.String(), fmt.Sprintf("%.2f", float64(m)/float64(f)), "grows with what is due")
	}
	table.end()
}

// benchCrowd is an installation with many live conversations.
type benchCrowd struct {
	rig *benchRig
	ids []orchestrator.ConversationID
}

func newBenchCrowd(b *testing.B, size int) *benchCrowd {
	b.Helper()
	server := redistest.Start(b)
	r := &benchRig{server: server}
	r.store, r.flow, r.engine = benchEngine(b, server, "")
	c := &benchCrowd{rig: r, ids: make([]orchestrator.ConversationID, size)}
	sideBySide(size, func(i int) { c.ids[i] = r.begin(b, r.engine, fmt.Sprintf("crowd-%d", i)).ID })
	return c
}

// sideBySide does something n times with 64 workers.
func sideBySide(n int, do func(i int)) {
	const workers = 64
	var working sync.WaitGroup
	for worker := range workers {
		working.Go(func() {
			for i := worker; i < n; i += workers {
				do(i)
			}
		})
	}
	working.Wait()
}

// commits is how many messages a second 64 clients get stored in conversations spread over the whole crowd.
func (c *benchCrowd) commits(b *testing.B, long time.Duration) float64 {
	b.Helper()
	turns := make([]int, 64)
	step := max(1, len(c.ids)/1000) // a thousand of them, so that the record cache is as warm as among few
	one := &contender{name: "crowd", workers: len(turns), do: func(ctx context.Context, worker int) error {
		turns[worker]++
		id := c.ids[(worker+len(turns)*turns[worker])*step%len(c.ids)]
		_, err := c.rig.engine.Receive(ctx, c.rig.message(id))
		return err
	}}
	one.spell(b, long)
	return one.rates[0]
}

// picking is how long it takes to find the given number of due conversations.
func (c *benchCrowd) picking(b *testing.B, due int) time.Duration {
	b.Helper()
	far := orchestrator.MomentOf(time.Now().Add(24 * time.Hour)) // by then the whole crowd is due: the limit picks
	values := make([]time.Duration, 0, 200)
	for i := range 200 {
		began := time.Now()
		items, err := c.rig.store.Due(b.Context(), i%c.rig.store.Partitions(), far, due)
		must(b, err)
		if len(items) == 0 {
			b.Fatal("nothing is due")
		}
		values = append(values, time.Since(began))
	}
	return median(values)
}
