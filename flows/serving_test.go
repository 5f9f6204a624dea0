package flows

import (
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

func TestExactlyOneAcceptsAndTheOthersAreToldWho(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", offered, "")
	rejected(t, s, event(accepted, anAgent("ben")), orchestrator.CodeStateConflict, "it rings at anna, not at ben")
	s.pass(5 * time.Second)
	d := s.take(event(accepted, anAgent("anna")))
	same(t, "steps", []string{"accepted offered→agent", "says: Anna is here."}, steps(d))
	same(t, "commands", []string{"house accept", "shop handoff.accepted", "shop send"}, told(d))
	same(t, "agent", &orchestrator.Agent{ID: "anna", Name: "Anna"}, notice(t, d, wire.Accepted).Agent)
	same(t, "participants", []orchestrator.Participant{
		{Agent: orchestrator.Agent{ID: "anna", Name: "Anna"}, Role: orchestrator.RoleOwner, Since: s.now},
	}, s.c.Participants)
	same(t, "started", s.now, s.c.Started)
	same(t, "epoch", 3, int(s.c.Epoch))
	for _, loser := range []string{"ben", "anna"} {
		r := rejected(t, s, event(accepted, anAgent(loser)), orchestrator.CodeStateConflict, "anna serves the customer")
		same(t, "owner", "anna", string(r.Agent.ID))
	}
}

func TestAPersonAcceptsOutOfTheQueue(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", queued, "")
	same(t, "owner", "ben", string(s.take(event(accepted, anAgent("ben"))).Next.Owner().ID))
}

func TestASupervisorTakesWhatRingsElsewhere(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", offered, "")
	d := s.take(event(accepted, aSupervisor))
	same(t, "steps", []string{"accepted offered→agent", "says: Sue is here."}, steps(d))
	same(t, "rule", ruleTake, d.Entries[0].Why.Rule)
	s.take(word(aSupervisor, "hello"))
}

func TestASupervisorTakesAServedChat(t *testing.T) {
	for state, want := range map[orchestrator.State][]string{
		agent: {"accepted", "transfer_requested agent→transferring", "transfer_accepted transferring→agent",
			"says: Sue is here."},
		conference: {"accepted", "transfer_requested conference→transferring",
			"transfer_accepted transferring→agent", "says: Sue is here."},
		transferring: {"accepted", "transfer_accepted transferring→agent", "says: Sue is here."},
	} {
		s := bring(t, testFlow(t, fullPolicy), "bot", state, "")
		epoch := s.c.Epoch
		d := s.take(event(accepted, aSupervisor))
		same(t, "steps", want, steps(d))
		same(t, "commands", []string{"house accept", "shop handoff.transferred", "shop send"}, told(d))
		same(t, "owner", "sue", string(s.c.Owner().ID))
		same(t, "epoch", epoch+1, s.c.Epoch)
		s.replay()
	}
}

func TestAtAVendorsDeskPeopleAcceptThere(t *testing.T) {
	s := newScene(t, testFlow(t, vendorPolicy), "bot")
	s.take(request(""))
	rejected(t, s, event(accepted, anAgent("anna")), orchestrator.CodeNotSupported,
		"desk vendor cannot have a chat accepted here: its people accept at the desk")
	invalid(t, s, vendorSays(s, accepted, ""), "agent", "is missing: somebody accepts")
	d := s.take(vendorSays(s, accepted, "v7"))
	same(t, "commands", []string{"shop handoff.accepted", "shop send"}, told(d))
	same(t, "the built-in text stands in for a name that is not known",
		[]string{"accepted queued→agent", "says: " + builtIn[textAccepted]}, steps(d))
}

func TestTextsAreInTheCustomersLanguage(t *testing.T) {
	for language, want := range map[string]string{
		"de-AT": "Anna ist da.", "DE": "Anna ist da.", "en-GB": "Anna is here.", "fr": "Anna is here.", "": "Anna is here.",
	} {
		s := newScene(t, testFlow(t, fullPolicy), "bot")
		ask := request("")
		ask.Language = language
		s.take(ask)
		d := s.take(event(accepted, anAgent("anna")))
		same(t, language, "says: "+want, steps(d)[1])
	}
	p := testFlow(t, fullPolicy).policy
	same(t, "a number that is not known", builtIn[textQueued], p.text("en", textQueued, values{}))
	same(t, "a wait", "2", number(minutes(61*time.Second)))
}

func TestAColleagueIsInvitedJoinsAndLeaves(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	epoch := s.c.Epoch
	rejected(t, s, event(agentJoined, anAgent("ben")), orchestrator.CodeStateConflict, "ben was not invited")
	rejected(t, s, about(orchestrator.EventInvited, anAgent("carl"), "ben"), orchestrator.CodeNotInControl,
		"an invitation is for those who serve")
	rejected(t, s, about(orchestrator.EventInvited, aBot, "ben"), orchestrator.CodeNotInControl,
		"an invitation is for those who serve")
	invalid(t, s, event(orchestrator.EventInvited, anAgent("anna")), "agent",
		"is missing: a colleague or a queue is invited")
	invalid(t, s, about(orchestrator.EventInvited, anAgent("anna"), "zoe"), "agent", `unknown agent "zoe"`)
	d := s.take(about(orchestrator.EventInvited, anAgent("anna"), "ben"))
	same(t, "commands", []string{"house invite"}, told(d))
	rejected(t, s, about(orchestrator.EventInvited, anAgent("anna"), "ben"), orchestrator.CodeStateConflict,
		"ben is in it already, as invited")
	same(t, "state", agent, s.c.State)
	if err := s.try(word(anAgent("ben"), "not yet")); err == nil {
		t.Error("an invited colleague spoke")
	}
	d = s.take(event(accepted, anAgent("ben"))) // accepting joins, too
	same(t, "steps", []string{"accepted", "agent_joined agent→conference"}, steps(d))
	same(t, "commands", []string{"house accept"}, told(d))
	same(t, "as guest", true, d.Commands[0].Guest)
	s.take(word(anAgent("ben"), "hello"))
	s.take(about(orchestrator.EventInvited, anAgent("ben"), "carl"))
	same(t, "steps", []string{"agent_joined"}, steps(s.take(event(agentJoined, anAgent("carl")))))
	same(t, "steps", []string{"agent_left"}, steps(s.take(event(agentLeft, anAgent("carl")))))
	rejected(t, s, event(agentLeft, anAgent("carl")), orchestrator.CodeNotInControl,
		"carl does not serve this conversation any more; anna controls")
	same(t, "steps", []string{"agent_left conference→agent"}, steps(s.take(about(agentLeft, anAgent("anna"), "ben"))))
	rejected(t, s, event(agentLeft, anAgent("anna")), orchestrator.CodeStateConflict,
		"anna is the only one: the chat can be ended, transferred or returned to the bot")
	same(t, "epoch", epoch, s.c.Epoch)
	s.replay()
}

func TestWhoStaysOwnsTheChat(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", conference, "")
	s.take(about(orchestrator.EventInvited, anAgent("ben"), "carl"))
	s.take(event(agentJoined, anAgent("carl")))
	epoch := s.c.Epoch
	rejected(t, s, about(agentLeft, anAgent("ben"), "anna"), orchestrator.CodeNotInControl,
		"agent_left is for the person who serves, or a supervisor")
	d := s.take(event(agentLeft, anAgent("anna")))
	same(t, "steps", []string{"agent_left"}, steps(d))
	same(t, "commands", []string{"house leave", "house accept", "shop handoff.transferred"}, told(d))
	same(t, "owner", "ben", string(s.c.Owner().ID))
	same(t, "epoch", epoch+1, s.c.Epoch)
	d = s.take(event(agentLeft, anAgent("ben")))
	same(t, "steps", []string{"agent_left conference→agent"}, steps(d))
	same(t, "owner", "carl", string(s.c.Owner().ID))
	same(t, "epoch", epoch+2, s.c.Epoch)
	s.replay()
}

func TestAnInvitationThatIsDeclinedFailsOrRunsOutChangesNothing(t *testing.T) {
	for _, ev := range []orchestrator.Event{
		event(declined, anAgent("ben")), event(agentLeft, anAgent("ben")), about(offerExpired, aDesk("house"), "ben"),
		{Type: agentLeft, Actor: aSystem, Agent: person("ben"), Desk: "house", Command: "cv_00_TEST.4.0",
			Reason: "no_seat"},
		about(orchestrator.EventAgentGone, aDesk("house"), "ben"),
	} {
		s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
		s.take(about(orchestrator.EventInvited, anAgent("anna"), "ben"))
		d := s.take(ev)
		same(t, string(ev.Type), []string{"house leave"}, told(d))
		same(t, "state", agent, s.c.State)
		same(t, "people", 1, len(s.c.Participants))
		rejected(t, s, event(declined, anAgent("ben")), orchestrator.CodeStateConflict, "nothing rings at ben")
		s.replay()
	}
}

func TestAQueueIsInvited(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	invalid(t, s, toQueue(orchestrator.EventInvited, anAgent("anna"), "odd"), "queue",
		`unknown queue "odd"; there is backup, billing, chat, general or line`)
	invalid(t, s, toQueue(orchestrator.EventInvited, anAgent("anna"), "chat"), "queue",
		`queue "chat" is at desk vendor, the chat is at desk house`)
	d := s.take(toQueue(orchestrator.EventInvited, anAgent("anna"), "billing"))
	cmd := command(t, d, orchestrator.CommandInvite)
	same(t, "waiting", &orchestrator.Waiting{
		Queue: "billing", Priority: 5, Since: s.now, Exclude: []orchestrator.AgentID{"anna"},
	}, cmd.Waiting)
	same(t, "the desk reports whom it rings at", []string(nil), told(s.take(about(orchestrator.EventInvited,
		aDesk("house"), "carl"))))
	s.take(event(agentJoined, anAgent("carl")))
	same(t, "state", conference, s.c.State)
}

func TestAConferenceHasItsLimits(t *testing.T) {
	s := bring(t, testFlow(t, relayPolicy), "bot", agent, "")
	for _, who := range []string{"b", "c", "d", "e", "f", "g", "h"} {
		s.take(about(orchestrator.EventInvited, anAgent("anna"), who))
	}
	rejected(t, s, about(orchestrator.EventInvited, anAgent("anna"), "i"), orchestrator.CodeLimit,
		"a conversation has at most 8 people")

	s = newScene(t, testFlow(t, vendorPolicy), "bot")
	s.take(request(""))
	s.take(vendorSays(s, accepted, "v7"))
	rejected(t, s, about(orchestrator.EventInvited, anAgent("v7"), "v8"), orchestrator.CodeNotSupported,
		"desk vendor cannot have several people in a chat")
}

func TestAPersonWhoVanishesLeavesNobodyAlone(t *testing.T) {
	for _, c := range []struct {
		state    orchestrator.State
		who      string
		steps    []string
		commands []string
	}{
		{offered, "anna", []string{"agent_gone", "offer_expired offered→queued"}, []string{"house open"}},
		{agent, "anna", []string{"agent_gone", "requeued agent→queued", "says: " + builtIn[textRequeued]},
			[]string{"house open", "shop handoff.queued", "shop send"}},
		{conference, "anna", []string{"agent_gone", "agent_left conference→agent"},
			[]string{"house leave", "house accept", "shop handoff.transferred"}},
		{conference, "ben", []string{"agent_gone", "agent_left conference→agent"}, []string{"house leave"}},
		{transferring, "anna", []string{"agent_gone", "requeued transferring→queued", "says: " + builtIn[textRequeued]},
			[]string{"house open", "shop handoff.queued", "shop send"}},
		{transferring, "ben", []string{"agent_gone", "transfer_failed transferring→agent"}, []string{"house leave"}},
		{wrapUp, "anna", []string{"agent_gone", "wrap_up_timed_out wrap_up→completed"}, []string{"house complete",
			"shop handoff.completed"}},
	} {
		s := bring(t, testFlow(t, fullPolicy), "bot", c.state, "")
		since := s.c.WaitingFrom
		s.pass(time.Minute)
		gone := about(orchestrator.EventAgentGone, aDesk("house"), c.who)
		gone.Desk, gone.Reason = "house", "no_heartbeat"
		d := s.take(gone)
		same(t, string(c.state)+" steps", c.steps, steps(d))
		same(t, string(c.state)+" commands", c.commands, told(d))
		if s.c.State == queued {
			w := command(t, d, orchestrator.CommandOpen).Waiting
			same(t, "place", since, w.Since)
			same(t, "excluded", []orchestrator.AgentID{"anna"}, w.Exclude)
		}
		if c.state == transferring && c.who == "anna" {
			same(t, "asked first", "ben", string(s.c.Preferred))
		}
		rejected(t, s, about(orchestrator.EventAgentGone, aDesk("house"), "zoe"), orchestrator.CodeStateConflict,
			goneDetail(s.c.State, "zoe"))
		s.replay()
	}
	s := bring(t, testFlow(t, fullPolicy), "bot", queued, "")
	invalid(t, s, event(orchestrator.EventAgentGone, aDesk("house")), "agent", "is missing: somebody is gone")
}

func goneDetail(state orchestrator.State, who string) string {
	if state.Ended() {
		return "agent_gone cannot happen in state " + string(state)
	}
	return who + " has nothing to do with it"
}

func TestARequeuedChatWaitsAnewInItsOldPlace(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	since := s.c.WaitingFrom
	for range 20 { // a long talk
		s.pass(time.Minute)
		s.take(word(aCustomer, "hm"))
	}
	d := s.take(toQueue(requeued, aSupervisor, "billing"))
	w := command(t, d, orchestrator.CommandOpen).Waiting
	same(t, "place", since, w.Since)
	same(t, "queue", "billing", string(w.Queue))
	same(t, "time to overflow", s.now.Add(2*time.Minute), s.c.Deadline)
	same(t, "excluded", []orchestrator.AgentID{"anna"}, w.Exclude)
	invalid(t, s, orchestrator.Event{Type: offer, Actor: aDesk("house")}, "agent",
		"is missing: an offer rings at one person")
	s.take(vendorSays(s, offer, "ben"))
	invalid(t, s, toQueue(requeued, aSupervisor, "odd"), "queue",
		`unknown queue "odd"; there is backup, billing, chat, general or line`)
	rejected(t, s, event(requeued, anAgent("carl")), orchestrator.CodeNotInControl,
		"requeued is for the person who serves, or a supervisor")
	d = s.take(event(requeued, aSupervisor))
	same(t, "excluded", []orchestrator.AgentID{"anna", "ben"}, s.c.Declined)
	same(t, "commands", []string{"house open", "shop handoff.queued"}, told(d))
	s.replay()
}

func TestOfSeveralWhoTakeAChatAtOnceTheFirstHasIt(t *testing.T) {
	first, second := anAgent("sue"), anAgent("tom")
	first.Role, second.Role = orchestrator.ActorSupervisor, orchestrator.ActorSupervisor
	take := func(actor orchestrator.Actor, epoch uint64) orchestrator.Event {
		ev := taking(actor)
		ev.Epoch = epoch
		return ev
	}
	for _, from := range []orchestrator.State{bot, queued, offered, agent, conference, transferring} {
		t.Run(string(from), func(t *testing.T) {
			s := bring(t, testFlow(t, fullPolicy), "web", from, "")
			seen := s.c.Epoch
			s.take(take(first, seen))
			same(t, "owner", "sue", string(s.c.Owner().ID))
			// Tom saw the chat before sue had it, or just after she took it.
			rejected(t, s, take(second, seen), orchestrator.CodeStateConflict, "sue serves the customer")
			rejected(t, s, take(second, s.c.Epoch), orchestrator.CodeStateConflict, "sue serves the customer")
			s.pass(justTaken - time.Millisecond)
			rejected(t, s, take(second, s.c.Epoch), orchestrator.CodeStateConflict, "sue serves the customer")
			s.pass(time.Millisecond)
			rejected(t, s, take(second, seen), orchestrator.CodeStateConflict, "sue serves the customer")
			s.take(take(second, s.c.Epoch))
			same(t, "owner", "tom", string(s.c.Owner().ID))
			s.replay()
		})
	}
}

func TestWhoTakesAChatAtAVersionTakesItFromWhoJustTookIt(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", queued, "")
	first := aSupervisor
	first.ID = "tom"
	s.take(taking(first))
	s.take(taking(aSupervisor)) // no epoch: the version was quoted
	same(t, "owner", aSupervisor.ID, string(s.c.Owner().ID))
	s.replay()
}

func TestSupervisorTakesAtOnceWhatAnAgentAccepted(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", agent, "")
	ev := taking(aSupervisor)
	ev.Epoch = s.c.Epoch
	s.take(ev)
	same(t, "owner", aSupervisor.ID, string(s.c.Owner().ID))
}
