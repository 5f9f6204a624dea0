package flows

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// same fails with a difference.
func same[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// steps are the entries of a decision: "accepted queued→agent", or the event alone if it moved nothing.
func steps(d *orchestrator.Decision) []string {
	var all []string
	for _, e := range d.Entries {
		step := string(e.Event.Type)
		if e.Moved() {
			step += " " + string(e.From) + "→" + string(e.To)
		}
		if e.Event.Type == orchestrator.EventMessage && e.Derived {
			step = "says: " + e.Event.Message.Text
		}
		all = append(all, step)
	}
	return all
}

// told are the commands of a decision: "house open", "shop handoff.queued".
func told(d *orchestrator.Decision) []string {
	var all []string
	for _, c := range d.Commands {
		what := string(c.Type)
		if c.Notice != nil {
			what = c.Notice.Type
		}
		all = append(all, string(c.To.Connector)+" "+what)
	}
	return all
}

// command finds a decision's command by type.
func command(t *testing.T, d *orchestrator.Decision, what orchestrator.CommandType) orchestrator.Command {
	t.Helper()
	for _, c := range d.Commands {
		if c.Type == what {
			return c
		}
	}
	t.Fatalf("there is no %s among %v", what, told(d))
	return orchestrator.Command{}
}

// notice finds a decision's notice by type, but for the states, which checkNotices compares with those of its entry.
func notice(t *testing.T, d *orchestrator.Decision, what string) orchestrator.Notice {
	t.Helper()
	for _, c := range d.Commands {
		if c.Notice != nil && c.Notice.Type == what {
			n := *c.Notice
			n.FromState, n.ToState = "", ""
			return n
		}
	}
	t.Fatalf("there is no %s among %v", what, told(d))
	return orchestrator.Notice{}
}

// rejected tries an event that must be refused with a code and a detail.
func rejected(t *testing.T, s *scene, ev orchestrator.Event, code, detail string) *orchestrator.Rejection {
	t.Helper()
	was := s.c
	err := s.try(ev)
	var r *orchestrator.Rejection
	if !errors.As(err, &r) || r.Code != code || r.Detail != detail {
		t.Fatalf("%s in %s: got %v, want %s: %s", ev.Type, was.State, err, code, detail)
	}
	if s.c != was {
		t.Fatalf("%s was refused and changed the record", ev.Type)
	}
	return r
}

// invalid tries an event that must be refused because of a field.
func invalid(t *testing.T, s *scene, ev orchestrator.Event, field, detail string) {
	t.Helper()
	err := s.try(ev)
	var e *orchestrator.InputError
	if !errors.As(err, &e) || e.Status != 422 || len(e.Fields) != 1 {
		t.Fatalf("%s: got %v", ev.Type, err)
	}
	same(t, string(ev.Type), orchestrator.FieldError{Field: orchestrator.Field(field), Detail: detail}, e.Fields[0])
}

func event(on orchestrator.EventType, actor orchestrator.Actor) orchestrator.Event {
	return orchestrator.Event{Type: on, Actor: actor}
}

// about is an event about a person.
func about(on orchestrator.EventType, actor orchestrator.Actor, who string) orchestrator.Event {
	return orchestrator.Event{Type: on, Actor: actor, Agent: person(who)}
}

// toQueue is an event that names a queue.
func toQueue(on orchestrator.EventType, actor orchestrator.Actor, queue string) orchestrator.Event {
	return orchestrator.Event{Type: on, Actor: actor,
		Target: &orchestrator.Target{Queue: orchestrator.QueueName(queue)}}
}

// vendorSays is an event that the desk which has the conversation reports.
func vendorSays(s *scene, on orchestrator.EventType, who string) orchestrator.Event {
	ev := orchestrator.Event{Type: on, Actor: aDesk(string(s.c.Desk)), Desk: s.c.Desk}
	if who != "" {
		ev.Agent = person(who)
	}
	return ev
}
