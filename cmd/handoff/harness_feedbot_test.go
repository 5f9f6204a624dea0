package main

import (
	"fmt"
	"net/http"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native/sim"
)

// feedBot is a second bot beside the one with the callback: it reads the same conversation and lives on the feed alone.
type feedBot struct {
	life  *life
	after uint64
	told  []sim.Event
	knows sim.Mind
}

// catchesUp reads what is new in the feed.
func (b *feedBot) catchesUp() {
	l := b.life
	l.t.Helper()
	if l.id == "" {
		return
	}
	nobody, err := newClient(l.at.base)
	l.must(err, "the feed's bot comes")
	reader := nobody.with(storyToken)
	if b.after == 0 {
		var shown struct{ Channel string }
		l.must(reader.call(l.ctx, http.MethodGet, l.path(""), nil, &shown), "the feed's bot looks at the conversation")
		b.knows = sim.NewMind(shown.Channel == "bot")
	}
	for {
		var page struct {
			Events []sim.Event `json:"events"`
			Next   uint64      `json:"next"`
		}
		path := fmt.Sprintf("%s?after=%d", l.path("/events"), b.after)
		l.must(reader.call(l.ctx, http.MethodGet, path, nil, &page), "the feed's bot reads")
		for _, ev := range page.Events {
			l.must(b.knows.Hears(ev), "the feed's bot understands %s", ev.Type)
		}
		b.told = append(b.told, page.Events...)
		if page.Next == b.after {
			return
		}
		b.after = page.Next
	}
}

// checkFeedBot looks whether the bot that reads the feed was told what the callbacks told, under the same ids, and whether both know
// the same at the end: who controls, what is done, what came back.
func (l *life) checkFeedBot() {
	l.t.Helper()
	l.reader.catchesUp()
	feed := map[string]sim.Event{}
	var newest uint64
	for _, ev := range l.reader.told {
		if ev.Sequence <= newest {
			l.t.Errorf("the feed tells %d (%s) after %d", ev.Sequence, ev.Type, newest)
		}
		newest = ev.Sequence
		feed[ev.ID] = ev
	}
	heard, seen := sim.NewMind(l.reader.knows.Own), map[string]bool{}
	for _, call := range l.bot.about(l.at.platform.Calls()) {
		ev := call.Event
		if call.Refused != "" || seen[call.ID] || ev.Sequence == 0 { // typing has no place in the timeline
			continue
		}
		seen[call.ID] = true
		l.must(heard.Hears(ev), "the bot understands %s", ev.Type)
		same := feed[call.ID]
		if same.Type != ev.Type || same.Sequence != ev.Sequence || string(same.Data) != string(ev.Data) {
			l.t.Errorf("told twice under %s:\ncallback %d %s %s\nfeed     %d %s %s", call.ID, ev.Sequence, ev.Type, ev.Data,
				same.Sequence, same.Type, same.Data)
		}
	}
	if diff := cmp.Diff(heard, l.reader.knows, cmp.AllowUnexported(sim.Mind{})); diff != "" {
		l.t.Errorf("what the bots know (-by callbacks +by the feed):\n%s", diff)
	}
}
