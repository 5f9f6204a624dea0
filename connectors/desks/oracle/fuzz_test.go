package oracle

import (
	"testing"
	"unicode/utf8"

	"handoff/connectors/desktest"
	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

// checkNotes: whatever comes, what is read of it is bounded and can be told apart.
func checkNotes(t *testing.T, notes []note) {
	t.Helper()
	if len(notes) > maxNotes+1 {
		t.Errorf("%d messages were read", len(notes))
	}
	for i := range notes {
		n := &notes[i]
		if n.id(true) == "" || n.id(false) == "" {
			t.Errorf("%s has no id", n.name)
		}
		for what, s := range map[string]string{
			"id": n.id(true), "engagement": n.engagement(), "client": n.client(), "pool": n.pool(), "reason": n.because(),
		} {
			if len(s) > maxField || !utf8.ValidString(s) {
				t.Errorf("the %s of %s is %d bytes of %q", what, n.name, len(s), s)
			}
		}
		if !utf8.ValidString(n.words()) {
			t.Errorf("the words of %s are not UTF-8", n.name)
		}
		if n.position() < -1<<40 || n.waitMS() < 0 {
			t.Errorf("%s waits %d ms", n.name, n.waitMS())
		}
		if n.kind == offered && (n.engagement() == "" || n.AssignmentType == "") {
			t.Errorf("%s is an offer of nothing", n.name)
		}
	}
}

func FuzzAgentMessagesAreReadOrSkipped(f *testing.F) {
	readOrSkipped(f, "agent_*.json", decodeAgent)
}

func FuzzConsumerMessagesAreReadOrSkipped(f *testing.F) {
	readOrSkipped(f, "consumer_*.json", decodeConsumer)
}

func readOrSkipped(f *testing.F, shapes string, decode func([]byte) (notes []note, skipped int)) {
	f.Helper()
	for _, body := range desktest.Seeds(f, shapes) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		notes, skipped := decode(body)
		if skipped < 0 {
			t.Errorf("skipped %d", skipped)
		}
		checkNotes(t, notes)
	})
}

// FuzzAnswersAreUnderstood: an answer is a success or a failure of a known kind, and nothing of its text is in the error.
func FuzzAnswersAreUnderstood(f *testing.F) {
	for _, body := range desktest.Seeds(f, "*.json") {
		f.Add(body)
	}
	b := &base{Frame: &frame.Frame{Name: "b2c"}}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, status := range []int{200, 403, 404, 409, 500} {
			var failure error
			if status != 200 {
				failure = &orchestrator.ConnectorError{Status: status, Outcome: outbound.Vendors.Judge(status).Outcome}
			}
			_, err := b.understand("op", &outbound.Response{Status: status, Body: body}, failure)
			if status != 200 && err == nil {
				t.Errorf("status %d was taken for a success", status)
			}
			if code := frame.CodeOf(err); err != nil && code != "" && code != "undocumented" && code != "not-understood" {
				if _, known := outcomes[code]; !known {
					t.Errorf("the code %q is not ours to quote", code)
				}
			}
		}
	})
}
