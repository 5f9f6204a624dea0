package sim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"handoff/connectors/simkit"
)

// consumerCall is the body of any consumer call.
type consumerCall struct {
	ClientTransactionID int64  `json:"clientTransactionId"`
	ClientRequestTime   string `json:"clientRequestTime"`
	Body                string `json:"body"`
	MessageID           string `json:"messageId"`
	Mode                string `json:"mode"`
	RichText            *bool  `json:"richText"`
	OffTheRecord        *bool  `json:"offTheRecord"`
}

func (s *Sim) consumerRoutes(mux *http.ServeMux) {
	const path = "/engagement/api/consumer/{site}/v1/"
	mux.HandleFunc("POST "+path+"requestEngagement", s.requestEngagement)
	mux.HandleFunc("POST "+path+"getMessages", s.consumerMessages)
	mux.HandleFunc("GET "+path+"getQueueStats", s.queueStats)
	for name, serve := range map[string]func(*engagement, *consumerCall) error{
		"postMessage": s.consumerPost, "activity": s.activity, "concludeEngagement": s.concludeEngagement,
	} {
		mux.HandleFunc("POST "+path+name, s.consumer(serve))
	}
}

// consumer checks what every call with a session needs.
func (s *Sim) consumer(serve func(*engagement, *consumerCall) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var c consumerCall
		if !decode(r, &c) {
			replyRefusal(w, refuse(http.StatusBadRequest, "BAD_REQUEST", "the body is not valid"))
			return
		}
		answer := fields{}
		err := s.do(func() error {
			e, err := s.consumerSession(r)
			if err != nil {
				return err
			}
			s.consumerEnvelope(answer, e, &c)
			return serve(e, &c)
		})
		if err != nil {
			replyRefusal(w, err)
			return
		}
		reply(w, http.StatusOK, answer)
	}
}

func (s *Sim) consumerSession(r *http.Request) (*engagement, error) {
	if err := s.place(r); err != nil {
		return nil, err
	}
	id := r.Header.Get("SessionId")
	for _, e := range s.chats {
		if id != "" && e.session == id {
			return e, nil
		}
	}
	return nil, refuse(http.StatusForbidden, "ACCESS_DENIED", "the consumer session identifier is unknown")
}

// consumerEnvelope: times are ISO strings on this side.
func (s *Sim) consumerEnvelope(answer fields, e *engagement, c *consumerCall) {
	now := s.clock.Now().UTC().Format(time.RFC3339)
	answer["clientId"], answer["clientIdString"] = e.client, text(e.client)
	answer["serviceStartTime"], answer["serviceFinishTime"] = now, now
	if c.ClientTransactionID != 0 {
		answer["clientTransactionId"], answer["clientTransactionIdString"] = c.ClientTransactionID, text(c.ClientTransactionID)
	}
}

// requestEngagement begins an engagement, or, with resumeType RESUME, goes on with the open one of the same customer. Who is
// the same is not documented: here it is who has the same email address or, without one, said all the same of themselves.
func (s *Sim) requestEngagement(w http.ResponseWriter, r *http.Request) {
	answer := fields{"cancelledSurveyId": 0, "cancelledSurveyIdString": "0"}
	err := s.do(func() error {
		if err := s.place(r); err != nil {
			return err
		}
		t, err := s.bearer(r, false)
		if err != nil {
			return err
		}
		if !slices.Contains(s.options.Queues, text(t.who.QueueID)) {
			return refuse(http.StatusConflict, "CONFLICT", "the engagement was dequeued by the routing rules")
		}
		e, result := s.resumed(t.who), "EXISTING_SESSION"
		if e == nil {
			e, result = s.begin(t.who), "SUCCESS"
		}
		e.session = secret("node0")
		s.missCustomer(e, e.session)
		s.consumerEnvelope(answer, e, &consumerCall{})
		answer["engagementId"], answer["engagementIdString"] = e.id, e.ref()
		answer["sessionId"], answer["resultType"] = e.session, result
		return nil
	})
	if err != nil {
		replyRefusal(w, err)
		return
	}
	reply(w, http.StatusOK, answer)
}

func (s *Sim) begin(who information) *engagement {
	e := s.add(&engagement{
		byUs: true, who: who, queue: text(who.QueueID), question: who.Question,
		customer: simkit.Customer{Name: strings.TrimSpace(who.FirstName + " " + who.LastName), Email: who.EmailAddress},
	})
	s.tellPosition(e)
	return e
}

func (s *Sim) resumed(who information) *engagement {
	if who.ResumeType != "RESUME" || s.options.NoResume {
		return nil
	}
	for _, e := range s.chats {
		same := e.who.EmailAddress == who.EmailAddress
		if who.EmailAddress == "" {
			same = same && e.who.FirstName == who.FirstName && e.who.LastName == who.LastName &&
				maps.Equal(e.who.AuxillaryData, who.AuxillaryData)
		}
		if e.byUs && !e.over() && same {
			return e
		}
	}
	return nil
}

// missCustomer ends the engagement of a customer who has not fetched for long.
func (s *Sim) missCustomer(e *engagement, session string) {
	s.clock.AfterFunc(missedFor, func() {
		_ = s.do(func() error {
			switch {
			case e.session != session || e.over():
			case e.inbox.silent(s.clock.Now()) < missedFor:
				s.missCustomer(e, session)
			default:
				s.conclude(e, "PARTICIPANT_LEFT", "END_USER")
			}
			return nil
		})
	})
}

func (s *Sim) consumerMessages(w http.ResponseWriter, r *http.Request) {
	var c consumerCall
	if !decode(r, &c) {
		replyRefusal(w, refuse(http.StatusBadRequest, "BAD_REQUEST", "the body is not valid"))
		return
	}
	s.mu.Lock()
	e, err := s.consumerSession(r)
	s.mu.Unlock()
	if err != nil {
		replyRefusal(w, err)
		return
	}
	entries, how := e.inbox.await(c.ClientTransactionID, s.clock, r.Context().Done())
	if how == withoutSession {
		replyRefusal(w, refuse(http.StatusForbidden, "ACCESS_DENIED", "the consumer session identifier is unknown"))
		return
	}
	messages := []any{}
	for _, entry := range entries {
		if entry.raw != nil {
			messages = append(messages, entry.raw)
			continue
		}
		messages = append(messages, entry.body)
	}
	answer := fields{"systemMessages": messages, "errorMessages": []any{}}
	s.mu.Lock()
	s.consumerEnvelope(answer, e, &c)
	s.mu.Unlock()
	reply(w, http.StatusOK, answer)
}

func (s *Sim) consumerPost(e *engagement, c *consumerCall) error {
	switch {
	case c.Body == "":
		return refuse(http.StatusBadRequest, "INVALID_FIELD", "body is required")
	case e.over():
		return refuse(http.StatusConflict, "CONFLICT", "the engagement is concluded")
	case c.MessageID != "" && e.posted[c.MessageID] && !s.options.Forgetful:
		return nil
	}
	e.posted[c.MessageID] = true
	s.customerSays(e, c.Body)
	return nil
}

func (s *Sim) activity(e *engagement, c *consumerCall) error {
	switch {
	case c.Mode != "LISTENING" && c.Mode != "RESPONDING":
		return refuse(http.StatusBadRequest, "BAD_REQUEST", "mode is required")
	case e.over():
		return refuse(http.StatusNotFound, "UNKNOWN_EXCEPTION", "the engagement is concluded")
	case c.Mode == "RESPONDING":
		e.typing++
	}
	s.tellTyping(e, c.Mode)
	return nil
}

func (s *Sim) concludeEngagement(e *engagement, _ *consumerCall) error {
	if e.over() {
		return refuse(http.StatusNotFound, "UNKNOWN_EXCEPTION", "the engagement is concluded")
	}
	s.conclude(e, "END_USER_CONCLUDED", "END_USER")
	return nil
}

// queueStats needs no session.
func (s *Sim) queueStats(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		QueueID json.Number `json:"queueId"`
		Type    string      `json:"chatProactiveAvailableType"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.place(r); err != nil {
		replyRefusal(w, err)
		return
	}
	err := json.Unmarshal([]byte(r.URL.Query().Get("request")), &asked)
	if err != nil || asked.Type != "AGENTS" && asked.Type != "SESSIONS" || !has(s.options.Queues, string(asked.QueueID)) {
		replyRefusal(w, refuse(http.StatusBadRequest, "BAD_REQUEST", "a query parameter is not valid"))
		return
	}
	waiting := 0
	for _, e := range s.chats {
		if e.state == simkit.ChatWaiting && e.queue == string(asked.QueueID) {
			waiting++
		}
	}
	reply(w, http.StatusOK, fields{
		"availableAgentSessions": s.ready(), "totalAvailableAgents": text(int64(s.ready())), "engagementsInQueue": waiting,
	})
}
