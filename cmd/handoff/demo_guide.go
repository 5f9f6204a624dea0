package main

import (
	"strings"
	"sync"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// Names of the part of the demo that a visitor plays (demo.yaml).
const (
	tourBot   = "tour"
	tourAgent = "you"
)

// byVisitor is how the bot's own id of a conversation begins that a browser has begun at the bot's chat page. Others are begun
// with the bot's key, by whoever plays its part, and the guide leaves them alone.
const byVisitor = orchestrator.BrowserSpace

// guide is what the bot "tour" says to visitors of its chat page. It knows what they asked about until it hands them over.
type guide struct {
	mu    sync.Mutex
	asked map[string]guideTopic // by the bot's own id of the conversation
}

// guideTopic is a question that the guide can answer.
type guideTopic struct {
	name   string
	words  []string
	answer string
}

const (
	guideGreeting = "Hello! I am the bot of this tour. Ask me where your parcel is, when we are open or how to send something back. " +
		"If you want a person, say so: I hand you over."
	// maxGuided is how many conversations the guide remembers; with more it begins anew, and only its summaries are shorter.
	maxGuided = 1000
)

var (
	guideTopics = []guideTopic{
		{"a parcel", []string{"parcel", "order", "deliver"},
			"Order 4711 has left our house yesterday and comes today between 2 and 4 o'clock. If that does not help, ask for a person."},
		{"opening hours", []string{"open", "hours", "close"},
			"Our people are here from 9 to 5 on working days. I am always here."},
		{"a return", []string{"return", "refund", "back"},
			"You can send it back within 30 days; the label lies in the parcel. For anything else, ask for a person."},
	}
	wantsPerson = []string{"person", "human", "agent", "colleague", "somebody", "someone"}
)

func newGuide() *guide { return &guide{asked: map[string]guideTopic{}} }

// reply answers a visitor's word, or hands over with what the guide has learned.
func (g *guide) reply(word heard) sim.Outgoing {
	id, text := word.ConversationID, strings.ToLower(word.Data.Message.Text)
	if mentions(text, wantsPerson) {
		return sim.Outgoing{Type: "handoff.requested", Data: g.handover(id, word.Data.Message.Text)}
	}
	for _, topic := range guideTopics {
		if mentions(text, topic.words) {
			g.remember(id, topic)
			return sim.Outgoing{Type: "message.created", Data: sim.Said("bot", topic.answer)}
		}
	}
	return sim.Outgoing{Type: "message.created", Data: sim.Said("bot", guideGreeting)}
}

func (g *guide) remember(id string, topic guideTopic) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.asked) >= maxGuided {
		clear(g.asked)
	}
	g.asked[id] = topic
}

// handover is what the agent is told, and the end of what the guide remembers.
func (g *guide) handover(id, text string) map[string]any {
	g.mu.Lock()
	defer g.mu.Unlock()
	topic, asked := g.asked[id]
	delete(g.asked, id)
	data := map[string]any{"reason": "user_requested", "summary": "Wants a person: " + text}
	if asked {
		data["summary"] = "Asked about " + topic.name + ", then for a person: " + text
		data["attributes"] = map[string]any{"topic": topic.name, "order": "4711"}
	}
	return data
}

func mentions(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
