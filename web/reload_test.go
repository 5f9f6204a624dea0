package web

import (
	"slices"
	"testing"

	"handoff/orchestrator"
)

// reloads lets the server take a changed configuration.
func (r *rig) reloads(change func(next *Reloadable)) {
	r.t.Helper()
	next := r.server.present().Reloadable
	next.Users, next.Queues = slices.Clone(next.Users), slices.Clone(next.Queues)
	change(&next)
	if err := r.server.Reload(next); err != nil {
		r.t.Fatal(err)
	}
}

func TestUserWithAnotherRoleLosesTheRightsOfTheSession(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	id := r.handoff("c-1").text("id")
	sue.get("/v1/reaper").want(t, 200)
	stream := sue.listen("/v1/changes")
	r.reloads(func(next *Reloadable) { next.Users[3].Role, next.Users[3].Queues = RoleAgent, nil })
	sue.get("/v1/reaper").problem(t, 403, codeNotAllowed)
	sue.get("/v1/conversations/"+id).problem(t, 404, codeUnknownConv)
	r.clock.Advance(Heartbeat)
	for _, more := stream.next(); more; _, more = stream.next() {
	}
	if _, goesOn := <-stream.lines; goesOn {
		t.Error("the stream of all changes goes on")
	}
}

func TestUserWhoIsNotConfiguredAnyMoreHearsNothing(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	stream := anna.listen("/v1/conversations/" + id + "/events")
	r.reloads(func(next *Reloadable) { next.Users = next.Users[1:] })
	r.clock.Advance(Heartbeat)
	for _, more := stream.next(); more; _, more = stream.next() {
	}
	if _, goesOn := <-stream.lines; goesOn {
		t.Error("the stream goes on")
	}
}

func TestReloadThatIsWrongChangesNothing(t *testing.T) {
	r := newRig(t)
	anna := r.person("anna")
	for name, change := range map[string]func(next *Reloadable){
		"role":    func(next *Reloadable) { next.Users[0].Role = "chief" },
		"hash":    func(next *Reloadable) { next.Users[0].PasswordHash = "x" },
		"queues":  func(next *Reloadable) { next.Queues = append(next.Queues, next.Queues[0]) },
		"no flow": func(next *Reloadable) { next.Flows = map[string]orchestrator.Flow{} },
	} {
		next := r.server.present().Reloadable
		next.Users = slices.Clone(next.Users)
		change(&next)
		if err := r.server.Reload(next); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	anna.get("/v1/me/presence").want(t, 200)
}
