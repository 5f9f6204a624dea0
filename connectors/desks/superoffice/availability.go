package superoffice

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"handoff/orchestrator"
)

// presence is a ChatPresence: whether a user is there, and for which topics.
type presence struct {
	Present boolean  `json:"Present"`
	Topics  []number `json:"ChatTopics"`
}

// Look asks who is there for a topic. Outside its opening hours nobody is. How many sessions a user may have the vendor does
// not tell, so everybody who is present counts as ready.
func (d *Desk) Look(ctx context.Context, queue orchestrator.QueueName, _ []string) (orchestrator.Looked, error) {
	topic, err := d.base.target("look", queue)
	if err != nil {
		return orchestrator.Looked{}, err
	}
	looked := orchestrator.Looked{Known: true}
	var open bool
	if err := d.base.decodeInto(ctx, request{
		op: "look", method: http.MethodGet, path: "ChatTopic/" + topic.String() + "/IsOpen",
	}, &open); err != nil {
		return orchestrator.Looked{}, err
	}
	var people []presence
	if err := d.base.decodeInto(ctx, request{op: "look", method: http.MethodGet, path: "Presence/GetAll"}, &people); err != nil {
		return orchestrator.Looked{}, err
	}
	for _, p := range people {
		if open && bool(p.Present) && slices.Contains(p.Topics, topic) {
			looked.Online++
			looked.Ready++
		}
	}
	line, err := d.base.sessionsOf(ctx, "look", topic, waitingStatus)
	looked.Waiting = len(line)
	return looked, err
}

// Position answers the place of a conversation in its line, from 1; 0: it does not wait. The wait is not told.
func (d *Desk) Position(ctx context.Context, id orchestrator.ConversationID) (position int, waitMS int64, err error) {
	c, err := d.base.Memory.Load(ctx, id)
	if err != nil {
		return 0, 0, err
	}
	ref := c.DeskRef
	if c.Desk != d.base.Name || !isID(ref) {
		return 0, 0, orchestrator.ErrNotWaiting
	}
	entity, err := d.base.chatOf(ctx, "position", ref)
	if err != nil {
		return 0, 0, err
	}
	if entity.stand() != waiting {
		return 0, 0, orchestrator.ErrNotWaiting
	}
	line, err := d.base.sessionsOf(ctx, "position", entity.Topic, waitingStatus)
	slices.Sort(line)
	return slices.Index(line, idOf(ref)) + 1, 0, err
}

// Alive answers whether the vendor has the session open, and in the agent seat when the customer's browser last fetched
// (WhenFetched). In the customer seat that moment is our own doing and says nothing.
func (b *base) Alive(ctx context.Context, ref string) (orchestrator.Liveness, error) {
	entity, err := b.chatOf(ctx, "alive", ref)
	if errors.Is(err, errNotFound) {
		return orchestrator.Liveness{}, nil
	}
	if err != nil {
		return orchestrator.Liveness{}, err
	}
	alive := orchestrator.Liveness{Alive: !entity.Status.over()}
	if b.config.Seat == SeatAgent {
		alive.LastSeen = orchestrator.Moment(entity.WhenFetched)
	}
	return alive, nil
}

// tellPlaces tells those who wait which place in line they have, when it has changed. The vendor tells it in no entity but
// the list.
func (b *base) tellPlaces(ctx context.Context, refs []string) error {
	if len(refs) == 0 {
		return nil
	}
	places := map[string]int{}
	for _, topic := range b.seat.topicsNow() {
		ids, err := b.sessionsOf(ctx, "poll", topic, waitingStatus)
		if err != nil {
			return err
		}
		slices.Sort(ids)
		for i, id := range ids {
			places[id.String()] = i + 1
		}
	}
	for _, ref := range refs {
		if err := b.tellPlace(ctx, ref, places[ref]); err != nil {
			return err
		}
	}
	return nil
}

func (b *base) tellPlace(ctx context.Context, ref string, place int) error {
	b.mu.Lock()
	news := place != 0 && b.places[ref] != place
	if place == 0 {
		delete(b.places, ref)
	} else {
		b.places[ref] = place
	}
	b.mu.Unlock()
	if !news {
		return nil
	}
	k, err := b.read(ctx, ref)
	if err != nil || k.note == nil || k.note.Conversation == "" || k.note.Stand != waiting {
		return err
	}
	r := &reading{base: b, ref: ref, kept: k, note: *k.note}
	return r.tell(ctx, "", &orchestrator.Event{
		ID:   orchestrator.EventID(string(b.Name) + ":" + ref + ":place:" + number(r.note.Turn).String() + ":" + number(place).String()),
		Type: orchestrator.EventPositionChanged, Position: place,
	})
}
