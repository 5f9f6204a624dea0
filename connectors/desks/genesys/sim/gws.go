package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// dialect is what differs between the generations of Web Services.
type dialect struct {
	topic, list, plural string
}

var dialects = map[string]dialect{
	Dialect851: {topic: "/v2/me/interactions", list: "/api/v2/me/interactions", plural: "interactions"},
	Dialect852: {topic: "/v2/me/chats", list: "/api/v2/me/chats", plural: "chats"},
}

// httpSession is an HTTP session of an agent.
type httpSession struct {
	cookie, csrf string
	user         *user
}

// notificationsRoot is where CometD listens.
const notificationsRoot = "/api/v2/notifications"

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/diagnostics/version", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]any{"statusCode": 0, "version": s.options.Dialect})
	})
	mux.HandleFunc(notificationsRoot, s.notifications)
	mux.HandleFunc(notificationsRoot+"/", s.notifications)
	mux.HandleFunc("GET /api/v2/me", s.agent(s.me))
	mux.HandleFunc("POST /api/v2/me", s.agent(s.session))
	mux.HandleFunc("POST /api/v2/me/channels/chat", s.agent(s.channel))
	mux.HandleFunc("GET "+s.dialect.list, s.agent(s.list))
	mux.HandleFunc("POST "+s.dialect.list+"/{id}", s.agent(s.operation))
	if s.options.Dialect == Dialect852 {
		mux.HandleFunc("GET "+s.dialect.list+"/{id}/messages", s.agent(s.messages))
	}
	mux.HandleFunc("GET /api/v2/users", s.agent(s.listUsers))
	mux.HandleFunc("/api/v2/", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusNotFound, failure(6, "resource not found"))
	})
	mux.HandleFunc("POST "+gmsRoot+"/{service}", s.requestChat)
	mux.HandleFunc("POST "+gmsRoot+"/{service}/{id}/{what}", s.chatCall)
	return mux
}

// request is a call of an agent with what was found out about it. The lock is not held.
type request struct {
	*http.Request
	session *httpSession
	body    []byte
	op      map[string]any
}

// text is a member of the body, empty if there is none.
func (r *request) text(name string) string {
	value, _ := r.op[name].(string)
	return value
}

// agent lets authenticated calls through: Basic on each, the cookie of the HTTP session on all but the first, and the CSRF
// token on whatever changes something.
func (s *Simulator) agent(next func(w http.ResponseWriter, r *request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		session, status, why := s.authenticate(r)
		if status != 0 {
			if status == http.StatusForbidden {
				http.Error(w, why, status)
				return
			}
			reply(w, status, failure(20, why))
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: session.cookie, Path: "/", HttpOnly: true}) //nolint:gosec // as the vendor sets it
		if !s.options.NoCSRF && r.Method == http.MethodGet {
			s.mu.Lock()
			w.Header().Set("X-CSRF-HEADER", "X-CSRF-TOKEN")
			w.Header().Set("X-CSRF-TOKEN", session.csrf)
			s.mu.Unlock()
		}
		call := &request{Request: r, session: session}
		if r.Method == http.MethodPost {
			call.body, _ = io.ReadAll(io.LimitReader(r.Body, 1<<20))
			_ = json.Unmarshal(call.body, &call.op)
		}
		next(w, call)
	}
}

// authenticate finds the session of a call, or makes one for a read without a cookie.
func (s *Simulator) authenticate(r *http.Request) (found *httpSession, status int, why string) {
	name, password, ok := r.BasicAuth()
	if !ok || name != s.options.Bot || password != s.options.Password {
		return nil, http.StatusUnauthorized, "wrong credentials"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cookie, err := r.Cookie("JSESSIONID")
	switch {
	case err == nil && s.sessions[cookie.Value] == nil:
		return nil, http.StatusUnauthorized, "the session has expired"
	case err == nil:
		found = s.sessions[cookie.Value]
	case r.Method == http.MethodGet:
		found = &httpSession{cookie: s.mint("session"), csrf: s.mint("csrf"), user: s.users[UserID(name)]}
		s.sessions[found.cookie] = found
		return found, 0, ""
	default:
		return nil, http.StatusForbidden, "Missing or invalid Csrf token"
	}
	if r.Method != http.MethodGet && !s.options.NoCSRF && r.Header.Get("X-CSRF-TOKEN") != found.csrf {
		return nil, http.StatusForbidden, "Missing or invalid Csrf token"
	}
	return found, 0, ""
}

func (s *Simulator) notifications(w http.ResponseWriter, r *http.Request) {
	s.agent(func(w http.ResponseWriter, r *request) {
		s.comet.serve(w, r.Request, r.session.user.id, r.body)
	})(w, r)
}

func (s *Simulator) me(w http.ResponseWriter, r *request) {
	u := r.session.user
	s.mu.Lock()
	state := channelState(u)
	s.mu.Unlock()
	reply(w, http.StatusOK, map[string]any{"statusCode": 0, "user": map[string]any{
		"id": u.id, "userName": u.name, "roles": []string{"ROLE_AGENT"}, "enabled": true,
		"channels": []any{map[string]any{"channel": "chat", "userState": state}},
		"settings": map[string]any{"interaction-workspace": map[string]any{
			"chat.auto-answer": "false", "chat.typing-timeout": "10", "system.cometd.timeout": "60000",
		}},
		"uri": "https://gws.example/api/v2/users/" + u.id, "path": "/users/" + u.id,
	}})
}

func channelState(u *user) map[string]any {
	if u.ready {
		return map[string]any{"id": "9430250E-0A1B-421F-B372-F29E69366DED", "displayName": "Ready", "state": "Ready"}
	}
	return map[string]any{"id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6", "displayName": "Not Ready", "state": "NotReady"}
}

// session begins and ends the agent's work. Beginning what has begun is refused, but it goes on.
func (s *Simulator) session(w http.ResponseWriter, r *request) {
	u := r.session.user
	s.answer(w, func() (int, any) {
		switch r.text("operationName") {
		case "StartContactCenterSession":
			channels, ok := r.op["channels"].([]any)
			if !ok || len(channels) == 0 {
				return http.StatusOK, failure(1, "channels is required")
			}
			if !slices.Contains(channels, any("chat")) {
				return http.StatusOK, failure(7, "there is no such channel")
			}
			if u.working {
				return http.StatusOK, failure(18, "already logged in")
			}
			u.working = true
			s.tellChannel(u)
		case "EndContactCenterSession":
			u.working, u.ready = false, false
			delete(s.sessions, r.session.cookie)
			s.comet.forget(http.StatusUnauthorized)
		case "":
			return http.StatusOK, failure(1, "operationName is required")
		default:
			return http.StatusOK, failure(3, "unknown operation")
		}
		return http.StatusOK, map[string]any{"statusCode": 0}
	})
}

// channel makes the chat channel ready or not. 8.5.1 answers {"status":"ok"}; the sample of 8.5.2 shows the code as a string.
func (s *Simulator) channel(w http.ResponseWriter, r *request) {
	u := r.session.user
	s.answer(w, func() (int, any) {
		state := r.text("operationName")
		switch {
		case state != "Ready" && state != "NotReady":
			return http.StatusOK, failure(3, "unknown operation")
		case !u.working:
			return http.StatusOK, failure(2, "no contact center session")
		}
		u.ready = state == "Ready"
		s.tellChannel(u)
		if u.ready {
			for _, c := range s.chats {
				if !c.byUs && len(c.in()) == 0 && len(c.order) == 0 && (len(c.log) < 3 || c.queue == BotQueue) {
					s.route(c, true)
				}
			}
		}
		if s.options.Dialect == Dialect851 {
			return http.StatusOK, map[string]any{"status": "ok"}
		}
		return http.StatusOK, map[string]any{"statusCode": "0"}
	})
}

func (s *Simulator) tellChannel(u *user) {
	s.publish(u, "/v2/me/channels", map[string]any{"messageType": "ChannelStateChangeMessageV2", "channels": []any{
		map[string]any{"channel": "chat", "dndState": "Off", "userState": channelState(u)},
	}})
}

// list answers the agent's chats: their addresses, or all of them with fields=*.
func (s *Simulator) list(w http.ResponseWriter, r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uris, resources := []string{}, []any{}
	for _, c := range s.chats {
		if c.legs[r.session.user.id] != nil {
			uris = append(uris, "https://gws.example"+s.dialect.list+"/"+c.id)
			resources = append(resources, s.resource(c, r.session.user))
		}
	}
	if r.URL.Query().Get("fields") == "" {
		reply(w, http.StatusOK, map[string]any{"statusCode": 0, "uris": uris})
		return
	}
	reply(w, http.StatusOK, map[string]any{"statusCode": 0, s.dialect.plural: resources})
}

func (s *Simulator) listUsers(w http.ResponseWriter, _ *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	users := []any{}
	for _, name := range s.options.People {
		users = append(users, map[string]any{"id": UserID(name), "userName": name, "uri": "https://gws.example/api/v2/users/" + UserID(name)})
	}
	reply(w, http.StatusOK, map[string]any{"statusCode": 0, "users": users})
}

// messages answers the log of a chat, without the id of the chat.
func (s *Simulator) messages(w http.ResponseWriter, r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls["GET messages"]++
	c := s.find(r.PathValue("id"))
	if c == nil || c.legs[r.session.user.id] == nil {
		reply(w, http.StatusOK, failure(6, "resource not found"))
		return
	}
	reply(w, http.StatusOK, map[string]any{"statusCode": 0, "messages": agentLog(c.log...)})
}

// answer does something, answers, and tells what it causes: afterwards, or before.
func (s *Simulator) answer(w http.ResponseWriter, what func() (int, any)) {
	s.mu.Lock()
	status, body := what()
	tell := s.take()
	s.mu.Unlock()
	if !s.options.EventsFirst {
		reply(w, status, body)
		_ = http.NewResponseController(w).Flush()
	}
	for _, one := range tell {
		one()
	}
	if s.options.EventsFirst {
		reply(w, status, body)
	}
}

// reply writes a body, or none.
func reply(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func failure(code int, why string) map[string]any {
	return map[string]any{"statusCode": code, "statusMessage": why}
}

// lastSegment is the part of an address behind its last slash.
func lastSegment(address string) string { return address[strings.LastIndexByte(address, '/')+1:] }
