package main

import (
	"bytes"
	"net/http"
	"testing"
)

// TestNotesReachOnlyTheBotForWhichTheyAre: what people write for each other reaches a bot in callbacks and feed, or, with
// notes_to_bot: false, in neither.
func TestNotesReachOnlyTheBotForWhichTheyAre(t *testing.T) {
	c := newContract(t)
	anna := c.person("anna")
	anna.is("online")
	for bot, reach := range map[string]bool{"shop": true, "reserved": false} {
		c.bot = c.bot.with(contractKey(bot))
		conversation := "notes-" + bot
		var asked shownConversation
		c.must(c.bot.call(c.ctx, http.MethodPost, "/v1/bots/"+bot+"/handoffs", map[string]any{
			"conversation_id": conversation, "on_end": "return_to_bot"}, &asked), "a handoff")
		anna.takes(asked.ID)
		anna.does("notes", asked.ID, map[string]any{"text": "she is angry"})
		anna.does("end", asked.ID, nil)
		c.hears("handoff.ended", conversation)
		anna.does("complete", asked.ID, map[string]any{"disposition": "solved", "notes": "gave her a voucher"})
		c.hears("handoff.completed", conversation)
		told := map[string][]byte{"feed": c.feedOf(bot, asked.ID)}
		for _, call := range c.platform.Calls() {
			if call.Event.ConversationID == conversation {
				told["callbacks"] = append(told["callbacks"], call.Body...)
			}
		}
		for where, text := range told {
			for _, note := range []string{"she is angry", "gave her a voucher"} {
				if bytes.Contains(text, []byte(note)) != reach {
					t.Errorf("the note %q reaches %s by its %s: %t\n%s", note, bot, where, !reach, text)
				}
			}
		}
	}
}

// feedOf is everything in the feed that a bot reads.
func (c *contract) feedOf(bot, id string) []byte {
	c.t.Helper()
	page, err := c.bot.events(c.ctx, id, 0, 0)
	c.must(err, "the feed of %s", bot)
	if len(page.Events) == 0 {
		c.t.Fatalf("the feed of %s is empty", bot)
	}
	return page.raw()
}

// raw is the data of all events of a page.
func (f feed) raw() (all []byte) {
	for _, e := range f.Events {
		all = append(all, e.Data...)
	}
	return all
}
