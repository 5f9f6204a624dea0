package orchestrator_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"handoff/orchestrator"
)

func TestRepeatedEventGetsItsFirstAnswer(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	ask := orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1", BodyHash: [8]byte{1},
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	}
	first := r.take(one, ask)
	r.take(one, orchestrator.Event{
		ID: "accept", Type: orchestrator.EventAccepted, Conversation: first.Conversation.ID, Agent: &orchestrator.Agent{ID: "anna"},
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"},
	})
	again := r.take(two, ask)
	if !again.Repeated || !again.Created || again.Sequence != first.Sequence {
		t.Fatalf("the repetition was answered with %+v", again)
	}
	if diff := cmp.Diff(first.Conversation, again.Conversation, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("the first answer was another (-first +again):\n%s", diff)
	}
	other := ask
	other.BodyHash = [8]byte{2}
	var input *orchestrator.InputError
	if _, err := one.Receive(t.Context(), other); !errors.As(err, &input) || input.Code != orchestrator.CodeKeyReuse {
		t.Fatalf("another event under the same id was answered with %v", err)
	}
}

func TestRepeatedRefusalStaysRefused(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	late := orchestrator.Event{
		ID: "late", Type: orchestrator.EventMessage, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"},
		Message: &orchestrator.Message{ID: "late", Text: "as I was saying"}, Epoch: 1,
	}
	for range 2 {
		var rejection *orchestrator.Rejection
		if _, err := p.Receive(t.Context(), late); !errors.As(err, &rejection) || rejection.Agent.ID != "anna" {
			t.Fatalf("the late word was answered with %v", err)
		}
	}
	r.take(p, orchestrator.Event{
		ID: "back", Type: orchestrator.EventReturnedToBot, Conversation: id, Reason: "solved",
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"},
	})
	if _, err := p.Receive(t.Context(), late); err == nil {
		t.Fatal("a word that was refused was taken when it came again")
	}
}

func TestNobodyTakesTheIDOfAnothersEventBeforehand(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	reaper := orchestrator.NewReaper(p.Engine, nil, time.Hour)
	id := r.take(p, customerSays("c-1", "m1", "hello")).Conversation.ID
	c, err := r.store.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	due, ok := r.flow.Due(c, c.Deadline.Add(time.Minute))
	if !ok {
		t.Fatal("the conversation has no deadline")
	}
	// The record's version, and with it the deadline's id, moves on with each word: forge the ones to come as well.
	forged := string(due.ID)
	for range 3 {
		r.take(p, customerSays("c-1", forged, "hello"))
		c, _ = r.store.Load(t.Context(), id)
		due, _ = r.flow.Due(c, c.Deadline.Add(time.Minute))
		forged = string(due.ID)
	}
	r.clock.Advance(time.Hour)
	sweep(t, reaper)
	if c, err := r.store.Load(t.Context(), id); err != nil || c.State != orchestrator.StateExpired {
		t.Fatalf("state %v, %v; want the deadline to fire", c.State, err)
	}
	other := r.handedOver(p, "c-2")
	r.take(p, customerSays("c-2", "w1", "a customer's word"))
	if receipt := r.take(p, agentSays(other, "w1", "an agent's word")); receipt.Repeated {
		t.Fatal("an agent's word passed for a repetition of the customer's")
	}
}

func TestOneOfManyAcceptsWins(t *testing.T) {
	r := newRig(t)
	processes := []*process{r.start("one"), r.start("two")}
	receipt := r.take(processes[0], orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1",
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	})
	var mu sync.Mutex
	won, lost := 0, 0
	var running sync.WaitGroup
	for i := range 100 {
		running.Go(func() {
			agent := orchestrator.AgentID(fmt.Sprintf("agent-%d", i))
			_, err := processes[i%2].Receive(t.Context(), orchestrator.Event{
				ID: orchestrator.EventID("accept-" + string(agent)), Type: orchestrator.EventAccepted, Conversation: receipt.Conversation.ID,
				Agent: &orchestrator.Agent{ID: agent}, Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(agent)},
			})
			var rejection *orchestrator.Rejection
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.As(err, &rejection) && rejection.Agent.ID != "":
				lost++
			default:
				t.Errorf("agent %s: %v", agent, err)
			}
		})
	}
	running.Wait()
	if won != 1 || lost != 99 {
		t.Fatalf("%d won and %d lost", won, lost)
	}
}

func TestEndedConversationIsFollowedByANewOneUnderTheSameID(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	first := r.take(one, customerSays("c-1", "m1", "hello"))
	r.take(two, customerSays("c-1", "m2", "anybody?"))
	r.take(one, orchestrator.Event{
		ID: "gone", Type: orchestrator.EventCustomerLeft, Conversation: first.Conversation.ID,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
	})
	second := r.take(two, customerSays("c-1", "m3", "hello again"))
	if !second.Created || second.Conversation.ID == first.Conversation.ID || second.Conversation.Sequence != 1 {
		t.Fatalf("after the end came %+v", second)
	}
	if repeated := r.take(two, customerSays("c-1", "m3", "hello again")); !repeated.Repeated || repeated.Conversation.ID != second.Conversation.ID {
		t.Fatalf("its repetition was answered with %+v", repeated)
	}
	third := r.take(one, customerSays("c-1", "m4", "still there?"))
	if third.Created || third.Conversation.ID != second.Conversation.ID {
		t.Fatalf("the other process took the next word as %+v", third)
	}
}

func TestConversationBeginsAnewAfterTheRecordOfTheLastHasExpired(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	first := r.take(p, customerSays("c-1", "m1", "hello"))
	r.take(p, orchestrator.Event{
		ID: "gone", Type: orchestrator.EventCustomerLeft, Conversation: first.Conversation.ID,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
	})
	for range 30 {
		r.clock.Advance(time.Hour) // the record lives for 24 hours, the ids for 96
	}
	p = r.start("fresh") // with nothing in memory
	if _, err := p.Receive(t.Context(), customerSays("c-1", "m1", "hello")); !errors.Is(err, orchestrator.ErrNotFound) {
		t.Fatalf("a repetition of what the expired conversation took was answered with %v", err)
	}
	if next := r.take(p, customerSays("c-1", "m2", "hello again")); !next.Created || next.Conversation.ID == first.Conversation.ID {
		t.Fatalf("the next word was taken as %+v", next)
	}
}

func TestTwoProcessesBeginOneConversation(t *testing.T) {
	r := newRig(t)
	processes := []*process{r.start("one"), r.start("two")}
	var mu sync.Mutex
	ids := map[orchestrator.ConversationID]int{}
	created := 0
	var running sync.WaitGroup
	for i := range 40 {
		running.Go(func() {
			receipt, err := processes[i%2].Receive(t.Context(), customerSays("c-1", fmt.Sprintf("m%d", i), "hello"))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ids[receipt.Conversation.ID]++
			if receipt.Created {
				created++
			}
		})
	}
	running.Wait()
	if len(ids) != 1 || created != 1 {
		t.Fatalf("%d conversations, %d created; want one", len(ids), created)
	}
}

func TestTimelineReplaysToTheStoredRecord(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	r.take(p, customerSays("c-1", "m1", "my order is late"))
	r.take(p, agentSays(id, "w1", "it leaves today"))
	r.take(p, orchestrator.Event{
		ID: "end", Type: orchestrator.EventChatEnded, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"},
	})
	watch := p.Hub().Watch(id)
	defer watch.Close()
	awaitEntry(t, r, id, watch, orchestrator.EventDeskOpened) // told by the dispatcher at its own pace
	stored, err := r.store.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := r.store.Timeline(t.Context(), id, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	again, decided, _, err := orchestrator.Replay(r.flow, id, stored.Bot, stored.External, entries)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stored, again, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("replaying gives another record (-stored +replayed):\n%s", diff)
	}
	outside := cmpopts.IgnoreFields(orchestrator.Event{}, "Conversation", "Bot", "External")
	number := cmpopts.IgnoreFields(orchestrator.Entry{}, "Sequence")
	// The stored form keeps the value of a number and not the kind of Go integer that held it.
	looked := cmp.FilterValues(func(a, b any) bool { return isNumber(a) && isNumber(b) },
		cmp.Comparer(func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }))
	if diff := cmp.Diff(entries, decided, cmpopts.EquateEmpty(), outside, number, looked); diff != "" {
		t.Fatalf("replaying gives other entries (-stored +replayed):\n%s", diff)
	}
}

func TestEventsWaitForTheOneBefore(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	numbered := func(n int64) orchestrator.Event {
		ev := customerSays("c-1", fmt.Sprintf("m%d", n), fmt.Sprintf("word %d", n))
		ev.BotSequence = n
		return ev
	}
	id := r.take(p, numbered(1)).Conversation.ID
	third := make(chan error, 1)
	go func() {
		_, err := p.Receive(t.Context(), numbered(3))
		third <- err
	}()
	r.clock.AwaitTimers(2) // the third waits for the second
	r.take(p, numbered(2))
	if err := <-third; err != nil {
		t.Fatal(err)
	}
	entries, err := r.store.Timeline(t.Context(), id, 0, 10)
	if err != nil || len(entries) != 3 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for i, entry := range entries {
		if want := fmt.Sprintf("word %d", i+1); entry.Event.Message.Text != want {
			t.Fatalf("entry %d says %q, want %q", i+1, entry.Event.Message.Text, want)
		}
	}
}

func TestEventGoesAheadWhenTheOneBeforeNeverComes(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	first := customerSays("c-1", "m1", "one")
	first.BotSequence = 1
	r.take(p, first)
	fourth := customerSays("c-1", "m4", "four")
	fourth.BotSequence = 4
	done := make(chan error, 1)
	go func() {
		_, err := p.Receive(t.Context(), fourth)
		done <- err
	}()
	r.clock.AwaitTimers(2)
	r.clock.Advance(orchestrator.TurnWait)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func isNumber(v any) bool {
	switch v.(type) {
	case int, int64, uint64, float64:
		return true
	}
	return false
}

func TestManyWritersOfANewConversationFindEachOther(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	var running sync.WaitGroup
	for worker := range 32 {
		running.Go(func() {
			for i := range 20 {
				if _, err := p.Receive(t.Context(), customerSays("c-1", fmt.Sprintf("m%d-%d", worker, i), "hello")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
}

func TestEndOfWhatNeverWasBeginsNothing(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	_, err := p.Receive(t.Context(), orchestrator.Event{
		ID: "left", Type: orchestrator.EventCustomerLeft, Bot: "shop", External: "c-1",
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
	})
	if !errors.Is(err, orchestrator.ErrNotFound) {
		t.Fatalf("answered with %v", err)
	}
	if _, err := r.store.Find(t.Context(), "shop", "c-1"); !errors.Is(err, orchestrator.ErrNotFound) {
		t.Fatalf("a conversation was begun: %v", err)
	}
}
