package main

import (
	"net/http"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native/sim"
)

// driftPrefix begins the reason of what happened at a vendor while nobody listened.
const driftPrefix = "drift: "

// goesOnWithoutUs: while no process of ours runs, a person of the vendor takes a chat that waits, says a word and ends it. The
// process that comes up then tells the bot all of that once and in order, and says what it had missed. The customer is on the
// bot platform's own channel, so that nobody else notices.
func (v vendor) goesOnWithoutUs(t *testing.T, at *installation) sim.Mind {
	t.Helper()
	s := &vendorLife{life: lifeAt(t, at, "without-us"), vendor: v}
	for _, c := range v.stage.Chats() {
		s.known = append(s.known, c.ID)
	}
	anna, _ := s.staff()
	s.bot.asksForHandoff()
	s.bot.isTold("handoff.queued")
	s.reachesPeople()
	at.whileStopped(func() {
		s.must(v.stage.Accept(s.chat, anna.login), "%s takes the chat", anna.login)
		s.must(v.stage.Says(s.chat, anna.login, "Good day!"), "%s says", anna.login)
		s.theyEnd(anna)
	})
	s.sam.client.base, s.bot.client.URL = at.base, at.base
	s.endsWith(ending{
		state: "completed", because: "wrap_up_timed_out", handoffs: 1, agent: anna.id,
		steps: []string{
			"queued: request", "agent: first to accept", "wrap_up: ended", "completed: deadlines.wrap_up",
		},
		told: []string{
			"handoff.queued", "system: One moment, please.", "handoff.accepted", "system: " + anna.name + " is here.",
			anna.id + ": Good day!", "handoff.ended", "system: Good-bye.", "handoff.completed",
		},
	}, "agent: Good day!")
	s.namesDrift("accepted_unheard", "ended_unheard")
	return s.bot.knows()
}

// namesDrift looks for what was missed, in the timeline and in what is told of the desk.
func (l *vendorLife) namesDrift(kinds ...string) {
	l.t.Helper()
	var named []string
	for _, e := range l.timeline {
		if kind, is := strings.CutPrefix(aboutOf(e).Reason, driftPrefix); is {
			named = append(named, kind)
		}
	}
	if diff := gocmp.Diff(kinds, named); diff != "" {
		l.t.Errorf("the drift in the timeline (-want +got):\n%s", diff)
	}
	want := map[string]int64{}
	for _, kind := range kinds {
		want[kind]++
	}
	for !gocmp.Equal(want, l.driftCounted()) { // it is told first and counted then
		l.readOn("waiting for the drift to be counted", 1)
	}
}

// driftCounted is what /v1/connectors tells of the vendor's desk in the seat of the customer.
func (l *vendorLife) driftCounted() map[string]int64 {
	l.t.Helper()
	var list struct {
		Items []struct {
			Name, Side string
			Health     struct{ Drift map[string]int64 }
		}
	}
	l.must(l.sam.client.call(l.ctx, http.MethodGet, "/v1/connectors", nil, &list), "looking at the connectors")
	for _, one := range list.Items {
		if one.Side == "desk" && one.Name == deskName(l.vendor.kind, seatCustomer) {
			return one.Health.Drift
		}
	}
	return nil
}
