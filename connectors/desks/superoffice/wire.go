package superoffice

import (
	"encoding/json"
	"strings"

	"handoff/connectors/internal/plaintext"
	"handoff/orchestrator"
)

// status is where a session stands (enum ChatSessionStatus): in JSON by name, elsewhere by number.
type status int

// The statuses.
const (
	statusInvalid status = iota
	statusPreChatForm
	statusFaq
	statusOfflineForm
	statusInQueue
	statusCustomerLast
	statusUserLast
	statusFinished
	statusDeleted
	statusClosed
	statusRequestPosted
	statusClosedFromQueue
)

var statusNames = []string{
	"Invalid", "PreChatForm", "Faq", "OfflineForm", "InQueue", "CustomerLast", "UserLast", "Finished", "Deleted", "Closed",
	"RequestPosted", "ClosedFromQueue",
}

// String is the name in JSON.
func (s status) String() string {
	if s < 0 || int(s) >= len(statusNames) {
		return statusNames[statusInvalid]
	}
	return statusNames[s]
}

// over reports whether the session has ended. Finished can be revived by the customer.
func (s status) over() bool { return s >= statusFinished }

// chat is a ChatSessionEntity, as far as we need it.
type chat struct {
	ID            number     `json:"ChatSessionId"`
	Topic         number     `json:"TopicId"`
	User          *associate `json:"User"`
	Person        *person    `json:"Person"`
	CustomerAlias string     `json:"CustomerAlias"`
	CustomerHost  string     `json:"CustomerHost"`
	CustomerName  string     `json:"CustomerName"`
	CustomerEmail string     `json:"CustomerEmail"`
	Status        status     `json:"Status"`
	WhenFetched   when       `json:"WhenFetched"`
	TransferTo    *associate `json:"TransferTo"`
	BotActive     boolean    `json:"ChatbotIsActive"`
}

// customer is whom the session is with.
func (c *chat) customer(desk orchestrator.ConnectorName) orchestrator.Customer {
	who := orchestrator.Customer{ID: string(desk) + ":" + c.ID.String(), Name: c.CustomerName, Email: c.CustomerEmail}
	if who.Name == "" {
		who.Name = c.CustomerAlias
	}
	if c.Person != nil && c.Person.ID > 0 {
		who.ID = "person:" + c.Person.ID.String()
	}
	return who
}

// associate is a user of the vendor's.
type associate struct {
	ID       number `json:"AssociateId"`
	Name     string `json:"Name"` // the login
	FullName string `json:"FullName"`
}

// agent is the user as a person who answers: known by the login, which TransferTo takes as well.
func (a *associate) agent() *orchestrator.Agent {
	if a == nil || a.ID == 0 && a.Name == "" {
		return nil
	}
	id := a.Name
	if id == "" {
		id = a.ID.String()
	}
	name := a.FullName
	if name == "" {
		name = id
	}
	return &orchestrator.Agent{ID: orchestrator.AgentID(id), Name: name}
}

// person is a contact person of the vendor's.
type person struct {
	ID number `json:"PersonId"`
}

// stand is who has a session.
type stand string

const (
	withBot stand = "bot"     // the bot serves it
	waiting stand = "waiting" // in the queue, or before it: form, FAQ
	offline stand = "offline" // the offline form: nobody is there
	served  stand = "served"  // a user serves it
	over    stand = "over"
)

// stand follows from flag, user and status. A session of status UserLast without a user and without an active bot is one in
// which a bot spoke and the flag was never set.
func (c *chat) stand() stand {
	switch {
	case c.Status.over():
		return over
	case c.User.agent() != nil:
		return served
	case c.Status == statusOfflineForm:
		return offline
	case bool(c.BotActive):
		return withBot
	}
	return waiting
}

// Types of messages (enum ChatMessageType).
const (
	typeToCustomer = "ToCustomer"
	typeToUser     = "ToUser"
	typeSpecial    = "Special"
)

// Special types of messages (enum ChatMessageSpecialType; "TransferedSession" is the vendor's spelling).
const (
	specialNone             = "None"
	specialWelcome          = "Welcome"
	specialURL              = "Url"
	specialTransfered       = "TransferedSession"
	specialClosedByUser     = "ClosedByUser"
	specialClosedByCustomer = "ClosedByCustomer"
	specialClosedByIdle     = "ClosedByIdle"
	specialReopened         = "ReopenedByCustomer"
	specialClickedOption    = "ClickedOption"
	specialBotMessage       = "BotMessage"
)

// message is a ChatMessage.
type message struct {
	ID      number `json:"ChatMessageId"`
	Type    string `json:"Type"`
	Text    string `json:"Message"` // HTML
	Author  string `json:"Author"`
	Special string `json:"SpecialType"`
	Param   string `json:"SpecialParam"`
	Posted  when   `json:"WhenPosted"`
}

// plain is the text without markup. The body of a clicked option is not documented: the parameter stands in for it.
func (m *message) plain() string {
	if text := strings.TrimSpace(plaintext.FromHTML(m.Text)); text != "" || m.Special != specialClickedOption {
		return text
	}
	return strings.TrimSpace(m.Param)
}

// byCustomer reports whether the customer said it.
func (m *message) byCustomer() bool {
	return m.Type == typeToUser || m.Type == typeSpecial && m.Special == specialClickedOption
}

// toCustomer reports whether it is shown to the customer as somebody's words.
func (m *message) toCustomer() bool {
	return m.Type == typeToCustomer || m.Type == typeSpecial && (m.Special == specialWelcome || m.Special == specialURL)
}

// hook is what a webhook says: that something happened in a session. FieldValues come in newer versions only, in two
// spellings of upper and lower case.
type hook struct {
	Event  string            `json:"Event"`
	Key    number            `json:"PrimaryKey"`
	Entity string            `json:"Entity"`
	Tenant string            `json:"ContextIdentifier"`
	Fields map[string]rawAny `json:"FieldValues"`
}

// rawAny is any JSON value, undecoded.
type rawAny = json.RawMessage

// topic is the session's topic, 0 where the hook does not say.
func (h *hook) topic() number {
	for name, value := range h.Fields {
		var n number
		if strings.EqualFold(name, "TopicId") && n.UnmarshalJSON(value) == nil {
			return n
		}
	}
	return 0
}

// webhook is a registration at the vendor.
type webhook struct {
	ID     number   `json:"WebhookId,omitzero"`
	Name   string   `json:"Name"`
	Events []string `json:"Events"`
	Target string   `json:"TargetUrl"`
	Secret string   `json:"Secret"`
	State  string   `json:"State"`
	Type   string   `json:"Type"`
}
