package sim

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"handoff/connectors/simkit"
)

// gmsRoot is where chats of customers begin: GMS Chat API version 2.
const gmsRoot = "/genesys/2/chat"

// Codes of GMS.
const (
	gmsFine  = 0
	gmsNever = 2
)

// requestChat opens a chat for a customer in a service, where it waits for a person.
func (s *Simulator) requestChat(w http.ResponseWriter, r *http.Request) {
	form, ok := formOf(w, r)
	if !ok {
		return
	}
	service := r.PathValue("service")
	name := form.Get("nickname")
	if name == "" {
		name = strings.TrimSpace(form.Get("firstName") + " " + form.Get("lastName"))
	}
	s.answer(w, func() (int, any) {
		known := false
		for _, q := range s.options.Queues {
			known = known || q == service
		}
		if !known || name == "" {
			return http.StatusOK, gmsFailure(201, "no such service, or no nickname")
		}
		c := s.newChat(simkit.Customer{Name: name, Email: form.Get("emailAddress")}, service)
		c.byUs, c.gmsUser, c.key, c.alias = true, "0075"+strings.ToUpper(s.mint("user"))[:12], s.mint("key"), 117
		c.data["Subject"] = form.Get("subject")
		c.attach(form)
		s.watchSilence(c)
		return http.StatusOK, s.transcript(c, 1)
	})
}

// formOf reads the body, which is a form and nothing else.
func formOf(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return nil, false
	}
	if err := r.ParseForm(); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return nil, false
	}
	return r.PostForm, true
}

// attach keeps userData[key]=value.
func (c *chat) attach(form url.Values) {
	for name := range form {
		if key, ok := strings.CutPrefix(name, "userData["); ok {
			c.data[strings.TrimSuffix(key, "]")] = form.Get(name)
		}
	}
}

// watchSilence throws the customer out of whom nothing is heard for flex-disconnect-timeout.
func (s *Simulator) watchSilence(c *chat) {
	if c.silence != nil {
		c.silence()
	}
	c.silence = s.options.Clock.AfterFunc(s.options.SilentFor, func() {
		_ = s.do(func() error { s.customerLeaves(c); return nil })
	})
}

// chatCall is any call for a chat that is there. Whoever has not its key gets nothing; who uses the alias of a node that the
// chat has left, after having been told the new one, gets nothing either.
func (s *Simulator) chatCall(w http.ResponseWriter, r *http.Request) {
	form, ok := formOf(w, r)
	if !ok {
		return
	}
	s.answer(w, func() (int, any) {
		c := s.find(r.PathValue("id"))
		if c == nil || !c.byUs || form.Get("secureKey") != c.key || form.Get("userId") != c.gmsUser {
			return http.StatusOK, gmsFailure(249, "the session has expired")
		}
		if form.Get("alias") != strconv.Itoa(c.told) && form.Get("alias") != strconv.Itoa(c.alias) {
			return http.StatusOK, gmsFailure(249, "no such alias")
		}
		if c.gone {
			return http.StatusOK, gmsFailure(249, "the session has expired")
		}
		if c.ended {
			return http.StatusOK, s.transcript(c, position(form))
		}
		if refused := s.customerDoes(c, r.PathValue("what"), form); refused != nil {
			return http.StatusOK, refused
		}
		s.watchSilence(c)
		return http.StatusOK, s.transcript(c, position(form))
	})
}

// customerDoes carries out one call; the answer is nil if it was well.
func (s *Simulator) customerDoes(c *chat, what string, form url.Values) any {
	say := func(kind, text string) { c.write(s, entry{kind: kind, text: text, from: c.client()}) }
	switch what {
	case "send":
		if form.Get("message") == "" {
			return gmsFailure(240, "message is required")
		}
		say("Text", form.Get("message"))
	case "refresh":
		if text := form.Get("message"); text != "" {
			say("Text", text)
		}
	case "startTyping":
		say("TypingStarted", form.Get("message"))
	case "stopTyping":
		say("TypingStopped", form.Get("message"))
	case "pushUrl":
		say("PushUrl", form.Get("pushUrl"))
	case "updateData":
		c.attach(form)
	case "updateNickname":
		c.client().nickname = form.Get("nickname")
		say("NicknameUpdated", form.Get("nickname"))
	case "disconnect":
		s.customerLeaves(c)
	default:
		return gmsFailure(100, "no such operation")
	}
	return nil
}

// position is from where the transcript is asked for; far behind its end where that is left out.
func position(form url.Values) int {
	if at, err := strconv.Atoi(form.Get("transcriptPosition")); err == nil {
		return at
	}
	return 1 << 30
}

// transcript is the one answer of GMS.
func (s *Simulator) transcript(c *chat, from int) map[string]any {
	messages := []any{}
	for _, e := range c.log {
		if e.index < from || e.visibility != forAll {
			continue
		}
		messages = append(messages, customerEntry(&e))
	}
	c.told = c.alias
	return map[string]any{
		"statusCode": gmsFine, "alias": strconv.Itoa(c.alias), "userId": c.gmsUser, "secureKey": c.key, "chatId": c.id,
		"chatEnded": c.ended || c.gone, "nextPosition": len(c.log) + 1, "messages": messages, "monitored": false,
	}
}

// customerEntry is an entry in the customer's words: Message for Text, Client for Customer, a number for whoever it is.
func customerEntry(e *entry) map[string]any {
	kind, from := e.kind, e.from.kind
	if kind == "Text" {
		kind = "Message"
	}
	if from == "Customer" {
		from = "Client"
	}
	shown := map[string]any{"index": e.index, "type": kind, "utcTime": e.at, "from": map[string]any{
		"nickname": e.from.nickname, "participantId": e.from.number, "type": from,
	}}
	if e.text != "" {
		shown["text"] = e.text
	}
	return shown
}

func gmsFailure(number int, why string) map[string]any {
	return map[string]any{"statusCode": gmsNever, "chatEnded": false, "errors": []any{map[string]any{"code": number, "advice": why}}}
}

// hexNumber is how agents see a participant's number.
func hexNumber(n int) string { return fmt.Sprintf("00935AFD8ACE%04X", n) }
