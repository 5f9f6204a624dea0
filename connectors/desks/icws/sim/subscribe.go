package sim

import (
	"net/http"
	"slices"
)

// inSession registers a resource of a session.
type inSession func(pattern string, take func(w http.ResponseWriter, r *http.Request, in *session))

const subscriptions = "/messaging/subscriptions"

// queueSub is a watch of queues: what was last told of each chat.
type queueSub struct {
	queues []queueName
	names  []string
	told   map[string]map[string]string
}

type queueName struct {
	kind int
	name string
}

type interactionSub struct {
	names []string
	told  map[string]string
}

type chatSub struct {
	members []seenMember
	words   int
}

// seenMember is a member as one session sees it.
type seenMember struct {
	Type   string `json:"__type"`
	Kind   int    `json:"chatMemberType"`
	Name   string `json:"displayName"`
	ID     string `json:"interactionId"`
	User   string `json:"userId"`
	Typing bool   `json:"isTyping"`
}

// Types of queues.
const (
	queueSystem    = 0
	queueUser      = 1
	queueWorkgroup = 2
	queueStation   = 3
)

func (s *Server) subscriptionRoutes(in inSession) {
	in("PUT "+subscriptions+"/queues/{sub}", s.subscribeQueues)
	in("PUT "+subscriptions+"/interactions/{id}", s.subscribeInteraction)
	in("PUT "+subscriptions+"/interactions/{id}/chat", s.subscribeChat)
	in("PUT "+subscriptions+"/interaction-alerting", s.subscribeAlerts)
	in("PUT "+subscriptions+"/status/user-statuses", s.subscribeStatuses)
}

func (s *Server) subscribeQueues(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r, "queueIds:list", "attributeNames:texts")
	if !ok {
		return
	}
	sub := &queueSub{names: texts(body, "attributeNames")}
	list, _ := body["queueIds"].([]any)
	for _, one := range list {
		q, _ := one.(object)
		kind, typed := q["queueType"].(float64)
		if !typed || kind < queueSystem || kind > queueStation || text(q, "queueName") == "" {
			sub.queues = nil
			break
		}
		sub.queues = append(sub.queues, queueName{int(kind), text(q, "queueName")})
	}
	if len(sub.names) == 0 || len(sub.queues) == 0 {
		refuse(w, http.StatusBadRequest, "error.request.invalidRepresentation.invalidProperty", "Queues and attributes are required.")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PathValue("sub")
	in.queues[id] = sub
	s.route()
	if s.options.Blind && slices.ContainsFunc(sub.queues, func(q queueName) bool { return q.kind == queueWorkgroup }) {
		s.tell(in, "queue:"+id, object{
			"__type": "urn:inin.com:queues:queueSubscriptionStateMessage", "isDelta": false, "subscriptionId": id, "state": 3,
		})
	}
	s.publish()
	answer(w, http.StatusOK, nil)
}

func (s *Server) subscribeInteraction(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r, "attributeNames:texts")
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.seen(w, r, in); c != nil {
		in.interactions[c.id] = &interactionSub{names: texts(body, "attributeNames")}
		s.publish()
		answer(w, http.StatusNoContent, nil)
	}
}

func (s *Server) subscribeChat(w http.ResponseWriter, r *http.Request, in *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.seen(w, r, in)
	if c == nil {
		return
	}
	in.talks[c.id] = &chatSub{}
	in.talks[c.id].members = s.seenMembers(c, in)
	s.tell(in, "chat:"+c.id, s.membersMessage(c, false, in.talks[c.id].members, nil, nil))
	s.tell(in, "chat:"+c.id, s.contentsMessage(c, in, false, c.words))
	in.talks[c.id].words = len(c.words)
	s.publish()
	answer(w, http.StatusOK, nil)
}

func (s *Server) subscribeAlerts(w http.ResponseWriter, _ *http.Request, in *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in.alerts = map[string]bool{}
	s.publish()
	answer(w, http.StatusNoContent, nil)
}

func (s *Server) subscribeStatuses(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r, "userIds:texts")
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range texts(body, "userIds") {
		if s.users[id] == nil {
			notFound(w)
			return
		}
	}
	in.statusUsers, in.statuses = texts(body, "userIds"), nil
	s.publish()
	answer(w, http.StatusOK, nil)
}

// seen finds the interaction of a path, if the session's user may see it.
func (s *Server) seen(w http.ResponseWriter, r *http.Request, in *session) *chat {
	for _, c := range s.chats {
		switch {
		case c.id != r.PathValue("id") || c.gone:
		case c.lost[in.user.ID]:
			refuse(w, http.StatusForbidden, "error.request.accessDenied", forbidden)
			return nil
		default:
			return c
		}
	}
	refuse(w, http.StatusNotFound, "error.request.notFound", "The interaction does not exist.")
	return nil
}
