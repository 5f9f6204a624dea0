package main

import (
	"reflect"
	"time"

	"handoff/connectors/desks/icws"
	"handoff/orchestrator"
)

// icwsSettings are the keys of a desk of kind icws beside those that every vendor's desk has.
type icwsSettings struct {
	URL        string        `koanf:"url"`
	Hosts      []string      `koanf:"hosts"`
	Username   string        `koanf:"username"`
	Password   Secret        `koanf:"password"`
	Workgroups []string      `koanf:"workgroups"`
	Licenses   []string      `koanf:"licenses"`
	Status     string        `koanf:"status"`
	Listen     string        `koanf:"listen"`
	PollEvery  time.Duration `koanf:"poll_every"`
	Context    string        `koanf:"context"`
	Language   string        `koanf:"language"`
	Timeout    time.Duration `koanf:"timeout"`
}

func icwsDesk(d DeskConfig, at string, found *problems) deskOpener {
	var s icwsSettings
	before := len(found.list)
	decodeInto(&s, d.Settings, at, found, keysAt(reflect.TypeFor[DeskConfig](), "")...)
	readSecret(&s.Password, below(at, "password"), found)
	if len(found.list) > before {
		return nil
	}
	cfg := icws.Config{
		Name: orchestrator.ConnectorName(d.Name), Seat: d.Seat, Bot: orchestrator.ConnectorName(d.Bot),
		AllowPrivate: d.AllowPrivateAddress, URL: s.URL, Hosts: s.Hosts, Username: s.Username, Password: s.Password.Reveal(),
		Workgroups: s.Workgroups, Licenses: s.Licenses, Status: s.Status, Listen: s.Listen, PollEvery: s.PollEvery,
		Context: s.Context, Language: s.Language, Timeout: s.Timeout,
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
