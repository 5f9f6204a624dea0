package flows

import (
	"strconv"

	"handoff/orchestrator"
)

// command appends a command that tells the newest entry, to be filled in by the caller before the next one is made.
func (s *step) command(to orchestrator.Party, what orchestrator.CommandType,
	class orchestrator.Class) *orchestrator.Command {
	s.settle()
	cmd := s.newCommand(to, what, class, strconv.Itoa(len(s.Commands)))
	s.quote(&cmd)
	s.Commands = append(s.Commands, cmd)
	return &s.Commands[len(s.Commands)-1]
}

// quote says that a command tells the newest entry.
func (s *step) quote(cmd *orchestrator.Command) {
	cmd.Sequence, cmd.Event = s.sequence(), s.Entries[len(s.Entries)-1].Event.ID
}

// passing appends a command that is carried out at once or never.
func (s *step) passing(to orchestrator.Party, what orchestrator.CommandType) *orchestrator.Command {
	cmd := s.newCommand(to, what, orchestrator.ClassTransient, "t"+strconv.Itoa(len(s.Transient)))
	s.Transient = append(s.Transient, cmd)
	return &s.Transient[len(s.Transient)-1]
}

func (s *step) newCommand(
	to orchestrator.Party, what orchestrator.CommandType, class orchestrator.Class, ordinal string,
) orchestrator.Command {
	version := strconv.FormatUint(s.was.Version+1, 10)
	cmd := orchestrator.Command{
		ID:   orchestrator.CommandID(string(s.was.ID) + "." + version + "." + ordinal),
		Type: what, Class: class, Conversation: s.was.ID, To: to,
		Epoch: s.Next.Epoch, Handoff: s.Next.Handoff, At: s.now,
	}
	if to.Bot {
		cmd.External, cmd.ReplyContext, cmd.ByEntry = s.was.External, s.Next.ReplyContext, true
	}
	return cmd
}

// theDesk is the party at the desk that has the conversation.
func (s *step) theDesk() orchestrator.Party {
	return orchestrator.Party{Connector: s.Next.Desk, Ref: s.Next.DeskRef}
}

// theChannel is the party at the desk through which the customer came.
func (s *step) theChannel() orchestrator.Party {
	return orchestrator.Party{Connector: orchestrator.ConnectorName(s.was.Channel), Ref: s.was.ChannelRef}
}

// viaDesk: the customer came through a desk.
func (s *step) viaDesk() bool {
	return s.was.Channel != orchestrator.ChannelBot && s.was.Channel != orchestrator.ChannelWeb
}

// theBot is the party at the bot.
func (s *step) theBot() orchestrator.Party {
	return orchestrator.Party{Connector: s.was.Bot, Bot: true, Ref: s.was.External}
}

// open puts the conversation into the queue in which it now waits. With front it comes before all others.
func (s *step) open(front bool) {
	if s.deskKnows() && s.Next.Desk == s.was.Desk {
		return
	}
	n := s.Next
	cmd := s.command(s.theDesk(), orchestrator.CommandOpen, orchestrator.ClassSeeking)
	cmd.Customer = n.Customer
	cmd.Waiting = &orchestrator.Waiting{
		Queue: n.Queue, Priority: s.flow.priority(n), Since: n.WaitingFrom, Front: front, Prefer: n.Preferred,
		Exclude: n.Declined, AskAgain: n.AskAgain,
	}
	if n.Request != nil {
		cmd.Waiting.Skills, cmd.Reason, cmd.Note = n.Request.Skills, n.Request.Reason, n.Request.Summary
	}
	n.OpenVersion = s.was.Version + 1
}

// Priorities: 0 is last, 9 first, and the middle is where nothing was said.
const (
	middlePriority  = orchestrator.DefaultPriority
	highestPriority = 9
)

// priority is that of the request, lifted or lowered by that of the queue.
func (f *Flow) priority(c *orchestrator.Conversation) int {
	p := middlePriority
	if c.Request != nil {
		p = c.Request.Priority
	}
	if q := f.world.Queues[c.Queue].Priority; q != 0 {
		p += q - middlePriority
	}
	return min(max(p, 0), highestPriority)
}

// moveTo changes the queue, and takes leave of the desk if the queue is at another one.
func (s *step) moveTo(to place) {
	n := s.Next
	s.wentElsewhere = s.wentElsewhere || to != place{n.Desk, n.Queue}
	if to.desk != n.Desk {
		s.withdraw()
		s.arriveAt(to.desk)
	}
	n.Queue = to.queue
}

// arriveAt begins a stay at a desk, which has no handle yet, unless it is the one through which the customer came.
func (s *step) arriveAt(desk orchestrator.ConnectorName) {
	s.Next.Desk, s.Next.DeskRef, s.Next.DeskVersion = desk, "", s.was.Version+1
	if string(desk) == s.was.Channel {
		s.Next.DeskRef = s.was.ChannelRef
	}
}

// withdraw ends the conversation at the desk that has it, with nothing left to do there. The desk that is the channel keeps
// the chat, because to end it there would send the customer away: its people are taken out of it (endAtChannel ends it when
// all is over).
func (s *step) withdraw() {
	switch {
	case s.Next.Desk == "" || s.deskKnows():
	case string(s.Next.Desk) == s.was.Channel:
		s.takeBack()
	default:
		cmd := s.command(s.theDesk(), orchestrator.CommandEnd, orchestrator.ClassLifecycle)
		cmd.Reason = s.ev.Reason
	}
}

// takeBack takes the chat back from the people of the desk that is the channel, where the customer goes on with the bot, or
// through us with people of another desk. A desk without the ability lets go of a chat for good when it hands it over.
func (s *step) takeBack() {
	if s.Next.State.Ended() || !s.flow.desk(s.Next).TakeBack {
		return
	}
	cmd := s.command(s.theChannel(), orchestrator.CommandTakeBack, orchestrator.ClassLifecycle)
	cmd.Reason = s.ev.Reason
}

// endAtChannel ends the chat at the desk through which the customer came, when all is over: unless that desk says so itself,
// or the chat ended there before the after-call work.
func (s *step) endAtChannel() {
	byItsPeople := string(s.was.Desk) == s.was.Channel && (s.was.State == wrapUp || s.deskKnows())
	if !s.viaDesk() || byItsPeople {
		return
	}
	cmd := s.command(s.theChannel(), orchestrator.CommandEnd, orchestrator.ClassLifecycle)
	cmd.Reason = s.Next.ClosedBecause
}

// endAtDesk ends the chat at the desk; the owner's seat stays taken for the after-call work. Where the bot goes on with the
// customer in the same chat, it is taken back instead.
func (s *step) endAtDesk(owner orchestrator.Agent) {
	if s.deskKnows() {
		return
	}
	if string(s.Next.Desk) == s.was.Channel && s.Next.Controller() == orchestrator.ControllerBot {
		s.takeBack()
		return
	}
	cmd := s.command(s.theDesk(), orchestrator.CommandEnd, orchestrator.ClassLifecycle)
	cmd.Reason, cmd.KeepSeat, cmd.Agent = s.ev.Reason, true, &owner
}

// completeAtDesk tells the desk that the after-call work is done, where it wants to know.
func (s *step) completeAtDesk() {
	if s.deskKnows() || !s.flow.desk(s.Next).Complete {
		return
	}
	cmd := s.command(s.theDesk(), orchestrator.CommandComplete, orchestrator.ClassLifecycle)
	if owner := s.was.Owner(); owner.ID != "" {
		cmd.Agent = &owner
	}
	cmd.Reason = s.ev.Disposition
}

// acceptAtDesk tells the desk that a person took the conversation at our API, or joined it.
func (s *step) acceptAtDesk(who orchestrator.Agent, guest bool) {
	if s.deskKnows() || !s.flow.desk(s.Next).Accept {
		return
	}
	cmd := s.command(s.theDesk(), orchestrator.CommandAccept, orchestrator.ClassSeeking)
	cmd.Agent, cmd.Guest = &who, guest
}

// leaveAtDesk tells the desk that a person is out of it: left, or no longer asked.
func (s *step) leaveAtDesk(who orchestrator.Agent) {
	if s.deskKnows() || !s.flow.desk(s.Next).Conference {
		return
	}
	cmd := s.command(s.theDesk(), orchestrator.CommandLeave, orchestrator.ClassLifecycle)
	cmd.Agent, cmd.Reason = &who, s.ev.Reason
}

// handOverToDesk gives the people the customer's words that nobody has heard yet.
func (s *step) handOverToDesk() {
	from := s.Next.HeldFrom
	s.Next.HeldFrom = 0
	if from == 0 || s.flow.desk(s.Next).ReadsTimeline || s.Next.Channel == string(s.Next.Desk) {
		return
	}
	s.flush(s.theDesk(), from)
}

// handOverToBot gives the bot the customer's words that nobody has heard yet, where it has not heard them itself.
func (s *step) handOverToBot() {
	from := s.Next.HeldFrom
	s.Next.HeldFrom = 0
	if from == 0 || s.Next.Channel == orchestrator.ChannelBot || !s.flow.hears(s.was) {
		return
	}
	// What was given up before the request is not told to the bot again, and what came after that it has heard.
	s.flush(s.theBot(), max(from, s.Next.HandoffSequence))
	s.Commands[len(s.Commands)-1].Confirm = s.flow.policy.BotSilentAfter > 0
}

// flush sends the held words to whoever controls from now on. The newest may be the word that led to that: it is an entry of this
// step, like all that stands before the command.
func (s *step) flush(to orchestrator.Party, from uint64) {
	cmd := s.command(to, orchestrator.CommandFlush, orchestrator.ClassLive)
	cmd.From, cmd.Until = from, s.sequence()
}
