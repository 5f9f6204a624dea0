package sim

import (
	"slices"
	"time"
)

// The rules of a session: who may do what, and what becomes of it. All are called with the lock held.

// lastMessageLength is that of chat_session.last_message.
const lastMessageLength = 1024

// create makes a session on a topic, as the widget and CreateChatSessionForTopic do.
func (v *Vendor) create(t *topic) *chatSession {
	s := v.insert(t.id)
	s.bot = t.bot
	s.status = v.firstStatus(t, s.bot)
	v.fire("chatsession.created", s)
	return s
}

// insert makes a session without a status.
func (v *Vendor) insert(topicID int) *chatSession {
	v.newest++
	now := v.now()
	s := &chatSession{
		id: v.newest, topic: topicID, requested: now, idle: now, fetched: now, key: "session-key-of-" + itoa(v.newest),
		queuePos: v.queued(topicID) + 1,
	}
	v.sessions[s.id] = s
	return s
}

// firstStatus is where a session begins, and begins again after Reset.
func (v *Vendor) firstStatus(t *topic, bot bool) status {
	switch {
	case bot && t.form, t.form && v.somebodyFor(t):
		return preChatForm
	case bot, v.somebodyFor(t): // a bot is always present
		return inQueue
	}
	return offlineForm
}

func (v *Vendor) queued(topicID int) int {
	n := 0
	for _, s := range v.sessions {
		if s.topic == topicID && s.status == inQueue && !s.bot {
			n++
		}
	}
	return n
}

// move changes the status, and tells where it is another one.
func (v *Vendor) move(s *chatSession, to status) {
	if s.status == to {
		return
	}
	s.status = to
	if !to.live() {
		s.ended = v.now()
	}
	v.fire("chatsession.changed", s)
}

// say adds a message and what follows from it. A word to the customer takes a session off the line; a word of the customer's
// revives a finished one.
func (v *Vendor) say(s *chatSession, m message) *message {
	if m.Type == toUser && s.status == finished {
		v.store(s, message{Type: special, Special: reopenedByCustomer})
		v.move(s, customerLast)
	}
	stored := v.store(s, m)
	if m.Type == special {
		return stored
	}
	s.last = cut(m.Message, lastMessageLength)
	if s.first == "" {
		s.first = s.last
	}
	switch {
	case m.Type == toCustomer && s.status.live():
		v.move(s, userLast)
	case m.Type == toUser && (s.status == userLast || s.status == inQueue && (s.user != nil || s.bot)):
		v.move(s, customerLast)
	}
	return stored
}

func (v *Vendor) store(s *chatSession, m message) *message {
	v.newestMsg++
	m.ID, m.Session = v.newestMsg, s.id
	if m.postedRaw.IsZero() {
		m.postedRaw = v.now()
	}
	s.idle = v.now()
	s.messages = append(s.messages, &m)
	v.fire("chatsession.message", s)
	return &m
}

// pickup gives a session that waits to a user; nil when it does not wait.
func (v *Vendor) pickup(s *chatSession, by *user) *chatSession {
	if s == nil || s.status != inQueue || s.bot || s.user != nil {
		return nil
	}
	s.user, s.started, s.rank = by, v.now(), v.rank(by)
	if t := v.topics[s.topic]; t != nil && t.welcome != "" {
		v.store(s, message{Type: special, Special: specialWelcome, Message: t.welcome, Author: by.name})
	}
	v.move(s, customerLast)
	return s
}

// rank is the lowest free number among a user's sessions, from 1.
func (v *Vendor) rank(u *user) int {
	var taken []int
	for _, s := range v.sessions {
		if s.user == u && s.status.live() {
			taken = append(taken, s.rank)
		}
	}
	rank := 1
	for slices.Contains(taken, rank) {
		rank++
	}
	return rank
}

// transfer offers a session of the caller's to somebody; nothing happens when it is not theirs.
func (v *Vendor) transfer(s *chatSession, by, to *user) {
	if s.user == by && by != nil && to != nil && s.status.live() {
		s.transferTo = to
		v.fire("chatsession.changed", s)
	}
}

// acceptTransfer gives a session to whom it is offered; nothing happens for others.
func (v *Vendor) acceptTransfer(s *chatSession, by *user) {
	if s.transferTo == nil || s.transferTo != by {
		return
	}
	s.user, s.transferTo, s.rank = by, nil, v.rank(by)
	v.store(s, message{Type: special, Special: specialTransfered, Author: by.name})
}

// rejectTransfer turns an offer down; nothing happens where there is none.
func (v *Vendor) rejectTransfer(s *chatSession) {
	if s.transferTo == nil {
		return
	}
	by := s.transferTo
	s.transferTo = nil
	v.store(s, message{Type: special, Special: transferRejected, Author: by.name})
}

// reset lets a session begin again without the bot.
func (v *Vendor) reset(s *chatSession) {
	if !s.status.live() && s.status != offlineForm {
		return
	}
	s.user, s.transferTo = nil, nil
	if !v.options.KeepBotOnReset {
		s.bot = false
	}
	to := offlineForm
	if t := v.topics[s.topic]; t != nil {
		to = v.firstStatus(t, false)
	}
	if s.status == to { // it is told all the same: something has changed
		v.fire("chatsession.changed", s)
		return
	}
	v.move(s, to)
}

// end finishes a session, with the special message that says who did.
func (v *Vendor) end(s *chatSession, how extra, to status) {
	v.store(s, message{Type: special, Special: how})
	v.move(s, to)
}

// ReapIdle closes the sessions whose customers have not fetched for so long, as the vendor does where it is told to check for
// idle sessions. The vendor's own limit is not published.
func (v *Vendor) ReapIdle(after time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range v.ids() {
		s := v.sessions[id]
		if !s.status.live() || v.now().Sub(s.fetched) <= after {
			continue
		}
		to := finished
		if s.status == inQueue && s.user == nil {
			to = closedFromQueue
		}
		v.end(s, closedByIdle, to)
	}
}

// Fetched lets the customer's client fetch.
func (v *Vendor) Fetched(chat string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, err := v.find(chat)
	if err == nil {
		s.fetched = v.now()
	}
	return err
}

// LastFetched answers when the customer's client last fetched, as far as the vendor knows.
func (v *Vendor) LastFetched(chat string) (time.Time, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, err := v.find(chat)
	if err != nil {
		return time.Time{}, err
	}
	return s.fetched, nil
}

// ids are the numbers of all sessions, oldest first.
func (v *Vendor) ids() []int {
	ids := make([]int, 0, len(v.sessions))
	for id := range v.sessions {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func cut(text string, longest int) string {
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest])
	}
	return text
}
