package sim_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

var start = time.Date(2026, 11, 21, 20, 15, 0, 0, time.UTC)

// world is a platform behind a server, and a client that signs as the service would.
func world(t *testing.T) (*sim.Platform, *sim.Client, *orchestrator.StepClock, string) {
	t.Helper()
	clock := orchestrator.NewStepClock(start)
	platform, err := sim.New(sim.Options{Clock: clock, Secrets: []string{secret}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(platform)
	t.Cleanup(server.Close)
	t.Cleanup(platform.Close)
	return platform, &sim.Client{Secret: secret, Clock: clock, HTTP: server.Client()}, clock, server.URL
}

// tell posts an event as a callback.
func tell(t *testing.T, client *sim.Client, url string, ev sim.Outgoing) (int, string, error) {
	t.Helper()
	header, body, err := client.Request(ev)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	res, err := client.HTTP.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

func said(id, text string) sim.Outgoing {
	return sim.Outgoing{ID: id, Type: "message.created", ConversationID: "c-1", Data: sim.Said("agent", text)}
}

func TestWhatIsTrustedIsHeardOnce(t *testing.T) {
	platform, client, _, url := world(t)
	for _, ev := range []sim.Outgoing{said("a", "one"), said("a", "one"), said("b", "two")} {
		if status, _, err := tell(t, client, url, ev); err != nil || status != http.StatusNoContent {
			t.Fatalf("%d %v", status, err)
		}
	}
	heard := platform.Heard()
	if len(platform.Calls()) != 3 || len(heard) != 2 || heard[0].Event.Text() != "one" || heard[1].Event.Text() != "two" {
		t.Errorf("%d calls, heard %+v", len(platform.Calls()), heard)
	}
}

func TestWhatIsNotTrustedIsRefused(t *testing.T) {
	platform, client, clock, url := world(t)
	late := *client
	late.Clock = orchestrator.NewStepClock(clock.Now().Add(-time.Hour))
	wrong := *client
	wrong.Secret = "whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldC0wMDAwMDA="
	for _, c := range []*sim.Client{&late, &wrong} {
		if status, _, err := tell(t, c, url, said("a", "one")); err != nil || status != http.StatusUnauthorized {
			t.Errorf("%d %v", status, err)
		}
	}
	if heard := platform.Heard(); len(heard) != 0 || platform.Calls()[0].Refused == "" || platform.Calls()[1].Refused == "" {
		t.Errorf("heard %+v", heard)
	}
}

func TestEachFaultMisbehavesAsNamed(t *testing.T) {
	platform, client, clock, url := world(t)
	platform.Next(sim.Fault{Status: 503, RetryAfter: "7"}, sim.Fault{Drop: true}, sim.Fault{DropInBody: true}, sim.Fault{Status: 500, Acts: true})
	if status, _, err := tell(t, client, url, said("a", "one")); status != 503 || err != nil {
		t.Errorf("status: %d %v", status, err)
	}
	if status, _, err := tell(t, client, url, said("b", "two")); status != 0 || err == nil {
		t.Errorf("drop: %d %v", status, err)
	}
	if status, _, err := tell(t, client, url, said("c", "three")); status != 200 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("drop in body: %d %v", status, err)
	}
	if status, _, err := tell(t, client, url, said("d", "four")); status != 500 || err != nil {
		t.Errorf("acts: %d %v", status, err)
	}
	var heard []string
	for _, c := range platform.Heard() {
		heard = append(heard, c.ID)
	}
	if strings.Join(heard, " ") != "b c d" {
		t.Errorf("heard %v", heard)
	}
	for _, f := range []sim.Fault{{Delay: time.Minute, Body: "x"}, {Delay: time.Minute, Slow: true, Body: "x"}} {
		platform.Next(f)
		changed, done := platform.Changed(), make(chan error, 1)
		go func() {
			status, text, err := tell(t, client, url, said("e", "five"))
			if err == nil && (status != 200 || text != "x") {
				err = errors.New(text)
			}
			done <- err
		}()
		<-changed
		platform.Delayed() // it waits for the clock now
		select {
		case err := <-done:
			t.Errorf("%+v was answered at once: %v", f, err)
		default:
		}
		clock.Advance(time.Minute)
		if err := <-done; err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	platform, _, _, _ := world(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := platform.Wait(ctx, func([]sim.Call) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAnswersOfTheServiceAreRead(t *testing.T) {
	var path, key string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, key = r.URL.Path, r.Header.Get("Idempotency-Key")
		if strings.HasSuffix(path, "/events") {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"code":"not-in-control","errors":[{"pointer":"/epoch","detail":"old"}]}`)
			return
		}
		_, _ = io.WriteString(w, `{"id":"cv_1","state":"queued","epoch":2,"created":true}`)
	}))
	t.Cleanup(server.Close)
	client := &sim.Client{URL: server.URL + "/", Bot: "shop", Token: "tok", Clock: orchestrator.NewStepClock(start), HTTP: server.Client()}
	refused, err := client.BotSays(t.Context(), "c-1", "hello", 1)
	if err != nil || refused.Status != 409 || refused.Problem.Code != "not-in-control" || refused.Problem.Errors[0].Pointer != "/epoch" {
		t.Errorf("%+v %v", refused, err)
	}
	if path != "/v1/bots/shop/events" || !strings.HasPrefix(key, `"evt_`) {
		t.Errorf("path %s, key %s", path, key)
	}
	header, err := client.Sign("k", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := client.Send(t.Context(), "/handoffs", header, []byte(`{}`))
	if err != nil || taken.Conversation.ID != "cv_1" || taken.Conversation.State != "queued" || taken.Conversation.Epoch != 2 || !taken.Conversation.Created {
		t.Errorf("%+v %v", taken, err)
	}
}
