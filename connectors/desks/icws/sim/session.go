package sim

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// pingEvery is how often a stream without messages carries a comment.
const pingEvery = 15 * time.Second

// Marks of credentials, so that a test can look for one in what must not hold any.
const (
	TokenMark       = "csrf-token-"
	CookieMark      = "session-cookie-"
	ParticipantMark = "5ec2e7aa-"
)

// session is one login.
type session struct {
	id, token, cookie string
	user              *user
	door              string
	dead              bool // 401 everywhere; guarded by the server's lock
	reason            string
	reconnect         bool // whether it may come back

	queues       map[string]*queueSub
	interactions map[string]*interactionSub
	talks        map[string]*chatSub
	alerts       map[string]bool // chats of which alerting was told; nil: not subscribed
	statuses     map[string]string
	statusUsers  []string

	mu     sync.Mutex
	fifo   []json.RawMessage
	staged map[string][]json.RawMessage // by subscription, until they are let out
	wake   chan struct{}
	closed bool
}

func (d *Door) routes(mux *http.ServeMux) {
	s := d.server
	mux.HandleFunc("POST /icws/connection", d.login)
	mux.HandleFunc("GET /icws/connection/features/{feature}", d.feature)
	mux.HandleFunc("GET /icws/{sid}/connection", d.connection)
	d.webRoutes(mux)
	in := func(pattern string, take func(w http.ResponseWriter, r *http.Request, in *session)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /icws/{sid}"+path, func(w http.ResponseWriter, r *http.Request) {
			if found := d.authenticate(w, r, path == "/messaging/messages"); found != nil {
				take(w, r, found)
			}
		})
	}
	in("DELETE /connection", s.logout)
	in("GET /messaging/messages", s.messages)
	in("POST /messaging/heartbeat", func(w http.ResponseWriter, _ *http.Request, _ *session) { answer(w, http.StatusNoContent, nil) })
	s.subscriptionRoutes(in)
	s.interactionRoutes(in)
	s.userRoutes(in)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound(w) })
}

// login is POST /icws/connection. Wrong credentials are a 400, not a 401.
func (d *Door) login(w http.ResponseWriter, r *http.Request) {
	s := d.server
	body, ok := read(w, r, "__type:string", "applicationName:string", "userID:string", "password:string")
	if !ok {
		return
	}
	if text(body, "__type") != "urn:inin.com:connection:icAuthConnectionRequestSettings" {
		refuse(w, http.StatusBadRequest, "error.request.invalidRepresentation.invalidProperty", "These settings are of no known type.")
		return
	}
	if r.Header.Get("Accept-Language") == "" {
		refuse(w, http.StatusBadRequest, "error.request.invalidRepresentation.missingRequiredParameter", "Accept-Language is missing.")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if hosts, backup := s.standby[d.name]; backup {
		answer(w, http.StatusServiceUnavailable, object{
			"__type": "urn:inin.com:connection:alternateHosts", "errorId": "error.server.notAcceptingConnections",
			"message": "The server is not accepting connections.", "alternateHostList": hosts,
		})
		return
	}
	if text(body, "userID") != s.options.Bot.ID || text(body, "password") != s.options.Password {
		answer(w, http.StatusBadRequest, object{
			"errorId": "error.request.connection.authenticationFailure", "errorCode": -2147221503,
			"message": "The authentication process failed.",
		})
		return
	}
	for _, other := range s.sessions { // another login of the same user ends the first session
		s.kill(other, "AnotherLogOn", false)
	}
	in := &session{
		id: s.number(), token: TokenMark + rand.Text(), cookie: CookieMark + rand.Text() + "|languageId=en-us", user: s.users[s.options.Bot.ID], door: d.name,
		queues: map[string]*queueSub{}, interactions: map[string]*interactionSub{}, talks: map[string]*chatSub{},
		staged: map[string][]json.RawMessage{}, wake: make(chan struct{}, 1),
	}
	in.user.station, in.user.licensed, in.user.status = false, false, statusGone
	s.sessions[in.id] = in
	said := object{
		"__type": "urn:inin.com:connection:connectionResponse", "csrfToken": in.token, "sessionId": in.id,
		"alternateHostList": []string{"cic-icws"}, "userID": in.user.ID, "userDisplayName": in.user.Name, "icServer": "CIC-ICWS",
	}
	if strings.Contains(r.URL.Query().Get("include"), "features") {
		said["features"] = s.features()
	}
	header := w.Header()
	header.Set("ININ-ICWS-CSRF-Token", in.token)
	header.Set("ININ-ICWS-Session-ID", in.id)
	header.Set("Location", "/icws/"+in.id+"/connection")
	header.Set("Set-Cookie", fmt.Sprintf("icws_%s=%s; Path=/icws/%s; HttpOnly", in.id, in.cookie, in.id))
	answer(w, http.StatusCreated, said)
}

// connection tells of a present session and of one that has ended.
func (d *Door) connection(w http.ResponseWriter, r *http.Request) {
	s := d.server
	s.mu.Lock()
	in := s.sessions[r.PathValue("sid")]
	var ended object
	if in != nil && in.dead && in.door == d.name {
		ended = object{"connectionState": 2, "reason": in.reason, "shouldReconnect": in.reconnect}
	}
	s.mu.Unlock()
	if ended != nil {
		answer(w, http.StatusOK, ended)
		return
	}
	if d.authenticate(w, r, true) != nil {
		answer(w, http.StatusOK, object{"connectionState": 1, "reason": ""})
	}
}

// features has a version that is quoted, as the vendor's own example does.
func (s *Server) features() []object {
	var list []object
	for name, level := range s.options.Levels {
		var version any = level
		if name == "status" {
			version = fmt.Sprint(level)
		}
		if level > 0 {
			list = append(list, object{"featureId": name, "version": version})
		}
	}
	return list
}

func (d *Door) feature(w http.ResponseWriter, r *http.Request) {
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	name := r.PathValue("feature") // told by a backup as well: only sessions and web chats are refused there
	level := d.server.options.Levels[name]
	if level == 0 {
		notFound(w)
		return
	}
	answer(w, http.StatusOK, object{"featureId": name, "version": level})
}

// authenticate finds the session. The fetch of messages knows the cookie only: a browser's event source can set no header.
func (d *Door) authenticate(w http.ResponseWriter, r *http.Request, cookieOnly bool) *session {
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	in := d.server.sessions[r.PathValue("sid")]
	if in != nil && !in.dead && in.door == d.name && strings.Contains(r.Header.Get("Cookie"), "icws_"+in.id+"="+in.cookie) &&
		(cookieOnly || r.Header.Get("ININ-ICWS-CSRF-Token") == in.token) {
		return in
	}
	w.Header().Set("WWW-Authenticate", `ICWS realm="ICWS" location="/ICWS/connection"`)
	answer(w, http.StatusUnauthorized, object{"errorId": "error.request.session", "errorCode": -2147221499, "message": "The session has expired."})
	return nil
}

func (s *Server) logout(w http.ResponseWriter, _ *http.Request, in *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kill(in, "UserLogOff", true)
	in.user.status = statusGone
	s.publish()
	answer(w, http.StatusOK, nil)
}

// kill ends a session: it is told so first, as far as it listens.
func (s *Server) kill(in *session, reason string, reconnect bool) {
	if in.dead {
		return
	}
	in.dead, in.reason, in.reconnect = true, reason, reconnect
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.fifo = append(in.fifo, encoded(object{
		"__type": "urn:inin.com:connection:connectionStateChangeMessage", "isDelta": true, "previousConnectionState": 1,
		"newConnectionState": 2, "reason": reason, "shouldReconnect": reconnect,
	}))
	in.signal()
}

// LoseSessions implements simkit.Simulator.
func (s *Server) LoseSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range s.sessions {
		s.kill(in, "SessionTimeout", true)
	}
}

// TellUnknown implements simkit.Simulator: messages of kinds nobody has heard of, with unknown fields, and of a wrong shape.
func (s *Server) TellUnknown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range s.sessions {
		for _, strange := range []any{
			object{"__type": "urn:inin.com:weather:forecastMessage", "isDelta": true, "degrees": 31},
			object{"__type": "urn:inin.com:queues:queueContentsMessage", "isDelta": true, "subscriptionId": "handoff-own", "colour": "blue"},
			object{"__type": "urn:inin.com:interactions.chat:chatContentsMessage", "isDelta": true, "messagesAdded": "none"},
			object{"isDelta": true}, []int{1}, "cut sho",
		} {
			s.tell(in, "unknown", strange)
		}
	}
	for _, c := range s.chats {
		if c.web != nil && !c.over() {
			s.tellWeb(c, "chatWeatherMessage", c.web.participant, object{"degrees": 31})
		}
	}
}

// tell lets one message out. The order of one subscription is kept whatever happens to the order among several.
func (s *Server) tell(in *session, subscription string, message any) {
	in.mu.Lock()
	in.staged[subscription] = append(in.staged[subscription], encoded(message))
	in.mu.Unlock()
	var mine json.RawMessage
	s.Notify(func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		if mine == nil {
			mine, in.staged[subscription] = in.staged[subscription][0], in.staged[subscription][1:]
		}
		if !in.closed {
			in.fifo = append(in.fifo, mine)
			in.signal()
		}
	})
}

func (in *session) signal() {
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

// take answers what has come since, and whether the session is over.
func (in *session) take() ([]json.RawMessage, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := in.fifo
	in.fifo = nil
	return all, in.closed
}

// messages is the short poll, which answers at once and gives nothing twice, or the stream where that is asked for.
func (s *Server) messages(w http.ResponseWriter, r *http.Request, in *session) {
	if s.options.Levels["messaging"] >= 2 && strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		s.stream(w, r, in)
		return
	}
	all, _ := in.take()
	if all == nil {
		all = []json.RawMessage{}
	}
	answer(w, http.StatusOK, all)
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request, in *session) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	_, _ = fmt.Fprint(w, "retry: 1000\n:ping\n\n")
	_ = out.Flush() // the caller may be gone
	for n := 1; ; {
		all, closed := in.take()
		for _, one := range all {
			_, _ = fmt.Fprintf(w, "id: %d\nevent: message\ndata: %s\n\n", n, one)
			n++
		}
		_ = out.Flush() // the caller may be gone
		if closed {
			return
		}
		ping := make(chan struct{})
		stop := s.options.Clock.AfterFunc(pingEvery, func() { close(ping) })
		select {
		case <-in.wake:
		case <-ping:
			_, _ = fmt.Fprint(w, ":ping\n\n")
		case <-r.Context().Done():
			stop()
			return
		}
		stop()
	}
}

func encoded(message any) json.RawMessage {
	b, err := json.Marshal(message)
	if err != nil {
		panic(err) // made of plain values here
	}
	return b
}
