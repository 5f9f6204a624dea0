package desktest

import (
	"context"
	"errors"
	"slices"
	"time"

	"handoff/orchestrator"
)

// declaring is the behaviour that judges a subject that has not what it should.
const declaring = "WhatIsDeclaredMissingIsMissing"

// declarations: what a desk says of itself is true, in both directions.
func declarations() []Behaviour {
	return []Behaviour{
		{Name: "ManifestAgreesWithMethods", Check: manifestAgrees},
		{Name: declaring, Check: missingIsMissing},
		{Name: "RunStopsOnCancelAndLeavesNothingBehind", Check: func(t TB, p *Play) {
			if p.Desk.Name() == "" || p.Desk.Manifest().Kind == "" {
				t.Errorf("the desk has no name or no kind")
			}
		}},
	}
}

func manifestAgrees(t TB, p *Play) {
	m := p.Desk.Manifest()
	_, accepts := p.Desk.(orchestrator.Accepter)
	_, transfers := p.Desk.(orchestrator.Transferrer)
	_, invites := p.Desk.(orchestrator.Inviter)
	_, completes := p.Desk.(orchestrator.Completer)
	_, takesBack := p.Desk.(orchestrator.Reclaimer)
	_, types := p.Desk.(orchestrator.TypingNotifier)
	_, probes := p.Desk.(orchestrator.LivenessProbe)
	_, looks := p.Desk.(orchestrator.Availability)
	_, reports := p.Desk.(orchestrator.HealthReporter)
	for _, row := range []struct {
		what            string
		declared, found bool
	}{
		{"accept and Accepter", m.Accept, accepts},
		{"transfer_agent and Transferrer", m.TransferAgent, transfers},
		{"conference and Inviter", m.Conference, invites},
		{"complete and Completer", m.Complete, completes},
		{"take_back and Reclaimer", m.TakeBack, takesBack && p.Seat == SeatAgent},
		{"liveness and LivenessProbe", m.Liveness, probes},
		{"availability and Availability", m.Availability, looks},
		// People who read the feed see typing there, without a method.
		{"typing_out and TypingNotifier", m.TypingOut, types || m.ReadsTimeline},
	} {
		if row.declared != row.found {
			t.Errorf("%s: the manifest says %t, the methods say %t", row.what, row.declared, row.found)
		}
	}
	if m.OneSession && (!reports || p.Twin == nil || p.Memory == nil) {
		t.Errorf("one_session: the desk must report its health, and the subject have a memory and a twin")
	}
	if len(m.Seats) > 0 && !slices.Contains(m.Seats, p.Seat) {
		t.Errorf("the seats are %v, and the subject sits at %q", m.Seats, p.Seat)
	}
	if m.LongestText < 0 {
		t.Errorf("longest_text is %d", m.LongestText)
	}
}

func missingIsMissing(t TB, p *Play) {
	for item, have := range p.items() {
		reason, declared := p.Missing[item]
		switch {
		case have && declared:
			t.Errorf("%s is declared missing (%s) but is there", item, reason)
		case !have && slices.Contains(ofSomeVendors, item):
		case !have && !declared && (p.Seat == SeatAgent || !slices.Contains(ofAgentSeat, item)):
			t.Errorf("%s is missing and not declared", item)
		case declared && reason == "":
			t.Errorf("%s is declared missing without a reason", item)
		}
	}
	for item, why := range p.required() {
		if _, missing := p.Missing[item]; missing {
			t.Errorf("%s is missing although the manifest says %s", item, why)
		}
	}
	for item := range p.Missing {
		if _, known := p.items()[item]; !known {
			t.Errorf("%q is declared missing but is no item", item)
		}
	}
}

// calls: every command may come twice, and every call ends with its context.
func calls() []Behaviour {
	return []Behaviour{
		{Name: "CancelledContextReturnsPromptly", Check: cancelledReturns},
		{Name: "HangingVendorDoesNotHoldACancelledCall", Needs: []Item{ItemHang}, Check: hangingReturns},
		{Name: "OpenAndEndMayBeRepeated", Check: openAndEndRepeat},
	}
}

// cancelledReturns: a call under an ended context answers an error that says so; it neither hangs nor claims success.
func cancelledReturns(t TB, p *Play) {
	p.begin(t, "c-1")
	p.Settle(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := p.Desk.Manifest()
	for _, row := range []struct {
		of   orchestrator.CommandType
		able bool
	}{
		{orchestrator.CommandOpen, true},
		{orchestrator.CommandSend, true},
		{orchestrator.CommandAccept, m.Accept},
		{orchestrator.CommandTransfer, m.TransferAgent},
		{orchestrator.CommandInvite, m.Conference},
		{orchestrator.CommandLeave, m.Conference},
		{orchestrator.CommandComplete, m.Complete},
		{orchestrator.CommandEnd, true},
	} {
		if !row.able {
			continue
		}
		cmd := p.Command("c-1", row.of)
		cmd.Agent = &p.People[0]
		cmd.Message = &orchestrator.Message{ID: "m-1", Text: "too late"}
		_ = p.inTime(t, string(row.of), func() error { return second(Call(ctx, p.Desk, cmd)) })
	}
}

func hangingReturns(t TB, p *Play) {
	p.ready(t, "c-1")
	cmd := p.word("c-1", "anybody there?")
	met := p.Faults.Hang()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	called := make(chan error, 1)
	go func() { called <- second(Call(ctx, p.Desk, cmd)) }()
	met(t)
	cancel()
	err := p.inTime(t, "send", func() error { return <-called })
	if err != nil && orchestrator.OutcomeOf(err) != orchestrator.OutcomeUnknown {
		t.Errorf("send that was given up in mid-call: outcome %s, want unknown", orchestrator.OutcomeOf(err))
	}
}

// inTime fails the test when a call under an ended context hangs or says that it succeeded.
func (p *Play) inTime(t TB, what string, call func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	soon := min(promptly, p.patience)
	late := time.NewTimer(soon)
	defer late.Stop()
	select {
	case err := <-done:
		if err == nil {
			t.Errorf("%s under an ended context: claims success", what)
		} else if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s under an ended context: the error does not say so: %v", what, err)
		}
		return err
	case <-late.C:
		t.Errorf("%s under an ended context: no answer after %s", what, soon)
		return nil
	}
}

func openAndEndRepeat(t TB, p *Play) {
	p.begin(t, "c-1")
	p.Settle(t)
	open := p.Command("c-1", orchestrator.CommandOpen)
	end := p.Command("c-1", orchestrator.CommandEnd)
	for _, cmd := range []*orchestrator.Command{open, open, end, end} {
		if err := p.sendCommand(cmd); err != nil {
			t.Errorf("%s again: %v", cmd.Type, err)
		}
	}
	p.noFailures(t)
}

// noFailures fails the test when a command could not be carried out.
func (p *Play) noFailures(t TB) {
	t.Helper()
	for _, f := range p.Failures() {
		t.Errorf("%s of %s failed: %v", f.Command.Type, f.Command.Conversation, f.Err)
	}
}

func second(_ string, err error) error { return err }
