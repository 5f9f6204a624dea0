package icws

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode"

	"handoff/connectors/internal/drift"
	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// Open hands the chat over by a blind transfer to the workgroup behind the queue, with the context written before. A chat that
// our user does not have any more was handed over already, or is served, and is left as it is.
func (s *agentSeat) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	ref := cmd.To.Ref
	target, err := s.workgroup(cmd.Waiting.Queue)
	if err != nil {
		return "", err
	}
	id, err := s.idOf(ctx, "open", ref)
	if err != nil {
		return "", err
	}
	had, err := s.look(ctx, "open", id)
	if err != nil {
		return "", err
	}
	if had.over() {
		return "", s.Permanent("open", "chat-ended", errors.New("the chat has ended at the desk"))
	}
	if !had.heldBy(s.config.Username) {
		return ref, nil
	}
	beside := *cmd
	beside.History = cmd.History.Told() // who picks a chat up reads all that was said in it
	about, err := s.contextOf(ctx, &beside)
	if err != nil {
		return "", err
	}
	if err := s.write(ctx, id, about.fields); err != nil {
		return "", err
	}
	return ref, s.transfer(ctx, id, target)
}

// write puts the context into the chat's attributes.
func (s *agentSeat) write(ctx context.Context, id string, fields map[string]string) error {
	attributes := make(map[string]string, len(fields))
	for name, value := range fields {
		attributes[attributePrefix+attributeName(name)] = value
	}
	return s.inSession(ctx, func(in *login) *request {
		return &request{
			op: "open", method: http.MethodPost, path: in.path("/interactions/%s", id), repeats: true,
			body: map[string]any{"attributes": attributes},
		}
	})
}

// attributeName keeps what an attribute's name may surely hold.
func attributeName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, name)
}

// transfer sends a chat to a workgroup. Servers before interactions 13 know a scoped name only, and some refuse the workgroup
// in the newer form, so that a 400 is answered with the older one.
func (s *agentSeat) transfer(ctx context.Context, id, workgroup string) error {
	old := false
	err := s.inSession(ctx, func(in *login) *request {
		if old = in.Interactions < levelQueueID; old {
			return transferByName(in, id, workgroup)
		}
		return &request{
			op: "open", method: http.MethodPost, path: in.path("/interactions/%s/blind-transfer", id),
			body: map[string]queueID{"queueID": {queueWorkgroup, workgroup}},
		}
	})
	if old || frame.StatusOf(err) != http.StatusBadRequest {
		return err
	}
	return s.inSession(ctx, func(in *login) *request { return transferByName(in, id, workgroup) })
}

func transferByName(in *login, id, workgroup string) *request {
	return &request{
		op: "open", method: http.MethodPost, path: in.path("/interactions/%s/blind-transfer", id),
		body: map[string]string{"target": "Workgroup Queue:" + workgroup},
	}
}

// loseSight: our user may not see the chat itself any more. The queues that are watched may still tell of it.
func (l *listener) loseSight(ctx context.Context, c *agentChat) error {
	c.unseen, c.members = true, nil
	c.unfollow()
	if c.inOwn || c.inPeople {
		return nil
	}
	return l.outOfSight(ctx, c)
}

// handedOver is why a conversation is over for us whose chat goes on where we cannot look.
const handedOver = "handed_over"

// outOfSight: nothing tells any more what becomes of the chat. Our part ends, and that is said.
func (l *listener) outOfSight(ctx context.Context, c *agentChat) error {
	record, err := l.record(ctx, c.ref, c.note.Conversation)
	if err != nil || record == nil || record.State.Ended() || record.Desk != l.Name {
		return err
	}
	if !record.State.Served() && record.State != orchestrator.StateWrapUp {
		who := orchestrator.Agent{ID: orchestrator.AgentID(l.Name), Name: string(record.Queue)}
		ev := orchestrator.Event{Type: orchestrator.EventAccepted, Agent: &who, Reason: handedOver + ": not visible from here"}
		if err := l.tellMove(ctx, c, drift.Accepted, ev); err != nil {
			return err
		}
	}
	ev := orchestrator.Event{Type: orchestrator.EventCompleted, Reason: handedOver}
	if err := l.tellMove(ctx, c, drift.Lost, ev); err != nil {
		return err
	}
	c.note.Told++
	return l.keepNote(ctx, c)
}
