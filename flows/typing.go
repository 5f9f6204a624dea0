package flows

import "handoff/orchestrator"

// typing passes on that somebody types, or stopped, to the side that is to see it. Nothing is stored: a typing
// indicator is a lease that the engine keeps, and a late one is worth nothing.
func (s *step) typing() (*orchestrator.Decision, error) {
	who, why := s.speaker()
	if why != "" {
		return nil, s.notYours("%s", why)
	}
	s.Next = s.was
	s.Typing = &orchestrator.TypingChange{Author: s.ev.Actor}
	if s.ev.Typing {
		s.Typing.Until = s.now.Add(orchestrator.TypingLease)
	}
	if who == speakBot && s.ev.Typing {
		s.Then = s.stillTyping()
	}
	to, ok := s.receiver(who)
	if !ok || !to.Bot && !s.flow.world.Desks[to.Connector].TypingOut {
		return &s.Decision, nil
	}
	cmd := s.passing(to, orchestrator.CommandTyping)
	cmd.Author, cmd.Typing = s.ev.Actor, s.ev.Typing
	return &s.Decision, nil
}
