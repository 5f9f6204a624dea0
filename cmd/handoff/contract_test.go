package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"handoff/connectors/bots/native/sim"
	"handoff/connectors/simkit"
	"handoff/web"
)

// TestContract: every example of the document is sent to a running service and is taken; every callback example was really
// received; and every callback is as the document says.
func TestContractIsKeptBothWays(t *testing.T) {
	c := newContract(t)
	c.nobodyIsThere()
	anna, ben := c.person("anna"), c.person("ben")
	c.isServed(anna, ben)
	c.waits(anna, ben)
	c.chatsOnTheWeb()
	c.asksForAPerson()
	c.losesAWord()
	c.everyExampleWasSent()
	c.everyCallbackIsDescribed()
	c.everyExampleCame()
}

// nobodyIsThere: a request that fails at once.
func (c *contract) nobodyIsThere() {
	failed := c.sends(c.bot, "postBotHandoff", "smallest", "")
	c.keepAnswer("/v1/bots/{bot}/handoffs", "post", "202", namedBody{"nobody_there", "Nobody is there to come", failed.body})
	c.keep(c.hears("handoff.failed", "c-791"), "nobody_there", "Nobody is there to come")
	c.must(c.bot.with(contractKey("clouds")).call(c.ctx, http.MethodPost, "/v1/bots/clouds/handoffs", map[string]any{"conversation_id": "c-795"}, nil), "a handoff")
	c.hears("handoff.failed", "c-795") // as a CloudEvent
}

// isServed: the straight way, with a colleague.
func (c *contract) isServed(anna, ben *contractPerson) {
	anna.is("online")
	c.sends(c.bot, "postBotEvent", "customer_speaks", "")
	c.sends(c.bot, "postBotEvent", "bot_speaks", "")
	asked := c.sends(c.bot, "postBotEvent", "person_wanted", "")
	id := asked.ID
	c.keepAnswer("/v1/bots/{bot}/events", "post", "202", namedBody{"person_wanted", "The customer waits for a person", asked.body})
	c.keep(c.hears("handoff.queued", "c-789"), "waits", "The customer waits")
	c.keep(c.hears("message.created", "c-789"), "policy_speaks", "A text of the policy, for the customer")
	c.sends(c.bot, "postBotEvent", "more_is_known", "")
	anna.takes(id)
	c.keep(c.hears("handoff.accepted", "c-789"), "anna_has_it", "Anna has it")
	c.hears("message.created", "c-789")
	c.sends(c.bot, "postBotEvent", "customer_types", "")
	c.sends(c.bot, "postBotEvent", "customer_stops_typing", "")
	c.sends(c.bot, "postBotEvent", "customer_sends_a_file", "")
	c.sends(c.bot, "postBotEvent", "customer_reads", "")
	anna.does("typing", id, map[string]any{"typing": true})
	c.keep(c.hears("typing.started", "c-789"), "anna_types", "Anna types")
	anna.does("typing", id, map[string]any{"typing": false})
	c.keep(c.hears("typing.stopped", "c-789"), "anna_stops", "Anna stops typing")
	anna.does("messages", id, map[string]any{"id": "a-1", "text": "Good evening, Ann. I see both charges."})
	c.keep(c.hears("message.created", "c-789"), "anna_speaks", "Anna says something, for the customer")
	anna.does("notes", id, map[string]any{"text": "Second charge is ours."})
	ben.is("online")
	anna.does("transfer", id, map[string]any{"to": map[string]any{"agent": "ben"}})
	ben.does("transfer/accept", id, nil)
	c.keep(c.hears("handoff.transferred", "c-789"), "ben_has_it", "Ben has it in place of Anna")
	ben.does("end", id, nil)
	c.keep(c.hears("handoff.ended", "c-789"), "bot_goes_on", "Ben ended the chat, and the bot goes on")
	ben.does("complete", id, map[string]any{"disposition": "solved", "notes": "Refunded one charge.", "tags": []string{"refund"}})
	c.keep(c.hears("handoff.completed", "c-789"), "work_is_done", "Ben has done what was to do after the chat")
	c.sends(c.bot, "postBotEvent", "bot_closes", "")
}

// waits: two wait, and the first of them does not want to any more.
func (c *contract) waits(anna, ben *contractPerson) {
	ben.is("away")
	busy := c.asks("c-792", 5)
	anna.takes(busy)
	c.sendsAs(c.bot, "postBotEvent", "application/cloudevents+json", "customer_speaks", "")
	c.sendsAs(c.bot, "postBotEvent", web.BatchType, "words", "")
	c.sends(c.bot, "postBotHandoff", "usual", "")
	c.hears("handoff.queued", "c-790")
	waiting := c.asks("c-793", 5)
	c.hears("handoff.queued", "c-793")
	c.sends(c.bot, "postBotEvent", "person_no_longer_wanted", "")
	c.keep(c.hears("handoff.ended", "c-790"), "cancelled", "The bot took its request back")
	c.isOvertaken(waiting)
}

// isOvertaken lets others come who are served first, until the one that waits is told of its new place: the house desk tells only
// those that it has seen at another place before.
func (c *contract) isOvertaken(waiting string) {
	c.t.Helper()
	for n := range 20 {
		c.asks(fmt.Sprintf("c-%d", 900+n), 9)
		_, err := c.bot.events(c.ctx, waiting, 4, 1) // a change of its place ends the wait
		c.must(err, "waiting for another place")
		calls := c.platform.Calls()
		told := slices.IndexFunc(calls, func(call sim.Call) bool { return call.Event.Type == "handoff.position_changed" })
		if told >= 0 {
			c.keep(calls[told], "moved", "The customer has another place")
			return
		}
	}
	c.t.Fatal("nobody is told of another place")
}

// asks for a person in another conversation, and answers our id of it.
func (c *contract) asks(conversation string, priority int) string {
	c.t.Helper()
	var begun shownConversation
	c.must(c.bot.call(c.ctx, http.MethodPost, "/v1/bots/shop/handoffs",
		map[string]any{"conversation_id": conversation, "queue": "billing", "priority": priority}, &begun), "a handoff of %s", conversation)
	return begun.ID
}

// chatsOnTheWeb: the customer is on our own channel.
func (c *contract) chatsOnTheWeb() {
	begun := c.sends(c.bot, "startConversation", "begins", "")
	c.keep(c.hears("conversation.started", "c-800"), "begins", "A customer is there")
	customer := c.bot.with(begun.Token)
	c.sends(customer, "postTyping", "customer_types", begun.ID)
	c.hears("typing.started", "c-800")
	c.sends(customer, "postMessage", "customer_speaks", begun.ID)
	c.keep(c.hears("message.created", "c-800"), "customer_speaks", "The customer says something, for the bot")
	c.sends(c.bot, "postMessage", "bot_speaks", begun.ID)
	c.sends(customer, "endConversation", "customer_ends", begun.ID)
	c.keep(c.hears("conversation.ended", "c-800"), "customer_left", "The customer left")
	c.sends(customer, "rateConversation", "customer_rates", begun.ID)
}

// asksForAPerson: the customer of another chat asks for a person herself.
func (c *contract) asksForAPerson() {
	var begun struct {
		ID    string `json:"id"`
		Token string `json:"conversation_token"`
	}
	c.must(c.bot.call(c.ctx, http.MethodPost, "/v1/conversations",
		map[string]any{"bot": "shop", "conversation_id": "c-802", "user": map[string]any{"id": "u-2"}}, &begun), "a chat")
	customer := c.bot.with(begun.Token)
	c.must(customer.call(c.ctx, http.MethodPost, "/v1/conversations/"+begun.ID+"/messages", map[string]any{"text": "Hello?"}, nil), "a word")
	c.sends(customer, "askForPerson", "customer_asks", begun.ID)
}

// losesAWord: a vendor refuses what the customer says.
func (c *contract) losesAWord() {
	var begun shownConversation
	c.must(c.bot.call(c.ctx, http.MethodPost, "/v1/bots/shop/handoffs",
		map[string]any{"conversation_id": "c-801", "queue": contractVendor}, &begun), "a handoff to the vendor")
	chats, err := c.vendor.Await(c.ctx, func(chats []simkit.Chat) bool { return len(chats) > 0 })
	c.must(err, "the chat at the vendor")
	c.must(c.vendor.Accept(chats[0].ID, "anna"), "the vendor's person takes it")
	c.hears("handoff.accepted", "c-801")
	c.must(c.vendor.Fault(simkit.FaultStatus, http.StatusBadRequest, 0), "the vendor refuses the next call")
	c.must(c.bot.call(c.ctx, http.MethodPost, "/v1/bots/shop/events", map[string]any{
		"type": "message.created", "timestamp": "2026-11-21T20:15:00Z", "conversation_id": "c-801",
		"data": map[string]any{"message": map[string]any{"id": "m-9", "text": "Hello?"}, "author": map[string]any{"role": "user"}},
	}, nil), "a word to the vendor")
	c.keep(c.hears("message.delivery_failed", "c-801"), "refused", "The contact centre did not take the word")
}
