package flows

import "handoff/orchestrator"

// mayAsk: a customer asks for a person where the policy lets her, and not before a word was said: nobody could tell what an
// empty conversation is about.
func (s *step) mayAsk() error {
	switch {
	case s.ev.Actor.Role != orchestrator.ActorCustomer:
		return nil
	case !s.flow.policy.CustomerMayAsk:
		return orchestrator.Reject(s.was, s.ev, orchestrator.CodeNotAllowed,
			"customers may not ask for a person here (customer_may_ask)")
	case s.was.LastMessage == 0:
		return s.conflict("nothing was said yet: a person is asked for after the first message")
	}
	return nil
}

// askedFor is why there is a request that the bot did not make, as it is told; empty where the bot made it.
func (s *step) askedFor() string {
	if s.ev.Actor.Role == orchestrator.ActorBot || s.Next.Request == nil {
		return ""
	}
	return s.Next.Request.Reason
}

// assistant is what a customer is told at first contact.
func (p *Policy) assistant(language string) string { return p.text(language, textAssistant, values{}) }

func (p *Policy) askingWords() string {
	if p.CustomerMayAsk {
		return "Customers may ask for a person themselves."
	}
	return "Only the bot and people may ask for a person."
}
