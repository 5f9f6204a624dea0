package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"handoff/orchestrator"
)

// Values of --desks.
const (
	desksHouse = "house"
	desksAll   = "all"
)

// demoVendors are the simulators that a demo serves, by kind; empty with the house desk alone.
type demoVendors struct {
	served map[string]*servedSim
	log    *slog.Logger
}

// openVendors lets every simulator listen on a free port of the loopback.
func openVendors(ctx context.Context, o demoOptions, log *slog.Logger) (demoVendors, error) {
	v := demoVendors{served: map[string]*servedSim{}, log: log}
	if o.desks != desksAll {
		return v, nil
	}
	for _, kind := range sortedKeys(simulators) {
		s, err := serveSim(ctx, simulators[kind].open(orchestrator.SystemClock{}), "127.0.0.1:0", log)
		if err != nil {
			return v, errors.Join(fmt.Errorf("the simulator of %s: %w", kind, err), v.close())
		}
		v.served[kind] = s
	}
	return v, nil
}

// play lets people work at every simulator, and customers come to the bot that answers there.
func (v demoVendors) play(o demoOptions) {
	walkIns := min(o.customers, 1)
	for kind, s := range v.served {
		s.play(castFor(kind, s.sim, o.pace, o.seed, walkIns, v.log))
	}
}

func (v demoVendors) close() error {
	var errs []error
	for kind, s := range v.served {
		if err := s.close(); err != nil {
			errs = append(errs, fmt.Errorf("the simulator of %s: %w", kind, err))
		}
	}
	return errors.Join(errs...)
}

// Where demo.yaml takes other desks and their queues.
const (
	queuesHere = "  # The queues of other desks are put in here.\n"
	desksHere  = "  # Other desks are put in here.\n"
)

// configure puts a desk for each simulator and seat into the demo's configuration.
func (v demoVendors) configure(yaml []byte) []byte {
	var queues, desks strings.Builder
	for _, kind := range sortedKeys(v.served) {
		for _, seat := range simSeats {
			queues.WriteString(simulators[kind].queueLine(kind, seat))
			desks.WriteString(simulators[kind].deskLine(kind, seat, v.served[kind].url))
		}
	}
	yaml = bytes.Replace(yaml, []byte(queuesHere), []byte(queues.String()), 1)
	return bytes.Replace(yaml, []byte(desksHere), []byte(desks.String()), 1)
}

// greet says where the simulators are.
func (v demoVendors) greet(c *console) {
	for _, kind := range sortedKeys(v.served) {
		c.say("  simulator  %-12s %s   (people and faults: see \"handoff sim %s\")", kind, v.served[kind].url, kind)
	}
	if len(v.served) > 0 {
		c.say("")
	}
}

// vendorStories are handoffs to the people of each vendor, whom the cast of its simulator plays.
func vendorStories() []story {
	var all []story
	for _, kind := range sortedKeys(simulators) {
		all = append(all, story{"handed to " + kind, orchestrator.StateCompleted, func(s *scene) {
			s.customerSays("My invoice is wrong.")
			s.botSays("I am sorry. Shall I fetch a colleague?")
			s.customerSays("Yes, please.")
			s.botAsksForHandoff(deskName(kind, seatCustomer), "An invoice is wrong.")
			s.await(byAgent)
			s.customerMaySay("It is number 4711.")
			s.await(overForCustomer)
		}})
	}
	return all
}
