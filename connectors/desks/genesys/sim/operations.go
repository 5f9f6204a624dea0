package sim

import (
	"net/http"
	"slices"
	"strconv"
)

// family is how an operation is answered: by statusCode, by status, or not at all (8.5.1 mixes all three).
type family uint8

const (
	byCode family = iota
	byStatus
	byNothing
	byStatusNumber // {"status":0}
)

// operation is one of the operations on a chat.
type operation struct {
	family family
	states []string // in which the agent may do it
	do     func(s *Simulator, c *chat, r *request, reference int) (code int, why string)
}

var (
	inChat  = []string{stateChatting}
	offered = []string{stateInvited}
)

// operations of 8.5.1: "Interactions On Chat Channel". Bodies that the page does not give are accepted in several forms.
var operations851 = map[string]operation{
	"Accept": {byCode, offered, doAccept}, "Reject": {byNothing, offered, doReject},
	"SendMessage": {byCode, inChat, doSay}, "Send": {byCode, inChat, doSay},
	"SendStartTypingNotification": {byCode, inChat, doType("TypingStarted")},
	"SendStopTypingNotification":  {byCode, inChat, doType("TypingStopped")},
	"RequestChatHistory":          {byCode, inChat, doHistory},
	"InviteUser":                  {byStatus, inChat, doInvite}, "LeaveConference": {byStatus, inChat, doLeaveConference},
	"EndChatSession":     {byStatus, inChat, doEnd},
	"SingleStepTransfer": {byNothing, []string{stateChatting, stateLeft}, doTransfer},
	"PlaceInQueue":       {byNothing, inChat, doTransfer},
	"Complete":           {byNothing, []string{stateChatting, stateLeft, stateJoinFailed}, doComplete},
}

// operations of 8.5.2: the pages Chat….
var operations852 = map[string]operation{
	"Accept": {byCode, offered, doAccept}, "Reject": {byStatusNumber, offered, doReject},
	"SendMessage":                 {byCode, inChat, doSay},
	"SendStartTypingNotification": {byCode, inChat, doType("TypingStarted")},
	"SendStopTypingNotification":  {byCode, inChat, doType("TypingStopped")},
	"SendToAgents":                {byCode, inChat, doWhisper},
	"Invite":                      {byCode, inChat, doInvite}, "Leave": {byCode, []string{stateChatting, stateLeft}, doLeave},
	"Transfer":       {byCode, []string{stateChatting, stateLeft}, doTransfer},
	"Complete":       {byCode, []string{stateChatting, stateLeft, stateJoinFailed}, doComplete},
	"AttachUserData": {byCode, withData, doAttach}, "UpdateUserData": {byCode, withData, doUpdate},
	"SetDisposition": {byCode, withData, doDispose},
}

var withData = []string{stateChatting, stateLeft, stateJoinFailed}

// operation performs one operation on one of the agent's chats.
func (s *Simulator) operation(w http.ResponseWriter, r *request) {
	all := operations852
	if s.options.Dialect == Dialect851 {
		all = operations851
	}
	s.answer(w, func() (int, any) {
		name := r.text("operationName")
		s.calls[name]++
		op, known := all[name]
		c := s.find(r.PathValue("id"))
		switch {
		case r.op == nil:
			return http.StatusOK, failure(10, "the body is no JSON object")
		case name == "":
			return http.StatusOK, failure(1, "operationName is required")
		case !known:
			return http.StatusOK, failure(3, "unknown operation")
		case c == nil || c.legs[r.session.user.id] == nil:
			return op.answer(6, "resource not found", 0)
		case !slices.Contains(op.states, c.legs[r.session.user.id].state), s.refuses[name] > 0:
			s.refuses[name] = max(0, s.refuses[name]-1)
			return op.answer(3, "not among the capabilities", 0)
		}
		s.minted++
		reference := s.minted
		code, why := op.do(s, c, r, reference)
		if name != "Invite" {
			reference = 0 // only some answers show it
		}
		return op.answer(code, why, reference)
	})
}

func (op operation) answer(code int, why string, reference int) (int, any) {
	switch {
	case op.family == byStatus && code == 0:
		return http.StatusOK, map[string]any{"status": "ok"}
	case op.family == byStatus:
		return http.StatusOK, map[string]any{"status": "error", "errorDescription": why}
	case op.family == byNothing && code == 0:
		return http.StatusOK, nil
	case op.family == byStatusNumber && code == 0:
		return http.StatusOK, map[string]any{"status": 0}
	case code != 0:
		return http.StatusOK, failure(code, why)
	case reference != 0:
		return http.StatusOK, map[string]any{"statusCode": 0, "referenceId": reference}
	}
	return http.StatusOK, map[string]any{"statusCode": 0}
}

func doAccept(s *Simulator, c *chat, r *request, reference int) (int, string) {
	s.accept(c, r.session.user, r.text("nickname"), reference)
	return 0, ""
}

func doReject(s *Simulator, c *chat, r *request, reference int) (int, string) {
	c.stand(s, r.session.user, stateCompleted, reference)
	return 0, ""
}

func doSay(s *Simulator, c *chat, r *request, _ int) (int, string) {
	if r.text("text") == "" {
		return 1, "text is required"
	}
	c.write(s, entry{kind: "Text", text: r.text("text"), from: c.partyOf(r.session.user)})
	return 0, ""
}

func doWhisper(s *Simulator, c *chat, r *request, _ int) (int, string) {
	c.write(s, entry{kind: "Text", text: r.text("text"), from: c.partyOf(r.session.user), visibility: forAgents})
	return 0, ""
}

func doType(kind string) func(*Simulator, *chat, *request, int) (int, string) {
	return func(s *Simulator, c *chat, r *request, _ int) (int, string) {
		c.write(s, entry{kind: kind, from: c.partyOf(r.session.user)})
		return 0, ""
	}
}

// doHistory tells the log again, from an event on: its index, as a number or a string.
func doHistory(s *Simulator, c *chat, r *request, _ int) (int, string) {
	from := 0
	switch id := r.op["eventId"].(type) {
	case string:
		from, _ = strconv.Atoi(id)
	case float64:
		from = int(id)
	}
	var entries []entry
	for _, e := range c.log {
		if e.index >= from {
			entries = append(entries, e)
		}
	}
	s.tellLog(r.session.user, c, entries...)
	return 0, ""
}

// targetOf is the user to whom an operation points, and whether it points to anybody: 8.5.1 by agentId, 8.5.2 by targetUri, of
// which the last part counts.
func (s *Simulator) targetOf(r *request) (u *user, named bool) {
	value := r.text("agentId")
	if s.options.Dialect == Dialect852 {
		value = r.text("targetUri")
	}
	return s.users[lastSegment(value)], value != ""
}

func doInvite(s *Simulator, c *chat, r *request, _ int) (int, string) {
	u, named := s.targetOf(r)
	switch {
	case !named:
		return 1, "a target is required"
	case u == nil:
		return 6, "no such user"
	case !u.ready:
		return 2, "the user is not ready"
	case c.legs[u.id] != nil:
		return 18, "already there"
	}
	s.invite(c, u, true)
	return 0, ""
}

func doLeaveConference(s *Simulator, c *chat, r *request, reference int) (int, string) {
	switch u, named := s.targetOf(r); {
	case !named:
		return 1, "agentId is required"
	case u != r.session.user:
		return 5, "another agent cannot be taken out of the conference"
	}
	if len(c.in()) < 2 {
		return 2, "there is no conference"
	}
	s.leave(c, r.session.user, reference)
	return 0, ""
}

func doLeave(s *Simulator, c *chat, r *request, reference int) (int, string) {
	if c.legs[r.session.user.id].state == stateChatting {
		s.leave(c, r.session.user, reference)
	}
	return 0, ""
}

func doEnd(s *Simulator, c *chat, r *request, reference int) (int, string) {
	s.finish(c, r.session.user, reference)
	return 0, ""
}

func doTransfer(s *Simulator, c *chat, r *request, reference int) (int, string) {
	queue := r.text("queueName")
	if s.options.Dialect == Dialect851 {
		queue += r.text("skill")
	}
	u, named := s.targetOf(r)
	switch {
	case !named && queue == "":
		return 1, "a target is required"
	case named && queue != "":
		return 2, "one target only"
	case u == nil && queue == "":
		return 6, "no such user"
	case queue != "" && queue != BotQueue && !slices.Contains(s.options.Queues, queue):
		return 6, "no such queue"
	}
	s.transfer(c, r.session.user, u, queue, reference)
	return 0, ""
}

func doComplete(s *Simulator, c *chat, r *request, reference int) (int, string) {
	s.complete(c, r.session.user, reference)
	return 0, ""
}

func doAttach(s *Simulator, c *chat, r *request, reference int) (int, string) {
	return s.changeData(c, r, reference, func(there bool) bool { return !there })
}

func doUpdate(s *Simulator, c *chat, r *request, reference int) (int, string) {
	return s.changeData(c, r, reference, func(there bool) bool { return there })
}

// changeData adds keys or changes them; the wrong verb for a key is refused.
func (s *Simulator) changeData(c *chat, r *request, reference int, fits func(there bool) bool) (int, string) {
	data, ok := r.op["userData"].(map[string]any)
	if !ok {
		return 1, "userData is required"
	}
	for key := range data {
		if _, there := c.data[key]; !fits(there) {
			return 2, "the key does not fit the operation"
		}
		if _, isText := data[key].(string); !isText {
			return 10, "values are texts"
		}
	}
	for key, value := range data {
		c.data[key], _ = value.(string)
	}
	s.tellState(r.session.user, c, "PropertiesUpdated", reference)
	return 0, ""
}

func doDispose(s *Simulator, c *chat, r *request, reference int) (int, string) {
	if r.text("disposition") == "" {
		return 1, "disposition is required"
	}
	c.data["DispositionCode"] = r.text("disposition")
	s.tellState(r.session.user, c, "PropertiesUpdated", reference)
	return 0, ""
}
