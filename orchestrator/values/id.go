package values

// WantKey is the fault of what is no Key.
const WantKey = "must be 1 to 128 of A-Z a-z 0-9 . _ : ~ -"

// Key is an id that also travels in headers and paths: of an event, an idempotency key, an id of ours.
func Key(s string) (fault string) {
	if s == "" || len(s) > MaxID {
		return WantKey
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
		case c == '.', c == '_', c == ':', c == '~', c == '-':
		default:
			return WantKey
		}
	}
	return ""
}

// ConversationID is a bot's own id of a conversation, as its platform has it: a telephone number, an address, a path.
func ConversationID(s string) (fault string) { return Line(s, MaxID) }

// MessageID is the id of a message where it was said.
func MessageID(s string) (fault string) { return Line(s, MaxID) }

// PersonID is the id of a customer or of somebody who answers.
func PersonID(s string) (fault string) { return Line(s, MaxID) }
