package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// botPoll is how many seconds one long poll of a bot that lives on its feed takes at most.
const botPoll = 10

// feedReader reads a conversation's feed with the bot's key.
type feedReader struct {
	life   *life
	client *client
	after  uint64
}

// page is what the feed answers to a bot.
type botPage struct {
	Events []sim.Event `json:"events"`
	Next   uint64      `json:"next"`
}

// asks takes the next page, and waits for it. The service may have come up at another address meanwhile.
func (r *feedReader) asks(seconds int) (page botPage) {
	l := r.life
	l.t.Helper()
	r.comes()
	path := fmt.Sprintf("%s?after=%d&wait=%d", l.path("/events"), r.after, seconds)
	l.must(r.client.call(l.ctx, http.MethodGet, path, nil, &page), "the bot reads its feed")
	return page
}

func (r *feedReader) comes() {
	if r.client == nil || r.client.base != r.life.at.base {
		nobody, err := newClient(r.life.at.base)
		r.life.must(err, "the bot comes to its feed")
		r.client = nobody.with(storyToken)
	}
}

// readsOn answers everything that is new.
func (r *feedReader) readsOn() (all []sim.Event) {
	r.life.t.Helper()
	for {
		page := r.asks(0)
		all = append(all, page.Events...)
		if page.Next == r.after {
			return all
		}
		r.after = page.Next
	}
}

// feedEar is a bot that has no callback: it finds its conversation and reads what the feed tells. It knows nothing but what the
// interface documents.
type feedEar struct {
	feedReader
	mind    sim.Mind
	own     bool        // the channel is the bot's
	told    []sim.Event // what concerns the bot, in the order in which it takes it up
	held    []sim.Event // the customer's words that nobody has heard yet: the bot's business if it is the next to control
	awaited int
	epoch   uint64

	lose  int         // answers that it does not get
	lost  []sim.Event // of the newest of them
	again bool        // it was told again what it did not get
	dead  bool
}

func (e *feedEar) quotes() uint64 { return e.epoch }

func (e *feedEar) knows() sim.Mind { return e.mind }

func (e *feedEar) next(what string, fits func(sim.Event) bool) sim.Event {
	l := e.life
	l.t.Helper()
	e.finds()
	for {
		for ; e.awaited < len(e.told); e.awaited++ {
			if ev := e.told[e.awaited]; fits(ev) {
				e.awaited++
				return ev
			}
		}
		if e.dead {
			l.t.Fatalf("a dead bot waits for %s", what)
		}
		l.must(l.ctx.Err(), "the bot waits for %s", what)
		e.listens(botPoll)
	}
}

// finds looks for the conversation among the bot's own, where it has not begun it.
func (e *feedEar) finds() {
	l := e.life
	l.t.Helper()
	e.comes()
	for l.id == "" {
		var list struct {
			Items []struct {
				ID       string `json:"id"`
				External string `json:"conversation_id"`
			} `json:"items"`
		}
		l.must(e.client.call(l.ctx, http.MethodGet, "/v1/conversations", nil, &list), "the bot looks for its conversations")
		for _, c := range list.Items {
			if c.External == l.external {
				l.id = c.ID
			}
		}
	}
	if e.mind == (sim.Mind{}) {
		e.own = l.channel() == orchestrator.ChannelBot
		e.mind = sim.NewMind(e.own)
	}
}

// listens takes the next page, unless it is lost on the way: then the bot asks again from where it was.
func (e *feedEar) listens(seconds int) (more bool) {
	page := e.asks(seconds)
	if e.lose > 0 && len(page.Events) > 0 {
		e.lose--
		e.lost = page.Events
		return true
	}
	e.getsAgain(page.Events)
	for _, ev := range page.Events {
		e.takes(ev)
	}
	more = page.Next > e.after
	e.after = page.Next
	return more
}

// getsAgain looks whether what was lost comes as it was.
func (e *feedEar) getsAgain(events []sim.Event) {
	if len(e.lost) == 0 {
		return
	}
	e.life.t.Helper()
	if diff := cmp.Diff(e.lost, events[:min(len(e.lost), len(events))]); diff != "" {
		e.life.t.Errorf("asked again, the feed tells (-at first +again):\n%s", diff)
	}
	e.lost, e.again = nil, true
}

// takes is what the bot makes of one event of its feed.
func (e *feedEar) takes(ev sim.Event) {
	l := e.life
	l.t.Helper()
	e.epoch = max(e.epoch, ev.Epoch)
	if ev.Sequence == 0 { // typing
		return
	}
	l.must(e.mind.Hears(ev), "the bot understands %s", ev.Type)
	switch {
	case ev.Type == "message.created":
		e.takesWord(ev)
	case e.concerns(ev):
		e.told = append(e.told, ev)
	}
	switch e.mind.Controller {
	case "bot":
		e.told, e.held = append(e.told, e.held...), nil
	case "agent":
		e.held = nil
	}
}

// takesWord: on a channel of its own the bot passes on what people and the policy say; otherwise it is told what the customer says.
func (e *feedEar) takesWord(ev sim.Event) {
	author := aboutOf(feedEvent{Data: ev.Data}).Author.Role
	switch {
	case author == "bot", (author == "user") == e.own:
	case author == "user":
		e.held = append(e.held, ev)
	default:
		e.told = append(e.told, ev)
	}
}

// concerns leaves out the steps of others that a bot sees in its feed alone.
func (e *feedEar) concerns(ev sim.Event) bool {
	switch ev.Type {
	case "conversation.started", "conversation.ended":
		return !e.own
	case "handoff.position_changed": // told at the desk's own pace
		return false
	}
	return strings.HasPrefix(ev.Type, "handoff.") || ev.Type == "message.delivery_failed"
}

func (e *feedEar) drops(n int) { e.lose = n }

func (e *feedEar) wasToldAgain() {
	if !e.again {
		e.life.t.Error("nothing was told again")
	}
}

func (e *feedEar) dies()  { e.dead = true }
func (e *feedEar) lives() { e.dead = false }

func (e *feedEar) places(told []placeTold) map[string]int {
	l := e.life
	l.t.Helper()
	places := map[string]int{}
	for _, p := range told {
		var page botPage
		path := "/v1/conversations/" + p.ID + "/events"
		l.must(e.client.call(l.ctx, http.MethodGet, path, nil, &page), "the bot reads the feed of %s", p.External)
		for _, ev := range page.Events {
			if ev.Type == "handoff.queued" {
				places[p.External] = aboutOf(feedEvent{Data: ev.Data}).Position
			}
		}
	}
	return places
}

// check looks at all that the feed told: numbered, in order, and the same as callbacks would. Words that were said while nobody
// listened stand in the feed where they were said, and callbacks tell them later: they are compared by themselves.
func (e *feedEar) check(want []string) {
	l := e.life
	l.t.Helper()
	e.finds()
	for e.listens(0) {
	}
	var events, words []string
	newest := map[string]uint64{}
	for _, ev := range e.told {
		kind := "event"
		if ev.Type == "message.created" {
			kind = "word"
			words = append(words, tellingOf(ev))
		} else {
			events = append(events, tellingOf(ev))
		}
		if ev.Sequence <= newest[kind] || ev.ID == "" || ev.Epoch == 0 || ev.Timestamp.IsZero() {
			l.t.Errorf("after %d the feed tells %+v", newest[kind], ev)
		}
		newest[kind] = ev.Sequence
	}
	isWord := func(told string) bool { return strings.Contains(told, ": ") }
	wantEvents := slices.DeleteFunc(slices.Clone(want), isWord)
	wantWords := slices.DeleteFunc(slices.Clone(want), func(told string) bool { return !isWord(told) })
	if diff := errors.Join(differ("events", wantEvents, events), differ("words", wantWords, words)); diff != nil {
		l.t.Error(diff)
	}
}

// differ compares what a bot should have been told with what it was told.
func differ(what string, want, told []string) error {
	if slices.Equal(want, told) {
		return nil
	}
	return fmt.Errorf("the %s that the bot was told (-want +got):\n%s", what, cmp.Diff(want, told))
}
