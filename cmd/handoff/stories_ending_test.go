package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

func TestStoryWrapUp(t *testing.T) {
	inParts(t,
		part{"completed", nil, func(s *life) {
			anna := s.goesTo("wrap_up")
			anna.mayNot("complete", map[string]any{}, "validation")
			anna.mayNot("complete", map[string]any{"disposition": "bored"}, "validation")
			anna.mayNot("messages", map[string]any{"text": "by the way"}, orchestrator.CodeNotInControl)
			anna.does("complete", map[string]any{"disposition": "solved", "notes": "was easy", "tags": []string{"parcel"}})
			_, data := s.bot.isTold("handoff.completed")
			type outcome struct {
				Disposition string   `json:"disposition"`
				Notes       []string `json:"notes"`
				Tags        []string `json:"tags"`
			}
			var told outcome
			s.must(json.Unmarshal(data, &told), "reading handoff.completed")
			if diff := cmp.Diff(outcome{"solved", []string{"was easy"}, []string{"parcel"}}, told); diff != "" {
				s.t.Errorf("what the bot was told (-want +got):\n%s", diff)
			}
			s.ends(wasEnded.then(wasCompleted))
		}},
		part{"timed out", policy{"deadlines.wrap_up": "1s"}, func(s *life) {
			s.goesTo("wrap_up")
			s.ends(wasEnded.then(ending{
				state: "completed", because: "wrap_up_timed_out", steps: []string{"completed: deadlines.wrap_up"},
				told: []string{"handoff.completed", "conversation.ended"},
			}))
		}},
	)
}
