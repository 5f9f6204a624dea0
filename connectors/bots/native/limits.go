package native

import (
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
	"handoff/orchestrator/wire"
)

// Limits of what a bot sends and gets. Lengths are in characters (Unicode code points) unless they say bytes.
const (
	MaxBody            = 256 << 10        // bytes of a request's body
	MaxHandoffBody     = 2 << 20          // the same where a handoff is requested: a long talk may come with it
	MaxCallback        = wire.MaxCallback // bytes of a callback's body
	MaxBatch           = 100              // events that are posted at once
	MaxID              = values.MaxID     // an event's id
	MaxType            = 64               // an event's type
	MaxConversation    = values.MaxID     // the bot's own id of a conversation
	MaxText            = values.MaxText   // a message, or one turn of a transcript
	MaxTranscript      = 200              // turns; older ones are cut
	MaxTranscriptBytes = 128 << 10        // of all their texts; older ones are cut
	MaxAttachments     = 10               // of one message
	MaxURL             = values.MaxURL    // of an attachment
	MaxFileName        = 255              // of an attachment
	MaxContentType     = 127              // of an attachment
	MaxAttributes      = 64               // of a conversation or a customer
	MaxKey             = values.MaxAttributeName
	MaxValue           = values.MaxAttributeText
	MaxSkills          = 20                 // asked for
	MaxName            = 64                 // a queue, a skill, a channel
	MaxSummary         = values.MaxSummary  // what is longer is cut
	MaxReason          = 64                 // why a conversation ended
	MaxLanguage        = values.MaxLanguage // a BCP 47 tag
	MaxReplyContext    = 4 << 10            // bytes of JSON
	MaxQueueTimeout    = 24 * time.Hour
	MaxSecrets         = 3  // secrets or public keys, and as many tokens, active at a time
	MaxSignatures      = 16 // in one webhook-signature header

	// maxTimeout is the longest that one callback may take.
	maxTimeout = time.Minute

	// LeastPriority to MostPriority, 9 the first to be served.
	LeastPriority   = 0
	MostPriority    = 9
	DefaultPriority = orchestrator.DefaultPriority

	// Tolerance is how far webhook-timestamp may be from our clock, either way.
	Tolerance = 300 * time.Second
)
