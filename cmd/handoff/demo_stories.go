package main

import "handoff/orchestrator"

// story is one scripted life of a chat. act is read like a play: each line does one thing through the public interface, or
// waits until one thing can be seen there. end is the state in which the conversation must be when the play is over; empty
// where that is up to somebody at the terminal.
type story struct {
	name string
	end  orchestrator.State
	act  func(*scene)
}

// stories are those that need scripted agents, in the order of a newcomer's questions.
func stories() []story {
	return []story{
		{"straight handoff", orchestrator.StateCompleted, straightHandoff},
		{"cancelled in the queue", orchestrator.StateCompleted, cancelledInTheQueue},
		{"declined, then the next", orchestrator.StateCompleted, declinedThenTheNext},
		{"transfer to a colleague", orchestrator.StateCompleted, transferToAColleague},
		{"transfer to a queue", orchestrator.StateCompleted, transferToAQueue},
		{"conference", orchestrator.StateCompleted, conference},
		{"queue time-out", orchestrator.StateCompleted, queueTimeOut},
		{"customer vanishes", orchestrator.StateCompleted, customerVanishes},
		{"back to the bot", orchestrator.StateCompleted, backToTheBot},
		{"customer comes back", orchestrator.StateCompleted, customerComesBack},
		{"customer gives up", orchestrator.StateAbandoned, customerGivesUp},
	}
}

// openStories are those in which somebody at the terminal plays the agent.
func openStories() []story {
	return []story{{"waiting for you", "", waitingForYou}}
}

func straightHandoff(s *scene) {
	s.customerSays("My parcel has not come.")
	s.botSays("I am sorry. Shall I fetch a colleague?")
	s.customerSays("Yes, please.")
	s.botAsksForHandoff("general", "The parcel of order 4711 is late.")
	agent := s.rings()
	agent.accepts()
	agent.says("Good day! Let me look that up.")
	s.customerSays("Thank you. It is order 4711.")
	agent.says("It is on the van and comes today.")
	s.customerSays("Wonderful.")
	agent.ends()
	agent.completes("solved")
}

func cancelledInTheQueue(s *scene) {
	s.customerSays("I want to speak to somebody.")
	s.botAsksForHandoff("general", "No reason given.")
	s.rings() // and nobody picks up
	s.botCancels("user_changed_mind")
	s.awaitState(orchestrator.StateBot)
	s.botSays("As you like. I have found the answer meanwhile: page 12.")
	s.botEnds()
}

func declinedThenTheNext(s *scene) {
	s.customerSays("There is an error on my bill.")
	s.botAsksForHandoff("billing", "Doubts about a bill.")
	first := s.rings()
	first.declines("in a meeting")
	second := s.ringsAgain(first)
	second.accepts()
	second.says("I see it: one item stands there twice. I have taken it off.")
	s.customerSays("That was quick.")
	second.completes("solved")
}

func transferToAColleague(s *scene) {
	s.customerSays("Can I pay in two parts?")
	s.botAsksForHandoff("general", "Payment in parts.")
	first := s.rings()
	first.accepts()
	first.says("My colleague knows that better. One moment.")
	second := first.transfersToColleague()
	second.acceptsTransfer()
	second.says("Yes, in two parts, without extra cost.")
	second.ends()
	second.completes("solved")
}

func transferToAQueue(s *scene) {
	s.customerSays("I was charged twice.")
	s.botAsksForHandoff("general", "Charged twice.")
	first := s.rings()
	first.accepts()
	first.says("I pass you on to billing.")
	first.transfersToQueue("billing")
	s.customerSays("All right, I wait.") // kept, and told to whoever takes it
	second := s.rings()
	second.accepts()
	second.says("The second charge is on its way back to you.")
	second.ends()
	second.completes("follow_up")
}

func conference(s *scene) {
	s.customerSays("Does the lamp fit the old socket?")
	s.botAsksForHandoff("general", "A question about sockets.")
	owner := s.rings()
	owner.accepts()
	guest := owner.invitesColleague()
	guest.accepts()
	s.awaitState(orchestrator.StateConference)
	guest.says("It does, with the ring that lies in the box.")
	guest.leaves()
	s.awaitState(orchestrator.StateAgent)
	owner.says("Is there anything else?")
	s.customerSays("No, thanks to both of you.")
	owner.ends()
	owner.completes("solved")
}

func queueTimeOut(s *scene) {
	s.customerSays("Is anybody there?")
	s.botAsksForHandoffWithin("general", "Asks for a person.", demoQueueTimeout)
	s.rings() // nobody picks up, until the queue's own time is over
	s.awaitState(orchestrator.StateBot)
	s.botSays("Nobody is free at the moment. May I help instead?")
	s.botEnds()
}

func customerVanishes(s *scene) {
	s.customerSays("Hello?")
	s.botAsksForHandoff("general", "Says little.")
	agent := s.rings()
	agent.accepts()
	agent.says("Hello! What can I do for you?")
	s.customerStopsFetching()
	s.awaitState(orchestrator.StateWrapUp) // the reaper has noticed
	agent.completes("follow_up")
}

func backToTheBot(s *scene) {
	s.customerSays("Where do I find the manual?")
	s.botAsksForHandoff("general", "Asks for the manual.")
	agent := s.rings()
	agent.accepts()
	agent.says("The bot can send it to you. I hand you back.")
	agent.returnsToBot("solved without a person")
	s.awaitState(orchestrator.StateBot)
	s.botSays("Here is the manual.")
	s.botEnds()
}

func customerComesBack(s *scene) {
	s.customerSays("I have a question.")
	s.botAsksForHandoff("billing", "A question.")
	first := s.rings()
	first.accepts()
	first.says("It is settled. Good-bye!")
	first.ends()
	s.customerSays("Wait, one more thing.") // in wrap-up: back to the queue, and to the same person if free
	again := s.rings()
	again.accepts()
	again.says("Of course.")
	again.ends()
	again.completes("solved")
}

func customerGivesUp(s *scene) {
	s.customerSays("Somebody, please!")
	s.botAsksForHandoff("general", "Is in a hurry.")
	s.rings()
	s.customerLeaves()
}

func waitingForYou(s *scene) {
	s.customerSays("Hello, I have a question about my bill.")
	s.botAsksUntilTaken("general", "A question about a bill: a person is needed, and that is you.")
	s.customerMaySay("How long may I take to pay?")
	s.answersUntilDone("I see.", "And if I am late?", "Thank you, that is all.")
}
