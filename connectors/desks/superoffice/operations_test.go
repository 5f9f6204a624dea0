package superoffice_test

import (
	"testing"

	"handoff/connectors/desks/superoffice"
	"handoff/connectors/desks/superoffice/sim"
	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

// operations are the calls of the WebAPI that this desk makes, below /Cust12345/api/v1.
var operations = []desktest.Operation{
	{
		Call: "GET /api/state/{tenant}", File: "servers.go",
		When: "SuperOffice Online: where the tenant is, before the first call",
	},
	{
		Call: "POST /Login/api/PartnerSystemUser/Authenticate", File: "ticket.go",
		When: "SuperOffice Online: a ticket",
	},
	{
		Call: "GET /login/.well-known/jwks", File: "ticket.go",
		When: "SuperOffice Online: the keys that sign tickets",
	},
	{
		Call: "GET /{tenant}/api/v1/ChatSession/default", File: "customer.go",
		When: "before a session is created",
	},
	{
		Call: "POST /{tenant}/api/v1/ChatSession", File: "customer.go",
		When: "seat `customer`: a handoff opens a session",
	},
	{
		Call: "GET /{tenant}/api/v1/ChatSession/{id}", File: "calls.go",
		When: "after each webhook and poll, and before what depends on how the session stands",
	},
	{
		Call: "PATCH /{tenant}/api/v1/ChatSession/{id}", File: "calls.go",
		When: "the bot claims a session or lets it go; an end; the customer is still there",
	},
	{
		Call: "POST /{tenant}/api/v1/ChatSession/{id}/Reset", File: "calls.go",
		When: "seat `agent`: a handoff; seat `customer`: a session that people had waits again",
	},
	{
		Call: "GET /{tenant}/api/v1/ChatSession/{id}/Messages", File: "calls.go",
		When: "what was said since the last message",
	},
	{
		Call: "POST /{tenant}/api/v1/ChatSession/{id}/Messages", File: "calls.go",
		When: "a word of the customer's or the bot's",
	},
	{
		Call: "GET /{tenant}/api/v1/ChatTopic/{id}/Sessions", File: "calls.go",
		When: "every `poll_every`: which sessions there are",
	},
	{
		Call: "GET /{tenant}/api/v1/ChatTopic/{id}/IsOpen", File: "availability.go",
		When: "whether anybody is there, before a handoff",
	},
	{
		Call: "GET /{tenant}/api/v1/Presence/GetAll", File: "availability.go",
		When: "whether anybody is there, before a handoff",
	},
	{
		Call: "GET /{tenant}/api/v1/Webhook", File: "hooks.go",
		When: "with `hook_url`: whether the webhook is registered",
	},
	{
		Call: "PUT /{tenant}/api/v1/Webhook/{id}", File: "hooks.go",
		When: "with `hook_url`: it is registered otherwise, or the vendor has switched it off",
	},
	{
		Call: "POST /{tenant}/api/v1/Webhook", File: "hooks.go",
		When: "with `hook_url`: it is registered",
	},
}

func TestEveryOperationIsSeenOnTheWire(t *testing.T) {
	recorded := func(seat string) desktest.Open {
		return func(t desktest.TB) *desktest.Subject {
			s := setUp(orchestrator.SystemClock{}, seat, func(_ *sim.Options, c *superoffice.Config) {
				if seat == superoffice.SeatCustomer {
					c.HookURL = "https://hooks.example"
				}
			})
			s.vendor.Record()
			made := s.subject(t)
			made.Calls = s.vendor.Recorded
			return made
		}
	}
	desktest.Operations(t, operations, desktest.LookAround,
		recorded(superoffice.SeatCustomer), recorded(superoffice.SeatAgent))
}
