package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

var readyScript = newScript("ready")

// readyFor is how long the key of the readiness check is kept, in milliseconds.
const readyFor = 60_000

// Ready does in small what a commit does, one write and one message, and answers why that is not possible: no connection, no
// memory left, a replica, a user without the rights.
func (s *Store) Ready(ctx context.Context) error {
	if _, err := s.run(ctx, readyScript, []string{s.keys.ready()}, s.keys.changes, s.echoes.present(), readyFor); err != nil {
		return err
	}
	return nil
}

// writes finds out whether a commit would be taken.
func (e *examination) writes(ctx context.Context, k *keys) {
	cmd := e.client.Eval(ctx, readyScript.source, []string{k.ready()}, k.changes, echoOfNobody, readyFor)
	switch err := cmd.Err(); {
	case err == nil:
		e.find("writes", true, "are taken", "")
	case strings.Contains(err.Error(), "OOM "): // within a script the code may stand in the middle
		e.find("writes", false, err.Error(), "give Redis more memory, or shorten retention")
	case strings.Contains(err.Error(), "READONLY "), strings.Contains(err.Error(), "read only replica"):
		e.find("writes", false, err.Error(), "redis.url must name the master; behind Sentinel use redis+sentinel://")
	default:
		e.find("writes", false, err.Error(), "allow this user to write under redis.prefix, and to publish on its channel")
	}
}

// channels finds out whether this user may hear what other processes commit.
func (e *examination) channels(ctx context.Context, k *keys) {
	sub := e.client.Subscribe(ctx, k.changes)
	_, err := sub.Receive(ctx) // the server's confirmation
	if err = errors.Join(err, sub.Close()); err != nil {
		e.find("channels", false, err.Error(), fmt.Sprintf("allow this user the channel: ACL SETUSER <user> &%s*", e.options.Prefix))
		return
	}
	e.find("channels", true, "may be heard", "")
}
