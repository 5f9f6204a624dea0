// Package sim is Oracle B2C Service chat as an http.Handler: the site's token calls, the Agent API and the Consumer API, with
// the spellings, statuses and mixed answers of Oracle's reference. What the reference leaves open is chosen here and said
// where it is chosen: mostly how a getMessages call takes its place (inbox.go) and what resuming a session means
// (consumer.go).
package sim

import (
	"crypto/rand"
	"encoding/json"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// Defaults.
const (
	DefaultSite = "day119_181100_sql_238h"
	DefaultPool = "297:1"
)

// Times of the chat server. Those of a site's settings have the values of Oracle's own examples.
const (
	holdFor     = 30 * time.Second // getMessages
	answerOffer = 60 * time.Second // SRV_AGENT_TIMEOUT: fixed
	missedFor   = 60 * time.Second // ABSENT_INTERVAL (30 s) times AGENT_ABSENT_RETRY_COUNT (2), and the same for customers
	idleFor     = 10 * time.Minute // CS_IDLE_TIMEOUT
	resetAfter  = 30 * time.Second // clientReset 2: no getMessages for so long
)

// Options of a simulator. What is zero has a default.
type Options struct {
	Username, Password string // of the staff account
	// AccountID is the bot's (X-AID).
	AccountID int64
	// AvailableStatus and UnavailableStatus are the ids of the site's agent statuses of these types.
	AvailableStatus, UnavailableStatus int64
	Site, Pool                         string
	// People answer chats in every queue. Queues are their ids.
	People, Queues []string
	Clock          orchestrator.Clock
	// OfferName is the type name of the offer, which the reference does not tell.
	OfferName string
	// Forgetful shows a post twice that comes twice under one messageId: Oracle does not promise to recognise it.
	Forgetful bool
	// NoResume begins another engagement where a session is asked for again: what RESUME does is not documented.
	NoResume bool
	// ConflictStatus is the HTTP status of CONFLICT on agent calls: 409 if zero. The Agent API's pages name the code and no 409.
	ConflictStatus int
}

// Sim is one simulated site with its chat server. It is safe for concurrent use.
type Sim struct {
	simkit.Faults
	options Options
	clock   orchestrator.Clock
	handler http.Handler

	telling sync.Mutex // keeps notifications in the order of what caused them
	mu      sync.Mutex
	out     []func() // notifications to be told when mu is free
	pool    string
	tokens  map[string]token
	absent  map[string]bool // people who are not ready
	chats   []*engagement
	bot     botAccount
	number  int64 // of clients and engagements
	numeric bool  // clientReset of the next answer is a number, not a string
	logins  int
	nobody  bool
}

// token is what a JWT of the site's is good for.
type token struct {
	agent bool
	who   information
}

var _ simkit.Simulator = (*Sim)(nil)

// New is a simulator with nobody in it but its people.
func New(o Options) *Sim {
	set := func(have *string, otherwise string) {
		if *have == "" {
			*have = otherwise
		}
	}
	set(&o.Site, DefaultSite)
	set(&o.Pool, DefaultPool)
	set(&o.OfferName, "ChatEngagementAssignmentNotification")
	if o.Clock == nil {
		o.Clock = orchestrator.SystemClock{}
	}
	if o.ConflictStatus == 0 {
		o.ConflictStatus = http.StatusConflict
	}
	s := &Sim{
		options: o, clock: o.Clock, pool: o.Pool, tokens: map[string]token{}, absent: map[string]bool{}, number: 20,
		bot: botAccount{inbox: newInbox()},
	}
	s.Clock, s.Polls, s.About = o.Clock, polls, s.about
	mux := http.NewServeMux()
	s.routes(mux)
	s.handler = s.Wrap(mux, carriesWord)
	return s
}

// carriesWord: faults for one call concern posts.
func carriesWord(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/postMessage") }

// about: the consumer's calls concern the engagement of their session, the agent's that which they name.
func (s *Sim) about(r *http.Request) string {
	if strings.HasSuffix(r.URL.Path, "/requestEngagement") || strings.HasSuffix(r.URL.Path, "/establishSessions") {
		return simkit.Opening
	}
	if session := r.Header.Get("SessionId"); session != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, e := range s.chats {
			if e.session == session {
				return e.ref()
			}
		}
		return ""
	}
	body := simkit.Body(r)
	if r.Method == http.MethodGet {
		body = []byte(r.URL.Query().Get("request"))
	}
	var named struct {
		Engagement  int64 `json:"engagementId"`
		Destination int64 `json:"destinationId"`
	}
	if json.Unmarshal(body, &named) != nil || named.Engagement+named.Destination == 0 {
		return ""
	}
	return text(named.Engagement + named.Destination)
}

// polls: the calls that ask for notifications.
func polls(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/getMessages") }

// ServeHTTP answers one call of the site or the chat server.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// People lists those who answer.
func (s *Sim) People() []string { return s.options.People }

// Queues lists the ids of the queues that people answer.
func (s *Sim) Queues() []string { return s.options.Queues }

// Logins is how often the bot's account has logged in.
func (s *Sim) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// Asks reports whether the bot has asked for an engagement that it has not been offered yet.
func (s *Sim) Asks() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bot.asks
}

// Nobody lets the statistics say whether anybody is there.
func (s *Sim) Nobody(is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nobody = is
}

// MovePool tells everybody the chat server's new pool. The old one is not known from then on.
func (s *Sim) MovePool(pool string) {
	_ = s.do(func() error {
		s.tellBot("ChatConfigChangeNotification", fields{"name": "CHAT_CLUSTER_POOL_ID", "value": pool})
		for _, e := range s.chats {
			s.tellConsumer(e, "RNEngagementConfigurationChangedMessage", fields{"name": "CHAT_CLUSTER_POOL_ID", "value": pool})
		}
		s.pool = pool
		return nil
	})
}

// MovePoolUnheard moves the chat server to another pool without a word: its notifications of that are lost. The site knows.
func (s *Sim) MovePoolUnheard(pool string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pool = pool
}

// LoseSessions forgets every session. Engagements go on: what they have to tell waits for the next session.
func (s *Sim) LoseSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bot.session = ""
	s.bot.inbox.release()
	for _, e := range s.chats {
		if e.session != "" {
			e.session = ""
			e.inbox.release()
		}
	}
}

// TellUnknown sends what nobody has heard of, known messages with unknown or wrong fields, and one that is cut short.
func (s *Sim) TellUnknown() {
	_ = s.do(func() error {
		broken := []json.RawMessage{
			json.RawMessage(`"ChatPostM"`), json.RawMessage(`{"ChatPostMessage":7}`),
			json.RawMessage(`{"messageName":"RNEngagementMessagePostedMessage","clientId":{"x":1},"body":"no"}`), json.RawMessage(`null`),
		}
		s.tellBot("ChatMoodNotification", fields{"mood": "sunny", "engagementId": 1})
		s.tellBot("ChatVaPassthroughMessage", fields{"content": `{"a":1}`})
		for _, e := range s.chats {
			s.tellConsumer(e, "RNEngagementWeatherChangedMessage", fields{"sky": []int{1}})
			s.tellConsumer(e, "RNEngagementMediaInvitationMessage", fields{"clientId": "99"})
			e.inbox.raw(broken...)
		}
		s.bot.inbox.raw(broken...)
		return nil
	})
}

// do runs a change under the lock and then tells what it causes, in the order of the changes.
func (s *Sim) do(change func() error) error {
	s.mu.Lock()
	err := change()
	out := s.out
	s.out = nil
	s.telling.Lock()
	s.mu.Unlock()
	for _, tell := range out {
		s.Notify(tell)
	}
	s.telling.Unlock()
	s.Changed()
	return err
}

// next numbers clients, engagements and messages.
func (s *Sim) next() int64 {
	s.number++
	return s.number
}

func (s *Sim) nowMS() int64 { return s.clock.Now().UnixMilli() }

// engagement answers a chat by its id in text.
func (s *Sim) engagement(ref string) *engagement {
	for _, e := range s.chats {
		if e.ref() == ref {
			return e
		}
	}
	return nil
}

// refusal is an error answer of the chat server.
type refusal struct {
	status int
	code   string
	text   string
}

// Error implements error.
func (r *refusal) Error() string { return r.code + ": " + r.text }

func refuse(status int, code, why string) error { return &refusal{status, code, why} }

// decode reads the JSON of a request, which must say that it is JSON and hold one object with members of the documented types.
func decode(r *http.Request, into any) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == "application/json" && json.NewDecoder(r.Body).Decode(into) == nil
}

// reply writes JSON.
func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// replyRefusal writes an error body: exceptionCode and message.
func replyRefusal(w http.ResponseWriter, err error) {
	r, ok := err.(*refusal) //nolint:errorlint // made here, never wrapped
	if !ok {
		r = &refusal{http.StatusInternalServerError, "INTERNAL_SERVER_ERROR", err.Error()}
	}
	reply(w, r.status, fields{"exceptionCode": r.code, "message": r.text})
}

// fields is a JSON object.
type fields map[string]any

// secret makes a token or a session id.
func secret(prefix string) string { return prefix + strings.ToLower(rand.Text()) }

// split is the domain and the port under which the simulator was called, as the site names its chat server.
func split(host string) (domain, port string) {
	domain, port, err := net.SplitHostPort(host)
	if err != nil {
		return host, ""
	}
	return domain, port
}

// text is a number as the twin fields have it.
func text(n int64) string { return strconv.FormatInt(n, 10) }

// has reports whether a list has a name.
func has(list []string, name string) bool { return slices.Contains(list, name) }
