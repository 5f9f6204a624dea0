package sim

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// chatSessions answers /ChatSession.
func (v *Vendor) chatSessions(c *call) {
	links := "http://" + c.r.Host + "/" + Tenant + "/api/v1/ChatSession"
	switch {
	case c.is(http.MethodGet, "chatsession", "default"):
		c.ok(v.render(&chatSession{}, c.zone, c.selected(), ""))
	case c.is(http.MethodGet, "chatsession", "forcurrentuser"):
		c.ok(v.forUser(c))
	case c.is(http.MethodGet, "chatsession"):
		v.list(c, 0)
	case c.is(http.MethodPost, "chatsession"):
		s, err := v.save(nil, c.body)
		v.answerSession(c, s, err, links)
	case c.is(http.MethodPost, "chatsession", "pickup"):
		v.answerSession(c, v.pickupFirst(c.by), nil, "")
	case len(c.path) >= 2:
		s := v.sessions[c.id(1)]
		if s == nil {
			c.notFound("ChatSession id " + c.raw[1])
			return
		}
		v.oneSession(c, s, links)
	default:
		c.notFound("resource")
	}
}

// oneSession answers /ChatSession/{id} and what lies below it.
func (v *Vendor) oneSession(c *call, s *chatSession, links string) {
	switch {
	case c.is(http.MethodGet, "chatsession", "*"):
		v.answerSession(c, s, nil, links)
	case c.is(http.MethodPut, "chatsession", "*"):
		s, err := v.save(s, c.body)
		v.answerSession(c, s, err, links)
	case c.is(http.MethodPatch, "chatsession", "*"):
		v.answerSession(c, s, v.patch(s, c.body), links)
	case c.is(http.MethodDelete, "chatsession", "*"):
		delete(v.sessions, s.id)
		c.nothing()
	case c.is(http.MethodGet, "chatsession", "*", "messages"):
		if after, ok := c.whole("after", 0); ok {
			c.ok(v.behind(s, after, c.zone))
		}
	case c.is(http.MethodPost, "chatsession", "*", "messages"):
		v.addMessage(c, s, c.body)
	case c.is(http.MethodPost, "chatsession", "*", "transcript"):
		c.ok(v.transcript(s, c.query("html") == "true"))
	case c.is(http.MethodPost, "chatsession", "*", "transferto", "*"):
		v.transfer(s, c.by, v.user(c.raw[3]))
		v.answerSession(c, s, nil, "")
	case c.r.Method == http.MethodPost && len(c.path) == 3:
		v.action(c, s, c.path[2])
	default:
		c.notFound("resource")
	}
}

// action is one of the calls without a body; both interfaces have them.
func (v *Vendor) action(c *call, s *chatSession, name string) {
	switch name {
	case "pickup":
		s = v.pickup(s, c.by) // null: it was not in the queue
	case "reset":
		v.reset(s)
	case "accepttransfer":
		v.acceptTransfer(s, c.by)
	case "rejecttransfer":
		v.rejectTransfer(s)
	default:
		c.notFound("resource")
		return
	}
	v.answerSession(c, s, nil, "")
}

// answerSession writes a session, null for none.
func (v *Vendor) answerSession(c *call, s *chatSession, err error, links string) {
	switch {
	case err != nil:
		c.failed(err)
	case s == nil:
		c.ok(nil)
	default:
		c.ok(v.render(s, c.zone, c.selected(), links))
	}
}

// pickupFirst gives a user the first session in line of the topics that they serve.
func (v *Vendor) pickupFirst(by *user) *chatSession {
	for _, id := range v.ids() {
		s := v.sessions[id]
		if t := v.topics[s.topic]; t == nil || !slices.Contains(t.served, by.login) {
			continue
		}
		if taken := v.pickup(s, by); taken != nil {
			return taken
		}
	}
	return nil
}

// forUser are the sessions of the topics that a user serves.
func (v *Vendor) forUser(c *call) []json.RawMessage {
	mine := []json.RawMessage{}
	for _, id := range v.ids() {
		s := v.sessions[id]
		if t := v.topics[s.topic]; s.status.live() && t != nil && slices.Contains(t.served, c.by.login) {
			mine = append(mine, v.render(s, c.zone, c.selected(), ""))
		}
	}
	return mine
}

// behind are the messages behind one. They are sorted by when they were posted, although after counts by id.
func (v *Vendor) behind(s *chatSession, after int, z zone) []message {
	out := []message{}
	for _, m := range s.messages {
		if m.ID > after {
			one := *m
			one.Posted = z.write(m.postedRaw)
			out = append(out, one)
		}
	}
	slices.SortStableFunc(out, func(a, b message) int { return a.postedRaw.Compare(b.postedRaw) })
	return out
}

func (v *Vendor) addMessage(c *call, s *chatSession, body []byte) {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		c.failed(err)
		return
	}
	if s.status > finished {
		answerError(c.w, http.StatusInternalServerError, "SoException", "the session is closed")
		return
	}
	if m.Type < toCustomer {
		c.failed(errors.New("the field Type is required"))
		return
	}
	if m.Posted != "" {
		written, err := json.Marshal(m.Posted)
		if err == nil {
			m.postedRaw, err = readDate(written)
		}
		if err != nil {
			c.failed(err)
			return
		}
	}
	m.Author, m.Param = cut(m.Author, 255), cut(m.Param, 255)
	stored := *v.say(s, m)
	stored.Posted = c.zone.write(stored.postedRaw)
	c.ok(stored)
}

func (v *Vendor) transcript(s *chatSession, asHTML bool) string {
	var b strings.Builder
	for _, w := range v.seen(s).Words {
		line := w.Name + ": " + w.Text
		if asHTML {
			line = "<p>" + line + "</p>"
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}
