package main

import (
	"reflect"

	"handoff/connectors/desks/oracle"
	"handoff/orchestrator"
)

// oracleSettings are the keys of a desk of kind oracle beside those that every vendor's desk has.
type oracleSettings struct {
	Site              string `koanf:"site"`
	Username          string `koanf:"username"`
	Password          Secret `koanf:"password"`
	LongestText       int    `koanf:"longest_text"`
	AccountID         int64  `koanf:"account_id"`
	AvailableStatus   int64  `koanf:"available_status"`
	UnavailableStatus int64  `koanf:"unavailable_status"`
	MaxChats          int    `koanf:"max_chats"`
	AskBeforeHandoff  bool   `koanf:"ask_before_handoff"`
}

func oracleDesk(d DeskConfig, at string, found *problems) deskOpener {
	var s oracleSettings
	before := len(found.list)
	decodeInto(&s, d.Settings, at, found, keysAt(reflect.TypeFor[DeskConfig](), "")...)
	readSecret(&s.Password, below(at, "password"), found)
	if len(found.list) > before {
		return nil
	}
	cfg := oracle.Config{
		Name: orchestrator.ConnectorName(d.Name), Seat: d.Seat, Bot: orchestrator.ConnectorName(d.Bot),
		AllowPrivate: d.AllowPrivateAddress, Site: s.Site, Username: s.Username, Password: s.Password.Reveal(),
		LongestText: s.LongestText, AccountID: s.AccountID, AvailableStatus: s.AvailableStatus,
		UnavailableStatus: s.UnavailableStatus, MaxChats: s.MaxChats, AskBeforeHandoff: s.AskBeforeHandoff,
	}
	if cfg.Seat == "" {
		cfg.Seat = seatCustomer
	}
	if err := cfg.Validate(); err != nil {
		addEach(found, at, err)
		return nil
	}
	return func(w connectorWorld) (orchestrator.Desk, error) {
		cfg := cfg
		cfg.Queues = w.targets(d.Name)
		return cfg.Open(w.memory, w.clock, w.log)
	}
}
