package frame_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/session"
	"handoff/connectors/internal/testlog"
	"handoff/orchestrator"
)

// alone is the memory of the only process.
type alone struct {
	orchestrator.Memory
	kept map[string]string
}

func (a alone) Exclusive(ctx context.Context, _ string, _ time.Duration, do func(context.Context) error) (bool, error) {
	return true, do(ctx)
}

func (a alone) Kept(_ context.Context, desk orchestrator.ConnectorName, ref string) (map[string][]byte, error) {
	kept := map[string][]byte{}
	for key, value := range a.kept {
		if name, of := strings.CutPrefix(key, string(desk)+"/"+ref+"/"); of {
			kept[name] = []byte(value)
		}
	}
	return kept, nil
}

func (a alone) Load(_ context.Context, id orchestrator.ConversationID) (*orchestrator.Conversation, error) {
	if id != "c-1" {
		return nil, orchestrator.ErrNotFound
	}
	return &orchestrator.Conversation{ID: id}, nil
}

func (a alone) Keep(_ context.Context, desk orchestrator.ConnectorName, ref, name string, value []byte) error {
	a.kept[string(desk)+"/"+ref+"/"+name] = string(value)
	return nil
}

// vendor has a session that lasts as long as Run.
type vendor struct{ up chan struct{} }

func (vendor) Login(context.Context) ([]byte, error) { return []byte(`"one"`), nil }
func (vendor) Logout(context.Context, []byte) error  { return nil }
func (v vendor) Serve(ctx context.Context, _ []byte, ready func()) error {
	ready()
	close(v.up)
	<-ctx.Done()
	return nil
}

// taken takes every fact.
type taken chan orchestrator.Event

func (s taken) Receive(_ context.Context, ev orchestrator.Event) (orchestrator.Receipt, error) {
	s <- ev
	return orchestrator.Receipt{Conversation: &orchestrator.Conversation{ID: "c-1"}}, nil
}

func newFrame(t *testing.T) (*frame.Frame, alone, *testlog.Buffer) {
	t.Helper()
	memory, log := alone{kept: map[string]string{}}, &testlog.Buffer{}
	clock := orchestrator.NewStepClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	f, err := frame.New("kind", "desk", nil, memory, clock, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return f, memory, log
}

func TestFactsAreTakenAndTheSessionIsHeldWhileRunIsAtWork(t *testing.T) {
	f, memory, log := newFrame(t)
	v, sink, began := vendor{make(chan struct{})}, make(taken, 1), make(chan struct{})
	f.Hold(v)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	beside := func(ctx context.Context) {
		close(began)
		<-ctx.Done()
	}
	go func() { ended <- f.Run(ctx, sink, beside) }()
	<-v.up
	<-began
	if err := f.Report.TellMissed(ctx, "accepted_unheard", orchestrator.Event{ID: "1", Type: orchestrator.EventAccepted}); err != nil {
		t.Errorf("while Run is at work: %v", err)
	}
	if ev := <-sink; ev.ID != "1" {
		t.Errorf("told %+v", ev)
	}
	health := f.Health()
	want := orchestrator.Health{
		Calls: "closed", Drift: map[string]int64{"accepted_unheard": 1},
		Session: &orchestrator.SessionHealth{State: orchestrator.SessionUp, Since: health.Session.Since, Logins: 1},
	}
	if diff := cmp.Diff(want, health); diff != "" {
		t.Errorf("health (-want +got):\n%s", diff)
	}
	log.Await(t, "desk=desk")
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run ended with %v", err)
	}
	if _, err := f.Report.Tell(t.Context(), orchestrator.Event{ID: "2", Type: orchestrator.EventAccepted}); err == nil {
		t.Error("a fact was taken after Run")
	}
	if diff := cmp.Diff(map[string]string{"desk//session": `"one"`}, memory.kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestALeaseIsHeldWithoutASession(t *testing.T) {
	f, memory, _ := newFrame(t)
	up := make(chan struct{})
	f.Hold(session.Lease(func(ctx context.Context, ready func()) error {
		ready()
		close(up)
		<-ctx.Done()
		return nil
	}))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx, make(taken)) }()
	<-up
	if state := f.Health().Session.State; state != orchestrator.SessionUp {
		t.Errorf("the session is %s", state)
	}
	stop()
	if err := <-ended; err != nil || memory.kept["desk//session"] != "" {
		t.Errorf("Run ended with %v, kept %q", err, memory.kept["desk//session"])
	}
}

func TestAFailureSaysWhetherItMayHaveHappened(t *testing.T) {
	f, memory, _ := newFrame(t)
	cause := errors.New("why")
	for outcome, err := range map[orchestrator.Outcome]error{
		orchestrator.OutcomePermanent: f.Permanent("send", "code", cause), orchestrator.OutcomeUnknown: f.Unknown("send", "code", cause),
		orchestrator.OutcomeRetry: f.Retry("send", "code", cause),
	} {
		want := &orchestrator.ConnectorError{Connector: "desk", Op: "send", Code: "code", Outcome: outcome, Err: cause}
		have, ok := errors.AsType[*orchestrator.ConnectorError](err)
		if !ok || *have != *want || !errors.Is(err, cause) {
			t.Errorf("%+v, want %+v", err, want)
		}
	}
	if err := f.Broken("send", cause); orchestrator.OutcomeOf(err) != orchestrator.OutcomeRetry || !errors.Is(err, cause) {
		t.Errorf("a memory that does not answer: %v", err)
	}
	if err := f.Broken("send", nil); err != nil {
		t.Errorf("no failure is one: %v", err)
	}
	refusal := &orchestrator.ConnectorError{Code: "busy", Status: 409, Outcome: orchestrator.OutcomePermanent}
	for _, row := range []struct {
		err     error
		code    string
		status  int
		refused bool
	}{
		{nil, "", 0, false}, {cause, "", 0, false}, {f.Unclear("send", cause), frame.CodeUnclear, 0, false}, {f.Over("send"), orchestrator.CodeChatOver, 0, true},
		{fmt.Errorf("sending: %w", refusal), "busy", 409, true},
	} {
		if frame.CodeOf(row.err) != row.code || frame.StatusOf(row.err) != row.status || frame.Refused(row.err) != row.refused {
			t.Errorf("%v: %q, %d, %t", row.err, frame.CodeOf(row.err), frame.StatusOf(row.err), frame.Refused(row.err))
		}
	}
	if err := f.Keep(t.Context(), "chat", "n", map[string]int{"a": 1}); err != nil || memory.kept["desk/chat/n"] != `{"a":1}` {
		t.Errorf("kept %v, %v", memory.kept, err)
	}
	if err := f.Keep(t.Context(), "chat", "n", func() {}); err == nil {
		t.Error("what is no JSON was kept")
	}
}

func TestNotesAreReadByNameAndARecordThatIsGoneIsNone(t *testing.T) {
	f, memory, _ := newFrame(t)
	memory.kept["desk/chat/n"], memory.kept["desk/chat/odd"] = `{"a":1}`, `{`
	var n, none *struct{ A int }
	if err := f.Read(t.Context(), "chat", map[string]any{"n": &n, "none": &none}); err != nil || n == nil || n.A != 1 || none != nil {
		t.Errorf("read %+v and %+v, %v", n, none, err)
	}
	err := f.Read(t.Context(), "chat", map[string]any{"odd": &n})
	if err == nil || !strings.Contains(err.Error(), `"odd" of chat chat`) {
		t.Errorf("what cannot be read: %v", err)
	}
	for id, want := range map[orchestrator.ConversationID]bool{"c-1": true, "c-2": false, "": false} {
		if c, err := f.Record(t.Context(), id); err != nil || (c != nil) != want {
			t.Errorf("the record of %q is %v, %v", id, c, err)
		}
	}
}

func TestAFactOfAChatThatBeganAtTheDeskNamesItsConversation(t *testing.T) {
	f, _, _ := newFrame(t)
	facts := f.HandedOver(f.Queue("help"))
	f.OfChat("bot", "chat", &facts[0])
	want := []orchestrator.Event{
		{
			Type: orchestrator.EventAccepted, Reason: "handed_over: not visible from here", Agent: &orchestrator.Agent{ID: "desk", Name: "help"},
			Bot: "bot", External: "desk:chat", Channel: "desk", Ref: "chat",
		},
		{Type: orchestrator.EventCompleted, Reason: "handed_over"},
	}
	if diff := cmp.Diff(want, facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestADeskNeedsMemoryClockAndLog(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for _, unfit := range []error{nil, errors.New("url: is missing")} {
		_, err := frame.New("kind", "desk", unfit, nil, orchestrator.SystemClock{}, log)
		if err == nil || !strings.HasPrefix(err.Error(), `kind desk "desk": `) || unfit != nil && !errors.Is(err, unfit) {
			t.Errorf("%v where the configuration says %v and there is no memory", err, unfit)
		}
	}
}
