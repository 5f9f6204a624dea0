package genesys_test

import (
	"strings"
	"testing"
	"time"

	"handoff/connectors/desks/genesys"
	"handoff/orchestrator"
)

func TestEachMistakeIsNamedByItsKey(t *testing.T) {
	good := map[string]genesys.Config{
		genesys.SeatCustomer: {Name: "gen", Seat: genesys.SeatCustomer, URL: "https://gms.example.com"},
		genesys.SeatAgent: {
			Name: "gen", Seat: genesys.SeatAgent, URL: "https://gws.example.com:8090", Bot: "shop", Username: "bot01",
			Password: "secret-of-the-bot",
		},
	}
	for seat, c := range good {
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", seat, err)
		}
	}
	for _, row := range []struct {
		seat, key string
		spoil     func(*genesys.Config)
	}{
		{genesys.SeatCustomer, "name", func(c *genesys.Config) { c.Name = "Ge n" }},
		{genesys.SeatCustomer, "seat", func(c *genesys.Config) { c.Seat = "window" }},
		{genesys.SeatCustomer, "url", func(c *genesys.Config) { c.URL = "" }},
		{genesys.SeatCustomer, "url", func(c *genesys.Config) { c.URL = "http://gms.example.com" }},
		{genesys.SeatCustomer, "url", func(c *genesys.Config) { c.URL = "https://me:secret-of-the-bot@gms.example.com" }},
		{genesys.SeatCustomer, "url", func(c *genesys.Config) { c.URL = "https://gms.example.com?x=1" }},
		{genesys.SeatCustomer, "password", func(c *genesys.Config) { c.Password = "secret-of-the-bot" }},
		{genesys.SeatCustomer, "refresh_every", func(c *genesys.Config) { c.RefreshEvery = 45 * time.Second }},
		{genesys.SeatCustomer, "place", func(c *genesys.Config) { c.Place = "p" }},
		{genesys.SeatCustomer, "bot", func(c *genesys.Config) { c.Bot = "shop" }},
		{genesys.SeatCustomer, "queues.line", func(c *genesys.Config) { c.Queues = map[orchestrator.QueueName]string{"line": ""} }},
		{genesys.SeatCustomer, "api_key", func(c *genesys.Config) { c.APIKey = "a\nb" }},
		{genesys.SeatAgent, "bot", func(c *genesys.Config) { c.Bot = "" }},
		{genesys.SeatAgent, "username", func(c *genesys.Config) { c.Username, c.Password = "", "" }},
		{genesys.SeatAgent, "username", func(c *genesys.Config) { c.Username = "a:b" }},
		{genesys.SeatAgent, "dialect", func(c *genesys.Config) { c.Dialect = "9" }},
		{genesys.SeatAgent, "notifications", func(c *genesys.Config) { c.Notifications = "cometd" }},
		{genesys.SeatAgent, "join_within", func(c *genesys.Config) { c.JoinWithin = time.Hour }},
		{genesys.SeatAgent, "disposition", func(c *genesys.Config) { c.Dialect, c.Disposition = genesys.Dialect851, "x" }},
		{genesys.SeatAgent, "users.anna", func(c *genesys.Config) { c.Users = map[orchestrator.AgentID]string{"anna": "a/b"} }},
		{genesys.SeatAgent, "api_key", func(c *genesys.Config) { c.APIKey = "key" }},
	} {
		c := good[row.seat]
		row.spoil(&c)
		err := c.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), row.key+": ") {
			t.Errorf("%s: %v", row.key, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret-of-the-bot") {
			t.Errorf("%s: the error shows the password", row.key)
		}
	}
}
