package main

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// ending is how a chat must have gone, as each party saw it.
type ending struct {
	state    string // the last one
	because  string // closed_because
	handoffs int
	agent    string // who served last, while the chat was with people: none once the bot has it back
	// steps are those that moved the conversation, each with the rule that is given as the reason: "queued: request".
	steps []string
	// reads are the words that the customer saw, with whose they are: "user: Hello", "anna: Good day".
	reads []string
	// told are the callbacks to the bot: their types, and words as in reads.
	told []string
	// failed: something could not be delivered, and the record says what.
	failed bool
}

// nobody serves.
const nobody = "nobody"

// ends waits for the end of the chat and looks at everything that it left behind: the record, the timeline, what the
// customer and the bot were told, the seats at the desk, what could not be delivered, and the replay.
func (l *life) ends(want ending) {
	l.t.Helper()
	l.comesTo(want.state)
	for _, p := range l.people {
		p.isFree()
	}
	looked := l.looksIntoRedis()
	for l.readOn("reading the rest", 0) {
	}
	l.checkRecord(want)
	l.checkTimeline(want.steps)
	l.checkCustomer(want.reads)
	l.bot.check(want.told)
	l.checkDesk()
	looked.checkReplay()
	l.over = true
	if l.t.Failed() {
		l.t.Logf("the timeline:\n%s", l.told())
	}
}

func (l *life) checkRecord(want ending) {
	l.t.Helper()
	c := l.now()
	got := ending{state: c.State, because: c.ClosedBecause, handoffs: c.Handoff, agent: nobody}
	if c.Agent != nil {
		got.agent = c.Agent.ID
	}
	failed := want.failed
	want = ending{state: want.state, because: want.because, handoffs: want.handoffs, agent: cmp.Or(want.agent, nobody)}
	if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(ending{})); diff != "" {
		l.t.Errorf("the conversation (-want +got):\n%s", diff)
	}
	if c.Controller != string(orchestrator.ControllerNobody) || c.WhenEnded == nil || c.Deadline != nil {
		l.t.Errorf("an ended conversation shows controller %s, ended %v, deadline %v", c.Controller, c.WhenEnded, c.Deadline)
	}
	if (c.WhenRequested != nil) != (want.handoffs > 0) || (want.agent != nobody && c.WhenStarted == nil) {
		l.t.Errorf("after %d handoffs, requested %v, started %v", want.handoffs, c.WhenRequested, c.WhenStarted)
	}
	if c.LastError != nil && !failed {
		l.t.Errorf("last_error is %q", *c.LastError)
	}
}

// checkTimeline looks at what the supervisor sees: nothing is missing, and each step that moved says why.
func (l *life) checkTimeline(want []string) {
	l.t.Helper()
	var steps []string
	epoch, state := uint64(1), "bot"
	for i, e := range l.timeline {
		if e.Sequence != uint64(i)+1 {
			l.t.Errorf("entry %d has the sequence %d", i+1, e.Sequence)
		}
		if e.Epoch < epoch || e.Epoch > epoch+1 {
			l.t.Errorf("entry %d has epoch %d after %d", e.Sequence, e.Epoch, epoch)
		}
		epoch = e.Epoch
		about := aboutOf(e)
		if about.To == "" {
			continue
		}
		if about.From != state {
			l.t.Errorf("entry %d moves from %s, but the conversation was in %s", e.Sequence, about.From, state)
		}
		state = about.To
		if e.Why == nil || e.Why.Cause == "" || e.Why.Rule == "" || e.Why.Actor.Role == "" {
			l.t.Errorf("entry %d (%s) moves to %s and does not say why: %+v", e.Sequence, e.Type, about.To, e.Why)
			continue
		}
		steps = append(steps, about.To+": "+e.Why.Rule)
	}
	if diff := gocmp.Diff(want, steps); diff != "" {
		l.t.Errorf("the steps (-want +got):\n%s", diff)
	}
}

// teamOnly are the types of steps that move a conversation among the people of the desk, which customers do not see.
var teamOnly = []string{
	"conversation.offered", "conversation.declined", "conversation.offer_expired", "conversation.transfer_requested",
	"conversation.transfer_failed",
}

// forCustomer reports whether a customer is to see an entry of the timeline.
func forCustomer(e feedEvent) bool {
	switch e.Type {
	case "conversation.started", "message.created", "handoff.failed", "handoff.position_changed":
		return true
	case "message.delivery_failed": // of hers: no story has another
		return true
	}
	return aboutOf(e).To != "" && !slices.Contains(teamOnly, e.Type)
}

// checkCustomer looks at what the customer was told: all that she may see, once, in order, and nothing of the team's
// own.
func (l *life) checkCustomer(want []string) {
	l.t.Helper()
	type shown struct {
		Sequence uint64
		Type     string
	}
	var may, did []shown
	var words []string
	for _, e := range l.timeline {
		if forCustomer(e) {
			may = append(may, shown{e.Sequence, e.Type})
		}
	}
	for _, e := range l.customer.readsToTheEnd() {
		if e.Sequence != 0 { // how her wait goes stands on no timeline, as typing does not
			did = append(did, shown{e.Sequence, e.Type})
		}
		if e.Type == "message.created" {
			words = append(words, wordOf(e))
		}
		for _, secret := range []string{`"note`, `"reason"`, `"disposition"`, `"request"`, `"attributes"`, `"transcript"`} {
			if e.Why != nil || strings.Contains(string(e.Data), secret) {
				l.t.Errorf("the customer is told of %s, %+v", e.Data, e.Why)
			}
		}
	}
	if diff := gocmp.Diff(may, did); diff != "" {
		l.t.Errorf("the customer's feed (-what she may see +what she saw):\n%s", diff)
	}
	if diff := gocmp.Diff(want, words); diff != "" {
		l.t.Errorf("the words that the customer read (-want +got):\n%s", diff)
	}
}

// wordOf is what was said, and by whom: a person's name, otherwise the role.
func wordOf(e feedEvent) string {
	about := aboutOf(e)
	who := about.Author.Role
	if who == string(orchestrator.ActorAgent) || who == string(orchestrator.ActorSupervisor) {
		who = about.Author.ID
	}
	return who + ": " + about.Message.Text
}

// checkDesk looks whether every seat was given back, and whether everything was delivered.
func (l *life) checkDesk() {
	l.t.Helper()
	var agents struct {
		Items []struct {
			ID    string           `json:"id"`
			Busy  int              `json:"busy"`
			Seats []map[string]any `json:"seats"`
		} `json:"items"`
	}
	l.must(l.sam.client.call(l.ctx, http.MethodGet, "/v1/agents", nil, &agents), "looking at the desk")
	if len(agents.Items) != 5 {
		l.t.Errorf("the desk shows %d people", len(agents.Items))
	}
	for _, a := range agents.Items {
		if a.Busy != 0 || len(a.Seats) != 0 {
			l.t.Errorf("%s still has %d seats taken: %v", a.ID, a.Busy, a.Seats)
		}
	}
	var queues struct {
		Items []map[string]any `json:"items"`
	}
	l.must(l.sam.client.call(l.ctx, http.MethodGet, "/v1/queues", nil, &queues), "looking at the queues")
	for _, q := range queues.Items {
		if fmt.Sprint(q["waiting"]) != "0" {
			l.t.Errorf("somebody still waits in %v: %v", q["name"], q)
		}
	}
	l.checkDelivered()
}

// checkDelivered looks whether everything came to where it was sent.
func (l *life) checkDelivered() {
	l.t.Helper()
	var undelivered struct {
		Items []map[string]any `json:"items"`
	}
	l.must(l.sam.client.call(l.ctx, http.MethodGet, "/v1/undelivered", nil, &undelivered), "looking at the undelivered")
	if len(undelivered.Items) != 0 {
		l.t.Errorf("not delivered: %v", undelivered.Items)
	}
}
