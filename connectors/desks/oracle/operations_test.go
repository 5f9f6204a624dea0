package oracle_test

import (
	"testing"

	"handoff/connectors/desks/oracle"
	"handoff/connectors/desktest"
)

// operations are the calls of the Consumer and the Agent API, and of the site, that this desk makes.
var operations = []desktest.Operation{
	{
		Call: "GET /services/rest/crossChannelServices/latest/serviceSettings/{id}", File: "servers.go",
		When: "where the chat server is: before a log-in, and where \"not found\" may mean that it has moved",
	},
	{
		Call: "POST /services/rest/crossChannelServices/latest/establishSessions", File: "customer_session.go",
		When: "seat `customer`: who the customer is, before `requestEngagement`",
	},
	{
		Call: "POST /engagement/api/consumer/{site}/v1/requestEngagement", File: "customer.go",
		When: "a handoff opens an engagement; again for one whose session or answer was lost",
	},
	{
		Call: "POST /engagement/api/consumer/{site}/v1/postMessage", File: "customer_send.go",
		When: "a word of the customer's",
	},
	{
		Call: "POST /engagement/api/consumer/{site}/v1/activity", File: "customer_send.go",
		When: "the customer types, or types no more",
	},
	{
		Call: "POST /engagement/api/consumer/{site}/v1/getMessages", File: "customer_follow.go",
		When: "without a pause, for each engagement",
	},
	{
		Call: "POST /engagement/api/consumer/{site}/v1/concludeEngagement", File: "customer_end.go",
		When: "the conversation ends, or waits in another queue",
	},
	{
		Call: "GET /engagement/api/consumer/{site}/v1/getQueueStats", File: "availability.go",
		When: "whether anybody is there, before a handoff",
	},
	{
		Call: "POST /services/rest/crossChannelServices/latest/agentTokens", File: "agent_session.go",
		When: "seat `agent`: before a log-in",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/createAutomatedAgentSession", File: "agent_session.go",
		When: "a log-in",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/setActivityStatus", File: "agent_accept.go",
		When: "after a log-in: the bot is available; before it logs off: it is not",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/requestAssignment", File: "agent_accept.go",
		When: "the bot has room for another engagement",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/assignmentAcknowledgement", File: "agent_accept.go",
		When: "an engagement is offered to the bot",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/getMessages", File: "agent_session.go",
		When: "without a pause, while the session stands",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/postMessage", File: "agent_send.go",
		When: "a word of the bot's, and the note for people before a handoff",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/setInteractionStatus", File: "agent_send.go",
		When: "the bot types, or types no more; whether it still leads an engagement",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/modifyProperties", File: "agent_handoff.go",
		When: "before a handoff: question, product, category",
	},
	{
		Call: "GET /engagement/api/agent/{site}/v1/rerouteAvailability", File: "agent_handoff.go",
		When: "whether an engagement exists and can be handed over",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/rerouteEngagement", File: "agent_handoff.go",
		When: "a handoff to people",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/concludeChat", File: "agent_end.go",
		When: "the bot ends a chat",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/releaseChat", File: "agent_end.go",
		When: "after the end, however it came: the seat is free",
	},
	{
		Call: "POST /engagement/api/agent/{site}/v1/logoff", File: "agent_session.go",
		When: "the process gives the session up",
	},
}

func TestEveryOperationIsSeenOnTheWire(t *testing.T) {
	recorded := func(seat string) desktest.Open {
		return func(t desktest.TB) *desktest.Subject {
			r := newRig(t, seat)
			r.sim.Record()
			s := r.subject(seat)
			s.Calls = r.sim.Recorded
			return s
		}
	}
	desktest.Operations(t, operations, desktest.LookAround,
		recorded(oracle.SeatCustomer), recorded(oracle.SeatAgent))
}
