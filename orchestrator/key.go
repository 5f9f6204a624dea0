package orchestrator

// key is the name under which an event is remembered: its id, and who gave it. Each sender has ids of its own, so that
// nobody can take the id of somebody else's event, or of a deadline, beforehand and have that one pass for a repetition.
func (ev *Event) key() EventID {
	switch ev.Actor.Role {
	case ActorAgent, ActorSupervisor:
		return "person/" + EventID(ev.Actor.ID) + "/" + ev.ID
	case ActorDesk:
		return "desk/" + EventID(ev.Desk) + "/" + ev.ID
	case ActorSystem:
		return "system/" + ev.ID
	case ActorCustomer:
		if ev.Bot == "" {
			return "customer/" + ev.ID
		}
		return "bot/" + ev.ID // the bot owns the channel and tells us the customer's words
	case ActorBot:
		return "bot/" + ev.ID
	}
	return "system/" + ev.ID
}
