package drift

import (
	"slices"
	"strconv"

	"handoff/orchestrator"
)

// builder collects what is found.
type builder struct {
	c     *orchestrator.Conversation
	desk  orchestrator.ConnectorName
	truth Truth
	found []Found
}

func (b *builder) add(kind string, what orchestrator.EventType, who *orchestrator.Agent) {
	mark := b.truth.Mark
	if mark == "" {
		mark = "v" + strconv.FormatUint(b.c.Version, 10)
	}
	id := "drift:" + string(b.desk) + ":" + mark + ":" + kind
	if who != nil {
		id += ":" + string(who.ID)
	}
	b.found = append(b.found, Found{Kind: kind, Event: orchestrator.Event{
		ID: orchestrator.EventID(id), Type: what, Desk: b.desk, Agent: who, Reason: Prefix + kind,
		Actor: orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(b.desk)},
	}})
}

// lost: the vendor does not know the chat. A customer who waits or is served there would wait for ever, so the policy decides.
func (b *builder) lost() {
	if b.c.State == orchestrator.StateBot {
		b.add(Lost, orchestrator.EventCustomerLeft, nil)
		return
	}
	if b.c.State != orchestrator.StateWrapUp {
		b.add(Lost, orchestrator.EventDeskFailed, nil)
	}
}

// over: the chat has ended at the vendor.
func (b *builder) over() {
	switch {
	case b.c.State == orchestrator.StateWrapUp:
	case b.truth.CustomerGone, b.c.State == orchestrator.StateBot:
		b.add(CustomerOut, orchestrator.EventCustomerLeft, nil)
	case b.c.State.Served():
		b.add(Ended, orchestrator.EventChatEnded, nil)
	case len(b.truth.Agents) > 0: // somebody took it and ended it, all unheard
		b.accept()
		b.add(Ended, orchestrator.EventChatEnded, nil)
	default:
		b.add(Ended, orchestrator.EventDeskFailed, nil)
	}
}

// served: people serve it there.
func (b *builder) served() {
	if b.c.State == orchestrator.StateQueued || b.c.State == orchestrator.StateOffered {
		b.accept()
		return
	}
	if !b.c.State.Served() || len(b.truth.Agents) == 0 {
		return
	}
	owner := b.truth.Agents[0]
	if b.c.Owner().ID != owner.ID && !b.isThere(b.c.Owner().ID) {
		before := b.c.Owner()
		b.add(OtherAgent, orchestrator.EventRepaired, &owner)
		if p, in := b.c.Participant(owner.ID); in && p.Role == orchestrator.RoleGuest { // they changed places: the owner went
			b.add(Left, orchestrator.EventAgentLeft, &before)
		}
	}
	for i := range b.truth.Agents {
		who := b.truth.Agents[i]
		if p, in := b.c.Participant(who.ID); who.ID != owner.ID && (!in || p.Role == orchestrator.RoleInvited) {
			b.add(Joined, orchestrator.EventAgentJoined, &who)
		}
	}
	for _, p := range b.c.Participants {
		if p.Role == orchestrator.RoleGuest && !b.isThere(p.Agent.ID) {
			gone := p.Agent
			b.add(Left, orchestrator.EventAgentLeft, &gone)
		}
	}
}

// accept: somebody took it unheard; with a vendor that does not say who, it is the desk itself.
func (b *builder) accept() {
	who := orchestrator.Agent{ID: orchestrator.AgentID(b.desk)}
	if len(b.truth.Agents) > 0 {
		who = b.truth.Agents[0]
	}
	b.add(Accepted, orchestrator.EventAccepted, &who)
	for i := 1; i < len(b.truth.Agents); i++ {
		b.add(Joined, orchestrator.EventAgentJoined, &b.truth.Agents[i])
	}
}

func (b *builder) isThere(id orchestrator.AgentID) bool {
	return slices.ContainsFunc(b.truth.Agents, func(a orchestrator.Agent) bool { return a.ID == id })
}
