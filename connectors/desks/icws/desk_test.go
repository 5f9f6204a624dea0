package icws_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"handoff/connectors/desks/icws"
	"handoff/connectors/desks/icws/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/internal/testlog"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// queue is our name of the workgroup Support.
const queue orchestrator.QueueName = "help"

// people have names that are their ids: a web chat tells names only.
var people = []sim.Person{{ID: "alice", Name: "alice"}, {ID: "bob", Name: "bob"}, {ID: "carol", Name: "carol"}}

// config is a desk at a simulator, in the seat customer.
func config(url string) icws.Config {
	return icws.Config{
		Name: "pure", URL: url, AllowPrivate: true, PollEvery: 10 * time.Millisecond,
		Queues: map[orchestrator.QueueName]string{queue: "Support", "deals": "Sales"},
	}
}

// asAgent is the same in the seat agent.
func asAgent(c icws.Config) icws.Config {
	c.Seat, c.Bot, c.Username, c.Password, c.Workgroups = icws.SeatAgent, "shop", "bot1", sim.DefaultPassword, []string{"Bot"}
	return c
}

// secrets must appear nowhere.
var secrets = []string{sim.DefaultPassword, sim.TokenMark, sim.CookieMark, sim.ParticipantMark}

// installation is a simulator, its hosts, and what one desk there has logged.
type installation struct {
	vendor *sim.Server
	hosts  []string // one for each door
	memory *desktest.Memory
	log    *testlog.Buffer
	desk   *icws.Desk
}

// setup is what differs from test to test.
type setup struct {
	options sim.Options
	doors   []string                             // hosts beside the first
	config  func(c *icws.Config, hosts []string) // changes the configuration
	wrap    func(in *installation, next http.Handler) http.Handler
}

// subject plays at a fresh simulator. What was set up is told to whoever wants to look behind the scenes.
func subject(with setup, tell func(in *installation)) desktest.Open {
	return func(t desktest.TB) *desktest.Subject {
		options := with.options
		options.People, options.PollWait = people, 10
		in := &installation{vendor: sim.New(options), memory: desktest.NewMemory(orchestrator.SystemClock{}), log: &testlog.Buffer{}}
		var shuts []func()
		for _, door := range append([]string{""}, with.doors...) {
			var handler http.Handler = in.vendor.Door(door)
			if with.wrap != nil {
				handler = with.wrap(in, handler)
			}
			server, shut := desktest.Serve(handler)
			shuts = append(shuts, shut)
			in.hosts = append(in.hosts, strings.TrimPrefix(server.URL, "http://"))
		}
		c := config("http://" + in.hosts[0])
		if with.config != nil {
			with.config(&c, in.hosts)
		}
		open := func(t desktest.TB) *icws.Desk {
			desk, err := c.Open(in.memory, orchestrator.SystemClock{}, slog.New(slog.NewTextHandler(in.log, nil)))
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			return desk
		}
		in.desk = open(t)
		if tell != nil {
			tell(in)
		}
		s := &desktest.Subject{
			Desk: in.desk, Twin: func(t desktest.TB) orchestrator.Desk { return open(t) }, Memory: in.memory,
			Clock: orchestrator.SystemClock{}, Queue: queue, Seat: c.Seat,
			Script: desktest.StageScript(in.vendor, in.memory.Handle, "Support"), Faults: desktest.StageFaults(in.vendor),
			Secrets: secrets, Logged: in.log.String, Missing: map[desktest.Item]string{},
			Close: func() {
				for _, shut := range shuts {
					shut()
				}
			},
		}
		for _, p := range people {
			s.People = append(s.People, orchestrator.Agent{ID: orchestrator.AgentID(p.ID), Name: p.Name})
		}
		if c.Seat == icws.SeatAgent {
			s.Script.CustomerBegins = func(t desktest.TB) { in.begin(t) }
			if c.Listen != icws.ListenPoll {
				s.Faults.LosePoll, s.Missing[desktest.ItemLosePoll] = nil, "messages come through a stream"
			}
			return s
		}
		s.Script.CustomerBegins, s.Script.CustomerSays, s.Script.CustomerTypes, s.Script.CustomerLeaves = nil, nil, nil, nil
		s.Script.SeenByCustomer, s.Script.AgentCompletes = nil, nil
		s.Missing[desktest.ItemCompletes] = "after-call work cannot be seen from a web chat"
		s.OpensAgain = "a web chat is known by what its answer names, and no call lists web chats"
		return s
	}
}

// begin lets a customer come to the workgroup of the bot.
func (in *installation) begin(t desktest.TB) string {
	chat, err := in.vendor.Begin(simkit.Customer{Name: "Ann"}, "Bot")
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	return chat
}

// play checks one thing at a fresh simulator, with the suite's small engine.
func play(t *testing.T, with setup, check func(t desktest.TB, p *desktest.Play, in *installation)) {
	t.Helper()
	var in *installation
	desktest.One(t, desktest.Behaviour{Name: t.Name(), Check: func(t desktest.TB, p *desktest.Play) { check(t, p, in) }},
		subject(with, func(made *installation) { in = made }))
}

// agent is a setup in the seat agent.
func agent(c *icws.Config, _ []string) { *c = asAgent(*c) }

func TestSeatCustomer(t *testing.T) { desktest.Run(t, subject(setup{}, nil)) }

func TestSeatAgentByStream(t *testing.T) { desktest.Run(t, subject(setup{config: agent}, nil)) }

func TestSeatAgentByPoll(t *testing.T) {
	desktest.Run(t, subject(setup{config: func(c *icws.Config, _ []string) {
		*c = asAgent(*c)
		c.Listen = icws.ListenPoll
	}}, nil))
}

func TestTheDocumentShowsWhatPeopleReadOfAHistory(t *testing.T) {
	desktest.HistoryInDocument(t, "`icws` customer", subject(setup{}, nil))
	desktest.HistoryInDocument(t, "`icws` customer, `context: message`", subject(setup{config: func(c *icws.Config, _ []string) {
		c.Context = icws.ContextMessage
	}}, nil))
	desktest.HistoryInDocument(t, "`icws` agent", subject(setup{config: agent}, nil))
}
