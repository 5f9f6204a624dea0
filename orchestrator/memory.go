package orchestrator

import (
	"context"
	"time"
)

// Memory is what the connector of a desk may look up and keep between calls. It is the same in every process, so a call
// need not be made by the process that opened the chat, and another can go on where one has died. Safe for concurrent use;
// every method may block for a round trip.
//
// What is kept lies under the desk and the vendor's handle of a chat, in named values; the handle "" is for what belongs to
// the desk as a whole, such as its session. It may hold credentials of the vendor's: nobody but the connector reads it.
type Memory interface {
	// Resolve answers the conversation behind a handle that Desk.Open answered; ErrNotFound.
	Resolve(ctx context.Context, desk ConnectorName, ref string) (ConversationID, error)
	// Load answers a record; ErrNotFound.
	Load(ctx context.Context, id ConversationID) (*Conversation, error)

	// Keep notes a value, at most MaxKept bytes, in place of what it was; nil takes it away. Everything under a handle is
	// forgotten KeptFor after it was last written.
	Keep(ctx context.Context, desk ConnectorName, ref, name string, value []byte) error
	// Kept answers all values under a handle; an empty map if there are none.
	Kept(ctx context.Context, desk ConnectorName, ref string) (map[string][]byte, error)
	// Forget takes everything under a handle away.
	Forget(ctx context.Context, desk ConnectorName, ref string) error
	// Handles answers at most limit handles under which something is kept and that were new at or after the given moment,
	// the oldest first; since 0 answers all. The handle "" is never among them.
	Handles(ctx context.Context, desk ConnectorName, since Moment, limit int) ([]Handle, error)

	// Exclusive runs do while no other process runs one of the same name; see Schedule.
	Exclusive(ctx context.Context, name string, ttl time.Duration, do func(context.Context) error) (bool, error)
}

// Handle is a vendor's handle of a chat and when something was first kept under it.
type Handle struct {
	Ref   string
	Since Moment
}

// Limits of a memory.
const (
	// KeptFor is how long what is kept under a handle stays without being written.
	KeptFor = 30 * 24 * time.Hour
	// MaxKept is how many bytes one value may have.
	MaxKept = 64 << 10
)
