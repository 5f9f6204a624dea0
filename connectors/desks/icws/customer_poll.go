package icws

import (
	"context"
	"errors"
	"net/http"
	"time"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// follower listens to one web chat.
type follower struct {
	*round
	ref      string
	missed   bool // what is heard first happened while nobody listened
	caughtUp func()
	note     webNote
	heard    webHeard
	lost     bool // an answer was lost, and with it what it said
}

// run listens until the chat is over, or ctx ends.
func (f *follower) run(ctx context.Context) {
	err := f.untilStored(ctx, f.ref, func() error {
		return f.read(ctx, f.ref, map[string]any{keptChat: &f.note, keptHeard: &f.heard})
	})
	if err != nil || f.note.Participant == "" {
		return // ctx has ended, or the chat was forgotten meanwhile
	}
	f.lost = f.missed
	failures, again := 0, false // polls that failed in a row; the chat was taken to this server and is still unknown
	for ctx.Err() == nil && !f.heard.Over {
		pause, err := f.listen(ctx)
		if isGone(err) {
			if again {
				f.unknown(ctx)
				continue
			}
			err, pause, again = f.reconnect(ctx), 0, true
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			failures++
			switch {
			case failures < maxFailures: // the first repetitions come at once
			case !refusedHere(err):
				f.lose(err)
				return
			case failures < mostRefused: // a server that refuses one chat serves the others, which do not wait for this one
				f.caughtUp()
				rest(ctx, f.Clock, defaultWait, nil)
			default:
				f.unknown(ctx)
			}
			continue
		}
		failures, again = 0, again && pause == 0
		f.caughtUp()
		rest(ctx, f.Clock, pause, nil)
	}
	if ctx.Err() == nil {
		f.forget(ctx, f.ref)
	}
}

// refusedHere: the server is well and refuses what concerns this chat (any 4xx), rather than being out of service.
func refusedHere(err error) bool {
	ce, ok := errors.AsType[*orchestrator.ConnectorError](err)
	return ok && ce.Status >= http.StatusBadRequest && ce.Status < http.StatusInternalServerError
}

// listen takes what is new. What a lost answer said, or what was missed, is read from the history.
func (f *follower) listen(ctx context.Context) (time.Duration, error) {
	what := "messages"
	if f.lost && f.server.WebChat >= levelChatHistory {
		what = "message-history"
	}
	said, err := f.ask(ctx, what)
	if err == nil && what == "messages" && f.hasGap(said) {
		said, err = f.ask(ctx, "message-history")
	}
	if err != nil {
		if !isGone(err) {
			f.lost = true
		}
		return defaultWait, err
	}
	pause := said.pause()
	if what == "message-history" {
		pause = 0 // it says nothing of a pace, and the poll's list is still to be taken
	}
	if err := f.hear(ctx, said); err != nil {
		return 0, err
	}
	if f.missed && !f.heard.Over && f.heard.Left == nil {
		if err := f.repair(ctx, f.truth()); err != nil {
			return 0, err
		}
	}
	f.lost, f.missed = false, false
	return pause, nil
}

// hasGap: numbers are left out, and the history may tell what they were.
func (f *follower) hasGap(said *webAnswer) bool {
	if f.server.WebChat < levelChatHistory {
		return false
	}
	next := f.heard.Number + 1
	for i := range said.Messages {
		if n := said.Messages[i].Number; n > next {
			return true
		} else if n == next {
			next++
		}
	}
	return false
}

func (f *follower) ask(ctx context.Context, what string) (*webAnswer, error) {
	said := &webAnswer{}
	err := f.client.do(ctx, &request{
		op: "poll", method: http.MethodGet, path: webPath(what, f.note.Participant), host: f.server.Host, into: said,
		repeats: true, takesOff: true,
	})
	return said, err
}

// reconnect tells the server of a chat that began at another one (ICWS web-chat reconnect). A server that does not know the
// chat at all says so again at the next poll.
func (f *follower) reconnect(ctx context.Context) error {
	err := f.client.do(ctx, &request{
		op: "reconnect", method: http.MethodPost, path: "/icws/web-chat/reconnect", host: f.server.Host, repeats: true,
		body: map[string]string{"chatId": f.ref, "participantId": f.note.Participant},
	})
	f.lost = true
	if isGone(err) {
		return nil
	}
	return err
}

// unknown: the server knows nothing of the chat, although it was told that the chat began elsewhere.
func (f *follower) unknown(ctx context.Context) {
	f.Log.InfoContext(ctx, "a chat is unknown to the server", "chat", f.ref, "error", errGone)
	f.heard.Over = f.repair(ctx, drift.Truth{Stand: drift.Unknown}) == nil
}

// truth is where the chat stands, as far as it was heard.
func (f *follower) truth() drift.Truth {
	truth := drift.Truth{Stand: drift.Waiting}
	for _, party := range f.heard.Agents {
		truth.Stand = drift.Served
		truth.Agents = append(truth.Agents, party.agent())
	}
	return truth
}

// repair tells what differs between our record and the desk's truth, unless we have left the chat ourselves. It fails only
// when ctx has ended.
func (f *follower) repair(ctx context.Context, truth drift.Truth) error {
	if over, err := f.leftByUs(ctx); over || err != nil {
		return err
	}
	record, err := f.record(ctx, f.ref, f.note.Conversation)
	if err != nil || record == nil || record.Desk != f.Name {
		return err
	}
	return f.Report.Mend(ctx, record, truth, func(ev *orchestrator.Event) { ev.Conversation = f.note.Conversation })
}

// leftByUs: we have left the chat, so its end is no news.
func (f *follower) leftByUs(ctx context.Context) (over bool, err error) {
	err = f.untilStored(ctx, f.ref, func() error { return f.read(ctx, f.ref, map[string]any{keptOver: &over}) })
	return over, err
}
