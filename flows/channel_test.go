package flows

import (
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// The agent seat: the chat begins at the desk "relay", where our bot answers, and is handed over by the desk's own transfer.

// atRelay begins a chat at the desk itself.
func atRelay(t *testing.T, policy string) *scene {
	t.Helper()
	s := newScene(t, testFlow(t, policy), "relay")
	s.c = s.flow.Start(s.c.ID, &orchestrator.Event{Bot: "shop", External: "c-1", Channel: "relay", Ref: "R7"}, s.now)
	ev := word(aCustomer, "hello")
	ev.Desk = "relay"
	s.take(ev)
	return s
}

const talkingPolicy = `
desk: relay
queue: line
`

func TestAChatThatBeginsAtADeskKeepsItsHandle(t *testing.T) {
	s := atRelay(t, talkingPolicy)
	same(t, "channel", "relay R7", s.c.Channel+" "+s.c.ChannelRef)
	same(t, "the bot hears", []string{"shop send"}, told(s.last))
	d := s.take(word(aBot, "how can I help?"))
	same(t, "the answer goes to", orchestrator.Party{Connector: "relay", Ref: "R7"}, d.Commands[0].To)
	s.replay()
}

func TestLastWordsComeBeforeTheDesksOwnTransfer(t *testing.T) {
	s := atRelay(t, talkingPolicy)
	d := s.take(request(""))
	same(t, "commands", []string{"shop handoff.queued", "relay send", "relay open"}, told(d))
	same(t, "handle", []string{"R7", "R7"}, []string{d.Commands[1].To.Ref, d.Commands[2].To.Ref})
	same(t, "bot is out", true, s.try(word(aBot, "one more thing")) != nil)
	s.take(vendorSays(s, accepted, "x"))
	same(t, "nothing more is said there", []string{"shop handoff.accepted"}, told(s.last))
	s.take(vendorSays(s, chatEnded, ""))
	s.take(vendorSays(s, completedEvent, ""))
	same(t, "nothing is left to end", []string{"shop handoff.completed", "shop conversation.ended"}, told(s.last))
	s.replay()
}

func TestAFailedTransferGivesTheChatBackToTheBotInTheSameChannel(t *testing.T) {
	s := atRelay(t, talkingPolicy)
	s.take(request(""))
	d := s.take(orchestrator.Event{Type: orchestrator.EventDeskFailed, Actor: aSystem, Desk: "relay", Reason: "HTTP 500"})
	same(t, "steps", []string{"desk_failed", "returned_to_bot queued→bot",
		"says: We are sorry: nobody can take your chat now. You can go on here."}, steps(d))
	last := d.Commands[len(d.Commands)-1]
	same(t, "the apology goes to", orchestrator.Party{Connector: "relay", Ref: "R7"}, last.To)
	s.replay()
}

func TestTheChatGoesOnWhereTheHandoffWithinTheChannelDoesNot(t *testing.T) {
	failed := orchestrator.Event{Type: orchestrator.EventDeskFailed, Actor: aSystem, Desk: "relay", Reason: "HTTP 500"}
	for name, row := range map[string]struct {
		policy string
		event  orchestrator.Event
	}{
		"it is called off":      {talkingPolicy, event(handoffCancelled, aBot)},
		"nobody comes":          {talkingPolicy, event(orchestrator.EventQueueTimedOut, aSystem)},
		"it fails":              {talkingPolicy, failed},
		"another desk takes it": {chainPolicy, failed},
	} {
		s := atRelay(t, row.policy)
		s.take(request(""))
		s.pass(time.Hour)
		d := s.take(row.event)
		for i := range d.Commands {
			if d.Commands[i].Type == orchestrator.CommandEnd {
				t.Errorf("%s: the customer's chat is ended", name)
			}
		}
		same(t, name+": it is taken back", orchestrator.Party{Connector: "relay", Ref: "R7"},
			command(t, d, orchestrator.CommandTakeBack).To)
		same(t, name+": before anything is said", orchestrator.CommandTakeBack, d.Commands[0].Type)
		s.replay()
	}
}

func TestTheDeskOfTheChannelIsToldTheEnd(t *testing.T) {
	for name, end := range map[string]orchestrator.Event{
		"by the bot":      {Type: completedEvent, Actor: aBot},
		"by the customer": {Type: customerLeft, Actor: aCustomer, Desk: "relay"},
	} {
		s := atRelay(t, talkingPolicy)
		d := s.take(end)
		ended := command(t, d, orchestrator.CommandEnd)
		same(t, name, orchestrator.Party{Connector: "relay", Ref: "R7"}, ended.To)
		s.replay()
	}
}

func TestPeopleOfAnotherDeskServeTheCustomersOfTheChannel(t *testing.T) {
	s := atRelay(t, "desk: house\nqueue: general\n")
	s.take(request(""))
	s.take(vendorSays(s, offer, "anna"))
	s.take(event(accepted, anAgent("anna")))
	d := s.take(word(anAgent("anna"), "good day"))
	same(t, "her words go to", orchestrator.Party{Connector: "relay", Ref: "R7"}, d.Commands[0].To)
	s.take(event(chatEnded, anAgent("anna")))
	d = s.take(event(completedEvent, anAgent("anna")))
	same(t, "the end goes to", orchestrator.Party{Connector: "relay", Ref: "R7"}, command(t, d, orchestrator.CommandEnd).To)
	s.replay()
}

const chainPolicy = `
desk: relay
queue: line
overflow: [{after: 60s, to: {desk: relay, queue: line}}, {after: 120s, to: {desk: house, queue: backup}}]
`

func TestADeskThatIsDownIsPassedByTheOverflowChain(t *testing.T) {
	s := newScene(t, testFlow(t, chainPolicy), "bot")
	s.take(request(""))
	failed := orchestrator.Event{Type: orchestrator.EventDeskFailed, Actor: aSystem, Reason: "circuit-open"}
	failed.Desk = "relay"
	d := s.take(failed)
	same(t, "steps", []string{"desk_failed", "overflowed queued→queued"}, steps(d))
	same(t, "waits at", "house backup", string(s.c.Desk)+" "+string(s.c.Queue))
	same(t, "steps of the chain", 2, s.c.OverflowStep)
	failed.Desk = "house"
	d = s.take(failed)
	same(t, "then the bot has it", []string{"desk_failed", "returned_to_bot queued→bot",
		"says: We are sorry: nobody can take your chat now. You can go on here."}, steps(d))
	s.replay()
}

func TestWhereNobodyIsThereTheChainsNextDeskIsAskedAtOnce(t *testing.T) {
	s := newScene(t, testFlow(t, chainPolicy), "bot")
	ask := request("")
	ask.Looked = &orchestrator.Looked{Known: true, Waiting: 4}
	d := s.take(ask)
	same(t, "rule", ruleNobody, d.Entries[0].Why.Rule)
	same(t, "waits at", "house backup", string(s.c.Desk)+" "+string(s.c.Queue))
	same(t, "a place in the other line is not told", 0, notice(t, d, wire.Queued).Position)
	s.pass(time.Minute)
	s.replay()
}

const longChainPolicy = `
desk: house
queue: general
overflow:
  - {after: 60s, to: {desk: house, queue: backup}}
  - {after: 90s, to: {desk: relay, queue: line}}
  - {after: 120s, to: {desk: vendor, queue: chat}}
`

// saidAt is what another desk says.
func saidAt(desk orchestrator.ConnectorName, queue orchestrator.QueueName, online, waiting int) orchestrator.LookedAt {
	return orchestrator.LookedAt{Desk: desk, Queue: queue, Said: orchestrator.Looked{Known: true, Online: online, Waiting: waiting}}
}

func TestADeskOfTheChainWhereNobodyIsIsPassedOver(t *testing.T) {
	s := newScene(t, testFlow(t, longChainPolicy), "bot")
	ask := request("")
	ask.Looked = &orchestrator.Looked{Known: true, Waiting: 9}
	ask.Elsewhere = []orchestrator.LookedAt{saidAt("relay", "line", 0, 0), saidAt("vendor", "chat", 1, 4)}
	d := s.take(ask)
	same(t, "waits at", "vendor chat", string(s.c.Desk)+" "+string(s.c.Queue))
	same(t, "steps of the chain", 3, s.c.OverflowStep)
	same(t, "its place there is told", 5, notice(t, d, wire.Queued).Position)
	same(t, "and kept", 5, s.c.InitialQueuePos)
	same[any](t, "why", "relay/line", d.Entries[0].Why.LookedAt["nobody_at"])
	s.replay()
}

func TestWhereNobodyIsAtAnyDeskOfTheChainTheBotIsTold(t *testing.T) {
	nobody := []orchestrator.LookedAt{saidAt("relay", "line", 0, 0), saidAt("vendor", "chat", 0, 0)}
	s := newScene(t, testFlow(t, longChainPolicy), "bot")
	ask := request("")
	ask.Looked, ask.Elsewhere = &orchestrator.Looked{Known: true}, nobody
	d := s.take(ask)
	same(t, "state", bot, s.c.State)
	same(t, "told", reasonNobody, notice(t, d, wire.Failed).Reason)
	same[any](t, "why", "relay/line vendor/chat", d.Entries[0].Why.LookedAt["nobody_at"])

	ask.Looked, ask.Elsewhere = nil, nil
	s.take(ask)
	s.take(orchestrator.Event{Type: orchestrator.EventDeskFailed, Actor: aSystem, Reason: "circuit-open", Desk: "house", Elsewhere: nobody})
	same(t, "a desk that fails leads to nobody either", bot, s.c.State)
	s.replay()
}

func TestWhatPeopleOfTheDeskHaveTakenIsRefusedByNoLimit(t *testing.T) {
	s := atRelay(t, "desk: relay\nqueue: line\nlimits: {handoffs: 1, cool_down: 60s}\n")
	s.take(request(""))
	s.take(vendorSays(s, accepted, "anna"))
	s.take(event(returnedToBot, aSupervisor))
	s.take(request(""))
	same(t, "after the bot's request", bot, s.c.State)
	taken := event(handoffRequested, aDesk("relay"))
	taken.Desk = "relay"
	s.take(taken)
	s.take(vendorSays(s, accepted, "anna"))
	same(t, "after the desk's", agent, s.c.State)
	s.replay()
}

// TestWhatIsOverIsEndedAtTheDeskOfTheChannel: the conversation ends while that desk's people have the chat or are to get it, and
// not by their doing.
func TestWhatIsOverIsEndedAtTheDeskOfTheChannel(t *testing.T) {
	for name, row := range map[string]struct {
		policy string
		served bool
		event  orchestrator.Event
	}{
		"nobody came, and the policy lets go": {
			talkingPolicy + "on_queue_timeout: abandon\n", false, event(orchestrator.EventQueueTimedOut, aSystem),
		},
		"closed while it waits":  {talkingPolicy, false, event(completedEvent, aSupervisor)},
		"closed while served":    {talkingPolicy, true, event(completedEvent, aSupervisor)},
		"the customer is silent": {talkingPolicy, false, event(customerDead, aSystem)},
	} {
		s := atRelay(t, row.policy)
		s.take(request(""))
		if row.served {
			s.take(vendorSays(s, accepted, "x"))
		}
		s.pass(time.Hour)
		d := s.take(row.event)
		ended := 0
		for i := range d.Commands {
			if cmd := &d.Commands[i]; cmd.Type == orchestrator.CommandEnd {
				same(t, name, orchestrator.Party{Connector: "relay", Ref: "R7"}, cmd.To)
				ended++
			}
		}
		same(t, name+": ended there", 1, ended)
		s.replay()
	}
}
