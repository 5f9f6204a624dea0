package orchestrator

// Entry is one step of a timeline.
type Entry struct {
	// Sequence is the entry's number: 1 for the first, no gaps. The store derives it from the place in the timeline.
	Sequence uint64 `cbor:"-"`
	At       Moment `cbor:"1,keyasint"`
	Version  uint64 `cbor:"2,keyasint"` // of the commit that wrote it; entries of one commit share it
	Epoch    uint64 `cbor:"3,keyasint"` // after the step
	// Derived marks what the decision added to the event that came in: the move that a fact became, a text of the policy.
	// Replaying feeds the flow with the others only, and gets these again.
	Derived bool  `cbor:"4,keyasint,omitzero"`
	Event   Event `cbor:"5,keyasint"`
	From    State `cbor:"6,keyasint,omitzero"` // set, with To, on a step that moved the conversation
	To      State `cbor:"7,keyasint,omitzero"`
	// Handoff is the ordinal of the handoff that the step belongs to; 0 before the first.
	Handoff int  `cbor:"8,keyasint,omitzero"`
	Why     *Why `cbor:"9,keyasint,omitempty"`
	// Notice is what the step tells outside; nil for a word, whose message is what is told, and for a step that is told under
	// the name of its event.
	Notice *Notice `cbor:"10,keyasint,omitempty"`
	// MissingBefore is how many of the sender's numbers were missing before that of the event, and Late says that its number was
	// behind.
	MissingBefore int64 `cbor:"11,keyasint,omitzero"`
	Late          bool  `cbor:"12,keyasint,omitzero"`
	// Form is FormNotice for a step, and 0 for a word and for steps of the version before, whose notice was not written down.
	Form uint8 `cbor:"13,keyasint,omitzero"`
}

// FormNotice is the form of an entry whose Notice says what it tells.
const FormNotice = 2

// Moved reports whether the step moved the conversation, also from a state to itself (to the next queue).
func (e *Entry) Moved() bool { return e.To != "" }

// Why says what a step was decided on: enough to explain it later without asking anything else.
type Why struct {
	Cause    string         `cbor:"1,keyasint" json:"cause"` // the event that came in
	Rule     string         `cbor:"2,keyasint" json:"rule"`  // the rule of the policy or table that applied
	LookedAt map[string]any `cbor:"3,keyasint,omitempty" json:"looked_at,omitempty"`
}

// RuleStale is the rule of an event that its sender had overtaken by a later one: noted, and nothing moved.
const RuleStale = "stale"
