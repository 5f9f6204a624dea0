package orchestrator

// policies are what may be replaced while the engine runs, as a whole.
type policies struct {
	flows      map[string]Flow
	configured *Configured
}

// Reload takes flows, and what the process tells the others to have, in place of those before. An event that is being decided on
// is decided by the one or the other. A nil configured tells nothing.
func (e *Engine) Reload(flows map[string]Flow, configured *Configured) {
	e.policies.Store(&policies{flows, configured})
}
