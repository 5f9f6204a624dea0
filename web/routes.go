package web

import (
	"slices"
	"strings"

	"handoff/orchestrator"
)

// route is one row of the interface.
type route struct {
	method, path string
	operation    string // the operation id in /openapi.json
	roles        roles
	rate         rate
	handle       func(*Server, *call) error
}

// open rows have no roles: their handlers look at the credentials themselves, or there are none.
const open roles = 0

// rate is what a row's requests are counted by; the limits are those of Rates.
type rate uint8

const (
	unlimited rate = iota
	perCaller      // the bot, the customer or the person
	feed           // the same, once for each time it is opened; it may take as long as its caller listens
	perDesk        // the desk of the path
	perBot         // the bot of the path, once it is known to be that bot
	perStart       // the bot, or a browser's address
	perLogin       // the name and the address, given back when the password is right
)

// table is the interface: every path, who may use it, and what answers it. It and /openapi.json say the same; a test
// compares them.
var table = []route{
	// Bots.
	{"POST", "/v1/bots/{bot}/events", "postBotEvent", open, perBot, (*Server).postBotEvent},
	{"POST", "/v1/bots/{bot}/handoffs", "postBotHandoff", open, perBot, (*Server).postBotHandoff},

	// A conversation.
	{"POST", "/v1/conversations", "startConversation", open, perStart, (*Server).startConversation},
	{"GET", "/v1/conversations", "listConversations", bot | people, perCaller, (*Server).listConversations},
	{"GET", "/v1/conversations/{id}", "getConversation", bot | customer | people, perCaller, (*Server).getConversation},
	{"GET", "/v1/conversations/{id}/events", "readFeed", bot | customer | people, feed, (*Server).readFeed},
	{"GET", "/v1/conversations/{id}/history", "getHistory", people, perCaller, (*Server).getHistory},
	{"POST", "/v1/conversations/{id}/messages", "postMessage", bot | customer | people, perCaller, (*Server).postMessage},
	{"POST", "/v1/conversations/{id}/typing", "postTyping", bot | customer | people, perCaller, (*Server).postTyping},
	{"POST", "/v1/conversations/{id}/end", "endConversation", bot | customer | people, perCaller, (*Server).endConversation},
	{"POST", "/v1/conversations/{id}/handoff", "askForPerson", customer | people, perCaller, (*Server).askForPerson},
	{"POST", "/v1/conversations/{id}/rating", "rateConversation", bot | customer, perCaller, (*Server).rateConversation},
	{"POST", "/v1/conversations/{id}/notes", "postNote", people, perCaller, (*Server).postNote},

	// What people do with it.
	{"POST", "/v1/conversations/{id}/accept", "acceptConversation", people, perCaller, (*Server).acceptConversation},
	{"POST", "/v1/conversations/{id}/decline", "declineConversation", people, perCaller, (*Server).declineConversation},
	{"POST", "/v1/conversations/{id}/invite", "inviteColleague", people, perCaller, (*Server).inviteColleague},
	{"POST", "/v1/conversations/{id}/leave", "leaveConversation", people, perCaller, (*Server).leaveConversation},
	{"POST", "/v1/conversations/{id}/transfer", "transferConversation", people, perCaller, (*Server).transferConversation},
	{"POST", "/v1/conversations/{id}/transfer/accept", "acceptTransfer", people, perCaller, (*Server).acceptTransfer},
	{"POST", "/v1/conversations/{id}/transfer/decline", "declineTransfer", people, perCaller, (*Server).declineTransfer},
	{"POST", "/v1/conversations/{id}/complete", "completeConversation", people, perCaller, (*Server).completeConversation},
	{"POST", "/v1/conversations/{id}/reopen", "reopenConversation", people, perCaller, (*Server).reopenConversation},
	{"POST", "/v1/conversations/{id}/return-to-bot", "returnToBot", people, perCaller, (*Server).returnToBot},
	{"POST", "/v1/conversations/{id}/requeue", "requeueConversation", watchers, perCaller, (*Server).requeueConversation},
	{"POST", "/v1/conversations/{id}/take", "takeConversation", people, perCaller, (*Server).takeConversation},

	// People.
	{"POST", "/v1/login", "login", open, perLogin, (*Server).login},
	{"GET", "/v1/login", "whoAmI", people, perCaller, (*Server).whoAmI},
	{"DELETE", "/v1/login", "logout", people, perCaller, (*Server).logout},
	{"GET", "/v1/me/presence", "getPresence", people, perCaller, (*Server).getPresence},
	{"PUT", "/v1/me/presence", "putPresence", people, perCaller, (*Server).putPresence},
	{"POST", "/v1/me/heartbeat", "postHeartbeat", people, perCaller, (*Server).postHeartbeat},
	{"GET", "/v1/me/conversations", "listMyConversations", people, perCaller, (*Server).listMyConversations},

	// The whole.
	{"GET", "/v1/queues", "listQueues", people, perCaller, (*Server).listQueues},
	{"GET", "/v1/agents", "listAgents", people, perCaller, (*Server).listAgents},
	{"PUT", "/v1/agents/{id}/presence", "putAgentPresence", watchers, perCaller, (*Server).putAgentPresence},
	{"GET", "/v1/connectors", "listConnectors", watchers, perCaller, (*Server).listConnectors},
	{"GET", "/v1/flows/{name}", "getFlow", people, perCaller, (*Server).getFlow},
	{"GET", "/v1/reaper", "getReaper", watchers, perCaller, (*Server).getReaper},
	{"GET", "/v1/undelivered", "listUndelivered", watchers, perCaller, (*Server).listUndelivered},
	{"POST", "/v1/undelivered/retry", "retryAllUndelivered", watchers, perCaller, (*Server).retryAllUndelivered},
	{"POST", "/v1/undelivered/{id}/{command}/retry", "retryUndelivered", watchers, perCaller, (*Server).retryUndelivered},
	{"POST", "/v1/undelivered/{id}/{command}/discard", "discardUndelivered", watchers, perCaller, (*Server).discardUndelivered},
	{"GET", "/v1/changes", "readChanges", people, feed, (*Server).readChanges},

	// Personal data.
	{"DELETE", "/v1/customers/{bot}/{user}", "eraseCustomer", admin, perCaller, (*Server).eraseCustomer},

	// Vendors.
	{"POST", "/v1/desks/{desk}/hooks", "postDeskHook", open, perDesk, (*Server).postDeskHook},

	// Operators.
	{"GET", "/healthz", "getHealth", open, unlimited, (*Server).getHealth},
	{"GET", "/readyz", "getReadiness", open, unlimited, (*Server).getReadiness},
	{"GET", "/metrics", "getMetrics", open, unlimited, (*Server).getMetrics},
	{"GET", "/openapi.json", "getOpenAPI", open, unlimited, (*Server).getOpenAPI},
	{"GET", "/problems/{code}", "explainProblem", open, unlimited, (*Server).explainProblem},
}

// longestBody is how many bytes a body of this row may have. What a bot may send with a request for a person is more than
// anything else; the connector refuses it with other events.
func (r *route) longestBody() int64 {
	if r.rate == perBot {
		return MaxHandoffBody
	}
	return MaxBody
}

// member is where a field stands in a body of this row.
func (r *route) member(f orchestrator.Field) string {
	if r.operation == "transferConversation" {
		return "/to/" + string(f)
	}
	return "/" + string(f)
}

// echoPath is the path in echo's form: {id} is :id there.
func (r *route) echoPath() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(r.path)
}

// operationsOf maps path and method to the operation, for the log and the counters.
func operationsOf(tables ...[]route) map[string]map[string]string {
	byPath := map[string]map[string]string{}
	for _, r := range slices.Concat(tables...) {
		if byPath[r.echoPath()] == nil {
			byPath[r.echoPath()] = map[string]string{}
		}
		byPath[r.echoPath()][r.method] = r.operation
	}
	return byPath
}
