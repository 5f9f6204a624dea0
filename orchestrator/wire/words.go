package wire

import (
	"handoff/orchestrator"
)

// Word is the data of message.created.
type Word struct {
	Message Message `json:"message"`
	Author  Author  `json:"author"`
}

// Message is one thing that was said.
type Message struct {
	ID          string                    `json:"id"`
	Text        string                    `json:"text"`
	Format      string                    `json:"format"`
	Attachments []orchestrator.Attachment `json:"attachments,omitempty"`
}

// Author is who said it: user, bot, agent or system.
type Author struct {
	Role string `json:"role"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// WordOf is what was said, and by whom.
func WordOf(m *orchestrator.Message, by orchestrator.Actor) Word {
	w := Word{Message: Message{ID: m.ID, Text: m.Text, Format: m.Format, Attachments: m.Attachments}, Author: AuthorOf(by)}
	if w.Message.Format == "" {
		w.Message.Format = "text"
	}
	return w
}

// AuthorOf is an actor in the words of the wire. A supervisor who speaks is an agent to everybody outside, and what a desk says by
// itself comes from the system.
func AuthorOf(a orchestrator.Actor) Author {
	role := a.Role
	switch a.Role {
	case orchestrator.ActorSupervisor:
		role = orchestrator.ActorAgent
	case orchestrator.ActorDesk:
		role = orchestrator.ActorSystem
	case orchestrator.ActorBot, orchestrator.ActorCustomer, orchestrator.ActorAgent, orchestrator.ActorSystem:
	}
	return Author{Role: string(role), ID: a.ID, Name: a.Name}
}
