package flows

import (
	"slices"
	"testing"

	"handoff/orchestrator"
)

func TestWishesThatNobodyCanFulfilAreDroppedAndNoted(t *testing.T) {
	flow := testFlow(t, fullPolicy)
	flow.world.Skills = []string{"refund", "german"}
	s := bring(t, flow, "bot", bot, "")
	ask := request("")
	ask.Request.Agent, ask.Request.Skills = "zoe", []string{"refund", "welsh", "latin"}
	d := s.take(ask)
	if r := d.Next.Request; r.Agent != "" || !slices.Equal(r.Skills, []string{"refund"}) || d.Next.Preferred != "" {
		t.Errorf("asked for %+v, preferred %q", r, d.Next.Preferred)
	}
	saw := d.Entries[0].Why.LookedAt
	if saw["unknown_agent"] != "zoe" || saw["unknown_skills"] != "welsh, latin" {
		t.Errorf("noted: %v", saw)
	}
	if given := d.Entries[0].Event.Request; given.Agent != "zoe" || len(given.Skills) != 3 {
		t.Errorf("the timeline has changed what was asked: %+v", given)
	}
}

func TestNobodyIsLookedForWithSkillsThatNobodyHas(t *testing.T) {
	flow := testFlow(t, fullPolicy)
	flow.world.Skills = []string{"refund"}
	s := bring(t, flow, "bot", bot, "")
	ask := request("")
	ask.Request.Skills = []string{"refund", "welsh"}
	here, _ := flow.Wants(s.c, &ask)
	if !slices.Equal(here.Skills, []string{"refund"}) {
		t.Errorf("looked for %v", here.Skills)
	}
	flow.world.Skills = nil
	if here, _ = flow.Wants(s.c, &ask); len(here.Skills) != 2 {
		t.Errorf("where no skills are known, looked for %v", here.Skills)
	}
}

func TestWhoAnswersAtAnotherDeskIsNotDropped(t *testing.T) {
	flow := testFlow(t, fullPolicy)
	flow.world.Skills = []string{}
	asked := &orchestrator.Request{Agent: "zoe", Skills: []string{"welsh"}}
	if kept, dropped := flow.hints(asked, "vendor"); kept != asked || dropped != nil {
		t.Errorf("kept %+v, dropped %v", kept, dropped)
	}
}
