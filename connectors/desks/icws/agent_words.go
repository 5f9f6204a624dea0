package icws

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// hearWords takes new words, or the list of all of them. ICWS gives words no id: one is known by its author, time and text, and
// by how many like it came before. Where a notification brings one like those that were heard, only the whole list tells
// whether it was said again.
func (l *listener) hearWords(ctx context.Context, m *message) error {
	c := l.chats[m.Interaction]
	if c == nil {
		return nil
	}
	if !m.IsDelta {
		return l.hearList(ctx, c, m.Words)
	}
	for i := range m.Words {
		key := c.keyOf(&m.Words[i])
		if c.heard[key] > 0 {
			return l.follow(ctx, c)
		}
		if err := l.hearWord(ctx, c, &m.Words[i], c.heard[key], c.total); err != nil {
			return err
		}
		c.heard[key]++
		c.total++
		if m.Words[i].By.Kind == memberOurs {
			c.ours++
		}
	}
	return nil
}

// hearList takes the list of all words: what was not heard yet is told, in its order.
func (l *listener) hearList(ctx context.Context, c *agentChat, words []chatText) error {
	if c.begins {
		c.note.Skip = afterPeople(words)
		if err := l.begin(ctx, c); err != nil {
			return err
		}
	}
	if c.listing && c.over() {
		if err := l.recallPeople(ctx, c, words); err != nil {
			return err
		}
	}
	c.listing = false
	if !c.over() {
		if err := l.compare(ctx, c); err != nil {
			return err
		}
	}
	counted := map[string]int{}
	ours := 0
	for i := range words {
		key := c.keyOf(&words[i])
		if n := counted[key]; n >= c.heard[key] {
			if err := l.hearWord(ctx, c, &words[i], n, i); err != nil {
				return err
			}
		}
		counted[key]++
		if words[i].By.Kind == memberOurs {
			ours++
		}
	}
	c.heard, c.total, c.ours, c.relisting = counted, len(words), ours, false
	if err := l.counted(ctx, c); err != nil {
		return err
	}
	return l.compare(ctx, c)
}

// afterPeople is behind the last word of a person of the desk.
func afterPeople(words []chatText) int {
	for i, word := range slices.Backward(words) {
		if word.By.Kind == memberInternal {
			return i + 1
		}
	}
	return 0
}

// recallPeople: a chat that is over was served by those who spoke in it, and nobody heard of that.
func (l *listener) recallPeople(ctx context.Context, c *agentChat, words []chatText) error {
	truth := drift.Truth{Stand: drift.Served}
	for i := c.note.Skip; i < len(words); i++ {
		if by := words[i].By; by.Kind == memberInternal {
			who := orchestrator.Agent{ID: orchestrator.AgentID(by.person()), Name: by.Name}
			if !slices.Contains(truth.Agents, who) {
				truth.Agents = append(truth.Agents, who)
			}
		}
	}
	record, err := l.record(ctx, c.ref, c.note.Conversation)
	if err != nil || record == nil || record.State.Ended() || record.State.Served() || len(truth.Agents) == 0 {
		return err
	}
	_, err = l.mend(ctx, c, record, truth)
	return err
}

// hearWord tells one word, the nth of its like. Who speaks is in the chat: that is told first, also where the notice of it
// comes later.
func (l *listener) hearWord(ctx context.Context, c *agentChat, said *chatText, nth, place int) error {
	actor, ok := l.speaker(c, said.By)
	if !ok || !c.note.Begun || place < c.note.Skip || said.Text == "" {
		return nil
	}
	isNew := func(have member) bool { return have.key() == said.By.key() }
	if said.By.Kind == memberInternal && !c.over() && !slices.ContainsFunc(c.members, isNew) && nth == c.heard[c.keyOf(said)] && place >= c.total {
		c.members = append(c.members, said.By)
		if err := l.compare(ctx, c); err != nil {
			return err
		}
	}
	sum := sha256.Sum256([]byte(c.keyOf(said)))
	ev := orchestrator.Event{Type: orchestrator.EventMessage, Actor: actor}
	ev.ID = orchestrator.EventID(fmt.Sprintf("icws:%s:%s:%d", c.ref, hex.EncodeToString(sum[:10]), nth))
	ev.Message = &orchestrator.Message{ID: string(ev.ID), Text: said.Text}
	l.address(c, &ev)
	_, err := l.Report.Tell(ctx, ev)
	return err
}

// keyOf is all that tells one word of a chat from another. The customer can be renamed while it goes on, so the name that was
// heard first stands for them.
func (c *agentChat) keyOf(t *chatText) string {
	who := t.By.person()
	if t.By.Kind == memberExternal && t.By.User == "" {
		c.note.Name = cmp.Or(c.note.Name, who)
		who = c.note.Name
	}
	return fmt.Sprintf("%s\x00%d\x00%s\x00%s", t.Time, t.By.Kind, who, t.Text)
}
