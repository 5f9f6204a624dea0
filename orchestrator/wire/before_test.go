package wire

import (
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// stored is an entry as it comes back from the store.
func stored(t *testing.T, e orchestrator.Entry) *orchestrator.Entry {
	t.Helper()
	b, err := cbor.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	decoder, err := cbor.DecOptions{IntDec: cbor.IntDecConvertSignedOrFail}.DecMode()
	if err != nil {
		t.Fatal(err)
	}
	var again orchestrator.Entry
	if err := decoder.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	again.Sequence = 9
	return &again
}

// TestStepsOfTheVersionBeforeAreStillTold: the entries have no notice, and their grounds are as that version wrote them.
func TestStepsOfTheVersionBeforeAreStillTold(t *testing.T) {
	anna := &orchestrator.Agent{ID: "anna", Name: "Anna"}
	agent := orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"}
	saw := func(pairs map[string]any) *orchestrator.Why { return &orchestrator.Why{Rule: "r", LookedAt: pairs} }
	for _, c := range []struct {
		entry      orchestrator.Entry
		kind, data string
	}{
		{
			orchestrator.Entry{From: "bot", To: "queued", Why: saw(map[string]any{"queue": "general", "to_queue": "billing"}), Event: orchestrator.Event{
				Type: orchestrator.EventHandoffRequested, Looked: &orchestrator.Looked{Known: true, Online: 1, Waiting: 2, WaitMS: 60_001},
			}},
			Queued, `{"queue":"billing","position":3,"estimated_wait_seconds":61,"from_state":"bot","to_state":"queued"}`,
		},
		{
			orchestrator.Entry{From: "queued", To: "agent", Event: orchestrator.Event{Type: orchestrator.EventAccepted, Agent: anna}},
			Accepted, `{"agent":{"id":"anna","name":"Anna"},"from_state":"queued","to_state":"agent"}`,
		},
		{
			orchestrator.Entry{From: "transferring", To: "agent", Why: saw(map[string]any{"from": "anna", "to": "ben"}), Event: orchestrator.Event{
				Type: orchestrator.EventTransferAccepted, Agent: &orchestrator.Agent{ID: "ben", Name: "Ben"},
			}},
			Transferred, `{"agent":{"id":"ben","name":"Ben"},"from":{"agent":"anna"},"to":{"agent":"ben"},"from_state":"transferring","to_state":"agent"}`,
		},
		{
			orchestrator.Entry{From: "agent", To: "wrap_up", Why: saw(map[string]any{"on_end": "return_to_bot"}), Event: orchestrator.Event{
				Type: orchestrator.EventChatEnded, Actor: agent,
			}},
			Ended, `{"ended_by":"agent","resume":"bot","from_state":"agent","to_state":"wrap_up"}`,
		},
		{
			orchestrator.Entry{From: "wrap_up", To: "completed", Why: saw(map[string]any{"queue_ms": 1, "talk_ms": 2000, "wrap_up_ms": 3001}),
				Event: orchestrator.Event{Type: orchestrator.EventCompleted, Disposition: "solved", Note: "paid"}},
			Completed, `{"disposition":"solved","notes":["paid"],"durations":{"queue":1,"talk":2,"wrapup":4},"from_state":"wrap_up","to_state":"completed"}`,
		},
		{
			orchestrator.Entry{At: 1_000_000, Derived: true, Why: saw(map[string]any{"opens": orchestrator.Moment(1_090_000).String()}), Event: orchestrator.Event{
				Type: orchestrator.EventHandoffRefused, Reason: "outside_hours", Target: &orchestrator.Target{Desk: "house", Queue: "general"},
			}},
			Failed, `{"queue":"general","to":{"desk":"house","queue":"general"},"reason":"outside_hours","retryable":true,"retry_after_seconds":90}`,
		},
		{
			orchestrator.Entry{Why: saw(map[string]any{"controller": "agent"}), Event: orchestrator.Event{
				Type: orchestrator.EventMessageRefused, Actor: orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"}, Reason: "anna controls",
				Message: &orchestrator.Message{ID: "m-1"},
			}},
			MessageRefused, `{"author":{"role":"bot","id":"shop"},"message_id":"m-1","controller":"agent","reason":"anna controls"}`,
		},
		{
			orchestrator.Entry{From: "agent", To: "bot", Derived: true, Event: orchestrator.Event{Type: orchestrator.EventReturnedToBot, Reason: "queue_timeout"}},
			Failed, `{"reason":"queue_timeout","retryable":false,"from_state":"agent","to_state":"bot"}`,
		},
		{
			orchestrator.Entry{From: "bot", To: "expired", Event: orchestrator.Event{Type: orchestrator.EventIdleTimedOut, Actor: orchestrator.Actor{Role: orchestrator.ActorSystem}}},
			ConversationEnded, `{"ended_by":"system","from_state":"bot","to_state":"expired"}`,
		},
		{
			orchestrator.Entry{From: "agent", To: "queued", Event: orchestrator.Event{Type: orchestrator.EventRequeued, Reason: "why not"}},
			"conversation.requeued", `{"reason":"why not","from_state":"agent","to_state":"queued"}`,
		},
	} {
		e := stored(t, c.entry)
		data, err := Append(nil, StepData(e))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.kind+" "+c.data, Type(e)+" "+string(data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.Event.Type, diff)
		}
	}
	ended := stored(t, orchestrator.Entry{From: "agent", To: "bot", Handoff: 2, Event: orchestrator.Event{Type: orchestrator.EventReturnedToBot, Actor: agent}})
	if n := NoticeOf(ended); n.HandbackFrom != 1 || n.HandbackUntil != 9 || n.HandbackHandoff != 2 {
		t.Errorf("what came back is looked for in %+v", n)
	}
}

// TestAnEntryOfThisVersionIsNeverGuessedAt: without a notice it is told under its own name, whatever its event is.
func TestAnEntryOfThisVersionIsNeverGuessedAt(t *testing.T) {
	for on := range carriedBefore {
		if got := Type(&orchestrator.Entry{Form: orchestrator.FormNotice, Event: orchestrator.Event{Type: on}}); got != "conversation."+string(on) {
			t.Errorf("%s is told as %s", on, got)
		}
	}
	for on := range movedBefore {
		e := &orchestrator.Entry{Form: orchestrator.FormNotice, From: "bot", To: "queued", Event: orchestrator.Event{Type: on}}
		if got := Type(e); got != "conversation."+string(on) {
			t.Errorf("%s is told as %s", on, got)
		}
	}
}

// TestCommandsKeepTheIDUnderWhichTheyMayHaveBeenTold: a queued command of the version before goes on under its own id.
func TestCommandsKeepTheIDUnderWhichTheyMayHaveBeenTold(t *testing.T) {
	before := &orchestrator.Command{ID: "cv_2f_01JD.17.0", Type: orchestrator.CommandNotify, Conversation: "cv_2f_01JD", Sequence: 12}
	now := *before
	now.ByEntry = true
	got := []string{CommandID(before), HeldID(before, 5), CommandID(&now), HeldID(&now, 5), ID("cv_2f_01JD", 12)}
	want := []string{"cv_2f_01JD.17.0", "cv_2f_01JD.17.0.5", "evt_2f_01JD_12", "evt_2f_01JD_5", "evt_2f_01JD_12"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestEachNoticeOfTypingHasAnIDOfItsOwn also at the same moment.
func TestEachNoticeOfTypingHasAnIDOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, at := range []orchestrator.Moment{1_000, 1_001} {
		for _, who := range []orchestrator.Actor{
			{Role: orchestrator.ActorAgent, ID: "anna"}, {Role: orchestrator.ActorAgent, ID: "ben"}, {Role: orchestrator.ActorCustomer, ID: "anna"},
		} {
			for _, typing := range []bool{true, false} {
				id := CommandID(&orchestrator.Command{
					ID: "cv_2f_01JD.17.t0", Type: orchestrator.CommandTyping, Conversation: "cv_2f_01JD", At: at, Author: who, Typing: typing,
				})
				if seen[id] || id != TypingID("cv_2f_01JD", at, who, typing) {
					t.Errorf("%s has the id %s", who.ID, id)
				}
				seen[id] = true
			}
		}
	}
}
