package genesys_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"handoff/connectors/desks/genesys"
	"handoff/connectors/desks/genesys/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/internal/testlog"
	"handoff/orchestrator"
)

// Credentials that must appear nowhere.
const (
	thePassword = "planted-password-4711"
	theAPIKey   = "planted-api-key-4711"
)

// centre is a contact centre with what is around it.
type centre struct {
	*sim.Simulator
	shut   func()
	log    *testlog.Buffer
	clock  orchestrator.Clock
	memory *desktest.Memory
	config genesys.Config
}

// build makes a contact centre and the configuration of a desk at it.
func build(t desktest.TB, seat string, o sim.Options) *centre {
	o.Password = thePassword
	c := &centre{Simulator: sim.New(o), log: &testlog.Buffer{}, clock: orchestrator.SystemClock{}}
	server, shut := desktest.Serve(c.Simulator)
	c.shut = shut
	c.memory = desktest.NewMemory(c.clock)
	c.config = genesys.Config{
		Name: "gen", Seat: seat, URL: server.URL, AllowPrivate: true,
		Queues: map[orchestrator.QueueName]string{"line": "support", "bills": "billing"},
	}
	if seat == genesys.SeatCustomer {
		c.config.APIKey, c.config.RefreshEvery = theAPIKey, genesys.MinRefresh
	} else {
		c.config.Bot, c.config.Username, c.config.Password = "shop", "bot01", thePassword
		c.config.Dialect = o.Dialect
	}
	t.Cleanup(shut)
	return c
}

// open makes a desk at the contact centre.
func (c *centre) open(t desktest.TB) *genesys.Desk {
	t.Helper()
	desk, err := c.config.Open(c.memory, c.clock, slog.New(slog.NewTextHandler(c.log, nil)))
	if err != nil {
		t.Fatalf("opening the desk: %v", err)
	}
	return desk
}

// still lets the desk's time stand still, and answers how it is moved. The seat customer needs time that runs: it refreshes.
func (c *centre) still() *orchestrator.StepClock {
	clock := orchestrator.NewStepClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	c.clock, c.memory = clock, desktest.NewMemory(clock)
	return clock
}

// subject is a desk at the contact centre as the suite wants it.
func (c *centre) subject(t desktest.TB) *desktest.Subject {
	s := &desktest.Subject{
		Desk: c.open(t), Clock: c.clock, Seat: c.config.Seat, Memory: c.memory, Queue: "line",
		People: []orchestrator.Agent{{ID: "anna", Name: "anna"}, {ID: "bob", Name: "bob"}, {ID: "carol", Name: "carol"}},
		Script: desktest.StageScript(c.Simulator, c.memory.Handle, "support"), Faults: desktest.StageFaults(c.Simulator),
		Secrets: []string{thePassword, theAPIKey}, Logged: c.log.String,
		Close:   func() { c.hides(t, nil); c.shut() },
		Twin:    func(t desktest.TB) orchestrator.Desk { return c.open(t) },
		Missing: map[desktest.Item]string{},
	}
	return s
}

func TestCustomerSeat(t *testing.T) {
	desktest.Run(t, func(t desktest.TB) *desktest.Subject {
		return ofCustomer(build(t, genesys.SeatCustomer, sim.Options{}).subject(t))
	})
}

func TestAgentSeat(t *testing.T) {
	for _, dialect := range []string{genesys.Dialect851, genesys.Dialect852} {
		t.Run(dialect, func(t *testing.T) {
			desktest.Run(t, func(t desktest.TB) *desktest.Subject {
				c := build(t, genesys.SeatAgent, sim.Options{Dialect: dialect})
				return outOfSight(c.subject(t))
			})
		})
	}
}

// TestAgentSeatWhereverTheLogLies: no sample of a log of 8.5.1 was found.
func TestAgentSeatWhereverTheLogLies(t *testing.T) {
	for _, logs := range []string{sim.LogsInside, sim.LogsBare} {
		t.Run(logs, func(t *testing.T) {
			desktest.Run(t, func(t desktest.TB) *desktest.Subject {
				return outOfSight(build(t, genesys.SeatAgent, sim.Options{Dialect: genesys.Dialect851, Logs: logs}).subject(t))
			})
		})
	}
}

// ofCustomer takes from a script what has no place where the customer is ours, and what GMS does not tell.
func ofCustomer(s *desktest.Subject) *desktest.Subject {
	script := &s.Script
	script.CustomerBegins, script.CustomerSays, script.CustomerTypes = nil, nil, nil
	script.CustomerLeaves, script.SeenByCustomer, script.AgentCompletes = nil, nil, nil
	s.Faults.KillSession = nil
	for _, item := range []desktest.Item{
		desktest.ItemCustomerBegins, desktest.ItemCustomerSays, desktest.ItemCustomerTypes, desktest.ItemCustomerLeaves,
		desktest.ItemSeenByCustomer,
	} {
		s.Missing[item] = "the customer is ours"
	}
	s.Missing[desktest.ItemCompletes] = "GMS does not tell of after-call work"
	s.Missing[desktest.ItemKillSession] = "GMS knows no session"
	s.OpensAgain = "the key of a chat is told in the answer alone"
	return s
}

// hides fails the test when an error or the log shows a credential of the contact centre's.
func (c *centre) hides(t desktest.TB, err error) {
	t.Helper()
	for _, secret := range append(c.Keys(), thePassword, theAPIKey) {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("a credential is in the error")
		}
		if strings.Contains(c.log.String(), secret) {
			t.Errorf("a credential is in the log")
		}
	}
}

// outOfSight takes from a script what the agent seat does not see: everything after the handoff.
func outOfSight(s *desktest.Subject) *desktest.Subject {
	const why = "after a handoff nothing is seen from here"
	script := &s.Script
	script.AgentAccepts, script.AgentSays, script.AgentTypes, script.AgentLeaves = nil, nil, nil, nil
	script.AgentDeclines, script.AgentTransfers, script.AgentTransfersToQueue, script.AgentInvites, script.AgentCompletes = nil, nil, nil, nil, nil
	script.Seen = nil
	for _, item := range []desktest.Item{
		desktest.ItemAccepts, desktest.ItemAgentSays, desktest.ItemAgentTypes, desktest.ItemAgentLeaves, desktest.ItemTransfers, desktest.ItemDeclines,
		desktest.ItemTransfersQueue, desktest.ItemInvites, desktest.ItemCompletes, desktest.ItemSeen,
	} {
		s.Missing[item] = why
	}
	return s
}

// nobody takes no facts: for desks that are only looked at.
type nobody struct{}

func (nobody) Receive(context.Context, orchestrator.Event) (orchestrator.Receipt, error) {
	return orchestrator.Receipt{}, orchestrator.ErrNotFound
}

// run runs a desk until it is stopped.
func (c *centre) run(t desktest.TB, desk *genesys.Desk) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- desk.Run(ctx, nobody{}) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

func TestTheDocumentShowsWhatPeopleReadOfAHistory(t *testing.T) {
	desktest.HistoryInDocument(t, "`genesys` customer", func(t desktest.TB) *desktest.Subject {
		return ofCustomer(build(t, genesys.SeatCustomer, sim.Options{}).subject(t))
	})
	for _, dialect := range []string{genesys.Dialect851, genesys.Dialect852} {
		desktest.HistoryInDocument(t, "`genesys` agent, "+dialect, func(t desktest.TB) *desktest.Subject {
			return outOfSight(build(t, genesys.SeatAgent, sim.Options{Dialect: dialect}).subject(t))
		})
	}
}
