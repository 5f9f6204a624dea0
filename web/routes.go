package web

import "strings"

// route is one row of the interface.
type route struct {
	method, path string
	operation    string // the operation id in /openapi.json
	// roles may call it; none: the handler itself looks at the credentials (or there are none).
	roles  roles
	stream bool // a feed: no time-out, ends when the process stops
	handle func(*Server, *call) error
}

// feed marks a row whose answer may take as long as its caller listens.
const feed = true

// table is the interface: every path, who may use it, and what answers it. It and /openapi.json say the same; a test
// compares them.
var table = []route{
	// Bots.
	{"POST", "/v1/bots/{bot}/events", "postBotEvent", 0, false, (*Server).postBotEvent},
	{"POST", "/v1/bots/{bot}/handoffs", "postBotHandoff", 0, false, (*Server).postBotHandoff},

	// A conversation.
	{"POST", "/v1/conversations", "startConversation", 0, false, (*Server).startConversation},
	{"GET", "/v1/conversations", "listConversations", bot | people, false, (*Server).listConversations},
	{"GET", "/v1/conversations/{id}", "getConversation", bot | customer | people, false, (*Server).getConversation},
	{"GET", "/v1/conversations/{id}/events", "readFeed", bot | customer | people, feed, (*Server).readFeed},
	{"POST", "/v1/conversations/{id}/messages", "postMessage", bot | customer | people, false, (*Server).postMessage},
	{"POST", "/v1/conversations/{id}/typing", "postTyping", bot | customer | people, false, (*Server).postTyping},
	{"POST", "/v1/conversations/{id}/end", "endConversation", bot | customer | people, false, (*Server).endConversation},
	{"POST", "/v1/conversations/{id}/rating", "rateConversation", bot | customer, false, (*Server).rateConversation},
	{"POST", "/v1/conversations/{id}/notes", "postNote", people, false, (*Server).postNote},

	// What people do with it.
	{"POST", "/v1/conversations/{id}/accept", "acceptConversation", people, false, (*Server).acceptConversation},
	{"POST", "/v1/conversations/{id}/decline", "declineConversation", people, false, (*Server).declineConversation},
	{"POST", "/v1/conversations/{id}/invite", "inviteColleague", people, false, (*Server).inviteColleague},
	{"POST", "/v1/conversations/{id}/leave", "leaveConversation", people, false, (*Server).leaveConversation},
	{"POST", "/v1/conversations/{id}/transfer", "transferConversation", people, false, (*Server).transferConversation},
	{"POST", "/v1/conversations/{id}/transfer/accept", "acceptTransfer", people, false, (*Server).acceptTransfer},
	{"POST", "/v1/conversations/{id}/transfer/decline", "declineTransfer", people, false, (*Server).declineTransfer},
	{"POST", "/v1/conversations/{id}/complete", "completeConversation", people, false, (*Server).completeConversation},
	{"POST", "/v1/conversations/{id}/return-to-bot", "returnToBot", people, false, (*Server).returnToBot},
	{"POST", "/v1/conversations/{id}/requeue", "requeueConversation", watchers, false, (*Server).requeueConversation},
	{"POST", "/v1/conversations/{id}/take", "takeConversation", watchers, false, (*Server).takeConversation},

	// People.
	{"POST", "/v1/login", "login", 0, false, (*Server).login},
	{"GET", "/v1/login", "whoAmI", people, false, (*Server).whoAmI},
	{"DELETE", "/v1/login", "logout", people, false, (*Server).logout},
	{"GET", "/v1/me/presence", "getPresence", people, false, (*Server).getPresence},
	{"PUT", "/v1/me/presence", "putPresence", people, false, (*Server).putPresence},
	{"GET", "/v1/me/conversations", "listMyConversations", people, false, (*Server).listMyConversations},

	// The whole.
	{"GET", "/v1/queues", "listQueues", people, false, (*Server).listQueues},
	{"GET", "/v1/agents", "listAgents", people, false, (*Server).listAgents},
	{"GET", "/v1/connectors", "listConnectors", watchers, false, (*Server).listConnectors},
	{"GET", "/v1/flows/{name}", "getFlow", people, false, (*Server).getFlow},
	{"GET", "/v1/reaper", "getReaper", watchers, false, (*Server).getReaper},
	{"GET", "/v1/undelivered", "listUndelivered", watchers, false, (*Server).listUndelivered},
	{"POST", "/v1/undelivered/{id}/{command}/retry", "retryUndelivered", watchers, false, (*Server).retryUndelivered},
	{"POST", "/v1/undelivered/{id}/{command}/discard", "discardUndelivered", watchers, false, (*Server).discardUndelivered},
	{"GET", "/v1/changes", "readChanges", people, feed, (*Server).readChanges},

	// Vendors.
	{"POST", "/v1/desks/{desk}/hooks", "postDeskHook", 0, false, (*Server).postDeskHook},

	// Operators.
	{"GET", "/healthz", "getHealth", 0, false, (*Server).getHealth},
	{"GET", "/readyz", "getReadiness", 0, false, (*Server).getReadiness},
	{"GET", "/metrics", "getMetrics", 0, false, (*Server).getMetrics},
	{"GET", "/openapi.json", "getOpenAPI", 0, false, (*Server).getOpenAPI},
	{"GET", "/problems/{code}", "explainProblem", 0, false, (*Server).explainProblem},
	{"GET", "/", "getPage", 0, false, (*Server).getPage},
	{"GET", "/page/{file}", "getPageFile", 0, false, (*Server).getPageFile},
}

// echoPath is the path in echo's form: {id} is :id there.
func (r *route) echoPath() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(r.path)
}

// operationsOf maps path and method to the operation, for the log and the counters.
func operationsOf(table []route) map[string]map[string]string {
	byPath := map[string]map[string]string{}
	for i := range table {
		r := &table[i]
		if byPath[r.echoPath()] == nil {
			byPath[r.echoPath()] = map[string]string{}
		}
		byPath[r.echoPath()][r.method] = r.operation
	}
	return byPath
}
