package icws

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"handoff/connectors/internal/drift"
	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

var (
	errNoWebChat = errors.New("the server has no web chat that can be started (feature web-chat, level 2)")
	errGone      = errors.New("the server does not know the chat")
)

// Login chooses the server that is used: the first of those known that answers. It needs no credentials.
func (s *customerSeat) Login(ctx context.Context) ([]byte, error) {
	chosen, err := s.tryHosts(ctx, func(host string) (*login, error) {
		f := feature{ID: featureWebChat}
		r := &request{op: "login", method: http.MethodGet, path: "/icws/connection/features/" + featureWebChat, host: host, into: &f}
		if err := s.client.do(ctx, r); err != nil {
			return nil, err
		}
		at := &login{Host: host}
		if at.learn(f); at.WebChat < levelStart {
			return nil, s.Permanent("login", "no-web-chat", errNoWebChat)
		}
		return at, nil
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(chosen)
}

// Serve follows every chat until ctx ends or the server is lost. What happened in the chats that are known at the beginning
// was missed and is named as drift.
func (s *customerSeat) Serve(ctx context.Context, raw []byte, ready func()) error {
	server, err := readLogin(raw)
	if err != nil {
		return err
	}
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	r := &round{customerSeat: s, server: server, lose: lose}
	err = s.chats.Follow(ctx, r.follow, ready)
	if lost := context.Cause(ctx); lost != nil {
		err = lost
	}
	if ctx.Err() != nil && !errors.Is(err, context.Canceled) { // a backup that is alive takes whoever asks it and serves no chat
		s.fails(server.Host)
	}
	return err
}

// round is the time for which one server is used: each chat is followed by itself.
type round struct {
	*customerSeat
	server *login
	lose   context.CancelCauseFunc // the server is lost
}

// isChat: a handle is that of a chat, not of what a command has opened.
func isChat(ref string) bool { return !strings.HasPrefix(ref, openedPrefix) }

// customerChat listens to one web chat.
type customerChat struct {
	*round
	ref      string
	missed   bool // what is heard first happened while nobody listened
	caughtUp func()
	note     customerNote
	heard    customerHeard
	lost     bool // an answer was lost, and with it what it said
}

// follow listens to a chat until it is over, or ctx ends.
func (r *round) follow(ctx context.Context, of frame.Chat) {
	c := &customerChat{round: r, ref: of.Ref, missed: of.Missed, caughtUp: of.CaughtUp}
	err := c.untilStored(ctx, c.ref, func() error {
		return c.Read(ctx, c.ref, map[string]any{noteChat: &c.note, noteHeard: &c.heard})
	})
	if err != nil || c.note.Participant == "" {
		return // ctx has ended, or the chat was forgotten meanwhile
	}
	c.lost = c.missed
	failures, again := 0, false // polls that failed in a row; the chat was taken to this server and is still unknown
	for ctx.Err() == nil && !c.heard.Over {
		pause, err := c.listen(ctx)
		if isGone(err) {
			if again {
				c.unknown(ctx)
				continue
			}
			err, pause, again = c.reconnect(ctx), 0, true
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			failures++
			switch {
			case failures < maxFailures: // the first repetitions come at once
			case !refusedHere(err):
				c.lose(err)
				return
			case failures < mostRefused: // a server that refuses one chat serves the others, which do not wait for this one
				c.caughtUp()
				c.Rest(ctx, defaultWait, nil)
			default:
				c.unknown(ctx)
			}
			continue
		}
		failures, again = 0, again && pause == 0
		c.caughtUp()
		c.Rest(ctx, pause, nil)
	}
	if ctx.Err() == nil {
		c.forget(ctx, openedBy(c.note.Command))
		c.forget(ctx, c.ref)
	}
}

// refusedHere: the server is well and refuses what concerns this chat (any 4xx), rather than being out of service.
func refusedHere(err error) bool {
	status := frame.StatusOf(err)
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError
}

// listen takes what is new. What a lost answer said, or what was missed, is read from the history.
func (c *customerChat) listen(ctx context.Context) (time.Duration, error) {
	what := "messages"
	if c.lost && c.server.WebChat >= levelChatHistory {
		what = "message-history"
	}
	said, err := c.ask(ctx, what)
	if err == nil && what == "messages" && c.hasGap(said) {
		said, err = c.ask(ctx, "message-history")
	}
	if err != nil {
		if !isGone(err) {
			c.lost = true
		}
		return defaultWait, err
	}
	pause := said.pause()
	if what == "message-history" {
		pause = 0 // it says nothing of a pace, and the poll's list is still to be taken
	}
	if err := c.hear(ctx, said); err != nil {
		return 0, err
	}
	if c.missed && !c.heard.Over && c.heard.Left == nil {
		if err := c.repair(ctx, c.truth()); err != nil {
			return 0, err
		}
	}
	c.lost, c.missed = false, false
	return pause, nil
}

// hasGap: numbers are left out, and the history may tell what they were.
func (c *customerChat) hasGap(said *webAnswer) bool {
	if c.server.WebChat < levelChatHistory {
		return false
	}
	next := c.heard.Number + 1
	for i := range said.Messages {
		if n := said.Messages[i].Number; n > next {
			return true
		} else if n == next {
			next++
		}
	}
	return false
}

func (c *customerChat) ask(ctx context.Context, what string) (*webAnswer, error) {
	said := &webAnswer{}
	err := c.client.do(ctx, &request{
		op: "poll", method: http.MethodGet, path: webPath(what, c.note.Participant), host: c.server.Host, into: said,
		repeats: true, takesOff: true,
	})
	return said, err
}

// reconnect tells the server of a chat that began at another one (ICWS web-chat reconnect). A server that does not know the
// chat at all says so again at the next poll.
func (c *customerChat) reconnect(ctx context.Context) error {
	err := c.client.do(ctx, &request{
		op: "reconnect", method: http.MethodPost, path: "/icws/web-chat/reconnect", host: c.server.Host, repeats: true,
		body: map[string]string{"chatId": c.ref, "participantId": c.note.Participant},
	})
	c.lost = true
	if isGone(err) {
		return nil
	}
	return err
}

// unknown: the server knows nothing of the chat, although it was told that the chat began elsewhere.
func (c *customerChat) unknown(ctx context.Context) {
	c.Log.InfoContext(ctx, "a chat is unknown to the server", "chat", c.ref, "error", errGone)
	c.heard.Over = c.repair(ctx, drift.Truth{Stand: drift.Unknown}) == nil
}

// truth is where the chat stands, as far as it was heard.
func (c *customerChat) truth() drift.Truth {
	truth := drift.Truth{Stand: drift.Waiting}
	for _, party := range c.heard.Agents {
		truth.Stand = drift.Served
		truth.Agents = append(truth.Agents, party.agent())
	}
	return truth
}

// repair tells what differs between our record and the desk's truth, unless we have left the chat ourselves. It fails only
// when ctx has ended.
func (c *customerChat) repair(ctx context.Context, truth drift.Truth) error {
	if over, err := c.leftByUs(ctx); over || err != nil {
		return err
	}
	record, err := c.record(ctx, c.ref, c.note.Conversation)
	if err != nil || record == nil || record.Desk != c.Name {
		return err
	}
	return c.Report.Mend(ctx, record, truth, func(ev *orchestrator.Event) { ev.Conversation = c.note.Conversation })
}

// leftByUs: we have left the chat, so its end is no news.
func (c *customerChat) leftByUs(ctx context.Context) (over bool, err error) {
	err = c.untilStored(ctx, c.ref, func() error { return c.Read(ctx, c.ref, map[string]any{noteOver: &over}) })
	return over, err
}
