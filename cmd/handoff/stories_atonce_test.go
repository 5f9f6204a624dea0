package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

func TestStoryPeopleTakeOneChatAtOnceAndTheCustomerHearsOfOne(t *testing.T) {
	inParts(t,
		part{"that waits", nil, func(s *life) {
			s.goesTo("queued")
			there := s.at.another()
			winner := s.oneWins("accept", s.person("ben"), s.person("cleo").at(there))
			s.isServed(winner, wasQueued.then(ending{steps: []string{"agent: first to accept"}}))
		}},
		part{"that waits, by supervisors", nil, func(s *life) {
			s.goesTo("queued")
			there := s.at.another()
			winner := s.oneWins("take", s.sam, s.person("sid").at(there))
			s.isServed(winner, wasQueued.then(ending{steps: []string{"agent: supervisor takes"}}))
		}},
		part{"that the bot has", policy{"agents_may_take": true}, func(s *life) {
			s.asksTheBot()
			there := s.at.another()
			winner := s.oneWins("take", s.person("anna"), s.person("ben").at(there), s.person("cleo"))
			s.bot.isRefused("As I was saying")
			s.isServed(winner, ending{
				handoffs: 1, steps: []string{"queued: agents_may_take", "agent: agents_may_take"},
				reads: []string{"user: Can I pay later?"}, told: []string{"conversation.started", "user: Can I pay later?"},
			})
		}},
	)
}

// isServed is how it ends when one of several has the chat: the customer hears one name, and the bot is told once.
func (l *life) isServed(winner *storyPerson, before ending) {
	l.t.Helper()
	name := strings.ToUpper(winner.name[:1]) + winner.name[1:]
	winner.says("Good day.")
	l.customer.reads("Good day.")
	winner.completes("solved")
	l.ends(before.then(ending{
		agent: winner.name, reads: []string{"system: " + name + " is here.", winner.name + ": Good day.", "system: Good-bye."},
		told: []string{"handoff.accepted", "handoff.ended"},
	}).then(wasCompletedLive))
}

// crowdAtOnce is how many customers ask for a person in the same moment.
const crowdAtOnce = 200

func TestStoryTwoHundredCustomersAtOnceAreToldPlacesOfTheirOwn(t *testing.T) {
	inOnePart(t, nil, func(s *life) {
		anna := s.goesTo("queued") // the first in line
		there := s.bot.client
		there.URL = s.at.another()
		answers, failed := make([]sim.Answer, crowdAtOnce), make([]error, crowdAtOnce)
		gate := make(chan struct{})
		var all sync.WaitGroup
		for i := range crowdAtOnce {
			process := []*sim.Client{&s.bot.client, &there}[i%2]
			all.Go(func() {
				<-gate
				answers[i], failed[i] = process.RequestHandoff(s.ctx, fmt.Sprintf("crowd-%d", i), nil)
			})
		}
		close(gate)
		all.Wait()
		told := make([]placeTold, crowdAtOnce)
		for i := range crowdAtOnce {
			s.must(failed[i], "customer %d asks for a person", i)
			s.must(json.Unmarshal(answers[i].Body, &told[i]), "customer %d is answered", i)
		}
		slices.SortFunc(told, func(a, b placeTold) int { return cmp.Compare(a.Queue.Position, b.Queue.Position) })
		for i, p := range told {
			if want := i + 2; p.Queue.Position != want || p.Initial != want {
				s.t.Fatalf("in the answers, place %d is told as %d, initial_queue_pos %d", want, p.Queue.Position, p.Initial)
			}
			var now placeTold
			s.must(s.sam.client.call(s.ctx, http.MethodGet, "/v1/conversations/"+p.ID, nil, &now), "looking at %s", p.ID)
			if now.Queue.Position != i+2 || now.Initial != i+2 {
				s.t.Errorf("place %d shows as %d, initial_queue_pos %d", i+2, now.Queue.Position, now.Initial)
			}
		}
		s.bot.heardPlaces(told)
		for i, p := range told { // all others lose patience
			process := []*sim.Client{&s.bot.client, &there}[i%2]
			_, err := process.Cancel(s.ctx, p.External, "user_changed_mind")
			s.must(err, "%s gives up", p.External)
			anna.sides = append(anna.sides, orchestrator.ConversationID(p.ID))
		}
		anna.isFree()
		s.isTakenBy(anna)
		anna.completes("solved")
		s.ends(wasServed.then(ending{reads: []string{"system: Good-bye."}, told: []string{"handoff.ended"}}).then(wasCompletedLive))
	})
}

// placeTold is a conversation with its place in line.
type placeTold struct {
	ID       string `json:"id"`
	External string `json:"conversation_id"`
	Initial  int    `json:"initial_queue_pos"`
	Queue    struct {
		Position int `json:"position"`
	} `json:"queue"`
}

// heardPlaces: the bot has been told of all these handoffs, each with the place of the answer.
func (b *storyBotParty) heardPlaces(told []placeTold) {
	b.life.t.Helper()
	places := b.places(told)
	for _, p := range told {
		if places[p.External] != p.Queue.Position {
			b.life.t.Errorf("%s: the answer says place %d, the bot was told %d", p.External, p.Queue.Position, places[p.External])
		}
	}
}
