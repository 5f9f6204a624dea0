package native

import (
	"time"

	"handoff/orchestrator/wire"
)

// Limits of what a bot sends and gets. Lengths are in characters (Unicode code points) unless they say bytes.
const (
	MaxBody         = 256 << 10        // bytes of a request's body
	MaxCallback     = wire.MaxCallback // bytes of a callback's body
	MaxID           = 128              // an event's id
	MaxType         = 64               // an event's type
	MaxConversation = 128              // the bot's own id of a conversation
	MaxText         = 8000             // a message, or one turn of a transcript
	MaxTranscript   = 200              // turns; older ones are cut
	MaxAttachments  = 10               // of one message
	MaxURL          = 2048             // of an attachment
	MaxFileName     = 255              // of an attachment
	MaxContentType  = 127              // of an attachment
	MaxAttributes   = 64               // of a conversation or a customer
	MaxKey          = 64               // an attribute's name
	MaxValue        = 1024             // an attribute's text
	MaxSkills       = 20               // asked for
	MaxName         = 64               // a queue, a skill, a channel
	MaxPerson       = 128              // a person's id
	MaxPersonName   = 256              // a person's name
	MaxEmail        = 254              // a customer's address
	MaxSummary      = 4000             // of a handoff
	MaxReason       = 64               // why a conversation ended
	MaxLanguage     = 35               // a BCP 47 tag
	MaxReplyContext = 4 << 10          // bytes of JSON
	MaxQueueTimeout = 24 * time.Hour
	MaxSecrets      = 3  // secrets or public keys, and as many tokens, active at a time
	MaxSignatures   = 16 // in one webhook-signature header

	// maxTimeout is the longest that one callback may take.
	maxTimeout = time.Minute

	// LeastPriority to MostPriority, 9 the first to be served.
	LeastPriority   = 0
	MostPriority    = 9
	DefaultPriority = 5

	// Tolerance is how far webhook-timestamp may be from our clock, either way.
	Tolerance = 300 * time.Second
)
