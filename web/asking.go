package web

import (
	"net/http"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// MaxAskReason is how many characters a customer may say with the wish for a person.
const MaxAskReason = 200

// askBody is what a customer may send, people more.
type askBody struct {
	Reason string `json:"reason"`
}

type personAskBody struct {
	Reason  string `json:"reason"`
	Queue   string `json:"queue"`
	Summary string `json:"summary"`
}

// askForPerson answers POST …/handoff: the customer asks for a person, or somebody of ours does for her. Limits, hours and who is
// there count as for a bot.
func (s *Server) askForPerson(c *call) error {
	ev, err := askEvent(c)
	if err != nil {
		return err
	}
	conversation, err := s.acted(c)
	if err != nil {
		return err
	}
	receipt, err := s.receiveAsking(c, conversation, ev)
	if err != nil {
		return err
	}
	return s.answerAsked(c, receipt)
}

// askEvent reads the body of whoever calls.
func askEvent(c *call) (ev orchestrator.Event, err error) {
	if c.who.role != RoleCustomer {
		return personAsks(c)
	}
	var body askBody
	if err := decode(c, &body); err != nil {
		return ev, err
	}
	var f checks
	body.Reason = f.words("/reason", body.Reason, MaxAskReason)
	return customerAsks(body.Reason), f.err()
}

// customerAsks is the wish of a customer, with her own words for it.
func customerAsks(words string) orchestrator.Event {
	return asking(&orchestrator.Request{Reason: orchestrator.ReasonAskedByCustomer, Summary: words})
}

func personAsks(c *call) (ev orchestrator.Event, err error) {
	var body personAskBody
	if err := decode(c, &body); err != nil {
		return ev, err
	}
	var f checks
	body.Reason = f.words("/reason", body.Reason, MaxAskReason)
	f.mayLine("/queue", body.Queue)
	body.Summary = f.words("/summary", body.Summary, values.MaxSummary)
	ev = asking(&orchestrator.Request{
		Reason: orchestrator.ReasonAskedByPerson, Summary: body.Summary, Queue: orchestrator.QueueName(body.Queue),
	})
	ev.Reason = body.Reason
	return ev, f.err()
}

func asking(r *orchestrator.Request) orchestrator.Event {
	r.Priority = orchestrator.DefaultPriority
	return orchestrator.Event{Type: orchestrator.EventHandoffRequested, Request: r}
}

// receiveAsking gives the engine the wish. Those of customers are counted by address, unless a person was asked for already or
// nothing comes of it.
func (s *Server) receiveAsking(c *call, conversation *orchestrator.Conversation, ev orchestrator.Event) (orchestrator.Receipt, error) {
	counted := c.who.role == RoleCustomer && !waiting(conversation.State) && !conversation.State.Served()
	if counted {
		if err := s.limits.ask.take(c.address()); err != nil {
			return orchestrator.Receipt{}, err
		}
	}
	receipt, err := s.receiveAction(c, conversation, ev)
	if counted && (err != nil || receipt.Repeated) {
		s.limits.ask.give(c.address())
	}
	return receipt, err
}

// answerAsked answers with the conversation, and with why no person will come.
func (s *Server) answerAsked(c *call, receipt orchestrator.Receipt) error {
	st, err := s.outcome(c.ctx(), receipt, false)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if st.moved {
		status = http.StatusAccepted
	}
	v := s.viewAfter(c.ctx(), receipt.Conversation, &st, c.who.role)
	body := appendConversation(nil, &v)
	if st.failure != nil {
		if body, err = appendFailure(body[:len(body)-1], st.failure); err != nil {
			return err
		}
		body = append(body, '}')
	}
	return writeConversation(c, taken(c, receipt.Repeated, status), receipt.Conversation, body)
}
