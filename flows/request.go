package flows

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// Bounds of the time a bot may give a request.
const (
	minQueueTimeout = time.Second
	maxQueueTimeout = 24 * time.Hour
)

// onHandoffRequested puts the conversation into a queue, unless it waits or is served already, or nobody can come:
// then the bot keeps it and is told why. That is an answer, not an error.
func (s *step) onHandoffRequested() error {
	if s.ev.Agent != nil && s.byPerson() { // for themselves: so it was written down
		return s.takeFromBot(*s.ev)
	}
	if err := s.mayAsk(); err != nil {
		return err
	}
	if err := s.checkRequest(); err != nil {
		return err
	}
	if err := s.learn(); err != nil {
		return err
	}
	if s.ev.Reply != nil {
		s.Next.ReplyContext = s.ev.Reply
	}
	wanted := s.flow.wanted(s.was, s.ev)
	r, no, refused := s.route(wanted)
	if refused {
		s.refuseHandoff(r.at, no)
		return nil
	}
	prefer := orchestrator.AgentID("")
	if s.was.State == wrapUp {
		r.rule, prefer = cmp.Or(r.rule, ruleSameAgent), s.was.Owner().ID
	}
	asked, dropped := s.flow.hints(s.ev.Request, wanted.desk)
	if asked != nil && asked.Agent != "" {
		prefer = asked.Agent
	}
	saw := s.sawRequest(r, prefer)
	r.rule = cmp.Or(r.rule, ruleRequest)
	maps.Copy(saw, dropped)
	if s.was.State == wrapUp {
		s.take(r.rule, saw)
		s.closeFormer("requested_again")
		if err := s.become(orchestrator.Event{Type: handoffRequested, Actor: s.ev.Actor}, r.rule, nil); err != nil {
			return err
		}
	} else if err := s.move(r.rule, saw); err != nil {
		return err
	}
	s.beginHandoff(r, asked, s.ev.OnEnd, prefer)
	return nil
}

// route is where a request leads: the queue that was asked for, or a step of the overflow chain.
type route struct {
	at    place
	rule  string // why it is not the queue that was asked for; empty where it is
	saw   looked // what was looked at for that
	ahead int    // steps of the chain that are taken with it
}

// route finds where a request leads, or why nobody can come: then the route is that of the queue that was asked for. Where nobody
// is, the chain's step to a desk where somebody may be is taken at once.
func (s *step) route(at place) (r route, why no, refused bool) {
	r.at = at
	why, refused = s.refusal(at)
	if !refused || s.ev.Actor.Role == orchestrator.ActorDesk { // its people have the chat: no limit undoes a fact
		return r, no{}, false
	}
	if why.rule != ruleNobody {
		return r, why, true
	}
	ahead, found := s.elsewhere(at.desk, 0, why.saw)
	if !found {
		return r, why, true
	}
	to := s.flow.policy.Overflow[ahead].To
	s.wentElsewhere = true
	return route{at: to.place(), rule: ruleNobody, saw: why.saw, ahead: ahead + 1}, no{}, false
}

// beginHandoff starts the next handoff: in the queue, last in line.
func (s *step) beginHandoff(r route, request *orchestrator.Request, onEnd string, prefer orchestrator.AgentID) {
	s.nextHandoff(r.at, request, onEnd)
	n := s.Next
	if held := s.ev.Held; held != nil && held.Since > s.now { // of several at the same moment each has its own
		n.Requested, n.WaitingFrom = held.Since, held.Since
	}
	n.InitialQueuePos = s.place()
	n.Preferred, n.OverflowStep = prefer, r.ahead
	if string(r.at.desk) == s.was.Channel {
		s.tellQueued(s.askedFor())
		s.lastWords(textQueued, s.expected())
		s.open(false)
		return
	}
	s.open(false)
	s.tellQueued(s.askedFor())
	s.say(textQueued, s.expected())
}

// nextHandoff begins the record of the next handoff, at a queue.
func (s *step) nextHandoff(at place, request *orchestrator.Request, onEnd string) {
	n := s.Next
	n.Request, n.OnEnd = request, onEnd
	n.Handoff++
	n.HandoffSequence = s.was.Sequence + 1
	n.Requested, n.WaitingFrom, n.QueuedAt = s.now, s.now, s.now
	n.Started, n.ServedUntil, n.InitialQueuePos = 0, 0, 0
	n.Queue = at.queue
	s.arriveAt(at.desk)
	n.Preferred, n.OverflowStep = "", 0
	s.excludeNobody()
	n.LastError, n.ClosedBecause, n.WordAfterEnd = "", "", 0
}

// wanted is the queue that a request asks for: its own, the one that served before, or the policy's.
func (f *Flow) wanted(c *orchestrator.Conversation, ev *orchestrator.Event) place {
	if ev.Request != nil && ev.Request.Queue != "" {
		return place{f.world.Queues[ev.Request.Queue].Desk, ev.Request.Queue}
	}
	if c.State == wrapUp && c.Queue != "" {
		return f.configured(place{c.Desk, c.Queue})
	}
	return f.ownQueue()
}

// checkRequest refuses what a request asks for and nobody knows.
func (s *step) checkRequest() error {
	switch s.ev.OnEnd {
	case "", orchestrator.OnEndReturn, orchestrator.OnEndEnd:
	default:
		return orchestrator.InvalidField(orchestrator.FieldOnEnd, "is %s or %s", orchestrator.OnEndReturn, orchestrator.OnEndEnd)
	}
	r := s.ev.Request
	if r == nil {
		return nil
	}
	if r.Queue != "" {
		if err := s.knownQueue(r.Queue); err != nil {
			return err
		}
	}
	if r.Priority < 0 || r.Priority > highestPriority {
		return orchestrator.InvalidField(orchestrator.FieldPriority, "is a whole number from 0 to %d", highestPriority)
	}
	if d := time.Duration(r.QueueTimeout) * time.Millisecond; d != 0 && (d < minQueueTimeout || d > maxQueueTimeout) {
		return orchestrator.InvalidField(orchestrator.FieldQueueTimeout, "lies between %s and %s", minQueueTimeout, maxQueueTimeout)
	}
	return nil
}

// knownQueue refuses a queue that is not configured, and lists those that are.
func (s *step) knownQueue(name orchestrator.QueueName) error {
	if _, ok := s.flow.world.Queues[name]; ok {
		return nil
	}
	err := orchestrator.InvalidField(orchestrator.FieldQueue, "unknown queue %q; there is %s", name, listed(s.flow.world.Queues))
	err.Code = "unknown-queue"
	return err
}

// knownAgent refuses a person whom nobody knows. Who answers at another desk is that desk's business.
func (s *step) knownAgent(id orchestrator.AgentID, desk orchestrator.ConnectorName) error {
	if s.flow.knows(id, desk) {
		return nil
	}
	return orchestrator.InvalidField(orchestrator.FieldAgent, "unknown agent %q", id)
}

// no is why a handoff is refused.
type no struct {
	rule, reason, text string
	retryable          bool
	after              time.Duration
	saw                looked
}

// nobodyRetry is after how long a bot is advised to ask again when nobody is online.
const nobodyRetry = 5 * time.Minute

// refusal finds why nobody can come: too often, too soon, closed, or nobody there.
func (s *step) refusal(at place) (no, bool) {
	p := &s.flow.policy
	if limit := p.Limits.Handoffs; limit > 0 && s.was.Returns >= limit {
		return no{rule: ruleHandoffs, reason: reasonRejected, text: textNotAgain,
			saw: looked{"returns": s.was.Returns, "limit": limit}}, true
	}
	if ready := s.was.ReturnedAt.Add(p.Limits.CoolDown); s.was.ReturnedAt != 0 && s.now < ready {
		return no{rule: ruleCoolDown, reason: reasonRejected, text: textNotAgain, retryable: true,
			after: ready.Sub(s.now),
			saw:   looked{"returned_at": s.was.ReturnedAt.String(), "cool_down": p.Limits.CoolDown.String()}}, true
	}
	if !p.Hours.Open(s.now.Time()) {
		closed := no{rule: ruleHours, reason: reasonClosed, text: textClosed, saw: looked{"zone": p.Hours.Zone}}
		if next, ok := p.Hours.Next(s.now.Time()); ok {
			opens := orchestrator.MomentOf(next)
			closed.retryable, closed.after = true, opens.Sub(s.now)
			closed.saw["opens"] = opens.String()
		}
		return closed, true
	}
	if seen := s.ev.Looked; seen != nil && seen.Nobody() {
		return no{rule: ruleNobody, reason: reasonNobody, text: textNobody, retryable: true, after: nobodyRetry,
			saw: s.sawQueue(at)}, true
	}
	return no{}, false
}

// refuseHandoff leaves the conversation where it is and says why.
func (s *step) refuseHandoff(at place, why no) {
	s.take(why.rule, why.saw)
	s.add(orchestrator.Event{
		Type: orchestrator.EventHandoffRefused, Reason: why.reason, Target: &orchestrator.Target{Desk: at.desk,
			Queue: at.queue},
	}, why.rule, why.saw)
	n := orchestrator.Notice{Reason: why.reason, Queue: at.queue}
	if why.retryable {
		n = retry(n, why.after)
	}
	s.tellFailed(n)
	s.say(why.text, values{})
}

// takeLate notes an event that a newer one of its sender's has overtaken. A bot that asked for a person is told that none comes: it
// was silent since then.
func (s *step) takeLate() {
	s.take(ruleStale, looked{"sequence": s.ev.BotSequence - 1, "newest": s.was.BotSequence - 1})
	if s.ev.Type == handoffRequested {
		s.tellFailed(retry(orchestrator.Notice{Reason: reasonStale, Queue: s.flow.wanted(s.was, s.ev).queue}, 0))
	}
}

// sawRequest is what a request was decided on.
func (s *step) sawRequest(r route, prefer orchestrator.AgentID) looked {
	saw := s.sawQueue(s.flow.wanted(s.was, s.ev))
	maps.Copy(saw, r.saw)
	if r.ahead > 0 {
		saw["to_desk"], saw["to_queue"] = string(r.at.desk), string(r.at.queue)
	}
	saw["returns"], saw["limit"] = s.was.Returns, s.flow.policy.Limits.Handoffs
	if prefer != "" {
		saw["prefer"] = string(prefer)
	}
	return saw
}

// sawQueue is what the desk said about a queue.
func (s *step) sawQueue(at place) looked {
	saw := looked{"desk": string(at.desk), "queue": string(at.queue)}
	if seen := s.ev.Looked; seen != nil && seen.Known {
		saw["online"], saw["ready"], saw["waiting"] = seen.Online, seen.Ready, seen.Waiting
		if seen.WaitMS != 0 {
			saw["expected_ms"] = seen.WaitMS
		}
	}
	return saw
}

// onHandoffCancelled takes the conversation out of the queue; the bot goes on.
func (s *step) onHandoffCancelled() error {
	if s.ev.Actor.Role == orchestrator.ActorAgent {
		return s.notYours("a handoff is cancelled by the bot or the customer")
	}
	if err := s.move(ruleCancelled, s.sawWait()); err != nil {
		return err
	}
	s.backToBot()
	s.tellEnded(wire.ResumeBot)
	return nil
}

// sawWait is how a conversation stands in its queue.
func (s *step) sawWait() looked {
	saw := s.sawQueue(place{s.was.Desk, s.was.Queue})
	saw["waited_ms"] = between(s.was.QueuedAt, s.now)
	if s.was.Offer != nil {
		saw["rang_at"] = string(s.was.Offer.Agent.ID)
	}
	return saw
}

// MaxAttributes is how many attributes a conversation may have.
const MaxAttributes = 64

// learn keeps what an event tells about the customer.
func (s *step) learn() error {
	if s.ev.Language != "" {
		s.Next.Language = s.ev.Language
	}
	if s.ev.Customer != nil {
		s.Next.Customer = *s.ev.Customer
	}
	if len(s.ev.Attributes) == 0 {
		return nil
	}
	all := maps.Clone(s.was.Attributes)
	if all == nil {
		all = make(map[string]any, len(s.ev.Attributes))
	}
	for key, value := range s.ev.Attributes {
		if value == nil {
			delete(all, key)
		} else {
			all[key] = value
		}
	}
	if len(all) > MaxAttributes {
		return orchestrator.InvalidField(orchestrator.FieldAttributes, "a conversation has at most %d attributes, these would be %d",
			MaxAttributes, len(all))
	}
	if len(all) == 0 {
		all = nil
	}
	s.Next.Attributes = all
	return nil
}

// listed names the keys of a map in order.
func listed[K ~string, V any](m map[K]V) string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, string(name))
	}
	slices.Sort(names)
	return inWords(names)
}
