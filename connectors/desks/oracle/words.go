package oracle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// maxQuestion is how many characters of context people are shown in an engagement's question; more is cut with a mark. Oracle
// gives no limit.
const maxQuestion = 4000

// messageID is the id under which a piece of a command is posted.
func messageID(id orchestrator.CommandID, piece int) string {
	if piece == 0 {
		return string(id)
	}
	return string(id) + "-" + strconv.Itoa(piece)
}

// activity is the body of the consumer's typing call.
func activity(on bool) map[string]string {
	if on {
		return map[string]string{"mode": modeResponding}
	}
	return map[string]string{"mode": "LISTENING"}
}

// interaction is the body of the agent's typing call.
func interaction(client, engagement int64, on bool) map[string]any {
	return map[string]any{
		"clientId": client, "engagementId": engagement, "mode": activity(on)["mode"], "visibility": "ALL",
	}
}

// reference is the handle of an engagement: its id. An answer without one gets a handle derived from the session, which does
// not show it.
func reference(e *envelope) string {
	if id := clip(twin(e.EngagementID, e.EngagementIDText)); id != "" {
		return id
	}
	sum := sha256.Sum256([]byte(e.SessionID))
	return "s-" + hex.EncodeToString(sum[:8])
}

// inform is what the site is told of the customer and of what they want.
func inform(cmd *orchestrator.Command, record *orchestrator.Conversation, queue int64) sessionInformation {
	first, last, _ := strings.Cut(strings.TrimSpace(cmd.Customer.Name), " ")
	return sessionInformation{
		FirstName: first, LastName: strings.TrimSpace(last), EmailAddress: cmd.Customer.Email, QueueID: queue,
		Question:      question(cmd, record),
		AuxillaryData: map[string]string{"handoff_conversation": string(cmd.Conversation)},
	}
}

// question is the context that people read before they answer: summary, reason, what is known of the customer, and what was said
// before.
func question(cmd *orchestrator.Command, record *orchestrator.Conversation) string {
	var lines []string
	if cmd.Note != "" {
		lines = append(lines, cmd.Note)
	}
	if cmd.Reason != "" {
		lines = append(lines, "Reason: "+cmd.Reason)
	}
	if record != nil {
		for _, key := range slices.Sorted(maps.Keys(record.Attributes)) {
			lines = append(lines, fmt.Sprintf("%s: %v", key, record.Attributes[key]))
		}
	}
	return wording.WithHistory(strings.Join(lines, "\n"), cmd.History, maxQuestion)
}
