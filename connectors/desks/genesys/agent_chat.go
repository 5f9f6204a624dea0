package genesys

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// Bounds of the work on one chat.
const (
	// maxInbox is how many notifications about one chat may wait; what comes on top is read from the vendor afterwards.
	maxInbox = 1000
	// maxFailures is how many failures of operations are remembered for those that wait for them.
	maxFailures = 16
	// stepPause is the pause before a step that failed is tried again, at first.
	stepPause        = 200 * time.Millisecond
	longestStepPause = 5 * time.Second
)

// input is something to do about a chat.
type input struct {
	notice
	live  bool          // heard just now, not read
	truth bool          // read from the list of chats; without a state the chat is not there any more
	look  bool          // something may have been noted, or time has passed
	done  chan struct{} // closed when it is done; may be nil
	tried chan struct{} // closed when it was tried once; may be nil

	// Set once it is known what the input says; a step that fails is done again without that.
	taken bool
	idle  bool   // there is nothing to do about it
	from  string // the state before it
}

// agentChat works one chat: one input after another, in order, by one goroutine at a time.
type agentChat struct {
	*agentSeat
	ref  string
	user string          // our own
	ctx  context.Context // of the Serve to which it belongs

	// Under the seat's guard.
	inbox    []input
	dropped  bool // something did not fit into the inbox
	busy     bool
	done     bool   // nothing is left to do; the next input begins anew
	heard    string // the state as it was heard last
	failures map[number]string
	changed  chan struct{} // closed and replaced at each input
	logsDue  int           // how often the log is still to be told from its beginning (8.5.1)

	// The worker's.
	loaded   bool
	note     agentNote
	at       *resource // how the chat stands; nil before that is known
	state    string
	accepted orchestrator.Moment // when the offer was accepted; 0: not yet
	log      map[number]entry    // heard and not told
	knownTo  number              // the log is known without holes up to here
	asked    orchestrator.Moment // when the log was asked for (8.5.1)
	leaving  orchestrator.Moment // when the bot has left to a person who joined; the notification of that comes later
	unheard  bool                // something may have been missed and is not read yet: what is told now is drift
}

// ranks order the states between an offer and the end: notifications may arrive in another order.
var ranks = map[string]int{
	stateInvited: 1, stateChatting: 2, stateJoinFailed: 3, stateLeft: 3, stateRevoked: 4, stateCompleted: 4,
}

// overtaken: the state was left before the other was entered. An offer after the end begins anew.
func overtaken(state, by string) bool {
	if state == stateInvited && ranks[by] == ranks[stateCompleted] {
		return false
	}
	return ranks[state] != 0 && ranks[state] < ranks[by]
}

// add puts an input into the inbox and sees that somebody works. The guard is held.
func (c *agentChat) add(in input) {
	if in.state != nil && !overtaken(in.state.State, c.heard) {
		c.heard = in.state.State
	}
	if in.failed != "" {
		if len(c.failures) >= maxFailures {
			clear(c.failures)
		}
		c.failures[in.reference] = in.failed
	}
	if slices.ContainsFunc(in.entries, func(e entry) bool { return e.Index == 1 }) {
		c.logsDue = max(0, c.logsDue-1)
	}
	close(c.changed)
	c.changed = make(chan struct{})
	if len(c.inbox) >= maxInbox && in.done == nil && in.tried == nil {
		c.dropped = true
		return
	}
	c.inbox = append(c.inbox, in)
	if !c.busy {
		c.busy = true
		c.wg.Go(c.work)
	}
}

// work does what is in the inbox, then goes.
func (c *agentChat) work() {
	for {
		in, ok := c.next()
		if !ok {
			return
		}
		for pause := stepPause; ; pause = min(2*pause, longestStepPause) {
			err := c.step(c.ctx, &in)
			if frame.Refused(err) {
				err = c.afterRefusal(c.ctx, err)
			}
			if in.tried != nil { // whoever reads all chats does not wait for one that the vendor does not answer for
				close(in.tried)
				in.tried = nil
			}
			if err == nil {
				break
			}
			if c.ctx.Err() == nil {
				c.Log.WarnContext(c.ctx, "a chat is looked after again", "chat", c.ref, "error", err)
			}
			if c.Report.Rest(c.ctx, pause) != nil {
				return // whoever listens next reads the chat anew
			}
		}
		if in.done != nil {
			close(in.done)
		}
	}
}

// next takes the next input, or says that there is none and the worker may go.
func (c *agentChat) next() (input, bool) {
	c.guard.Lock()
	defer c.guard.Unlock()
	switch {
	case len(c.inbox) > 0:
		in := c.inbox[0]
		c.inbox = c.inbox[1:]
		return in, true
	case c.dropped:
		c.dropped = false
		return input{look: true, truth: true, notice: notice{state: c.at}}, c.at != nil
	}
	c.busy = false
	if c.done && c.chats[c.ref] == c {
		delete(c.chats, c.ref)
	}
	return input{}, false
}

// step does one input. It may be repeated with the same one.
func (c *agentChat) step(ctx context.Context, in *input) error {
	if !in.taken {
		if err := c.learn(ctx, in); err != nil {
			return err
		}
	}
	switch {
	case in.idle:
		return nil
	case c.state == stateInvited:
		return c.accept(ctx, *in)
	case c.state == stateJoinFailed:
		return c.completeUnjoined(ctx)
	case c.state == stateCompleted, c.state == stateRevoked:
		return c.finish(ctx, in.truth)
	}
	if err := c.serve(ctx, *in); err != nil {
		return err
	}
	if c.state == stateLeft && in.from != stateLeft {
		return c.chatEnded(ctx)
	}
	return nil
}

// learn learns what an input says.
func (c *agentChat) learn(ctx context.Context, in *input) error {
	if !c.loaded {
		kept, err := c.agentSeat.note(ctx, c.ref)
		if err != nil {
			return err
		}
		c.note, c.knownTo, c.loaded = kept, kept.Seen, true
		c.guard.Lock()
		c.done = false
		c.guard.Unlock()
	}
	if in.truth && in.state == nil { // it may have come back since the list was read
		at, _, err := c.find(ctx, "list", c.ref)
		if err != nil {
			return err
		}
		in.state = at
	}
	in.from = c.state
	in.idle, in.taken = !c.merge(*in), true
	return nil
}

// merge takes what an input says; false if there is nothing to do about it.
func (c *agentChat) merge(in input) bool {
	switch {
	case in.failed != "":
		return false
	case in.truth && in.state == nil:
		c.state = stateCompleted
	case in.state != nil && overtaken(in.state.State, c.state): // heard late, or read before something newer was heard
		return false
	case in.state != nil:
		at := *in.state
		if c.at != nil && at.Participants == nil {
			at.Participants = c.at.Participants
		}
		if c.at != nil && at.UserData == nil {
			at.UserData = c.at.UserData
		}
		c.at = &at
		if ranks[at.State] != 0 {
			c.state = at.State
		}
	}
	c.addEntries(in.entries, in.live)
	return c.state != "" || len(c.log) > 0
}

// afterRefusal reads how a chat stands when the vendor has refused for good what was to be done with it: doing it again would be
// refused again. What is still refused then is left, and the next notification or beat looks at the chat anew.
func (c *agentChat) afterRefusal(ctx context.Context, why error) error {
	c.Log.WarnContext(ctx, "the vendor refuses what is to be done with a chat, which is read", "chat", c.ref, "error", why)
	err := c.reread(ctx)
	if frame.Refused(err) {
		c.Log.WarnContext(ctx, "the vendor still refuses it", "chat", c.ref, "error", err)
		return nil
	}
	return err
}

// reread asks the vendor how the chat stands and goes on with that.
func (c *agentChat) reread(ctx context.Context) error {
	at, _, err := c.find(ctx, "list", c.ref)
	if err != nil {
		return err
	}
	return c.step(ctx, &input{notice: notice{chat: c.ref, state: at}, truth: true})
}

// close leaves nothing to do.
func (c *agentChat) close() {
	c.guard.Lock()
	c.done = true
	c.guard.Unlock()
	c.loaded, c.state, c.at, c.accepted, c.note = false, "", nil, 0, agentNote{}
	c.knownTo, c.asked, c.leaving, c.unheard = 0, 0, 0, false
	clear(c.log)
}

// save keeps how far the chat was told.
func (c *agentChat) save(ctx context.Context) error { return c.Keep(ctx, c.ref, noteAgent, c.note) }

// present finds an agent in the chat.
func (c *agentChat) present(user string) (participant, bool) {
	if c.at == nil {
		return participant{}, false
	}
	is := func(p participant) bool { return p.agent() && strings.EqualFold(p.user(), user) }
	i := slices.IndexFunc(c.at.Participants, is)
	if i < 0 {
		return participant{}, false
	}
	return c.at.Participants[i], true
}

// eventID makes an id of ours from the chat's.
func (c *agentChat) eventID(more string) string { return "gws:" + c.ref + ":" + more }

// mark tells this time in the chat, from an offer to the end, from those before.
func (c *agentChat) mark() string { return c.eventID(strconv.FormatInt(int64(c.note.Joined), 10)) }
