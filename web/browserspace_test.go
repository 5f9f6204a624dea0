package web

import (
	"strings"
	"testing"

	"handoff/orchestrator"
)

// byBrowser begins a conversation as a page of an allowed origin does.
func (r *rig) byBrowser(external string) *answer {
	return r.anybody().post("/v1/conversations", map[string]any{"bot": "shop", "conversation_id": external,
		"user": map[string]any{"id": "stranger"}}, "Origin", shopOrigin)
}

func (r *rig) byBot(external string) *answer {
	return r.bot().post("/v1/conversations", map[string]any{"bot": "shop", "conversation_id": external,
		"user": map[string]any{"id": "u-1", "name": "Ann"}})
}

func TestBrowserNeverBeginsOrJoinsABotsConversation(t *testing.T) {
	const bots = "whatsapp:+4712345678"
	for name, order := range map[string]func(r *rig) (taken, mine *answer){
		"the browser first": func(r *rig) (*answer, *answer) {
			taken := r.byBrowser(bots).want(t, 201)
			return taken, r.byBot(bots).want(t, 201)
		},
		"the bot's beginning first": func(r *rig) (*answer, *answer) {
			mine := r.byBot(bots).want(t, 201)
			return r.byBrowser(bots).want(t, 201), mine
		},
		"the browser before the customer's word": func(r *rig) (*answer, *answer) {
			taken := r.byBrowser(bots).want(t, 201)
			return taken, r.bot().post("/v1/bots/shop/events", r.event(bots, "message.created", customerSaid("m-0", "hello"))).want(t, 202)
		},
		"the browser after a handoff": func(r *rig) (*answer, *answer) {
			mine := r.handoff(bots)
			return r.byBrowser(bots).want(t, 201), mine
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			taken, mine := order(r)
			if taken.text("id") == mine.text("id") || taken.text("conversation_id") == mine.text("conversation_id") {
				t.Fatalf("the browser's conversation is the bot's: %s", taken.body)
			}
			r.bot().post("/v1/bots/shop/events", r.event(bots, "message.created", customerSaid("m-1", "SECRET-4111"))).want(t, 202)
			stranger, path := r.bearer(taken.text("conversation_token")), "/v1/conversations/"+taken.text("id")
			stranger.post(path+"/messages", map[string]any{"text": "FORGED"}).want(t, 202)
			if got := string(stranger.get(path + "/events?after=0").body); strings.Contains(got, "SECRET-4111") {
				t.Errorf("the stranger reads the customer's word: %s", got)
			}
			hers := "/v1/conversations/" + mine.text("id")
			if got := string(r.bot().get(hers + "/events?after=0").body); strings.Contains(got, "FORGED") {
				t.Errorf("the stranger's word stands in the customer's conversation: %s", got)
			}
			stranger.get(hers).problem(t, 404, codeUnknownConv)
		})
	}
}

func TestBotBeginsNothingInTheSpaceOfBrowsers(t *testing.T) {
	r := newRig(t)
	begun := r.byBrowser("mine").want(t, 201)
	external := begun.text("conversation_id")
	if external != orchestrator.BrowserSpace+"mine" {
		t.Errorf("a browser's conversation is called %q", external)
	}
	for _, id := range []string{external, orchestrator.BrowserSpace + "another", orchestrator.BrowserSpace} {
		if a := r.byBot(id).problem(t, 422, codeValidation); a.text("errors", 0, "pointer") != "/conversation_id" {
			t.Errorf("%s: %s", id, a.body)
		}
	}
	for kind, data := range map[string]any{
		"message.created": customerSaid("m-1", "hello"), "handoff.requested": map[string]any{"reason": "rule"},
		"context.updated": map[string]any{"attributes": map[string]any{"a": 1}},
	} {
		r.bot().post("/v1/bots/shop/events", r.event(orchestrator.BrowserSpace+"another", kind, data)).problem(t, 404, codeUnknownConv)
	}
	r.bot().post("/v1/bots/shop/handoffs", map[string]any{"conversation_id": orchestrator.BrowserSpace + "another"}).problem(t, 404, codeUnknownConv)

	r.bot().post("/v1/bots/shop/events", r.event(external, "message.created", customerSaid("m-1", "the bot speaks of it"))).want(t, 202)
	r.handoff(external)
	r.byBrowser("mine").problem(t, 409, orchestrator.CodeStateConflict)
	r.byBrowser(strings.Repeat("x", 120)).want(t, 201)
	r.byBrowser(strings.Repeat("x", 121)).problem(t, 422, codeValidation)
}

func TestEndedConversationOfABrowserIsNotBegunAnewByItsBot(t *testing.T) {
	r := newRig(t)
	id, ann, begun := r.begin()
	ann.act(id, "end").want(t, 200)
	word := customerSaid("m-1", "are you still there?")
	word["author"] = map[string]any{"role": "bot"}
	r.bot().post("/v1/bots/shop/events", r.event(begun.text("conversation_id"), "message.created", word)).
		problem(t, 409, orchestrator.CodeStateConflict)
}
