package web

import (
	"encoding/json"

	"handoff/orchestrator"
)

// presenceChange names whose presence was chosen anew; what it is now is read.
type presenceChange struct {
	Agent orchestrator.AgentID `json:"agent"`
}

// tellPresence tells people that their own presence changed, on whatever tab or device, and watchers of everybody's.
func (w *watcher) tellPresence(who orchestrator.AgentID) error {
	if who != w.c.who.user.ID() && !watchers.has(w.c.who.role) {
		return nil
	}
	data, err := json.Marshal(presenceChange{who})
	if err != nil {
		return err
	}
	w.st.named("presence", string(data))
	return w.st.flush()
}
