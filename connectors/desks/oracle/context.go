package oracle

import (
	"strings"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// maxQuestion is how many characters of context people are shown in an engagement's question; more is cut with a mark. Oracle
// gives no limit.
const maxQuestion = 4000

// informationOf is what the site is told of the customer and of what they want.
func informationOf(cmd *orchestrator.Command, record *orchestrator.Conversation, queue int64) sessionInformation {
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
	return wording.WithHistory(wording.Lines(wording.About(cmd, record)), cmd.History, maxQuestion)
}
