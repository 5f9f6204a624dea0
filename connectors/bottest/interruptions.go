package bottest

import (
	"context"

	"handoff/orchestrator"
)

func interruptions() []Behaviour {
	return []Behaviour{
		{"a time-out after the receiver acted leaves it unknown", timesOut},
		{"a cut after the receiver acted leaves it unknown", isCut},
		{"a cancelled call returns at once", isCancelled},
		{"a call that is cancelled before it begins is not made", neverBegins},
	}
}

// begin delivers in the background.
func (p *Play) begin(ctx context.Context, t TB, cmd *orchestrator.Command) <-chan error {
	done := make(chan error, 1)
	go func() { done <- p.deliver(ctx, t, &orchestrator.Delivery{Command: cmd}) }()
	return done
}

func timesOut(t TB, p *Play) {
	p.Platform.Next(Fault{Hang: true})
	done := p.begin(background, t, p.word("c-1", "one"))
	p.arrived(t, 1)
	p.Clock.Advance(p.Attempt)
	if err := p.ends(t, "a call without an answer", done); err == nil || orchestrator.OutcomeOf(err) != orchestrator.OutcomeUnknown {
		t.Errorf("%v (%v)", err, orchestrator.OutcomeOf(err))
	}
}

func isCut(t TB, p *Play) {
	p.Platform.Next(Fault{Drop: true})
	err := p.send(t, p.word("c-1", "one"))
	if err == nil || orchestrator.OutcomeOf(err) != orchestrator.OutcomeUnknown {
		t.Errorf("%v (%v)", err, orchestrator.OutcomeOf(err))
	}
	if n := len(p.Platform.Calls()); n != 1 {
		t.Errorf("%d calls arrived: repeating is the dispatcher's", n)
	}
}

func isCancelled(t TB, p *Play) {
	p.Platform.Next(Fault{Hang: true})
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	done := p.begin(ctx, t, p.word("c-1", "one"))
	p.arrived(t, 1)
	cancel()
	if err := p.ends(t, "a cancelled call", done); err == nil || orchestrator.OutcomeOf(err) != orchestrator.OutcomeUnknown {
		t.Errorf("%v (%v)", err, orchestrator.OutcomeOf(err))
	}
}

func neverBegins(t TB, p *Play) {
	ctx, cancel := context.WithCancel(background)
	cancel()
	err := p.ends(t, "a call that was cancelled before", p.begin(ctx, t, p.word("c-1", "one")))
	if err == nil || orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent {
		t.Errorf("%v (%v)", err, orchestrator.OutcomeOf(err))
	}
	if n := len(p.Platform.Calls()); n != 0 {
		t.Errorf("%d calls arrived", n)
	}
}
