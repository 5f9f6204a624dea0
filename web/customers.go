package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// Eraser takes the order to remove what is kept of a customer.
type Eraser interface {
	// Order answers how many conversations were found; orchestrator.ErrNotFound where there is none.
	Order(ctx context.Context, bot orchestrator.ConnectorName, customer string) (int, error)
}

type erasureView struct {
	Conversations int `json:"conversations"`
}

// eraseCustomer answers DELETE /v1/customers/{bot}/{user}: the order is written down, and the work goes on in the background. The
// log tells who gave it, and not whom it is about.
func (s *Server) eraseCustomer(c *call) error {
	if err := newQuery(c).err(); err != nil {
		return err
	}
	bot, user, err := c.customer()
	if err != nil {
		return err
	}
	if s.options.Eraser == nil {
		return refusal(orchestrator.CodeNotSupported, "this process does not erase")
	}
	found, err := s.options.Eraser.Order(c.ctx(), bot, user)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return refusal(codeNotFound, "nothing is kept of such a customer")
	}
	if err != nil {
		return err
	}
	s.log.Info("a customer is to be erased", "erasure", orchestrator.CustomerName(bot, user), "bot", bot, "conversations", found,
		"user", c.who.user.Name, "request_id", requestID(c))
	return c.JSON(http.StatusAccepted, erasureView{found})
}

// customer is the bot and the customer's id of the path.
func (c *call) customer() (orchestrator.ConnectorName, string, error) {
	var f checks
	bot, user := c.segment("bot"), c.segment("user")
	f.line("/bot", bot)
	f.need("/user", values.PersonID(user))
	return orchestrator.ConnectorName(bot), user, f.err()
}

// segment is a part of the path as it was meant: echo leaves it escaped where the path holds an escaped slash or the like.
func (c *call) segment(name string) string {
	given := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return given
	}
	if meant, err := url.PathUnescape(given); err == nil {
		return meant
	}
	return given
}
