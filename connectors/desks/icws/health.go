package icws

import (
	"time"

	"handoff/orchestrator"
)

func (h *callHealth) took(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ms := float64(d.Microseconds()) / 1000
	if h.latency == 0 {
		h.latency = ms
		return
	}
	h.latency += smoothing * (ms - h.latency)
}

func (h *callHealth) failed(err error, at orchestrator.Moment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failure, h.at = err.Error(), at
}

// Health tells how calls and the session go, as this process sees them.
func (d *Desk) Health() orchestrator.Health {
	session := d.keeper.Health()
	h := orchestrator.Health{Calls: d.client.calls.State(), Session: &session}
	d.client.health.mu.Lock()
	h.LatencyMS, h.LastFailure, h.LastFailureAt = d.client.health.latency, d.client.health.failure, d.client.health.at
	d.client.health.mu.Unlock()
	h.Drift = d.reporter.Drift()
	return h
}
