package sim

import (
	"net/http"
)

// The bot's session: one for the account, kept alive by getMessages.

func (s *Sim) agentSession(r *http.Request) error {
	if err := s.place(r); err != nil {
		return err
	}
	if s.bot.session == "" || r.Header.Get("X-JSESSIONID") != s.bot.session || r.Header.Get("X-AID") != text(s.options.AccountID) {
		return refuse(http.StatusForbidden, "ACCESS_DENIED", "the agent session identifier is unknown")
	}
	return nil
}

func (s *Sim) envelope(answer fields, c *call) {
	answer["chatSystemError"] = nil
	answer["clientId"], answer["clientIdString"] = s.bot.client, text(s.bot.client)
	answer["serviceStartTime"], answer["serviceFinishTime"] = s.nowMS(), s.nowMS()
	answer["sessionId"] = s.bot.session
	if c.SequenceNumber != "" {
		answer["sequenceNumber"], answer["sequenceNumberString"] = c.SequenceNumber, string(c.SequenceNumber)
	}
}

func (s *Sim) login(w http.ResponseWriter, r *http.Request) {
	var c call
	if !decode(r, &c) {
		replyRefusal(w, refuse(http.StatusBadRequest, "BAD_REQUEST", "the body is not valid"))
		return
	}
	answer := fields{"chatLogonResult": fields{}}
	err := s.do(func() error {
		if err := s.place(r); err != nil {
			return err
		}
		if _, err := s.bearer(r, true); err != nil {
			return err
		}
		if s.bot.session != "" && !c.LogonOverride {
			return refuse(http.StatusConflict, "CONFLICT", "the account is logged on")
		}
		if s.bot.session != "" {
			s.bot.inbox.release()
		}
		s.bot.session, s.bot.client = secret("node0"), s.next()
		s.bot.available, s.bot.asks = false, false
		s.bot.inbox.renumber()
		s.logins++
		s.missBot(s.bot.session)
		s.envelope(answer, &c)
		return nil
	})
	if err != nil {
		replyRefusal(w, err)
		return
	}
	reply(w, http.StatusOK, answer)
}

// missBot disconnects a bot that has not fetched for long: its chats go to the people.
func (s *Sim) missBot(session string) {
	s.clock.AfterFunc(missedFor, func() {
		_ = s.do(func() error {
			switch {
			case s.bot.session != session:
			case s.bot.inbox.silent(s.clock.Now()) < missedFor:
				s.missBot(session)
			default:
				s.disconnectBot()
			}
			return nil
		})
	})
}

func (s *Sim) disconnectBot() {
	s.bot.session, s.bot.available, s.bot.asks = "", false, false
	s.bot.inbox.release()
	for _, e := range s.chats {
		if e.botHas {
			e.seat = false
			s.wait(e, e.queue, s.bot.client)
		}
	}
}

func (s *Sim) agentMessages(w http.ResponseWriter, r *http.Request) {
	var c call
	if !decode(r, &c) {
		replyRefusal(w, refuse(http.StatusBadRequest, "BAD_REQUEST", "the body is not valid"))
		return
	}
	s.mu.Lock()
	err := s.agentSession(r)
	box := s.bot.inbox
	s.mu.Unlock()
	if err != nil {
		replyRefusal(w, err)
		return
	}
	transaction, _ := c.SequenceNumber.Int64()
	entries, how := box.await(transaction, s.clock, r.Context().Done())
	if how == withoutSession {
		replyRefusal(w, refuse(http.StatusForbidden, "ACCESS_DENIED", "the agent session identifier is unknown"))
		return
	}
	messages := []any{}
	for _, e := range entries {
		if e.raw != nil {
			messages = append(messages, e.raw)
			continue
		}
		messages = append(messages, fields{e.name: e.body})
	}
	if len(messages) == 0 {
		messages = append(messages, fields{"ChatGetTimeout": fields{}})
	}
	answer := fields{"getResponseTypes": messages}
	s.mu.Lock()
	s.envelope(answer, &c)
	s.mu.Unlock()
	reply(w, http.StatusOK, answer)
}
