package main

import (
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
		if cfg.OfferFor == 0 { // a seat must not be given back while the conversation still rings
			cfg.OfferFor = w.ringFor.offer
		}
		if cfg.TransferFor == 0 {
			cfg.TransferFor = w.ringFor.transfer
		}
		return cfg.Open(w.roster, w.clock, w.log)
	}
}
