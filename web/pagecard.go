package web

import (
	"cmp"
	"time"

	"handoff/orchestrator"
)

// card is a conversation as the board shows it.
type card struct {
	ID         orchestrator.ConversationID
	Who        string
	State      orchestrator.State
	Queue      orchestrator.QueueName
	Desk       orchestrator.ConnectorName
	Bot        orchestrator.ConnectorName
	Controller orchestrator.Controller
	Agent      string // who serves, or at whom it rings
	Since      orchestrator.Moment
	Deadline   orchestrator.Moment
	Rule       string
	Pressure   pressure
	LastError  string
	// BotFailedAt is since when the bot that has it does not answer; 0: it does.
	BotFailedAt orchestrator.Moment
}

// pressure says how much of the time until the deadline is used up.
type pressure string

const (
	calm pressure = "calm"
	soon pressure = "soon" // more than half
	late pressure = "late" // more than four fifths, or past it
)

// Shares of the time until the deadline at which the pressure grows.
const (
	soonShare = .5
	lateShare = .8
)

func (s *Server) cardOf(c *orchestrator.Conversation, now orchestrator.Moment) card {
	v := card{
		ID: c.ID, Who: whoAsks(c), State: c.State, Queue: c.Queue, Desk: c.Desk,
		Bot: c.Bot, Controller: c.Controller(), Agent: shownAgent(c.Owner()), Since: shownSince(c), Deadline: c.Deadline,
		Rule: c.DeadlineRule, Pressure: pressureOf(c, now), LastError: c.LastError,
	}
	if v.Controller == orchestrator.ControllerBot {
		v.BotFailedAt = c.BotFailedAt
	}
	switch {
	case c.Offer != nil:
		v.Agent = shownAgent(c.Offer.Agent)
	case c.Transfer != nil:
		v.Agent = shownAgent(c.Transfer.By) + " → " + shownAgent(c.Transfer.To)
	}
	return v
}

// shownOfID is how many characters at the end of an id tell customers without a name apart: the beginnings are often alike.
const shownOfID = 4

// whoAsks is the customer's name, or what is said in its place. The whole id is on the conversation's page.
func whoAsks(c *orchestrator.Conversation) string {
	if c.Customer.Name != "" {
		return c.Customer.Name
	}
	id := []rune(cmp.Or(c.Customer.ID, c.External))
	if len(id) > shownOfID+1 {
		return "A customer …" + string(id[len(id)-shownOfID:])
	}
	return "A customer " + string(id)
}

// shownSince is since when a card counts: who waits has waited since the request, whatever rang in between.
func shownSince(c *orchestrator.Conversation) orchestrator.Moment {
	if c.State == orchestrator.StateQueued || c.State == orchestrator.StateOffered {
		return c.ListedFrom()
	}
	return c.EnteredAt
}

func shownAgent(a orchestrator.Agent) string { return cmp.Or(a.Name, string(a.ID)) }

func pressureOf(c *orchestrator.Conversation, now orchestrator.Moment) pressure {
	if c.Deadline == 0 {
		return calm
	}
	begins := max(c.EnteredAt, c.LastMessage)
	if c.State == orchestrator.StateQueued || c.State == orchestrator.StateOffered {
		begins = max(c.EnteredAt, c.QueuedAt)
	}
	whole, used := c.Deadline.Sub(begins), now.Sub(begins)
	switch {
	case used >= whole || used > time.Duration(lateShare*float64(whole)):
		return late
	case used > time.Duration(soonShare*float64(whole)):
		return soon
	}
	return calm
}
