package superoffice_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/desks/superoffice"
	"handoff/connectors/simkit"
	"handoff/flows"
	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
)

// quietBot hears and says nothing by itself.
type quietBot struct{}

func (quietBot) Name() orchestrator.ConnectorName { return "shop" }

func (quietBot) Manifest() orchestrator.Manifest { return orchestrator.Manifest{Kind: "quiet"} }

func (quietBot) Run(ctx context.Context, _ orchestrator.Sink) error {
	<-ctx.Done()
	return nil
}

func (quietBot) Deliver(context.Context, *orchestrator.Delivery) error { return nil }

func (quietBot) Hears() bool { return true }

// whole is the service's engine with its own policy and store, on top of a desk at a site.
type whole struct {
	t      *testing.T
	site   *site
	engine *orchestrator.Engine
	hub    *orchestrator.Hub
	said   int
}

const wholePolicy = `
desk: so
queue: billing
texts: {en: {queued: "One moment.", accepted: "", ended: ""}}
`

func wholeService(t *testing.T, seat string) *whole {
	t.Helper()
	w := &whole{t: t, site: setUp(orchestrator.SystemClock{}, seat, nil)}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	store, err := redisstore.OpenEmbedded(t.Context(), redisstore.Options{Partitions: 2, Clock: orchestrator.SystemClock{}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	desk, err := w.site.config.Open(store, orchestrator.SystemClock{}, log)
	if err != nil {
		t.Fatal(err)
	}
	w.site.desk.Store(desk)
	policy, err := flows.ParsePolicyYAML("flows.default", []byte(wholePolicy))
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.New("default", policy, flows.World{
		Desks:  map[orchestrator.ConnectorName]orchestrator.Manifest{"so": desk.Manifest()},
		Bots:   map[orchestrator.ConnectorName]bool{"shop": true},
		Queues: map[orchestrator.QueueName]flows.QueueInfo{"billing": {Desk: "so"}, "sales": {Desk: "so"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.hub = orchestrator.NewHub(store)
	w.engine = orchestrator.NewEngine(orchestrator.Options{
		Store: store, Flows: map[string]orchestrator.Flow{"default": flow},
		BotFlow: map[orchestrator.ConnectorName]string{"shop": "default"},
		Bots:    map[orchestrator.ConnectorName]orchestrator.Bot{"shop": quietBot{}},
		Desks:   map[orchestrator.ConnectorName]orchestrator.Desk{"so": desk},
		Hub:     w.hub, Clock: orchestrator.SystemClock{}, Log: log, Node: "one",
	})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, run := range []func() error{
		func() error { return w.hub.Run(ctx) }, func() error { return w.engine.Dispatcher().Run(ctx) },
		func() error { return desk.Run(ctx, w.engine) },
	} {
		running.Go(func() { _ = run() })
	}
	t.Cleanup(func() {
		stop()
		running.Wait()
		w.site.close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// await waits until something is so, looking after each change here and at the vendor's.
func (w *whole) await(what string, so func() bool) {
	w.t.Helper()
	watch := w.hub.WatchAll()
	defer watch.Close()
	late, stop := context.WithTimeout(w.t.Context(), patience)
	defer stop()
	for {
		_, changed := w.site.vendor.Watch()
		if so() {
			return
		}
		select {
		case <-watch.C:
		case <-changed:
		case <-late.Done():
			w.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// stands waits until the newest conversation of a session is in a state.
func (w *whole) stands(ref string, state orchestrator.State) *orchestrator.Conversation {
	w.t.Helper()
	var c *orchestrator.Conversation
	w.await(string(state), func() bool {
		id, err := w.engine.Store().Find(w.t.Context(), "shop", "so:"+ref)
		if err != nil {
			return false
		}
		c, err = w.engine.Store().Load(w.t.Context(), id)
		return err == nil && c.State == state
	})
	return c
}

// bot lets the bot do something with the conversation of a session.
func (w *whole) bot(ref string, ev orchestrator.Event) {
	w.t.Helper()
	w.said++
	ev.ID, ev.Bot, ev.External = orchestrator.EventID("bot:"+string(rune('a'+w.said))), "shop", "so:"+ref
	ev.Actor = orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"}
	if ev.Message != nil {
		ev.Message.ID = string(ev.ID)
	}
	if _, err := w.engine.Receive(w.t.Context(), ev); err != nil {
		w.t.Fatalf("the bot's %s: %v", ev.Type, err)
	}
}

func (w *whole) says(ref, text string) {
	w.t.Helper()
	w.bot(ref, orchestrator.Event{Type: orchestrator.EventMessage, Message: &orchestrator.Message{Text: text}})
}

// begin lets a customer begin a chat at the vendor's and say hello.
func (w *whole) begin() string {
	w.t.Helper()
	ref, err := w.site.vendor.Begin(simkit.Customer{Name: "Ann"}, "2")
	must(w.t, err)
	w.stands(ref, orchestrator.StateBot)
	must(w.t, w.site.vendor.CustomerSays(ref, "hello"))
	return ref
}

// words are what was said in a session, by whom.
func (w *whole) words(ref string) []string {
	w.t.Helper()
	var words []string
	for _, word := range chat(w.t, w.site, ref).Words {
		words = append(words, word.Role+": "+word.Text)
	}
	return words
}

func (w *whole) heard(c *orchestrator.Conversation, text string) {
	w.t.Helper()
	w.await("heard: "+text, func() bool {
		entries, err := w.engine.Store().Timeline(w.t.Context(), c.ID, 0, 1000)
		return err == nil && slices.ContainsFunc(entries, func(e orchestrator.Entry) bool {
			return e.Event.Type == orchestrator.EventMessage && e.Event.Message != nil && e.Event.Message.Text == text
		})
	})
}

func TestAChatOfTheVendorGoesToTheBotToAPersonAndBackAgain(t *testing.T) {
	w := wholeService(t, superoffice.SeatAgent)
	ref := w.begin()
	w.heard(w.stands(ref, orchestrator.StateBot), "hello")
	w.says(ref, "how can I help?")
	w.bot(ref, orchestrator.Event{Type: orchestrator.EventHandoffRequested, Language: "en"})
	c := w.stands(ref, orchestrator.StateQueued)
	w.await("it waits for people", func() bool { return chat(t, w.site, ref).State == simkit.ChatWaiting })
	must(t, w.site.vendor.Accept(ref, "anna"))
	w.stands(ref, orchestrator.StateAgent)
	must(t, w.site.vendor.Says(ref, "anna", "good morning"))
	w.heard(c, "good morning")
	must(t, w.site.vendor.End(ref, "anna"))
	w.stands(ref, orchestrator.StateWrapUp)
	must(t, w.site.vendor.CustomerSays(ref, "one more thing")) // a finished session is revived
	if c := w.stands(ref, orchestrator.StateAgent); c.Owner().ID != "anna" {
		t.Errorf("%s has the chat of a customer who came back", c.Owner().ID)
	}
	w.heard(c, "one more thing")
	if diff := cmp.Diff([]string{
		"customer: hello", "bot: how can I help?", "bot: One moment.", "agent: good morning", "system: ClosedByUser",
		"system: ReopenedByCustomer", "customer: one more thing",
	}, w.words(ref)); diff != "" {
		t.Errorf("said in the session (-want +got):\n%s", diff)
	}
}

func TestPeopleWhoTakeAChatFromTheBotHaveIt(t *testing.T) {
	w := wholeService(t, superoffice.SeatAgent)
	ref := w.begin()
	must(t, w.site.vendor.ResetByHand(ref))
	must(t, w.site.vendor.Accept(ref, "bob"))
	if c := w.stands(ref, orchestrator.StateAgent); c.Owner().ID != "bob" {
		t.Errorf("%s has it", c.Owner().ID)
	}
	must(t, w.site.vendor.CustomerLeaves(ref))
	w.stands(ref, orchestrator.StateWrapUp)
	for _, word := range w.words(ref) {
		if word == "bot: One moment." {
			t.Errorf("we spoke in a session that people have: %v", w.words(ref))
		}
	}
}

func TestACancelledHandoffGivesTheBotTheSessionBack(t *testing.T) {
	w := wholeService(t, superoffice.SeatAgent)
	ref := w.begin()
	w.bot(ref, orchestrator.Event{Type: orchestrator.EventHandoffRequested, Language: "en"})
	w.await("it waits for people", func() bool { return chat(t, w.site, ref).State == simkit.ChatWaiting })
	w.bot(ref, orchestrator.Event{Type: orchestrator.EventHandoffCancelled})
	w.stands(ref, orchestrator.StateBot)
	w.says(ref, "I am here again")
	w.await("it is the bot's", func() bool { return chat(t, w.site, ref).State == simkit.ChatWithBot })
	w.await("the customer hears it", func() bool { return slices.Contains(w.words(ref), "bot: I am here again") })
}

func TestAConversationOfABotIsServedBySuperOffice(t *testing.T) {
	w := wholeService(t, superoffice.SeatCustomer)
	const external = "from-the-bot"
	w.bot(external, orchestrator.Event{Type: orchestrator.EventMessage, Message: &orchestrator.Message{Text: "hello"}})
	w.bot(external, orchestrator.Event{
		Type: orchestrator.EventHandoffRequested, Language: "en", Customer: &orchestrator.Customer{ID: "u-1", Name: "Ann"},
		Request: &orchestrator.Request{Reason: "refund", Summary: "wants money", Priority: 5},
	})
	var ref string
	w.await("a session is bound", func() bool { ref = w.stands(external, orchestrator.StateQueued).DeskRef; return ref != "" })
	must(t, w.site.vendor.Accept(ref, "carol"))
	c := w.stands(external, orchestrator.StateAgent)
	must(t, w.site.vendor.Says(ref, "carol", "good day"))
	w.heard(c, "good day")
	must(t, w.site.vendor.Transfer(ref, "carol", simkit.Destination{Queue: "3"}))
	if c := w.stands(external, orchestrator.StateQueued); c.Queue != "sales" || c.DeskRef != ref {
		t.Errorf("it waits in %s as session %s", c.Queue, c.DeskRef)
	}
	must(t, w.site.vendor.Accept(ref, "bob"))
	w.stands(external, orchestrator.StateAgent)
	must(t, w.site.vendor.End(ref, "bob"))
	w.stands(external, orchestrator.StateWrapUp)
	if diff := cmp.Diff([]string{"Summary: wants money\nReason: refund", "Earlier in this chat:\nBot: hello"}, chat(t, w.site, ref).Context); diff != "" {
		t.Errorf("context (-want +got):\n%s", diff)
	}
}
