package native_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"handoff/connectors/bots/native"
	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// The test vector of the Standard Webhooks scheme: v1 was checked with the project's JavaScript and Go libraries, v1a with
// crypto/ed25519.
const (
	secret      = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	public      = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	vectorID    = "msg_01JD8Z0000000000000000TEST"
	vectorTime  = "1795292100"
	vectorBody  = `{"type":"handoff.requested","timestamp":"2026-11-21T20:15:00Z","data":{"conversation_id":"c-1"}}`
	vectorV1    = "v1,nIGb1AEBhSBfjptmWot/Gd81M9RKYuDnFG3yQBN8at8="
	vectorV1a   = "v1a,FnULYjyzIqDpzrZtHK4y19O14TP74YPu/kDEebThuCq3sqQwQXUV9mBs+5RxzJpkP8DlKgVyqZctsd8rEitDBA=="
	other       = "whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldC0wMDAwMDA="
	token       = "tok_0123456789abcdef"
	secondToken = "tok_fedcba9876543210"
)

var (
	start = time.Date(2026, 11, 21, 20, 15, 0, 0, time.UTC)
	now   = orchestrator.MomentOf(start)
	clock = orchestrator.NewStepClock(start) // shared, so never stepped
)

// open is a bot that takes the secret and the token above, changed as wanted.
func open(tb testing.TB, change func(*native.Config)) *native.Bot {
	tb.Helper()
	c := native.Config{Name: "shop", Secrets: []string{secret}, Tokens: []string{token}}
	if change != nil {
		change(&c)
	}
	bot, err := c.Open(clock)
	if err != nil {
		tb.Fatal(err)
	}
	return bot
}

// serve is a simulated platform with a bot that calls it.
func serve(t *testing.T, change func(*native.Config)) (*sim.Platform, *native.Bot) {
	t.Helper()
	return serveAt(t, clock, change)
}

// serveAt is serve with a clock of the test's own, to be stepped.
func serveAt(t *testing.T, clock *orchestrator.StepClock, change func(*native.Config)) (*sim.Platform, *native.Bot) {
	t.Helper()
	c := native.Config{Name: "shop", Secrets: []string{secret}, AllowPrivateCallback: true}
	if change != nil {
		change(&c)
	}
	o := sim.Options{Clock: clock, Token: c.CallbackToken}
	for _, s := range c.Secrets {
		if s != public {
			o.Secrets = append(o.Secrets, s)
		}
	}
	platform, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(platform)
	t.Cleanup(server.Close)
	t.Cleanup(platform.Close)
	c.Callback = server.URL + "/callback?key=in-the-query"
	bot, err := c.Open(clock)
	if err != nil {
		t.Fatal(err)
	}
	return platform, bot
}
