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
func (w *watch) reconcile(ctx context.Context) error {
	if err := w.count(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	refs := make([]string, 0, len(w.active))
	for ref := range w.active {
		refs = append(refs, ref)
	}
	w.mu.Unlock()
	for _, ref := range refs {
		if err := w.compare(ctx, ref); err != nil {
			return err
		}
	}
	return w.count(ctx)
}

// count reads which engagements the bot has.
func (w *watch) count(ctx context.Context) error {
	handles, err := w.Memory.Handles(ctx, w.Name, 0, mostHandles)
	if err != nil {
		return err
	}
	active, loose := map[string]bool{}, map[string]bool{}
	for _, h := range handles {
		c, err := w.kept(ctx, h.Ref)
		if err != nil {
			return err
		}
		if c != nil {
			active[h.Ref] = true
			loose[h.Ref] = c.State == stateOver || c.State == stateOffered
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active, w.loose, w.counted = active, loose, orchestrator.MomentOf(w.Clock.Now())
	return nil
}

// recount counts anew and asks for as many engagements as there is room for. What still stands between two states since the
// last count is looked at: an acceptance whose answer was lost, an end that could not be finished.
func (w *watch) recount(ctx context.Context) error {
	w.mu.Lock()
	before := w.loose
	w.mu.Unlock()
	if err := w.count(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	var since []string
	for ref, is := range w.loose {
		if is && before[ref] {
			since = append(since, ref)
		}
	}
	w.mu.Unlock()
	for _, ref := range since {
		if err := w.compare(ctx, ref); err != nil {
			return err
		}
	}
	return w.ask(ctx, false)
}

// whose asks whose an engagement is. Oracle lists none of the bot's; of one it can be asked whether it exists, by asking where it
// could be sent, and whether the bot leads it, by the one call of a lead's that nobody sees: it does not type. The failures of
// that one are not documented; a lead who has left is answered CONFLICT to posts, and "not found" has been seen. An error means
// that the session is not known any more.
func (a *agentSeat) whose(ctx context.Context, s *agentSession, engagement int64) (lead, error) {
	_, err := a.ofChat(ctx, s, a.probe(s, engagement))
	switch {
	case errors.Is(err, errExpired):
		return leadUnclear, err
	case unknownToOracle(err):
		return leadGone, nil
	}
	client, unnamed := number64(s.Client)
	if unnamed != nil {
		return leadUnclear, nil //nolint:nilerr // Oracle did not say who we are; the next post shows
	}
	_, err = a.ofChat(ctx, s, a.request("setInteractionStatus", s, interaction(client, engagement, false)))
	switch {
	case errors.Is(err, errExpired):
		return leadUnclear, err
	case err == nil:
		return leadOurs, nil
	case refused(err, conflict), unknownToOracle(err):
		return leadTaken, nil
	}
	return leadUnclear, nil
}

// whoseNow is whose for a command, with the session that any process holds.
func (a *agentSeat) whoseNow(ctx context.Context, ref string) lead {
	id, err := number64(ref)
	if err != nil {
		return leadGone
	}
	raw, _, err := a.Keeper.Ready(ctx)
	if err != nil {
		return leadUnclear
	}
	s, err := readSession(raw)
	if err != nil {
		return leadUnclear
	}
	at, err := a.whose(ctx, s, id)
	if err != nil {
		a.Log.InfoContext(ctx, "whose an engagement is could not be asked", "ref", ref, "error", err)
	}
	return at
}

// compare brings one engagement that is remembered to what Oracle says of it, after a login, or when how it stands has not been
// known for a while.
func (w *watch) compare(ctx context.Context, ref string) error {
	c, err := w.kept(ctx, ref)
	if err != nil || c == nil || c.State == stateHanding || c.State == stateHanded {
		return err // a handoff under way is finished by its own command
	}
	id, err := number64(ref)
	switch {
	case err != nil:
		return w.release(ctx, ref)
	case c.Farewell != nil:
		return w.leave(ctx, ref, c, *c.Farewell, w.finishHere)
	case c.State == stateOver:
		return w.finishHere(ctx, ref)
	}
	at, err := w.whose(ctx, w.now(), id)
	switch {
	case err != nil:
		return err
	case at == leadOurs && !c.Begun: // the acceptance had arrived, and its answer was lost
		return w.start(ctx, ref, c)
	case at == leadOurs, at == leadUnclear:
		return nil
	case !c.Begun:
		return w.release(ctx, ref)
	case at == leadTaken:
		return w.leave(ctx, ref, c, taken(conflict), w.finishHere)
	}
	return w.gone(ctx, ref, c)
}

// gone tells that Oracle does not know an engagement any more.
func (w *watch) gone(ctx context.Context, ref string, c *agentChat) error {
	if c.Conversation != "" {
		record, err := w.Memory.Load(ctx, c.Conversation)
		if err == nil {
			err = w.Report.Mend(ctx, record, drift.Truth{Stand: drift.Unknown, Mark: ref + ":" + c.Offer}, w.address(ref))
		}
		if err != nil && !errors.Is(err, orchestrator.ErrNotFound) {
			return err
		}
	}
	return w.finishHere(ctx, ref)
}
