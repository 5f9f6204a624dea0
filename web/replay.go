package web

import (
	"time"

	"handoff/orchestrator"
)

// usedFor is how long it is remembered where a signed request was used: longer than its signature can be good, which is five
// minutes by the sender's clock before and after ours.
const usedFor = 15 * time.Minute

// usedHere refuses a signed request that was used elsewhere. The signature covers the body and not the path, and many bodies are
// alike: whoever has overheard one could end another conversation with it. An event names its conversation in its body, and is
// no body for another path but that of flat requests, which looks here.
func (s *Server) usedHere(c *call) error {
	if !c.signed || c.route.operation == "postBotEvent" {
		return nil
	}
	here := c.Request().Method + " " + c.Request().URL.Path
	first, err := s.store.Use(c.ctx(), c.who.bots[0], c.Request().Header.Get("Webhook-Id"), here, usedFor)
	if err != nil {
		return err
	}
	if first != here {
		return refusal(orchestrator.CodeKeyReuse, "this webhook-id was used for a request at another path")
	}
	return nil
}
