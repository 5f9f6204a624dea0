package desktest_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"handoff/connectors/desktest"
	"handoff/flows"
	"handoff/orchestrator"
)

// Why no behaviour brings about a step that the table lets a desk report.
const (
	ringsPeopleHere = "only a desk that rings people itself reports offers: the house desk, in its own tests"
	backToItsBot    = "only ICWS and SuperOffice give a chat back to the bot, in their own tests"
	anotherQueue    = "only where the vendor's queue is another one of ours: ICWS and SuperOffice, in their own tests"
	vendorsOwnWay   = "no vendor shows a transfer out of a conference otherwise than as one of the owner's"
	ourOwnCustomer  = "in the customer's seat it is we who leave; the agent's seat cannot see what follows a handoff, but at ICWS and SuperOffice"
	neverReported   = "no desk reports it: the desk's own end comes first, or it says that it waits already"
	revives         = "only SuperOffice lets a customer revive a chat, in its own tests"
)

// notPlayed are steps that a desk can report and that no behaviour brings about, each with the reason.
var notPlayed = func() map[orchestrator.Transition]string {
	all := map[orchestrator.Transition]string{}
	for _, row := range []struct {
		on   orchestrator.EventType
		to   orchestrator.State
		why  string
		from []orchestrator.State
	}{
		{orchestrator.EventOffered, orchestrator.StateOffered, ringsPeopleHere, []orchestrator.State{orchestrator.StateQueued}},
		{orchestrator.EventDeclined, orchestrator.StateQueued, ringsPeopleHere, []orchestrator.State{orchestrator.StateOffered}},
		{orchestrator.EventOfferExpired, orchestrator.StateQueued, ringsPeopleHere, []orchestrator.State{orchestrator.StateOffered}},
		{orchestrator.EventAccepted, orchestrator.StateAgent, ringsPeopleHere, []orchestrator.State{orchestrator.StateOffered}},
		{orchestrator.EventRequeued, orchestrator.StateQueued, ringsPeopleHere, []orchestrator.State{orchestrator.StateOffered}},
		{orchestrator.EventCustomerLeft, orchestrator.StateAbandoned, ringsPeopleHere, []orchestrator.State{orchestrator.StateOffered}},
		{orchestrator.EventReturnedToBot, orchestrator.StateBot, ringsPeopleHere, []orchestrator.State{orchestrator.StateOffered}},
		{orchestrator.EventReturnedToBot, orchestrator.StateBot, backToItsBot, []orchestrator.State{
			orchestrator.StateQueued, orchestrator.StateAgent, orchestrator.StateConference, orchestrator.StateTransferring,
		}},
		{orchestrator.EventTransferredToQueue, orchestrator.StateQueued, anotherQueue, []orchestrator.State{
			orchestrator.StateAgent, orchestrator.StateConference,
		}},
		{orchestrator.EventTransferRequested, orchestrator.StateTransferring, vendorsOwnWay, []orchestrator.State{
			orchestrator.StateConference,
		}},
		{orchestrator.EventCustomerLeft, orchestrator.StateAbandoned, ourOwnCustomer, []orchestrator.State{orchestrator.StateQueued}},
		{orchestrator.EventCustomerLeft, orchestrator.StateWrapUp, ourOwnCustomer, []orchestrator.State{
			orchestrator.StateAgent, orchestrator.StateConference, orchestrator.StateTransferring,
		}},
		{orchestrator.EventCompleted, orchestrator.StateCompleted, neverReported, []orchestrator.State{
			orchestrator.StateConference, orchestrator.StateTransferring,
		}},
		{orchestrator.EventRequeued, orchestrator.StateQueued, neverReported, []orchestrator.State{orchestrator.StateQueued}},
		{orchestrator.EventCustomerReturned, orchestrator.StateQueued, revives, []orchestrator.State{orchestrator.StateWrapUp}},
	} {
		for _, from := range row.from {
			all[orchestrator.Transition{From: from, On: row.on, To: row.to}] = row.why
		}
	}
	return all
}()

// TestEachStepThatADeskReportsIsPlayed: the behaviours bring a good desk, in both seats, to report each step of the table that a
// desk can report.
func TestEachStepThatADeskReportsIsPlayed(t *testing.T) {
	var mu sync.Mutex
	played := map[orchestrator.Transition]bool{}
	for _, seat := range []struct {
		name string
		toy  fault
	}{{desktest.SeatCustomer, ""}, {desktest.SeatAgent, ""}, {desktest.SeatAgent, outOfSight}} {
		for _, b := range desktest.Behaviours() {
			wrong := desktest.Verdict(b.Name, func(tb desktest.TB) *desktest.Subject {
				s := openToy(seat.name, seat.toy)(tb)
				s.Moved = func(step orchestrator.Transition) {
					mu.Lock()
					defer mu.Unlock()
					played[step] = true
				}
				return s
			})
			if len(wrong) > 0 {
				t.Errorf("%s: a good desk fails: %v", b.Name, wrong)
			}
		}
	}
	for _, step := range flows.Transitions() {
		_, other := notReported[step.On]
		_, excused := notPlayed[step]
		what := fmt.Sprintf("%s from %s to %s", step.On, step.From, step.To)
		switch {
		case played[step] && (other || excused):
			t.Errorf("%s is played, and is said not to be", what)
		case !played[step] && !other && !excused:
			t.Errorf("%s is played by no behaviour", what)
		}
		delete(played, step)
	}
	for step := range notPlayed {
		if !slices.Contains(flows.Transitions(), step) {
			t.Errorf("%v is excused, and is no step of the table", step)
		}
	}
	for step := range played {
		if !slices.Contains(besideTheTable, step.On) {
			t.Errorf("%s from %s to %s is played, and the table has no such step", step.On, step.From, step.To)
		}
	}
}
