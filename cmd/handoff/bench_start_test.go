package main

import (
	"testing"

	"handoff/orchestrator/redisstore/redistest"
)

// BenchmarkStart starts the service with passwords of the standard cost, until it says where it listens.
func BenchmarkStart(b *testing.B) {
	for name, redis := range map[string]string{"embedded": "", "redis": redistest.Start(b).URL()} {
		b.Run(name, func(b *testing.B) {
			config := standardConfig(b, redis)
			resident := int64(0)
			for b.Loop() {
				node := startNode(b, config, redis)
				bytes, err := residentMemory(node.cmd.Process.Pid)
				must(b, err)
				must(b, node.kill())
				resident += bytes
			}
			b.ReportMetric(float64(resident)/float64(b.N)/(1<<20), "MiB-resident")
		})
	}
}
