package flows

import (
	"strconv"
	"strings"
	"time"

	"handoff/orchestrator"
)

// Texts are what the service itself says to the customer, by key (see textKeys). An empty text is not said.
type Texts map[string]string

// Keys of texts.
const (
	textQueued    = "queued"     // a person was asked for
	textRequeued  = "requeued"   // waiting again
	textAccepted  = "accepted"   // a person is there
	textWarning   = "warning"    // nobody wrote for long
	textEnded     = "ended"      // the chat is over
	textApology   = "apology"    // nobody could take it; the bot goes on
	textFarewell  = "farewell"   // nobody could take it; the chat is over
	textClosed    = "closed"     // outside business hours
	textNobody    = "nobody"     // nobody is there
	textNotAgain  = "not_again"  // too many handoffs, or too soon
	textBotFailed = "bot_failed" // the bot does not answer
	textAssistant = "assistant"  // at first contact: an automated assistant answers
	placeholders  = "{position} {wait} {agent}"
	builtInLocale = "en"
)

// builtIn is what is said in English where the policy has no text; builtInOthers has the other languages. None of them has a
// placeholder, so they also stand in for a text whose number or name is not known.
var builtIn = Texts{
	textQueued:   "You are being connected with a colleague. One moment, please.",
	textRequeued: "You are being connected with another colleague. You keep your place in line.",
	textAccepted: "A colleague has joined the chat.",
	textWarning:  "Are you still there? The chat closes soon if nobody writes.",
	textEnded:    "The chat has ended. Thank you.",
	textApology:  "We are sorry: nobody can take your chat now. You can go on here.",
	textFarewell: "We are sorry: nobody can take your chat now. Please try again later.",
	textClosed:   "We are closed at the moment.",
	textNobody:   "None of our colleagues is there at the moment.",
	textNotAgain: "A colleague cannot be asked for again right now.",

	textBotFailed: "Our assistant cannot be reached at the moment.",
	textAssistant: "You're chatting with an AI assistant.",
}

// values are what placeholders stand for; the zero value of each is "not known".
type values struct {
	position int
	wait     time.Duration
	agent    string
}

// say has the service say a text of the policy, as a message of the system that follows from the event.
func (s *step) say(key string, v values) {
	if ev := s.phrase(key, v); ev != nil {
		s.carry(speakSystem, ev)
	}
}

// lastWords tells the customer something through the desk that is the channel, before that desk takes the conversation into
// its own hands.
func (s *step) lastWords(key string, v values) {
	if ev := s.phrase(key, v); ev != nil {
		cmd := s.command(s.theChannel(), orchestrator.CommandSend, orchestrator.ClassLive)
		cmd.Author, cmd.Message = ev.Actor, ev.Message
	}
}

// phrase writes down what the policy says; nil if it says nothing.
func (s *step) phrase(key string, v values) *orchestrator.Event {
	text := s.flow.policy.text(s.Next.Language, key, v)
	if text == "" {
		return nil
	}
	ev := orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: policyActor,
		Message: &orchestrator.Message{Text: text},
	}
	ev.Message.ID = string(s.derived(ev).ID)
	s.add(ev, "texts."+key, nil)
	return &s.Entries[len(s.Entries)-1].Event
}

// expected is what the desk said about the wait.
func (s *step) expected() values {
	v := values{position: s.place()}
	if at := s.line(); at != nil {
		v.wait = time.Duration(at.WaitMS) * time.Millisecond
	}
	return v
}

// place is where the conversation stands in the queue in which it now waits; 0 where the desk has not said it.
func (s *step) place() int {
	if held := s.ev.Held; held != nil {
		return held.Position
	}
	if at := s.line(); at != nil {
		return at.Waiting + 1
	}
	return 0
}

// line is what the desk said about the queue in which the conversation now waits; nil if it said nothing of that one.
func (s *step) line() *orchestrator.Looked {
	at := s.ev.Looked
	if s.wentElsewhere {
		at = s.said(place{s.Next.Desk, s.Next.Queue})
	}
	if at == nil || !at.Known {
		return nil
	}
	return at
}

// text finds a text in the customer's language: de-AT, then de, then the policy's en, then the built-in one in her language.
func (p *Policy) text(language, key string, v values) string {
	for tag := strings.ToLower(language); tag != ""; tag = shorter(tag) {
		if text, ok := p.Texts[tag][key]; ok {
			return filled(text, language, key, v)
		}
	}
	if text, ok := p.Texts[builtInLocale][key]; ok {
		return filled(text, language, key, v)
	}
	return standard(language, key)
}

// shorter cuts the last part of a language tag.
func shorter(tag string) string {
	i := strings.LastIndexByte(tag, '-')
	if i < 0 {
		return ""
	}
	return tag[:i]
}

// filled puts values in. A text that needs one that is not known is not said half: the built-in one is.
func filled(text, language, key string, v values) string {
	if !strings.Contains(text, "{") {
		return text
	}
	for _, p := range []struct{ name, value string }{
		{"{position}", number(v.position)},
		{"{wait}", number(minutes(v.wait))},
		{"{agent}", v.agent},
	} {
		if !strings.Contains(text, p.name) {
			continue
		}
		if p.value == "" {
			return standard(language, key)
		}
		text = strings.ReplaceAll(text, p.name, p.value)
	}
	return text
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// minutes rounds up to whole minutes.
func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }
