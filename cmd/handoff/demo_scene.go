package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// Times of the demo. Its own flow (demo.yaml) has short deadlines to match.
const (
	demoQueueTimeout = 3 * time.Second
	sceneTimeout     = 90 * time.Second
	// With somebody at the terminal as the agent everything takes longer.
	openSceneTimeout = 15 * time.Minute
	demoPatience     = 60 * time.Second // how long a customer waits in the queue
	demoAskAgain     = 10 * time.Second // how long the bot waits before it asks again
)

// scene is one story under way: one customer, the bot, and the agents that the story calls. Every method waits a little
// before it acts, as people do, and ends the scene with an error when something does not come to pass.
type scene struct {
	ctx    context.Context
	cast   *cast
	random *rand.Rand
	name   string // the customer's

	customer *client // with the conversation's token
	id       string
	external string

	platform *sim.Platform // what the bot heard of this conversation
	toHear   string        // the customer's newest word that the bot should hear
	fetching sync.WaitGroup
	stop     context.CancelFunc // of the customer's fetching

	seen  uint64      // the watcher's place in the timeline
	queue []feedEvent // read and not yet asked for
	turn  int         // of ids
}

// errScene carries a failed step out of a story's straight code; play turns it back into an error.
type errScene struct{ error }

// play runs a story to its end and answers the state in which the conversation is then.
func (c *cast) play(ctx context.Context, st story, name string, random *rand.Rand) (id string, end orchestrator.State, err error) {
	limit := sceneTimeout
	if len(c.agents) == 0 {
		limit = openSceneTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s := &scene{ctx: ctx, cast: c, random: random, name: name}
	defer func() {
		if s.stop != nil {
			s.stop()
		}
		s.fetching.Wait()
		c.callbacks.leave(s.external)
		if p := recover(); p != nil {
			failed, ok := p.(errScene)
			if !ok {
				panic(p)
			}
			id, err = s.id, fmt.Errorf("%s, %s (%s): %w", st.name, name, s.id, failed.error)
		}
	}()
	s.begins()
	st.act(s)
	s.stop()
	return s.id, s.settles(), nil
}

// must ends the scene when a step has failed.
func (s *scene) must(err error, step string) {
	if err != nil {
		panic(errScene{fmt.Errorf("%s: %w", step, err)})
	}
}

// pause is the time that people take before they do something.
func (s *scene) pause() {
	d := s.cast.pace/2 + time.Duration(s.random.Int64N(int64(s.cast.pace)+1))
	s.rest(d)
}

func (s *scene) rest(d time.Duration) {
	if !(supervisor{clock: s.cast.clock, pause: d}).rest(s.ctx) {
		s.must(s.ctx.Err(), "thinking")
	}
}

// begins opens a conversation on the web channel, as the bot's site does, and lets the customer's client fetch its feed.
func (s *scene) begins() {
	s.external = fmt.Sprintf("demo-%s-%d", s.cast.run, s.cast.number())
	var err error
	s.platform, err = s.cast.callbacks.enter(s.external)
	s.must(err, "beginning")
	var c shownConversation
	err = s.cast.bot.call(s.ctx, http.MethodPost, "/v1/conversations", map[string]any{
		"bot": demoBot, "conversation_id": s.external, "user": map[string]any{"id": s.external, "name": s.name},
	}, &c)
	s.must(err, "beginning")
	s.id, s.customer = c.ID, s.cast.bot.with(c.Token)
	ctx, stop := context.WithCancel(s.ctx)
	s.stop = stop
	s.fetching.Go(func() { s.fetches(ctx) })
}

func (s *scene) path(action string) string { return "/v1/conversations/" + s.id + action }

// newID is an id for a message or an event, unique in the installation.
func (s *scene) newID() string {
	s.turn++
	return fmt.Sprintf("%s.%d", s.external, s.turn)
}

// conversation is the conversation as a supervisor sees it now.
func (s *scene) conversation() shownConversation {
	var c shownConversation
	s.must(s.cast.supervisor.call(s.ctx, http.MethodGet, s.path(""), nil, &c), "looking")
	return c
}

// awaitState waits until the conversation has come to one of these states, from now on or before.
func (s *scene) awaitState(want ...orchestrator.State) orchestrator.State {
	for {
		if state := orchestrator.State(s.conversation().State); slices.Contains(want, state) {
			return state
		}
		s.awaitNews()
	}
}

// awaitNews waits until the timeline is longer than it was.
func (s *scene) awaitNews() {
	for {
		page, err := s.cast.supervisor.events(s.ctx, s.id, s.seen, demoPoll)
		s.must(err, "waiting")
		if len(page.Events) > 0 {
			s.queue = append(s.queue, page.Events...)
			s.seen = page.Next
			return
		}
	}
}

// await answers the next event that fits and was not awaited before.
func (s *scene) await(fits func(feedEvent) bool) feedEvent {
	for {
		for len(s.queue) > 0 {
			next := s.queue[0]
			s.queue = s.queue[1:]
			if fits(next) {
				return next
			}
		}
		s.awaitNews()
	}
}

// settles waits until the conversation has ended, and answers how.
func (s *scene) settles() orchestrator.State {
	return s.awaitState(orchestrator.StateCompleted, orchestrator.StateAbandoned, orchestrator.StateExpired)
}

// agentOf reads whom an event is about.
func agentOf(e feedEvent) string {
	var data struct {
		Agent struct {
			ID string `json:"id"`
		} `json:"agent"`
	}
	if json.Unmarshal(e.Data, &data) != nil {
		return ""
	}
	return data.Agent.ID
}

// rings waits for the next offer and answers the agent at whom it rings.
func (s *scene) rings() *actor { return s.ringsAgain(nil) }

// ringsAgain is rings, for another agent than the one before.
func (s *scene) ringsAgain(before *actor) *actor {
	offer := s.await(func(e feedEvent) bool {
		return e.Type == "conversation.offered" && (before == nil || agentOf(e) != before.name)
	})
	return s.actor(agentOf(offer))
}

// actor is the agent of a name, in this scene.
func (s *scene) actor(name string) *actor {
	person, ok := s.cast.agents[name]
	if !ok {
		s.must(errors.New("this agent is not of the cast: "+name), "ringing")
	}
	return &actor{scene: s, name: name, client: person}
}

// stateAfter is the state to which an event moved the conversation; empty if it did not.
func stateAfter(e feedEvent) string {
	var data struct {
		To string `json:"to_state"`
	}
	if json.Unmarshal(e.Data, &data) != nil {
		return ""
	}
	return data.To
}

// overForCustomer reports whether an event ended the chat with people.
func overForCustomer(e feedEvent) bool {
	to := orchestrator.State(stateAfter(e))
	return to == orchestrator.StateWrapUp || to == orchestrator.StateBot || to.Ended()
}

// byAgent reports whether an event is a word of an agent.
func byAgent(e feedEvent) bool {
	var data struct {
		Author struct {
			Role string `json:"role"`
		} `json:"author"`
	}
	return e.Type == "message.created" && json.Unmarshal(e.Data, &data) == nil && data.Author.Role == string(orchestrator.ActorAgent)
}
