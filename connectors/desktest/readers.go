package desktest

import (
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// readers: whoever reads chats on a timer, and whoever opens one or hands it over, do not disturb each other.
func readers() []Behaviour {
	return []Behaviour{{
		Name: "AChatThatIsReadWhileItIsOpenedIsNotForgotten", Check: readWhileOpened,
		When: func(m orchestrator.Manifest) bool { return !m.ReadsTimeline },
	}}
}

// readWhileOpened: behind each thing that the command for the chat keeps, the desk goes through its chats.
func readWhileOpened(t TB, p *Play) {
	if p.Memory == nil {
		return // nothing is kept that could be read half-way
	}
	enough := p.letTimePass()
	p.Memory.slowly(true)
	p.summarize("wants her money back") // which a desk may have to say first, and to note that it has
	p.begin(t, "c-1")
	p.Settle(t)
	p.Memory.slowly(false)
	enough()
	p.noFailures(t)
	if !p.can(ItemAccepts) {
		if chat := p.Script.Chat("c-1"); chat.State != simkit.ChatWaiting && chat.State != simkit.ChatRinging {
			t.Errorf("at the desk it is in state %q, want it waiting", chat.State)
		}
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
		return
	}
	who := p.serve(t, "c-1", p.People[0])
	if p.Seat == SeatCustomer {
		p.theySay(t, "c-1", who, "good morning")
		p.heard(t, "c-1", p.they(), []string{"good morning"})
	}
}
