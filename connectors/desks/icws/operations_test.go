package icws_test

import (
	"testing"

	"handoff/connectors/desktest"
)

// operations are the calls of ICWS and of its web chats that this desk makes.
var operations = []desktest.Operation{
	{
		Call: "GET /icws/connection/features/web-chat", File: "customer_follow.go",
		When: "seat `customer`: which level of web chats the server has",
	},
	{
		Call: "POST /icws/web-chat/start", File: "customer.go",
		When: "a handoff opens a chat",
	},
	{
		Call: "POST /icws/web-chat/send-message/{participant}", File: "customer_send.go",
		When: "a word of the customer's",
	},
	{
		Call: "POST /icws/web-chat/typing-state/{participant}", File: "customer_send.go",
		When: "the customer types, or types no more",
	},
	{
		Call: "GET /icws/web-chat/messages/{participant}", File: "customer_follow.go",
		When: "as often as the server suggests, for each chat",
	},
	{
		Call: "GET /icws/web-chat/message-history/{participant}", File: "customer.go",
		When: "after a lost answer and after a start",
	},
	{
		Call: "POST /icws/web-chat/reconnect", File: "customer_follow.go",
		When: "a server does not know a chat, which may have come from another one",
	},
	{
		Call: "POST /icws/web-chat/exit/{participant}", File: "customer_end.go",
		When: "the conversation ends, or waits in another queue",
	},
	{
		Call: "POST /icws/connection", File: "session.go",
		When: "seat `agent`: a log-in",
	},
	{
		Call: "GET /icws/{session}/connection", File: "agent_session.go",
		When: "whether a session still stands",
	},
	{
		Call: "DELETE /icws/{session}/connection", File: "agent_session.go",
		When: "the process gives the session up",
	},
	{
		Call: "PUT /icws/{session}/connection/station", File: "agent_session.go",
		When: "after a log-in",
	},
	{
		Call: "POST /icws/{session}/licenses", File: "agent_session.go",
		When: "after a log-in",
	},
	{
		Call: "PUT /icws/{session}/activations/users/{user}", File: "agent_session.go",
		When: "after a log-in: the bot takes part in its workgroups",
	},
	{
		Call: "PUT /icws/{session}/status/user-statuses/{user}", File: "agent_session.go",
		When: "after a log-in: the bot is available",
	},
	{
		Call: "GET /icws/{session}/status/status-messages", File: "agent_wrapup.go",
		When: "which statuses are after-call work",
	},
	{
		Call: "PUT /icws/{session}/messaging/subscriptions/status/user-statuses", File: "agent_wrapup.go",
		When: "people whose after-call work is watched",
	},
	{
		Call: "PUT /icws/{session}/messaging/subscriptions/queues/{name}", File: "agent_session.go",
		When: "after a log-in: the bot's own chats, and those of the workgroups",
	},
	{
		Call: "PUT /icws/{session}/messaging/subscriptions/interaction-alerting", File: "agent_session.go",
		When: "after a log-in: what rings at the bot",
	},
	{
		Call: "GET /icws/{session}/messaging/messages", File: "agent_listen.go",
		When: "a stream, or without a pause, while the session stands",
	},
	{
		Call: "PUT /icws/{session}/messaging/subscriptions/interactions/{id}", File: "agent_chat.go",
		When: "a chat is watched",
	},
	{
		Call: "PUT /icws/{session}/messaging/subscriptions/interactions/{id}/chat", File: "agent_chat.go",
		When: "the words of a chat are watched",
	},
	{
		Call: "GET /icws/{session}/interactions/{id}", File: "agent.go",
		When: "how a chat stands, where a call was refused or not answered",
	},
	{
		Call: "POST /icws/{session}/interactions/{id}", File: "agent_handoff.go",
		When: "before a handoff: summary, reason and attributes",
	},
	{
		Call: "POST /icws/{session}/interactions/{id}/pickup", File: "agent_accept.go",
		When: "a chat rings at the bot, or goes back to it",
	},
	{
		Call: "POST /icws/{session}/interactions/{id}/chat/messages", File: "agent_send.go",
		When: "a word of the bot's",
	},
	{
		Call: "PUT /icws/{session}/interactions/{id}/chat/typing-indicator", File: "agent_send.go",
		When: "the bot types, or types no more",
	},
	{
		Call: "POST /icws/{session}/interactions/{id}/blind-transfer", File: "agent_handoff.go",
		When: "a handoff to a workgroup",
	},
	{
		Call: "POST /icws/{session}/interactions/{id}/disconnect", File: "agent_end.go",
		When: "the bot ends a chat",
	},
}

func TestEveryOperationIsSeenOnTheWire(t *testing.T) {
	var at *installation
	recorded := func(with setup) desktest.Open {
		return func(t desktest.TB) *desktest.Subject {
			s := subject(with, func(in *installation) { at = in })(t)
			at.vendor.Record()
			s.Calls = at.vendor.Recorded
			return s
		}
	}
	own := func(t desktest.TB, p *desktest.Play) {
		desktest.LookAround(t, p)
		if p.Seat == desktest.SeatCustomer {
			at.vendor.Forget(at.memory.Handle("c-1"))
			p.Await(t, "the chat is gone", func() bool { return !p.Conversation("c-1").State.Served() })
		}
	}
	desktest.Operations(t, operations, own,
		recorded(setup{}), recorded(setup{config: agent}))
}
