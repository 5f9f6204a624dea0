package flows

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"handoff/orchestrator"
)

const relayPolicy = `
desk: relay
queue: line
texts: {en: {queued: "", requeued: "", accepted: "", ended: ""}}
`

// whoHearsWhat is the table in full. Each cell says where a word goes: to the bot, to the desk that serves (relay),
// to the desk through which the customer came (other), nowhere but into the timeline (-); or that it is held,
// or refused. wrap_up is there twice: when the chat is over, and when the bot goes on.
const whoHearsWhat = `
speaker | channel | bot     queued  offered agent   conference transferring wrap_up wrap_up+bot
user    | bot     | -       held    held    relay   relay      relay        held    -
user    | web     | bot     held    held    relay   relay      relay        held    bot
user    | relay   | bot     held    held    -       -          -            held    bot
user    | vendor  | bot     held    held    relay   relay      relay        held    bot
bot     | bot     | -       refused refused refused refused    refused      refused -
bot     | web     | -       refused refused refused refused    refused      refused -
bot     | relay   | other   refused refused refused refused    refused      refused other
bot     | vendor  | other   refused refused refused refused    refused      refused other
anna    | bot     | refused refused refused bot     bot        bot          refused refused
anna    | web     | refused refused refused -       -          -            refused refused
anna    | relay   | refused refused refused -       -          -            refused refused
anna    | vendor  | refused refused refused other   other      other        refused refused
ben     | bot     | refused refused refused refused bot        refused      refused refused
ben     | web     | refused refused refused refused -          refused      refused refused
ben     | relay   | refused refused refused refused -          refused      refused refused
ben     | vendor  | refused refused refused refused other      refused      refused refused
sue     | bot     | refused refused refused refused refused    refused      refused refused
sue     | web     | refused refused refused refused refused    refused      refused refused
sue     | relay   | refused refused refused refused refused    refused      refused refused
sue     | vendor  | refused refused refused refused refused    refused      refused refused
system  | bot     | bot     bot     bot     bot     bot        bot          bot     bot
system  | web     | -       -       -       -       -          -            -       -
system  | relay   | other   -       -       -       -          -            -       other
system  | vendor  | other   other   other   other   other      other        other   other
`

func TestWhoHearsWhat(t *testing.T) {
	f := testFlow(t, relayPolicy)
	actors := map[string]orchestrator.Actor{
		"user": aCustomer, "bot": aBot, "anna": anAgent("anna"), "ben": anAgent("ben"), "sue": aSupervisor, "system": aSystem,
	}
	rows := strings.Split(strings.TrimSpace(whoHearsWhat), "\n")
	columns := strings.Fields(strings.Split(rows[0], "|")[2])
	cells := 0
	for _, row := range rows[1:] {
		parts := strings.Split(row, "|")
		speaker, channel := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1])
		for i, want := range strings.Fields(parts[2]) {
			cells++
			t.Run(fmt.Sprintf("%s via %s in %s", speaker, channel, columns[i]), func(t *testing.T) {
				state, resumes := strings.CutSuffix(columns[i], "+bot")
				onEnd := ""
				if resumes {
					onEnd = orchestrator.OnEndReturn
				}
				s := bring(t, f, channel, orchestrator.State(state), onEnd)
				if got := heardBy(t, s, actors[speaker]); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		}
	}
	if want := 6 * 4 * (len(live) + 1); cells != want {
		t.Errorf("%d cells, want %d: every speaker, state and channel", cells, want)
	}
}

// heardBy says a word and tells, in the words of the table, what became of it.
func heardBy(t *testing.T, s *scene, speaker orchestrator.Actor) string {
	t.Helper()
	was := s.c
	err := s.try(word(speaker, "word"))
	if refusal, ok := errors.AsType[*orchestrator.Rejection](err); ok {
		checkRefusal(t, s, was, refusal)
		return "refused"
	}
	if err != nil {
		t.Fatal(err)
	}
	sends := slices.DeleteFunc(slices.Clone(s.last.Commands), func(c orchestrator.Command) bool {
		return c.Type != orchestrator.CommandSend
	})
	switch {
	case s.c.HeldFrom == s.c.Sequence:
		return "held"
	case len(sends) == 0:
		return "-"
	case len(sends) > 1 || sends[0].Message.Text != "word" || sends[0].Author != speaker ||
		sends[0].Class != orchestrator.ClassLive:
		t.Fatalf("sent %+v", sends)
	case sends[0].To.Bot:
		return "bot"
	case speaker.Role == orchestrator.ActorCustomer:
		return string(sends[0].To.Connector)
	case string(sends[0].To.Connector) == s.c.Channel:
		return "other"
	}
	return fmt.Sprintf("%+v", sends[0].To)
}

// checkRefusal: a refusal is on the timeline, without the words, and moves nothing.
func checkRefusal(t *testing.T, s *scene, was *orchestrator.Conversation, r *orchestrator.Rejection) {
	t.Helper()
	if r.Code != orchestrator.CodeNotInControl || r.Event != orchestrator.EventMessage ||
		r.Controller != was.Controller() ||
		r.State != was.State || r.Agent != was.Owner() || r.Version != was.Version || r.Epoch != was.Epoch ||
		r.Detail == "" {
		t.Errorf("refused with %+v", r)
	}
	e := s.last.Entries[0]
	if len(s.last.Entries) != 1 || e.Event.Type != orchestrator.EventMessageRefused || e.Event.Message.Text != "" ||
		e.Event.Message.ID != "m-word" || e.Event.Reason != r.Detail || e.Why.Rule != ruleControl {
		t.Errorf("written down as %+v", e)
	}
	if len(s.last.Commands) != 0 || s.c.LastMessage != was.LastMessage {
		t.Errorf("a refused word did something")
	}
	s.replay()
}

func TestTheHouseDeskNeedsNoSends(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	d := s.take(word(aCustomer, "hi"))
	if len(d.Commands) != 0 {
		t.Errorf("got %+v: its people read the timeline", d.Commands)
	}
}

func TestABotWithoutACallbackIsToldNothing(t *testing.T) {
	s := newScene(t, testFlow(t, relayPolicy), "bot")
	s.c.Bot = "mute"
	s.take(request(orchestrator.OnEndReturn))
	s.take(orchestrator.Event{Type: accepted, Actor: anAgent("anna")})
	d := s.take(word(anAgent("anna"), "hello"))
	if len(d.Commands) != 0 {
		t.Errorf("got %+v", d.Commands)
	}
	for _, cmd := range s.take(orchestrator.Event{Type: chatEnded, Actor: anAgent("anna")}).Commands {
		if cmd.To.Bot {
			t.Errorf("got %s", cmd.Type)
		}
	}
}

func TestAStaleEpochIsRefusedEvenFromTheController(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	late := word(anAgent("anna"), "word")
	late.Epoch = s.c.Epoch - 1
	was := s.c
	var refusal *orchestrator.Rejection
	if err := s.try(late); !errors.As(err, &refusal) {
		t.Fatalf("got %v", err)
	}
	checkRefusal(t, s, was, refusal)
	if want := "epoch 2 was quoted, the present one is 3; anna controls"; refusal.Detail != want {
		t.Errorf("got %q, want %q", refusal.Detail, want)
	}
	now := word(anAgent("anna"), "now")
	now.Epoch = s.c.Epoch
	s.take(now)
}

func TestLateBotAnswerIsRefusedWhilePersonServes(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	err := s.try(word(aBot, "too late"))
	var refusal *orchestrator.Rejection
	if !errors.As(err, &refusal) || refusal.Agent.ID != "anna" || refusal.Controller != orchestrator.ControllerAgent {
		t.Fatalf("got %v", err)
	}
}

func TestHeldWordsReachTheNewOwnerOnceBeforeAnythingNewer(t *testing.T) {
	s := bring(t, testFlow(t, relayPolicy), "bot", queued, "")
	s.take(word(aCustomer, "one"))
	first := s.c.Sequence
	s.take(word(aCustomer, "two"))
	last := s.c.Sequence
	d := s.take(orchestrator.Event{Type: accepted, Actor: anAgent("anna")})
	types := commandTypes(d, false)
	if !slices.Equal(types, []orchestrator.CommandType{orchestrator.CommandAccept, orchestrator.CommandFlush}) {
		t.Fatalf("the desk was told %v", types)
	}
	flush := d.Commands[1]
	if flush.From != first || flush.Until < last || flush.Class != orchestrator.ClassLive || s.c.HeldFrom != 0 {
		t.Errorf("flushed %d..%d, want %d..%d; held from %d", flush.From, flush.Until, first, last, s.c.HeldFrom)
	}
	if d := s.take(word(aCustomer, "three")); !slices.Equal(commandTypes(d, false),
		[]orchestrator.CommandType{orchestrator.CommandSend}) {
		t.Errorf("the next word gave %v", commandTypes(d, false))
	}
	s.take(orchestrator.Event{Type: requeued, Actor: aSupervisor})
	if d := s.take(orchestrator.Event{Type: accepted, Actor: anAgent("ben")}); slices.Contains(commandTypes(d, false),
		orchestrator.CommandFlush) {
		t.Error("words were flushed twice")
	}
}

func TestHeldWordsReachTheBotThatDidNotHearThem(t *testing.T) {
	for channel, want := range map[string][]orchestrator.CommandType{
		"web": {orchestrator.CommandFlush, orchestrator.CommandNotify},
		"bot": {orchestrator.CommandNotify},
	} {
		s := bring(t, testFlow(t, relayPolicy), channel, queued, "")
		s.take(word(aCustomer, "one"))
		d := s.take(orchestrator.Event{Type: handoffCancelled, Actor: aBot})
		if got := commandTypes(d, true); !slices.Equal(got, want) {
			t.Errorf("%s: the bot was told %v, want %v", channel, got, want)
		}
	}
}

// commandTypes are the commands for the bot, or for desks.
func commandTypes(d *orchestrator.Decision, toBot bool) []orchestrator.CommandType {
	var types []orchestrator.CommandType
	for _, c := range d.Commands {
		if c.To.Bot == toBot {
			types = append(types, c.Type)
		}
	}
	return types
}

func TestTypingGoesToTheOtherSideAndIsNotStored(t *testing.T) {
	f := testFlow(t, relayPolicy)
	for _, c := range []struct {
		name, channel string
		state         orchestrator.State
		actor         orchestrator.Actor
		want          string
	}{
		{"customer to the people", "bot", agent, aCustomer, "relay"},
		{"customer to the bot", "web", bot, aCustomer, "shop"},
		{"customer of the bot's own channel", "bot", bot, aCustomer, ""},
		{"customer who waits", "web", queued, aCustomer, ""},
		{"agent to the bot's channel", "bot", agent, anAgent("anna"), "shop"},
		{"agent to the web, who reads the feed", "web", agent, anAgent("anna"), ""},
		{"agent to a desk's customer", "vendor", agent, anAgent("anna"), "vendor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := bring(t, f, c.channel, c.state, "")
			d := s.take(orchestrator.Event{Type: orchestrator.EventTyping, Actor: c.actor, Typing: true})
			if d.Stored() || d.Next != s.c || d.Typing.Until != s.now.Add(orchestrator.TypingLease) ||
				d.Typing.Author != c.actor {
				t.Fatalf("got %+v", d)
			}
			got := ""
			for _, cmd := range d.Transient {
				got += string(cmd.To.Connector)
				if cmd.Type != orchestrator.CommandTyping || cmd.Class != orchestrator.ClassTransient || !cmd.Typing {
					t.Errorf("got %+v", cmd)
				}
			}
			if got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
			d = s.take(orchestrator.Event{Type: orchestrator.EventTyping, Actor: c.actor})
			if d.Typing.Until != 0 {
				t.Errorf("a stop left the lease until %s", d.Typing.Until)
			}
		})
	}
}

func TestTypingOutOfControlIsRefused(t *testing.T) {
	s := bring(t, testFlow(t, relayPolicy), "bot", agent, "")
	err := s.try(orchestrator.Event{Type: orchestrator.EventTyping, Actor: aBot, Typing: true})
	var rejection *orchestrator.Rejection
	if !errors.As(err, &rejection) || rejection.Code != orchestrator.CodeNotInControl {
		t.Errorf("got %v", err)
	}
}

func TestADeskThatCannotShowTypingIsNotAsked(t *testing.T) {
	f := testFlow(t, relayPolicy)
	f.world.Desks = map[orchestrator.ConnectorName]orchestrator.Manifest{"relay": {Accept: true}}
	s := bring(t, f, "bot", agent, "")
	d := s.take(orchestrator.Event{Type: orchestrator.EventTyping, Actor: aCustomer, Typing: true})
	if len(d.Transient) != 0 || d.Typing == nil {
		t.Errorf("got %+v", d)
	}
}
