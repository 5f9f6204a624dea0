package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"handoff/connectors/simkit"
)

// botAccount is the automated agent's account. Its engagements outlive its sessions.
type botAccount struct {
	session   string
	client    int64
	inbox     *inbox
	available bool
	asks      bool // one request brings one engagement
	most      int
}

// Enumerations of the Agent API.
var (
	destinationTypes = strings.Fields(`NONE AGENT END_USER ENGAGEMENT GROUP PROFILE QUEUE SUBSCRIPTION_AGENT_STATS
		SUBSCRIPTION_AGENT_STATS_BY_GROUP SUBSCRIPTION_AGENT_STATS_BY_QUEUE SUBSCRIPTION_AGENT_GROUP_STATS
		SUBSCRIPTION_ENGAGEMENT_STATS SUBSCRIPTION_ENGAGEMENT_STATS_BY_QUEUE SUBSCRIPTION_ENGAGEMENT_STATS_BY_AGENT
		SUBSCRIPTION_QUEUE_STATS SYSTEM UNIVERSAL_QUEUE UNKNOWN`)
	visibilities    = []string{"", "NONE", "ALL", "NOT_ENDUSER"}
	modes           = []string{"LISTENING", "RESPONDING"}
	actionTypes     = []string{"NONE", "MANUAL", "AUTO"}
	assignmentTypes = []string{"NONE", "CONFERENCE", "LEAD", "TRANSFER", "MONITOR"}
	// What may be set of an engagement and of a user (modifyProperties).
	engagementProperties = []string{"CONTACT_ID", "INCIDENT_ID"}
	userProperties       = []string{"FIRST_NAME", "LAST_NAME", "EMAIL", "QUESTION", "PRODUCT_ID", "CONTACT_ID", "CATEGORY_ID"}
)

// call is the body of any agent call; which members matter depends on the operation.
type call struct {
	SequenceNumber json.Number       `json:"sequenceNumber"`
	EngagementID   int64             `json:"engagementId"`
	LogonOverride  bool              `json:"logonOverride"`
	Status         string            `json:"status"`
	SubTypeID      *int64            `json:"subTypeId"`
	Requested      *bool             `json:"assignmentRequested"`
	Idle           *int              `json:"idleSessionCount"`
	Most           *int              `json:"maxSessionCount"`
	Action         string            `json:"action"`
	ActionType     string            `json:"actionType"`
	AssignmentType string            `json:"assignmentType"`
	Body           string            `json:"body"`
	DestinationID  int64             `json:"destinationId"`
	Destination    string            `json:"destinationType"`
	MessageType    string            `json:"messageType"`
	MessageID      string            `json:"messageId"`
	Visibility     string            `json:"visibility"`
	RichText       *bool             `json:"richText"`
	TimeCreated    *int64            `json:"timeCreated"`
	ID             *int64            `json:"id"`
	OfAgents       *bool             `json:"includeAgentInformation"`
	OfQueues       *bool             `json:"includeQueueInformation"`
	Statistics     *bool             `json:"includeQueueStatistics"`
	ClientID       int64             `json:"clientId"`
	Mode           string            `json:"mode"`
	Type           string            `json:"type"`
	Properties     map[string]string `json:"propertiesMap"`
	ForceLogoff    *bool             `json:"forceLogoff"`
}

func (s *Sim) agentRoutes(mux *http.ServeMux) {
	const path = "/engagement/api/agent/{site}/v1/"
	mux.HandleFunc("POST "+path+"createAutomatedAgentSession", s.login)
	mux.HandleFunc("POST "+path+"getMessages", s.agentMessages)
	mux.HandleFunc("GET "+path+"rerouteAvailability", s.agent(s.rerouteAvailability))
	for name, serve := range map[string]func(*http.Request, *call) (fields, error){
		"setActivityStatus": s.setActivityStatus, "requestAssignment": s.requestAssignment,
		"assignmentAcknowledgement": s.acknowledge, "postMessage": s.agentPost, "setInteractionStatus": s.interaction,
		"modifyProperties": s.modifyProperties, "rerouteEngagement": s.reroute, "concludeChat": s.concludeChat,
		"releaseChat": s.releaseChat, "logoff": s.logoff, "retrieveAgentsAndQueues": s.agentsAndQueues,
	} {
		mux.HandleFunc("POST "+path+name, s.agent(serve))
	}
}

// agent checks what every call of the Agent API but the login needs, and puts the envelope around its answer.
func (s *Sim) agent(serve func(*http.Request, *call) (fields, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var c call
		if r.Method == http.MethodPost && !decode(r, &c) {
			replyRefusal(w, refuse(http.StatusBadRequest, "BAD_REQUEST", "the body is not valid"))
			return
		}
		var answer fields
		err := s.do(func() (err error) {
			if err = s.agentSession(r); err != nil {
				return err
			}
			if answer, err = serve(r, &c); err == nil {
				s.envelope(answer, &c)
			}
			return err
		})
		if err != nil {
			replyRefusal(w, err)
			return
		}
		reply(w, http.StatusOK, answer)
	}
}

func (s *Sim) setActivityStatus(_ *http.Request, c *call) (fields, error) {
	subtype := map[string]int64{"AVAILABLE": s.options.AvailableStatus, "UNAVAILABLE": s.options.UnavailableStatus}
	want, known := subtype[c.Status]
	switch {
	case !known || c.SubTypeID == nil:
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "status and subTypeId are required")
	case *c.SubTypeID != want:
		return nil, refuse(http.StatusConflict, "CONFLICT", "the status cannot be changed to this item")
	}
	s.bot.available = c.Status == "AVAILABLE"
	s.offerNext()
	return fields{"chatActivityStatusChangeResult": fields{}}, nil
}

func (s *Sim) requestAssignment(_ *http.Request, c *call) (fields, error) {
	if c.Requested == nil || c.Idle == nil || c.Most == nil || *c.Idle < 0 || *c.Most < *c.Idle {
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "assignmentRequested and both counts are required")
	}
	s.bot.asks, s.bot.most = *c.Requested && *c.Idle > 0, *c.Most
	s.offerNext()
	return fields{"chatRequestAssignmentResult": fields{}}, nil
}

// offerNext offers the bot the oldest engagement that waits for it, if it has asked for one and has a seat.
func (s *Sim) offerNext() {
	seats := 0
	for _, e := range s.chats {
		if e.seat {
			seats++
		}
	}
	if s.bot.session == "" || !s.bot.available || !s.bot.asks || seats >= s.bot.most {
		return
	}
	for _, e := range s.chats {
		if !e.forBot || e.state != simkit.ChatWaiting {
			continue
		}
		s.bot.asks = false
		e.state = simkit.ChatRinging
		stop := s.clock.AfterFunc(answerOffer, func() {
			_ = s.do(func() error {
				if e.forBot && e.state == simkit.ChatRinging { // nobody else is the bot: people get it
					e.state, e.forBot = simkit.ChatWaiting, false
				}
				return nil
			})
		})
		e.ringing = &ring{name: "", answer: stop}
		s.tellBot(s.options.OfferName, fields{
			"engagementId": e.id, "engagementIdString": e.ref(), "assignmentType": "LEAD", "createdTime": s.nowMS(),
		})
		return
	}
}

func (s *Sim) acknowledge(_ *http.Request, c *call) (fields, error) {
	e := s.engagement(text(c.EngagementID))
	switch {
	case !has(actionTypes, c.ActionType) || !has(assignmentTypes, c.AssignmentType) || c.EngagementID == 0 ||
		c.Action != "ACCEPT" && c.Action != "DECLINE":
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "a field is missing, or not valid")
	case e == nil || !e.forBot || e.state != simkit.ChatRinging: // the operation has no code of its own for it
		return nil, refuse(http.StatusNotFound, "UNKNOWN_EXCEPTION", "the engagement is not offered to this agent")
	}
	s.stopRinging(e)
	e.forBot = false
	if c.Action == "DECLINE" {
		e.state = simkit.ChatWaiting
		return fields{"chatAssignmentAcknowledgementResult": fields{}}, nil
	}
	e.state, e.botHas, e.seat = simkit.ChatWithBot, true, true
	s.tellConsumer(e, "RNEngagementParticipantAddedMessage", fields{"clientId": s.bot.client, "name": "Bot", "role": "LEAD"})
	s.tellBot("ChatEngagementParticipantAdded", fields{
		"engagementId": e.id, "clientId": s.bot.client, "name": "Bot", "role": "LEAD", "virtualAgent": true, "createdTime": s.nowMS(),
	})
	for _, said := range e.unsaid {
		s.tellWord(e, said)
	}
	e.unsaid = nil
	return fields{"chatAssignmentAcknowledgementResult": fields{"clientList": []fields{
		{"clientId": text(s.bot.client), "name": "Bot", "clientType": "AGENT"},
		{"clientId": text(e.client), "name": e.customer.Name, "emailAddress": e.customer.Email, "clientType": "END_USER"},
	}}}, nil
}

// tellWord tells the bot what the customer said.
func (s *Sim) tellWord(e *engagement, w word) {
	s.tellBot("ChatPostMessage", fields{
		"engagementId": e.id, "engagementIdString": e.ref(), "senderId": e.client, "senderIdString": text(e.client),
		"senderType": "END_USER", "body": w.text, "richText": false, "messageId": text(w.id), "createdTime": w.at,
	})
}

// led answers an engagement that the bot leads.
func (s *Sim) led(id int64) (*engagement, error) {
	e := s.engagement(text(id))
	switch {
	case e == nil, e.over():
		return nil, refuse(http.StatusNotFound, "ENGAGEMENT_ID_UNKNOWN", "there is no such engagement")
	case !e.botHas:
		return nil, refuse(s.options.ConflictStatus, "CONFLICT", "the lead participant has left the engagement")
	}
	return e, nil
}

func (s *Sim) agentPost(_ *http.Request, c *call) (fields, error) {
	if c.Body == "" || c.DestinationID == 0 || !slices.Contains(destinationTypes, c.Destination) || c.MessageType != "TEXT" ||
		!slices.Contains(visibilities, c.Visibility) {
		return nil, refuse(http.StatusBadRequest, "INVALID_FIELD", "a field in the request is invalid")
	}
	e, err := s.led(c.DestinationID)
	if err != nil {
		return nil, refuse(s.options.ConflictStatus, "CONFLICT", "the lead participant has left the engagement")
	}
	if c.MessageID == "" || !e.posted[c.MessageID] || s.options.Forgetful {
		e.posted[c.MessageID] = true
		e.active = s.clock.Now()
		hidden := c.Visibility == "NOT_ENDUSER"
		e.say(simkit.Word{Role: "bot", Text: c.Body, Hidden: hidden})
		if !hidden {
			s.tellConsumer(e, "RNEngagementMessagePostedMessage", fields{"clientId": s.bot.client, "body": c.Body})
		}
	}
	return fields{"chatPostResult": fields{"clientReset": s.clientReset()}}, nil
}

// clientReset is an int32 by its schema and a string in the reference's example: it is both in turns.
func (s *Sim) clientReset() any {
	reset := 0
	if s.bot.inbox.silent(s.clock.Now()) > resetAfter {
		reset = 2
	}
	if s.numeric = !s.numeric; s.numeric {
		return strconv.Itoa(reset)
	}
	return reset
}

func (s *Sim) interaction(_ *http.Request, c *call) (fields, error) {
	if c.ClientID != s.bot.client || c.EngagementID == 0 || !has(modes, c.Mode) || !has(visibilities, c.Visibility) {
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "clientId, engagementId and mode are required")
	}
	e, err := s.led(c.EngagementID)
	if err != nil { // the page of this operation lists no codes
		return nil, refuse(http.StatusNotFound, "UNKNOWN_EXCEPTION", "the agent has no such engagement")
	}
	if c.Mode == "RESPONDING" {
		e.typing++
	}
	s.tellConsumer(e, "RNEngagementActivityChangedMessage", fields{"clientId": s.bot.client, "mode": c.Mode})
	return fields{}, nil
}

func (s *Sim) modifyProperties(_ *http.Request, c *call) (fields, error) {
	e := s.engagement(text(c.EngagementID))
	allowed := map[string][]string{"USER": userProperties, "ENGAGEMENT": engagementProperties}[c.Type]
	switch {
	case c.EngagementID == 0 || allowed == nil || len(c.Properties) == 0:
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "engagementId, type and propertiesMap are required")
	case e == nil || e.over():
		return nil, refuse(http.StatusNotFound, "UNKNOWN_EXCEPTION", "there is no such engagement")
	}
	results := fields{}
	for name, value := range c.Properties {
		results[name] = slices.Contains(allowed, name)
		if results[name] == true {
			e.set[name] = value
		}
	}
	return fields{"propertiesResultMap": results}, nil
}

func (s *Sim) rerouteAvailability(r *http.Request, _ *call) (fields, error) {
	var asked call
	if err := json.Unmarshal([]byte(r.URL.Query().Get("request")), &asked); err != nil {
		return nil, refuse(http.StatusInternalServerError, "BAD_REQUEST", "the request parameter is not valid")
	}
	if e := s.engagement(text(asked.EngagementID)); e == nil || e.over() {
		return nil, refuse(http.StatusNotFound, "ENGAGEMENT_ID_UNKNOWN", "there is no such engagement")
	}
	free := s.ready()
	return fields{"queueId": 1, "availableAgentSessions": text(int64(free)), "expectedWaitSeconds": 30}, nil
}

func (s *Sim) reroute(_ *http.Request, c *call) (fields, error) {
	if c.EngagementID == 0 {
		return nil, refuse(http.StatusBadRequest, "INVALID_FIELD", "engagementId is null")
	}
	e, err := s.led(c.EngagementID)
	if err != nil {
		return nil, err
	}
	e.seat = false
	s.wait(e, e.queue, s.bot.client)
	s.tellBot("ChatDisconnectNotification", fields{
		"engagementId": e.id, "engagementIdString": e.ref(), "clientId": s.bot.client, "reason": "TRANSFERRED_TO_QUEUE",
		"createdTime": s.nowMS(),
	})
	s.offerNext()
	return fields{}, nil
}

func (s *Sim) concludeChat(_ *http.Request, c *call) (fields, error) {
	e, err := s.led(c.EngagementID)
	switch {
	case c.EngagementID == 0:
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "engagementId is required")
	case err != nil:
		return nil, refuse(http.StatusNotFound, "UNKNOWN_EXCEPTION", "the agent has no such engagement")
	}
	s.conclude(e, "AGENT_CONCLUDED", "LEAD")
	return fields{"chatConcludeEngagementResult": fields{}}, nil
}

// releaseChat: a chat in wrap-up counts as an active one, and nothing ends that by itself.
func (s *Sim) releaseChat(_ *http.Request, c *call) (fields, error) {
	e := s.engagement(text(c.EngagementID))
	switch {
	case c.EngagementID == 0, e != nil && e.seat && e.botHas:
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "the engagement is not concluded")
	case e == nil || !e.seat:
		return nil, refuse(http.StatusNotFound, "UNKNOWN_EXCEPTION", "the agent has no such engagement")
	}
	e.seat = false
	s.offerNext()
	return fields{"chatReleaseEngagementResult": fields{}}, nil
}

func (s *Sim) logoff(_ *http.Request, c *call) (fields, error) {
	if c.ForceLogoff == nil {
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "forceLogoff is required")
	}
	s.disconnectBot()
	return fields{"chatLogoffResult": fields{}}, nil
}

// agentsAndQueues: what it tells is not needed here.
func (s *Sim) agentsAndQueues(_ *http.Request, c *call) (fields, error) {
	if c.ID == nil || c.OfAgents == nil || c.OfQueues == nil || c.Statistics == nil {
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "id and what to include are required")
	}
	return fields{"agents": []any{}, "queues": fields{}}, nil
}

// ready is how many people could take a chat.
func (s *Sim) ready() int {
	if s.nobody {
		return 0
	}
	n := 0
	for _, name := range s.options.People {
		if !s.absent[name] {
			n++
		}
	}
	return n
}
