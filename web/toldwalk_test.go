package web

import "handoff/orchestrator"

// Who acts in the walks.
var (
	toldBot      = orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"}
	toldCustomer = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1", Name: "Ann"}
	toldSue      = orchestrator.Actor{Role: orchestrator.ActorSupervisor, ID: "sue", Name: "Sue"}
	toldDesk     = orchestrator.Actor{Role: orchestrator.ActorDesk, ID: "house"}
	toldService  = orchestrator.Actor{Role: orchestrator.ActorSystem, ID: "dispatcher"}
)

// options are the events that may come next: each that belongs into the state, by who sends it, and some that come any time.
func (w *toldWalk) options() []orchestrator.Event {
	owner := orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(w.c.Owner().ID)}
	other := orchestrator.AgentID([]string{"anna", "ben", "cleo"}[w.rand.IntN(3)])
	colleague := orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(other)}
	about := func(on orchestrator.EventType, by orchestrator.Actor) orchestrator.Event {
		return orchestrator.Event{Type: on, Actor: by, Agent: &orchestrator.Agent{ID: other}, Reason: "because"}
	}
	byDesk := func(on orchestrator.EventType) orchestrator.Event {
		ev := about(on, toldDesk)
		ev.Desk = w.c.Desk
		return ev
	}
	says := func(by orchestrator.Actor) orchestrator.Event {
		return orchestrator.Event{Type: orchestrator.EventMessage, Actor: by, Message: &orchestrator.Message{ID: "m", Text: "<b>said & done</b>"}}
	}
	done := orchestrator.Event{Type: orchestrator.EventCompleted, Actor: owner, Disposition: "solved", Note: "paid", Tags: []string{"vip"}}
	closes := orchestrator.Event{Type: orchestrator.EventCompleted, Actor: toldSue}
	left := orchestrator.Event{Type: orchestrator.EventCustomerLeft, Actor: toldCustomer}
	dead := orchestrator.Event{Type: orchestrator.EventCustomerDead, Actor: toldService, Fetched: w.now}
	asks := w.asks()
	numbered, late := says(toldBot), asks
	numbered.BotSequence, late.BotSequence = w.c.BotSequence+1, 1
	all := []orchestrator.Event{says(toldCustomer), numbered, late, says(owner)}
	if w.rand.IntN(3) == 0 || w.c.State == orchestrator.StateConference || w.c.State == orchestrator.StateTransferring {
		all = append(all, left, dead)
	}
	if w.c.State == orchestrator.StateTransferring {
		all = append(all, left, left, dead, dead)
	}
	lost := orchestrator.Event{Type: orchestrator.EventMessageFailed, Actor: toldService, Message: &orchestrator.Message{ID: "m"}, Reason: "down", Command: "cv_00_TOLD.1.0"}
	lostThere := lost
	lostThere.Desk = "house"
	switch state := w.c.State; {
	case state == orchestrator.StateBot:
		botEnds := closes
		botEnds.Actor = toldBot
		failed := orchestrator.Event{Type: orchestrator.EventBotFailed, Actor: toldService, Reason: "down", Command: "cv_00_TOLD.1.0",
			Word: 1, Looked: asks.Looked}
		return append(all, asks, asks, asks, asks, asks, asks, asks, asks, botEnds, closes, failed, about(orchestrator.EventAccepted, toldSue))
	case state == orchestrator.StateQueued || state == orchestrator.StateOffered:
		place := byDesk(orchestrator.EventPositionChanged)
		place.Position = 1 + w.rand.IntN(3)
		ring := byDesk(orchestrator.EventOffered)
		return append(all, asks, place, ring, ring, ring, about(orchestrator.EventAccepted, colleague), about(orchestrator.EventAccepted, toldSue),
			byDesk(orchestrator.EventAccepted), byDesk(orchestrator.EventAccepted), byDesk(orchestrator.EventAccepted),
			about(orchestrator.EventDeclined, colleague), byDesk(orchestrator.EventDeskFailed), about(orchestrator.EventHandoffCancelled, toldBot),
			about(orchestrator.EventReturnedToBot, toldSue), about(orchestrator.EventAbandoned, toldSue), about(orchestrator.EventRequeued, toldSue),
			about(orchestrator.EventAgentGone, toldDesk), closes, lostThere)
	case state.Served():
		toQueue, again := about(orchestrator.EventTransferredToQueue, owner), about(orchestrator.EventRequeued, toldSue)
		toQueue.Target = &orchestrator.Target{Queue: "billing"}
		again.Target = &orchestrator.Target{Queue: "general"}
		note := orchestrator.Event{Type: orchestrator.EventNote, Actor: owner, Note: "for the team"}
		botEnds := closes
		botEnds.Actor = toldBot
		return append(all, asks, lost, lostThere, toQueue, again, note, byDesk(orchestrator.EventRepaired), done, done, closes, botEnds, about(orchestrator.EventInvited, owner),
			byDesk(orchestrator.EventAgentJoined), byDesk(orchestrator.EventAgentJoined), byDesk(orchestrator.EventAgentJoined),
			about(orchestrator.EventAgentLeft, colleague), about(orchestrator.EventTransferRequested, owner),
			about(orchestrator.EventTransferRequested, owner), about(orchestrator.EventTransferRequested, owner), about(orchestrator.EventTransferAccepted, colleague),
			about(orchestrator.EventTransferFailed, owner), about(orchestrator.EventChatEnded, owner), about(orchestrator.EventReturnedToBot, owner),
			about(orchestrator.EventAgentGone, toldDesk), about(orchestrator.EventAccepted, toldSue), byDesk(orchestrator.EventDeskFailed))
	default: // after-call work
		return append(all, asks, done, closes, byDesk(orchestrator.EventCustomerReturned), about(orchestrator.EventResumed, toldService),
			about(orchestrator.EventAgentGone, toldDesk), about(orchestrator.EventReopened, owner))
	}
}

// asks is a request for a person, under any on_end, while people are there, or nobody is, or nobody knows.
func (w *toldWalk) asks() orchestrator.Event {
	ev := orchestrator.Event{
		Type: orchestrator.EventHandoffRequested, Actor: toldBot, Reply: []byte(`{"thread":"<t&7>"}`),
		OnEnd:   []string{"", orchestrator.OnEndEnd, orchestrator.OnEndReturn, orchestrator.OnEndReturn}[w.rand.IntN(4)],
		Request: &orchestrator.Request{Reason: "user_requested", Summary: "needs a person", Priority: 5},
	}
	switch w.rand.IntN(8) {
	case 0:
		ev.Looked = &orchestrator.Looked{Known: true, Waiting: 2}
	case 1, 2, 3, 4:
		ev.Looked = &orchestrator.Looked{Known: true, Online: 2, Ready: 1, Waiting: 3, WaitMS: 90_001}
	}
	return ev
}
