package settings

// The roles that we may take at a vendor's desk.
const (
	SeatCustomer = "customer" // we open the chat for the customer
	SeatAgent    = "agent"    // our bot is an agent, and hands over by the desk's own transfer
)

// Seat checks the seat, under the key seat.
func (f *Faults) Seat(seat string) { f.OneOf("seat", seat, SeatCustomer, SeatAgent) }

// Required notes each text that is missing.
func (f *Faults) Required(texts ...Text) {
	for _, t := range texts {
		if t.Value == "" {
			f.Add(t.Key, "is required")
		}
	}
}

// RequiredFor notes each text that is missing and that the seat needs.
func (f *Faults) RequiredFor(seat string, texts ...Text) {
	for _, t := range texts {
		if t.Value == "" {
			f.Add(t.Key, "is required for the seat %s", seat)
		}
	}
}

// Given says whether a key was given.
type Given struct {
	Key string
	Is  bool
}

// OnlyFor notes each key that was given although only the other seat has it.
func (f *Faults) OnlyFor(seat string, keys ...Given) {
	for _, k := range keys {
		if k.Is {
			f.Add(k.Key, "is for the seat %s", seat)
		}
	}
}
