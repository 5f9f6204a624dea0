package web

import (
	"errors"
	"net/http"

	"handoff/orchestrator"
)

// postDeskHook answers POST /v1/desks/{desk}/hooks: a vendor's notification, checked by the desk's own connector. A
// fact that the present state refuses is not worth a repetition, so it is counted and answered 200; a store that cannot
// be reached is, and event ids make repeating harmless.
func (s *Server) postDeskHook(c *call) error {
	name := orchestrator.ConnectorName(c.Param("desk"))
	receiver, ok := s.options.Desks[name].(orchestrator.HookReceiver)
	if !ok {
		return refusal(codeNotFound, "no such desk takes notifications here")
	}
	events, err := s.decodeHook(c, receiver)
	if err != nil {
		return err
	}
	var answer struct {
		Taken   int `json:"taken"`
		Refused int `json:"refused"`
	}
	for i := range events {
		_, err := s.engine.Receive(c.ctx(), events[i])
		var rejection *orchestrator.Rejection
		var input *orchestrator.InputError
		switch {
		case err == nil:
			answer.Taken++
		case errors.As(err, &rejection), errors.As(err, &input) &&
			input.Status < 500, errors.Is(err, orchestrator.ErrNotFound):
			answer.Refused++
			s.log.Info("notification refused", "desk", name, "event", events[i].Type, "conversation",
				events[i].Conversation,
				"error", err.Error())
		default:
			return err
		}
	}
	return c.JSON(http.StatusOK, answer)
}

// decodeHook takes one notification from the desk's limit before the connector looks at it. What the vendor did not sign is
// given back, and costs the address instead: strangers use up nothing of what the vendor may send.
func (s *Server) decodeHook(c *call, receiver orchestrator.HookReceiver) ([]orchestrator.Event, error) {
	address, desk := c.address(), c.Param("desk")
	if err := s.limits.refused.spent(address); err != nil {
		return nil, err
	}
	if err := s.limits.hook.take(desk); err != nil {
		return nil, err
	}
	events, err := receiver.DecodeHook(c.Request().Header, c.body)
	if err != nil && problemOf(err).Status == http.StatusUnauthorized {
		s.limits.refused.take(address)
		s.limits.hook.give(desk)
	}
	return events, err
}
