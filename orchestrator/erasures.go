package orchestrator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
)

// Erasures removes what is kept of a customer.
type Erasures interface {
	// OfCustomer looks at a part of the conversations of a partition, live or ended, about limit of them, and answers those of one
	// customer of a bot. One that is there the whole time is looked at in one of the parts, and perhaps in more. Unreadable are
	// those that cannot be read and may be the customer's.
	OfCustomer(ctx context.Context, partition int, bot ConnectorName, customer, cursor string, limit int) (Walked, error)
	// Erase removes an ended conversation: its record, timeline and commands in one step, and besides the handles of it, its place
	// and seats on the floor, and what was given up. After an error it is to be called again. No commit that was decided on before
	// is written any more, and all processes are told (Change.Erased).
	Erase(ctx context.Context, c *Conversation, handles []Bound) error
	// PutErasure writes an order down, in place of an earlier one for the same customer.
	PutErasure(ctx context.Context, e Erasure) error
	// Erasures answers all orders that are not done.
	Erasures(ctx context.Context) ([]Erasure, error)
	// MoveErasure notes how far an order is, nil that it is done. False: a newer order for the same customer has taken its place.
	MoveErasure(ctx context.Context, was Erasure, next *Erasure) (bool, error)
}

// Erasure is an order to remove what is kept of a customer of a bot.
type Erasure struct {
	Bot      ConnectorName `cbor:"1,keyasint"`
	Customer string        `cbor:"2,keyasint"`
	At       Moment        `cbor:"3,keyasint"`          // what began later stays
	Next     int           `cbor:"4,keyasint,omitzero"` // the partition that is looked at next: nothing is left in those before
	Archived bool          `cbor:"5,keyasint,omitzero"` // the archive was told
}

// Name names the order without naming the customer: a hash of the bot, a line feed and the customer's id.
func (e *Erasure) Name() string { return CustomerName(e.Bot, e.Customer) }

// CustomerName names a customer of a bot, for logs and the archive, without telling who it is.
func CustomerName(bot ConnectorName, customer string) string {
	sum := sha256.Sum256([]byte(string(bot) + "\n" + customer))
	return hex.EncodeToString(sum[:])
}

// Bound is a handle that a desk gave a conversation.
type Bound struct {
	Desk ConnectorName
	Ref  string
}
