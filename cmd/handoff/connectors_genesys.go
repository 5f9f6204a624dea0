package main

import (
	"reflect"
	"time"

	"handoff/connectors/desks/genesys"
	"handoff/orchestrator"
)

// genesysSettings are the keys of a desk of kind genesys beside those that every vendor's desk has.
type genesysSettings struct {
	URL           string            `koanf:"url"`
	Username      string            `koanf:"username"`
	Password      Secret            `koanf:"password"`
	APIKey        Secret            `koanf:"api_key"`
	ContactCenter string            `koanf:"contact_center"`
	RefreshEvery  time.Duration     `koanf:"refresh_every"`
	Dialect       string            `koanf:"dialect"`
	Notifications string            `koanf:"notifications"`
	Place         string            `koanf:"place"`
	Nickname      string            `koanf:"nickname"`
	Users         map[string]string `koanf:"users"`
	JoinWithin    time.Duration     `koanf:"join_within"`
	Disposition   string            `koanf:"disposition"`
}

func genesysDesk(d DeskConfig, at string, found *problems) deskOpener {
	var s genesysSettings
	before := len(found.list)
	decodeInto(&s, d.Settings, at, found, keysAt(reflect.TypeFor[DeskConfig](), "")...)
	readSecret(&s.Password, below(at, "password"), found)
	readSecret(&s.APIKey, below(at, "api_key"), found)
	if len(found.list) > before {
		return nil
	}
	cfg := genesys.Config{
		Name: orchestrator.ConnectorName(d.Name), Seat: d.Seat, Bot: orchestrator.ConnectorName(d.Bot),
		AllowPrivate: d.AllowPrivateAddress, URL: s.URL, Username: s.Username, Password: s.Password.Reveal(),
		APIKey: s.APIKey.Reveal(), ContactCenter: s.ContactCenter, RefreshEvery: s.RefreshEvery, Dialect: s.Dialect,
		Notifications: s.Notifications, Place: s.Place, Nickname: s.Nickname, JoinWithin: s.JoinWithin,
		Disposition: s.Disposition, Users: make(map[orchestrator.AgentID]string, len(s.Users)),
	}
	if cfg.Seat == "" {
		cfg.Seat = seatCustomer
	}
	for id, user := range s.Users {
		cfg.Users[orchestrator.AgentID(id)] = user
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
