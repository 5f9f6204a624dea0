package oracle

import (
	"context"
	"errors"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// lead is whose an engagement is, as far as Oracle lets the bot know.
type lead uint8

const (
	leadUnclear lead = iota
	leadOurs
	leadTaken // it exists, and the bot does not lead it
	leadGone  // Oracle does not know it
)

// reconcile looks at each engagement that we have after a login.
func (l *listener) reconcile(ctx context.Context) error {
	if err := l.count(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	refs := make([]string, 0, len(l.active))
	for ref := range l.active {
		refs = append(refs, ref)
	}
	l.mu.Unlock()
	for _, ref := range refs {
		if err := l.compare(ctx, ref); err != nil {
			return err
		}
	}
	return l.count(ctx)
}

// count reads which engagements the bot has.
func (l *listener) count(ctx context.Context) error {
	handles, err := l.Handles(ctx, 0)
	if err != nil {
		return err
	}
	active, loose := map[string]bool{}, map[string]bool{}
	for _, h := range handles {
		c, err := l.note(ctx, h.Ref)
		if err != nil {
			return err
		}
		if c != nil {
			active[h.Ref] = true
			loose[h.Ref] = c.State == stateOver || c.State == stateOffered
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active, l.unsettled, l.counted = active, loose, orchestrator.MomentOf(l.Clock.Now())
	return nil
}

// recount counts anew and asks for as many engagements as there is room for. What still stands between two states since the
// last count is looked at: an acceptance whose answer was lost, an end that could not be finished.
func (l *listener) recount(ctx context.Context) error {
	l.mu.Lock()
	before := l.unsettled
	l.mu.Unlock()
	if err := l.count(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	var since []string
	for ref, is := range l.unsettled {
		if is && before[ref] {
			since = append(since, ref)
		}
	}
	l.mu.Unlock()
	for _, ref := range since {
		if err := l.compare(ctx, ref); err != nil {
			return err
		}
	}
	return l.requestAssignment(ctx, false)
}

// whose asks whose an engagement is. Oracle lists none of the bot's; of one it can be asked whether it exists, by asking where it
// could be sent, and whether the bot leads it, by the one call of a lead's that nobody sees: it does not type. The failures of
// that one are not documented; a lead who has left is answered CONFLICT to posts, and "not found" has been seen. An error means
// that the session is not known any more.
func (a *agentSeat) whose(ctx context.Context, s *login, ref string) (lead, error) {
	_, err := a.ofChat(ctx, s, a.probe(s, ref))
	switch {
	case errors.Is(err, errExpired):
		return leadUnclear, err
	case unknownToOracle(err):
		return leadGone, nil
	}
	if s.Client == "" {
		return leadUnclear, nil // Oracle did not say who we are; the next post shows
	}
	_, err = a.ofChat(ctx, s, a.request("setInteractionStatus", s, interaction(s.Client, ref, false)))
	switch {
	case errors.Is(err, errExpired):
		return leadUnclear, err
	case err == nil:
		return leadOurs, nil
	case hasCode(err, conflict), unknownToOracle(err):
		return leadTaken, nil
	}
	return leadUnclear, nil
}

// whoseNow is whose for a command, with the session that any process holds.
func (a *agentSeat) whoseNow(ctx context.Context, ref string) lead {
	raw, _, err := a.Keeper.Ready(ctx)
	if err != nil {
		return leadUnclear
	}
	s, err := readLogin(raw)
	if err != nil {
		return leadUnclear
	}
	at, err := a.whose(ctx, s, ref)
	if err != nil {
		a.Log.InfoContext(ctx, "whose an engagement is could not be asked", "ref", ref, "error", err)
	}
	return at
}

// compare brings one engagement that is remembered to what Oracle says of it, after a login, or when how it stands has not been
// known for a while.
func (l *listener) compare(ctx context.Context, ref string) error {
	c, err := l.note(ctx, ref)
	if err != nil || c == nil || c.State == stateHanding || c.State == stateHanded {
		return err // a handoff under way is finished by its own command
	}
	switch {
	case c.EndTold != nil:
		return l.leave(ctx, ref, c, *c.EndTold, l.finishHere)
	case c.State == stateOver:
		return l.finishHere(ctx, ref)
	}
	at, err := l.whose(ctx, l.now(), ref)
	switch {
	case err != nil:
		return err
	case at == leadOurs && !c.Begun: // the acceptance had arrived, and its answer was lost
		return l.begin(ctx, ref, c)
	case at == leadOurs, at == leadUnclear:
		return nil
	case !c.Begun:
		return l.release(ctx, ref)
	case at == leadTaken:
		return l.leave(ctx, ref, c, taken(conflict), l.finishHere)
	}
	return l.gone(ctx, ref, c)
}

// gone tells that Oracle does not know an engagement any more.
func (l *listener) gone(ctx context.Context, ref string, c *agentNote) error {
	record, err := l.Record(ctx, c.Conversation)
	if err == nil && record != nil {
		err = l.Report.Mend(ctx, record, drift.Truth{Stand: drift.Unknown, Mark: ref + ":" + c.Offer}, l.address(ref))
	}
	if err != nil {
		return err
	}
	return l.finishHere(ctx, ref)
}
