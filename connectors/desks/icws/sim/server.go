// Package sim is PureConnect as an http.Handler: ICWS sessions, their messages and subscriptions, interactions, and web chats, as
// far as a desk meets them. Its status codes, spellings (interactionID, interactionId, queueID) and mixed answers are those of the
// vendor's own documents and library; behaviour that no source tells is the plainest that fits.
package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

var _ simkit.Simulator = (*Server)(nil)

// Person is a user of the installation.
type Person struct{ ID, Name string }

// Options of a simulated installation. What is empty has a default.
type Options struct {
	Clock orchestrator.Clock
	// People answer in every workgroup of Workgroups.
	People     []Person
	Workgroups []string
	// Bot is the user as whom a bot may log in, with Password; BotWorkgroup is where the chats of customers begin who are to
	// meet it first.
	Bot          Person
	Password     string
	BotWorkgroup string
	// Levels are the features and their levels; 0 takes one away.
	Levels map[string]int
	// PollWait is what web chats suggest as the pause between polls, in milliseconds.
	PollWait int
	// Blind: the bot's user may see nothing of a chat that it has transferred, nor the queues of others.
	Blind bool
	// MayHandle are the workgroups over whose queues the bot's user has the right, so that it may pick up what waits there.
	// Nil: Workgroups.
	MayHandle []string
	// NoLicenses: the bot's user has none.
	NoLicenses bool
	// NoWorkgroupTransfer: a transfer by queueID is refused for workgroups, as ICELIB's list of queues suggests.
	NoWorkgroupTransfer bool
}

// Defaults.
const (
	DefaultPassword = "icws-sim-password"
	DefaultPollWait = 2000
)

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = orchestrator.SystemClock{}
	}
	if len(o.People) == 0 {
		o.People = []Person{{"alice", "Alice Archer"}, {"bob", "Bob Brook"}, {"carol", "Carol Cole"}}
	}
	if len(o.Workgroups) == 0 {
		o.Workgroups = []string{"Support", "Sales"}
	}
	if o.MayHandle == nil {
		o.MayHandle = o.Workgroups
	}
	if o.Bot.ID == "" {
		o.Bot = Person{"bot1", "Bot"}
	}
	if o.Password == "" {
		o.Password = DefaultPassword
	}
	if o.BotWorkgroup == "" {
		o.BotWorkgroup = "Bot"
	}
	if o.PollWait == 0 {
		o.PollWait = DefaultPollWait
	}
	levels := map[string]int{"connection": 11, "messaging": 2, "queues": 1, "interactions": 13, "status": 1, "web-chat": 6}
	maps.Copy(levels, o.Levels)
	o.Levels = levels
	return o
}

// Server is one simulated installation. It is safe for concurrent use.
type Server struct {
	simkit.Faults
	options Options
	door    *Door

	mu       sync.Mutex
	chats    []*chat
	users    map[string]*user
	sessions map[string]*session
	standby  map[string][]string // doors that take no sessions, and the hosts that they name instead
	numbers  int                 // of sessions, interactions and requests
}

type user struct {
	Person
	status      string
	statusSince time.Time
	station     bool            // for chats
	licensed    bool            //
	active      map[string]bool // workgroups
	away        bool            // not ready for chats
}

// Statuses of the installation.
const (
	statusAvailable = "Available"
	statusAway      = "Away from desk"
	statusFollowUp  = "Follow Up"
	statusGone      = "Gone Home"
)

// New is an installation at rest.
func New(o Options) *Server {
	o = o.withDefaults()
	s := &Server{options: o, users: map[string]*user{}, sessions: map[string]*session{}, standby: map[string][]string{}, numbers: 1731000}
	s.Clock, s.Polls, s.About = o.Clock, polls, s.about
	for _, p := range append([]Person{o.Bot}, o.People...) {
		s.users[p.ID] = &user{Person: p, status: statusAvailable, active: map[string]bool{}}
	}
	s.users[o.Bot.ID].status = statusGone
	s.door = s.Door("")
	return s
}

// polls: the call asks for notifications, or for what is new in a web chat. A stream of them has no answer that gets lost.
func polls(r *http.Request) bool {
	return r.Method == http.MethodGet && !strings.Contains(r.Header.Get("Accept"), "text/event-stream") &&
		(strings.HasSuffix(r.URL.Path, "/messaging/messages") || strings.HasPrefix(r.URL.Path, "/icws/web-chat/messages/"))
}

// about answers which chat a call concerns: that of an interaction, or of a web chat's participant. Subscriptions concern the
// session.
func (s *Server) about(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) >= 4 && parts[2] == "interactions":
		return parts[3]
	case r.URL.Path == "/icws/web-chat/start":
		return simkit.Opening
	case len(parts) == 4 && parts[1] == "web-chat":
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, c := range s.chats {
			if c.web != nil && c.web.participant == parts[3] {
				return c.web.id
			}
		}
	}
	return ""
}

// ServeHTTP serves the first host of the installation.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.door.ServeHTTP(w, r) }

// Door is one host of the installation. Sessions belong to the host at which they began; web chats can be taken along.
type Door struct {
	server  *Server
	name    string
	handler http.Handler
}

// Door answers a host by its name.
func (s *Server) Door(name string) *Door {
	d := &Door{server: s, name: name}
	mux := http.NewServeMux()
	d.routes(mux)
	d.handler = s.Wrap(mux, func(r *http.Request) bool {
		return r.Method == http.MethodPost &&
			(strings.HasSuffix(r.URL.Path, "/chat/messages") || strings.HasPrefix(r.URL.Path, "/icws/web-chat/send-message/"))
	})
	return d
}

// ServeHTTP answers as this host.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

// Standby makes a host take no sessions and name others instead (503), and ends those that it has; no hosts makes it active.
func (s *Server) Standby(door string, hosts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(hosts) == 0 {
		delete(s.standby, door)
		return
	}
	s.standby[door] = hosts
	for _, in := range s.sessions {
		if in.door == door {
			s.kill(in, "Switchover", true)
		}
	}
}

// number makes an id that is not used yet.
func (s *Server) number() string {
	s.numbers++
	return fmt.Sprint(s.numbers)
}

// now is the time, as exactly as ICWS tells it.
func (s *Server) now() time.Time { return s.options.Clock.Now().UTC().Truncate(time.Second) }

// stamp is a time as ICWS writes it.
func stamp(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

const mediaType = "application/vnd.inin.icws+JSON; charset=utf-8"

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-cache, no-store, must-revalidate")
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body) // the caller may be gone
	}
}

// object is a JSON object.
type object = map[string]any

func refuse(w http.ResponseWriter, status int, id, text string) {
	answer(w, status, object{"errorId": id, "message": text})
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "error.request.notFound", "There is no such resource.")
}

// read decodes a body and checks its required properties, each "name:type"; false if it was refused.
func read(w http.ResponseWriter, r *http.Request, required ...string) (object, bool) {
	body := object{}
	if raw := simkit.Body(r); len(raw) > 0 {
		if json.Unmarshal(raw, &body) != nil {
			refuse(w, http.StatusBadRequest, "error.request.invalidRepresentation", "The body is malformed.")
			return nil, false
		}
	}
	for _, one := range required {
		name, kind, _ := strings.Cut(one, ":")
		value, there := body[name]
		fault := object{"message": "A property is wrong.", "propertyName": name}
		switch {
		case !there:
			fault["__type"] = "urn:inin.com:common:missingPropertyError"
			fault["errorId"] = "error.request.invalidRepresentation.missingRequiredParameter"
		case kindOf(value) != kind && (kind != "list" || kindOf(value) != "texts"):
			fault["__type"] = "urn:inin.com:common:invalidPropertyError"
			fault["errorId"] = "error.request.invalidRepresentation.invalidProperty"
		default:
			continue
		}
		answer(w, http.StatusBadRequest, fault)
		return nil, false
	}
	return body, true
}

func kindOf(value any) string {
	switch value := value.(type) {
	case string:
		return "string"
	case bool:
		return "bool"
	case float64:
		return "number"
	case []any:
		for _, one := range value {
			if _, ok := one.(string); !ok {
				return "list"
			}
		}
		return "texts"
	case object:
		return "object"
	}
	return "null"
}

func text(body object, name string) string {
	s, _ := body[name].(string)
	return s
}

func texts(body object, name string) []string {
	var all []string
	list, _ := body[name].([]any)
	for _, one := range list {
		if s, ok := one.(string); ok {
			all = append(all, s)
		}
	}
	return all
}
