package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

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
		return orchestrator.Committed{}, fmt.Errorf("commit %s: %w", c.Next.ID, err)
	}
	return call.read(answer)
}

// commitCall is the script's keys and arguments, in the order that lua/commit.lua tells.
type commitCall struct {
	keys  []string
	args  []any
	lanes []lane
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
	change, err := encode(changeOf(c))
	if err != nil {
		return nil, err
	}
	lanes, err := lanesOf(c.Commands)
	if err != nil {
		return nil, err
	}
	id := c.Next.ID
	call := &commitCall{lanes: lanes}
	call.keys = append(make([]string, 0, 12+len(lanes)), p.conversation(id), p.record(id), p.timeline(id), p.due)
	call.args = append(make([]any, 0, 24+len(c.Entries)+len(c.Commands)), string(id), strconv.FormatUint(c.Want, 10),
		s.mark(c.Next.Version), eventField(c.Event),
		encodeSeen(orchestrator.Seen{Sequence: firstSequence(c), BodyHash: c.BodyHash}),
		record, s.keys.changes(), change, deadlineArg(c.Next.Deadline), len(c.Entries), len(lanes), flags)
	for i := range c.Entries {
		entry, err := encodeEntry(&c.Entries[i])
		if err != nil {
			return nil, err
		}
		call.args = append(call.args, entry)
	}
	call.addLanes(p, c)
	if flags != "" && flags != flagOver {
		s.addIndexes(call, p, c)
	}
	return call, nil
}

// Flags of a commit, as lua/commit.lua reads them.
const (
	flagCreates = "c"
	flagMoves   = "m"
	flagEnds    = "e"
	flagOver    = "a"
)

func commitFlags(c *orchestrator.Commit) string {
	if c.From.Ended() {
		return flagOver
	}
	flags := ""
	if c.Want == 0 {
		flags += flagCreates
	}
	if c.Want == 0 || c.From != c.Next.State || slices.ContainsFunc(c.Entries, moved) {
		flags += flagMoves
	}
	if c.Next.State.Ended() {
		flags += flagEnds
	}
	return flags
}

func moved(e orchestrator.Entry) bool { return e.Moved() }

func validCommit(c *orchestrator.Commit) error {
	switch {
	case c.Next == nil:
		return errors.New("commit: no record")
	case !c.Next.State.Valid():
		return fmt.Errorf("commit %s: %q is not a state", c.Next.ID, c.Next.State)
	case c.Event == "":
		return fmt.Errorf("commit %s: the event has no id", c.Next.ID)
	case c.Next.Version != c.Want+1:
		return fmt.Errorf("commit %s: version %d does not follow %d", c.Next.ID, c.Next.Version, c.Want)
	case len(c.Entries) == 0 || len(c.Entries) > maxEntries:
		return fmt.Errorf("commit %s: %d entries, 1 to %d may be written", c.Next.ID, len(c.Entries), maxEntries)
	case c.Next.Sequence < uint64(len(c.Entries)):
		return fmt.Errorf("commit %s: %d entries, the newest has sequence %d", c.Next.ID, len(c.Entries), c.Next.Sequence)
	case len(c.Commands) > maxCommands:
		return fmt.Errorf("commit %s: %d commands, at most %d may be written", c.Next.ID, len(c.Commands), maxCommands)
	case len(c.Commands) > 0 && (c.Node == "" || c.Lease <= 0 || c.Now < 0):
		return fmt.Errorf("commit %s: commands need a node, a lease and a moment", c.Next.ID)
	case c.From.Ended() && c.Next.State != c.From:
		return fmt.Errorf("commit %s: from %s to %s, but what has ended stays ended", c.Next.ID, c.From, c.Next.State)
	case c.Want != 0 && !c.From.Valid():
		return fmt.Errorf("commit %s: %q before is not a state", c.Next.ID, c.From)
	}
	return nil
}

// mark is what field "v" becomes: eight bytes of which no other commit has the same, and the version.
func (s *Store) mark(version uint64) []byte {
	b := make([]byte, 0, 28)
	b = binary.BigEndian.AppendUint32(b, s.nonce)
	b = binary.BigEndian.AppendUint32(b, s.commits.Add(1))
	return strconv.AppendUint(b, version, 10)
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

// lanesOf groups commands by lane in the order of their first command, each lane in the order given.
func lanesOf(commands []orchestrator.Command) ([]lane, error) {
	var lanes []lane
	for i := range commands {
		cmd := &commands[i]
		b, err := encodeCommand(cmd)
		if err != nil {
			return nil, err
		}
		name := cmd.To.Lane(cmd.Late)
		at := slices.IndexFunc(lanes, func(l lane) bool { return l.name == name })
		if at < 0 {
			at = len(lanes)
			lanes = append(lanes, lane{name: name})
		}
		lanes[at].commands = append(lanes[at].commands, b)
	}
	return lanes, nil
}

func (call *commitCall) addLanes(p *partitionKeys, c *orchestrator.Commit) {
	if len(call.lanes) == 0 {
		return
	}
	call.args = append(call.args, string(c.Node), momentArg(c.Now), momentArg(c.Now.Add(c.Lease)))
	for _, l := range call.lanes {
		call.keys = append(call.keys, p.lane(c.Next.ID, l.name))
		call.args = append(call.args, string(l.name), len(l.commands))
		call.args = append(call.args, l.commands...)
	}
	call.keys = append(call.keys, p.leases)
}

func (s *Store) addIndexes(call *commitCall, p *partitionKeys, c *orchestrator.Commit) {
	next := c.Next
	from, to := p.states[c.From], p.states[next.State]
	at := next.EnteredAt
	if next.State.Ended() {
		to = p.ended
		at = next.EndedAt
		if at == 0 {
			at = c.Now
		}
	}
	if from == "" {
		from = to
	}
	keep, cutUnretired := "0", "0"
	cut := momentArg(max(0, c.Now.Add(-s.retention)))
	if !s.archive {
		keep, cutUnretired = millis(s.retention), cut
	}
	call.keys = append(call.keys, p.external(next.Bot, next.External), from, to, p.ended, p.unretired, p.seen, p.hour(c.Now))
	call.args = append(call.args, momentArg(at), keep, millis(SeenFor), cut, cutUnretired, millis(CountersFor))
	count := len(call.args)
	call.args = append(call.args, 0)
	for i := range c.Entries {
		if e := &c.Entries[i]; e.Moved() {
			call.args = append(call.args, counterField(orchestrator.StepCount{
				Flow: next.Flow, Event: e.Event.Type, From: e.From, To: e.To,
			}))
		}
	}
	call.args[count] = len(call.args) - count - 1
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

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
			current, err := recordOf(a)
			if err != nil {
				return done, err
			}
			return orchestrator.Committed{Current: current}, orchestrator.ErrConflict
		}
		return done, call.readLanes(a, &done)
	default:
		return done, fmt.Errorf("commit: the script answered %T", answer)
	}
}

// recordOf is the record that a conflict's answer carries, nil if there is none.
func recordOf(answer []any) (*orchestrator.Conversation, error) {
	if len(answer) < 2 {
		return nil, nil
	}
	stored, ok := answer[1].(string)
	if !ok {
		return nil, nil
	}
	return decodeRecord(stored)
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
func changeOf(c *orchestrator.Commit) *orchestrator.Change {
	change := &orchestrator.Change{
		Conversation: c.Next.ID, Version: c.Next.Version, Sequence: c.Next.Sequence, State: c.Next.State, At: c.Now,
		Epoch: c.Next.Epoch, Agents: c.Next.Agents(),
	}
	for i := range c.Entries {
		if c.Entries[i].Moved() {
			change.From = c.From
		}
	}
	for _, id := range c.Before {
		if !slices.Contains(change.Agents, id) {
			change.Agents = append(change.Agents, id)
		}
	}
	return change
}
