package superoffice

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"handoff/connectors/internal/plaintext"
	"handoff/orchestrator"
)

// number is an id or a small number, written as a number or as a text: documents and versions differ.
type number int64

// UnmarshalJSON reads 12, "12" and null.
func (n *number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		*n = 0
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return errors.New("is not a number")
	}
	*n = number(v)
	return nil
}

func (n number) String() string { return strconv.FormatInt(int64(n), 10) }

// boolean is true, false, 1, 0, or one of these as a text.
type boolean bool

// UnmarshalJSON reads any of them; null is false.
func (v *boolean) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1":
		*v = true
	case "false", "0", "null", "":
		*v = false
	default:
		return errors.New("is neither true nor false")
	}
	return nil
}

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

// UnmarshalJSON reads a name or a number. What is unknown is Invalid: of such a session nothing is concluded.
func (s *status) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	*s = statusInvalid
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < len(statusNames) {
		*s = status(n)
		return nil
	}
	for n, name := range statusNames {
		if strings.EqualFold(name, text) {
			*s = status(n)
		}
	}
	return nil
}

// MarshalJSON writes the name.
func (s status) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// over reports whether the session has ended. Finished can be revived by the customer.
func (s status) over() bool { return s >= statusFinished }

// when is a point in time. With SO-TimeZone: UTC,includeTZOffset an offset is written, with or without a colon; a time
// without one is UTC. The year 1 is "no value".
type when orchestrator.Moment

var layouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"}

// UnmarshalJSON reads every spelling that the vendor's documents show. What cannot be read is no value: a date decides
// nothing without which a session could not be served.
func (w *when) UnmarshalJSON(b []byte) error {
	*w = 0
	text := strings.Trim(string(b), `"`)
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			if t.Year() > 1 {
				*w = when(orchestrator.MomentOf(t))
			}
			return nil
		}
	}
	return nil
}

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

// associate is a user of the vendor's.
type associate struct {
	ID       number `json:"AssociateId"`
	Name     string `json:"Name"` // the login
	FullName string `json:"FullName"`
}

// person is a contact person of the vendor's.
type person struct {
	ID number `json:"PersonId"`
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

// decodeChat reads a session. JSON null, the vendor's third way to say "nothing", is nil without an error.
func decodeChat(body []byte) (*chat, error) {
	var c *chat
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, err
	}
	if c != nil && c.ID <= 0 {
		return nil, errors.New("a session without an id")
	}
	return c, nil
}

// decodeMessages reads a list of messages, those without an id left out.
func decodeMessages(body []byte) ([]message, error) {
	var all []message
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, err
	}
	good := all[:0]
	for _, m := range all {
		if m.ID > 0 {
			good = append(good, m)
		}
	}
	return good, nil
}

// decodeRows reads the ids of an OData list. Rows are not entities: the key is a text in some modes and a number in others.
func decodeRows(body []byte) ([]number, error) {
	var list struct {
		Value []struct {
			Key number `json:"PrimaryKey"`
			ID  number `json:"chatSessionId"`
		} `json:"value"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	var ids []number
	for _, row := range list.Value {
		if id := max(row.ID, row.Key); id > 0 {
			ids = append(ids, id)
		}
	}
	return ids, nil
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

func decodeHook(body []byte) (*hook, error) {
	var h hook
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&h); err != nil {
		return nil, fmt.Errorf("it is not the JSON of a webhook: %w", err)
	}
	return &h, nil
}
