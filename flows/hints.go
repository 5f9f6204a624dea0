package flows

import (
	"slices"
	"strings"

	"handoff/orchestrator"
)

// hints answers a request without the wishes that nobody can fulfil: a person whom nobody knows, skills that nobody has. A
// hint never costs the customer the handoff; what was left out is noted. Who answers at another desk, and what they can do, is
// that desk's business.
func (f *Flow) hints(r *orchestrator.Request, desk orchestrator.ConnectorName) (*orchestrator.Request, looked) {
	if r == nil || !f.world.Desks[desk].ReadsTimeline {
		return r, nil
	}
	dropped := looked{}
	kept := *r
	if r.Agent != "" && !f.knows(r.Agent, desk) {
		kept.Agent, dropped["unknown_agent"] = "", string(r.Agent)
	}
	if strange := f.strangeSkills(r.Skills); len(strange) > 0 {
		kept.Skills = slices.DeleteFunc(slices.Clone(r.Skills), func(s string) bool { return slices.Contains(strange, s) })
		dropped["unknown_skills"] = strings.Join(strange, ", ")
	}
	if len(dropped) == 0 {
		return r, nil
	}
	return &kept, dropped
}

// strangeSkills are those that nobody is configured with.
func (f *Flow) strangeSkills(skills []string) []string {
	if f.world.Skills == nil {
		return nil
	}
	var strange []string
	for _, skill := range skills {
		if !slices.Contains(f.world.Skills, skill) {
			strange = append(strange, skill)
		}
	}
	return strange
}

// knows reports whether a person can be asked for by name at a desk.
func (f *Flow) knows(id orchestrator.AgentID, desk orchestrator.ConnectorName) bool {
	_, known := f.world.Agents[id]
	return known || !f.world.Desks[desk].ReadsTimeline
}
