package frame_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/settings"
	"handoff/orchestrator"
)

// seat notes what it is asked to do.
type seat struct{ asked []string }

func (s *seat) Manifest() orchestrator.Manifest { return orchestrator.Manifest{Kind: "kind"} }

func (s *seat) Open(_ context.Context, cmd *orchestrator.Command) (string, error) {
	s.asked = append(s.asked, "open "+string(cmd.Waiting.Queue))
	return "c-1", nil
}

func (s *seat) Send(_ context.Context, cmd *orchestrator.Command) error {
	s.asked = append(s.asked, "send "+cmd.Message.Text)
	return nil
}

func (s *seat) End(_ context.Context, cmd *orchestrator.Command) error {
	s.asked = append(s.asked, "end "+cmd.To.Ref)
	return nil
}

func (s *seat) Alive(_ context.Context, ref string) (orchestrator.Liveness, error) {
	s.asked = append(s.asked, "alive "+ref)
	return orchestrator.Liveness{Alive: true}, nil
}

func (s *seat) show(_ context.Context, cmd *orchestrator.Command) error {
	s.asked = append(s.asked, "typing "+cmd.To.Ref)
	return nil
}

// A command that cannot be carried out as it is never comes to the vendor.
func TestACommandIsLookedAtBeforeTheVendorIsAsked(t *testing.T) {
	f, _, _ := newFrame(t)
	with := func(ref, text string) *orchestrator.Command {
		return &orchestrator.Command{
			To: orchestrator.Party{Ref: ref}, Message: &orchestrator.Message{Text: text}, Waiting: &orchestrator.Waiting{Queue: "help"},
		}
	}
	open := func(d *frame.Desk, _ *seat, ctx context.Context, cmd *orchestrator.Command) error {
		_, err := d.Open(ctx, cmd)
		return err
	}
	send := func(d *frame.Desk, _ *seat, ctx context.Context, cmd *orchestrator.Command) error {
		return d.Send(ctx, cmd)
	}
	end := func(d *frame.Desk, _ *seat, ctx context.Context, cmd *orchestrator.Command) error {
		return d.End(ctx, cmd)
	}
	typing := func(d *frame.Desk, s *seat, ctx context.Context, cmd *orchestrator.Command) error {
		return frame.TypingNotifier{In: d, Show: s.show}.Typing(ctx, cmd)
	}
	takeBack := func(d *frame.Desk, s *seat, ctx context.Context, cmd *orchestrator.Command) error {
		return frame.Reclaimer{In: d, Take: s.show}.TakeBack(ctx, cmd)
	}
	nobodyTakes := func(d *frame.Desk, _ *seat, ctx context.Context, cmd *orchestrator.Command) error {
		return frame.Reclaimer{In: d}.TakeBack(ctx, cmd)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	for name, row := range map[string]struct {
		do   func(*frame.Desk, *seat, context.Context, *orchestrator.Command) error
		seat string
		cmd  *orchestrator.Command
		ctx  context.Context
		want string // what the vendor was asked
		code string // of the failure
	}{
		"open a new chat":               {open, settings.SeatCustomer, with("", ""), t.Context(), "open help", ""},
		"open without a queue":          {open, settings.SeatCustomer, &orchestrator.Command{}, t.Context(), "", frame.CodeInvalid},
		"hand over":                     {open, settings.SeatAgent, with("c-1", ""), t.Context(), "open help", ""},
		"hand over what is not there":   {open, settings.SeatAgent, with("", ""), t.Context(), "", frame.CodeNoChat},
		"open too late":                 {open, settings.SeatCustomer, with("", ""), ended, "", "cancelled"},
		"send":                          {send, settings.SeatCustomer, with("c-1", "hello"), t.Context(), "send hello", ""},
		"send nothing":                  {send, settings.SeatCustomer, with("c-1", ""), t.Context(), "", frame.CodeInvalid},
		"send to no chat":               {send, settings.SeatAgent, with("", "hello"), t.Context(), "", frame.CodeNoChat},
		"send to what is no handle":     {send, settings.SeatAgent, with("odd", "hello"), t.Context(), "", frame.CodeNoChat},
		"end":                           {end, settings.SeatCustomer, with("c-1", ""), t.Context(), "end c-1", ""},
		"end what never began":          {end, settings.SeatCustomer, with("", ""), t.Context(), "", ""},
		"end too late":                  {end, settings.SeatCustomer, with("", ""), ended, "", "cancelled"},
		"typing":                        {typing, settings.SeatAgent, with("c-1", ""), t.Context(), "typing c-1", ""},
		"typing in no chat":             {typing, settings.SeatAgent, with("", ""), t.Context(), "", frame.CodeNoChat},
		"take back":                     {takeBack, settings.SeatAgent, with("c-1", ""), t.Context(), "typing c-1", ""},
		"take back in the wrong seat":   {nobodyTakes, settings.SeatCustomer, with("c-1", ""), t.Context(), "", frame.CodeNoChat},
		"take back what never began":    {takeBack, settings.SeatAgent, with("", ""), t.Context(), "", frame.CodeNoChat},
		"take back when it is too late": {takeBack, settings.SeatAgent, with("c-1", ""), ended, "", "cancelled"},
	} {
		s := &seat{}
		d := f.NewDesk(row.seat, s, func(ref string) bool { return ref == "c-1" })
		err := row.do(d, s, row.ctx, row.cmd)
		code := ""
		if failure, is := errors.AsType[*orchestrator.ConnectorError](err); is {
			code = failure.Code
		}
		var want []string
		if row.want != "" {
			want = []string{row.want}
		}
		if diff := cmp.Diff(want, s.asked); diff != "" || code != row.code {
			t.Errorf("%s: failed with %q, want %q; asked of the vendor (-want +got):\n%s", name, code, row.code, diff)
		}
	}
}

func TestLivenessIsAskedOfTheChatOfTheSeat(t *testing.T) {
	f, _, _ := newFrame(t)
	for name, row := range map[string]struct {
		seat string
		of   orchestrator.Conversation
		want []string
	}{
		"customer":               {settings.SeatCustomer, orchestrator.Conversation{DeskRef: "c-1", ChannelRef: "other"}, []string{"alive c-1"}},
		"agent":                  {settings.SeatAgent, orchestrator.Conversation{ChannelRef: "c-1"}, []string{"alive c-1"}},
		"agent, after a handoff": {settings.SeatAgent, orchestrator.Conversation{DeskRef: "c-1"}, []string{"alive c-1"}},
		"nothing was opened":     {settings.SeatCustomer, orchestrator.Conversation{}, nil},
	} {
		s := &seat{}
		d := f.NewDesk(row.seat, s, func(ref string) bool { return ref == "c-1" })
		life, err := d.LastSeen(t.Context(), &row.of)
		if diff := cmp.Diff(row.want, s.asked); diff != "" || err != nil || life.Alive != (row.want != nil) {
			t.Errorf("%s: %+v, %v; asked (-want +got):\n%s", name, life, err, diff)
		}
	}
}
