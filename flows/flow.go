package flows

import (
	"slices"

	"handoff/orchestrator"
)

// World is what a flow knows of the configured connectors and people. It is read, never changed.
type World struct {
	// Desks are the configured desks and what they can do.
	Desks map[orchestrator.ConnectorName]orchestrator.Manifest
	// Bots says of each configured bot whether it hears us, that is, has a callback.
	Bots map[orchestrator.ConnectorName]bool
	// Queues are the configured queues.
	Queues map[orchestrator.QueueName]QueueInfo
	// Agents are the people who can sign in at our API.
	Agents map[orchestrator.AgentID]orchestrator.Agent
	// Skills are those that anybody of them has; nil: that is not known.
	Skills []string
}

// QueueInfo is what a flow knows of a queue.
type QueueInfo struct {
	// Desk is where the queue is.
	Desk orchestrator.ConnectorName
	// Target is the desk's own name for it; flows pass the queue's name on and leave the target to the desk.
	Target string
	// Priority lifts (6 to 9) or lowers (1 to 4) whoever waits in this queue against other queues of its desk; 0 and
	// 5 do nothing.
	Priority int
}

// Flow decides under one policy. It is safe for concurrent use: nothing in it changes after New.
type Flow struct {
	name   string
	policy Policy
	world  World
}

var _ orchestrator.Flow = (*Flow)(nil)

// New makes the flow of a policy, after checking the policy by itself and against the world: every desk and queue
// that it names must be configured. The error is a *PolicyError with everything that is wrong.
func New(name string, p Policy, world World) (*Flow, error) {
	path := "flows." + name
	if err := joined(path, append(p.problems(), p.strangers(world)...)); err != nil {
		return nil, err
	}
	return &Flow{name: name, policy: p, world: world}, nil
}

// Start answers the record of a conversation that begins with ev: in the state bot, of version 0, with no entry.
func (f *Flow) Start(
	id orchestrator.ConversationID, ev *orchestrator.Event, now orchestrator.Moment,
) *orchestrator.Conversation {
	c := &orchestrator.Conversation{
		ID: id, Bot: ev.Bot, External: ev.External, Flow: f.name, Channel: ev.Channel,
		State: bot, Epoch: 1, OpenedAt: now, EnteredAt: now,
	}
	switch c.Channel {
	case "":
		c.Channel = orchestrator.ChannelBot
	case orchestrator.ChannelBot, orchestrator.ChannelWeb:
	default:
		c.ChannelRef = ev.Ref
	}
	return c
}

// Wants answers which queues to look at before deciding on ev: at a request, whether anybody is there, and if not, who is at
// the other desks of the overflow chain; when a desk has failed, only the latter; at a time-out, the queue, for the record.
func (f *Flow) Wants(
	c *orchestrator.Conversation, ev *orchestrator.Event,
) (here orchestrator.Sought, elsewhere []orchestrator.Sought) {
	switch {
	case ev.Type == handoffRequested && (c.State == bot || c.State == wrapUp):
		return f.seekAll(f.wanted(c, ev), ev.Request)
	case (ev.Type == transferRequested || ev.Type == transferredToQueue) && c.State == bot:
		asked := asRequest(ev)
		return f.seekAll(f.wanted(c, asked), asked.Request)
	case ev.Type == orchestrator.EventBotFailed && !f.policy.OnBotFailed.Tell:
		return f.seekAll(f.rescue(), nil)
	case ev.Type == orchestrator.EventDeskFailed && (c.State == queued || c.State == offered):
		elsewhere = f.seekElsewhere(c.Desk, c.OverflowStep, c.Request)
	case ev.Type == orchestrator.EventQueueTimedOut && c.Desk != "":
		here = f.seek(place{c.Desk, c.Queue}, c.Request)
	}
	return here, elsewhere
}

// seekAll is a place, and where else there may be somebody if nobody is there.
func (f *Flow) seekAll(at place, r *orchestrator.Request) (here orchestrator.Sought, elsewhere []orchestrator.Sought) {
	if here = f.seek(at, r); here.Desk != "" {
		elsewhere = f.seekElsewhere(at.desk, 0, r)
	}
	return here, elsewhere
}

// seek is a place where it can be told who is there; the zero value where it cannot.
func (f *Flow) seek(at place, r *orchestrator.Request) (there orchestrator.Sought) {
	if at.queue == "" || !f.world.Desks[at.desk].Availability {
		return there
	}
	there.Desk, there.Queue = at.desk, at.queue
	if asked, _ := f.hints(r, at.desk); asked != nil {
		there.Skills = asked.Skills
	}
	return there
}

// seekElsewhere are the places at other desks in the order of the overflow chain, from a step on, up to the first at which
// nobody can tell who is there.
func (f *Flow) seekElsewhere(
	than orchestrator.ConnectorName, from int, r *orchestrator.Request,
) (places []orchestrator.Sought) {
	for _, step := range f.policy.Overflow[min(from, len(f.policy.Overflow)):] {
		if step.To.Desk == than {
			continue
		}
		there := f.seek(step.To.place(), r)
		if there.Desk == "" {
			break
		}
		places = append(places, there)
	}
	return places
}

// Policy answers the policy for pages and documents.
func (f *Flow) Policy() orchestrator.PolicyView {
	return orchestrator.PolicyView{
		Name: f.name, Desk: f.policy.Desk, Queue: f.policy.Queue, CustomerDeadAfter: f.policy.CustomerDeadAfter,
		CustomerMayAsk: f.policy.CustomerMayAsk, Assistant: f.policy.assistant,
		AgentsMayTake: f.policy.AgentsMayTake,
		Rules:         f.policy.rules(),
		Dispositions:  slices.Clone(f.policy.WrapUp.Dispositions), DispositionRequired: f.policy.WrapUp.Required,
		CannedReplies: slices.Clone(f.policy.CannedReplies), Transitions: Transitions(),
		Mermaid: Mermaid, Graphviz: Graphviz,
	}
}

// place is a queue at a desk.
type place struct {
	desk  orchestrator.ConnectorName
	queue orchestrator.QueueName
}

// hears reports whether the conversation's bot can be told anything.
func (f *Flow) hears(c *orchestrator.Conversation) bool { return f.world.Bots[c.Bot] }

// desk is what the desk that has the conversation can do; nothing if there is none.
func (f *Flow) desk(c *orchestrator.Conversation) orchestrator.Manifest { return f.world.Desks[c.Desk] }

// person fills in the name of somebody whom we know.
func (f *Flow) person(a orchestrator.Agent) orchestrator.Agent {
	if known, ok := f.world.Agents[a.ID]; ok && a.Name == "" {
		return known
	}
	return a
}
