package main

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// callbackEar hears at the bot's callback.
type callbackEar struct {
	bot     *storyBotParty
	awaited int    // callbacks
	epoch   uint64 // of the newest of them
}

func (c *callbackEar) platform() *sim.Platform { return c.bot.life.at.platform }

func (c *callbackEar) quotes() uint64 { return c.epoch }

func (c *callbackEar) next(what string, fits func(sim.Event) bool) (found sim.Event) {
	l := c.bot.life
	l.t.Helper()
	l.must(c.platform().Wait(l.ctx, func(calls []sim.Call) bool {
		mine := c.about(calls)
		for i := c.awaited; i < len(mine); i++ {
			if mine[i].Acted && fits(mine[i].Event) {
				found, c.awaited = mine[i].Event, i+1
				return true
			}
		}
		return false
	}), "the bot waits for %s", what)
	c.epoch = found.Epoch
	if l.id == "" {
		l.id = found.HandoffID
	}
	return found
}

// about are the callbacks about this conversation: what nobody can trust among them too.
func (c *callbackEar) about(calls []sim.Call) []sim.Call {
	var mine []sim.Call
	for _, call := range calls {
		if call.Refused != "" || call.Event.ConversationID == c.bot.life.external {
			mine = append(mine, call)
		}
	}
	return mine
}

// drops makes the bot's platform take the next callbacks and break the connections without an answer.
func (c *callbackEar) drops(n int) {
	for range n {
		c.platform().Next(sim.Fault{Drop: true})
	}
}

func (c *callbackEar) wasToldAgain() {
	l := c.bot.life
	l.t.Helper()
	for _, call := range c.about(c.platform().Calls()) {
		if call.Repeated {
			return
		}
	}
	l.t.Error("nothing was told again")
}

// dies: the bot's platform answers nothing but errors.
func (c *callbackEar) dies()  { c.platform().Always(&sim.Fault{Status: http.StatusServiceUnavailable}) }
func (c *callbackEar) lives() { c.platform().Always(nil) }

func (c *callbackEar) places(told []placeTold) map[string]int {
	l := c.bot.life
	l.t.Helper()
	places := map[string]int{}
	l.must(c.platform().Wait(l.ctx, func(calls []sim.Call) bool {
		for _, call := range calls {
			var data struct{ Position int }
			if call.Event.Type == "handoff.queued" && json.Unmarshal(call.Event.Data, &data) == nil {
				places[call.Event.ConversationID] = data.Position
			}
		}
		return len(places) > len(told)
	}), "the bot is told all places")
	return places
}

// knows is what the callbacks tell, each of them once.
func (c *callbackEar) knows() sim.Mind {
	l := c.bot.life
	l.t.Helper()
	mind, seen := sim.NewMind(l.channel() == orchestrator.ChannelBot), map[string]bool{}
	for _, call := range c.about(c.platform().Calls()) {
		if call.Refused == "" && !seen[call.ID] {
			seen[call.ID] = true
			l.must(mind.Hears(call.Event), "the bot understands %s", call.Event.Type)
		}
	}
	return mind
}

// check looks at all that came to the bot: each one signed, about this conversation, numbered, in order, and once, or again under
// the same webhook-id. The feed tells the same.
func (c *callbackEar) check(want []string) {
	c.bot.life.t.Helper()
	c.checkCalls(want)
	c.checkFeed()
}

func (c *callbackEar) checkCalls(want []string) {
	l := c.bot.life
	l.t.Helper()
	document := theDocument(l.t)
	var told []string
	var newest, newestWord uint64
	first := map[string]sim.Call{}
	for _, call := range c.about(c.platform().Calls()) {
		ev := call.Event
		if call.Refused != "" {
			l.t.Errorf("a callback that the bot does not trust: %s\n%s", call.Refused, call.Body)
			continue
		}
		if err := document.CheckCallback(call.Header.Get("Content-Type"), call.Body); err != nil {
			l.t.Errorf("a callback that the document does not describe: %v\n%s", err, call.Body)
		}
		if call.ID == "" || ev.HandoffID != l.id || ev.Epoch == 0 || ev.Sequence == 0 || ev.Timestamp.IsZero() {
			l.t.Errorf("a callback without id, handoff_id, epoch, sequence or timestamp: %s", call.Body)
		}
		if before, again := first[call.ID]; again {
			if !bytes.Equal(before.Body, call.Body) {
				l.t.Errorf("repeated under the same id with another body:\n%s\n%s", before.Body, call.Body)
			}
			continue
		}
		first[call.ID] = call
		if ev.Type == "handoff.position_changed" {
			continue // told at the desk's own pace
		}
		latest := &newest
		if ev.Type == "message.created" { // one that was said while nobody listened comes late, with the number that it had
			latest = &newestWord
		}
		if ev.Sequence <= *latest {
			l.t.Errorf("sequence %d (%s) came after %d", ev.Sequence, ev.Type, *latest)
		}
		*latest = ev.Sequence
		if context := l.replyContext(); ev.Handoff > 0 && string(ev.ReplyContext) != context {
			l.t.Errorf("%s came with the reply context %s", ev.Type, ev.ReplyContext)
		}
		told = append(told, tellingOf(ev))
	}
	if diff := cmp.Diff(want, told); diff != "" {
		l.t.Errorf("what the bot was told (-want +got):\n%s", diff)
	}
}

// replyContext is what the bot must get back: nothing where others have asked for a person.
func (l *life) replyContext() string {
	if l.bot.asked {
		return replyContext
	}
	return ""
}

// tellingOf is what a callback tells: a word with its speaker, or the type.
func tellingOf(ev sim.Event) string {
	if ev.Type == "message.created" {
		return wordOf(feedEvent{Data: ev.Data})
	}
	return ev.Type
}

// checkFeed looks whether the bot's feed has what the callbacks told, under the same ids, so that both bots know the same at the
// end.
func (c *callbackEar) checkFeed() {
	l := c.bot.life
	l.t.Helper()
	feed, knows := map[string]sim.Event{}, sim.NewMind(l.channel() == orchestrator.ChannelBot)
	reader := feedReader{life: l}
	for _, ev := range reader.readsOn() {
		feed[ev.ID] = ev
		l.must(knows.Hears(ev), "the feed's reader understands %s", ev.Type)
	}
	for _, call := range c.about(c.platform().Calls()) {
		ev := call.Event
		if call.Refused != "" || ev.Sequence == 0 { // typing has no place in the timeline
			continue
		}
		same := feed[call.ID]
		if same.Type != ev.Type || same.Sequence != ev.Sequence || string(same.Data) != string(ev.Data) {
			l.t.Errorf("told twice under %s:\ncallback %d %s %s\nfeed     %d %s %s", call.ID, ev.Sequence, ev.Type, ev.Data,
				same.Sequence, same.Type, same.Data)
		}
	}
	if diff := cmp.Diff(c.knows(), knows, cmp.AllowUnexported(sim.Mind{})); diff != "" {
		l.t.Errorf("what the bots know (-by callbacks +by the feed):\n%s", diff)
	}
}
