package genesys

import (
	"cmp"
	"net/url"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

// Desk is a desk at Genesys, in one seat. People accept, transfer, invite and complete at the vendor's desktop.
type Desk struct {
	*frame.Desk
	frame.TypingNotifier
}

// base is what both seats have.
type base struct {
	*frame.Frame
	config Config
	root   *url.URL
	client *outbound.Client // short calls
	polls  *outbound.Client // CometD, with a longer time-out
}

// target is the vendor's name of a queue of ours.
func (b *base) target(queue orchestrator.QueueName) string {
	return cmp.Or(b.config.Queues[queue], string(queue))
}
