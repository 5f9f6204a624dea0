package web

import (
	"errors"
	"net/http"

	"handoff/orchestrator"
)

// buriedView is a command that was given up, without anybody's words.
type buriedView struct {
	ID           orchestrator.CommandID      `json:"id"`
	Conversation orchestrator.ConversationID `json:"conversation"`
	Type         orchestrator.CommandType    `json:"type"`
	Class        orchestrator.Class          `json:"class"`
	Connector    orchestrator.ConnectorName  `json:"connector"`
	Side         string                      `json:"side"`
	Notice       string                      `json:"notice,omitempty"`
	Sequence     uint64                      `json:"sequence"`
	At           orchestrator.Moment         `json:"at"`
	Attempts     int                         `json:"attempts"`
	Failure      string                      `json:"failure"`
	Unsure       bool                        `json:"unsure"` // it may have arrived
}

// listUndelivered answers GET /v1/undelivered, oldest first.
func (s *Server) listUndelivered(c *call) error {
	q := newQuery(c, "cursor", "limit")
	limit := q.number("limit", 1, MaxPage, DefaultPage)
	if err := q.err(); err != nil {
		return err
	}
	commands, next, err := s.store.Undelivered(c.ctx(), q.text("cursor"), limit)
	if err != nil {
		return cursorFault(err)
	}
	items := make([]buriedView, 0, len(commands))
	for i := range commands {
		items = append(items, viewBuried(&commands[i]))
	}
	return c.JSON(http.StatusOK, listOf(items, next))
}

func viewBuried(cmd *orchestrator.Command) buriedView {
	v := buriedView{
		ID: cmd.ID, Conversation: cmd.Conversation, Type: cmd.Type, Class: cmd.Class, Connector: cmd.To.Connector,
		Side:     "desk",
		Sequence: cmd.Sequence, At: cmd.At, Attempts: cmd.Attempt, Failure: cmd.Failure, Unsure: cmd.Unsure,
	}
	if cmd.To.Bot {
		v.Side = "bot"
	}
	if cmd.Notice != nil {
		v.Notice = cmd.Notice.Type
	}
	return v
}

// retryUndelivered answers POST /v1/undelivered/{id}/{command}/retry: the command goes to the end of its lane, under
// its old id.
func (s *Server) retryUndelivered(c *call) error {
	if err := decode(c, &emptyBody{}); err != nil {
		return err
	}
	id, command := buried(c)
	lane, leased, err := s.store.Revive(c.ctx(), id, command, s.options.Node, s.now(), orchestrator.DispatchLease)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return errNotBuried()
	}
	if err != nil {
		return err
	}
	if leased {
		s.engine.Dispatcher().Kick(lane)
	}
	s.log.Info("undelivered command is tried again", "conversation", id, "command", command, "user", c.who.user.Name)
	return c.NoContent(http.StatusNoContent)
}

func buried(c *call) (orchestrator.ConversationID, orchestrator.CommandID) {
	return orchestrator.ConversationID(c.Param("id")), orchestrator.CommandID(c.Param("command"))
}

func errNotBuried() error { return refusal(codeNotFound, "no such command is on the undelivered list") }

type discardBody struct {
	Reason string `json:"reason"`
}

// discardUndelivered answers POST /v1/undelivered/{id}/{command}/discard. Who gave it up and why goes to the timeline,
// and to the log.
func (s *Server) discardUndelivered(c *call) error {
	var body discardBody
	if err := decode(c, &body); err != nil {
		return err
	}
	var f checks
	f.text("/reason", body.Reason, MaxName)
	if err := f.err(); err != nil {
		return err
	}
	id, command := buried(c)
	err := s.store.Discard(c.ctx(), id, command)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return errNotBuried()
	}
	if err != nil {
		return err
	}
	s.log.Info("undelivered command is given up", "conversation", id, "command", command, "user", c.who.user.Name,
		"reason", body.Reason)
	_, err = s.engine.Receive(c.ctx(), orchestrator.Event{
		ID: orchestrator.EventID("discard:" + string(command)), Type: orchestrator.EventDelivery, Conversation: id,
		Actor:   orchestrator.Actor{Role: orchestrator.ActorSupervisor, ID: c.who.user.Name, Name: c.who.user.shown()},
		Command: command, Reason: "discarded: " + body.Reason,
	})
	var rejection *orchestrator.Rejection
	if err != nil && !errors.Is(err, orchestrator.ErrNotFound) && !errors.As(err, &rejection) {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
