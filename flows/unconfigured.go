package flows

import "handoff/orchestrator"

// onUnconfigured: no process of the installation has configured what the conversation needs. It goes where somebody serves; the
// fact and the move stay on the timeline. Refused where nothing can be done: the reaper then lists it.
func (s *step) onUnconfigured() error {
	missing := s.ev.Missing
	if missing == nil || *missing == (orchestrator.Missing{}) {
		return orchestrator.InvalidField("missing", "is missing: something is configured nowhere")
	}
	replace := missing.Flow != "" && missing.Flow == s.was.Flow && missing.Flow != s.flow.name
	move := s.mustLeave(missing)
	if !replace && !move {
		return s.conflict("nothing can be done: %s", missing)
	}
	s.take(ruleConfigured, looked{
		"flow": missing.Flow, "bot": string(missing.Bot), "desk": string(missing.Desk), "queue": string(missing.Queue),
	})
	if replace {
		s.Next.Flow = s.flow.name
	}
	if !move {
		return nil
	}
	at := s.flow.ownQueue()
	ev := orchestrator.Event{Type: requeued, Reason: reasonUnconfigured, Target: &orchestrator.Target{Desk: at.desk, Queue: at.queue}}
	if err := s.become(ev, ruleConfigured, s.sawServed(at)); err != nil {
		return err
	}
	s.moveInLine(at, "", reasonUnconfigured)
	return nil
}

// reasonUnconfigured is why a conversation waits elsewhere.
const reasonUnconfigured = "unconfigured"

// mustLeave: the queue in which it waits, or the desk, is configured nowhere, and the flow's own queue is another. A customer who
// came through a desk that is gone cannot be reached from anywhere.
func (s *step) mustLeave(missing *orchestrator.Missing) bool {
	own, was := s.flow.ownQueue(), s.was
	switch {
	case !was.State.Waiting() && !was.State.Served():
		return false
	case missing.Desk != "" && missing.Desk == was.Desk:
		return own.desk != was.Desk && string(was.Desk) != was.Channel
	case missing.Queue != "" && missing.Queue == was.Queue:
		return was.State.Waiting() && own.queue != was.Queue
	}
	return false
}
