package native_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native"
	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

const conversation = "cv_2f_01JD8ZK4"

// command is one for the bot, with what every command has.
func command(kind orchestrator.CommandType) *orchestrator.Command {
	return &orchestrator.Command{
		ID: conversation + ".17.0", Type: kind, Class: orchestrator.ClassLive, Conversation: conversation,
		To: orchestrator.Party{Connector: "shop", Bot: true}, Sequence: 12, Epoch: 3, Handoff: 1, At: now, External: "c-789",
		ReplyContext: []byte(`{"cognigy":"<a&b>"}`),
	}
}

func word(text string) *orchestrator.Command {
	cmd := command(orchestrator.CommandSend)
	cmd.Message = &orchestrator.Message{ID: "m-9", Text: text}
	cmd.Author = orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna", Name: "Anna"}
	return cmd
}

func deliver(t *testing.T, bot *native.Bot, cmd *orchestrator.Command) error {
	t.Helper()
	return bot.Deliver(t.Context(), &orchestrator.Delivery{Command: cmd})
}

// only is the one call that the platform got, trusted.
func only(t *testing.T, p *sim.Platform) sim.Call {
	t.Helper()
	calls := p.Calls()
	if len(calls) != 1 || calls[0].Refused != "" {
		t.Fatalf("%d calls: %+v", len(calls), calls)
	}
	return calls[0]
}

func TestAnAgentsWordIsPostedInTheEnvelope(t *testing.T) {
	platform, bot := serve(t, nil)
	if err := deliver(t, bot, word("Grüße <b>&</b>")); err != nil {
		t.Fatal(err)
	}
	call := only(t, platform)
	want := `{"id":"cv_2f_01JD8ZK4.17.0","type":"message.created","timestamp":"2026-11-21T20:15:00.000Z","conversation_id":"c-789",` +
		`"handoff_id":"cv_2f_01JD8ZK4","handoff":1,"epoch":3,"sequence":12,"reply_context":{"cognigy":"<a&b>"},` +
		`"data":{"message":{"id":"m-9","text":"Grüße <b>&</b>","format":"text"},"author":{"role":"agent","id":"anna","name":"Anna"}}}`
	if diff := cmp.Diff(want, string(call.Body)); diff != "" {
		t.Error(diff)
	}
	if call.ID != string(word("").ID) || call.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", call.Header)
	}
}

func TestACallbackCanBeACloudEvent(t *testing.T) {
	platform, bot := serve(t, func(c *native.Config) { c.CloudEvents = true })
	if err := deliver(t, bot, word("hello")); err != nil {
		t.Fatal(err)
	}
	call := only(t, platform)
	want := `{"specversion":"1.0","id":"cv_2f_01JD8ZK4.17.0","source":"/bots/shop","type":"message.created","time":"2026-11-21T20:15:00.000Z",` +
		`"subject":"c-789","datacontenttype":"application/json","sequence":"12","sequencetype":"Integer","epoch":"3",` +
		`"handoffid":"cv_2f_01JD8ZK4","handoff":1,"replycontext":"{\"cognigy\":\"<a&b>\"}",` +
		`"data":{"message":{"id":"m-9","text":"hello","format":"text"},"author":{"role":"agent","id":"anna","name":"Anna"}}}`
	if diff := cmp.Diff(want, string(call.Body)); diff != "" {
		t.Error(diff)
	}
	if got := call.Header.Get("Content-Type"); got != "application/cloudevents+json" {
		t.Errorf("content type %s", got)
	}
}

func TestEachAttemptIsSignedAnewWithEverySecret(t *testing.T) {
	clock := orchestrator.NewStepClock(start)
	platform, bot := serveAt(t, clock, func(c *native.Config) { c.Secrets = []string{secret, other, public} })
	platform.Next(sim.Fault{Status: http.StatusInternalServerError})
	cmd := word("hello")
	if err := deliver(t, bot, cmd); orchestrator.OutcomeOf(err) != orchestrator.OutcomeRetry {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Second)
	if err := deliver(t, bot, cmd); err != nil {
		t.Fatal(err)
	}
	calls := platform.Calls()
	first, second := calls[0].Header, calls[1].Header
	if first.Get("webhook-id") != second.Get("webhook-id") {
		t.Error("the id changed")
	}
	if first.Get("webhook-timestamp") == second.Get("webhook-timestamp") || first.Get("webhook-signature") == second.Get("webhook-signature") {
		t.Error("time and signature were not made anew")
	}
	if got := len(strings.Fields(second.Get("webhook-signature"))); got != 2 {
		t.Errorf("%d signatures for two secrets", got)
	}
}

func TestABearerTokenIsSentWhereOneIsConfigured(t *testing.T) {
	platform, bot := serve(t, func(c *native.Config) { c.CallbackToken = token })
	if err := deliver(t, bot, word("hello")); err != nil {
		t.Fatal(err)
	}
	if got := only(t, platform).Header.Get("Authorization"); got != "Bearer "+token {
		t.Error(got)
	}
}

func TestHeldWordsArePostedOnceEachInOrder(t *testing.T) {
	platform, bot := serve(t, nil)
	platform.Next(sim.Fault{}, sim.Fault{Status: http.StatusServiceUnavailable})
	cmd := command(orchestrator.CommandFlush)
	cmd.From, cmd.Until = 5, 9
	d := &orchestrator.Delivery{Command: cmd}
	for i, text := range []string{"one", "two", "three"} {
		d.Words = append(d.Words, orchestrator.HandbackMessage{
			Sequence: uint64(5 + 2*i), At: now, Author: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"},
			Message: orchestrator.Message{ID: text, Text: text},
		})
	}
	if err := bot.Deliver(t.Context(), d); orchestrator.OutcomeOf(err) != orchestrator.OutcomeRetry {
		t.Fatal(err)
	}
	if err := bot.Deliver(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range platform.Calls() {
		got = append(got, c.ID+" "+c.Event.Text())
	}
	want := []string{conversation + ".17.0.5 one", conversation + ".17.0.7 two", conversation + ".17.0.7 two", conversation + ".17.0.9 three"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoticesCarryWhatTheirTypeNeeds(t *testing.T) {
	platform, bot := serve(t, nil)
	for _, tc := range []struct {
		notice orchestrator.Notice
		want   string
	}{
		{orchestrator.Notice{Type: "handoff.queued", Queue: "billing", Position: 3, WaitMS: 119_001},
			`{"queue":"billing","position":3,"estimated_wait_seconds":120}`},
		{orchestrator.Notice{Type: "handoff.accepted", Agent: &orchestrator.Agent{ID: "anna", Name: "Anna"}}, `{"agent":{"id":"anna","name":"Anna"}}`},
		{orchestrator.Notice{Type: "handoff.transferred", From: &orchestrator.Target{Agent: "anna"}, To: &orchestrator.Target{Queue: "backup"}},
			`{"from":{"agent":"anna"},"to":{"queue":"backup"}}`},
		{orchestrator.Notice{Type: "handoff.failed", Reason: "outside_hours"}, `{"reason":"outside_hours","retryable":false}`},
		{orchestrator.Notice{Type: "handoff.failed", Reason: "no_agents_online", Retryable: true, RetryAfterMS: 900_000},
			`{"reason":"no_agents_online","retryable":true,"retry_after_seconds":900}`},
		{orchestrator.Notice{Type: "handoff.ended", EndedBy: "agent", Resume: "none"}, `{"ended_by":"agent","resume":"none"}`},
		{orchestrator.Notice{Type: "handoff.completed", Disposition: "solved", Tags: []string{"a"}, Notes: []string{"n"}, QueueMS: 1, TalkMS: 60_000},
			`{"disposition":"solved","tags":["a"],"notes":["n"],"durations":{"queue":1,"talk":60,"wrapup":0}}`},
		{orchestrator.Notice{Type: "message.delivery_failed", MessageID: "m-1", Reason: "desk is down"}, `{"message_id":"m-1","reason":"desk is down"}`},
		{orchestrator.Notice{Type: "conversation.ended", Reason: "idle"}, `{"reason":"idle"}`},
	} {
		cmd := command(orchestrator.CommandNotify)
		cmd.Notice = &tc.notice
		if err := deliver(t, bot, cmd); err != nil {
			t.Fatal(err)
		}
		calls := platform.Calls()
		last := calls[len(calls)-1]
		if last.Event.Type != tc.notice.Type || string(last.Event.Data) != tc.want {
			t.Errorf("%s: %s, want %s", last.Event.Type, last.Event.Data, tc.want)
		}
	}
}

func TestTypingIsTold(t *testing.T) {
	platform, bot := serve(t, nil)
	for _, typing := range []bool{true, false} {
		cmd := command(orchestrator.CommandTyping)
		cmd.ID, cmd.Typing, cmd.Author = "", typing, orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"}
		if err := deliver(t, bot, cmd); err != nil {
			t.Fatal(err)
		}
	}
	calls := platform.Calls()
	if got := string(calls[0].Event.Data); got != `{"author":{"role":"agent","id":"anna"},"expires_in":6}` {
		t.Errorf("typing.started says %s", got)
	}
	if calls[0].ID == calls[1].ID {
		t.Errorf("two notices of typing have the id %s", calls[0].ID)
	}
	if calls[0].Event.Type != "typing.started" || calls[1].Event.Type != "typing.stopped" ||
		string(calls[1].Event.Data) != `{"author":{"role":"agent","id":"anna"}}` {
		t.Errorf("%s %s %s", calls[0].Event.Type, calls[1].Event.Type, calls[1].Event.Data)
	}
}

func TestAHandbackThatIsTooLargeLosesItsOldest(t *testing.T) {
	for _, cloudEvents := range []bool{false, true} {
		platform, bot := serve(t, func(c *native.Config) { c.CloudEvents = cloudEvents })
		cmd := command(orchestrator.CommandNotify)
		cmd.ReplyContext = []byte(`"` + strings.Repeat(`\"`, 2000) + `"`)
		cmd.Notice = &orchestrator.Notice{Type: "handoff.ended", EndedBy: "agent", Resume: "bot"}
		handback := &orchestrator.Handback{Reason: "solved", Notes: []string{"called back"}}
		for i := range 100 {
			handback.Messages = append(handback.Messages, orchestrator.HandbackMessage{
				Sequence: uint64(i + 1), At: now, Author: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"},
				Message: orchestrator.Message{ID: "m", Text: strings.Repeat("\u0001ü", 500)},
			})
		}
		if err := bot.Deliver(t.Context(), &orchestrator.Delivery{Command: cmd, Handback: handback}); err != nil {
			t.Fatal(err)
		}
		call := only(t, platform)
		var data struct {
			Handback struct {
				Reason    string
				Notes     []string
				Messages  []struct{ Sequence int }
				Truncated bool
			}
		}
		if err := json.Unmarshal(call.Event.Data, &data); err != nil {
			t.Fatal(err)
		}
		h := data.Handback
		if len(call.Body) > native.MaxCallback || len(call.Body) < native.MaxCallback-15_000 {
			t.Errorf("%d bytes", len(call.Body))
		}
		if !h.Truncated || h.Reason != "solved" || len(h.Notes) != 1 || h.Messages[len(h.Messages)-1].Sequence != 100 ||
			h.Messages[0].Sequence != 101-len(h.Messages) {
			t.Errorf("kept %d messages from %d, truncated %v, notes %v", len(h.Messages), h.Messages[0].Sequence, h.Truncated, h.Notes)
		}
	}
}

func TestAWordThatIsTooLargeIsNotPosted(t *testing.T) {
	platform, bot := serve(t, nil)
	err := deliver(t, bot, word(strings.Repeat("x", native.MaxCallback)))
	var ce *orchestrator.ConnectorError
	if !errors.As(err, &ce) || ce.Code != "too-large" || ce.Outcome != orchestrator.OutcomePermanent || len(platform.Calls()) != 0 {
		t.Errorf("%v after %d calls", err, len(platform.Calls()))
	}
}

func TestACallbackThatIsGoneSaysSo(t *testing.T) {
	platform, bot := serve(t, nil)
	platform.Next(sim.Fault{Status: http.StatusGone})
	err := deliver(t, bot, word("hello"))
	var ce *orchestrator.ConnectorError
	if !errors.As(err, &ce) || ce.Code != orchestrator.CallbackGone || ce.Outcome != orchestrator.OutcomePermanent {
		t.Fatal(err)
	}
	if h := bot.Health(); h.Calls != "closed" || h.LastFailureAt == 0 || !strings.Contains(h.LastFailure, "410") {
		t.Errorf("health %+v", h)
	}
}

func TestTheAddressTellsOneCallbackFromAnotherAndShowsNone(t *testing.T) {
	seen := map[string]string{}
	for _, callback := range []string{"https://bot.example/a", "https://bot.example/b", "https://ann:hunter22@bot.example/a"} {
		bot, err := native.Config{Name: "shop", Secrets: []string{secret}, Callback: callback}.Open(orchestrator.NewStepClock(start))
		if err != nil {
			t.Fatal(err)
		}
		address := bot.Address()
		if other, ok := seen[address]; ok || address == "" || strings.Contains(address, "bot.example") {
			t.Errorf("%s is %q, as %q is", callback, address, other)
		}
		seen[address] = callback
	}
}

func TestABotThatKeepsFailingIsLeftAloneForAWhile(t *testing.T) {
	platform, bot := serve(t, nil)
	platform.Always(&sim.Fault{Status: http.StatusInternalServerError})
	var ce *orchestrator.ConnectorError
	for range 8 {
		if err := deliver(t, bot, word("hello")); !errors.As(err, &ce) || ce.Outcome != orchestrator.OutcomeRetry {
			t.Fatal(err)
		}
	}
	if n := len(platform.Calls()); n != 5 || ce.Code != "circuit-open" || bot.Health().Calls != "open" {
		t.Errorf("%d calls, then %v; %+v", n, ce, bot.Health())
	}
}

func TestACommandThatIsForDesksIsRefusedForGood(t *testing.T) {
	platform, bot := serve(t, nil)
	for _, kind := range []orchestrator.CommandType{orchestrator.CommandOpen, orchestrator.CommandEnd, orchestrator.CommandSend, "dance"} {
		if err := deliver(t, bot, command(kind)); orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if len(platform.Calls()) != 0 {
		t.Error("something was posted")
	}
}
