package web

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// waitsInLine is a customer on the web for whom a person was asked.
func (r *rig) waitsInLine() (id string, customer *caller) {
	r.t.Helper()
	id, customer, a := r.begin()
	r.handoff(a.text("conversation_id"))
	return id, customer
}

// told is the data of the next handoff.waiting.
func (s *sse) told(t *testing.T) map[string]any {
	t.Helper()
	e, ok := s.until(wire.Waiting)
	if !ok {
		t.Fatal("the stream ended")
	}
	if e.id != "" || e.data["sequence"] != nil || e.data["id"] != nil {
		t.Errorf("it has a place in the timeline: %+v", e)
	}
	data, _ := e.data["data"].(map[string]any)
	return data
}

func TestCustomerHearsThatItRingsAndThatWhoItRangAtWentAway(t *testing.T) {
	r := newRig(t)
	anna := r.online("anna")
	id, ann := r.waitsInLine()
	r.reach(id, orchestrator.StateOffered)
	hers := ann.listen("/v1/conversations/" + id + "/events")
	rings := map[string]any{"queue": "general", "to_state": "offered"}
	if diff := cmp.Diff(rings, hers.told(t)); diff != "" {
		t.Errorf("as the stream begins (-want +got):\n%s", diff)
	}
	anna.put("/v1/me/presence", map[string]any{"state": "away"}).want(t, 200)
	if got := hers.told(t); got["to_state"] != "queued" || got["queue"] != "general" {
		t.Errorf("after anna went away while it rang she is told %v", got)
	}
	anna.act(id, "accept").want(t, 200)
	if _, ok := hers.until(wire.Accepted); !ok {
		t.Error("she is not told who serves her")
	}
}

// keepsAnnaBusy lets a chat ring at anna, the only one who is there, and take her only seat.
func (r *rig) keepsAnnaBusy() {
	r.t.Helper()
	r.person("anna").put("/v1/me/presence", map[string]any{"state": "online", "capacity": 1}).want(r.t, 200)
	rings, _ := r.waitsInLine()
	r.reach(rings, orchestrator.StateOffered)
}

// stands waits until a conversation is at a place in its line.
func (r *rig) stands(id string, place int) {
	r.t.Helper()
	giveUp := time.After(guard)
	for {
		position, _, err := r.desk.Position(r.t.Context(), conversationID(id))
		if err == nil && position == place {
			return
		}
		select {
		case <-giveUp:
			r.t.Fatalf("conversation %s is at place %d (%v), never %d", id, position, err, place)
		default:
		}
	}
}

func TestCustomerHearsOfHerPlaceWhenItChanges(t *testing.T) {
	r := newRig(t)
	r.keepsAnnaBusy()
	next, bob := r.waitsInLine()
	r.stands(next, 1)
	r.clock.Advance(time.Millisecond) // the line is by who came first
	id, ann := r.waitsInLine()
	r.stands(id, 2)
	hers := ann.listen("/v1/conversations/" + id + "/events")
	if got := hers.told(t); got["position"] != 2.0 || got["to_state"] != "queued" {
		t.Errorf("as the stream begins she is told %v", got)
	}
	bob.act(next, "end").want(t, 200)
	r.stands(id, 1)
	r.clock.Advance(Heartbeat) // the stream looks with each beat, whatever the desk announces
	if got := hers.told(t); got["position"] != 1.0 {
		t.Errorf("once she is the next she is told %v", got)
	}
}

func TestPollIsAnsweredWhenTheWaitGoesOnOtherwise(t *testing.T) {
	r := newRig(t)
	r.keepsAnnaBusy()
	id, ann := r.waitsInLine()
	r.stands(id, 1)
	next := int(ann.get("/v1/conversations/"+id+"/events").want(t, 200).number("next"))
	got := make(chan *answer, 1)
	go func() { got <- ann.get(fmt.Sprintf("/v1/conversations/%s/events?wait=25&after=%d", id, next)) }()
	if !r.clock.armed(MaxWait, 1) {
		t.Fatal("the poll does not wait")
	}
	r.online("ben")
	a := (<-got).want(t, 200)
	if a.text("events", 0, "type") != wire.Waiting || a.text("events", 0, "data", "to_state") != "offered" {
		t.Errorf("the poll answers %s", a.body)
	}
}

func TestWaitIsToldToItsCustomerOnly(t *testing.T) {
	r := newRig(t)
	anna := r.online("anna")
	id, _ := r.waitsInLine()
	r.reach(id, orchestrator.StateOffered)
	others := map[string]*caller{"the bot": r.bot(), "a supervisor": r.person("sue")}
	streams := map[string]*sse{}
	for name, c := range others {
		streams[name] = c.listen("/v1/conversations/" + id + "/events")
	}
	anna.act(id, "accept").want(t, 200)
	for name, stream := range streams {
		for {
			e, ok := stream.next()
			if !ok {
				t.Fatalf("the stream of %s ended", name)
			}
			if e.data["type"] == wire.Waiting {
				t.Errorf("%s is told %v", name, e.data)
			}
			if e.data["type"] == wire.Accepted {
				break
			}
		}
	}
}
