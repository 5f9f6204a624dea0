package native_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"handoff/connectors/bots/native"
	"handoff/connectors/bots/native/sim"
	"handoff/connectors/bottest"
	"handoff/orchestrator"
)

// platform is the simulator as the suite plays it.
type platform struct {
	*sim.Platform
	server *httptest.Server
}

func (p platform) Next(faults ...bottest.Fault) {
	for _, f := range faults {
		p.Platform.Next(sim.Fault{
			Status: f.Status, RetryAfter: f.RetryAfter, Location: f.Location, Body: f.Body, Hang: f.Hang, Drop: f.Drop, DropInBody: f.DropInBody,
		})
	}
}

func (p platform) Calls() []bottest.Call {
	var calls []bottest.Call
	for _, c := range p.Platform.Calls() {
		calls = append(calls, bottest.Call{
			ID: c.ID, Conversation: c.Event.ConversationID, Text: c.Event.Text(), Kind: c.Event.Type, Refused: c.Refused,
			Signature: c.Header.Get("webhook-signature"),
		})
	}
	return calls
}

func (p platform) Down() { p.server.Close() }

const password = "hunter2222"

func subject(cloudEvents bool) bottest.Open {
	return func(t bottest.TB) *bottest.Subject {
		stepped := orchestrator.NewStepClock(start)
		simulated, err := sim.New(sim.Options{Clock: stepped, Secrets: []string{secret}})
		if err != nil {
			t.Fatalf("%v", err)
		}
		server := httptest.NewServer(simulated)
		bot, err := native.Config{
			Name: "shop", Secrets: []string{secret, public}, Tokens: []string{token}, AllowPrivateCallback: true, CloudEvents: cloudEvents,
			Callback: strings.Replace(server.URL, "http://", "http://shop:"+password+"@", 1) + "/in?key=" + secondToken,
		}.Open(stepped)
		if err != nil {
			t.Fatalf("%v", err)
		}
		return &bottest.Subject{
			Bot: bot, Platform: platform{simulated, server}, Clock: stepped, Attempt: 10 * time.Second, Logged: func() string { return "" },
			Secrets: []string{secret, secret[6:], token, secondToken, password},
			Post: func(t bottest.TB, external, text, extra string) (http.Header, []byte) {
				return post(t, &sim.Client{Secret: secret, Clock: stepped}, external, text, extra)
			},
			Close: func() {
				simulated.Close()
				server.CloseClientConnections()
				server.Close()
			},
		}
	}
}

// post is a signed message.created, with members that nobody knows in each of its objects.
func post(t bottest.TB, client *sim.Client, external, text, extra string) (http.Header, []byte) {
	_, body, err := client.Request(sim.Outgoing{ID: "evt_1", Type: "message.created", ConversationID: external, Data: sim.Said("user", text)})
	if err != nil {
		t.Fatalf("%v", err)
	}
	if extra != "" {
		body = bytes.ReplaceAll(body, []byte("}"), []byte(","+extra+"}"))
		if !json.Valid(body) {
			t.Fatalf("the platform's own request is not JSON: %s", body)
		}
	}
	header, err := client.Sign("evt_1", "application/json", body)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return header, body
}

func TestConformance(t *testing.T) {
	bottest.Run(t, subject(false))
}

func TestConformanceWithCloudEvents(t *testing.T) {
	bottest.Run(t, subject(true))
}
