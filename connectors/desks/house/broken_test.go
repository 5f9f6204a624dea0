package house

import (
	"context"
	"testing"
	"time"

	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

// brokenDesk is a house desk that is wrong in one way.
type brokenDesk struct {
	*Desk
	fault string
}

func (b *brokenDesk) Run(ctx context.Context, sink orchestrator.Sink) error {
	return b.Desk.Run(ctx, &brokenSink{sink, b.fault})
}

func (b *brokenDesk) End(ctx context.Context, cmd *orchestrator.Command) error {
	switch b.fault {
	case "drops ends":
		return ctx.Err()
	case "frees the seat before the after-call work":
		end := *cmd
		end.KeepSeat = false
		return b.Desk.End(ctx, &end)
	}
	return b.Desk.End(ctx, cmd)
}

func (b *brokenDesk) Complete(ctx context.Context, cmd *orchestrator.Command) error {
	if b.fault == "keeps the seat for ever" {
		return ctx.Err()
	}
	return b.Desk.Complete(ctx, cmd)
}

func (b *brokenDesk) Accept(ctx context.Context, cmd *orchestrator.Command) error {
	switch b.fault {
	case "lets it ring on":
		return ctx.Err()
	case "ignores the context":
		ctx = context.WithoutCancel(ctx)
	}
	return b.Desk.Accept(ctx, cmd)
}

func (b *brokenDesk) Transfer(ctx context.Context, cmd *orchestrator.Command) error {
	if b.fault == "transfers to anybody" {
		return ctx.Err()
	}
	return b.Desk.Transfer(ctx, cmd)
}

func (b *brokenDesk) Leave(ctx context.Context, cmd *orchestrator.Command) error {
	if b.fault == "nobody may leave" {
		return ctx.Err()
	}
	return b.Desk.Leave(ctx, cmd)
}

// brokenSink stands between the desk and the engine.
type brokenSink struct {
	orchestrator.Sink
	fault string
}

func (b *brokenSink) Receive(ctx context.Context, ev orchestrator.Event) (orchestrator.Receipt, error) {
	if b.fault == "keeps to itself who is gone" && ev.Type == orchestrator.EventAgentGone {
		return orchestrator.Receipt{}, nil
	}
	receipt, err := b.Sink.Receive(ctx, ev)
	if b.fault == "rings at two" && ev.Type == orchestrator.EventOffered {
		ev.ID += "again"
		ev.Agent = &carol
		if _, err := b.Sink.Receive(ctx, ev); err == nil {
			return orchestrator.Receipt{}, nil
		}
	}
	return receipt, err
}

// brokenRoster keeps the floor wrongly.
type brokenRoster struct {
	orchestrator.Roster
	fault string
}

func (b *brokenRoster) Enqueue(
	ctx context.Context, id orchestrator.ConversationID, w orchestrator.Waiting, now orchestrator.Moment,
) error {
	if b.fault == "asks the same person again" {
		w.Exclude = nil
	}
	return b.Roster.Enqueue(ctx, id, w, now)
}

func (b *brokenRoster) Reserve(ctx context.Context, r orchestrator.Reservation, now orchestrator.Moment) error {
	r.Force = b.fault == "knows no capacity"
	return b.Roster.Reserve(ctx, r, now)
}

func (b *brokenRoster) Floor(ctx context.Context, perQueue int) (*orchestrator.Floor, error) {
	floor, err := b.Roster.Floor(ctx, perQueue)
	if err == nil && b.fault == "knows no capacity" {
		for i := range floor.Agents {
			floor.Agents[i].Capacity = maxSeats
		}
	}
	return floor, err
}

// bareDesk has none of the abilities that its manifest claims.
type bareDesk struct{ orchestrator.Desk }

func brokenSubject(fault string) desktest.Open {
	return func(t desktest.TB) *desktest.Subject {
		s := subject(func(desktest.TB) (orchestrator.Roster, func()) {
			return &brokenRoster{desktest.NewRoster(), fault}, nil
		})(t)
		desk, ok := s.Desk.(*Desk)
		if !ok {
			t.Fatalf("the subject is a %T", s.Desk)
		}
		s.Desk = &brokenDesk{desk, fault}
		if fault == "has no abilities" {
			s.Desk = bareDesk{desk}
		}
		if fault != "" {
			s.Patience = 300 * time.Millisecond // it waits in vain
		}
		return s
	}
}

func TestConformanceFindsABrokenHouse(t *testing.T) {
	for planted, found := range map[string]string{
		"drops ends": "AWithdrawnConversationRingsAtNobody",
		"frees the seat before the after-call work": "AfterCallWorkKeepsTheSeatUntilComplete",
		"keeps the seat for ever":                   "AfterCallWorkKeepsTheSeatUntilComplete",
		"lets it ring on":                           "TransferReachesTheOtherPersonAndFreesTheFirst",
		"ignores the context":                       "CancelledContextReturnsPromptly",
		"transfers to anybody":                      "TransferToSomebodyAbsentFailsAndTheFirstStillHasIt",
		"nobody may leave":                          "ColleagueJoinsAndLeaves",
		"keeps to itself who is gone":               "SigningOffPutsConversationsBack",
		"rings at two":                              "AConversationRingsAtOnePersonOnce",
		"asks the same person again":                "WhoDeclinedIsNotAskedNext",
		"knows no capacity":                         "NobodyGetsMoreThanTheyHaveRoomFor",
		"has no abilities":                          "ManifestAgreesWithMethods",
	} {
		t.Run(planted, func(t *testing.T) {
			if wrong := desktest.Verdict(found, brokenSubject("")); len(wrong) > 0 {
				t.Fatalf("a good desk fails: %v", wrong)
			}
			wrong := desktest.Verdict(found, brokenSubject(planted))
			if len(wrong) == 0 {
				t.Fatalf("a desk that %q passes", planted)
			}
			t.Logf("found: %s", wrong[0])
		})
	}
}
