package redisstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"handoff/orchestrator"
)

var commitScript = newScript("commit")

// Limits of one commit.
const (
	// maxEntries is how many entries one commit may write.
	maxEntries = 1000
	// maxCommands is how many commands one commit may write.
	maxCommands = 1000
)

// Commit writes one transition in one script, alone or in one flush with commits of other conversations. When ctx ends
// before the answer came, the transition may or may not have been written; committing again tells.
func (s *Store) Commit(ctx context.Context, c *orchestrator.Commit) (orchestrator.Committed, error) {
	call, err := s.prepare(c)
	if err != nil {
		return orchestrator.Committed{}, err
	}
	answer, err := s.run(ctx, commitScript, call.keys, call.args...)
	if err != nil {
		s.echoes.unclear()
		return orchestrator.Committed{}, fmt.Errorf("commit %s: %w", c.Next.ID, err)
	}
	done, err := call.read(answer)
	// Seen at the place where this commit would have written it: the client has repeated it after its answer was lost, and
	// another commit has followed meanwhile.
	if err == nil && (done.Seen == nil || done.Seen.Sequence == firstSequence(c)) {
		s.echoes.tell(&call.change)
	}
	return done, err
}

// commitCall is the script's keys and arguments, in the order that lua/commit.lua tells.
type commitCall struct {
	keys  []string
	args  []any
	lanes []lane
	// change is the hint that the script publishes.
	change orchestrator.Change
	// texts are the arguments of every commit. They are passed by their places: a string is copied to become an interface.
	texts struct{ id, want, mark, event, seen, record, channel, change, deadline, flags string }
}

// lane is one lane's commands of a commit.
type lane struct {
	name     orchestrator.Lane
	commands []any
}

func (s *Store) prepare(c *orchestrator.Commit) (*commitCall, error) {
	if err := validCommit(c); err != nil {
		return nil, err
	}
	p, err := s.keys.locate(c.Next.ID)
	if err != nil {
		return nil, err
	}
	flags := commitFlags(c)
	record, err := encode(c.Next)
	if err != nil {
		return nil, err
	}
	lanes, err := lanesOf(c.Commands)
	if err != nil {
		return nil, err
	}
	id := c.Next.ID
	call := &commitCall{lanes: lanes, change: changeOf(c)}
	change, err := encodeChange(s.echoes.present(), &call.change)
	if err != nil {
		return nil, err
	}
	call.keys = append(make([]string, 0, 12+len(lanes)), p.conversation(id), p.record(id), p.timeline(id), p.due)
	t := &call.texts
	t.id, t.want, t.mark, t.event = string(id), strconv.FormatUint(c.Want, 10), s.mark(c.Next.Version), eventField(c.Event)
	t.seen = encodeSeen(orchestrator.Seen{Sequence: firstSequence(c), BodyHash: c.BodyHash})
	t.record, t.channel, t.change, t.deadline, t.flags = record, s.keys.changes, change, deadlineArg(c.Next.Deadline), flags
	call.args = append(make([]any, 0, 24+len(c.Entries)+len(c.Commands)), &t.id, &t.want, &t.mark, &t.event, &t.seen,
		&t.record, &t.channel, &t.change, &t.deadline, len(c.Entries), len(lanes), &t.flags)
	for i := range c.Entries {
		entry, err := encodeEntry(&c.Entries[i])
		if err != nil {
			return nil, err
		}
		call.args = append(call.args, entry)
	}
	if c.Said != "" {
		call.args = append(call.args, eventField(c.Said),
			encodeSeen(orchestrator.Seen{Sequence: firstSequence(c), BodyHash: c.SaidHash}))
	}
	call.addLanes(p, c)
	if flags != "" && flags != flagOver {
		s.addIndexes(call, p, c)
	}
	if c.Said != "" {
		t.flags += flagSaid
	}
	return call, nil
}

// mark is what field "v" becomes: eight bytes of which no other commit has the same, and the version.
func (s *Store) mark(version uint64) string {
	b := make([]byte, 0, 28)
	b = binary.BigEndian.AppendUint32(b, s.nonce)
	b = binary.BigEndian.AppendUint32(b, s.commits.Add(1))
	return string(strconv.AppendUint(b, version, 10))
}

func firstSequence(c *orchestrator.Commit) uint64 {
	return c.Next.Sequence - uint64(len(c.Entries)) + 1
}

// deadlineArg is the deadline as scripts and the conversation's hash have it: empty for none.
func deadlineArg(m orchestrator.Moment) string {
	if m == 0 {
		return ""
	}
	return momentArg(m)
}

func momentArg(m orchestrator.Moment) string { return strconv.FormatInt(int64(m), 10) }

// read turns the script's answer into ours.
func (call *commitCall) read(answer any) (orchestrator.Committed, error) {
	var done orchestrator.Committed
	switch a := answer.(type) {
	case int64:
		return done, nil
	case string:
		seen, err := decodeSeen(a)
		done.Seen = seen
		return done, err
	case []any:
		if len(a) > 0 && a[0] == "conflict" {
			current, err := recordOf(orchestrator.ConversationID(call.texts.id), a)
			if err != nil {
				return done, err
			}
			return orchestrator.Committed{Current: current}, orchestrator.ErrConflict
		}
		if len(a) == 2 && a[0] == "said" {
			stored, _ := a[1].(string)
			seen, err := decodeSeen(stored)
			return orchestrator.Committed{Seen: seen, Said: true}, err
		}
		return done, call.readLanes(a, &done)
	default:
		return done, fmt.Errorf("commit: the script answered %T", answer)
	}
}

// recordOf is the record that a conflict's answer carries, nil if there is none.
func recordOf(id orchestrator.ConversationID, answer []any) (*orchestrator.Conversation, error) {
	if len(answer) < 2 {
		return nil, nil
	}
	stored, ok := answer[1].(string)
	if !ok {
		return nil, nil
	}
	return decodeRecord(id, stored)
}

// readLanes reads the places of the lanes that the node holds; negative ones were empty before.
func (call *commitCall) readLanes(places []any, done *orchestrator.Committed) error {
	for _, answered := range places {
		place, ok := answered.(int64)
		fresh := place < 0
		if fresh {
			place = -place
		}
		if !ok || place < 1 || int(place) > len(call.lanes) {
			return fmt.Errorf("commit: the script answered lane %v of %d", answered, len(call.lanes))
		}
		name := call.lanes[place-1].name
		done.Leased = append(done.Leased, name)
		if fresh {
			done.Fresh = append(done.Fresh, name)
		}
	}
	return nil
}

// changeOf is the hint that the commit publishes.
func changeOf(c *orchestrator.Commit) orchestrator.Change {
	change := orchestrator.Change{
		Conversation: c.Next.ID, Version: c.Next.Version, Sequence: c.Next.Sequence, State: c.Next.State, At: c.Now,
		Epoch: c.Next.Epoch, Agents: c.Next.Agents(),
	}
	for i := range c.Entries {
		if entry := &c.Entries[i]; entry.Moved() {
			change.From, change.Cause, change.By = c.From, entry.Event.Type, entry.Event.Actor.Role
		}
	}
	for _, id := range c.Before {
		if !slices.Contains(change.Agents, id) {
			change.Agents = append(change.Agents, id)
		}
	}
	return change
}
