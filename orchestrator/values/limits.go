package values

// Limits, in characters (Unicode code points).
const (
	MaxID            = 128  // an id that a caller chooses: of an event, a message, a conversation, a person
	MaxSummary       = 4000 // of a handoff
	MaxText          = 8000 // a message, a note, one turn of a transcript
	MaxName          = 256  // a person's name
	MaxEmail         = 254
	MaxLanguage      = 35
	MaxURL           = 2048
	MaxAttributeName = 64
	MaxAttributeText = 1024
)
