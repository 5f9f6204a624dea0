package web

import (
	"net/url"
	"slices"

	"handoff/orchestrator"
)

// Role is what a caller may do.
type Role string

// The roles. A bot sees its own conversations only, a customer the one, an agent those that concern them or wait in
// their queues; supervisors and admins see all.
const (
	RoleBot        Role = "bot"
	RoleCustomer   Role = "customer"
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
	RoleAdmin      Role = "admin"
)

// roles is a set of roles.
type roles uint8

const (
	bot roles = 1 << iota
	customer
	agent
	supervisor
	admin

	people   = agent | supervisor | admin
	watchers = supervisor | admin
)

var roleBits = map[Role]roles{
	RoleBot: bot, RoleCustomer: customer, RoleAgent: agent, RoleSupervisor: supervisor, RoleAdmin: admin,
}

func (r roles) has(role Role) bool { return r&roleBits[role] != 0 }

// principal is who makes a request, as far as the credentials say.
type principal struct {
	role Role // empty: nobody
	// bots are the bots whose credentials these are: one, unless two were configured with the same key.
	bots         []orchestrator.ConnectorName
	conversation orchestrator.ConversationID // a customer's
	until        orchestrator.Moment         // a customer's token is good until then
	user         *User
	session      orchestrator.Session
	limit        string // key, where it is known beforehand
}

func botPrincipal(name orchestrator.ConnectorName) principal {
	return principal{role: RoleBot, bots: []orchestrator.ConnectorName{name}, limit: "bot:" + string(name)}
}

// sees reports whether a conversation is any business of the caller's. What is not answers 404, as if it were not
// there.
func (p *principal) sees(c *orchestrator.Conversation) bool {
	switch p.role {
	case RoleBot:
		return slices.Contains(p.bots, c.Bot)
	case RoleCustomer:
		return p.conversation == c.ID
	case RoleAgent:
		return c.Concerns(p.user.ID()) || waitsFor(c, p.user)
	case RoleSupervisor, RoleAdmin:
		return true
	}
	return false
}

// saw reports whether a conversation is any business of the caller's, or was until a while ago.
func (p *principal) saw(c *orchestrator.Conversation) bool {
	return p.sees(c) || (p.role == RoleAgent && c.Formerly(p.user.ID()))
}

// contests reports whether the caller saw c, or serves its queue: then they could see it until somebody was faster or took it over,
// and are told who has it as well.
func (p *principal) contests(c *orchestrator.Conversation) bool {
	return p.saw(c) || (p.role == RoleAgent && slices.Contains(p.user.Queues, c.Queue))
}

// waitsFor reports whether c waits in one of the user's queues.
func waitsFor(c *orchestrator.Conversation, u *User) bool {
	return (c.State == orchestrator.StateQueued || c.State == orchestrator.StateOffered) &&
		slices.Contains(u.Queues, c.Queue)
}

// actor is the caller as the cause of an event in a conversation.
func (p *principal) actor(c *orchestrator.Conversation) orchestrator.Actor {
	switch p.role {
	case RoleBot:
		return orchestrator.Actor{Role: orchestrator.ActorBot, ID: string(c.Bot)}
	case RoleCustomer:
		return orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: c.Customer.ID, Name: c.Customer.Name}
	case RoleAgent:
		return orchestrator.Actor{Role: orchestrator.ActorAgent, ID: p.user.Name, Name: p.user.shown()}
	case RoleSupervisor, RoleAdmin:
		return orchestrator.Actor{Role: orchestrator.ActorSupervisor, ID: p.user.Name, Name: p.user.shown()}
	}
	return orchestrator.Actor{Role: orchestrator.ActorSystem}
}

// space begins the ids of the caller's events in a conversation: nobody can repeat or pre-empt another's. It is short,
// because it is stored with each.
func (p *principal) space() string {
	switch p.role {
	case RoleBot:
		return "b:"
	case RoleCustomer:
		return "u:"
	case RoleAgent, RoleSupervisor, RoleAdmin:
		return "p:" + url.QueryEscape(p.user.Name) + ":" // a provider's names may hold colons
	}
	return ""
}

// key names the caller in rate limits.
func (p *principal) key() string {
	if p.limit != "" {
		return p.limit
	}
	switch p.role {
	case RoleBot:
		return "bot:" + string(p.bots[0])
	case RoleCustomer:
		return "customer:" + string(p.conversation)
	case RoleAgent, RoleSupervisor, RoleAdmin:
		return "user:" + p.user.Name
	}
	return ""
}
