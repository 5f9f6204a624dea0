package sim

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"handoff/connectors/simkit"
)

// webChat is the customer's side of a chat that we opened.
type webChat struct {
	id, participant string
	door            string
	number          int

	mu      sync.Mutex
	history []json.RawMessage // in the order of the numbers
	waiting []json.RawMessage // not fetched yet
}

// States of a participant.
const (
	webAlerting     = 1
	webActive       = 2
	webDisconnected = 4
)

func (d *Door) webRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /icws/web-chat/start", d.startChat)
	mux.HandleFunc("POST /icws/web-chat/reconnect", d.reconnect)
	with := func(pattern string, take func(w http.ResponseWriter, r *http.Request, c *chat)) {
		mux.HandleFunc(pattern+"/{participant}", func(w http.ResponseWriter, r *http.Request) {
			d.server.mu.Lock()
			defer d.server.mu.Unlock()
			if d.asleep(w) {
				return
			}
			if c := d.server.chatOf(r.PathValue("participant"), d.name); c != nil {
				take(w, r, c)
				return
			}
			refuse(w, http.StatusBadRequest, "error.request.webChat.invalidParticipantId", "The participant is not known.")
		})
	}
	with("GET /icws/web-chat/messages", d.server.pollChat)
	with("GET /icws/web-chat/message-history", d.server.chatHistory)
	with("POST /icws/web-chat/send-message", d.server.customerPosts)
	with("POST /icws/web-chat/typing-state", d.server.customerTypesThere)
	with("POST /icws/web-chat/exit", d.server.exitChat)
}

// asleep: a host on standby serves no chats.
func (d *Door) asleep(w http.ResponseWriter) bool {
	_, standby := d.server.standby[d.name]
	if standby {
		refuse(w, http.StatusServiceUnavailable, "error.server.unavailable", "The server is unavailable.")
	}
	return standby
}

// chatOf finds a chat by its customer's participant, at the host that has it.
func (s *Server) chatOf(participant, door string) *chat {
	for _, c := range s.chats {
		if c.web != nil && c.web.participant == participant && c.web.door == door && !c.gone {
			return c
		}
	}
	return nil
}

func (d *Door) startChat(w http.ResponseWriter, r *http.Request) {
	s := d.server
	body, ok := read(w, r, "participantName:string", "targetName:string", "targetType:string")
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.asleep(w) {
		return
	}
	if s.options.Levels["web-chat"] < 2 {
		notFound(w)
		return
	}
	if text(body, "targetType") != "Workgroup" || !s.knowsQueue(text(body, "targetName")) {
		refuse(w, http.StatusBadRequest, "error.request.invalidRepresentation.invalidProperty", "The target is not known.")
		return
	}
	c := s.create(simkit.Customer{Name: text(body, "participantName")}, text(body, "targetName"))
	c.byUs, c.notes = true, text(body, "notes")
	c.web = &webChat{id: guid(), participant: ParticipantMark + guid(), door: d.name}
	s.tellWeb(c, "chatParticipantStateChangedMessage", c.web.participant, object{
		"state": webActive, "displayName": c.customer.Name, "participantType": "WebUser",
	})
	s.publish()
	answer(w, http.StatusOK, object{
		"__type": "urn:inin.com:webChat:startChatResponse", "pollWaitSuggestion": strconv.Itoa(s.options.PollWait),
		"participantId": c.web.participant, "chatId": c.web.id, "dateFormat": "M/d/yyyy", "timeFormat": "h:mm:ss tt",
	})
}

// reconnect takes a chat to this host, after a switch to it.
func (d *Door) reconnect(w http.ResponseWriter, r *http.Request) {
	body, ok := read(w, r, "chatId:string", "participantId:string")
	if !ok {
		return
	}
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	if d.asleep(w) {
		return
	}
	for _, c := range d.server.chats {
		if c.web != nil && c.web.id == text(body, "chatId") && c.web.participant == text(body, "participantId") && !c.gone {
			c.web.door = d.name
			answer(w, http.StatusNoContent, nil)
			return
		}
	}
	refuse(w, http.StatusBadRequest, "error.request.webChat.invalidChatId", "The chat is not known.")
}

func (s *Server) pollChat(w http.ResponseWriter, _ *http.Request, c *chat) {
	c.web.mu.Lock()
	all := c.web.waiting
	c.web.waiting = nil
	c.web.mu.Unlock()
	s.answerMessages(w, all)
}

func (s *Server) chatHistory(w http.ResponseWriter, _ *http.Request, c *chat) {
	if s.options.Levels["web-chat"] < 6 {
		notFound(w)
		return
	}
	c.web.mu.Lock()
	all := slices.Clone(c.web.history)
	c.web.mu.Unlock()
	s.answerMessages(w, all)
}

// answerMessages suggests the pause as a string.
func (s *Server) answerMessages(w http.ResponseWriter, all []json.RawMessage) {
	answer(w, http.StatusOK, object{
		"__type": "urn:inin.com:webChat:chatGetMessagesResponse", "pollWaitSuggestion": strconv.Itoa(s.options.PollWait),
		"messages": slices.Concat([]json.RawMessage{}, all),
	})
}

func (s *Server) customerPosts(w http.ResponseWriter, r *http.Request, c *chat) {
	body, ok := read(w, r, "message:string", "contentType:string")
	if !ok {
		return
	}
	if kind := text(body, "contentType"); kind != "text/plain" && kind != "text/html" || c.over() {
		refuse(w, http.StatusBadRequest, "error.request.invalidRepresentation.invalidProperty", "The message cannot be taken.")
		return
	}
	s.say(c, c.member(""), text(body, "message"))
	s.publish()
	answer(w, http.StatusNoContent, nil)
}

func (s *Server) customerTypesThere(w http.ResponseWriter, r *http.Request, c *chat) {
	body, ok := read(w, r, "typingIndicator:bool")
	if !ok {
		return
	}
	s.types(c, c.member(""), body["typingIndicator"] == true)
	s.publish()
	answer(w, http.StatusNoContent, nil)
}

// exitChat ends the chat. The participant is not known any more.
func (s *Server) exitChat(w http.ResponseWriter, _ *http.Request, c *chat) {
	s.finish(c, "E")
	c.web.participant = ParticipantMark + guid()
	s.publish()
	answer(w, http.StatusNoContent, nil)
}

// tellWeb lets something out that happened in a web chat, under the next number.
func (s *Server) tellWeb(c *chat, kind, participant string, fields object) {
	c.web.number++
	message := object{
		"__type": "urn:inin.com:webChat:" + kind, "participantId": participant, "sequenceNumber": c.web.number, "timestamp": stamp(s.now()),
	}
	maps.Copy(message, fields)
	one, web := encoded(message), c.web
	web.mu.Lock()
	web.history = append(web.history, one)
	web.mu.Unlock()
	s.Notify(func() {
		web.mu.Lock()
		defer web.mu.Unlock()
		web.waiting = append(web.waiting, one)
	})
}

func (s *Server) tellState(c *chat, p *party, state int) {
	s.tellWeb(c, "chatParticipantStateChangedMessage", p.key, object{
		"state": state, "displayName": p.name, "participantType": "Agent",
	})
}

func guid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
