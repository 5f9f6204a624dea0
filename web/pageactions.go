package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"handoff/orchestrator"
)

// pageAction is a button of the conversation's page: a form that becomes the body of an operation of the interface, and goes
// its whole way.
type pageAction struct {
	Name      string // in the path
	Label     string
	About     string // what it does, read before it is confirmed
	Done      string // what is said after it
	Fields    []actionField
	operation string
	body      func(form url.Values) any
	event     func(orchestrator.State) orchestrator.EventType // whose row in the state table allows it
	// loose actions do no harm on a conversation that has changed since.
	loose  bool
	Danger bool
}

// actionField is one field of an action's form.
type actionField struct {
	Name, Label string
	Kind        string // text, area, queue, agent, disposition
	Required    bool
}

func only(on orchestrator.EventType) func(orchestrator.State) orchestrator.EventType {
	return func(orchestrator.State) orchestrator.EventType { return on }
}

// pageActions are all of them, in the order in which they stand on the page.
var pageActions = []pageAction{
	{
		Name: "note", Label: "Note", About: "A note stays among the people of the desk.", Done: "The note is in the timeline.",
		Fields:    []actionField{{Name: "text", Label: "Note", Kind: "area", Required: true}},
		operation: "postNote", body: func(f url.Values) any { return noteBody{f.Get("text")} }, loose: true,
	},
	{
		Name: "take", Label: "Take", About: "You serve the customer yourself, from now on, in place of whoever does.", Done: "You have it now.",
		operation: "takeConversation", body: func(url.Values) any { return emptyBody{} }, event: taking,
	},
	{
		Name: "requeue", Label: "Requeue", About: "It waits in its queue again, at its old place, and rings at the next person.",
		Done: "It is queued again.",
		Fields: []actionField{{Name: "queue", Label: "Queue", Kind: "queue"},
			{Name: "reason", Label: "Reason", Kind: "text"}},
		operation: "requeueConversation", body: func(f url.Values) any { return requeueBody{Queue: f.Get("queue"), Reason: f.Get("reason")} },
		event: only(orchestrator.EventRequeued),
	},
	{
		Name: "transfer", Label: "Transfer", About: "It rings at one person while the first still serves, or goes to a queue.",
		Done: "The transfer is under way.",
		Fields: []actionField{{Name: "agent", Label: "To the agent", Kind: "agent"},
			{Name: "queue", Label: "or to the queue", Kind: "queue"}, {Name: "note", Label: "Note", Kind: "text"}},
		operation: "transferConversation",
		body: func(f url.Values) any {
			return transferBody{To: inviteBody{Agent: f.Get("agent"), Queue: f.Get("queue")}, Note: f.Get("note")}
		},
		event: sending,
	},
	{
		Name: "return-to-bot", Label: "Return to bot", About: "The bot speaks with the customer again, and is told what the people said.",
		Done: "The bot has it now.",
		Fields: []actionField{{Name: "reason", Label: "Reason", Kind: "text", Required: true},
			{Name: "disposition", Label: "Disposition", Kind: "disposition"}},
		operation: "returnToBot", body: func(f url.Values) any { return returnBody{f.Get("reason"), f.Get("disposition")} },
		event: only(orchestrator.EventReturnedToBot),
	},
	{
		Name: "end", Label: "End", About: "The chat is over for the customer. After-call work may follow.", Done: "The chat is over for the customer.",
		operation: "endConversation", body: func(url.Values) any { return emptyBody{} },
		event: func(s orchestrator.State) orchestrator.EventType { return ending(RoleSupervisor, s) }, Danger: true,
	},
	{
		Name: "complete", Label: "Complete", About: "The chat is over for the customer and for the desk.", Done: "It is completed.",
		Fields: []actionField{{Name: "disposition", Label: "Disposition", Kind: "disposition"},
			{Name: "notes", Label: "Notes", Kind: "area"}},
		operation: "completeConversation",
		body:      func(f url.Values) any { return completeBody{Disposition: f.Get("disposition"), Notes: f.Get("notes")} },
		event:     only(orchestrator.EventCompleted), Danger: true,
	},
}

// taking is the row by which a supervisor takes a conversation: what waits is accepted, what somebody serves is transferred.
func taking(s orchestrator.State) orchestrator.EventType {
	switch s { //nolint:exhaustive // in the other states nothing can be taken
	case orchestrator.StateBot:
		return orchestrator.EventHandoffRequested
	case orchestrator.StateAgent, orchestrator.StateConference:
		return orchestrator.EventTransferRequested
	case orchestrator.StateTransferring:
		return orchestrator.EventTransferAccepted
	}
	return orchestrator.EventAccepted
}

// sending is the row by which a supervisor sends a conversation to somebody: the bot's is requested for them.
func sending(s orchestrator.State) orchestrator.EventType {
	if s == orchestrator.StateBot {
		return orchestrator.EventHandoffRequested
	}
	return orchestrator.EventTransferRequested
}

// actionsFor are the actions that the state table allows.
func actionsFor(c *orchestrator.Conversation, table []orchestrator.Transition) []pageAction {
	return slices.DeleteFunc(slices.Clone(pageActions), func(a pageAction) bool {
		return a.event != nil && !slices.ContainsFunc(table, func(t orchestrator.Transition) bool {
			return t.From == c.State && t.On == a.event(c.State)
		})
	})
}

// postAction answers POST /board/c/{id}/{action}: the form goes the way of the interface's operation, and leads back to the
// page. What is refused is said there.
func (s *Server) postAction(c *call) error {
	at := slices.IndexFunc(pageActions, func(a pageAction) bool { return a.Name == c.Param("action") })
	if at < 0 {
		return refusal(codeNotFound, "there is no such action")
	}
	action := &pageActions[at]
	if err := s.carryOut(c, action); err != nil {
		return s.refusedAction(c, err)
	}
	return s.leadTo(c, "/board/c/"+url.PathEscape(c.Param("id"))+"?done="+action.Name)
}

// carryOut makes the form a request of the interface and gives it to the operation's handler.
func (s *Server) carryOut(c *call, action *pageAction) error {
	at := slices.IndexFunc(table, func(r route) bool { return r.operation == action.operation })
	operation := &table[at]
	if !operation.roles.has(c.who.role) {
		return refusal(codeNotAllowed, "this is not for the role "+string(c.who.role))
	}
	body, err := json.Marshal(action.body(c.form))
	if err != nil {
		return err
	}
	request := c.Request().Clone(c.Request().Context())
	request.Header.Set("Content-Type", "application/json")
	request.Header.Del("Idempotency-Key")
	if request.Header.Del("If-Match"); !action.loose {
		if c.form.Get("version") == "" {
			return orchestrator.Invalid("/version", "is required: the version that the page shows")
		}
		request.Header.Set("If-Match", `"`+c.form.Get("version")+`"`)
	}
	c.SetRequest(request)
	c.route, c.body = operation, body
	c.acted = func(orchestrator.Receipt) error { return nil }
	return operation.handle(s, c)
}

// refusedAction shows the page as it now is, with what was wrong.
func (s *Server) refusedAction(c *call, err error) error {
	p := problemFor(err, c.Request())
	if p.Status == http.StatusNotFound || p.Status >= http.StatusInternalServerError {
		return err
	}
	conversation, loadErr := s.conversation(c)
	if loadErr != nil {
		return loadErr
	}
	f, viewErr := s.conversationFrame(c, conversation, timelineWindow{})
	if viewErr != nil {
		return viewErr
	}
	f.Banner = s.bannerOf(c, err)
	return s.show(c, p.Status, "conversation", f)
}
