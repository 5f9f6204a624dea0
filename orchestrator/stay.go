package orchestrator

import (
	"context"
	"errors"
)

// upToDate looks at what has become of a conversation's stay at a desk since a command was written, and completes the
// command by the handle that was learned meanwhile. It answers false for a command that must not be carried out any more.
//
// Two things can lie in between. A desk that opens a chat slowly gives its handle after newer commands were written behind
// the open: they do not name it. And at a desk that knows a conversation by our own id, a command that stepped aside, or was
// taken off the undelivered list, speaks of a stay that is over: carried out now, an old end would take the place in line,
// or the seat, of the present one.
func (d *Dispatcher) upToDate(ctx context.Context, desk Desk, cmd *Command) (bool, error) {
	byOurID := desk.Manifest().ReadsTimeline
	switch {
	case byOurID && !d.isOld(cmd), !byOurID && (cmd.To.Ref != "" || cmd.Type == CommandOpen):
		return true, nil
	}
	version, ok := cmd.ID.Version()
	if !ok {
		return true, nil
	}
	c, err := d.store.Load(ctx, cmd.Conversation)
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if c.Desk != cmd.To.Connector {
		return true, nil
	}
	if byOurID { // what a decision writes before an open is of the stay before
		return version > c.OpenVersion || version == c.OpenVersion && cmd.Type == CommandOpen, nil
	}
	if version > c.DeskVersion { // one of that very version may still speak of the stay before
		cmd.To.Ref = c.DeskRef
	}
	return true, nil
}

// isOld: the command is not carried out in its turn.
func (d *Dispatcher) isOld(cmd *Command) bool {
	return cmd.Late || d.engine.Now().Sub(cmd.At) >= AsideAfter
}
