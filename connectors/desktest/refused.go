package desktest

import (
	"fmt"
	"net/http"
	"slices"

	"handoff/orchestrator"
)

// refused: everything that the vendor is asked about one chat it refuses, again and again.
func refused() []Behaviour {
	return []Behaviour{{
		Name: "AChatOfWhichEverythingIsRefusedCostsNoOther", Needs: []Item{ItemRefuse}, Check: oneChatRefused,
		When: func(m orchestrator.Manifest) bool { return !m.ReadsTimeline },
	}}
}

// oneChatRefused: the refused chat's word is no success and comes back in time; the others are heard and spoken to, new ones
// begin, and nobody logs in again.
func oneChatRefused(t TB, p *Play) {
	who := p.ready(t, "bystander")
	p.Settle(t)
	before := logins(p.Desk)
	var want []string
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict} {
		id := orchestrator.ConversationID(fmt.Sprint("refused ", status))
		p.ready(t, id)
		p.Settle(t)
		word := fmt.Sprint("after ", status)
		met, end := p.Faults.Refuse(p.Memory.Handle(id), status)
		if err := p.send(id, word); err == nil {
			t.Errorf("status %d: send claims success", status)
		}
		p.theySay(t, "bystander", who, word)
		want = append(want, word)
		p.heard(t, "bystander", p.they(), want)
		if err := p.send("bystander", word); err != nil {
			t.Errorf("status %d for another chat: send: %v", status, err)
		}
		if met() == 0 {
			t.Errorf("status %d: no call about the chat was refused", status)
		}
		end()
	}
	if have := p.seen("bystander"); !slices.Equal(have, want) {
		t.Errorf("in the other chat they saw %v, want %v", have, want)
	}
	if n := logins(p.Desk) - before; n != 0 {
		t.Errorf("it logged in %d times because of one chat", n)
	}
}
