package desktest

import (
	"errors"

	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// customersName is that of everybody who comes to a desk's own channel.
const customersName = "Ann"

// StageScript plays a subject's people and customers on the stage of its simulator. Handle answers the vendor's handle of a
// conversation, as Memory.Handle does; queue is the vendor's name of the subject's queue. A subject sets to nil, and declares
// missing, what its vendor has not or what cannot be seen from its seat.
func StageScript(stage simkit.Stage, handle func(orchestrator.ConversationID) string, queue string) Script {
	s := &staged{stage: stage, handle: handle, queue: queue}
	script := Script{
		Changes: s.changes,
		SignIn:  func(t TB, who orchestrator.Agent) { done(t, "sign in", stage.SetPresence(string(who.ID), true)) },
		SignOff: func(t TB, who orchestrator.Agent) { done(t, "sign off", stage.SetPresence(string(who.ID), false)) },
		AgentAccepts: func(t TB, id orchestrator.ConversationID, who orchestrator.Agent) {
			done(t, "accept", stage.Accept(handle(id), string(who.ID)))
		},
		AgentSays: func(t TB, id orchestrator.ConversationID, who orchestrator.Agent, text string) {
			done(t, "say", stage.Says(handle(id), string(who.ID), text))
		},
		AgentTypes: func(t TB, id orchestrator.ConversationID, who orchestrator.Agent, on bool) {
			done(t, "type", stage.Types(handle(id), string(who.ID), on))
		},
		AgentTransfers: s.transfers,
		AgentTransfersToQueue: func(t TB, id orchestrator.ConversationID, who orchestrator.Agent) {
			done(t, "transfer to the queue", stage.Transfer(handle(id), string(who.ID), simkit.Destination{Queue: queue}))
		},
		AgentRings: func(t TB, id orchestrator.ConversationID, who, colleague orchestrator.Agent) {
			done(t, "transfer", stage.Transfer(handle(id), string(who.ID), simkit.Destination{Agent: string(colleague.ID)}))
		},
		AgentDeclines: s.declines,
		AgentInvites:  s.invites,
		AgentLeaves: func(t TB, id orchestrator.ConversationID, who orchestrator.Agent) {
			done(t, "end", stage.End(handle(id), string(who.ID)))
		},
		AgentCompletes: func(t TB, id orchestrator.ConversationID, who orchestrator.Agent) {
			done(t, "complete", stage.Complete(handle(id), string(who.ID)))
		},
		CustomerBegins: func(t TB) {
			_, err := stage.Begin(simkit.Customer{Name: customersName}, queue)
			done(t, "begin", err)
		},
		CustomerSays: func(t TB, id orchestrator.ConversationID, text string) {
			done(t, "customer says", stage.CustomerSays(handle(id), text))
		},
		CustomerTypes: func(t TB, id orchestrator.ConversationID, on bool) {
			done(t, "customer types", stage.CustomerTypes(handle(id), on))
		},
		CustomerLeaves: func(t TB, id orchestrator.ConversationID) {
			done(t, "customer leaves", stage.CustomerLeaves(handle(id)))
		},
		Seen:           s.seen("customer"),
		SeenByCustomer: s.seen("bot"),
		SeenTyping:     func(id orchestrator.ConversationID) int { return s.chat(id).Typing },
		Chat:           s.chat,
		Open:           s.open,
	}
	if renames, ok := stage.(interface{ RenameCustomer(chat, name string) error }); ok {
		script.CustomerRenamed = func(t TB, id orchestrator.ConversationID, name string) {
			done(t, "rename the customer", renames.RenameCustomer(handle(id), name))
		}
	}
	if moves, ok := stage.(interface{ MoveChat(chat string) error }); ok {
		script.ChatMoves = func(t TB, id orchestrator.ConversationID) { done(t, "move the chat", moves.MoveChat(handle(id))) }
	}
	return script
}

// StageFaults switches a simulator's faults on for a subject.
func StageFaults(sim simkit.Simulator) Faults {
	f := sim.Switches()
	return Faults{
		Status: f.Status, LoseAnswer: f.LoseAnswer,
		Hang: func() func(TB) {
			f.Hang()
			return func(t TB) {
				t.Helper()
				Until(t, f, "the call hangs", func() bool { return f.Pending() == 0 })
			}
		},
		Duplicate: f.Duplicate, Reorder: f.Reorder, Unknown: sim.TellUnknown,
		KillSession: func(t TB, calls func()) {
			release := f.Hold()
			defer release()
			sim.LoseSessions()
			calls()
			// One may be that of whoever logs in again.
			Until(t, f, "calls come to the door", func() bool { return f.Held() > 1 })
		},
		Unheard:   func(do func()) { do() }, // a vendor that is polled tells nobody
		RefuseOne: f.RefuseOne, LoseOne: f.LoseOne,
		Refuse: func(chat string, status int) (func() int, func()) { return f.Refuse(chat, status, 0) },
		LosePoll: func() func() bool {
			f.LosePoll()
			return func() bool { return f.Pending() == 0 }
		},
		LoseSession: func(do func()) {
			release := f.Hold()
			defer release()
			sim.LoseSessions()
			do()
		},
	}
}

// staged is a stage with what a script needs beside it.
type staged struct {
	stage  simkit.Stage
	handle func(orchestrator.ConversationID) string
	queue  string
}

// done fails the test when somebody at the desk could not do something.
func done(t TB, what string, err error) {
	t.Helper()
	switch {
	case errors.Is(err, simkit.ErrNoSuchThing):
		t.Fatalf("%s: the vendor has no such thing; it is to be declared missing", what)
	case err != nil:
		t.Fatalf("%s: %v", what, err)
	}
}

func (s *staged) transfers(t TB, id orchestrator.ConversationID, who, to orchestrator.Agent) {
	t.Helper()
	chat := s.handle(id)
	done(t, "transfer", s.stage.Transfer(chat, string(who.ID), simkit.Destination{Agent: string(to.ID)}))
	done(t, "accept the transfer", s.stage.Accept(chat, string(to.ID)))
}

func (s *staged) declines(t TB, id orchestrator.ConversationID, who, colleague orchestrator.Agent) {
	t.Helper()
	chat := s.handle(id)
	done(t, "transfer", s.stage.Transfer(chat, string(who.ID), simkit.Destination{Agent: string(colleague.ID)}))
	done(t, "decline the transfer", s.stage.Decline(chat, string(colleague.ID)))
}

func (s *staged) invites(t TB, id orchestrator.ConversationID, who, colleague orchestrator.Agent) func() {
	t.Helper()
	chat := s.handle(id)
	done(t, "invite", s.stage.Invite(chat, string(who.ID), string(colleague.ID)))
	done(t, "accept the invitation", s.stage.Accept(chat, string(colleague.ID)))
	return func() { done(t, "leave", s.stage.Leave(chat, string(colleague.ID))) }
}

// chat answers how a chat stands; the zero value if the vendor does not know it.
func (s *staged) chat(id orchestrator.ConversationID) simkit.Chat {
	ref := s.handle(id)
	for _, c := range s.stage.Chats() {
		if ref != "" && c.ID == ref {
			return c
		}
	}
	return simkit.Chat{}
}

// open counts the chats that we opened and that are not over.
func (s *staged) open() (n int) {
	for _, c := range s.stage.Chats() {
		if c.ByUs && c.State != simkit.ChatEnded && c.State != simkit.ChatWrapUp {
			n++
		}
	}
	return n
}

// seen answers the words of one role that are no secret from the customer.
func (s *staged) seen(role string) func(orchestrator.ConversationID) []string {
	return func(id orchestrator.ConversationID) []string {
		var texts []string
		for _, w := range s.chat(id).Words {
			if w.Role == role && !w.Hidden {
				texts = append(texts, w.Text)
			}
		}
		return texts
	}
}

// changes is closed when something changes on the stage; nil where the stage does not tell.
func (s *staged) changes() <-chan struct{} {
	told, ok := s.stage.(interface{ Switches() *simkit.Faults })
	if !ok {
		return nil
	}
	_, changed := told.Switches().Watch()
	return changed
}
