package flows

import (
	"slices"
	"strings"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// checkDecision fails when a decision breaks what must always hold.
func checkDecision(
	t tester, f *Flow, was *orchestrator.Conversation, ev *orchestrator.Event, d *orchestrator.Decision,
	now orchestrator.Moment,
) {
	t.Helper()
	checkNumbers(t, was, ev, d, now)
	checkMoves(t, was, d)
	checkEpoch(t, was, d)
	checkRecord(t, d.Next)
	checkCommands(t, f, was, d)
	checkNotices(t, was, d)
	checkResume(t, was, d)
}

// checkResume: whoever reads nothing but what is told knows whether the bot may speak. It may from resume: bot on, until a person
// is asked for or has it.
func checkResume(t tester, was *orchestrator.Conversation, d *orchestrator.Decision) {
	t.Helper()
	may := was.Controller() == orchestrator.ControllerBot
	for _, e := range d.Entries {
		if e.Notice == nil {
			continue
		}
		switch n := e.Notice; {
		case n.Resume != "":
			may = n.Resume == wire.ResumeBot
		case n.Type == wire.Queued, n.Type == wire.Accepted, n.Type == wire.ConversationEnded:
			may = false
		}
	}
	if may != (d.Next.Controller() == orchestrator.ControllerBot) {
		t.Fatalf("%s in %s: the bot is told that it may speak: %t; in control is %s", d.Entries[0].Event.Type, was.State, may,
			d.Next.Controller())
	}
}

// checkNotices: what is told has an entry of its own, and the bot is told that entry's notice, each once and in order.
func checkNotices(t tester, was *orchestrator.Conversation, d *orchestrator.Decision) {
	t.Helper()
	for _, e := range d.Entries {
		switch n := e.Notice; {
		case e.Event.Type == orchestrator.EventMessage && n != nil:
			t.Fatalf("a word tells %s as well", n.Type)
		case n != nil && (n.Type == "" || n.FromState != e.From || n.ToState != e.To):
			t.Fatalf("%s tells %+v", e.Event.Type, n)
		case e.Event.Type != orchestrator.EventMessage && e.Form != orchestrator.FormNotice:
			t.Fatalf("%s does not say that its notice is written down", e.Event.Type)
		}
	}
	told := was.Sequence
	for _, cmd := range slices.Concat(d.Commands, d.Transient) {
		if cmd.Type != orchestrator.CommandNotify {
			continue
		}
		if cmd.Sequence <= told || !cmd.ByEntry {
			t.Fatalf("%s has number %d after %d", cmd.Notice.Type, cmd.Sequence, told)
		}
		told = cmd.Sequence
		e := d.Entries[told-was.Sequence-1]
		if cmd.Notice != e.Notice || cmd.Event != e.Event.ID || cmd.Epoch != e.Epoch || cmd.Handoff != e.Handoff || cmd.At != e.At {
			t.Fatalf("%s is not what entry %d (%s) tells: %+v %+v", cmd.Notice.Type, told, e.Event.Type, cmd, e)
		}
	}
}

func checkNumbers(t tester, was *orchestrator.Conversation, ev *orchestrator.Event, d *orchestrator.Decision,
	now orchestrator.Moment) {
	t.Helper()
	n := d.Next
	if n.Version != was.Version+1 || n.Sequence != was.Sequence+uint64(len(d.Entries)) {
		t.Fatalf("%s: version %d and sequence %d after %d and %d with %d entries",
			ev.Type, n.Version, n.Sequence, was.Version, was.Sequence, len(d.Entries))
	}
	ids := map[orchestrator.EventID]bool{}
	for i, e := range d.Entries {
		if e.At != now || e.Version != n.Version || e.Derived != (i > 0) || ids[e.Event.ID] {
			t.Fatalf("%s: entry %d is not numbered right: %+v", ev.Type, i, e)
		}
		ids[e.Event.ID] = true
		if e.Why == nil || e.Why.Rule == "" || e.Why.Cause == "" {
			t.Fatalf("%s: entry %d (%s) has no reason", ev.Type, i, e.Event.Type)
		}
	}
	if d.Entries[0].Event.ID != ev.ID {
		t.Fatalf("%s: the first entry is of %s", ev.Type, d.Entries[0].Event.ID)
	}
}

func checkMoves(t tester, was *orchestrator.Conversation, d *orchestrator.Decision) {
	t.Helper()
	at := was.State
	for _, e := range d.Entries {
		if !e.Moved() {
			if e.From != "" {
				t.Fatalf("%s has a from but no to", e.Event.Type)
			}
			continue
		}
		if e.From != at || !slices.Contains(Transitions(), orchestrator.Transition{From: e.From, On: e.Event.Type,
			To: e.To}) {
			t.Fatalf("%s moved from %s (it stood in %s) to %s", e.Event.Type, e.From, at, e.To)
		}
		at = e.To
	}
	if at != d.Next.State {
		t.Fatalf("the entries lead to %s, the record stands in %s", at, d.Next.State)
	}
	if d.Refusal != nil && (at != was.State || d.Next.Epoch != was.Epoch || len(d.Commands) > 0) {
		t.Fatalf("a refusal did something")
	}
}

func checkEpoch(t tester, was *orchestrator.Conversation, d *orchestrator.Decision) {
	t.Helper()
	want := was.Epoch
	if voiceOf(was) != voiceOf(d.Next) {
		want++
	}
	if d.Next.Epoch != want {
		t.Fatalf("%s: epoch %d after %d, who may speak went from %v to %v",
			d.Entries[0].Event.Type, d.Next.Epoch, was.Epoch, voiceOf(was), voiceOf(d.Next))
	}
	epoch := was.Epoch
	for _, e := range d.Entries {
		if e.Epoch < epoch {
			t.Fatalf("the epoch went back in %s", e.Event.Type)
		}
		epoch = e.Epoch
	}
	if epoch != d.Next.Epoch {
		t.Fatalf("the last entry has epoch %d, the record %d", epoch, d.Next.Epoch)
	}
}

func checkRecord(t tester, c *orchestrator.Conversation) {
	t.Helper()
	owners, guests := 0, 0
	for i, p := range c.Participants {
		switch p.Role {
		case orchestrator.RoleOwner:
			owners++
		case orchestrator.RoleGuest:
			guests++
		}
		if slices.ContainsFunc(c.Participants[:i],
			func(q orchestrator.Participant) bool { return q.Agent.ID == p.Agent.ID }) {
			t.Fatalf("%s: %s is in it twice", c.State, p.Agent.ID)
		}
	}
	people := len(c.Participants)
	wantOwner := c.State.Served() || c.State == wrapUp
	switch {
	case wantOwner && owners != 1:
		t.Fatalf("%s with %d owners", c.State, owners)
	case (c.State == agent || c.State == transferring) && guests != 0, c.State == conference && guests == 0:
		t.Fatalf("%s with %d guests", c.State, guests)
	case c.State == transferring && people != 1, c.State == wrapUp && people != 1:
		t.Fatalf("%s with %d people", c.State, people)
	case !wantOwner && !c.State.Ended() && people != 0:
		t.Fatalf("%s with %d people", c.State, people)
	case (c.Offer != nil) != (c.State == offered), (c.Transfer != nil) != (c.State == transferring):
		t.Fatalf("%s with offer %v and transfer %v", c.State, c.Offer, c.Transfer)
	case c.State.Ended() != (c.Deadline == 0), c.State.Ended() != (c.DeadlineRule == ""),
		c.State.Ended() != (c.EndedAt != 0):
		t.Fatalf("%s with deadline %s (%s), ended at %s", c.State, c.Deadline, c.DeadlineRule, c.EndedAt)
	case c.State.Ended() && c.ClosedBecause == "":
		t.Fatalf("%s for no reason", c.State)
	case c.HeldFrom != 0 && (c.Controller() != orchestrator.ControllerNobody || c.State.Ended()):
		t.Fatalf("%s holds words from %d on", c.State, c.HeldFrom)
	case c.HeldFrom > c.Sequence:
		t.Fatalf("words are held from %d, the timeline ends at %d", c.HeldFrom, c.Sequence)
	}
	waiting := c.State == queued || c.State == offered
	if (waiting || wantOwner) && (c.Desk == "" || c.Queue == "" || c.WaitingFrom == 0 || c.QueuedAt == 0 ||
		c.Handoff == 0) {
		t.Fatalf("%s with desk %q, queue %q, handoff %d", c.State, c.Desk, c.Queue, c.Handoff)
	}
	if c.State == bot && (c.Desk != "" || c.Queue != "") {
		t.Fatalf("bot with desk %q, queue %q", c.Desk, c.Queue)
	}
}

func checkCommands(t tester, f *Flow, was *orchestrator.Conversation, d *orchestrator.Decision) {
	t.Helper()
	ids := map[orchestrator.CommandID]bool{}
	for i := range d.Commands {
		cmd := &d.Commands[i]
		if ids[cmd.ID] || !strings.HasPrefix(string(cmd.ID), string(was.ID)+".") {
			t.Fatalf("command id %s", cmd.ID)
		}
		ids[cmd.ID] = true
		if cmd.Sequence <= was.Sequence || cmd.Sequence > d.Next.Sequence || cmd.Event == "" {
			t.Fatalf("%s tells entry %d of %d..%d", cmd.Type, cmd.Sequence, was.Sequence+1, d.Next.Sequence)
		}
		if cmd.To.Connector == "" || cmd.Class == orchestrator.ClassTransient || cmd.At == 0 {
			t.Fatalf("%s to %q of class %s", cmd.Type, cmd.To.Connector, cmd.Class)
		}
		checkAbility(t, f, cmd)
		checkListener(t, d.Next, cmd)
	}
}

// checkAbility: a desk is asked only for what it can do, and a bot without a callback for nothing.
func checkAbility(t tester, f *Flow, cmd *orchestrator.Command) {
	t.Helper()
	if cmd.To.Bot {
		if !f.world.Bots[cmd.To.Connector] {
			t.Fatalf("%s to a bot that does not hear", cmd.Type)
		}
		return
	}
	m := f.world.Desks[cmd.To.Connector]
	able := map[orchestrator.CommandType]bool{
		orchestrator.CommandOpen: true, orchestrator.CommandEnd: true, orchestrator.CommandSend: true,
		orchestrator.CommandFlush: !m.ReadsTimeline, orchestrator.CommandAccept: m.Accept,
		orchestrator.CommandTransfer: m.TransferAgent, orchestrator.CommandInvite: m.Conference,
		orchestrator.CommandLeave: m.Conference, orchestrator.CommandComplete: m.Complete, orchestrator.CommandTakeBack: m.TakeBack,
	}
	if !able[cmd.Type] {
		t.Fatalf("%s to desk %s, which cannot do that", cmd.Type, cmd.To.Connector)
	}
}

// checkListener: words go to the controller's side, or from it to the customer; never to anybody else.
func checkListener(t tester, c *orchestrator.Conversation, cmd *orchestrator.Command) {
	t.Helper()
	if cmd.Type != orchestrator.CommandSend && cmd.Type != orchestrator.CommandFlush {
		return
	}
	role := cmd.Author.Role
	if cmd.Type == orchestrator.CommandFlush {
		role = orchestrator.ActorCustomer
	}
	switch role {
	case orchestrator.ActorCustomer:
		want := orchestrator.ControllerAgent
		if cmd.To.Bot {
			want = orchestrator.ControllerBot
		}
		if c.Controller() != want || !cmd.To.Bot && cmd.To.Connector != c.Desk {
			t.Fatalf("a customer's word went to %+v while %s controls", cmd.To, c.Controller())
		}
	case orchestrator.ActorBot:
		if c.Controller() != orchestrator.ControllerBot || cmd.To.Bot {
			t.Fatalf("a bot's word went to %+v while %s controls", cmd.To, c.Controller())
		}
	case orchestrator.ActorAgent, orchestrator.ActorSupervisor:
		if c.Controller() != orchestrator.ControllerAgent {
			t.Fatalf("an agent's word went to %+v while %s controls", cmd.To, c.Controller())
		}
	case orchestrator.ActorSystem, orchestrator.ActorDesk:
	}
}
