// Package sim is a Genesys Engage as far as our desk sees it: Web Services for agents in one of two dialects, with CometD,
// and Mobile Services for customers, over one and the same chat server. It follows the vendor's pages; what they leave open
// is inferred and said so where it matters.
package sim

import (
	"crypto/md5" //nolint:gosec // for ids that look like the vendor's
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

var _ simkit.Simulator = (*Simulator)(nil)

// Dialects of Web Services.
const (
	Dialect851 = "8.5.1"
	Dialect852 = "8.5.2"
)

// Options of a simulator; the zero value is a contact centre of dialect 8.5.2 with three people.
type Options struct {
	// Dialect is Dialect851 or Dialect852.
	Dialect string
	// People are who answers, by their user names. Default: anna, bob, carol.
	People []string
	// Queues are interaction queues and chat services, which have the same names here. Default: support, billing.
	Queues []string
	// Bot and Password are the agent as whom a bot logs in. Default: bot01, bot-password. While that agent is ready, the
	// routing strategy gives it every chat that begins, and those sent to BotQueue.
	Bot, Password string
	// Clock is that of timestamps and time-outs. Default: the machine's.
	Clock orchestrator.Clock
	// NoCSRF is enableCsrfProtection=false.
	NoCSRF bool
	// PollFor is how long a poll of CometD is held. Default: 30 s.
	PollFor time.Duration
	// SilentFor is flex-disconnect-timeout. Default: 45 s.
	SilentFor time.Duration
	// EventsFirst tells what an operation causes before it is answered; otherwise it is told afterwards.
	EventsFirst bool
	// Logs is where a notification of 8.5.1 carries a chat's log, for which the vendor shows no sample: LogsBeside the interaction,
	// LogsInside it, or LogsBare, in the interaction that is the notification itself.
	Logs string
	// Gaps gives every text an entry behind it that agents are not shown, so that what they see has holes.
	Gaps bool
}

// Where a log lies in a notification of 8.5.1 (Options.Logs).
const (
	LogsBeside = ""
	LogsInside = "inside"
	LogsBare   = "bare"
)

// BotQueue is the queue of the bot: a chat that is transferred there comes back to it.
const BotQueue = "bot-first"

// Simulator is the contact centre. It is safe for concurrent use.
type Simulator struct {
	simkit.Faults
	options Options
	dialect dialect
	handler http.Handler
	comet   *comet

	mu       sync.Mutex
	users    map[string]*user // by id
	sessions map[string]*httpSession
	chats    []*chat
	minted   int
	later    []func()       // what the operation under way causes
	stalled  bool           // notifications are lost
	refuses  map[string]int // operations that are refused, and how often yet
	calls    map[string]int // operations that were asked for, and how often
}

// user is an agent: a person, or the one as whom the bot logs in.
type user struct {
	id, name string
	bot      bool
	working  bool // StartContactCenterSession
	ready    bool
}

// New is a contact centre in which everybody is ready and nothing has happened.
func New(o Options) *Simulator {
	o = o.withDefaults()
	s := &Simulator{
		options: o, dialect: dialects[o.Dialect], users: map[string]*user{}, sessions: map[string]*httpSession{},
		refuses: map[string]int{}, calls: map[string]int{},
	}
	s.Clock, s.Polls, s.About = o.Clock, polls, s.about
	s.comet = newComet(o.Clock, o.PollFor)
	for _, name := range o.People {
		u := &user{id: UserID(name), name: name, working: true, ready: true}
		s.users[u.id] = u
	}
	s.users[UserID(o.Bot)] = &user{id: UserID(o.Bot), name: o.Bot, bot: true}
	s.handler = s.Wrap(s.routes(), carriesWord)
	return s
}

func (o Options) withDefaults() Options {
	if o.Dialect == "" {
		o.Dialect = Dialect852
	}
	if len(o.People) == 0 {
		o.People = []string{"anna", "bob", "carol"}
	}
	if len(o.Queues) == 0 {
		o.Queues = []string{"support", "billing"}
	}
	if o.Bot == "" {
		o.Bot = "bot01"
	}
	if o.Password == "" {
		o.Password = "bot-password"
	}
	if o.Clock == nil {
		o.Clock = orchestrator.SystemClock{}
	}
	if o.PollFor == 0 {
		o.PollFor = 30 * time.Second
	}
	if o.SilentFor == 0 {
		o.SilentFor = 45 * time.Second
	}
	return o
}

// UserID is the id of a user: 32 hexadecimal digits.
func UserID(name string) string {
	sum := md5.Sum([]byte(name)) //nolint:gosec // for ids that look like the vendor's
	return hex.EncodeToString(sum[:])
}

// ServeHTTP answers the vendor's own paths.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// People are the user names of those who answer.
func (s *Simulator) People() []string { return slices.Clone(s.options.People) }

// Queues are the queues in which a customer may wait.
func (s *Simulator) Queues() []string { return slices.Clone(s.options.Queues) }

// carriesWord: the call says something to people or to a customer.
func carriesWord(r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	if strings.HasPrefix(r.URL.Path, gmsRoot) {
		return strings.HasSuffix(r.URL.Path, "/send")
	}
	return strings.Contains(string(simkit.Body(r)), `"SendMessage"`)
}

// polls: the call asks for notifications, or for what is new in a chat.
func polls(r *http.Request) bool {
	if strings.HasPrefix(r.URL.Path, gmsRoot) {
		return strings.HasSuffix(r.URL.Path, "/refresh")
	}
	return strings.HasPrefix(r.URL.Path, notificationsRoot) && strings.Contains(string(simkit.Body(r)), `"/meta/connect"`)
}

// about answers which chat a call concerns.
func (s *Simulator) about(r *http.Request) string {
	if path, ok := strings.CutPrefix(r.URL.Path, s.dialect.list+"/"); ok {
		id, _, _ := strings.Cut(path, "/")
		return id
	}
	if path, ok := strings.CutPrefix(r.URL.Path, gmsRoot+"/"); ok {
		parts := strings.Split(path, "/")
		if len(parts) == 1 {
			return simkit.Opening
		}
		return parts[1]
	}
	return ""
}

// LoseSessions forgets every HTTP session, and CometD's with them. GMS knows none.
func (s *Simulator) LoseSessions() {
	s.mu.Lock()
	clear(s.sessions)
	s.mu.Unlock()
	s.comet.forget(http.StatusUnauthorized)
	s.Changed()
}

// ForgetListeners forgets CometD's sessions only: the next poll is answered 402.
func (s *Simulator) ForgetListeners() { s.comet.forget(0) }

// Stall loses every notification while do runs, as a broken CometD session does.
func (s *Simulator) Stall(do func()) {
	s.mu.Lock()
	s.stalled = true
	s.mu.Unlock()
	do()
	s.mu.Lock()
	s.stalled = false
	s.mu.Unlock()
}

// RotateTokens gives every session another CSRF token.
func (s *Simulator) RotateTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.sessions {
		session.csrf = s.mint("csrf")
	}
}

// Refuse refuses an operation on chats so many times, as in a state that does not allow it.
func (s *Simulator) Refuse(operation string, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuses[operation] = times
}

// Asked is how often an operation on chats was asked for.
func (s *Simulator) Asked(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[operation]
}

// MoveNodes moves every chat to another node of the chat server: the alias changes with the next answer.
func (s *Simulator) MoveNodes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.chats {
		c.alias++
	}
}

// CloseQueue ends a chat that waits, as a strategy does that has nobody for it.
func (s *Simulator) CloseQueue(id string) error {
	return s.do(func() error {
		c := s.find(id)
		if c == nil || len(c.in()) > 0 {
			return cannot("chat %q does not wait", id)
		}
		s.finish(c, nil, 0)
		return nil
	})
}

// TellUnknown sends what nobody has heard of: on the topic of chats, and in every transcript.
func (s *Simulator) TellUnknown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users {
		for _, c := range s.chats {
			if leg := c.legs[u.id]; leg == nil || leg.state != stateChatting {
				continue
			}
			for _, data := range []any{
				map[string]any{"messageType": "ChatMoodMessage", "notificationType": "Mood", "chat": map[string]any{"id": c.id, "mood": 7}},
				map[string]any{"messageType": "MessageLogUpdated", "chatUri": "https://gws.example/api/v2/me/chats/" + c.id, "extra": []int{1}},
				map[string]any{"messageType": "MessageLogUpdated", "notificationType": "NewMessages", "chatUri": "https://gws.ex"},
				"cut sho",
			} {
				s.publish(u, s.dialect.topic, data)
			}
		}
	}
	for _, c := range s.chats {
		if !c.ended {
			c.write(s, entry{kind: "SmileyThrown", text: ":-)", from: c.strategy()})
		}
	}
}

// mint makes an id that no other has. The lock is held.
func (s *Simulator) mint(of string) string {
	s.minted++
	sum := md5.Sum([]byte(of + s.options.Bot + strconv.Itoa(s.minted))) //nolint:gosec // for ids that look like the vendor's
	return hex.EncodeToString(sum[:])
}

// publish tells a user something on a topic, in the manner that the faults ask for.
func (s *Simulator) publish(u *user, topic string, data any) {
	if s.stalled {
		return
	}
	s.later = append(s.later, func() {
		s.Notify(func() { s.comet.publish(u.id, topic, data) })
	})
}

// do does something to the contact centre and tells afterwards what it causes.
func (s *Simulator) do(what func() error) error {
	s.mu.Lock()
	err := what()
	tell := s.take()
	s.mu.Unlock()
	for _, one := range tell {
		one()
	}
	s.Changed()
	return err
}

// take answers what is to be told. The lock is held.
func (s *Simulator) take() []func() {
	tell := s.later
	s.later = nil
	return tell
}

func (s *Simulator) now() time.Time { return s.options.Clock.Now() }

// KeepRinging lets a chat ring on when its customer leaves, so that whoever accepts it cannot join.
func (s *Simulator) KeepRinging(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.find(id); c != nil {
		c.rings = true
	}
}

// Legs is how many agents still have to do with a chat.
func (s *Simulator) Legs(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.find(id); c != nil {
		return len(c.legs)
	}
	return 0
}

// Keys are the credentials that are in use: keys of chats, cookies and CSRF tokens. A test looks for them where they must
// not be.
func (s *Simulator) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for _, c := range s.chats {
		if c.key != "" {
			keys = append(keys, c.key)
		}
	}
	for _, session := range s.sessions {
		keys = append(keys, session.cookie, session.csrf)
	}
	return keys
}
