package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	// lifeTimeout bounds a whole story. Most take two seconds, those that wait for a deadline up to eight.
	lifeTimeout = 60 * time.Second
	// lifePoll is how many seconds one long poll of the supervisor's feed takes at most.
	lifePoll = 10
)

// life is the life of one chat, as a story tells it: each call is one thing that somebody does through the public
// interface, or waits until one thing can be seen there. What does not come to pass fails the story.
type life struct {
	t        *testing.T
	ctx      context.Context
	at       *installation
	bot      *storyBotParty
	customer *storyCustomer
	sam      *storyPerson // the supervisor, whose feed shows everything
	people   []*storyPerson

	id, external string
	timeline     []feedEvent // as sam sees it, as far as it was read
	next         int         // the first event in it that was not awaited
	over         bool        // the story has come to its end, and everything was looked at
}

// alone is for a story that is told in one part: it runs beside the others.
func alone(t *testing.T) {
	t.Helper()
	useFloor(t)
	t.Parallel()
}

// newLife begins a story on an installation of its own, with the customer on the web channel.
func newLife(t *testing.T, by hearsBy, changes policy) *life {
	t.Helper()
	l := lifeAt(t, installFor(t, by, changes), "chat-1")
	l.customer = newStoryCustomer(l)
	l.bot.isTold("conversation.started")
	return l
}

// lifeAt begins a story on an installation, before anybody has come.
func lifeAt(t *testing.T, at *installation, external string) *life {
	t.Helper()
	l := &life{t: t, at: at, external: external}
	ctx, cancel := context.WithTimeout(context.Background(), lifeTimeout)
	t.Cleanup(cancel)
	l.ctx = ctx
	l.sam = l.person("sam")
	l.bot = newStoryBot(l)
	t.Cleanup(func() {
		if !l.over && !t.Failed() {
			t.Error("the story has no end")
		}
	})
	return l
}

func (l *life) path(action string) string { return "/v1/conversations/" + l.id + action }

// must fails the story when a step has failed.
func (l *life) must(err error, step string, args ...any) {
	l.t.Helper()
	if err != nil {
		l.t.Fatalf("%s: %v\n%s", fmt.Sprintf(step, args...), err, l.told())
	}
}

// told is the timeline so far, for a story that failed.
func (l *life) told() string {
	var b strings.Builder
	for _, e := range l.timeline {
		rule := ""
		if e.Why != nil {
			rule = " (" + e.Why.Rule + ")"
		}
		fmt.Fprintf(&b, "%3d %s%s %s\n", e.Sequence, e.Type, rule, e.Data)
	}
	return b.String()
}

// awaits answers the next event that fits and was not awaited before.
func (l *life) awaits(what string, fits func(e feedEvent, about eventAbout) bool) feedEvent {
	l.t.Helper()
	for {
		for l.next < len(l.timeline) {
			e := l.timeline[l.next]
			l.next++
			if fits(e, aboutOf(e)) {
				return e
			}
		}
		l.readOn("waiting for "+what, lifePoll)
	}
}

// readOn takes the next page of sam's feed, and waits for it.
func (l *life) readOn(why string, seconds int) (more bool) {
	l.t.Helper()
	after := uint64(0)
	if n := len(l.timeline); n > 0 {
		after = l.timeline[n-1].Sequence
	}
	page, err := l.sam.client.events(l.ctx, l.id, after, seconds)
	l.must(err, "%s", why)
	for _, e := range page.Events {
		if e.Sequence != 0 { // not typing
			l.timeline = append(l.timeline, e)
		}
	}
	return len(page.Events) > 0
}

// comesTo waits until the conversation moves to a state.
func (l *life) comesTo(state string) {
	l.t.Helper()
	l.awaits("state "+state, func(_ feedEvent, about eventAbout) bool { return about.To == state })
}

// isToldOf waits for a step by its type.
func (l *life) isToldOf(kind string) {
	l.t.Helper()
	l.awaits(kind, func(e feedEvent, _ eventAbout) bool { return e.Type == kind })
}

// isQueuedAgain waits until the conversation waits once more, for a reason.
func (l *life) isQueuedAgain(reason string) {
	l.t.Helper()
	l.awaits("handoff.queued: "+reason, func(e feedEvent, about eventAbout) bool {
		return e.Type == "handoff.queued" && about.Reason == reason
	})
}

// eventAbout is what stories read of an event's data.
type eventAbout struct {
	From  string `json:"from_state"`
	To    string `json:"to_state"`
	Agent struct {
		ID string `json:"id"`
	} `json:"agent"`
	Author struct {
		Role string `json:"role"`
		ID   string `json:"id"`
	} `json:"author"`
	Message struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	} `json:"message"`
	Position   int    `json:"position"`
	Reason     string `json:"reason"`
	Retryable  bool   `json:"retryable"`
	RetryAfter int64  `json:"retry_after_seconds"`
	Resume     string `json:"resume"`
	EndedBy    string `json:"ended_by"`
}

func aboutOf(e feedEvent) (about eventAbout) {
	if json.Unmarshal(e.Data, &about) != nil {
		return eventAbout{}
	}
	return about
}

// lastState is what sam sees of the conversation now.
type lastState struct {
	Channel       string `json:"channel"`
	State         string `json:"state"`
	Controller    string `json:"controller"`
	Handoff       int    `json:"handoff"`
	ClosedBecause string `json:"closed_because"`
	Agent         *struct {
		ID string `json:"id"`
	} `json:"agent"`
	Deadline      *time.Time `json:"deadline"`
	WhenEnded     *time.Time `json:"when_ended"`
	WhenRequested *time.Time `json:"when_requested"`
	WhenStarted   *time.Time `json:"when_started"`
	LastError     *string    `json:"last_error"`
}

func (l *life) now() (c lastState) {
	l.t.Helper()
	l.must(l.sam.client.call(l.ctx, http.MethodGet, l.path(""), nil, &c), "looking at the conversation")
	return c
}

// channel is where the customer's words come from.
func (l *life) channel() string { l.t.Helper(); return l.now().Channel }
