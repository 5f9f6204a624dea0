package orchestrator

// NoticeStarted is the type of the notice that a conversation has begun.
const NoticeStarted = "conversation.started"

// Notice is what one step tells outside, decided in the step itself: the callback, the feed, the webhook's answer, the archive
// and the pages show this one value. Which of the optional fields are set depends on the type.
type Notice struct {
	Type         string    `cbor:"1,keyasint"` // as on the wire: "handoff.accepted"
	Queue        QueueName `cbor:"2,keyasint,omitzero"`
	Position     int       `cbor:"3,keyasint,omitzero"`
	WaitMS       int64     `cbor:"4,keyasint,omitzero"`
	Agent        *Agent    `cbor:"5,keyasint,omitempty"`
	From         *Target   `cbor:"6,keyasint,omitempty"`
	To           *Target   `cbor:"7,keyasint,omitempty"`
	Reason       string    `cbor:"8,keyasint,omitzero"`
	Retryable    bool      `cbor:"9,keyasint,omitzero"`
	RetryAfterMS int64     `cbor:"10,keyasint,omitzero"`
	EndedBy      string    `cbor:"11,keyasint,omitzero"` // agent, user, bot, system
	Resume       string    `cbor:"12,keyasint,omitzero"` // bot or none
	Disposition  string    `cbor:"13,keyasint,omitzero"`
	Tags         []string  `cbor:"14,keyasint,omitempty"`
	Notes        []string  `cbor:"15,keyasint,omitempty"`
	MessageID    string    `cbor:"16,keyasint,omitzero"`
	// How long each part of a handoff took.
	QueueMS  int64 `cbor:"17,keyasint,omitzero"`
	TalkMS   int64 `cbor:"18,keyasint,omitzero"`
	WrapUpMS int64 `cbor:"19,keyasint,omitzero"`
	// The people's part of the timeline, which a bot that goes on is given: both ends are in it. 0: none.
	HandbackFrom   uint64 `cbor:"20,keyasint,omitzero"`
	HandbackUntil  uint64 `cbor:"21,keyasint,omitzero"`
	HandbackReason string `cbor:"23,keyasint,omitzero"` // 22 was a text that nobody set
	// Where the step moved the conversation from and to; empty if it did not.
	FromState  State      `cbor:"24,keyasint,omitzero"`
	ToState    State      `cbor:"25,keyasint,omitzero"`
	Controller Controller `cbor:"26,keyasint,omitzero"`  // who controls, where a word was refused
	Author     *Actor     `cbor:"27,keyasint,omitempty"` // whose word was refused
	// HandbackHandoff leaves only the entries of one handoff in the handback: set for an entry of the version before, which does
	// not say where it began.
	HandbackHandoff int `cbor:"-"`
}
