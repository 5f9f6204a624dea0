package flows

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// herWish is a customer's request for a person.
func herWish() orchestrator.Event {
	ev := request("")
	ev.Actor = aCustomer
	ev.Request = &orchestrator.Request{Reason: orchestrator.ReasonAskedByCustomer, Summary: "please", Priority: middlePriority}
	return ev
}

func TestCustomerAsksOnceAWordWasSaid(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", bot, "")
	s.c.LastMessage = 0
	rejected(t, s, herWish(), orchestrator.CodeStateConflict, "nothing was said yet: a person is asked for after the first message")
	s.c.LastMessage = s.now
	d := s.take(herWish())
	if s.c.State != queued || s.c.Request.Reason != orchestrator.ReasonAskedByCustomer {
		t.Errorf("she is in %s, for %+v", s.c.State, s.c.Request)
	}
	same(t, "what the bot is told", orchestrator.Notice{
		Type: wire.Queued, Queue: "general", Position: 4, WaitMS: 90000, Reason: orchestrator.ReasonAskedByCustomer,
	}, notice(t, d, wire.Queued))
}

func TestPolicyMayKeepCustomersFromAsking(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy+"customer_may_ask: false\n"), "web", bot, "")
	s.c.LastMessage = s.now
	rejected(t, s, herWish(), orchestrator.CodeNotAllowed, "customers may not ask for a person here (customer_may_ask)")
	s.take(request("")) // the bot may
	if s.c.State != queued {
		t.Errorf("the bot's request leads to %s", s.c.State)
	}
}

func TestBuiltInTextsAreThereInEachLanguageInFull(t *testing.T) {
	want := slices.Sorted(maps.Keys(builtIn))
	for language, texts := range builtInOthers {
		same(t, language, want, slices.Sorted(maps.Keys(texts)))
		for key, text := range texts {
			if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "{}") || text == builtIn[key] {
				t.Errorf("%s.%s: %q", language, key, text)
			}
		}
	}
}

func TestCustomerIsToldInHerLanguageWhereThePolicyHasNoText(t *testing.T) {
	p := Policy{Texts: map[string]Texts{"de": {textClosed: "Wir schlafen."}, "en": {textNobody: "Nobody. {position}"}}}
	for _, row := range []struct{ language, key, want string }{
		{"de-AT", textClosed, "Wir schlafen."},
		{"de-AT", textEnded, builtInOthers["de"][textEnded]},
		{"nn-NO", textEnded, builtInOthers["nb"][textEnded]},
		{"FR", textNobody, builtInOthers["fr"][textNobody]}, // the English text needs a number that is not known
		{"pt", textEnded, builtIn[textEnded]},
		{"", textAssistant, builtIn[textAssistant]},
	} {
		same(t, row.language+" "+row.key, row.want, p.text(row.language, row.key, values{}))
	}
}
