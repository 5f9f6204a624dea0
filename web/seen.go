package web

import (
	"sync"
	"time"

	"handoff/orchestrator"
)

// seenEvery is how often at most it is noted that one person did something.
const seenEvery = 5 * time.Second

// sightings remembers when it was last noted of whom.
type sightings struct {
	mu   sync.Mutex
	last map[orchestrator.AgentID]orchestrator.Moment
}

func (s *sightings) due(id orchestrator.AgentID, now orchestrator.Moment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[orchestrator.AgentID]orchestrator.Moment{}
	}
	if now.Sub(s.last[id]) < seenEvery {
		return false
	}
	s.last[id] = now
	return true
}

// seen notes that a person did something in a conversation that is theirs, or reads it: also who never said that they are
// there, such as a supervisor who took it, is missed when they vanish. It is a hint: a failure is only logged.
func (s *Server) seen(c *call, conversation *orchestrator.Conversation) {
	if c.who.user == nil || s.attendance == nil || !conversation.Concerns(c.who.user.ID()) ||
		!s.sightings.due(c.who.user.ID(), s.now()) {
		return
	}
	if err := s.attendance.Seen(c.ctx(), c.who.user.Agent(), s.now().Add(s.present().AgentGoneAfter)); err != nil {
		s.log.Warn("a person's doing was not noted", "user", c.who.user.Name, "error", err.Error())
	}
}
