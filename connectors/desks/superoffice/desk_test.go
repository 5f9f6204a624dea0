package superoffice_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"handoff/connectors/desks/superoffice"
	"handoff/connectors/desks/superoffice/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/internal/testlog"
	"handoff/orchestrator"
)

// What the application knows and nobody else may see.
const (
	systemToken = "Handoff-s3cr3tSystem"
	appToken    = "s3cr3t-application-token"
	password    = "s3cr3t-passw0rd"
	hookSecret  = "s3cr3t-of-the-hooks"
)

var people = []orchestrator.Agent{{ID: "anna", Name: "Anna"}, {ID: "bob", Name: "Bob"}, {ID: "carol", Name: "Carol"}}

// theKey is the application's, made once: that takes long.
var theKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func theKeyPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(theKey())}))
}

// site is a simulated vendor, its server, and the server at which our desk takes webhooks.
type site struct {
	vendor *sim.Vendor
	server *httptest.Server
	hooks  *httptest.Server
	more   []*httptest.Server
	desk   atomic.Pointer[superoffice.Desk] // that takes them
	log    *testlog.Buffer
	memory memory
	clock  orchestrator.Clock
	config superoffice.Config
	// cut names the next call that is carried out and whose answer is lost: "POST /ChatSession".
	cut atomic.Pointer[string]
}

// memory is one that can be told of a conversation, and can be broken.
type memory struct {
	*desktest.Memory
	records *sync.Map
	broken  *atomic.Bool
	// listed, if there is one, is awaited before the handles are listed.
	listed *atomic.Pointer[chan struct{}]
}

func (m memory) Load(ctx context.Context, id orchestrator.ConversationID) (*orchestrator.Conversation, error) {
	if c, ok := m.records.Load(id); ok {
		return c.(*orchestrator.Conversation), nil
	}
	return m.Memory.Load(ctx, id)
}

func (m memory) Handles(
	ctx context.Context, desk orchestrator.ConnectorName, since orchestrator.Moment, limit int,
) ([]orchestrator.Handle, error) {
	if listed := m.listed.Load(); listed != nil {
		select {
		case <-*listed:
		case <-ctx.Done():
		}
	}
	return m.Memory.Handles(ctx, desk, since, limit)
}

func (m memory) Keep(ctx context.Context, desk orchestrator.ConnectorName, ref, name string, value []byte) error {
	if m.broken.Load() {
		return errors.New("the store does not answer")
	}
	return m.Memory.Keep(ctx, desk, ref, name, value)
}

// setUp opens a vendor and the configuration of a desk there; change adjusts both.
func setUp(clock orchestrator.Clock, seat string, change func(o *sim.Options, c *superoffice.Config)) *site {
	s := &site{log: &testlog.Buffer{}, clock: clock, memory: memory{Memory: desktest.NewMemory(clock), records: &sync.Map{}, broken: &atomic.Bool{}, listed: &atomic.Pointer[chan struct{}]{}}}
	s.hooks = httptest.NewServer(http.HandlerFunc(s.takeHook))
	options := sim.Options{
		Clock: clock, SystemToken: systemToken, AppToken: appToken, Key: &theKey().PublicKey, Password: password,
	}
	if seat == superoffice.SeatAgent {
		options.BotTopics = []int{2}
	}
	s.config = superoffice.Config{
		Name: "so", Seat: seat, Queues: map[orchestrator.QueueName]string{"billing": "2", "sales": "3"}, AllowPrivate: true,
		Tenant: sim.Tenant, SystemToken: systemToken, AppToken: appToken, PrivateKey: theKeyPEM(), HookSecret: hookSecret,
		PollEvery: superoffice.MaxPoll,
	}
	if seat == superoffice.SeatAgent {
		s.config.Bot, s.config.Topics = "shop", []string{"2"}
	}
	if change != nil {
		change(&options, &s.config)
	}
	s.vendor = sim.New(options)
	if s.config.HookURL != "" { // it is registered by the desk itself
		s.config.HookURL = s.hooks.URL
	} else if s.config.HookSecret != "" {
		s.vendor.Subscribe(s.hooks.URL, hookSecret)
	}
	s.server = httptest.NewServer(http.HandlerFunc(s.front))
	s.config.LoginURL = s.server.URL
	if s.config.Tenant == "" {
		s.config.URL = s.server.URL + "/" + sim.Tenant
	}
	return s
}

// open makes a desk; the newest one takes the webhooks.
func (s *site) open(t desktest.TB) *superoffice.Desk {
	t.Helper()
	desk, err := s.config.Open(s.memory, s.clock, slog.New(slog.NewJSONHandler(s.log, nil)))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	s.desk.Store(desk)
	return desk
}

// takeHook is what the service does with a webhook.
func (s *site) takeHook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	desk := s.desk.Load()
	if err == nil && desk != nil {
		_, err = desk.DecodeHook(r.Header, body)
	}
	if err != nil || desk == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// front stands before the vendor and loses the answer that is to be lost.
func (s *site) front(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/"+sim.Tenant+"/api/v1")
	if cut := s.cut.Load(); cut != nil && *cut == call && s.cut.CompareAndSwap(cut, nil) {
		s.vendor.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	s.vendor.ServeHTTP(w, r)
}

// another lets the vendor answer at a second address.
func (s *site) another() string {
	second := httptest.NewServer(http.HandlerFunc(s.front))
	s.more = append(s.more, second)
	return second.URL
}

func (s *site) close() {
	for _, server := range s.more {
		server.Close()
	}
	s.vendor.Close()
	s.server.Close()
	s.hooks.Close()
}

// lineLookedAt is how often a desk with webhooks looks at the line, of which no webhook tells. Everything else of the suite is
// heard by webhooks long before; that none of it is heard by the timer alone is shown by tests that leave it out.
const lineLookedAt = 500 * time.Millisecond

// subject is a desk for the conformance suite: in either seat, with webhooks or by the timer alone.
func subject(seat string, hooks bool) desktest.Open {
	return func(t desktest.TB) *desktest.Subject {
		return setUp(orchestrator.SystemClock{}, seat, func(_ *sim.Options, c *superoffice.Config) {
			c.PollEvery = lineLookedAt
			if !hooks {
				c.HookSecret, c.PollEvery = "", superoffice.MinPoll
			}
		}).subject(t)
	}
}

// subject is a desk at a site.
func (s *site) subject(t desktest.TB) *desktest.Subject {
	noTyping := "no call shows typing, and none tells it"
	missing := map[desktest.Item]string{
		desktest.ItemAgentTypes: noTyping, desktest.ItemCustomerTypes: noTyping, desktest.ItemSeenTyping: noTyping,
		desktest.ItemInvites: "a session has one user", desktest.ItemCompletes: "there is no after-call work",
	}
	script := desktest.StageScript(s.vendor, s.memory.Handle, "2")
	script.AgentTypes, script.CustomerTypes, script.SeenTyping = nil, nil, nil
	script.AgentInvites, script.AgentCompletes = nil, nil
	if s.config.Seat == superoffice.SeatCustomer {
		noChannel := "in this seat no chat begins at the desk"
		for _, item := range []desktest.Item{
			desktest.ItemCustomerBegins, desktest.ItemCustomerSays, desktest.ItemCustomerLeaves, desktest.ItemSeenByCustomer,
		} {
			missing[item] = noChannel
		}
		script.CustomerBegins, script.CustomerSays, script.CustomerLeaves, script.SeenByCustomer = nil, nil, nil, nil
	}
	faults := desktest.StageFaults(s.vendor)
	faults.Unheard = func(do func()) {
		s.vendor.StopHooks() // nobody has answered them for too long
		do()
	}
	return &desktest.Subject{
		Desk: s.open(t), Clock: s.clock, Seat: s.config.Seat, Memory: s.memory.Memory, Queue: "billing", People: people,
		Twin:   func(t desktest.TB) orchestrator.Desk { return s.open(t) },
		Script: script, Faults: faults, Missing: missing,
		Secrets: []string{systemToken, appToken, password, hookSecret, "7T:", "session-key-of-"}, Logged: s.log.String,
		Close: s.close,
	}
}

func TestSuperOfficeIsADeskForItsCustomers(t *testing.T) {
	desktest.Run(t, subject(superoffice.SeatCustomer, true))
}

func TestSuperOfficeIsADeskForItsCustomersWithoutWebhooks(t *testing.T) {
	desktest.Run(t, subject(superoffice.SeatCustomer, false))
}

func TestSuperOfficeIsADeskForItsBot(t *testing.T) {
	desktest.Run(t, subject(superoffice.SeatAgent, true))
}

func TestSuperOfficeIsADeskForItsBotWithoutWebhooks(t *testing.T) {
	desktest.Run(t, subject(superoffice.SeatAgent, false))
}

func TestTheDocumentShowsWhatPeopleReadOfAHistory(t *testing.T) {
	desktest.HistoryInDocument(t, "`superoffice` customer", subject(superoffice.SeatCustomer, true))
	desktest.HistoryInDocument(t, "`superoffice` agent", subject(superoffice.SeatAgent, true))
}
