package oracle_test

import (
	"testing"

	"handoff/connectors/desks/oracle"
	"handoff/connectors/desktest"
)

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
