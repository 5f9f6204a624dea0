package oracle_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"handoff/connectors/desks/oracle"
	"handoff/connectors/desks/oracle/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/internal/testlog"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

var people = []orchestrator.Agent{{ID: "Anna", Name: "Anna"}, {ID: "Bob", Name: "Bob"}, {ID: "Carol", Name: "Carol"}}

// rig is one simulator with a desk at it.
type rig struct {
	sim    *sim.Sim
	shut   func()
	clock  *orchestrator.StepClock // ours
	theirs *orchestrator.StepClock // Oracle's: what passes while a process is dead is no reason to miss it
	memory *desktest.Memory
	log    *testlog.Buffer
	config oracle.Config
	desk   orchestrator.Desk

	mu   sync.Mutex
	lost string // the operation whose next answer is lost after it was carried out
	made map[string]int
}

// ServeHTTP is the way to the simulator, on which an answer may be lost.
func (r *rig) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	r.made[path.Base(q.URL.Path)]++
	lose := r.lost != "" && strings.HasSuffix(q.URL.Path, "/"+r.lost)
	if lose {
		r.lost = ""
	}
	r.mu.Unlock()
	if lose {
		r.sim.ServeHTTP(httptest.NewRecorder(), q)
		panic(http.ErrAbortHandler)
	}
	r.sim.ServeHTTP(w, q)
}

// loseAnswer loses the next answer of an operation.
func (r *rig) loseAnswer(op string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = op
}

// calls answers how often an operation was called.
func (r *rig) calls(op string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made[op]
}

// chat answers how a chat stands at Oracle.
func (r *rig) chat(id orchestrator.ConversationID) simkit.Chat {
	for _, c := range r.sim.Chats() {
		if c.ID == r.memory.Handle(id) {
			return c
		}
	}
	return simkit.Chat{}
}

// newRig makes a desk in a seat. The options and the configuration are made fit first.
func newRig(t desktest.TB, seat string, fit ...func(*sim.Options, *oracle.Config)) *rig {
	t.Helper()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	clock, theirs := orchestrator.NewStepClock(now), orchestrator.NewStepClock(now)
	options := sim.Options{
		Username: username, Password: password, AccountID: account, AvailableStatus: 1, UnavailableStatus: 2, Clock: theirs,
		Queues: []string{queueID, "2"},
	}
	for _, p := range people {
		options.People = append(options.People, string(p.ID))
	}
	config := oracle.Config{
		Name: deskName, Seat: seat, AllowPrivate: true, Username: username, Password: password, LongestText: longest,
		Queues: map[orchestrator.QueueName]string{billing: queueID, "sales": "2"},
	}
	if seat == oracle.SeatAgent {
		config.Bot, config.AccountID, config.AvailableStatus, config.UnavailableStatus = "shop", account, 1, 2
		config.MaxChats = 64
		config.Queues = map[orchestrator.QueueName]string{billing: "product:12,category:5"}
	}
	for _, f := range fit {
		f(&options, &config)
	}
	r := &rig{sim: sim.New(options), clock: clock, theirs: theirs, memory: desktest.NewMemory(clock), log: &testlog.Buffer{}, made: map[string]int{}}
	server, shut := desktest.Serve(r)
	r.shut, config.Site = shut, server.URL
	r.config = config
	r.desk = r.another(t)
	return r
}

// another makes one more desk for the same account, as another process has it.
func (r *rig) another(t desktest.TB) orchestrator.Desk {
	t.Helper()
	desk, err := r.config.Open(r.memory, r.clock, slog.New(slog.NewTextHandler(r.log, nil)))
	if err != nil {
		t.Fatalf("opening the desk: %v", err)
	}
	return desk
}

// subject makes the rig one for the suite.
func (r *rig) subject(seat string) *desktest.Subject {
	s := &desktest.Subject{
		Desk: r.desk, Clock: r.clock, Seat: seat, Memory: r.memory, Twin: r.another, Queue: billing, People: people,
		Script: desktest.StageScript(r.sim, r.memory.Handle, queueID), Faults: desktest.StageFaults(r.sim),
		Missing: map[desktest.Item]string{}, Logged: r.log.String, Close: r.shut,
		Secrets: []string{password, "node0", "eyJ"},
	}
	const (
		unseen = "after-call work is not told to the customer's side"
		blind  = "after rerouteEngagement nothing reaches the bot's session"
	)
	missing := func(reason string, items map[desktest.Item]func()) {
		for item, none := range items {
			none()
			s.Missing[item] = reason
		}
	}
	missing(unseen, map[desktest.Item]func(){desktest.ItemCompletes: func() { s.Script.AgentCompletes = nil }})
	if seat == desktest.SeatAgent {
		missing(blind, map[desktest.Item]func(){
			desktest.ItemAccepts:        func() { s.Script.AgentAccepts = nil },
			desktest.ItemAgentSays:      func() { s.Script.AgentSays = nil },
			desktest.ItemAgentTypes:     func() { s.Script.AgentTypes = nil },
			desktest.ItemDeclines:       func() { s.Script.AgentDeclines = nil },
			desktest.ItemTransfers:      func() { s.Script.AgentTransfers = nil },
			desktest.ItemTransfersQueue: func() { s.Script.AgentTransfersToQueue = nil },
			desktest.ItemInvites:        func() { s.Script.AgentInvites = nil },
			desktest.ItemAgentLeaves:    func() { s.Script.AgentLeaves = nil },
		})
	}
	return s
}

// quirk plays one thing that is this vendor's own, with everything around it that the suite has.
func quirk(
	t *testing.T, seat string, check func(t desktest.TB, p *desktest.Play, r *rig), fit ...func(*sim.Options, *oracle.Config),
) {
	t.Helper()
	var r *rig
	desktest.One(t, desktest.Behaviour{Name: t.Name(), Check: func(t desktest.TB, p *desktest.Play) { check(t, p, r) }},
		func(t desktest.TB) *desktest.Subject {
			r = newRig(t, seat, fit...)
			return r.subject(seat)
		})
}

func TestTheCustomersSeatIsWhatADeskMustBe(t *testing.T) {
	desktest.Run(t, func(t desktest.TB) *desktest.Subject {
		return newRig(t, oracle.SeatCustomer).subject(desktest.SeatCustomer)
	})
}

func TestTheAgentsSeatIsWhatADeskMustBe(t *testing.T) {
	desktest.Run(t, func(t desktest.TB) *desktest.Subject {
		return newRig(t, oracle.SeatAgent).subject(desktest.SeatAgent)
	})
}

func TestTheDocumentShowsWhatPeopleReadOfAHistory(t *testing.T) {
	for _, seat := range []string{oracle.SeatCustomer, oracle.SeatAgent} {
		desktest.HistoryInDocument(t, "`oracle` "+seat, func(t desktest.TB) *desktest.Subject {
			return newRig(t, seat).subject(seat)
		})
	}
}
