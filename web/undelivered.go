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
	if err := s.retry(c, id, command); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) retry(c *call, id orchestrator.ConversationID, command orchestrator.CommandID) error {
	commands, err := s.store.UndeliveredOf(c.ctx(), id)
	if err != nil && !errors.Is(err, orchestrator.ErrNotFound) {
		return err
	}
	for i := range commands {
		if to := commands[i].To; commands[i].ID == command && to.Bot {
			if _, err := s.engine.Dispatcher().StartCallback(c.ctx(), to.Connector); err != nil {
				return err
			}
		}
	}
	return s.revive(c, id, command)
}

// revive puts a command back into its lane.
func (s *Server) revive(c *call, id orchestrator.ConversationID, command orchestrator.CommandID) error {
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
	return nil
}

// MaxRetried is how many commands one request tries again.
const MaxRetried = 1000

type retryAllBody struct {
	Connector string `json:"connector"`
}

// retriedView says how many commands are tried again, whether there are more, and whether a stopped callback was started.
type retriedView struct {
	Retried int  `json:"retried"`
	More    bool `json:"more"`
	Started bool `json:"started"`
}

// retryAllUndelivered answers POST /v1/undelivered/retry: everything of one connector, at most MaxRetried at a time. A bot's
// callback that was stopped is started again, also when nothing waits for it.
func (s *Server) retryAllUndelivered(c *call) error {
	var body retryAllBody
	if err := decode(c, &body); err != nil {
		return err
	}
	v, err := s.retryAll(c, orchestrator.ConnectorName(body.Connector))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v)
}

func (s *Server) retryAll(c *call, connector orchestrator.ConnectorName) (retriedView, error) {
	var v retriedView
	_, bot := s.options.Bots[connector]
	if !bot && s.options.Desks[connector] == nil {
		return v, orchestrator.Invalid("/connector", "is no connector of this installation")
	}
	if bot {
		started, err := s.engine.Dispatcher().StartCallback(c.ctx(), connector)
		if err != nil {
			return v, err
		}
		v.Started = started
	}
	for cursor := ""; ; {
		commands, next, err := s.store.Undelivered(c.ctx(), cursor, MaxPage)
		if err != nil {
			return v, err
		}
		for i := range commands {
			if commands[i].To.Connector != connector {
				continue
			}
			if v.Retried == MaxRetried {
				v.More = true
				return v, nil
			}
			switch err := s.revive(c, commands[i].Conversation, commands[i].ID); {
			case err == nil:
				v.Retried++
			case problemOf(err).Code != codeNotFound: // else somebody was faster
				return v, err
			}
		}
		if cursor = next; next == "" {
			return v, nil
		}
	}
}

func buried(c *call) (orchestrator.ConversationID, orchestrator.CommandID) {
	return orchestrator.ConversationID(c.Param("id")), orchestrator.CommandID(c.Param("command"))
}

func errNotBuried() error { return refusal(codeNotFound, "no such command is on the undelivered list") }

type discardBody struct {
	Reason string `json:"reason"`
}

func (b *discardBody) check() error {
	var f checks
	f.line("/reason", b.Reason)
	return f.err()
}

// discardUndelivered answers POST /v1/undelivered/{id}/{command}/discard.
func (s *Server) discardUndelivered(c *call) error {
	var body discardBody
	if err := decode(c, &body); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	id, command := buried(c)
	if err := s.discard(c, id, command, body.Reason); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// discard forgets a command. Who gave it up and why goes to the timeline, and to the log.
func (s *Server) discard(c *call, id orchestrator.ConversationID, command orchestrator.CommandID, reason string) error {
	err := s.store.Discard(c.ctx(), id, command)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return errNotBuried()
	}
	if err != nil {
		return err
	}
	s.log.Info("undelivered command is given up", "conversation", id, "command", command, "user", c.who.user.Name,
		"reason", reason)
	_, err = s.engine.Receive(c.ctx(), orchestrator.Event{
		ID: orchestrator.EventID("discard:" + string(command)), Type: orchestrator.EventDelivery, Conversation: id,
		Actor:   orchestrator.Actor{Role: orchestrator.ActorSupervisor, ID: c.who.user.Name, Name: c.who.user.shown()},
		Command: command, Reason: "discarded: " + reason,
	})
	var rejection *orchestrator.Rejection
	if err != nil && !errors.Is(err, orchestrator.ErrNotFound) && !errors.As(err, &rejection) {
		return err
	}
	return nil
}
