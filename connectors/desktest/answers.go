package desktest

import (
	"fmt"
	"net/http"
	"slices"

	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// answers: an answer counts for what it says, and each call of a command may be answered with something else.
func answers() []Behaviour {
	relays := func(m orchestrator.Manifest) bool { return !m.ReadsTimeline }
	behaviours := []Behaviour{{
		Name: "AWordInAChatThatHasJustEndedIsNotDelivered", Seat: SeatCustomer, Needs: []Item{ItemAgentLeaves, ItemChat}, When: relays,
		Check: wordAfterTheEnd,
	}}
	for _, o := range operations {
		relays := func(m orchestrator.Manifest) bool { return !m.ReadsTimeline && (o.when == nil || o.when(m)) }
		behaviours = append(behaviours,
			Behaviour{
				Name: "APageInPlaceOfAnAnswerIsNoSuccess/" + o.name, Seat: o.seat, Needs: []Item{ItemRefuseOne}, When: relays,
				Check: func(t TB, p *Play) { p.pageForAnswer(t, o) },
			},
			Behaviour{
				Name: "ARefusalOfOneCallIsReadAndEndsNothingElse/" + o.name, Seat: o.seat, Needs: []Item{ItemRefuseOne}, When: relays,
				Check: func(t TB, p *Play) { p.eachRefusal(t, o) },
			})
	}
	return behaviours
}

// wordAfterTheEnd: the person leaves, and the customer writes before we hear of it. Where that wakes the chat up again people read
// the word; everywhere else nobody does, and that is said.
func wordAfterTheEnd(t TB, p *Play) {
	who := p.ready(t, "c-1")
	cmd := p.word("c-1", "one more thing")
	p.Script.AgentLeaves(t, "c-1", who)
	err := p.sendCommand(cmd)
	over := func() bool {
		state := p.Script.Chat("c-1").State
		return state == simkit.ChatEnded || state == simkit.ChatWrapUp
	}
	if err == nil && over() {
		t.Errorf("a word that nobody reads counts as delivered")
	} else if outcome := orchestrator.OutcomeOf(err); err != nil && outcome != orchestrator.OutcomePermanent {
		t.Errorf("a word in a chat that is over: outcome %s, want permanent (%v)", outcome, err)
	}
}

// operation is one kind of command with what it does at the desk.
type operation struct {
	name, seat string
	of         orchestrator.CommandType
	when       func(m orchestrator.Manifest) bool // nil: always
	// bring lets a conversation come so far that the command can be given.
	bring func(t TB, p *Play, id orchestrator.ConversationID)
	// done fails the test unless the command has had its effect, once.
	done func(t TB, p *Play, id orchestrator.ConversationID)
}

const theWord = "did you get this?"

var operations = []operation{
	{
		name: "send", of: orchestrator.CommandSend,
		bring: func(t TB, p *Play, id orchestrator.ConversationID) { p.ready(t, id) },
		done: func(t TB, p *Play, id orchestrator.ConversationID) {
			if have := p.seen(id); !slices.Equal(have, []string{theWord}) {
				t.Errorf("%s: they saw %v, want the word once", id, have)
			}
		},
	},
	{
		name: "open", seat: SeatAgent, of: orchestrator.CommandOpen,
		bring: func(t TB, p *Play, id orchestrator.ConversationID) { p.arrive(t, id) },
		done: func(t TB, p *Play, id orchestrator.ConversationID) {
			if chat := p.Script.Chat(id); !withPeople(chat) {
				t.Errorf("%s: at the desk it is in state %q, want it with people", id, chat.State)
			}
		},
	},
	{
		name: "take back", seat: SeatAgent, of: orchestrator.CommandTakeBack,
		when: func(m orchestrator.Manifest) bool { return m.TakeBack },
		bring: func(t TB, p *Play, id orchestrator.ConversationID) {
			p.arrive(t, id)
			p.handOver(t, id, "one moment")
		},
		done: func(t TB, p *Play, id orchestrator.ConversationID) {
			if chat := p.Script.Chat(id); chat.State != simkit.ChatWithBot {
				t.Errorf("%s: at the desk it is in state %q, want it with the bot", id, chat.State)
			}
		},
	},
	{
		name: "end", of: orchestrator.CommandEnd,
		bring: func(t TB, p *Play, id orchestrator.ConversationID) { p.ready(t, id) },
		done: func(t TB, p *Play, id orchestrator.ConversationID) {
			if chat := p.Script.Chat(id); chat.State != simkit.ChatEnded && chat.State != simkit.ChatWrapUp {
				t.Errorf("%s: at the desk it is in state %q, want it ended", id, chat.State)
			}
		},
	},
}

// mostCalls is how many calls a command may take.
const mostCalls = 8

// eachCall gives the command again and again to fresh conversations, each time with another one of its calls answered with a
// status and a page, and lets the outcome be judged.
func (p *Play) eachCall(t TB, o operation, status int, judge func(id orchestrator.ConversationID, cmd *orchestrator.Command, err error)) {
	t.Helper()
	for skip := range mostCalls {
		id := orchestrator.ConversationID(fmt.Sprintf("%s-%d-%d", o.name, status, skip))
		o.bring(t, p, id)
		p.Settle(t)
		cmd := p.commandOf(o, id)
		met, end := p.Faults.RefuseOne(cmd.To.Ref, skip, status)
		err := p.sendCommand(cmd)
		end()
		if !met() {
			if skip == 0 {
				t.Errorf("%s makes no call that changes the chat", o.name)
			}
			if err != nil {
				t.Errorf("%s: %v", id, err)
			}
			o.done(t, p, id)
			return
		}
		judge(id, cmd, err)
	}
	t.Errorf("%s makes more than %d calls", o.name, mostCalls)
}

func (p *Play) commandOf(o operation, id orchestrator.ConversationID) *orchestrator.Command {
	if o.of == orchestrator.CommandSend {
		return p.word(id, theWord)
	}
	cmd := p.Command(id, o.of)
	if cmd.Waiting != nil {
		cmd.Waiting.Queue = p.Queue
	}
	return cmd
}

// pageForAnswer: what stands in front of a vendor answers 200 with a page of its own, and the vendor does nothing. The command is
// not done, and is repeated.
func (p *Play) pageForAnswer(t TB, o operation) {
	p.eachCall(t, o, http.StatusOK, func(id orchestrator.ConversationID, cmd *orchestrator.Command, err error) {
		if err == nil { // the page was for a call that whoever listens has made, or success is claimed without any
			o.done(t, p, id)
			return
		}
		if orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent {
			t.Errorf("%s: a page in place of an answer is a refusal for good: %v", id, err)
		}
		cmd.Attempt, cmd.Unsure = cmd.Attempt+1, true
		if err := p.sendCommand(cmd); err != nil {
			t.Errorf("%s: repeating it: %v", id, err)
		}
		o.done(t, p, id)
	})
}

// refusals are the statuses with which vendors refuse one call. 401 is about the session.
var refusals = []int{
	http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusGone,
	http.StatusUnprocessableEntity,
}

// eachRefusal: the vendor refuses one call about one chat. That is no "maybe", the command does not go on for ever, and the
// session and everybody else's chats go on.
func (p *Play) eachRefusal(t TB, o operation) {
	p.ready(t, "bystander")
	for n, status := range refusals {
		p.eachCall(t, o, status, func(id orchestrator.ConversationID, _ *orchestrator.Command, err error) {
			if err != nil && orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown {
				t.Errorf("%s: a refusal leaves open whether it was done: %v", id, err)
			}
		})
		if err := p.send("bystander", fmt.Sprint(n)); err != nil {
			t.Errorf("after %d for another chat: send: %v", status, err)
		}
	}
	if have := p.seen("bystander"); len(have) != len(refusals) {
		t.Errorf("the other chat saw %v, want %d words", have, len(refusals))
	}
	if reporter, ok := p.Desk.(orchestrator.HealthReporter); ok && p.Desk.Manifest().OneSession {
		if n := reporter.Health().Session.Logins; n != 1 {
			t.Errorf("logged in %d times: a refusal about one chat is not one of the session", n)
		}
	}
}
