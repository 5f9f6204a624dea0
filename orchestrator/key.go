package orchestrator

import (
	"crypto/sha256"
	"strings"
)

// BrowserSpace begins the ids of the conversations that browsers begin: whatever a browser calls its conversation stands behind
// it. A bot may speak of such a conversation, once it was told of it, and never begins one there. So an id that somebody
// chooses in a browser can neither be a bot's own id, nor become it, nor lead into the bot's conversation.
const BrowserSpace = "browser~"

// ofBrowser reports whether an id lies in the space of browsers.
func ofBrowser(external string) bool { return strings.HasPrefix(external, BrowserSpace) }

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

// said is the second name under which a word that a bot brings is remembered: its message's id, beside whose word it is, and a
// hash of what was said. A platform that tells a word again under another event id has said it once. Words of everybody else
// have one name, which their message's id is part of.
func (ev *Event) said() (name EventID, said [8]byte, ok bool) {
	told := ev.Actor.Role == ActorBot || ev.Actor.Role == ActorCustomer && ev.Bot != ""
	if ev.Type != EventMessage || ev.Message == nil || ev.Message.ID == "" || ev.Desk != "" || !told {
		return "", said, false
	}
	text := append(append(append(make([]byte, 0, 512), ev.Message.Format...), 0), ev.Message.Text...) // most need no more room
	for i := range ev.Message.Attachments {
		text = append(append(text, 0), ev.Message.Attachments[i].URL...)
	}
	sum := sha256.Sum256(text)
	copy(said[:], sum[:])
	return EventID("bot/said/" + string(ev.Actor.Role) + "/" + ev.Message.ID), said, true
}
