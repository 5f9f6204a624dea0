package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// replyContext is what the bot gives at each request and must get back in each callback from then on.
const replyContext = `{"thread":"t-7"}`

// storyBotParty is the bot: it posts signed events, and hears at its callback.
type storyBotParty struct {
	life   *life
	client sim.Client
	heard  int    // callbacks that were awaited
	epoch  uint64 // of the newest of them
	asked  bool   // for a person: callbacks tell from then on what it gave with the request
}

func newStoryBot(l *life) *storyBotParty {
	return &storyBotParty{life: l, client: sim.Client{
		URL: l.at.base, Bot: storyBot, Secret: storySecret, Clock: orchestrator.SystemClock{}, HTTP: &http.Client{},
	}}
}

// posts sends one event and answers what the service said.
func (b *storyBotParty) posts(ev sim.Outgoing) sim.Answer {
	b.life.t.Helper()
	if ev.ConversationID == "" {
		ev.ConversationID = b.life.external
	}
	answer, err := b.client.Post(b.life.ctx, ev)
	b.life.must(err, "the bot posts %s", ev.Type)
	return answer
}

// does sends one event that must be taken.
func (b *storyBotParty) does(ev sim.Outgoing) {
	b.life.t.Helper()
	if answer := b.posts(ev); answer.Status != http.StatusAccepted {
		b.life.must(fmt.Errorf("HTTP %d %s", answer.Status, answer.Body), "the bot posts %s", ev.Type)
	}
}

// says speaks at the epoch of what the bot heard last.
func (b *storyBotParty) says(text string) {
	b.life.t.Helper()
	b.does(sim.Outgoing{Type: "message.created", Epoch: b.epoch, Data: sim.Said("bot", text)})
}

// isRefused speaks although somebody else controls.
func (b *storyBotParty) isRefused(text string) {
	b.life.t.Helper()
	answer := b.posts(sim.Outgoing{Type: "message.created", Epoch: b.epoch, Data: sim.Said("bot", text)})
	if answer.Status != http.StatusConflict || answer.Problem.Code != orchestrator.CodeNotInControl {
		b.life.must(fmt.Errorf("HTTP %d %s", answer.Status, answer.Body), "the bot should be refused when it says %q", text)
	}
}

// asksForHandoff requests a person; more adds to the request.
func (b *storyBotParty) asksForHandoff(more ...map[string]any) {
	b.life.t.Helper()
	b.does(sim.Outgoing{Type: "handoff.requested", Data: b.request(more...)})
}

func (b *storyBotParty) request(more ...map[string]any) map[string]any {
	b.asked = true
	data := map[string]any{
		"reason": "user_requested", "summary": "needs a person", "language": "en",
		"user":  map[string]any{"id": "u-1", "name": "Ann"},
		"reply": map[string]any{"context": json.RawMessage(replyContext)},
	}
	for _, m := range more {
		maps.Copy(data, m)
	}
	return data
}

func (b *storyBotParty) cancels() {
	b.life.t.Helper()
	b.does(sim.Outgoing{Type: "handoff.cancelled", Data: map[string]any{"reason": "user_changed_mind"}})
}

func (b *storyBotParty) ends() {
	b.life.t.Helper()
	b.does(sim.Outgoing{Type: "conversation.ended", Data: map[string]any{"reason": "bot_resolved"}})
}

// isTold waits for the next callback of a type and answers its data.
func (b *storyBotParty) isTold(kind string) (about eventAbout, data json.RawMessage) {
	b.life.t.Helper()
	call := b.awaitsCall(kind)
	return aboutOf(feedEvent{Data: call.Event.Data}), call.Event.Data
}

// awaitsCall answers the next callback of a type as it came.
func (b *storyBotParty) awaitsCall(kind string) sim.Call {
	b.life.t.Helper()
	return b.awaits(kind, func(c sim.Call) bool { return c.Event.Type == kind })
}

// hears waits until a word has come to the bot.
func (b *storyBotParty) hears(text string) {
	b.life.t.Helper()
	b.awaits("the word "+text, func(c sim.Call) bool { return c.Event.Text() == text })
}

// awaits answers the next callback about this conversation that fits and was not awaited before.
func (b *storyBotParty) awaits(what string, fits func(sim.Call) bool) (found sim.Call) {
	b.life.t.Helper()
	err := b.life.at.platform.Wait(b.life.ctx, func(calls []sim.Call) bool {
		mine := b.about(calls)
		for i := b.heard; i < len(mine); i++ {
			if mine[i].Acted && fits(mine[i]) {
				found, b.heard = mine[i], i+1
				return true
			}
		}
		return false
	})
	b.life.must(err, "the bot waits for %s", what)
	b.epoch = found.Event.Epoch
	return found
}

// about are the callbacks about this conversation: what nobody can trust among them too.
func (b *storyBotParty) about(calls []sim.Call) []sim.Call {
	var mine []sim.Call
	for _, c := range calls {
		if c.Refused != "" || c.Event.ConversationID == b.life.external {
			mine = append(mine, c)
		}
	}
	return mine
}

// drops makes the bot's platform take the next callbacks and break the connections without an answer.
func (b *storyBotParty) drops(n int) {
	for range n {
		b.life.at.platform.Next(sim.Fault{Drop: true})
	}
}
