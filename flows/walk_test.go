package flows

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"handoff/orchestrator"
)

// TestRandomWalksKeepWhatMustHold plays conversations at random: mostly events that belong into the state, by those
// who send them, some that do not, and time. checkDecision looks at every step; at the end the timeline is replayed.
// Each of the four policies is walked a hundred times, or as often as -rapid.checks says.
func TestRandomWalksKeepWhatMustHold(t *testing.T) {
	for name, f := range walkedFlows(t) {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { walkThrough(t, f) })
		})
	}
}

// FuzzDecide lets the fuzzer choose the walk.
func FuzzDecide(f *testing.F) {
	flows := walkedFlows(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		names := keys(flows)
		walkThrough(t, flows[names[rapid.IntRange(0, len(names)-1).Draw(t, "flow")]])
	}))
}

func walkedFlows(t testing.TB) map[string]*Flow {
	t.Helper()
	return map[string]*Flow{
		"house": testFlow(t, fullPolicy+"agents_may_take: true\n"), "vendor": testFlow(t, vendorPolicy), "abandon": testFlow(t, abandonPolicy),
		"relay": testFlow(t, relayPolicy+"on_desk_failed: {desk: house, queue: general}\n"),
	}
}

func walkThrough(t *rapid.T, f *Flow) {
	channel := rapid.SampledFrom([]string{"bot", "web", "vendor", "house"}).Draw(t, "channel")
	s := newScene(t, f, channel)
	if rapid.Bool().Draw(t, "mute") {
		s.c.Bot = "mute"
	}
	if f.world.Desks[f.policy.Desk].Conference && rapid.Bool().Draw(t, "head start") {
		onEnd := rapid.SampledFrom([]string{"", orchestrator.OnEndReturn}).Draw(t, "on end")
		s = bring(t, f, channel, rapid.SampledFrom(live).Draw(t, "from"), onEnd)
	}
	for range rapid.IntRange(1, 60).Draw(t, "steps") {
		walk(t, s)
	}
	s.replay()
}

const vendorPolicy = `
desk: vendor
queue: chat
on_queue_timeout: {desk: house, queue: general}
on_desk_failed: {desk: house, queue: backup}
on_bot_failed: tell
on_word_after_end: bot
warnings: {bot: 20m}
overflow: [{after: 30s, to: {queue: chat}}, {after: 90s, to: {desk: house, queue: general}}]
limits: {handoffs: 1, cool_down: 0s}
`

const abandonPolicy = `
desk: house
queue: billing
on_queue_timeout: abandon
on_desk_failed: abandon
on_bot_failed: {desk: house, queue: backup}
on_word_after_end: queue
limits: {handoffs: 0}
texts: {en: {queued: "", ended: ""}}
`

// walk takes one step.
func walk(t *rapid.T, s *scene) {
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0, 1:
		s.pass(time.Duration(rapid.IntRange(0, 200_000).Draw(t, "ms")) * time.Millisecond)
		if rapid.Bool().Draw(t, "until due") && s.c.Deadline != 0 {
			s.now = max(s.now, s.c.Deadline)
		}
		if ev, due := s.flow.Due(s.c, s.now); due {
			if err := s.try(ev); err != nil {
				t.Fatalf("the deadline of %s was refused: %v", s.c.State, err)
			}
		}
	case 2:
		if ev, dead := s.flow.Dead(s.c, s.c.OpenedAt, s.now); dead {
			if err := s.try(ev); err != nil {
				t.Fatalf("the dead customer in %s was refused: %v", s.c.State, err)
			}
		}
	case 3:
		_ = s.try(anyEvent(t))
	default:
		_ = s.try(likely(t, s.c))
	}
}

// likely is an event that belongs into the state.
func likely(t *rapid.T, c *orchestrator.Conversation) orchestrator.Event {
	desk := orchestrator.Event{Actor: aDesk(string(c.Desk)), Desk: c.Desk}
	who := rapid.SampledFrom([]string{"anna", "ben", "carl"}).Draw(t, "who")
	owner := anAgent(string(c.Owner().ID))
	of := func(on orchestrator.EventType, actor orchestrator.Actor) orchestrator.Event {
		return orchestrator.Event{Type: on, Actor: actor, Agent: person(who)}
	}
	queue := &orchestrator.Target{Queue: rapid.SampledFrom([]orchestrator.QueueName{"general", "backup",
		"chat"}).Draw(t, "queue")}
	options := []orchestrator.Event{word(aCustomer, "a"), word(aBot, "b"), word(owner, "c"), word(anAgent(who), "d")}
	switch c.State {
	case bot:
		options = append(options, request(""), request(orchestrator.OnEndReturn), request(orchestrator.OnEndReturn),
			orchestrator.Event{Type: handoffRequested, Actor: aBot, Request: &orchestrator.Request{Queue: queue.Queue,
				QueueTimeout: 20_000}},
			orchestrator.Event{Type: orchestrator.EventContextUpdated, Actor: aBot,
				Attributes: map[string]any{"a": who, "b": 1.5, "c": nil}},
			botGivenUp(c), of(accepted, aSupervisor), of(accepted, anAgent(who)), of(transferRequested, aSupervisor))
	case queued, offered:
		ring := desk
		ring.Type, ring.Agent = offer, person(who)
		failed := desk
		failed.Type, failed.Reason = orchestrator.EventDeskFailed, "down"
		options = append(options, ring, ring, of(accepted, anAgent(who)), of(accepted, aSupervisor), of(declined,
			anAgent(who)), failed,
			of(handoffCancelled, aCustomer), of(orchestrator.EventAgentGone, aDesk("")), of(customerLeft,
				aCustomer), of(completedEvent, aBot))
		gone := of(accepted, desk.Actor)
		gone.Desk = c.Desk
		options = append(options, gone)
	case agent, conference, transferring:
		toQueue := of(transferredToQueue, owner)
		toQueue.Target = queue
		again := of(requeued, aSupervisor)
		again.Target = queue
		mended := of(orchestrator.EventRepaired, desk.Actor)
		mended.Desk = c.Desk
		options = append(options, of(orchestrator.EventInvited, owner), of(agentJoined, anAgent(who)), of(agentLeft,
			anAgent(who)),
			of(transferRequested, owner), of(transferAccepted, anAgent(who)), of(transferFailed,
				anAgent(who)), toQueue, again, mended,
			of(orchestrator.EventAgentGone, aDesk("")), of(chatEnded, owner), of(returnedToBot,
				owner), of(customerLeft, aCustomer),
			of(accepted, anAgent(who)), of(accepted, aSupervisor), of(declined, anAgent(who)),
			orchestrator.Event{Type: completedEvent, Actor: owner, Disposition: "solved"})
	case wrapUp:
		options = append(options, request(""), of(customerLeft, aCustomer), of(orchestrator.EventAgentGone, aDesk("")),
			orchestrator.Event{Type: completedEvent, Actor: owner, Disposition: "solved"})
	case completed, abandoned, expired:
		options = append(options, orchestrator.Event{Type: orchestrator.EventRated, Actor: aCustomer, Rating: 5})
	}
	ev := rapid.SampledFrom(options).Draw(t, "event")
	if ev.Actor.Role == orchestrator.ActorBot && rapid.Bool().Draw(t, "numbered") {
		ev.BotSequence = max(1, c.BotSequence+int64(rapid.IntRange(-1, 3).Draw(t, "number")))
	}
	return ev
}

// anyEvent is any event at all.
func anyEvent(t *rapid.T) orchestrator.Event {
	types := keysOf(rules)
	ev := orchestrator.Event{
		Type: rapid.SampledFrom(types).Draw(t, "type"),
		Actor: rapid.SampledFrom([]orchestrator.Actor{
			aBot, aCustomer, aSupervisor, aSystem, aDesk("house"), aDesk("vendor"), anAgent("anna"), anAgent("ben"), {},
		}).Draw(t, "actor"),
		Desk:        rapid.SampledFrom([]orchestrator.ConnectorName{"", "", "house", "vendor"}).Draw(t, "desk"),
		Epoch:       uint64(rapid.IntRange(0, 4).Draw(t, "epoch")),
		BotSequence: int64(rapid.IntRange(0, 6).Draw(t, "sequence")),
		Handoff:     rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "handoff"),
		Rating:      rapid.IntRange(0, 6).Draw(t, "rating"),
		Position:    rapid.IntRange(-1, 3).Draw(t, "position"),
		Reason:      rapid.SampledFrom([]string{"", "because"}).Draw(t, "reason"),
		Note:        rapid.SampledFrom([]string{"", "a note"}).Draw(t, "note"),
		Disposition: rapid.SampledFrom([]string{"", "solved", "odd"}).Draw(t, "disposition"),
		OnEnd:       rapid.SampledFrom([]string{"", "", orchestrator.OnEndReturn, "odd"}).Draw(t, "on_end"),
		Command:     rapid.SampledFrom([]orchestrator.CommandID{"", "", "cv_00_TEST.3.0", "x"}).Draw(t, "command"),
		Ref:         rapid.SampledFrom([]string{"", "ref-1"}).Draw(t, "ref"),
	}
	if rapid.Bool().Draw(t, "with agent") {
		ev.Agent = person(rapid.SampledFrom([]string{"", "anna", "ben", "zoe"}).Draw(t, "agent"))
	}
	if rapid.Bool().Draw(t, "with target") {
		ev.Target = &orchestrator.Target{Queue: rapid.SampledFrom([]orchestrator.QueueName{"", "general", "chat",
			"odd"}).Draw(t, "target")}
	}
	if rapid.Bool().Draw(t, "with message") {
		ev.Message = &orchestrator.Message{ID: "m", Text: "hi"}
	}
	if rapid.Bool().Draw(t, "looked") {
		ev.Looked = &orchestrator.Looked{Known: true, Online: rapid.IntRange(0, 1).Draw(t, "online")}
	}
	return ev
}

func keysOf[V any](m map[orchestrator.EventType]V) []orchestrator.EventType {
	var all []orchestrator.EventType
	for _, name := range keys(asText(m)) {
		all = append(all, orchestrator.EventType(name))
	}
	return all
}

func asText[V any](m map[orchestrator.EventType]V) map[string]V {
	text := make(map[string]V, len(m))
	for key, value := range m {
		text[string(key)] = value
	}
	return text
}
