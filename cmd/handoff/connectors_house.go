package main

import (
	"fmt"
	"reflect"
	"time"

	"handoff/connectors/desks/house"
	"handoff/orchestrator"
)

// houseSettings are the keys of a desk of kind house beside name and kind.
type houseSettings struct {
	OfferFor          time.Duration `koanf:"offer_for"`
	TransferFor       time.Duration `koanf:"transfer_for"`
	ReservationMargin time.Duration `koanf:"reservation_margin"`
	GoneAfter         time.Duration `koanf:"gone_after"`
}

// ringTimes are the longest deadlines of the flows for what rings at a person.
type ringTimes struct{ offer, transfer time.Duration }

func houseDesk(d DeskConfig, at string, found *problems) deskOpener {
	var s houseSettings
	before := len(found.list)
	decodeInto(&s, d.Settings, at, found, keysAt(reflect.TypeFor[DeskConfig](), "")...)
	if len(found.list) > before {
		return nil
	}
	cfg := house.Config{
		Name: orchestrator.ConnectorName(d.Name), OfferFor: s.OfferFor, TransferFor: s.TransferFor,
		ReservationMargin: s.ReservationMargin, GoneAfter: s.GoneAfter,
	}
	if err := cfg.Validate(); err != nil {
		addEach(found, at, err)
		return nil
	}
	return func(w connectorWorld) (orchestrator.Desk, error) {
		cfg := cfg
		for _, ring := range []struct {
			key, deadline string
			hold          *time.Duration
			longest       time.Duration
		}{
			{"offer_for", "deadlines.offered", &cfg.OfferFor, w.ringFor.offer},
			{"transfer_for", "deadlines.transferring", &cfg.TransferFor, w.ringFor.transfer},
		} {
			if err := holdFor(ring.hold, ring.longest); err != nil {
				return nil, fmt.Errorf("%s: %w (%s)", ring.key, err, ring.deadline)
			}
		}
		return cfg.Open(w.roster, w.clock, w.log)
	}
}

// holdFor sets how long a seat is held to what the flows need, unless the operator has said so: a seat that is given back
// while the conversation still rings lets it ring at two people.
func holdFor(hold *time.Duration, longest time.Duration) error {
	switch {
	case longest > house.MaxRingFor:
		return fmt.Errorf("a flow lets a conversation ring for %v, this desk for at most %v", longest, house.MaxRingFor)
	case *hold == 0 && longest != 0:
		*hold = max(longest, house.MinRingFor)
	case *hold != 0 && *hold < longest:
		return fmt.Errorf("%v is shorter than a flow lets a conversation ring, which is %v", *hold, longest)
	}
	return nil
}
