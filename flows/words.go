package flows

import "handoff/orchestrator"

// Who hears what: the speaker, who controls, and the customer's channel say where a word goes.

// speaker is whose word it is.
type speaker uint8

const (
	speakCustomer speaker = iota
	speakBot
	speakAgent
	speakSystem // a text of the policy
	speakers    // how many
)

// control is who controls, as an index.
type control uint8

const (
	byBot control = iota
	byNobody
	byAgent
	controls // how many
)

// way is how the customer reaches us.
type way uint8

const (
	viaBot    way = iota // the bot's platform owns the channel
	viaWeb               // our own API; its feed reads the timeline
	viaServer            // the channel is the desk that has the conversation
	viaDesk              // the channel is another desk
	ways                 // how many
)

// listener is where a word goes.
type listener uint8

const (
	inTimeline listener = iota // nowhere else: who is to hear it reads it there, or said it there
	toBot
	toServer // the desk that has the conversation
	toDesk   // the desk through which the customer came
	held     // kept in order for whoever controls next
	refused  // the speaker does not control
)

// whoHears is the table. A desk that is the channel and has the conversation in its own hands is told nothing that the policy
// says: it speaks to its customers itself, and a second voice would take the chat off its queue (SuperOffice) or fail because
// we are in it no more (Genesys, Oracle). Last words before it are lastWords' business. Notes are not
// in it: they reach nobody but readers of the timeline who may see all.
var whoHears = [speakers][controls][ways]listener{
	speakCustomer: {
		byBot:    {viaBot: inTimeline, viaWeb: toBot, viaServer: toBot, viaDesk: toBot},
		byNobody: {viaBot: held, viaWeb: held, viaServer: held, viaDesk: held},
		byAgent:  {viaBot: toServer, viaWeb: toServer, viaServer: inTimeline, viaDesk: toServer},
	},
	speakBot: {
		byBot:    {viaBot: inTimeline, viaWeb: inTimeline, viaServer: toDesk, viaDesk: toDesk},
		byNobody: {viaBot: refused, viaWeb: refused, viaServer: refused, viaDesk: refused},
		byAgent:  {viaBot: refused, viaWeb: refused, viaServer: refused, viaDesk: refused},
	},
	speakAgent: {
		byBot:    {viaBot: refused, viaWeb: refused, viaServer: refused, viaDesk: refused},
		byNobody: {viaBot: refused, viaWeb: refused, viaServer: refused, viaDesk: refused},
		byAgent:  {viaBot: toBot, viaWeb: inTimeline, viaServer: inTimeline, viaDesk: toDesk},
	},
	speakSystem: {
		byBot:    {viaBot: toBot, viaWeb: inTimeline, viaServer: toDesk, viaDesk: toDesk},
		byNobody: {viaBot: toBot, viaWeb: inTimeline, viaServer: inTimeline, viaDesk: toDesk},
		byAgent:  {viaBot: toBot, viaWeb: inTimeline, viaServer: inTimeline, viaDesk: toDesk},
	},
}

// hears looks a word up in the table.
func hears(who speaker, c *orchestrator.Conversation) listener {
	return whoHears[who][controlOf(c)][wayOf(c)]
}

func controlOf(c *orchestrator.Conversation) control {
	switch c.Controller() {
	case orchestrator.ControllerBot:
		return byBot
	case orchestrator.ControllerAgent:
		return byAgent
	case orchestrator.ControllerNobody:
		return byNobody
	}
	return byNobody
}

func wayOf(c *orchestrator.Conversation) way {
	switch c.Channel {
	case orchestrator.ChannelBot:
		return viaBot
	case orchestrator.ChannelWeb:
		return viaWeb
	case string(c.Desk):
		return viaServer
	default:
		return viaDesk
	}
}

// receiver is the party that is to be sent a word, false if nobody is: the word is in the timeline already, is held,
// or the receiver reads the timeline itself or cannot be told.
func (s *step) receiver(who speaker) (orchestrator.Party, bool) {
	switch hears(who, s.Next) {
	case toBot:
		return s.theBot(), s.flow.hears(s.was)
	case toServer:
		return s.theDesk(), !s.flow.desk(s.Next).ReadsTimeline
	case toDesk:
		return s.theChannel(), true
	case inTimeline, held, refused:
	}
	return orchestrator.Party{}, false
}

// carry sends a word that the newest entry says to whoever is to hear it.
func (s *step) carry(who speaker, ev *orchestrator.Event) {
	if to, ok := s.receiver(who); ok {
		cmd := s.command(to, orchestrator.CommandSend, orchestrator.ClassLive)
		cmd.Author, cmd.Message = ev.Actor, ev.Message
		cmd.Confirm = who == speakCustomer && to.Bot && s.flow.policy.BotSilentAfter > 0
	}
}
