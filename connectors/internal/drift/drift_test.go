package drift

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

func chat(state orchestrator.State, people ...orchestrator.Participant) *orchestrator.Conversation {
	return &orchestrator.Conversation{ID: "cv_00_X", Desk: "desk", State: state, Version: 5, Participants: people}
}

func as(role, id string) orchestrator.Participant {
	return orchestrator.Participant{Agent: orchestrator.Agent{ID: orchestrator.AgentID(id)}, Role: role}
}

func agents(ids ...string) (list []orchestrator.Agent) {
	for _, id := range ids {
		list = append(list, orchestrator.Agent{ID: orchestrator.AgentID(id)})
	}
	return list
}

// said is what was found, as "kind: event agent".
func said(found []Found) (lines []string) {
	for _, f := range found {
		line := f.Kind + ": " + string(f.Event.Type)
		if f.Event.Agent != nil {
			line += " " + string(f.Event.Agent.ID)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestEachDriftIsNamedAndRepairedByAFact(t *testing.T) {
	owner := as(orchestrator.RoleOwner, "anna")
	for _, row := range []struct {
		name  string
		c     *orchestrator.Conversation
		truth Truth
		want  []string
	}{
		{"agree while waiting", chat(orchestrator.StateQueued), Truth{Stand: Waiting}, nil},
		{"agree while served", chat(orchestrator.StateAgent, owner), Truth{Stand: Served, Agents: agents("anna")}, nil},
		{"agree while served by nobody named", chat(orchestrator.StateAgent, owner), Truth{Stand: Served}, nil},
		{"agree with the bot", chat(orchestrator.StateBot), Truth{Stand: WithBot}, nil},
		{"agree after the end", chat(orchestrator.StateCompleted), Truth{Stand: Unknown}, nil},
		{"after-call work is not to be seen", chat(orchestrator.StateWrapUp, owner), Truth{Stand: Over}, nil},
		{"accepted", chat(orchestrator.StateQueued), Truth{Stand: Served, Agents: agents("anna", "ben")},
			[]string{"accepted_unheard: accepted anna", "joined_unheard: agent_joined ben"}},
		{"accepted by nobody named", chat(orchestrator.StateOffered), Truth{Stand: Served}, []string{"accepted_unheard: accepted desk"}},
		{"somebody else", chat(orchestrator.StateAgent, owner), Truth{Stand: Served, Agents: agents("ben")},
			[]string{"other_agent: repaired ben"}},
		{"a guest has it and the owner went", chat(orchestrator.StateConference, owner, as(orchestrator.RoleGuest, "ben")),
			Truth{Stand: Served, Agents: agents("ben")}, []string{"other_agent: repaired ben", "left_unheard: agent_left anna"}},
		{"a colleague came", chat(orchestrator.StateAgent, owner, as(orchestrator.RoleInvited, "ben")),
			Truth{Stand: Served, Agents: agents("anna", "ben")}, []string{"joined_unheard: agent_joined ben"}},
		{"the order of people says nothing", chat(orchestrator.StateConference, owner, as(orchestrator.RoleGuest, "ben")),
			Truth{Stand: Served, Agents: agents("ben", "anna")}, nil},
		{"a colleague went", chat(orchestrator.StateConference, owner, as(orchestrator.RoleGuest, "ben")),
			Truth{Stand: Served, Agents: agents("anna")}, []string{"left_unheard: agent_left ben"}},
		{"it waits again", chat(orchestrator.StateAgent, owner), Truth{Stand: Waiting}, []string{"requeued_unheard: requeued"}},
		{"the bot has it again", chat(orchestrator.StateQueued), Truth{Stand: WithBot}, []string{"back_at_bot: returned_to_bot"}},
		{"ended", chat(orchestrator.StateAgent, owner), Truth{Stand: Over}, []string{"ended_unheard: chat_ended"}},
		{"taken and ended", chat(orchestrator.StateQueued), Truth{Stand: Over, Agents: agents("anna")},
			[]string{"accepted_unheard: accepted anna", "ended_unheard: chat_ended"}},
		{"ended while waiting", chat(orchestrator.StateQueued), Truth{Stand: Over}, []string{"ended_unheard: desk_failed"}},
		{"customer out", chat(orchestrator.StateAgent, owner), Truth{Stand: Served, Agents: agents("anna"), CustomerGone: true},
			[]string{"customer_out_unheard: customer_left"}},
		{"lost", chat(orchestrator.StateAgent, owner), Truth{Stand: Unknown}, []string{"unknown_to_desk: desk_failed"}},
		{"lost with the bot", chat(orchestrator.StateBot), Truth{Stand: Unknown}, []string{"unknown_to_desk: customer_left"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, said(Compare(row.c, "desk", row.truth))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheSameDriftHasTheSameIDUntilSomethingChanges(t *testing.T) {
	c := chat(orchestrator.StateQueued)
	one, two := Compare(c, "desk", Truth{Stand: Served, Agents: agents("anna")}), Compare(c, "desk", Truth{Stand: Served, Agents: agents("anna")})
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("compared twice:\n%s", diff)
	}
	marked := Compare(c, "desk", Truth{Stand: Served, Agents: agents("anna"), Mark: "m9"})
	if one[0].Event.ID == marked[0].Event.ID || one[0].Event.Reason != Prefix+Accepted {
		t.Errorf("ids %q and %q, reason %q", one[0].Event.ID, marked[0].Event.ID, one[0].Event.Reason)
	}
}
