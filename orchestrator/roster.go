package orchestrator

import "context"

// Roster is the floor of the house desk: who is present, who waits, and which seats are taken. It is separate from the
// conversations (it lies in one slot of its own), so a seat is reserved before the offer is committed and given back if the
// commit loses; every method is atomic and may be repeated.
type Roster interface {
	// SetPresence notes that an agent is there until p.Until, in place of what was known of them; seats and IdleSince stay
	// (IdleSince starts now for somebody new). Since and Reason are those of the choice: who repeats what stands keeps them,
	// unless another reason is given. A provisional one does not take the place of one that they gave themselves. A choice is
	// told to all processes (Change.Presence).
	SetPresence(ctx context.Context, p Presence, now Moment) error
	// RenewPresence notes that an agent was heard of, and chooses nothing: what they chose last stands until the given
	// moment. False where nothing stands: they chose nothing, or were signed off.
	RenewPresence(ctx context.Context, id AgentID, until Moment) (bool, error)
	// RemovePresence signs an agent off, and forgets what they chose. Seats stay until their conversations are moved.
	RemovePresence(ctx context.Context, id AgentID) error
	// Enqueue gives a conversation its place in a line, in place of any place or seat it had.
	Enqueue(ctx context.Context, id ConversationID, w Waiting, now Moment) error
	// HoldPlace gives a conversation the last place among its equals in a line, until the given moment: it counts for all
	// others, but does not ring. Enqueue makes it its own. Who waits already keeps the place that they have.
	HoldPlace(ctx context.Context, id ConversationID, w Waiting, until Moment) (HeldPlace, error)
	// GiveBackPlace takes a place back that is still held by this very hold.
	GiveBackPlace(ctx context.Context, id ConversationID, held HeldPlace) error
	// Reserve takes a seat with an agent for a conversation until the given moment. With fromLine the conversation must be
	// waiting and leaves the line; ErrNotWaiting. ErrNoSeat when the agent is away or at capacity.
	Reserve(ctx context.Context, r Reservation, now Moment) error
	// Take makes a seat the conversation's own, with or without a reservation (capacity is not asked again) and takes the
	// conversation out of the line. With SeatOwner every other seat but guests' is given back.
	Take(ctx context.Context, id ConversationID, agent AgentID, kind SeatKind, now Moment) error
	// Release gives back one agent's seat for a conversation; others stay.
	Release(ctx context.Context, id ConversationID, agent AgentID, now Moment) error
	// Remove gives back all seats of a conversation and its place in any line.
	Remove(ctx context.Context, id ConversationID, now Moment) error
	// Expire takes back at most limit reservations that ran out before now, and answers them; a conversation that was
	// reserved from the line gets its place again. Held places that ran out go as well.
	Expire(ctx context.Context, now Moment, limit int) ([]Seat, error)
	// Position answers a waiting conversation's place, 1 for the next; ErrNotWaiting.
	Position(ctx context.Context, id ConversationID) (queue QueueName, position int, err error)
	// Floor answers who is there, how many seats each has taken, what rings, and at most perQueue waiting conversations of each
	// line. Its cost does not grow with the chats that are served.
	Floor(ctx context.Context, perQueue int) (*Floor, error)
	// Seats answers the seats that a filter selects, in the order of their conversations and then of their agents. Those of a
	// conversation or of an agent cost as much as there are.
	Seats(ctx context.Context, of SeatFilter) ([]Seat, error)
	// RecountSeats compares what is counted and indexed of the seats with the seats themselves, and mends it. It answers how
	// many entries were wrong.
	RecountSeats(ctx context.Context) (int, error)
}

// ReasonAway is why it does not ring any more at a person who went away: what rings is withdrawn at once, and is not held
// against them.
const ReasonAway = "away"

// SeatKind is what an agent's seat is taken for.
type SeatKind string

// The kinds of seats. All count against capacity.
const (
	SeatRinging SeatKind = "ringing" // reserved for an offer, an invitation or a transfer; runs out
	SeatOwner   SeatKind = "owner"
	SeatGuest   SeatKind = "guest"
	SeatWrapUp  SeatKind = "wrap_up"
)

// Presence is an agent who is there.
type Presence struct {
	Agent     Agent       `cbor:"1,keyasint"`
	Online    bool        `cbor:"2,keyasint"` // else away: keeps chats, is offered none
	Queues    []QueueName `cbor:"3,keyasint,omitempty"`
	Skills    []string    `cbor:"4,keyasint,omitempty"`
	Capacity  int         `cbor:"5,keyasint"`          // seats
	Until     Moment      `cbor:"6,keyasint"`          // gone unless heard of again
	IdleSince Moment      `cbor:"7,keyasint,omitzero"` // since when no seat was given back or taken; the longest idle is next
	// Provisional: noted because of what they did, without a word of their own about their presence.
	Provisional bool `cbor:"8,keyasint,omitzero"`
	// Offline: signed off by somebody else. Signs of life do not bring them back, a choice of their own does.
	Offline bool   `cbor:"9,keyasint,omitzero"`
	Since   Moment `cbor:"-"` // of the choice; zero: not known
	Reason  string `cbor:"-"` // of the choice; may be empty
}

// Seat is one conversation at one agent.
type Seat struct {
	Agent        AgentID
	Conversation ConversationID
	Kind         SeatKind
	Since        Moment
	Until        Moment // of a reservation
}

// Reservation asks for a seat.
type Reservation struct {
	Conversation ConversationID
	Agent        AgentID
	Until        Moment
	FromLine     bool
	// Force ignores capacity and absence: a supervisor takes a conversation.
	Force bool
}

// Place is one waiting conversation.
type Place struct {
	Conversation ConversationID
	Waiting      Waiting
}

// Floor is a view of the house desk at one moment: what matching and looking need. Single seats are asked for with
// Roster.Seats.
type Floor struct {
	Agents  []Presence
	Taken   map[AgentID]int // seats of any kind; also of people who are not there
	Ringing []Seat          // in the order of conversations and agents
	Lines   map[QueueName]Line
}

// SeatFilter selects seats; what is empty selects all.
type SeatFilter struct {
	Conversation ConversationID
	Agent        AgentID
	Kind         SeatKind
}

// Selects reports whether a seat is among those that are asked for.
func (f SeatFilter) Selects(s *Seat) bool {
	return (f.Conversation == "" || f.Conversation == s.Conversation) && (f.Agent == "" || f.Agent == s.Agent) &&
		(f.Kind == "" || f.Kind == s.Kind)
}

// Line is a queue: how many wait, the first of them in order, and how long a chat takes on average (0: not known).
type Line struct {
	Waiting  int
	First    []Place
	HandleMS int64
}
