package frame

import "handoff/orchestrator"

// OfChat completes a fact about a chat that began at the desk (seat agent): its conversation is found by the bot and the desk's
// own id for it.
func (f *Frame) OfChat(bot orchestrator.ConnectorName, ref string, ev *orchestrator.Event) {
	ev.Bot, ev.External = bot, string(f.Name)+":"+ref
	ev.Channel, ev.Ref = string(f.Name), ref
}

// HandedOver are the facts with which our part in a chat ends that goes on where the vendor lets us see nothing.
func (f *Frame) HandedOver(to orchestrator.Agent) []orchestrator.Event {
	return []orchestrator.Event{
		{Type: orchestrator.EventAccepted, Agent: &to, Reason: "handed_over: not visible from here"},
		{Type: orchestrator.EventCompleted, Reason: "handed_over"},
	}
}

// Queue is the desk itself as the one who has a chat that waits in a queue, or whom nobody names.
func (f *Frame) Queue(queue orchestrator.QueueName) orchestrator.Agent {
	return orchestrator.Agent{ID: orchestrator.AgentID(f.Name), Name: string(queue)}
}

// ByAgent is a person at the desk as the author of a fact.
func ByAgent(who orchestrator.Agent) orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(who.ID), Name: who.Name}
}
