package bottest

import (
	"errors"
	"strings"

	"handoff/orchestrator"
)

func declarations() []Behaviour {
	return []Behaviour{
		{"it has a name and a kind", named},
		{"its manifest agrees with its methods", manifestAgrees},
		{"typing reaches the platform if it says so", typingReaches},
		{"what is for desks is refused for good", desksOnly},
	}
}

func named(t TB, p *Play) {
	if p.Bot.Name() == "" || p.Bot.Manifest().Kind == "" {
		t.Errorf("name %q, kind %q", p.Bot.Name(), p.Bot.Manifest().Kind)
	}
	if !p.Bot.Hears() {
		t.Errorf("the subject's bot has a platform and does not hear")
	}
}

// manifestAgrees holds the manifest against the abilities. A bot has none of a desk's.
func manifestAgrees(t TB, p *Play) {
	m := p.Bot.Manifest()
	_, accepts := p.Bot.(orchestrator.Accepter)
	_, transfers := p.Bot.(orchestrator.Transferrer)
	_, invites := p.Bot.(orchestrator.Inviter)
	_, completes := p.Bot.(orchestrator.Completer)
	_, probes := p.Bot.(orchestrator.LivenessProbe)
	_, looks := p.Bot.(orchestrator.Availability)
	for name, pair := range map[string][2]bool{
		"accept": {m.Accept, accepts}, "transfer_agent": {m.TransferAgent, transfers}, "conference": {m.Conference, invites},
		"complete": {m.Complete, completes}, "liveness": {m.Liveness, probes}, "availability": {m.Availability, looks},
	} {
		if pair[0] != pair[1] {
			t.Errorf("the manifest says %s: %v, the methods say %v", name, pair[0], pair[1])
		}
	}
	if m.ReadsTimeline || m.WrapUpSeen || len(m.Seats) > 0 {
		t.Errorf("the manifest claims what only desks have: %+v", m)
	}
	if _, receives := p.Bot.(orchestrator.BotReceiver); receives != (p.Post != nil) {
		t.Errorf("the bot receives posts: %v, its platform posts: %v", receives, p.Post != nil)
	}
	if m.LongestText > 0 {
		if err := p.send(t, p.word("c-1", strings.Repeat("x", m.LongestText))); err != nil {
			t.Errorf("a text of the longest kind is not delivered: %v", err)
		}
	}
}

func typingReaches(t TB, p *Play) {
	cmd := p.command(orchestrator.CommandTyping, "c-1")
	cmd.ID, cmd.Class, cmd.Typing = "", orchestrator.ClassTransient, true
	cmd.Author = orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"}
	err := p.send(t, cmd)
	reached := err == nil && len(p.Platform.Calls()) == 1
	if reached != p.Bot.Manifest().TypingOut {
		t.Errorf("typing reached the platform: %v (%v), the manifest says %v", reached, err, p.Bot.Manifest().TypingOut)
	}
}

func desksOnly(t TB, p *Play) {
	for _, kind := range []orchestrator.CommandType{
		orchestrator.CommandOpen, orchestrator.CommandAccept, orchestrator.CommandTransfer, orchestrator.CommandInvite,
		orchestrator.CommandLeave, orchestrator.CommandEnd, orchestrator.CommandComplete, orchestrator.CommandTakeBack,
	} {
		err := p.send(t, p.command(kind, "c-1"))
		var ce *orchestrator.ConnectorError
		if !errors.As(err, &ce) || ce.Outcome != orchestrator.OutcomePermanent {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if n := len(p.Platform.Calls()); n > 0 {
		t.Errorf("%d calls arrived", n)
	}
}
