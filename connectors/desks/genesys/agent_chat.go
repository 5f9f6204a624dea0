package genesys

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"handoff/orchestrator"
)

// Bounds of lanes.
const (
	// maxInbox is how many notifications about one chat may wait; what comes on top is read from the vendor afterwards.
	maxInbox = 1000
	// maxFailures is how many failures of operations are remembered for those that wait for them.
	maxFailures = 16
	// stepPause is the pause before a step that failed is tried again, at first.
	stepPause        = 200 * time.Millisecond
	longestStepPause = 5 * time.Second
)

// input is something for a lane to do.
type input struct {
	notice
	live  bool          // heard just now, not read
	truth bool          // read from the list of chats; without a state the chat is not there any more
	look  bool          // something may have been noted, or time has passed
	done  chan struct{} // closed when it is done; may be nil
	tried chan struct{} // closed when it was tried once; may be nil

	// Once the lane has taken in what it says; a step that fails is done again without that.
	taken bool
	idle  bool   // there is nothing to do about it
	from  string // the state in which the lane was before
}

// lane works one chat: one input after another, in order, by one goroutine at a time.
type lane struct {
	*agentSeat
	chat string
	user string          // our own
	ctx  context.Context // of the Serve to which the lane belongs

	// Under the seat's guard.
	inbox    []input
	behind   bool // something was dropped
	busy     bool
	over     bool   // nothing is left to do; the next input begins anew
	heard    string // the state as it was heard last
	failures map[number]string
	changed  chan struct{} // closed and replaced at each input
	due      int           // how often the log is still to be told from its beginning (8.5.1)

	// The worker's.
	loaded   bool
	leg      leg
	at       *resource // how the chat stands; nil before that is known
	state    string
	accepted orchestrator.Moment // when the offer was accepted; 0: not yet
	log      map[number]entry    // heard and not told
	whole    number              // the log is known without holes up to here
	asked    orchestrator.Moment // when the log was asked for (8.5.1)
	leaving  orchestrator.Moment // when the bot has left to a person who joined; the notification of that comes later
	unheard  bool                // something may have been missed and is not read yet: what is told now is drift
}

// ranks order the states of one stay: notifications may arrive in another order.
var ranks = map[string]int{
	stateInvited: 1, stateChatting: 2, stateJoinFailed: 3, stateLeft: 3, stateRevoked: 4, stateCompleted: 4,
}

// overtaken: the state was left before the other was entered. An offer after the end begins the next stay.
func overtaken(state, by string) bool {
	if state == stateInvited && ranks[by] == ranks[stateCompleted] {
		return false
	}
	return ranks[state] != 0 && ranks[state] < ranks[by]
}

// take puts an input into the inbox and sees that somebody works. The guard is held.
func (ln *lane) take(in input) {
	if in.state != nil && !overtaken(in.state.State, ln.heard) {
		ln.heard = in.state.State
	}
	if in.failed != "" {
		if len(ln.failures) >= maxFailures {
			clear(ln.failures)
		}
		ln.failures[in.reference] = in.failed
	}
	if slices.ContainsFunc(in.entries, func(e entry) bool { return e.Index == 1 }) {
		ln.due = max(0, ln.due-1)
	}
	close(ln.changed)
	ln.changed = make(chan struct{})
	if len(ln.inbox) >= maxInbox && in.done == nil && in.tried == nil {
		ln.behind = true
		return
	}
	ln.inbox = append(ln.inbox, in)
	if !ln.busy {
		ln.busy = true
		ln.wg.Go(ln.work)
	}
}

// work does what is in the inbox, then goes.
func (ln *lane) work() {
	for {
		in, ok := ln.next()
		if !ok {
			return
		}
		for pause := stepPause; ; pause = min(2*pause, longestStepPause) {
			err := ln.step(ln.ctx, &in)
			if refused(err) {
				err = ln.afterRefusal(ln.ctx, err)
			}
			if in.tried != nil { // whoever reads all chats does not wait for one that the vendor does not answer for
				close(in.tried)
				in.tried = nil
			}
			if err == nil {
				break
			}
			if ln.ctx.Err() == nil {
				ln.Log.WarnContext(ln.ctx, "a chat is looked after again", "chat", ln.chat, "error", err)
			}
			if ln.Report.Rest(ln.ctx, pause) != nil {
				return // whoever listens next reads the chat anew
			}
		}
		if in.done != nil {
			close(in.done)
		}
	}
}

// next takes the next input, or says that there is none and the worker may go.
func (ln *lane) next() (input, bool) {
	ln.guard.Lock()
	defer ln.guard.Unlock()
	switch {
	case len(ln.inbox) > 0:
		in := ln.inbox[0]
		ln.inbox = ln.inbox[1:]
		return in, true
	case ln.behind:
		ln.behind = false
		return input{look: true, truth: true, notice: notice{state: ln.at}}, ln.at != nil
	}
	ln.busy = false
	if ln.over && ln.lanes[ln.chat] == ln {
		delete(ln.lanes, ln.chat)
	}
	return input{}, false
}

// step does one input. It may be repeated with the same one.
func (ln *lane) step(ctx context.Context, in *input) error {
	if !in.taken {
		if err := ln.takeIn(ctx, in); err != nil {
			return err
		}
	}
	switch {
	case in.idle:
		return nil
	case ln.state == stateInvited:
		return ln.accept(ctx, *in)
	case ln.state == stateJoinFailed:
		return ln.dismiss(ctx)
	case ln.state == stateCompleted, ln.state == stateRevoked:
		return ln.finish(ctx, in.truth)
	}
	if err := ln.serve(ctx, *in); err != nil {
		return err
	}
	if ln.state == stateLeft && in.from != stateLeft {
		return ln.left(ctx)
	}
	return nil
}

// takeIn learns what an input says.
func (ln *lane) takeIn(ctx context.Context, in *input) error {
	if !ln.loaded {
		kept, err := ln.agentSeat.leg(ctx, ln.chat)
		if err != nil {
			return err
		}
		ln.leg, ln.whole, ln.loaded = kept, kept.Seen, true
		ln.guard.Lock()
		ln.over = false
		ln.guard.Unlock()
	}
	if in.truth && in.state == nil { // it may have come back since the list was read
		at, _, err := ln.find(ctx, "list", ln.chat)
		if err != nil {
			return err
		}
		in.state = at
	}
	in.from = ln.state
	in.idle, in.taken = !ln.merge(*in), true
	return nil
}

// merge takes what an input says; false if there is nothing to do about it.
func (ln *lane) merge(in input) bool {
	switch {
	case in.failed != "":
		return false
	case in.truth && in.state == nil:
		ln.state = stateCompleted
	case in.state != nil && overtaken(in.state.State, ln.state): // heard late, or read before something newer was heard
		return false
	case in.state != nil:
		at := *in.state
		if ln.at != nil && at.Participants == nil {
			at.Participants = ln.at.Participants
		}
		if ln.at != nil && at.UserData == nil {
			at.UserData = ln.at.UserData
		}
		ln.at = &at
		if ranks[at.State] != 0 {
			ln.state = at.State
		}
	}
	ln.note(in.entries, in.live)
	return ln.state != "" || len(ln.log) > 0
}

// afterRefusal reads how a chat stands when the vendor has refused for good what was to be done with it: doing it again would be
// refused again. What is still refused then is left, and the next notification or beat looks at the chat anew.
func (ln *lane) afterRefusal(ctx context.Context, why error) error {
	ln.Log.WarnContext(ctx, "the vendor refuses what is to be done with a chat, which is read", "chat", ln.chat, "error", why)
	err := ln.reread(ctx)
	if refused(err) {
		ln.Log.WarnContext(ctx, "the vendor still refuses it", "chat", ln.chat, "error", err)
		return nil
	}
	return err
}

// reread asks the vendor how the chat stands and goes on with that.
func (ln *lane) reread(ctx context.Context) error {
	at, _, err := ln.find(ctx, "list", ln.chat)
	if err != nil {
		return err
	}
	return ln.step(ctx, &input{notice: notice{chat: ln.chat, state: at}, truth: true})
}

// close leaves nothing to do.
func (ln *lane) close() {
	ln.guard.Lock()
	ln.over = true
	ln.guard.Unlock()
	ln.loaded, ln.state, ln.at, ln.accepted, ln.leg = false, "", nil, 0, leg{}
	ln.whole, ln.asked, ln.leaving, ln.unheard = 0, 0, 0, false
	clear(ln.log)
}

// save keeps how far the chat was told.
func (ln *lane) save(ctx context.Context) error { return ln.Keep(ctx, ln.chat, noteLeg, ln.leg) }

// present finds an agent in the chat.
func (ln *lane) present(user string) (participant, bool) {
	if ln.at == nil {
		return participant{}, false
	}
	is := func(p participant) bool { return p.agent() && strings.EqualFold(p.user(), user) }
	i := slices.IndexFunc(ln.at.Participants, is)
	if i < 0 {
		return participant{}, false
	}
	return ln.at.Participants[i], true
}

// id makes an id of ours from the chat's.
func (ln *lane) id(more string) string { return "gws:" + ln.chat + ":" + more }

// mark names this stay.
func (ln *lane) mark() string { return ln.id(strconv.FormatInt(int64(ln.leg.Joined), 10)) }
