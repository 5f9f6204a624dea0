package main

import (
	"strings"

	genesys "handoff/connectors/desks/genesys/sim"
	icws "handoff/connectors/desks/icws/sim"
	oracle "handoff/connectors/desks/oracle/sim"
	superoffice "handoff/connectors/desks/superoffice/sim"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// simulated is a vendor that can be simulated, and how a desk of ours is configured for the simulator. Its keys are no secrets.
type simulated struct {
	// dialects are the generations of the vendor's interface that the simulator speaks, the usual one first; nil where there is one.
	dialects []string
	// dialect is the one that is spoken; see [simulated.in].
	dialect string
	create  func(clock orchestrator.Clock, dialect string) simkit.Simulator
	// walkIn is the vendor's queue whose customers meet our bot first, in the seat agent.
	walkIn string
	// settings are the keys of the desk beside those that every vendor's desk has, by seat; {url} is the simulator's address, {dialect} what it speaks.
	settings map[string]string
	// target is the vendor's name for the queue of its people, by seat.
	target map[string]string
}

// simulators are the vendors by the kinds of their desks.
var simulators = map[string]simulated{
	"superoffice": {
		create: func(clock orchestrator.Clock, _ string) simkit.Simulator {
			return superoffice.New(superoffice.Options{Clock: clock, Password: "superoffice-sim-password", BotTopics: []int{3}})
		},
		walkIn: "3",
		settings: map[string]string{
			seatCustomer: "url: '{url}/Cust12345', username: handoff, password: superoffice-sim-password, poll_every: 500ms",
			seatAgent:    "url: '{url}/Cust12345', username: handoff, password: superoffice-sim-password, poll_every: 500ms, topics: ['3']",
		},
		target: map[string]string{seatCustomer: "2", seatAgent: "3"},
	},
	"genesys": {
		dialects: []string{genesys.Dialect852, genesys.Dialect851},
		create: func(clock orchestrator.Clock, dialect string) simkit.Simulator {
			return genesys.New(genesys.Options{Clock: clock, Dialect: dialect, Password: "genesys-sim-password"})
		},
		walkIn: genesys.BotQueue,
		settings: map[string]string{
			seatCustomer: "url: '{url}', refresh_every: 500ms",
			seatAgent:    "url: '{url}', username: bot01, password: genesys-sim-password, dialect: '{dialect}'",
		},
		target: map[string]string{seatCustomer: "support", seatAgent: "support"},
	},
	"icws": {
		create: func(clock orchestrator.Clock, _ string) simkit.Simulator {
			return icws.New(icws.Options{Clock: clock, PollWait: 500})
		},
		walkIn: "Bot",
		settings: map[string]string{
			seatCustomer: "url: '{url}'",
			seatAgent:    "url: '{url}', username: bot1, password: " + icws.DefaultPassword + ", workgroups: [Bot]",
		},
		target: map[string]string{seatCustomer: "Support", seatAgent: "Support"},
	},
	"oracle": {
		create: func(clock orchestrator.Clock, _ string) simkit.Simulator {
			return oracle.New(oracle.Options{
				Clock: clock, Username: "handoff", Password: "oracle-sim-password", AccountID: 12, AvailableStatus: 1, UnavailableStatus: 2,
				People: []string{"anna", "bob", "carol"}, Queues: []string{"1", "2"},
			})
		},
		walkIn: "1",
		settings: map[string]string{
			seatCustomer: "site: '{url}', username: handoff, password: oracle-sim-password",
			seatAgent: "site: '{url}', username: handoff, password: oracle-sim-password, account_id: 12, available_status: 1, " +
				"unavailable_status: 2",
		},
		target: map[string]string{seatCustomer: "1", seatAgent: "product:12"},
	},
}

// in is the simulator as it speaks one of its dialects; the usual one for "".
func (s simulated) in(dialect string) simulated {
	if dialect == "" && len(s.dialects) > 0 {
		dialect = s.dialects[0]
	}
	s.dialect = dialect
	return s
}

// open makes a simulator with nobody in it but its people.
func (s simulated) open(clock orchestrator.Clock) simkit.Simulator {
	return s.create(clock, s.in(s.dialect).dialect)
}

// simSeats are the seats in which every simulator can be used.
var simSeats = []string{seatCustomer, seatAgent}

// deskName is how a desk in a seat is called where both are configured: the kind, and for the bot's seat what it is.
func deskName(kind, seat string) string {
	if seat == seatAgent {
		return kind + "-bot"
	}
	return kind
}

// deskLine is one member of desks[] for the simulator at a URL.
func (s simulated) deskLine(kind, seat, url string) string {
	line := "{name: " + deskName(kind, seat) + ", kind: " + kind + ", seat: " + seat + ", allow_private_address: true"
	if seat == seatAgent {
		line += ", bot: " + demoBot
	}
	settings := strings.NewReplacer("{url}", url, "{dialect}", s.in(s.dialect).dialect).Replace(s.settings[seat])
	return "  - " + line + ", " + settings + "}\n"
}

// queueLine is the member of queues[] that leads there; it has the desk's name.
func (s simulated) queueLine(kind, seat string) string {
	name := deskName(kind, seat)
	return "  - {name: " + name + ", desk: " + name + ", target: '" + s.target[seat] + "'}\n"
}
