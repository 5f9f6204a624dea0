package sim

import (
	"net/http"
	"strings"
)

func (s *Server) interactionRoutes(in inSession) {
	in("GET /interactions/{id}", s.readAttributes)
	in("POST /interactions/{id}", s.writeAttributes)
	in("POST /interactions/{id}/pickup", s.pickup)
	in("POST /interactions/{id}/disconnect", s.disconnect)
	in("POST /interactions/{id}/blind-transfer", s.blindTransfer)
	in("POST /interactions/{id}/chat/messages", s.postMessage)
	in("PUT /interactions/{id}/chat/typing-indicator", s.putTyping)
}

// act finds a chat, does something with it and tells everybody.
func (s *Server) act(w http.ResponseWriter, r *http.Request, in *session, do func(c *chat) (status int, why string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.seen(w, r, in)
	if c == nil {
		return
	}
	status, why := do(c)
	s.publish()
	if status >= http.StatusBadRequest {
		refuse(w, status, "error.request.unsupported", why)
		return
	}
	answer(w, status, nil)
}

func (s *Server) readAttributes(w http.ResponseWriter, r *http.Request, in *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.seen(w, r, in); c != nil {
		names := []string{"Eic_CallId"}
		if selected := r.URL.Query().Get("select"); selected != "" {
			names = strings.Split(selected, ",")
		}
		answer(w, http.StatusOK, object{"attributes": c.shown(names)})
	}
}

func (s *Server) writeAttributes(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r, "attributes:object")
	if !ok {
		return
	}
	s.act(w, r, in, s.handled(in, func(c *chat) (int, string) {
		given, _ := body["attributes"].(object)
		for name, value := range given {
			text, is := value.(string)
			if !is || strings.HasPrefix(name, "Eic_") {
				return http.StatusBadRequest, "Attributes are strings, and those of the system are its own."
			}
			c.own[name] = text
		}
		return http.StatusOK, ""
	}))
}

func (s *Server) pickup(w http.ResponseWriter, r *http.Request, in *session) {
	s.act(w, r, in, s.handled(in, func(c *chat) (int, string) {
		if c.over() || c.state == "C" && c.user != in.user.ID {
			return http.StatusBadRequest, "The interaction cannot be picked up."
		}
		s.connect(c, in.user.ID)
		return http.StatusOK, ""
	}))
}

func (s *Server) disconnect(w http.ResponseWriter, r *http.Request, in *session) {
	s.act(w, r, in, s.handled(in, func(c *chat) (int, string) {
		s.finish(c, "I")
		return http.StatusOK, ""
	}))
}

// blindTransfer takes exactly one of queueID and target. It answers when the transfer is accepted, not when somebody has it.
func (s *Server) blindTransfer(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r)
	if !ok {
		return
	}
	target, byName := body["target"].(string)
	queue, byQueue := body["queueID"].(object)
	s.act(w, r, in, func(c *chat) (int, string) {
		switch {
		case byName == byQueue:
			return http.StatusBadRequest, "Exactly one of target and queueID is required."
		case c.over():
			return http.StatusBadRequest, "The interaction is disconnected."
		case c.member(in.user.ID) == nil:
			return http.StatusForbidden, forbidden
		}
		kind, name := queueUser, text(queue, "queueName")
		if byName {
			if workgroup, is := strings.CutPrefix(target, "Workgroup Queue:"); is {
				kind, name = queueWorkgroup, workgroup
			} else {
				name = strings.TrimPrefix(target, "User Queue:")
			}
		} else {
			number, _ := queue["queueType"].(float64)
			kind = int(number)
			if s.options.Levels["interactions"] < 13 || s.options.NoWorkgroupTransfer && kind == queueWorkgroup {
				return http.StatusBadRequest, "The queue is not valid."
			}
		}
		if !s.send(c, kind, name) {
			return http.StatusBadRequest, "The queue is not valid."
		}
		if s.options.Blind {
			c.lost[in.user.ID] = true
		}
		return http.StatusOK, ""
	})
}

// send lets a chat wait in a workgroup, or ring at a user.
func (s *Server) send(c *chat, kind int, name string) bool {
	switch kind {
	case queueWorkgroup:
		if !s.knowsQueue(name) {
			return false
		}
		s.requeue(c, name)
	case queueUser:
		if s.users[name] == nil {
			return false
		}
		s.requeue(c, c.workgroup)
		c.state, c.user = "A", name
		if c.web != nil && name != s.options.Bot.ID {
			s.tellWeb(c, "chatParticipantStateChangedMessage", guid(), object{
				"state": webAlerting, "displayName": s.users[name].Name, "participantType": "Agent",
			})
		}
	default:
		return false
	}
	delete(c.lost, name)
	return true
}

// postMessage requires clearTypingIndicator.
func (s *Server) postMessage(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r, "text:string", "clearTypingIndicator:bool")
	if !ok {
		return
	}
	s.act(w, r, in, func(c *chat) (int, string) {
		by := c.member(in.user.ID)
		switch {
		case by == nil:
			return http.StatusForbidden, forbidden
		case c.over():
			return http.StatusBadRequest, "The interaction is disconnected."
		}
		typing := by.typing && body["clearTypingIndicator"] != true
		s.say(c, by, text(body, "text"))
		by.typing = typing
		return http.StatusOK, ""
	})
}

func (s *Server) putTyping(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r, "on:bool")
	if !ok {
		return
	}
	s.act(w, r, in, func(c *chat) (int, string) {
		by := c.member(in.user.ID)
		if by == nil {
			return http.StatusForbidden, forbidden
		}
		if c.over() {
			return http.StatusBadRequest, "The interaction is disconnected."
		}
		s.types(c, by, body["on"] == true)
		return http.StatusOK, ""
	})
}

// types shows that a member types. What our side types is counted as it begins.
func (s *Server) types(c *chat, by *party, on bool) {
	ours := by.user == s.options.Bot.ID || by.user == "" && c.byUs
	if on && !by.typing && ours {
		c.typing++
	}
	by.typing = on
	if c.web != nil {
		s.tellWeb(c, "chatTypingIndicatorMessage", s.participant(c, by), object{"value": on})
	}
}
