package flows

import (
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

func TestATransferKeepsTheFirstPersonUntilTheOtherHasIt(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	epoch := s.c.Epoch
	ask := about(transferRequested, anAgent("anna"), "ben")
	ask.Note = "knows refunds"
	d := s.take(ask)
	same(t, "steps", []string{"transfer_requested agent→transferring"}, steps(d))
	cmd := command(t, d, orchestrator.CommandTransfer)
	same(t, "to", &orchestrator.Agent{ID: "ben", Name: "Ben"}, cmd.Agent)
	same(t, "note", "knows refunds", cmd.Note)
	same(t, "deadline", s.now.Add(time.Minute), s.c.Deadline)
	s.take(word(anAgent("anna"), "one moment"))
	rejected(t, s, event(transferAccepted, anAgent("carl")), orchestrator.CodeStateConflict,
		"it rings at ben, not at carl")
	rejected(t, s, event(transferAccepted, aSupervisor), orchestrator.CodeNotInControl,
		"a transfer is accepted by the person it goes to")
	d = s.take(event(transferAccepted, anAgent("ben")))
	same(t, "steps", []string{"transfer_accepted transferring→agent", "says: Ben is here."}, steps(d))
	same(t, "commands", []string{"house accept", "shop handoff.transferred", "shop send"}, told(d))
	n := notice(t, d, wire.Transferred)
	same(t, "from", &orchestrator.Target{Agent: "anna"}, n.From)
	same(t, "to", &orchestrator.Target{Agent: "ben"}, n.To)
	same(t, "epoch", epoch+1, s.c.Epoch)
	if err := s.try(word(anAgent("anna"), "still me")); err == nil {
		t.Error("the first person spoke on")
	}
	s.replay()
}

func TestATransferThatIsNotTakenChangesNobody(t *testing.T) {
	for name, c := range map[string]struct {
		ev       orchestrator.Event
		steps    []string
		commands []string
	}{
		"declined at the transfer": {event(transferFailed, anAgent("ben")),
			[]string{"transfer_failed transferring→agent"}, []string{"house leave"}},
		"declined as an offer": {event(declined, anAgent("ben")), []string{"declined",
			"transfer_failed transferring→agent"}, []string{"house leave"}},
		"called off": {event(transferFailed, anAgent("anna")),
			[]string{"transfer_failed transferring→agent"}, []string{"house leave"}},
		"the reservation ran out": {about(offerExpired, aDesk("house"), "ben"), []string{"offer_expired",
			"transfer_failed transferring→agent"}, []string{"house leave"}},
		"the desk could not": {orchestrator.Event{
			Type: transferFailed, Actor: aSystem, Desk: "house", Command: "cv_00_TEST.5.0", Agent: person("ben"),
			Reason: "no_seat",
		}, []string{"transfer_failed transferring→agent"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := bring(t, testFlow(t, fullPolicy), "bot", transferring, "")
			epoch := s.c.Epoch
			rejected(t, s, event(transferFailed, anAgent("carl")), orchestrator.CodeStateConflict,
				"it rings at ben, not at carl")
			rejected(t, s, event(declined, anAgent("carl")), orchestrator.CodeStateConflict,
				"it rings at ben, not at carl")
			rejected(t, s, event(transferFailed, aBot), orchestrator.CodeNotInControl,
				"a transfer is the people's business")
			rejected(t, s, about(transferFailed, aDesk("house"), "carl"), orchestrator.CodeStateConflict,
				"the transfer goes to ben, not to carl")
			d := s.take(c.ev)
			same(t, "steps", c.steps, steps(d))
			same(t, "commands", c.commands, told(d))
			same(t, "owner", "anna", string(s.c.Owner().ID))
			same(t, "epoch", epoch, s.c.Epoch)
			s.replay()
		})
	}
}

func TestATransferThatRingsTooLongFails(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", transferring, "")
	d := s.due()
	same(t, "steps", []string{"transfer_failed transferring→agent"}, steps(d))
	same(t, "commands", []string{"house leave"}, told(d))
	same(t, "reason", "expired", d.Entries[0].Event.Reason)
}

func TestTheTargetAcceptsWhateverRings(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", transferring, "")
	d := s.take(event(accepted, anAgent("ben")))
	same(t, "steps", []string{"accepted", "transfer_accepted transferring→agent", "says: Ben is here."}, steps(d))
	same(t, "owner", "ben", string(s.c.Owner().ID))
	s.replay()
}

func TestADeskSaysWhoTookTheTransfer(t *testing.T) {
	s := newScene(t, testFlow(t, vendorPolicy), "bot")
	s.take(request(""))
	s.take(vendorSays(s, accepted, "v7"))
	s.take(vendorSays(s, transferRequested, "v8"))
	d := s.take(vendorSays(s, transferAccepted, "v9"))
	same(t, "owner", "v9", string(s.c.Owner().ID))
	same(t, "commands", []string{"shop handoff.transferred", "shop send"}, told(d))
	same(t, "steps", 2, len(d.Entries))
	s.take(vendorSays(s, transferRequested, "v8"))
	s.take(vendorSays(s, transferAccepted, ""))
	same(t, "owner", "v8", string(s.c.Owner().ID))
	rejected(t, s, toQueue(transferredToQueue, anAgent("v8"), "chat"), orchestrator.CodeNotSupported,
		"desk vendor cannot transfer a chat to a queue")
	d = s.take(toQueue(transferredToQueue, anAgent("v8"),
		"general")) // to another desk it is an end and a new beginning
	same(t, "commands", []string{"vendor end", "house open", "shop handoff.transferred", "shop send"}, told(d))
	s.replay()
}

func TestGuestsLeaveBeforeATransfer(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", conference, "")
	rejected(t, s, about(transferRequested, anAgent("ben"), "carl"), orchestrator.CodeNotInControl,
		"transfer_requested is for the person who serves, or a supervisor")
	d := s.take(about(transferRequested, anAgent("anna"), "carl"))
	same(t, "steps", []string{"transfer_requested conference→transferring", "agent_left"}, steps(d))
	same(t, "commands", []string{"house leave", "house transfer"}, told(d))
	same(t, "people", 1, len(s.c.Participants))

	s = bring(t, testFlow(t, fullPolicy), "bot", conference, "")
	d = s.take(about(transferRequested, aSupervisor, "ben")) // to the guest: his seat stays
	same(t, "commands", []string{"house transfer"}, told(d))
	s.replay()
}

func TestATransferToNowhereIsRefused(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	by := anAgent("anna")
	invalid(t, s, event(transferRequested, by), "agent", "is missing: a transfer goes to a person or a queue")
	invalid(t, s, about(transferRequested, by, "anna"), "agent", "anna serves the customer already")
	invalid(t, s, about(transferRequested, by, "zoe"), "agent", `unknown agent "zoe"`)
	invalid(t, s, event(transferredToQueue, by), "queue", "is missing: a transfer goes to a person or a queue")
	invalid(t, s, toQueue(transferredToQueue, by, "odd"), "queue",
		`unknown queue "odd"; there is backup, billing, chat, general or line`)
	rejected(t, s, toQueue(transferredToQueue, anAgent("ben"), "general"), orchestrator.CodeNotInControl,
		"transferred_to_queue is for the person who serves, or a supervisor")
	f := testFlow(t, relayPolicy)
	f.world.Desks = map[orchestrator.ConnectorName]orchestrator.Manifest{"relay": {Accept: true}}
	s = bring(t, f, "bot", agent, "")
	rejected(t, s, about(transferRequested, by, "ben"), orchestrator.CodeNotSupported,
		"desk relay cannot transfer a chat to a person")
}

func TestATransferToAQueueKeepsItsPlace(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	since, epoch := s.c.WaitingFrom, s.c.Epoch
	s.pass(time.Minute)
	d := s.take(orchestrator.Event{
		Type: transferredToQueue, Actor: anAgent("anna"), Target: &orchestrator.Target{Queue: "billing"},
	})
	same(t, "steps", []string{"transferred_to_queue agent→queued", "says: " + builtIn[textRequeued]}, steps(d))
	same(t, "waiting", &orchestrator.Waiting{
		Queue: "billing", Priority: 9, Since: since, Exclude: []orchestrator.AgentID{"anna"},
		AskAgain: []orchestrator.Moment{s.now},
	}, command(t, d, orchestrator.CommandOpen).Waiting)
	n := notice(t, d, wire.Transferred)
	same(t, "from", &orchestrator.Target{Agent: "anna"}, n.From)
	same(t, "to", &orchestrator.Target{Desk: "house", Queue: "billing"}, n.To)
	same(t, "epoch", epoch+1, s.c.Epoch)
	same(t, "handoff", 1, s.c.Handoff)
	s.take(event(accepted, anAgent("ben")))
	same(t, "started", since, s.c.Started) // the handoff was taken then
	s.replay()
}

func TestTheLateFailureOfAnOlderTransferDoesNotEndTheNewOne(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	ask := about(transferRequested, anAgent("anna"), "ben")
	old := command(t, s.take(ask), orchestrator.CommandTransfer)
	s.take(event(transferFailed, anAgent("anna"))) // called off
	present := command(t, s.take(ask), orchestrator.CommandTransfer)
	failed := func(cmd orchestrator.Command) orchestrator.Event {
		return orchestrator.Event{
			ID: "failed:" + orchestrator.EventID(cmd.ID), Type: transferFailed, Actor: aSystem, Command: cmd.ID, Agent: cmd.Agent,
			Reason: "no seat",
		}
	}
	s.take(failed(old))
	same(t, "state", transferring, s.c.State)
	s.take(failed(present))
	same(t, "state", agent, s.c.State)
	s.replay()
}

func TestADeskThatCannotRequeueIsNotSaidToHaveDoneSo(t *testing.T) {
	s := newScene(t, testFlow(t, vendorPolicy), "bot")
	s.take(request(""))
	s.take(vendorSays(s, accepted, "x"))
	rejected(t, s, event(requeued, aSupervisor), orchestrator.CodeNotSupported,
		"desk vendor cannot put a chat that somebody serves back into a queue")
	d := s.take(toQueue(requeued, aSupervisor, "general"))
	same(t, "commands", []string{"vendor end", "house open", "shop handoff.queued", "shop send"}, told(d))
	s.replay()
}
