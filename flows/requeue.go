package flows

import (
	"slices"

	"handoff/orchestrator"
)

// onRequeued puts a chat back into a queue: a supervisor wants somebody else for it or another queue, or the desk says that it
// waits again.
func (s *step) onRequeued() error {
	if err := s.mayDirect(); err != nil {
		return err
	}
	at, err := s.requeueTarget()
	if err != nil {
		return err
	}
	if s.was.State == queued && s.ev.Actor.Role == orchestrator.ActorDesk {
		return s.conflict("it waits already")
	}
	if s.was.State.Served() && at.desk == s.was.Desk && !s.deskKnows() && !s.flow.desk(s.was).TransferQueue {
		return s.unable("put a chat that somebody serves back into a queue")
	}
	not := s.was.Owner().ID
	if s.was.Offer != nil {
		not = s.was.Offer.Agent.ID
	}
	if err := s.move(rulePlaceKept, s.sawServed(at)); err != nil {
		return err
	}
	s.moveInLine(at, not, "requeued")
	return nil
}

// requeueTarget is where the event wants the conversation to wait: in a queue, at a desk (in the queue of the policy, or the only
// one there), or where it is.
func (s *step) requeueTarget() (place, error) {
	to := s.ev.Target
	switch {
	case to == nil || to.Queue == "" && to.Desk == "":
		return s.flow.configured(place{s.was.Desk, s.was.Queue}), nil
	case to.Queue != "":
		if err := s.knownQueue(to.Queue); err != nil {
			return place{}, err
		}
		at := s.flow.at(to.Queue)
		if to.Desk != "" && to.Desk != at.desk {
			return place{}, orchestrator.InvalidField(orchestrator.FieldDesk, "queue %q is at desk %s", to.Queue, at.desk)
		}
		return at, nil
	case to.Desk == s.flow.policy.Desk:
		return s.flow.ownQueue(), nil
	}
	var there []orchestrator.QueueName
	for name, queue := range s.flow.world.Queues {
		if queue.Desk == to.Desk {
			there = append(there, name)
		}
	}
	slices.Sort(there)
	switch len(there) {
	case 0:
		return place{}, orchestrator.InvalidField(orchestrator.FieldDesk, "no queue is at a desk %q", to.Desk)
	case 1:
		return place{to.Desk, there[0]}, nil
	}
	return place{}, orchestrator.InvalidField(orchestrator.FieldQueue, "is missing: desk %s has more than one", to.Desk)
}

// moveInLine lets a conversation wait in a queue, at its place by first wait. Elsewhere everybody may be asked, and it may wait
// for as long as anybody may.
func (s *step) moveInLine(at place, not orchestrator.AgentID, reason string) {
	if !s.was.State.Served() && at != (place{s.was.Desk, s.was.Queue}) {
		s.Next.QueuedAt, s.Next.OverflowStep, s.Next.Preferred = s.now, 0, ""
		s.excludeNobody()
	}
	s.waitAgain(at, not, reason)
}

// ownQueue is the queue of the policy.
func (f *Flow) ownQueue() place { return place{f.policy.Desk, f.policy.Queue} }

// configured is a place where somebody serves: the given one, or the flow's own where that is not configured any more.
func (f *Flow) configured(at place) place {
	if _, ok := f.world.Desks[at.desk]; !ok {
		return f.ownQueue()
	}
	if _, ok := f.world.Queues[at.queue]; !ok && at.queue != "" {
		return f.ownQueue()
	}
	return at
}
