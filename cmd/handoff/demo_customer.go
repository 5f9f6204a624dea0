package main

import (
	"context"
	"net/http"

	"handoff/orchestrator"
)

// fetches is the customer's client: it reads its feed until it is told to stop, and so shows that it is there.
func (s *scene) fetches(ctx context.Context) {
	var after uint64
	for ctx.Err() == nil {
		page, err := s.customer.events(ctx, s.id, after, demoPoll)
		if err != nil {
			return // over, or the process stops; a scene that still needs it will say so
		}
		after = page.Next
	}
}

// customerStopsFetching is a closed laptop.
func (s *scene) customerStopsFetching() {
	s.stop()
	s.fetching.Wait()
}

func (s *scene) customerSays(text string) {
	s.pause()
	if s.conversation().Controller == string(orchestrator.ControllerBot) {
		s.toHear = text
	}
	s.must(s.customer.call(s.ctx, http.MethodPost, s.path("/messages"), map[string]any{"text": text, "id": s.newID()}, nil), "customer says")
}

func (s *scene) customerLeaves() {
	s.pause()
	s.must(s.customer.call(s.ctx, http.MethodPost, s.path("/end"), map[string]any{}, nil), "customer leaves")
}

// answersUntilDone lets the customer answer each word of the person at the terminal, until that person ends the chat. If it
// goes back to the bot, the bot says good-bye.
func (s *scene) answersUntilDone(answers ...string) {
	for {
		e := s.await(func(e feedEvent) bool { return byAgent(e) || overForCustomer(e) })
		if overForCustomer(e) {
			break
		}
		if len(answers) > 0 && s.customerMaySay(answers[0]) {
			answers = answers[1:]
		}
	}
	if s.conversation().State == string(orchestrator.StateBot) {
		s.botSays("I hope that helped.")
		s.botEnds()
	}
}

// customerMaySay is customerSays where the chat may have ended meanwhile.
func (s *scene) customerMaySay(text string) bool {
	s.pause()
	err := s.customer.call(s.ctx, http.MethodPost, s.path("/messages"), map[string]any{"text": text, "id": s.newID()}, nil)
	if isCode(err, orchestrator.CodeStateConflict) {
		return false
	}
	s.must(err, "customer says")
	return true
}
