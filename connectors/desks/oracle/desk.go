package oracle

import (
	"fmt"
	"net/url"
	"strings"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

// Codes of failures that are ours, not Oracle's.
const (
	codeGone    = "chat-gone" // the chat is over, or not ours any more
	codeRefused = "refused"   // Oracle refuses the call for this chat, and takes others of the same session
)

// Desk is a desk at Oracle, in one seat. People accept, transfer, invite and complete at Oracle's console.
type Desk struct {
	*frame.Desk
	frame.TypingNotifier
}

// base is what both seats have.
type base struct {
	*frame.Frame
	config Config
	site   *url.URL
	client *outbound.Client // short calls
	polls  *outbound.Client // getMessages
	moves  moves
}

// isRef: the handle of an engagement is its id, a number. In the seat customer it may be made of the session (see reference).
func (b *base) isRef(ref string) bool {
	return ref != "" && (b.config.Seat == SeatCustomer || strings.Trim(ref, "0123456789") == "")
}

// target is Oracle's side of a queue of ours.
func (b *base) target(queue orchestrator.QueueName) (target, error) {
	text, ok := b.config.Queues[queue]
	if !ok {
		text = string(queue)
	}
	t, err := readTarget(b.config.Seat, queue, text)
	if err != nil {
		return t, b.Permanent("open", frame.CodeInvalid, fmt.Errorf("the target of queue %q %w", queue, err))
	}
	return t, nil
}
