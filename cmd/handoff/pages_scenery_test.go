package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
)

// sceneryTimeout bounds what happens in a scenery. Browsers take most of it, on a machine that others use too.
const sceneryTimeout = 5 * time.Minute

// scenery lets conversations come to where a page is to show them, all through the public interface.
type scenery struct {
	t      *testing.T
	ctx    context.Context
	at     *installation
	bot    *client
	people map[string]*client
	tokens map[string]string // of customers, by conversation
	began  int
	there  []string // at the desk
}

func (in *installation) scenery() *scenery {
	in.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), sceneryTimeout)
	in.t.Cleanup(cancel)
	nobody, err := newClient(in.base)
	s := &scenery{t: in.t, ctx: ctx, at: in, people: map[string]*client{}, tokens: map[string]string{}}
	s.must(err)
	s.bot = nobody.with(storyToken)
	return s
}

func (s *scenery) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// person is somebody of the desk, signed in.
func (s *scenery) person(name string) *client {
	s.t.Helper()
	if s.people[name] == nil {
		signed, err := signedIn(s.ctx, s.at.base, name)
		s.must(err)
		s.people[name] = signed
	}
	return s.people[name]
}

// present puts people at the desk.
func (s *scenery) present(names ...string) {
	s.t.Helper()
	for _, name := range names {
		s.there = append(s.there, name)
		s.puts(name, map[string]any{"state": "online"})
	}
}

func (s *scenery) puts(name string, presence map[string]any) {
	s.t.Helper()
	s.must(s.person(name).call(s.ctx, http.MethodPut, "/v1/me/presence", presence, nil))
}

// comes is a customer on the web channel, about whom the bot knows this.
func (s *scenery) comes(user map[string]any) (id string) {
	s.t.Helper()
	s.began++
	user["id"] = fmt.Sprintf("u-%d", s.began)
	var c shownConversation
	s.must(s.bot.call(s.ctx, http.MethodPost, "/v1/conversations",
		map[string]any{"bot": storyBot, "conversation_id": s.external(), "user": user}, &c))
	s.tokens[c.ID] = c.Token
	return c.ID
}

// external is the bot's own name for the chat that began last.
func (s *scenery) external() string { return fmt.Sprintf("order-%d", 4700+s.began) }

// says is a word of the customer.
func (s *scenery) says(id, text string) {
	s.t.Helper()
	s.must(s.bot.with(s.tokens[id]).call(s.ctx, http.MethodPost, s.path(id, "messages"), map[string]any{"text": text}, nil))
}

// answers is a word of the bot.
func (s *scenery) answers(id, text string) {
	s.t.Helper()
	s.must(s.bot.call(s.ctx, http.MethodPost, s.path(id, "messages"), map[string]any{"text": text}, nil))
}

// begins is a customer who says something, and the bot's answer.
func (s *scenery) begins(customer string, words ...string) (id string) {
	s.t.Helper()
	id = s.comes(map[string]any{"name": customer})
	for i, text := range words {
		s.says(id, text)
		if i == 0 {
			s.answers(id, "I am sorry. Shall I fetch a colleague?")
		}
	}
	return id
}

// asks is begins, and then the bot asks for a person.
func (s *scenery) asks(customer, queue, summary string, words ...string) (id string) {
	s.t.Helper()
	id = s.begins(customer, words...)
	s.handsOver(map[string]any{"reason": "user_requested", "summary": summary, "queue": queue})
	return id
}

// handsOver lets the bot ask for a person in the chat that began last.
func (s *scenery) handsOver(request map[string]any) {
	s.t.Helper()
	body := maps.Clone(request)
	body["conversation_id"] = s.external()
	s.must(s.bot.call(s.ctx, http.MethodPost, "/v1/bots/"+storyBot+"/handoffs", body, nil))
}

// served is asks, and then somebody takes it; the others look away, so that it rings at nobody else.
func (s *scenery) served(customer, by string, words ...string) (id string) {
	s.t.Helper()
	for _, name := range s.there {
		if name != by {
			s.puts(name, map[string]any{"state": "away"})
		}
	}
	id = s.asks(customer, "general", "Her parcel is late.", words...)
	s.does(by, id, "accept", map[string]any{})
	for _, name := range s.there {
		s.puts(name, map[string]any{"state": "online"})
	}
	return id
}

// does is an action of somebody of the desk.
func (s *scenery) does(who, id, action string, body map[string]any) {
	s.t.Helper()
	s.must(s.person(who).call(s.ctx, http.MethodPost, s.path(id, action), body, nil))
}

func (s *scenery) path(id, action string) string {
	return "/v1/conversations/" + url.PathEscape(id) + "/" + action
}

// awaits waits until a conversation stands in a state.
func (s *scenery) awaits(id string, state orchestrator.State) {
	s.t.Helper()
	sam, after := s.person("sam"), uint64(0)
	for {
		var c shownConversation
		s.must(sam.call(s.ctx, http.MethodGet, "/v1/conversations/"+id, nil, &c))
		if c.State == string(state) {
			return
		}
		page, err := sam.events(s.ctx, id, after, lifePoll)
		s.must(err)
		after = page.Next
	}
}

// store is the installation's own, for what no interface writes.
func (s *scenery) store() *redisstore.Store {
	s.t.Helper()
	store, err := openStore(s.ctx, s.at.config, orchestrator.SystemClock{}, slog.New(slog.DiscardHandler))
	s.must(err)
	s.t.Cleanup(func() {
		if err := store.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return store
}

// buries puts a command to the house desk on the undelivered list, as the dispatcher does when it gives up.
func (s *scenery) buries(id string, number int) orchestrator.CommandID {
	s.t.Helper()
	store := s.store()
	now := orchestrator.MomentOf(orchestrator.SystemClock{}.Now())
	c, err := store.Load(s.ctx, orchestrator.ConversationID(id))
	s.must(err)
	cmd := orchestrator.Command{
		ID: orchestrator.CommandID(fmt.Sprintf("%s.99.%d", id, number)), Type: orchestrator.CommandComplete,
		Class: orchestrator.ClassLifecycle, Conversation: c.ID, To: orchestrator.Party{Connector: "house"}, Sequence: c.Sequence + 1,
		At: now, Attempt: 30, Failure: "HTTP 500",
	}
	next, event := c.Clone(), orchestrator.EventID(fmt.Sprintf("bury-%d", number))
	next.Version, next.Sequence = c.Version+1, c.Sequence+1
	_, err = store.Commit(s.ctx, &orchestrator.Commit{
		Want: c.Version, Next: next, From: c.State, Event: event, Now: now, Node: "nobody", Lease: orchestrator.DispatchLease,
		Entries: []orchestrator.Entry{{At: now, Version: next.Version, Epoch: c.Epoch,
			Event: orchestrator.Event{ID: event, Type: orchestrator.EventDelivery, Actor: orchestrator.Actor{Role: orchestrator.ActorSystem}}}},
		Commands: []orchestrator.Command{cmd},
	})
	s.must(err)
	_, err = store.Bury(s.ctx, &cmd, "nobody", now, orchestrator.DispatchLease)
	s.must(err)
	return cmd.ID
}
