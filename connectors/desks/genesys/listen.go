package genesys

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"handoff/connectors/internal/bayeux"
	"handoff/orchestrator"
)

// beatEvery is how often chats are looked after that wait for something: a person who was invited, an outcome, a log.
const beatEvery = 2 * time.Second

// Serve listens: handshake and subscriptions first, then the agent begins to work, then what is there already is adopted.
// After a new handshake, or an answer that got lost, only the last is done again: notifications are not repeated, and a
// second StartContactCenterSession is one too many.
func (s *agentSeat) Serve(ctx context.Context, raw []byte, ready func()) error {
	l, err := s.following(raw)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	started := false
	channel := bayeux.New(bayeux.Options{
		Exchange: s.exchange(l), Clock: s.Clock, Channels: []string{s.dialect.topic, topicChannels},
		Hear: s.hear,
		Renewed: func(ctx context.Context) error {
			if !started {
				if err := s.start(ctx, l); err != nil {
					return err
				}
				started = true
			}
			if err := s.reconcile(ctx, l); err != nil {
				return err
			}
			ready()
			return nil
		},
	})
	s.guard.Lock()
	s.serving, s.channel, s.lanes = ctx, channel, map[string]*lane{}
	s.guard.Unlock()
	s.wg.Go(func() { s.beat(ctx) })
	defer func() {
		s.guard.Lock()
		s.serving = nil
		s.guard.Unlock()
		stop()
		s.wg.Wait()
	}()
	return channel.Run(ctx)
}

// hear takes one notification, without waiting for anything.
func (s *agentSeat) hear(ev bayeux.Event) {
	if ev.Channel == topicChannels {
		s.hearChannel(ev.Data)
		return
	}
	n, ok := decodeNotice(ev.Data)
	if !ok || !validID(n.chat) {
		s.Log.Debug("a notification about no chat", "channel", ev.Channel)
		return
	}
	s.put(n.chat, input{notice: n, live: true})
}

// hearChannel says so when somebody takes the bot's chat channel out of work: no chat is offered then.
func (s *agentSeat) hearChannel(data []byte) {
	var m struct {
		Channels each[struct {
			Channel string `json:"channel"`
			State   struct {
				State string `json:"state"`
			} `json:"userState"`
		}] `json:"channels"`
	}
	_ = json.Unmarshal(data, &m)
	for _, c := range m.Channels {
		if c.Channel == "chat" && c.State.State != "" && c.State.State != "Ready" && s.listens() && s.Keeper.Up() {
			s.Log.Warn("the agent's chat channel is not ready: no chat is offered to the bot", "state", c.State.State)
		}
	}
}

// put gives a chat's lane something to do. While this process does not listen, nothing is done: whoever does reads it.
func (s *agentSeat) put(chat string, in input) {
	s.guard.Lock()
	defer s.guard.Unlock()
	if s.serving == nil {
		return
	}
	s.laneOf(chat).take(in)
}

// listens: this process hears notifications now.
func (s *agentSeat) listens() bool {
	s.guard.Lock()
	defer s.guard.Unlock()
	return s.serving != nil
}

// laneOf answers a chat's lane and makes one if there is none. The guard is held.
func (s *agentSeat) laneOf(chat string) *lane {
	ln := s.lanes[chat]
	if ln == nil {
		ln = &lane{
			agentSeat: s, chat: chat, ctx: s.serving, user: s.current.user, changed: make(chan struct{}),
			failures: map[number]string{}, log: map[number]entry{},
		}
		s.lanes[chat] = ln
	}
	return ln
}

// wakeLane lets a lane look at what was noted about its chat.
func (s *agentSeat) wakeLane(chat string) { s.put(chat, input{look: true}) }

func (s *agentSeat) beat(ctx context.Context) {
	for s.Report.Rest(ctx, beatEvery) == nil {
		s.guard.Lock()
		for _, ln := range s.lanes {
			ln.take(input{look: true})
		}
		s.guard.Unlock()
	}
}

// reconcile brings every chat to the vendor's truth: those that are with the bot, and those that were.
func (s *agentSeat) reconcile(ctx context.Context, l *live) error {
	known, _, err := s.handles(ctx, 0) // before the list: what comes after it is told by notifications
	if err != nil {
		return err
	}
	chats, err := s.list(ctx, l)
	if err != nil {
		return err
	}
	var waits []chan struct{}
	put := func(chat string, in input) {
		in.tried = make(chan struct{})
		waits = append(waits, in.tried)
		s.put(chat, in)
	}
	there := map[string]bool{}
	for i := range chats {
		chat := string(chats[i].ID)
		if !validID(chat) {
			continue
		}
		there[chat] = true
		put(chat, input{notice: notice{chat: chat, state: &chats[i]}, truth: true})
	}
	for _, h := range known {
		if !there[h.Ref] && validID(h.Ref) {
			put(h.Ref, input{truth: true})
		}
	}
	for _, tried := range waits {
		select {
		case <-tried:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// customerOf is who the customer of a chat is.
func customerOf(chat string, at *resource) orchestrator.Customer {
	data := at.UserData
	c := orchestrator.Customer{
		ID: data["ContactId"], Email: data["EmailAddress"],
		Name: strings.TrimSpace(data["FirstName"] + " " + data["LastName"]),
	}
	for _, p := range at.Participants {
		if p.customer() && c.Name == "" {
			c.Name = string(p.Nickname)
		}
	}
	if c.ID == "" {
		c.ID = chat
	}
	if subject := data["Subject"]; subject != "" {
		c.Attributes = map[string]any{"subject": cut(subject, maxDataValue)}
	}
	return c
}
