package sim

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Mind is what a bot knows of a conversation by what it was told, at its callback or by its feed: who may speak, and what came back
// from people. It knows nothing but the types and members that the interface documents.
type Mind struct {
	Controller string // bot, nobody or agent
	Own        bool   // the channel is the bot's: when its conversation is over, its next word begins another
	Completed  int    // handoffs whose work is done
	Handbacks  string // the reasons, and the words of the people's part
	newest     uint64 // sequence of the newest lifecycle event
}

// NewMind is that of a bot whose conversation begins.
func NewMind(own bool) Mind { return Mind{Controller: "bot", Own: own} }

// mindData is what a bot reads of an event's data.
type mindData struct {
	Resume   string `json:"resume"`
	To       string `json:"to_state"`
	Handback *struct {
		Reason   string   `json:"reason"`
		Notes    []string `json:"notes"`
		Messages []struct {
			Message struct {
				Text string `json:"text"`
			} `json:"message"`
		} `json:"messages"`
	} `json:"handback"`
}

// Hears learns from one event. One that was overtaken by a newer changes nothing any more about who controls.
func (m *Mind) Hears(ev Event) error {
	var data mindData
	if err := json.Unmarshal(ev.Data, &data); err != nil {
		return fmt.Errorf("%s: %w", ev.Type, err)
	}
	if ev.Type == "handoff.completed" {
		m.Completed++
	}
	if h := data.Handback; h != nil {
		m.Handbacks += "|" + h.Reason + ":" + strings.Join(h.Notes, ";")
		for _, word := range h.Messages {
			m.Handbacks += "," + word.Message.Text
		}
	}
	if controls := m.after(ev.Type, data); controls != "" && ev.Sequence > m.newest {
		m.Controller, m.newest = controls, ev.Sequence
	}
	return nil
}

// after is who controls after an event; empty if it does not say.
func (m *Mind) after(kind string, data mindData) string {
	switch kind {
	case "handoff.queued":
		return "nobody"
	case "handoff.accepted":
		return "agent"
	case "handoff.transferred":
		if data.To == "queued" {
			return "nobody"
		}
		return "agent"
	case "handoff.failed":
		return map[string]string{"bot": "bot", "abandoned": "nobody"}[data.To]
	case "handoff.ended":
		return map[string]string{"bot": "bot", "none": "nobody"}[data.Resume]
	case "conversation.ended":
		if !m.Own {
			return "nobody"
		}
	}
	return ""
}
