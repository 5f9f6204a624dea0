package desktest_test

import (
	"fmt"
	"slices"

	"handoff/connectors/simkit"
)

// The toy vendor's people and customers.

// People implements simkit.Simulator.
func (v *toyVendor) People() []string { return []string{"anna", "bob", "carol"} }

// Queues implements simkit.Simulator.
func (v *toyVendor) Queues() []string { return []string{toyQueue} }

// Chats implements simkit.Stage.
func (v *toyVendor) Chats() []simkit.Chat {
	v.mu.Lock()
	defer v.mu.Unlock()
	var chats []simkit.Chat
	for _, id := range v.order {
		c := v.chats[id].Chat
		c.Agents, c.Words = slices.Clone(c.Agents), slices.Clone(c.Words)
		chats = append(chats, c)
	}
	return chats
}

// Begin implements simkit.Stage.
func (v *toyVendor) Begin(c simkit.Customer, queue string) (string, error) {
	v.mu.Lock()
	id := fmt.Sprintf("t%d", len(v.order)+1)
	v.add(simkit.Chat{ID: id, State: simkit.ChatWithBot, Queue: queue, Customer: c})
	v.mu.Unlock()
	v.tell(toyNote{Kind: "began", Chat: id, Text: c.Name})
	return id, nil
}

// change does something to a chat and then tells what do answers.
func (v *toyVendor) change(id string, do func(c *toyChat) toyNote) error {
	v.mu.Lock()
	chat := v.chats[id]
	if chat == nil {
		v.mu.Unlock()
		return simkit.ErrUnknownChat
	}
	note := do(chat)
	v.line()
	v.mu.Unlock()
	note.Chat = id
	v.tell(note)
	return nil
}

func (v *toyVendor) say(id, role, agent, text string) error {
	return v.change(id, func(c *toyChat) toyNote {
		c.said++
		c.Words = append(c.Words, simkit.Word{Role: role, Name: agent, Text: text})
		return toyNote{Kind: role, Agent: agent, Text: text, Word: c.said}
	})
}

// CustomerSays implements simkit.Stage.
func (v *toyVendor) CustomerSays(chat, text string) error { return v.say(chat, "customer", "", text) }

// CustomerTypes implements simkit.Stage.
func (v *toyVendor) CustomerTypes(chat string, on bool) error {
	return v.change(chat, func(*toyChat) toyNote { return toyNote{Kind: "customer_typing", On: on} })
}

// CustomerLeaves implements simkit.Stage.
func (v *toyVendor) CustomerLeaves(chat string) error {
	return v.change(chat, func(c *toyChat) toyNote {
		c.State = simkit.ChatEnded
		return toyNote{Kind: "customer_left"}
	})
}

// SetPresence implements simkit.Stage: its people are always there.
func (v *toyVendor) SetPresence(string, bool) error { return simkit.ErrNoSuchThing }

// Accept implements simkit.Stage: of a chat that waits, or of an invitation or a transfer.
func (v *toyVendor) Accept(chat, agent string) error {
	return v.change(chat, func(c *toyChat) toyNote {
		kind := "accepted"
		switch {
		case slices.Contains(c.Ringing, agent) && c.Vendor == "invited":
			kind, c.Agents = "joined", append(c.Agents, agent)
		case slices.Contains(c.Ringing, agent):
			kind, c.Agents = "transferred", []string{agent}
		default:
			c.Agents = []string{agent}
		}
		c.State, c.Ringing = simkit.ChatServed, nil
		return toyNote{Kind: kind, Agent: agent}
	})
}

// Decline implements simkit.Stage: of a transfer. The first still has it.
func (v *toyVendor) Decline(chat, agent string) error {
	return v.change(chat, func(c *toyChat) toyNote {
		c.Ringing = nil
		return toyNote{Kind: "refused", Agent: agent}
	})
}

// Says implements simkit.Stage.
func (v *toyVendor) Says(chat, agent, text string) error { return v.say(chat, "agent", agent, text) }

// Types implements simkit.Stage.
func (v *toyVendor) Types(chat, agent string, on bool) error {
	return v.change(chat, func(*toyChat) toyNote { return toyNote{Kind: "typing", Agent: agent, On: on} })
}

// Transfer implements simkit.Stage.
func (v *toyVendor) Transfer(chat, _ string, to simkit.Destination) error {
	return v.change(chat, func(c *toyChat) toyNote {
		if to.Queue != "" {
			c.State, c.Agents, c.Ringing = simkit.ChatWaiting, nil, nil
			return toyNote{Kind: "requeued"}
		}
		c.Ringing, c.Vendor = []string{to.Agent}, "transferred"
		return toyNote{Kind: "rings", Agent: to.Agent}
	})
}

// Invite implements simkit.Stage.
func (v *toyVendor) Invite(chat, _, colleague string) error {
	return v.change(chat, func(c *toyChat) toyNote {
		c.Ringing, c.Vendor = []string{colleague}, "invited"
		return toyNote{Kind: "invited", Agent: colleague}
	})
}

// Leave implements simkit.Stage.
func (v *toyVendor) Leave(chat, agent string) error {
	return v.change(chat, func(c *toyChat) toyNote {
		c.Agents = slices.DeleteFunc(c.Agents, func(a string) bool { return a == agent })
		return toyNote{Kind: "parted", Agent: agent}
	})
}

// End implements simkit.Stage.
func (v *toyVendor) End(chat, agent string) error {
	return v.change(chat, func(c *toyChat) toyNote {
		c.State, c.Ringing = simkit.ChatWrapUp, nil
		return toyNote{Kind: "left", Agent: agent}
	})
}

// Complete implements simkit.Stage.
func (v *toyVendor) Complete(chat, agent string) error {
	return v.change(chat, func(c *toyChat) toyNote {
		c.State = simkit.ChatEnded
		return toyNote{Kind: "completed", Agent: agent}
	})
}
