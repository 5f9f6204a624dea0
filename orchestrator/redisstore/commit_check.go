package redisstore

import (
	"errors"
	"fmt"
	"slices"

	"handoff/orchestrator"
)

// Flags of a commit, as lua/commit.lua reads them.
const (
	flagCreates = "c"
	flagMoves   = "m"
	flagEnds    = "e"
	flagOver    = "a"
	flagSaid    = "s"
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
