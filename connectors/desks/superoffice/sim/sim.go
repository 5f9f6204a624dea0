package sim

import (
	"context"
	"crypto/rsa"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

var _ simkit.Simulator = (*Vendor)(nil)

// Tenant is the customer id under which the interface lies: /Cust12345/api/v1.
const Tenant = "Cust12345"

// SystemUser is the login of the application's own user, who handles what is called with a ticket or token.
const SystemUser = "handoff"

// Options are what a simulator is told. What is zero has its default.
type Options struct {
	Clock orchestrator.Clock
	// People are the users who answer chats, by login; a full name is the login with a capital. Default: anna, bob, carol.
	People []string
	// Topics are the ids of the chat topics, all served by all people. Default: 2 and 3.
	Topics []int
	// BotTopics are those with a chatbot: sessions there begin with ChatbotIsActive.
	BotTopics []int
	// FormTopics are those whose customers fill a form in before they wait.
	FormTopics []int
	// Password is that of every user, for Basic; Token is a bearer token of the system user.
	Password, Token string
	// SystemToken and AppToken are accepted from the system user, whose signature is checked with Key.
	SystemToken, AppToken string
	Key                   *rsa.PublicKey
	// BotName is the author of what our bot says to people, so that the Stage can tell it from the customer's words.
	BotName string
	// KeepBotOnReset leaves ChatbotIsActive as it is on Reset: the documents of the REST call do not say that it is cleared.
	KeepBotOnReset bool
	// HookClient delivers webhooks; nil is a client of its own.
	HookClient *http.Client
}

// Vendor is the simulated vendor. It is safe for concurrent use; Close ends its deliveries.
type Vendor struct {
	simkit.Faults
	options Options
	handler http.Handler
	signer  *rsa.PrivateKey // of the tokens that carry tickets

	delivering context.Context
	stop       context.CancelFunc
	deliveries sync.WaitGroup

	mu        sync.Mutex
	users     []*user
	topics    map[int]*topic
	sessions  map[int]*chatSession
	newest    int // session
	newestMsg int
	tickets   map[string]bool
	hooks     map[int]*webhook
	newestHk  int
	host      string // the subdomain on which the tenant lies; empty: any
	patched   int    // patches taken
	logins    int
}

// user is an associate. AssociateId and EjUserId are different numbers.
type user struct {
	login, name string
	id, ejuser  int
	present     bool
}

// topic is a chat topic.
type topic struct {
	id            int
	name          string
	bot, form     bool
	closed        bool // outside its opening hours
	served        []string
	welcome       string
	entity        map[string]any // what was saved besides
	secondsAccept int
}

// chatSession is one session with its messages.
type chatSession struct {
	id, topic                                 int
	user, transferTo                          *user
	alias, host, name, email, phone, company  string
	consented, bot                            bool
	status                                    status
	first, last, key                          string
	requested, started, ended, idle, fetched  time.Time
	queuePos, alert, rank, flags, rating      int
	person, contact, project, sale, ticketRef any
	messages                                  []*message
	byAPI                                     bool
}

// message is one message of a session.
type message struct {
	ID        int    `json:"ChatMessageId"`
	Session   int    `json:"ChatSessionId"`
	Type      kind   `json:"Type"`
	Message   string `json:"Message"`
	Author    string `json:"Author"`
	Read      int    `json:"ReadByCustomer"`
	Special   extra  `json:"SpecialType"`
	Param     string `json:"SpecialParam"`
	Posted    string `json:"WhenPosted"`
	postedRaw time.Time
}

// New makes a vendor with nobody in it but the people.
func New(o Options) *Vendor {
	if o.Clock == nil {
		o.Clock = orchestrator.SystemClock{}
	}
	if len(o.People) == 0 {
		o.People = []string{"anna", "bob", "carol"}
	}
	if len(o.Topics) == 0 {
		o.Topics = []int{2, 3}
	}
	if o.BotName == "" {
		o.BotName = "Assistant"
	}
	if o.HookClient == nil {
		o.HookClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	}
	v := &Vendor{
		options: o, topics: map[int]*topic{}, sessions: map[int]*chatSession{}, newest: 194, newestMsg: 4000, tickets: map[string]bool{},
		hooks: map[int]*webhook{}, signer: signer(),
	}
	v.Clock, v.Polls = o.Clock, asksForWords
	v.delivering, v.stop = context.WithCancel(context.Background())
	for i, login := range slices.Concat([]string{SystemUser}, o.People) {
		v.users = append(v.users, &user{login: login, name: capital(login), id: 10 + i, ejuser: 310 + i, present: login != SystemUser})
	}
	for _, id := range o.Topics {
		v.topics[id] = &topic{
			id: id, name: "Topic " + strconv.Itoa(id), bot: slices.Contains(o.BotTopics, id), form: slices.Contains(o.FormTopics, id),
			served: o.People, secondsAccept: 20,
		}
	}
	v.About = about
	v.handler = v.Wrap(http.HandlerFunc(v.route), carriesWord)
	return v
}

func capital(login string) string {
	if login == "" {
		return ""
	}
	return string(login[0]-'a'+'A') + login[1:]
}

// ServeHTTP implements http.Handler.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) { v.handler.ServeHTTP(w, r) }

// Close ends deliveries and waits for those under way.
func (v *Vendor) Close() {
	v.stop()
	v.deliveries.Wait()
	if t, ok := v.options.HookClient.Transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// LoseSessions forgets every ticket: the next call with one is answered 401.
func (v *Vendor) LoseSessions() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.tickets)
}

// MoveTo lets the tenant lie on one host only: a call to another one is answered 421. Empty: on any.
func (v *Vendor) MoveTo(host string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.host = host
}

// CloseTopic makes a topic closed as outside its opening hours, or opens it.
func (v *Vendor) CloseTopic(id int, closed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if t := v.topics[id]; t != nil {
		t.closed = closed
	}
}

// Logins answers how many tickets were given out.
func (v *Vendor) Logins() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.logins
}

func (v *Vendor) now() time.Time { return v.options.Clock.Now().UTC() }

func (v *Vendor) user(name string) *user {
	for _, u := range v.users {
		if u.login == name || strconv.Itoa(u.id) == name {
			return u
		}
	}
	return nil
}

// somebodyFor reports whether anybody is present for a topic that is open.
func (v *Vendor) somebodyFor(t *topic) bool {
	return t != nil && !t.closed && slices.ContainsFunc(v.users, func(u *user) bool {
		return u.present && slices.Contains(t.served, u.login)
	})
}
