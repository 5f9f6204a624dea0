package wording_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

func TestPeopleReadSummaryReasonAndAttributesInOneOrder(t *testing.T) {
	cmd := &orchestrator.Command{Note: " wants her money back\n", Reason: "refund"}
	record := &orchestrator.Conversation{Attributes: map[string]any{
		"plan": "gold", "orders": []int{1, 2}, "empty": "", "vip": true, "long": strings.Repeat("x", 3000),
	}}
	items := wording.About(cmd, record)
	want := "Summary: wants her money back\nReason: refund\nlong: " + strings.Repeat("x", wording.LongestValue-4) + wording.Mark +
		"\norders: [1,2]\nplan: gold\nvip: true"
	if diff := cmp.Diff(want, wording.Lines(items)); diff != "" {
		t.Errorf("what people read (-want +got):\n%s", diff)
	}
	if items := wording.About(&orchestrator.Command{}, nil); len(items) != 0 {
		t.Errorf("where nothing is known: %v", items)
	}
}

func TestOnlySoManyAttributesAreTold(t *testing.T) {
	record := &orchestrator.Conversation{Attributes: map[string]any{}}
	for i := range 100 {
		record.Attributes["a"+strconv.Itoa(100+i)] = i
	}
	if all := wording.Attributes(record); len(all) != wording.MaxAttributes || all[0].Name != "a100" {
		t.Errorf("%d attributes from %v on", len(all), all[0])
	}
}

func TestANameIsClippedByCharacters(t *testing.T) {
	for name, want := range map[string]string{"Ünal": "Ün", "Al": "Al", "": ""} {
		if have := wording.Clip(name, 2); have != want {
			t.Errorf("%q becomes %q, want %q", name, have, want)
		}
	}
}
