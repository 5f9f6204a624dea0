package main

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"handoff/connectors/bots/native/sim"
)

// stage is a live state, with what has happened when the straight way to it was taken.
type stage struct {
	state string
	ending
}

// stages are the live states in the order of a chat's life.
var stages = []stage{
	{"bot", ending{told: []string{"conversation.started"}}},
	{"queued", wasQueued},
	{"offered", wasRung},
	{"agent", wasServed},
	{"conference", wasServed.then(ending{steps: []string{"conference: invitation"}})},
	{"transferring", wasServed.then(ending{steps: []string{"transferring: kept until somebody else has it"}})},
	{"wrap_up", wasEnded},
}

// The straight way, as far as each stage.
var (
	wasQueued = ending{
		handoffs: 1, steps: []string{"queued: request"}, reads: []string{"system: One moment, please."},
		told: []string{"conversation.started", "handoff.queued"},
	}
	wasRung   = wasQueued.then(ending{steps: []string{"offered: offer"}})
	wasServed = wasRung.then(ending{
		agent: "anna", steps: []string{"agent: first to accept"}, reads: []string{"system: Anna is here."},
		told: []string{"handoff.accepted"},
	})
	wasEnded = wasServed.then(ending{
		steps: []string{"wrap_up: ended"}, reads: []string{"system: Good-bye."}, told: []string{"handoff.ended"},
	})
	// wasCompleted is what follows when the person completes after wrap-up.
	wasCompleted = ending{
		state: "completed", because: "completed", steps: []string{"completed: completed"},
		told: []string{"handoff.completed", "conversation.ended"},
	}
	// wasCompletedLive is what follows when the person completes a live chat: it ends first.
	wasCompletedLive = ending{steps: []string{"wrap_up: completed"}}.then(wasCompleted)
	// botEnds is what follows when the bot, which has the chat, says a word and ends.
	botEnds = ending{
		state: "completed", because: "completed", agent: nobody, steps: []string{"completed: completed"},
		reads: []string{"bot: May I help instead?"}, told: []string{"conversation.ended"},
	}
)

// then is what came first with what followed; the newer word on the state, the cause and the person counts.
func (e ending) then(more ending) ending {
	joined := func(a, b []string) []string { return append(append([]string(nil), a...), b...) }
	e.steps, e.reads, e.told = joined(e.steps, more.steps), joined(e.reads, more.reads), joined(e.told, more.told)
	if more.state != "" {
		e.state, e.because = more.state, more.because
	}
	if more.agent != "" {
		e.agent = more.agent
	}
	e.handoffs += more.handoffs
	e.failed = e.failed || more.failed
	return e
}

// served reports whether a person is in the chat, or was until wrap-up.
func (s stage) served() bool {
	return s.state != "bot" && s.state != "queued" && s.state != "offered"
}

// part is one of several ways in which a story goes, with what it changes in the patient policy.
type part struct {
	name    string
	changes policy
	tell    func(s *life)
}

// inParts tells a story in several parts, each a test of its own and with either bot. They run at once: most of them wait most of
// the time, so that they need no turn among the parallel tests each.
func inParts(t *testing.T, parts ...part) {
	t.Helper()
	alone(t)
	atOnce(t, parts, func(t *testing.T, p part) { withEitherBot(t, p.changes, p.tell) })
}

func atOnce(t *testing.T, parts []part, tell func(t *testing.T, p part)) {
	t.Helper()
	var telling sync.WaitGroup
	for _, p := range parts {
		telling.Go(func() { t.Run(p.name, func(t *testing.T) { tell(t, p) }) })
	}
	telling.Wait()
}

// inOnePart tells a story with either bot.
func inOnePart(t *testing.T, changes policy, tell func(s *life)) {
	t.Helper()
	alone(t)
	withEitherBot(t, changes, tell)
}

// withEitherBot tells the same to a bot with a callback and to one that lives on its feed, at once, each at an installation of its
// own. Both know the same at the end.
func withEitherBot(t *testing.T, changes policy, tell func(s *life)) {
	t.Helper()
	toEitherBot(t, func(t *testing.T, by hearsBy) []sim.Mind {
		s := newLife(t, by, changes)
		tell(s)
		return []sim.Mind{s.bot.knows()}
	})
}

// toEitherBot runs the same for each way in which a bot can hear, at once, and compares what the bots know in the end.
func toEitherBot(t *testing.T, tell func(t *testing.T, by hearsBy) []sim.Mind) {
	t.Helper()
	var telling sync.WaitGroup
	var callbacks, feed []sim.Mind
	for by, knows := range map[hearsBy]*[]sim.Mind{byCallback: &callbacks, byFeed: &feed} {
		telling.Go(func() { t.Run(string(by), func(t *testing.T) { *knows = tell(t, by) }) })
	}
	telling.Wait()
	if diff := cmp.Diff(callbacks, feed, cmpopts.IgnoreUnexported(sim.Mind{})); diff != "" && !t.Failed() {
		t.Errorf("what the bots know (-by callbacks +by the feed):\n%s", diff)
	}
}

// inEachStage tells a story once for each of these stages.
func inEachStage(t *testing.T, all []stage, changes policy, tell func(s *life, at stage)) {
	t.Helper()
	var parts []part
	for _, at := range all {
		parts = append(parts, part{at.state, changes, func(s *life) { tell(s, at) }})
	}
	inParts(t, parts...)
}

// goesTo takes the straight way to a live state. Anna is the person who serves.
func (l *life) goesTo(state string) (anna *storyPerson) {
	l.t.Helper()
	anna = l.agent("anna", "general")
	switch state {
	case "bot":
	case "queued":
		anna.isBusy()
		l.bot.asksForHandoff()
		l.comesTo("queued")
	case "offered":
		l.bot.asksForHandoff()
		anna.rung()
	case "agent":
		l.isServedBy(anna)
	case "conference":
		l.isServedBy(anna)
		ben := l.agent("ben")
		anna.invites(ben)
		ben.rung()
		ben.accepts()
	case "transferring":
		l.isServedBy(anna)
		ben := l.agent("ben")
		anna.transfersTo(ben)
		ben.rung()
	case "wrap_up":
		l.isServedBy(anna)
		anna.ends()
	default:
		l.t.Fatalf("no way to %s is known", state)
	}
	return anna
}

// isServedBy takes the straight way from the bot to a person.
func (l *life) isServedBy(p *storyPerson) {
	l.t.Helper()
	l.bot.asksForHandoff()
	l.isTakenBy(p)
}

// isTakenBy rings at a person, who takes it.
func (l *life) isTakenBy(p *storyPerson) {
	l.t.Helper()
	p.rung()
	p.accepts()
	l.bot.isTold("handoff.accepted")
}

// botGoesOn lets the bot, which has the chat again, say a word and end.
func (l *life) botGoesOn() {
	l.t.Helper()
	l.bot.says("May I help instead?")
	l.bot.ends()
}
