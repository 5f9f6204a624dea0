package orchestrator

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Sentinels. Compare with errors.Is.
var (
	ErrNotFound   = errors.New("not found")
	ErrConflict   = errors.New("the conversation has changed meanwhile")
	ErrNotLeased  = errors.New("the lane is not leased to this process")
	ErrNoSeat     = errors.New("no free seat")
	ErrNotWaiting = errors.New("the conversation does not wait in a queue")
	ErrUnknownBot = errors.New("unknown bot")
)

// Codes of refusals, the same in the API.
const (
	CodeStateConflict    = "state-conflict" // the event has no row for the present state
	CodeNotInControl     = "not-in-control" // somebody else may speak now
	CodeStaleVersion     = "stale-version"  // If-Match names another version
	CodeKeyReuse         = "idempotency-key-reuse"
	CodeNotSupported     = "not-supported"     // the desk cannot do it
	CodeNotAllowed       = "not-allowed"       // the policy does not let the caller do this
	CodeLimit            = "limit"             // a limit of the policy or the service
	CodeConversationFull = "conversation-full" // the timeline has reached its limit
	CodeUnavailable      = "unavailable"       // try again
)

// CircuitOpen is the code of a ConnectorError for a call that was not made, because the calls before it failed.
const CircuitOpen = "circuit-open"

// CallbackGone is the code of a ConnectorError for a call whose receiver wants no more calls at this address (HTTP 410). From
// a bot it stops the callback.
const CallbackGone = "gone"

// Rejection is the answer to an event that is refused: in what state the conversation is and who controls it.
type Rejection struct {
	Code       string
	Detail     string
	Event      EventType
	State      State
	Controller Controller
	Agent      Agent // who serves, if anybody
	Version    uint64
	Epoch      uint64
	// Bound is the key of the limit that was hit, with CodeConversationFull.
	Bound string
}

// Error is the detail with the present state.
func (r *Rejection) Error() string {
	return fmt.Sprintf("%s: %s (%s in state %s)", r.Code, r.Detail, r.Event, r.State)
}

// Reject builds the rejection of ev by a conversation.
func Reject(c *Conversation, ev *Event, code, detail string) *Rejection {
	return &Rejection{
		Code: code, Detail: detail, Event: ev.Type, State: c.State, Controller: c.Controller(), Agent: c.Owner(),
		Version: c.Version, Epoch: c.Epoch,
	}
}

// Field names what an event asks for by its meaning. Where it stood in a request knows the door through which it came.
type Field string

// The fields that more than one door can take.
const (
	FieldQueue        Field = "queue"
	FieldDesk         Field = "desk"
	FieldAgent        Field = "agent"
	FieldPriority     Field = "priority"
	FieldQueueTimeout Field = "queue_timeout"
	FieldOnEnd        Field = "on_end"
	FieldAttributes   Field = "attributes"
	FieldMessageID    Field = "message_id"
)

// FieldError is one thing wrong with an input, at a JSON pointer (RFC 6901) or the path of a configuration key.
type FieldError struct {
	// Field is set in place of Pointer where the domain found the fault; the door puts in the pointer.
	Field   Field  `json:"-"`
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// InputError is input that cannot be taken as it is. Code and status are those of the API's problem documents.
type InputError struct {
	Status int // HTTP; 422 if zero
	Code   string
	Detail string
	Fields []FieldError
	// RetryAfter is set where trying again later can help.
	RetryAfter time.Duration
	// Bound is the key of the limit that was hit, if it was one.
	Bound string
}

// Error is the detail with the first field.
func (e *InputError) Error() string {
	if len(e.Fields) > 0 {
		return fmt.Sprintf("%s: %s (%s%s: %s)", e.Code, e.Detail, e.Fields[0].Field, e.Fields[0].Pointer, e.Fields[0].Detail)
	}
	return e.Code + ": " + e.Detail
}

// Invalid is an InputError "validation" about one field.
func Invalid(pointer, format string, args ...any) *InputError {
	detail := fmt.Sprintf(format, args...)
	return &InputError{Status: 422, Code: "validation", Detail: "the request is not valid",
		Fields: []FieldError{{Pointer: pointer, Detail: detail}}}
}

// InvalidField is an InputError "validation" about one field that the domain names.
func InvalidField(field Field, format string, args ...any) *InputError {
	err := Invalid("", format, args...)
	err.Fields[0].Field = field
	return err
}

// Placed answers an error with the pointers of its fields as where tells them; the error itself is not changed.
func Placed(err error, where func(Field) string) error {
	var input *InputError
	if !errors.As(err, &input) || !slices.ContainsFunc(input.Fields, named) {
		return err
	}
	placed := *input
	placed.Fields = slices.Clone(input.Fields)
	for i := range placed.Fields {
		if f := &placed.Fields[i]; named(*f) {
			f.Pointer = where(f.Field)
		}
	}
	return &placed
}

func named(f FieldError) bool { return f.Field != "" }

// Outcome is what a failed call means. The zero value is the careful one: a connector that forgets to say is treated as
// if the call might have arrived.
type Outcome uint8

// The outcomes of failed calls.
const (
	OutcomeUnknown   Outcome = iota // it may have happened: look before repeating, or repeat under the same id and say so
	OutcomeRetry                    // it did not happen; trying again can help
	OutcomePermanent                // it did not happen and will not
)

// String is the outcome's name in metrics and logs.
func (o Outcome) String() string {
	switch o {
	case OutcomeUnknown:
		return "unknown"
	case OutcomeRetry:
		return "retry"
	case OutcomePermanent:
		return "permanent"
	}
	return "unknown"
}

// UnreadableError says that this program cannot read the first command of a lane: another version of it has written it.
type UnreadableError struct {
	Lane   LaneKey
	Stored []byte // as it lies in the lane
	Err    error
}

// Error names the lane and what is wrong.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("lane %s of %s: %v", e.Lane.Lane, e.Lane.Conversation, e.Err)
}

// Unwrap is what is wrong.
func (e *UnreadableError) Unwrap() error { return e.Err }

// UnreadableRecord says that this program cannot read a conversation: another version of it has written it, or it is damaged.
type UnreadableRecord struct {
	ID  ConversationID
	Err error
}

// Error names the conversation and what is wrong.
func (e *UnreadableRecord) Error() string { return fmt.Sprintf("record of %s: %v", e.ID, e.Err) }

// Unwrap is what is wrong.
func (e *UnreadableRecord) Unwrap() error { return e.Err }

// ConnectorError is a failed call to a desk or bot. Err and Code are free of secrets and of the customer's words.
type ConnectorError struct {
	Connector ConnectorName
	Op        string // "send"
	Status    int    // HTTP status, 0 if there was none
	Code      string // the vendor's
	Outcome   Outcome
	// Refused: the receiver is well and said no, although trying again can help. For a circuit breaker that is an answer.
	Refused    bool
	RetryAfter time.Duration // as the receiver asked; 0: our schedule
	Err        error
}

// Error names the connector, the call and what came back.
func (e *ConnectorError) Error() string {
	s := fmt.Sprintf("%s: %s", e.Connector, e.Op)
	if e.Status != 0 {
		s += fmt.Sprintf(": HTTP %d", e.Status)
	}
	if e.Code != "" {
		s += ": " + e.Code
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap is the cause.
func (e *ConnectorError) Unwrap() error { return e.Err }

// ErrChatOver: the receiver's chat is over, so nobody reads the word. Its speaker is told; the end itself is told by whoever listens.
var ErrChatOver = errors.New("the chat is over at the desk")

// CodeChatOver is its code where the vendor gave none.
const CodeChatOver = "chat-over"

// OutcomeOf classifies the error of a connector's call.
func OutcomeOf(err error) Outcome {
	if ce, ok := errors.AsType[*ConnectorError](err); ok {
		return ce.Outcome
	}
	return OutcomeUnknown
}
