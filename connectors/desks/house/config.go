package house

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"

	"handoff/connectors/internal/settings"
	"handoff/orchestrator"
)

// Defaults of a house desk.
const (
	// DefaultRingFor is how long an offer, a transfer or an invitation rings: the policy's own default deadline.
	DefaultRingFor = 60 * time.Second
	// DefaultReservationMargin is how much longer than the ringing the seat is held, so that the conversation's own
	// deadline (fired by a sweep) always comes first.
	DefaultReservationMargin = 30 * time.Second
	// DefaultGoneAfter is how long a person counts as present without being heard of.
	DefaultGoneAfter = 45 * time.Second
)

// Limits of the configuration.
const (
	// MinRingFor is the least that OfferFor and TransferFor may be.
	MinRingFor = 5 * time.Second
	// MaxRingFor is the most that OfferFor and TransferFor may be.
	MaxRingFor = 15 * time.Minute

	minMargin, maxMargin       = time.Second, 10 * time.Minute
	minGoneAfter, maxGoneAfter = 5 * time.Second, time.Hour
)

// Config is what a house desk can be told. A duration of zero means its default.
type Config struct {
	// Name is the desk's name in policies and queues.
	Name orchestrator.ConnectorName
	// OfferFor is how long a seat is held for an offer, without the margin. It should be no less than the longest
	// `deadlines.offered` of the flows that use this desk.
	OfferFor time.Duration
	// TransferFor is the same for a transfer to a person and for an invitation.
	TransferFor time.Duration
	// ReservationMargin is how much longer than that the seat is held.
	ReservationMargin time.Duration
	// GoneAfter is how long a person who reports without a time of their own counts as present.
	GoneAfter time.Duration
}

// Validate reports everything that is wrong with the configuration, each with the key's name.
func (c Config) Validate() error {
	c = c.withDefaults()
	f := &settings.Faults{}
	f.Name(c.Name)
	settings.Between(f, "offer_for", c.OfferFor, MinRingFor, MaxRingFor)
	settings.Between(f, "transfer_for", c.TransferFor, MinRingFor, MaxRingFor)
	settings.Between(f, "reservation_margin", c.ReservationMargin, minMargin, maxMargin)
	settings.Between(f, "gone_after", c.GoneAfter, minGoneAfter, maxGoneAfter)
	return f.Err()
}

func (c Config) withDefaults() Config {
	c.OfferFor = cmp.Or(c.OfferFor, DefaultRingFor)
	c.TransferFor = cmp.Or(c.TransferFor, DefaultRingFor)
	c.ReservationMargin = cmp.Or(c.ReservationMargin, DefaultReservationMargin)
	c.GoneAfter = cmp.Or(c.GoneAfter, DefaultGoneAfter)
	return c
}

// Open makes the desk. It does nothing by itself until Run is called.
func (c Config) Open(roster orchestrator.Roster, clock orchestrator.Clock, log *slog.Logger) (*Desk, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("house desk %q: %w", c.Name, err)
	}
	if roster == nil || clock == nil || log == nil {
		return nil, fmt.Errorf("house desk %q: roster, clock and log are required", c.Name)
	}
	c = c.withDefaults()
	return &Desk{
		config: c, roster: roster, clock: clock, log: log.With("desk", string(c.Name)),
		kicks:     make(chan struct{}, 1),
		turn:      make(chan struct{}, 1),
		unsettled: map[orchestrator.ConversationID]offer{},
		known:     map[orchestrator.AgentID]string{},
		told:      map[orchestrator.ConversationID]int{},
	}, nil
}
