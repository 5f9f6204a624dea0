package house

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"handoff/orchestrator"
)

// Reasons of agent_gone.
const (
	reasonSignedOff = "signed_off"
	reasonVanished  = "vanished"
)

// floorView is how many waiting conversations of each line Floor answers.
const floorView = 100

// maxSeats is the most seats that a person may have.
const maxSeats = 100

// keepChoice is how long what a person chose is kept for their return after they were not heard of any more: longer than
// any sign-in lasts.
const keepChoice = 24 * time.Hour

// Present notes that a person chose to be there, or away with Online false, until p.Until; zero means the configured time
// from now. What rings at somebody who goes away is withdrawn at once. A report that changes nothing wakes nobody. Errors:
// *orchestrator.InputError, or the store's.
func (d *Desk) Present(ctx context.Context, p orchestrator.Presence) error {
	now := d.now()
	if p.Until == 0 {
		p.Until = now.Add(d.config.GoneAfter)
	}
	switch {
	case p.Agent.ID == "":
		return orchestrator.Invalid("/agent/id", "is required")
	case p.Capacity < 0 || p.Capacity > maxSeats:
		return orchestrator.Invalid("/capacity", "must be 0 to %d", maxSeats)
	case p.Until <= now:
		return orchestrator.Invalid("/until", "must lie in the future")
	}
	if err := d.roster.SetPresence(ctx, p, now); err != nil {
		return fmt.Errorf("noting presence: %w", err)
	}
	report := fmt.Sprint(p.Online, p.Capacity, p.Queues, p.Skills)
	d.mu.Lock()
	news := d.known[p.Agent.ID] != report
	d.known[p.Agent.ID] = report
	d.mu.Unlock()
	if news {
		d.kick()
	}
	if !p.Online {
		d.withdraw(ctx, p.Agent.ID)
	}
	return nil
}

// withdraw lets nothing ring any more at a person who went away. What cannot be told now is told at the next beat.
func (d *Desk) withdraw(ctx context.Context, id orchestrator.AgentID) {
	sink := d.currentSink()
	if sink == nil {
		return
	}
	floor, err := d.roster.Floor(ctx, peopleOnly)
	if err == nil {
		_, err = d.withdrawn(ctx, sink, floor, id)
	}
	if err != nil {
		d.log.Warn("what rings at somebody who is away is withdrawn at the next beat", "agent", string(id), "error", err)
	}
}

// withdrawn reports what rings at people who are there but not online, at one person or (with no id) at anybody: they went
// away while it rang, or just before it began to.
func (d *Desk) withdrawn(
	ctx context.Context, sink orchestrator.Sink, floor *orchestrator.Floor, only orchestrator.AgentID,
) (count int, err error) {
	away := map[orchestrator.AgentID]bool{}
	now := d.now()
	for i := range floor.Agents {
		p := &floor.Agents[i]
		away[p.Agent.ID] = !p.Online && !gone(p, now) && (only == "" || p.Agent.ID == only)
	}
	var errs []error
	for _, s := range floor.Ringing {
		if !away[s.Agent] {
			continue
		}
		_, err := sink.Receive(ctx, orchestrator.Event{
			ID:   orchestrator.EventID(fmt.Sprintf("away:%s:%d", s.Agent, int64(s.Since))),
			Type: orchestrator.EventOfferExpired, Conversation: s.Conversation, Actor: d.actor(), Desk: d.config.Name,
			At: now, Agent: &orchestrator.Agent{ID: s.Agent}, Reason: orchestrator.ReasonAway,
		})
		switch {
		case err == nil:
			count++
		case !refused(err): // a refused one is not told yet, or was answered meanwhile
			errs = append(errs, fmt.Errorf("withdrawing what rings at %s: %w", s.Agent, err))
		}
	}
	return count, errors.Join(errs...)
}

// Heard notes that a person was heard of; it chooses nothing. What they chose last stands until then, also if they had been
// missed meanwhile.
func (d *Desk) Heard(ctx context.Context, id orchestrator.AgentID, until orchestrator.Moment) error {
	stands, err := d.roster.RenewPresence(ctx, id, until)
	if err != nil {
		return fmt.Errorf("noting a sign of life: %w", err)
	}
	d.mu.Lock()
	_, known := d.known[id]
	if stands && !known {
		d.known[id] = ""
	}
	d.mu.Unlock()
	if stands && !known { // back, or new to this process
		d.kick()
	}
	return nil
}

// Seen notes that a person did something who may never have said that they are there, such as a supervisor who took a chat:
// they count as away until then, and are missed like anybody afterwards. It changes nothing for those who said so.
func (d *Desk) Seen(ctx context.Context, agent orchestrator.Agent, until orchestrator.Moment) error {
	now := d.now()
	if agent.ID == "" || until <= now {
		return orchestrator.Invalid("/until", "must lie in the future, and somebody must be named")
	}
	p := orchestrator.Presence{Agent: agent, Until: until, Provisional: true}
	if err := d.roster.SetPresence(ctx, p, now); err != nil {
		return fmt.Errorf("noting presence: %w", err)
	}
	return nil
}

// Absent signs a person off at once. First they are noted as gone, so that nothing rings at them any more and a later
// tidying finishes what a failure interrupts; then each of their conversations is reported, and at last the presence
// goes. With a reason somebody else signs them off: that stays noted until they choose anew.
func (d *Desk) Absent(ctx context.Context, id orchestrator.AgentID, reason string) error {
	d.forget(id)
	floor, err := d.roster.Floor(ctx, peopleOnly)
	if err != nil {
		return fmt.Errorf("signing off: %w", err)
	}
	now := d.now()
	p := orchestrator.Presence{Agent: orchestrator.Agent{ID: id}}
	there := false
	for _, known := range floor.Agents {
		if known.Agent.ID == id {
			p, there = known, true
		}
	}
	p.Online, p.Provisional, p.Offline, p.Until, p.Reason = false, false, true, now, reason
	if there || reason != "" {
		if err := d.roster.SetPresence(ctx, p, now); err != nil {
			return fmt.Errorf("signing off: %w", err)
		}
	}
	defer d.kick()
	sink := d.currentSink()
	if sink == nil {
		return nil // noted; the next tidying of a process that runs does the rest
	}
	if err := d.depart(ctx, sink, p, reasonSignedOff, now); err != nil {
		d.log.Warn("signing off is unfinished, next try at the next beat", "agent", string(id), "error", err)
	}
	return nil
}

// Floor answers who is there, how many seats each has taken, what rings, and who waits (the first 100 of each line).
func (d *Desk) Floor(ctx context.Context) (*orchestrator.Floor, error) {
	return d.roster.Floor(ctx, floorView)
}

// Seats answers the seats that a filter selects.
func (d *Desk) Seats(ctx context.Context, of orchestrator.SeatFilter) ([]orchestrator.Seat, error) {
	return d.roster.Seats(ctx, of)
}

// departures reports the people who have not been heard of in time, and those who have seats and are not on the floor at all.
func (d *Desk) departures(ctx context.Context, sink orchestrator.Sink, now orchestrator.Moment) (int, error) {
	floor, err := d.roster.Floor(ctx, peopleOnly)
	if err != nil {
		return 0, fmt.Errorf("looking for people who vanished: %w", err)
	}
	count, err := d.withdrawn(ctx, sink, floor, "")
	errs := []error{err}
	for _, p := range floor.Agents {
		if !gone(&p, now) {
			continue
		}
		d.forget(p.Agent.ID)
		if keeps(&p, now) && floor.Taken[p.Agent.ID] == 0 {
			continue
		}
		if err := d.depart(ctx, sink, p, reasonVanished, now); err != nil {
			errs = append(errs, err)
			continue
		}
		count++
	}
	strays, err := d.strays(ctx, sink, floor, now)
	return count + strays, errors.Join(append(errs, err)...)
}

// keeps reports whether what a person who is gone chose is kept until they are heard of again: unless they signed off.
func keeps(p *orchestrator.Presence, now orchestrator.Moment) bool {
	return now.Sub(p.Until) < keepChoice && (!p.Offline || p.Reason != "")
}

// strays reports those who have seats but no presence: a sign-off was done before the acceptance that it overtook took its
// seat. Who took one without saying that they are there has as long to say so as anybody.
func (d *Desk) strays(
	ctx context.Context, sink orchestrator.Sink, floor *orchestrator.Floor, now orchestrator.Moment,
) (int, error) {
	present := map[orchestrator.AgentID]bool{}
	for i := range floor.Agents {
		present[floor.Agents[i].Agent.ID] = true
	}
	count := 0
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(floor.Taken)) {
		if present[id] {
			continue
		}
		seats, err := d.roster.Seats(ctx, orchestrator.SeatFilter{Agent: id})
		errs = append(errs, err)
		p := orchestrator.Presence{Agent: orchestrator.Agent{ID: id}}
		for _, s := range seats {
			if s.Kind == orchestrator.SeatRinging || now.Sub(s.Since) < d.config.GoneAfter {
				continue
			}
			if err := d.report(ctx, sink, &p, s, reasonVanished, now); err != nil {
				errs = append(errs, err)
				continue
			}
			count++
		}
	}
	return count, errors.Join(errs...)
}

// depart reports each conversation of a person who is gone, and removes their presence, unless it is kept, only when the
// engine has answered for every one. Seats are read afresh: one may have been taken since the caller looked, and the person may
// be back.
func (d *Desk) depart(
	ctx context.Context, sink orchestrator.Sink, p orchestrator.Presence, reason string, now orchestrator.Moment,
) error {
	floor, err := d.roster.Floor(ctx, peopleOnly)
	if err != nil {
		return fmt.Errorf("reading whether %s is gone: %w", p.Agent.ID, err)
	}
	for _, known := range floor.Agents {
		if known.Agent.ID == p.Agent.ID && !gone(&known, now) {
			return nil // heard of again
		}
	}
	seats, err := d.roster.Seats(ctx, orchestrator.SeatFilter{Agent: p.Agent.ID})
	if err != nil {
		return fmt.Errorf("reading the seats of %s: %w", p.Agent.ID, err)
	}
	var errs []error
	for _, s := range seats {
		errs = append(errs, d.report(ctx, sink, &p, s, reason, now))
	}
	if err := errors.Join(errs...); err != nil {
		return err // those that could be told are; the rest at the next beat
	}
	if keeps(&p, now) {
		return nil
	}
	if err := d.roster.RemovePresence(ctx, p.Agent.ID); err != nil {
		return fmt.Errorf("removing the presence of %s: %w", p.Agent.ID, err)
	}
	return nil
}

// report tells the engine that the person at a seat is gone. The id follows from the absence and the seat, so that
// any number of processes may tell. What the engine moves frees the seat by its commands. When it refuses, the person
// has nothing to do with the conversation, so the seat is given back here; but a ringing one is left to run out,
// because its offer may not have been told yet, and running out gives the conversation its place again.
func (d *Desk) report(
	ctx context.Context, sink orchestrator.Sink, p *orchestrator.Presence, s orchestrator.Seat, reason string,
	now orchestrator.Moment,
) error {
	agent := p.Agent
	_, err := sink.Receive(ctx, orchestrator.Event{
		ID:   orchestrator.EventID(fmt.Sprintf("gone:%s:%d:%d", agent.ID, int64(p.Until), int64(s.Since))),
		Type: orchestrator.EventAgentGone, Conversation: s.Conversation, Actor: d.actor(), Desk: d.config.Name,
		At: now, Agent: &agent, Reason: reason,
	})
	switch {
	case err == nil:
		return nil
	case !refused(err):
		return fmt.Errorf("reporting that %s is gone: %w", agent.ID, err)
	case s.Kind == orchestrator.SeatRinging:
		return nil
	default:
		return d.roster.Release(ctx, s.Conversation, s.Agent, now)
	}
}

func (d *Desk) forget(id orchestrator.AgentID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, id)
}
