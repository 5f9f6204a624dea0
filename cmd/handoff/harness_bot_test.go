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

// hearsBy is how a bot learns what happens.
type hearsBy string

const (
	byCallback hearsBy = "by callbacks"
	byFeed     hearsBy = "by the feed alone"
)

// ear is what the bot of a story hears with. Whatever else it does is the same for every bot.
type ear interface {
	// next waits for the next thing that the bot is told, that fits, and that was not awaited before.
	next(what string, fits func(sim.Event) bool) sim.Event
	// quotes is the epoch at which the bot speaks.
	quotes() uint64
	// drops loses the next answers: the bot has to be told again.
	drops(n int)
	// wasToldAgain: something came more than once, as it must when an answer is lost.
	wasToldAgain()
	// dies: the bot hears nothing, until it lives again.
	dies()
	lives()
	// places are the places in line that the bot was told of these handoffs, by their conversation_id.
	places(told []placeTold) map[string]int
	// check looks at all that the bot was told when the chat is over.
	check(want []string)
	// knows is what the bot knows then: who controls, what is done, what came back.
	knows() sim.Mind
}

// storyBotParty is the bot: it posts signed events, and hears at its callback or by its feed.
type storyBotParty struct {
	ear
	life   *life
	client sim.Client
	asked  bool // for a person: callbacks tell from then on what it gave with the request
}

func newStoryBot(l *life) *storyBotParty {
	b := &storyBotParty{life: l, client: sim.Client{
		URL: l.at.base, Bot: storyBot, Secret: storySecret, Clock: orchestrator.SystemClock{}, HTTP: &http.Client{},
	}}
	if l.at.platform != nil {
		b.ear = &callbackEar{bot: b}
	} else {
		b.ear = &feedEar{feedReader: feedReader{life: l}}
	}
	return b
}

// posts sends one event and answers what the service said.
func (b *storyBotParty) posts(ev sim.Outgoing) sim.Answer {
	b.life.t.Helper()
	if ev.ConversationID == "" {
		ev.ConversationID = b.life.external
	}
	answer, err := b.client.Post(b.life.ctx, ev)
	b.life.must(err, "the bot posts %s", ev.Type)
	if b.life.id == "" && ev.ConversationID == b.life.external {
		b.life.id = answer.Conversation.ID
	}
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
	b.does(sim.Outgoing{Type: "message.created", Epoch: b.quotes(), Data: sim.Said("bot", text)})
}

// isRefused speaks although somebody else controls.
func (b *storyBotParty) isRefused(text string) {
	b.life.t.Helper()
	answer := b.posts(sim.Outgoing{Type: "message.created", Epoch: b.quotes(), Data: sim.Said("bot", text)})
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

// isTold waits for the next event of a type and answers its data.
func (b *storyBotParty) isTold(kind string) (about eventAbout, data json.RawMessage) {
	b.life.t.Helper()
	told := b.next(kind, func(ev sim.Event) bool { return ev.Type == kind })
	return aboutOf(feedEvent{Data: told.Data}), told.Data
}

// hears waits until a word has come to the bot.
func (b *storyBotParty) hears(text string) {
	b.life.t.Helper()
	b.next("the word "+text, func(ev sim.Event) bool { return ev.Text() == text })
}
