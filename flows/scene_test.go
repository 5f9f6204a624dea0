package flows

import (
	"bytes"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"

	"handoff/orchestrator"
)

// tester is what scenes need of *testing.T and *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// scene plays one conversation: each event is decided on, checked against what must always hold, and stored as a
// store does.
type scene struct {
	t       tester
	flow    *Flow
	c       *orchestrator.Conversation
	now     orchestrator.Moment
	entries [][]byte // as stored
	last    *orchestrator.Decision
	events  int
	past    []snapshot
}

// snapshot is a record and what it looked like when it was decided: later decisions must not change it.
type snapshot struct {
	c     *orchestrator.Conversation
	bytes []byte
}

func newScene(t tester, f *Flow, channel string) *scene {
	s := &scene{t: t, flow: f, now: noon}
	s.c = f.Start("cv_00_TEST", &orchestrator.Event{Bot: "shop", External: "c-1", Channel: channel}, s.now)
	return s
}

// try decides on an event; an error leaves the scene as it was.
func (s *scene) try(ev orchestrator.Event) error {
	s.t.Helper()
	s.events++
	if ev.ID == "" {
		ev.ID = orchestrator.EventID(fmt.Sprintf("e%d", s.events))
	}
	ev.Conversation, ev.Bot, ev.External = s.c.ID, s.c.Bot, s.c.External
	if s.c.Version == 0 {
		ev.Channel, ev.Ref = s.c.Channel, s.c.ChannelRef
	}
	before, evBefore := encoded(s.t, s.c), encoded(s.t, ev)
	d, err := s.flow.Decide(s.c, &ev, s.now)
	if !bytes.Equal(before, encoded(s.t, s.c)) || !bytes.Equal(evBefore, encoded(s.t, ev)) {
		s.t.Fatalf("deciding on %s changed its input", ev.Type)
	}
	if err != nil {
		return err
	}
	s.last = d
	if !d.Stored() {
		return nil
	}
	checkDecision(s.t, s.flow, s.c, &ev, d, s.now)
	for i := range d.Entries {
		s.entries = append(s.entries, encoded(s.t, d.Entries[i]))
	}
	s.c = d.Next
	s.past = append(s.past, snapshot{s.c, encoded(s.t, s.c)})
	if d.Refusal != nil {
		return d.Refusal
	}
	return nil
}

// take decides on an event that must be taken.
func (s *scene) take(ev orchestrator.Event) *orchestrator.Decision {
	s.t.Helper()
	if err := s.try(ev); err != nil {
		s.t.Fatalf("%s in state %s: %v", ev.Type, s.c.State, err)
	}
	return s.last
}

// due lets time pass until the deadline, and takes the event of its rule.
func (s *scene) due() *orchestrator.Decision {
	s.t.Helper()
	s.now = max(s.now, s.c.Deadline)
	ev, due := s.flow.Due(s.c, s.now)
	if !due {
		s.t.Fatalf("nothing is due in state %s at %s", s.c.State, s.now)
	}
	return s.take(ev)
}

func (s *scene) pass(d time.Duration) { s.now = s.now.Add(d) }

// replay decides the stored timeline anew and compares.
func (s *scene) replay() {
	s.t.Helper()
	for _, p := range s.past {
		if !bytes.Equal(p.bytes, encoded(s.t, p.c)) {
			s.t.Fatalf("a later decision changed the record of version %d", p.c.Version)
		}
	}
	if len(s.entries) == 0 {
		return
	}
	stored := make([]orchestrator.Entry, len(s.entries))
	for i, raw := range s.entries {
		if err := cbor.Unmarshal(raw, &stored[i]); err != nil {
			s.t.Fatalf("reading entry %d: %v", i+1, err)
		}
		stored[i].Sequence = uint64(i + 1)
	}
	c, again, _, err := orchestrator.Replay(s.flow, s.c.ID, s.c.Bot, s.c.External, stored)
	if err != nil {
		s.t.Fatalf("%v", err)
	}
	if want, got := encoded(s.t, s.c), encoded(s.t, c); !bytes.Equal(want, got) {
		s.t.Fatalf("the replayed record differs:\n%+v\n%+v", s.c, c)
	}
	if len(again) != len(s.entries) {
		s.t.Fatalf("the replay has %d entries, the timeline %d", len(again), len(s.entries))
	}
	for i := range again {
		if got := encoded(s.t, again[i]); !bytes.Equal(s.entries[i], got) {
			s.t.Fatalf("entry %d differs after replay:\n%+v\n%+v", i+1, stored[i], again[i])
		}
	}
}

var canonical = func() cbor.EncMode {
	mode, err := cbor.CanonicalEncOptions().EncMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

func encoded(t tester, v any) []byte {
	t.Helper()
	b, err := canonical.Marshal(v)
	if err != nil {
		t.Fatalf("encoding: %v", err)
	}
	return b
}

// Actors of the scenes.
var (
	aBot        = orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"}
	aCustomer   = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1", Name: "Ann"}
	aSupervisor = orchestrator.Actor{Role: orchestrator.ActorSupervisor, ID: "sue", Name: "Sue"}
	aSystem     = orchestrator.Actor{Role: orchestrator.ActorSystem, ID: "dispatcher"}
)

func anAgent(id string) orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorAgent, ID: id}
}

func aDesk(name string) orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorDesk, ID: name}
}

func person(id string) *orchestrator.Agent { return &orchestrator.Agent{ID: orchestrator.AgentID(id)} }

func word(actor orchestrator.Actor, text string) orchestrator.Event {
	return orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: actor, Message: &orchestrator.Message{ID: "m-" + text, Text: text},
	}
}

func request(onEnd string) orchestrator.Event {
	return orchestrator.Event{
		Type: handoffRequested, Actor: aBot, OnEnd: onEnd, Request: &orchestrator.Request{Reason: "user_requested",
			Priority: 5},
		Looked: &orchestrator.Looked{Known: true, Online: 2, Ready: 1, Waiting: 3, WaitMS: 90000},
	}
}

// bring plays a conversation into a state, with anna as the one who serves and ben as the other.
func bring(t tester, f *Flow, channel string, to orchestrator.State, onEnd string) *scene {
	t.Helper()
	s := newScene(t, f, channel)
	s.take(word(aCustomer, "hello"))
	at := f.policy.Desk
	desk := aDesk(string(at))
	switch to {
	case bot:
		return s
	case completed:
		s.take(orchestrator.Event{Type: completedEvent, Actor: aBot})
		return s
	case expired:
		for !s.c.State.Ended() {
			s.due()
		}
		return s
	case queued, offered, agent, conference, transferring, wrapUp, abandoned:
	}
	s.take(request(onEnd))
	if to == abandoned {
		s.take(orchestrator.Event{Type: customerLeft, Actor: aCustomer})
	}
	if to == queued || to == abandoned {
		return s
	}
	s.take(orchestrator.Event{Type: offer, Actor: desk, Desk: at, Agent: person("anna")})
	if to == offered {
		return s
	}
	s.take(orchestrator.Event{Type: accepted, Actor: anAgent("anna")})
	switch to {
	case conference:
		s.take(orchestrator.Event{Type: orchestrator.EventInvited, Actor: anAgent("anna"), Agent: person("ben")})
		s.take(orchestrator.Event{Type: agentJoined, Actor: anAgent("ben")})
	case transferring:
		s.take(orchestrator.Event{Type: transferRequested, Actor: anAgent("anna"), Agent: person("ben")})
	case wrapUp:
		s.take(orchestrator.Event{Type: chatEnded, Actor: anAgent("anna")})
	case agent, bot, queued, offered, completed, abandoned, expired:
	}
	if s.c.State != to {
		t.Fatalf("brought to %s instead of %s", s.c.State, to)
	}
	return s
}
