package main

import "handoff/connectors/simkit"

// The way to a person of a vendor, who is not rung by us.
var (
	waitsThere  = wasQueued
	servedThere = waitsThere.then(ending{steps: []string{"agent: first to accept"}, told: []string{"handoff.accepted"}})
	// endedThere is what follows when the vendor's people end, and nobody can see their after-call work.
	endedThere = ending{
		state: "completed", because: "wrap_up_timed_out", steps: []string{"wrap_up: ended", "completed: deadlines.wrap_up"},
		reads: []string{"system: Good-bye."}, told: []string{"handoff.ended", "handoff.completed", "conversation.ended"},
	}
)

// greeted is what follows when a person of the vendor has taken it.
func (p vendorPerson) greeted(words ...string) ending {
	return ending{agent: p.id, reads: append([]string{"system: " + p.name + " is here."}, words...)}
}

func vendorServes(s *vendorLife) {
	anna, _ := s.staff()
	s.isHandedTo(anna)
	s.theySay(anna, "Good day! Let me look.")
	s.customerSays("Order 4711.")
	s.bot.isRefused("As I was saying")
	s.theySay(anna, "It comes today.")
	s.theyEnd(anna)
	s.endsWith(servedThere.then(anna.greeted(
		anna.id+": Good day! Let me look.", "user: Order 4711.", anna.id+": It comes today.",
	)).then(endedThere), "agent: Good day! Let me look.", "customer: Order 4711.", "agent: It comes today.")
}

func vendorIsLeftWaiting(s *vendorLife) {
	s.bot.asksForHandoff()
	s.reachesPeople()
	s.customer.leaves()
	s.is(simkit.ChatEnded)
	s.endsWith(waitsThere.then(ending{
		state: "abandoned", because: "customer_left", steps: []string{"abandoned: customer gone"},
		told: []string{"handoff.ended", "conversation.ended"},
	}))
}

func vendorIsLeftServing(s *vendorLife) {
	anna, _ := s.staff()
	s.isHandedTo(anna)
	s.customerSays("It has come. Thank you!")
	s.customer.leaves()
	s.standsSo("the end", func(c simkit.Chat) bool {
		return c.ID == s.chat && (c.State == simkit.ChatWrapUp || c.State == simkit.ChatEnded)
	})
	s.endsWith(servedThere.then(anna.greeted("user: It has come. Thank you!")).then(ending{
		state: "completed", because: "customer_left", steps: []string{"wrap_up: customer gone", "completed: deadlines.wrap_up"},
		told: []string{"handoff.ended", "handoff.completed", "conversation.ended"},
	}), "customer: It has come. Thank you!")
}

// passing is how a transfer among the vendor's people is told: the step before the colleague accepts, if one can be seen,
// and all that follows.
type passing struct {
	event string
	ending
}

var (
	asTransfer = ending{
		steps: []string{"transferring: kept until somebody else has it", "agent: first to accept"},
		told:  []string{"handoff.transferred"},
	}
	asWaiting = ending{
		steps: []string{"queued: place by first wait", "agent: first to accept"}, reads: []string{"system: You keep your place."},
		told: []string{"handoff.queued", "handoff.accepted"},
	}
	// passedOnAs: Genesys and ICWS show that nobody serves while it rings at the colleague, Oracle shows nothing until then.
	passedOnAs = map[string]passing{
		"genesys":     {"handoff.queued", asWaiting},
		"icws":        {"handoff.queued", asWaiting},
		"oracle":      {"", asTransfer},
		"superoffice": {"conversation.transfer_requested", asTransfer},
	}
)

func vendorTransfers(s *vendorLife) {
	anna, bob := s.staff()
	s.isHandedTo(anna)
	s.theySay(anna, "My colleague knows.")
	s.must(s.vendor.stage.Transfer(s.chat, anna.login, simkit.Destination{Agent: bob.login}), "transferring")
	passedOn := passedOnAs[s.vendor.kind]
	switch passedOn.event {
	case "":
	case "handoff.queued":
		s.isQueuedAgain("requeued")
	default:
		s.isToldOf(passedOn.event)
	}
	s.must(s.vendor.stage.Accept(s.chat, bob.login), "%s accepts", bob.login)
	s.theySay(bob, "I do.")
	s.customerSays("Good.")
	s.theyEnd(bob)
	s.endsWith(servedThere.then(anna.greeted(anna.id+": My colleague knows.")).then(passedOn.ending).
		then(bob.greeted(bob.id+": I do.", "user: Good.")).then(endedThere), "agent: My colleague knows.", "agent: I do.", "customer: Good.")
}

func vendorIsRelieved(s *vendorLife) {
	anna, _ := s.staff()
	s.isHandedTo(anna)
	s.theySay(anna, "The bot has it.")
	s.sam.does("return-to-bot", map[string]any{"reason": "bot_can_do_it"})
	s.bot.isTold("handoff.ended")
	s.botGoesOn()
	s.endsWith(servedThere.then(anna.greeted(anna.id+": The bot has it.")).then(ending{
		steps: []string{"bot: people are done"}, told: []string{"handoff.ended", "handoff.completed"},
	}).then(botEnds), "agent: The bot has it.")
}

// houseHelpsOut: a request that does not want to wait goes to the house desk while the vendor does not answer.
func houseHelpsOut(s *vendorLife) {
	ben := s.agent("ben", "general")
	s.must(s.vendor.stage.Fault(simkit.FaultDown, 0, 0), "the vendor goes down")
	s.bot.asksForHandoff(map[string]any{"limits": map[string]any{"queue_timeout_seconds": 1}})
	s.life.isTakenBy(ben)
	s.must(s.vendor.stage.Fault(simkit.FaultUp, 0, 0), "the vendor comes up")
	ben.says("The others are ill; I help you.")
	ben.completes("solved")
	s.endsWith(waitsThere.then(ending{
		state: "completed", because: "completed", agent: "ben",
		steps: []string{
			"queued: on_queue_timeout", "offered: offer", "agent: first to accept", "wrap_up: completed", "completed: completed",
		},
		reads: []string{"system: Ben is here.", "ben: The others are ill; I help you.", "system: Good-bye."},
		told: []string{
			"handoff.queued", "handoff.accepted", "handoff.ended", "handoff.completed", "conversation.ended",
		},
	}))
}

// vendorIsDownForAWhile: what is said meanwhile on both sides arrives once and in order when the vendor answers again.
func vendorIsDownForAWhile(s *vendorLife) {
	anna, _ := s.staff()
	s.isHandedTo(anna)
	s.theySay(anna, "One moment.")
	s.must(s.vendor.stage.Fault(simkit.FaultDown, 0, 0), "the vendor goes down")
	s.customer.says("Are you there?")
	s.customer.says("Hello?")
	s.must(s.vendor.stage.Says(s.chat, anna.login, "I am."), "%s says", anna.login)
	s.must(s.vendor.stage.Fault(simkit.FaultUp, 0, 0), "the vendor comes up")
	s.stands("customer: Hello?")
	s.customer.reads("I am.")
	s.theyEnd(anna)
	s.endsWith(servedThere.then(anna.greeted(
		anna.id+": One moment.", "user: Are you there?", "user: Hello?", anna.id+": I am.",
	)).then(endedThere), "agent: One moment.", "agent: I am.", "customer: Are you there?", "customer: Hello?")
}

// vendorStutters: what the vendor tells twice, or in another order, comes once and in order.
func vendorStutters(s *vendorLife) {
	anna, _ := s.staff()
	s.isHandedTo(anna)
	s.must(s.vendor.stage.Fault(simkit.FaultDuplicate, 0, 0), "the next notification comes twice")
	s.theySay(anna, "One.")
	s.must(s.vendor.stage.Fault(simkit.FaultReorder, 0, 0), "the next two notifications change places")
	s.must(s.vendor.stage.Says(s.chat, anna.login, "Two."), "%s says", anna.login)
	s.theySay(anna, "Three.")
	s.theyEnd(anna)
	s.endsWith(servedThere.then(anna.greeted(anna.id+": One.", anna.id+": Two.", anna.id+": Three.")).then(endedThere),
		"agent: One.", "agent: Two.", "agent: Three.")
}
