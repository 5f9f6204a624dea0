package simkit

import (
	"net/http"
	"slices"
)

// mostRecorded bounds what Record keeps.
const mostRecorded = 100_000

// Record keeps the method and the path of each call from now on. Without it nothing is kept.
func (f *Faults) Record() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recording = true
}

// Recorded are the calls that were kept, in order.
func (f *Faults) Recorded() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.recorded)
}

func (f *Faults) record(r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.recording && len(f.recorded) < mostRecorded {
		f.recorded = append(f.recorded, r.Method+" "+r.URL.Path)
	}
}
