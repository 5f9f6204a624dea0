package orchestrator

import "testing"

func TestEveryDeadlineFiresOnAFullTimeline(t *testing.T) {
	for _, on := range []EventType{
		EventIdleTimedOut, EventIdleWarned, EventQueueTimedOut, EventOverflowed, EventOfferExpired, EventTransferFailed,
		EventWrapUpTimedOut, EventCustomerDead, EventAgentGone, EventDeskFailed,
	} {
		if !mayEndFullTimeline(on) {
			t.Errorf("%s is refused: the conversation would never end", on)
		}
	}
	if mayEndFullTimeline(EventMessage) {
		t.Error("words are taken beyond the limit")
	}
}
