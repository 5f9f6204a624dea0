package main

import (
	"bytes"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native/sim"
)

// checkCallbacks looks at all that came to the bot: each one signed, about this conversation, numbered, in order, and
// once, or again under the same webhook-id.
func (l *life) checkCallbacks(want []string) {
	l.t.Helper()
	document := theDocument(l.t)
	var told []string
	var newest, newestWord uint64
	first := map[string]sim.Call{}
	for _, call := range l.bot.about(l.at.platform.Calls()) {
		ev := call.Event
		if call.Refused != "" {
			l.t.Errorf("a callback that the bot does not trust: %s\n%s", call.Refused, call.Body)
			continue
		}
		if err := document.CheckCallback(call.Header.Get("Content-Type"), call.Body); err != nil {
			l.t.Errorf("a callback that the document does not describe: %v\n%s", err, call.Body)
		}
		if call.ID == "" || ev.HandoffID != l.id || ev.Epoch == 0 || ev.Sequence == 0 || ev.Timestamp.IsZero() {
			l.t.Errorf("a callback without id, handoff_id, epoch, sequence or timestamp: %s", call.Body)
		}
		if before, again := first[call.ID]; again {
			if !bytes.Equal(before.Body, call.Body) {
				l.t.Errorf("repeated under the same id with another body:\n%s\n%s", before.Body, call.Body)
			}
			continue
		}
		first[call.ID] = call
		if ev.Type == "handoff.position_changed" {
			continue // told at the desk's own pace
		}
		latest := &newest
		if ev.Type == "message.created" { // one that was said while nobody listened comes late, with the number that it had
			latest = &newestWord
		}
		if ev.Sequence <= *latest {
			l.t.Errorf("sequence %d (%s) came after %d", ev.Sequence, ev.Type, *latest)
		}
		*latest = ev.Sequence
		if context := l.replyContext(); ev.Handoff > 0 && string(ev.ReplyContext) != context {
			l.t.Errorf("%s came with the reply context %s", ev.Type, ev.ReplyContext)
		}
		told = append(told, tellingOf(ev))
	}
	if diff := cmp.Diff(want, told); diff != "" {
		l.t.Errorf("what the bot was told (-want +got):\n%s", diff)
	}
}

// replyContext is what the bot must get back: nothing where others have asked for a person.
func (l *life) replyContext() string {
	if l.bot.asked {
		return replyContext
	}
	return ""
}

// tellingOf is what a callback tells: a word with its speaker, or the type.
func tellingOf(ev sim.Event) string {
	if ev.Type == "message.created" {
		return wordOf(feedEvent{Data: ev.Data})
	}
	return ev.Type
}

// wasToldAgain: something came more than once, as it must when an answer is lost.
func (b *storyBotParty) wasToldAgain() {
	b.life.t.Helper()
	for _, call := range b.about(b.life.at.platform.Calls()) {
		if call.Repeated {
			return
		}
	}
	b.life.t.Error("nothing was told again")
}
