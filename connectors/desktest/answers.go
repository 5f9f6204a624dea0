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
		Name: "AWordInAChatThatHasJustEndedIsNotDelivered", Needs: []Item{ItemChat}, When: relays, Check: wordAfterTheEnd,
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
			},
			Behaviour{
				Name: "ALostAnswerOfEachCallIsLookedAfter/" + o.name, Seat: o.seat, Needs: []Item{ItemLoseOne}, When: relays,
				Check: func(t TB, p *Play) { p.lostAnswers(t, o) },
			},
			Behaviour{
				Name: "ARefusalOfEveryCallEndsTheCommand/" + o.name, Seat: o.seat, Needs: []Item{ItemRefuse}, When: relays,
				Check: func(t TB, p *Play) { p.alwaysRefused(t, o) },
			})
	}
	return behaviours
}

// wordAfterTheEnd: the other side leaves, and ours writes before we hear of it. Where that wakes the chat up again the word is read;
// everywhere else nobody reads it, and that is said.
func wordAfterTheEnd(t TB, p *Play) {
	who := p.ready(t, "c-1")
	cmd := p.word("c-1", "one more thing")
	p.theyLeave(t, "c-1", who)
	over := func() bool {
		state := p.Script.Chat("c-1").State
		return state == simkit.ChatEnded || state == simkit.ChatWrapUp
	}
	// Both before and after: a chat that outlives the customer takes the word, and our own process may end that chat meanwhile.
	before := over()
	err := p.sendCommand(cmd)
	if err == nil && before && over() {
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

// open in the seat of the customer makes a chat, which has no name before. Calls that make one are the same to every vendor.
func openAsCustomer() operation {
	return operation{
		name: openingAChat, seat: SeatCustomer, of: orchestrator.CommandOpen,
		bring: func(_ TB, p *Play, id orchestrator.ConversationID) {
			p.prepare(id, orchestrator.Waiting{Queue: p.Queue})
		},
		done: func(t TB, p *Play, id orchestrator.ConversationID) {
			if chat := p.Script.Chat(id); !chat.ByUs || !withPeople(chat) {
				t.Errorf("%s: at the desk it is in state %q (opened by us: %t), want it waiting", id, chat.State, chat.ByUs)
			}
		},
	}
}

const openingAChat = "open a chat"

const theWord = "did you get this?"

var operations = []operation{
	openAsCustomer(),
	{
		name: "typing", of: orchestrator.CommandTyping, when: func(m orchestrator.Manifest) bool { return m.TypingOut },
		bring: func(t TB, p *Play, id orchestrator.ConversationID) { p.ready(t, id) },
		done: func(t TB, p *Play, id orchestrator.ConversationID) {
			if p.Script.SeenTyping(id) == 0 {
				t.Errorf("%s: they saw no typing", id)
			}
		},
	},
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
// status and a page, or, for the status 0, not answered, and lets the outcome be judged.
func (p *Play) eachCall(t TB, o operation, status int, judge func(id orchestrator.ConversationID, cmd *orchestrator.Command, err error)) {
	t.Helper()
	for skip := range mostCalls {
		id := orchestrator.ConversationID(fmt.Sprintf("%s-%d-%d", o.name, status, skip))
		o.bring(t, p, id)
		p.Settle(t)
		cmd := p.commandOf(o, id)
		met, end := p.interrupt(cmd, skip, status)
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

// interrupt lets a call of a command be refused, or for the status 0 its answer be lost.
func (p *Play) interrupt(cmd *orchestrator.Command, skip, status int) (met func() bool, end func()) {
	if status == 0 {
		return p.Faults.LoseOne(p.about(cmd), skip)
	}
	return p.Faults.RefuseOne(p.about(cmd), skip, status)
}

func (p *Play) commandOf(o operation, id orchestrator.ConversationID) *orchestrator.Command {
	if o.of == orchestrator.CommandSend {
		return p.word(id, theWord)
	}
	cmd := p.Command(id, o.of)
	if cmd.Waiting != nil {
		cmd.Waiting.Queue = p.Queue
	}
	cmd.Typing = o.of == orchestrator.CommandTyping
	return cmd
}

// about is the chat that a command's calls concern, as the vendor's switches name it.
func (p *Play) about(cmd *orchestrator.Command) string {
	if cmd.Type == orchestrator.CommandOpen && cmd.To.Ref == "" {
		return simkit.Opening
	}
	return cmd.To.Ref
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

// lostAnswers: the vendor has done what one call asked for, and its answer is lost. That is no refusal; repeated, the command has
// its effect once, and an open leaves one chat.
func (p *Play) lostAnswers(t TB, o operation) {
	opened := 0
	p.eachCall(t, o, 0, func(id orchestrator.ConversationID, cmd *orchestrator.Command, err error) {
		opened++
		if err != nil {
			if orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent {
				t.Errorf("%s: a lost answer is a refusal for good: %v", id, err)
			}
			cmd.Attempt, cmd.Unsure = cmd.Attempt+1, true
			if err := p.sendCommand(cmd); err != nil {
				t.Errorf("%s: repeating it: %v", id, err)
			}
		}
		o.done(t, p, id)
		if open := p.Script.Open(); o.of == orchestrator.CommandOpen && p.Seat == SeatCustomer && open > opened && p.OpensAgain == "" {
			t.Errorf("%s: %d chats are open at the vendor for %d conversations", id, open, opened)
		}
	})
}

// refusals are the statuses with which vendors refuse one call, and what stands in front of them. 401 is about the session; 408
// leaves open whether it was done.
var refusals = []int{
	http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
	http.StatusConflict, http.StatusGone, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge,
	http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
}

// eachRefusal: the vendor refuses one call about one chat. That is no "maybe", the command does not go on for ever, and the
// session and everybody else's chats go on.
func (p *Play) eachRefusal(t TB, o operation) {
	p.ready(t, "bystander")
	for n, status := range refusals {
		before := p.Script.Open()
		p.eachCall(t, o, status, func(id orchestrator.ConversationID, _ *orchestrator.Command, err error) {
			if err != nil && orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown {
				t.Errorf("%s: a refusal leaves open whether it was done: %v", id, err)
			}
			if o.name != openingAChat {
				return
			}
			if orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent && p.Script.Open() != before {
				t.Errorf("%s: a chat was opened that nobody will follow: %v", id, err)
			}
			before = p.Script.Open()
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

// alwaysRefused: the vendor refuses whatever is asked for one command, also what reads the chat. The command comes back before it is
// given up as unanswered, does not claim success, and everybody else's chats go on.
func (p *Play) alwaysRefused(t TB, o operation) {
	p.ready(t, "bystander")
	for n, status := range refusals {
		id := orchestrator.ConversationID(fmt.Sprintf("%s-%d", o.name, status))
		o.bring(t, p, id)
		p.Settle(t)
		cmd := p.commandOf(o, id)
		met, end := p.Faults.Refuse(p.about(cmd), status)
		err := p.sendCommand(cmd)
		calls := met()
		end()
		gone := o.of == orchestrator.CommandEnd || o.of == orchestrator.CommandTakeBack && status == http.StatusNotFound
		if err == nil && !gone { // a chat that the vendor does not know has ended, which it is told by itself
			t.Errorf("%s: it claims success", id)
		} else if err != nil && orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown {
			t.Errorf("%s: a refusal leaves open whether it was done: %v", id, err)
		}
		if calls == 0 { // whoever listens is refused as well
			t.Errorf("%s: no call was refused", id)
		}
		if err := p.send("bystander", fmt.Sprint(n)); err != nil {
			t.Errorf("after %d for another chat: send: %v", status, err)
		}
	}
}
