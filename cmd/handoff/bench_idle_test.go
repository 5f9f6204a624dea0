package main

import (
	"fmt"
	"io"
	"testing"
	"time"

	"handoff/orchestrator/redisstore/redistest"
)

const (
	idleSettles = 3 * time.Second  // after the start
	idleSpell   = 30 * time.Second // twice as long as a partition is left alone
)

// idle reports how many commands a second a process sends that has nothing to do.
func idle(b *testing.B, out io.Writer) {
	server := redistest.Start(b)
	benchServe(b, benchConfig(b, server.URL(), "http://127.0.0.1:9/nobody"))
	<-time.After(idleSettles)
	before, err := server.Commands(b.Context())
	must(b, err)
	<-time.After(idleSpell)
	after, err := server.Commands(b.Context())
	must(b, err)
	rate := float64(after-before) / idleSpell.Seconds()
	table := newTable(out, "a process with nothing to do", "commands of Redis a second", "wanted")
	table.row("64 partitions, one desk, one bot", fmt.Sprintf("%.0f", rate), "at most 80")
	table.end()
	b.ReportMetric(rate, "commands/s")
}
