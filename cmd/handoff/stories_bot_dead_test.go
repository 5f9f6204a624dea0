package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"handoff/connectors/bots/native/sim"
)

// isGone: nothing listens at the bot's address any more, and whoever answers there says so.
func (l *life) isGone() { l.at.platform.Always(&sim.Fault{Status: http.StatusGone}) }

// isBack: the bot is there again, and the supervisor has everything told that it missed, once all of that is on the list.
func (l *life) isBack(missed int) {
	l.t.Helper()
	l.at.platform.Always(nil)
	for l.undelivered() < missed {
		l.must(l.ctx.Err(), "waiting until %d commands are on the list", missed)
	}
	l.must(l.sam.posts("/v1/undelivered/retry", map[string]any{"connector": storyBot}), "sam starts the callback again")
}

// undelivered is how much is on the list of what could not be delivered.
func (l *life) undelivered() int {
	l.t.Helper()
	var list struct{ Items []struct{} }
	l.must(l.sam.client.call(l.ctx, http.MethodGet, "/v1/undelivered", nil, &list), "looking at the undelivered")
	return len(list.Items)
}

// toCallbacks tells a story only to a bot that is called: what a bot's feed has for it no bot can fail to take.
func toCallbacks(t *testing.T, parts ...part) {
	t.Helper()
	alone(t)
	atOnce(t, parts, func(t *testing.T, p part) { p.tell(lifeAt(t, install(t, p.changes), "chat-1")) })
}

// begins is the customer coming to the page.
func (l *life) begins() {
	l.t.Helper()
	l.customer = newStoryCustomer(l)
}

// talks is a word of hers that the bot answers.
func (l *life) talks() {
	l.t.Helper()
	l.begins()
	l.bot.isTold("conversation.started")
	l.customer.says("Hello?")
	l.bot.hears("Hello?")
	l.bot.says("Good day!")
	l.customer.reads("Good day!")
}

// isToldThatNobodyIsThere: the bot is not there, and nobody is there in its place.
func (l *life) isToldThatNobodyIsThere() {
	l.t.Helper()
	l.customer.reads("The assistant is not there.")
	l.customer.reads("Nobody is here.")
}

var (
	talked = ending{
		reads: []string{"user: Hello?", "bot: Good day!"}, told: []string{"conversation.started", "user: Hello?"},
	}
	toldOfTheParcel = ending{reads: []string{"user: My parcel has not come."}, told: []string{"user: My parcel has not come."}}
	// wasAlone is what follows when neither the bot nor a person is there.
	wasAlone = ending{reads: []string{"system: The assistant is not there.", "system: Nobody is here."}}
	// wasFetched is what follows when somebody is rung in the bot's place.
	wasFetched = ending{
		handoffs: 1, steps: []string{"queued: on_bot_failed", "offered: offer"},
		reads: []string{"system: The assistant is not there.", "system: One moment, please."}, told: []string{"handoff.queued"},
	}
	// wasRescued is what follows when anna helps.
	wasRescued = ending{
		agent: "anna", steps: []string{"agent: first to accept"},
		reads: []string{"system: Anna is here.", "anna: Here I am.", "system: Good-bye."},
		told:  []string{"handoff.accepted", "handoff.ended"},
	}.then(wasCompletedLive)
)

// isOver is ends for a bot that was away, and is told what it missed only then.
func (l *life) isOver(want ending) {
	l.t.Helper()
	want.failed = true
	l.timeline, l.next = nil, 0 // its end was awaited before
	l.ends(want)
}

// finds looks for a word of the customer's in what the person reads.
func (p *storyPerson) finds(word string) {
	p.life.t.Helper()
	page, err := p.client.events(p.life.ctx, p.life.id, 0, 0)
	p.life.must(err, "%s reads what was said", p.name)
	if !slices.ContainsFunc(page.Events, func(e feedEvent) bool { return aboutOf(e).Message.ID == word }) {
		p.life.t.Errorf("%s does not find %s", p.name, word)
	}
}

// isHelped is anna serving whom the bot has left: she can read the word that the bot has not answered.
func (l *life) isHelped(anna *storyPerson) {
	l.t.Helper()
	anna.rung()
	anna.accepts()
	anna.finds(fmt.Sprintf("word-%d", l.customer.words))
	anna.says("Here I am.")
	l.customer.reads("Here I am.")
	anna.completes("solved")
}

func TestStoryCustomerOfABotThatIsDeadFromTheStart(t *testing.T) {
	toCallbacks(t,
		part{"gets a person", nil, func(s *life) {
			s.isGone()
			anna := s.agent("anna")
			s.begins()
			s.customer.reads("The assistant is not there.") // before she has said anything
			s.customer.says("Is anybody there?")
			s.isHelped(anna)
			s.comesTo("completed")
			s.isBack(6)
			if queued, _ := s.bot.isTold("handoff.queued"); queued.Reason != "bot_failed" {
				s.t.Errorf("the bot was told %+v", queued)
			}
			s.isOver(ending{told: []string{"conversation.started"}}.then(wasFetched).then(ending{
				reads: []string{"user: Is anybody there?"},
			}).then(wasRescued))
		}},
		part{"is told that nobody is there, and is heard when it is back", nil, func(s *life) {
			s.isGone()
			s.begins()
			s.isToldThatNobodyIsThere()
			s.customer.says("Is anybody there?")
			s.isToldOf("message.delivery_failed")
			s.isBack(2)
			s.bot.hears("Is anybody there?")
			s.botGoesOn()
			s.ends(ending{told: []string{"conversation.started"}}.then(wasAlone).then(ending{
				reads: []string{"user: Is anybody there?"}, told: []string{"user: Is anybody there?"}, failed: true,
			}).then(botEnds))
		}},
	)
}

func TestStoryCustomerWhoseBotDiesInMidChat(t *testing.T) {
	toCallbacks(t,
		part{"gets a person", nil, func(s *life) {
			anna := s.agent("anna")
			s.talks()
			s.isGone()
			s.customer.says("My parcel has not come.")
			s.customer.reads("The assistant is not there.")
			s.isHelped(anna)
			s.comesTo("completed")
			s.isBack(6)
			s.isOver(talked.then(toldOfTheParcel).then(wasFetched).then(wasRescued))
		}},
		part{"is told that nobody is there, and is heard when she writes again", nil, func(s *life) {
			s.talks()
			s.isGone()
			s.customer.says("My parcel has not come.")
			s.isToldThatNobodyIsThere()
			s.isToldOf("conversation.bot_failed")
			s.isBack(1)
			s.customer.says("Hello again?")
			s.bot.hears("Hello again?")
			s.botGoesOn()
			s.ends(talked.then(toldOfTheParcel).then(wasAlone).then(ending{
				reads: []string{"user: Hello again?"}, told: []string{"user: Hello again?"}, failed: true,
			}).then(botEnds))
		}},
	)
}

func TestStoryCustomerWhoseBotSaysNothing(t *testing.T) {
	silent := policy{"bot_silent_after": "1s"}
	toCallbacks(t,
		part{"gets a person", silent, func(s *life) {
			anna := s.agent("anna")
			s.talks()
			s.customer.says("My parcel has not come.")
			s.bot.hears("My parcel has not come.") // and has nothing to say
			s.customer.reads("The assistant is not there.")
			s.isHelped(anna)
			s.ends(talked.then(toldOfTheParcel).then(wasFetched).then(wasRescued))
		}},
		part{"is told that nobody is there, and goes on with it when it speaks", silent, func(s *life) {
			s.talks()
			s.customer.says("My parcel has not come.")
			s.bot.hears("My parcel has not come.")
			s.isToldThatNobodyIsThere()
			s.botGoesOn()
			s.ends(talked.then(toldOfTheParcel).then(wasAlone).then(botEnds))
		}},
	)
}
