package web

import (
	"encoding/json"
	"net/http"

	"handoff/orchestrator"
)

// earlier is the answer of GET /v1/conversations/{id}/history.
type earlier struct {
	Items     []earlierWord `json:"items"`
	Truncated bool          `json:"truncated"` // there was more
}

// earlierWord is one thing that the customer or the bot said.
type earlierWord struct {
	Role        orchestrator.ActorRole    `json:"role"`
	Name        string                    `json:"name,omitempty"`
	Text        string                    `json:"text"`
	Timestamp   orchestrator.Moment       `json:"timestamp,omitzero"`
	Attachments []orchestrator.Attachment `json:"attachments,omitempty"`
}

// getHistory answers GET /v1/conversations/{id}/history: what was said before people were asked, for them.
func (s *Server) getHistory(c *call) error {
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	history, err := orchestrator.ReadHistory(c.ctx(), s.store, conversation)
	if err != nil {
		return err
	}
	answer := earlier{Items: make([]earlierWord, 0, len(history.Said)), Truncated: history.Truncated}
	for i := range history.Said {
		said := &history.Said[i]
		answer.Items = append(answer.Items, earlierWord{
			Role: said.Role, Name: said.Name, Text: said.Message.Text, Timestamp: said.At, Attachments: said.Message.Attachments,
		})
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, body)
}
