package superoffice

import (
	"context"
	"errors"
	"time"

	"handoff/orchestrator"
)

// Times of readings.
const (
	// readLease is how long a process that reads a session may be silent before another one reads it.
	readLease = 15 * time.Second
	// revivable is how long a finished session is remembered: its customer may come back to it.
	revivable = 24 * time.Hour
)

// reading is one look at one session: what the vendor says of it is compared with what was told, and the difference is told.
type reading struct {
	*base
	ref  string
	kept *kept
	note note
	// chat is nil where the vendor knows no such session.
	chat     *chat
	messages []message
	// conversation is our record as it stood when it was last looked at; nil where there is none.
	conversation *orchestrator.Conversation
	// unheard: nobody listened meanwhile, so that what is found is drift.
	unheard bool
	// closedBy is the special message that says how a session ended.
	closedBy string
}

// readSession reads a session, unless another process does so now: then that one looks again, because the mark has changed. It
// reads again until nothing new was marked meanwhile.
func (b *base) readSession(ctx context.Context, ref string, unheard bool) error {
	for {
		var seen string
		mine, err := b.Memory.Exclusive(ctx, "visit:"+string(b.Name)+":"+ref, readLease, func(ctx context.Context) error {
			var err error
			seen, err = b.readOnce(ctx, ref, unheard)
			return err
		})
		if err != nil || !mine {
			return err
		}
		now, err := b.read(ctx, ref)
		if err != nil || now.mark == seen {
			return err
		}
		unheard = false
	}
}

// readOnce reads a session and tells what is new. It answers the mark that it found first.
func (b *base) readOnce(ctx context.Context, ref string, unheard bool) (mark string, err error) {
	k, err := b.read(ctx, ref)
	if err != nil {
		return "", err
	}
	r := &reading{base: b, ref: ref, kept: k, unheard: unheard}
	if k.note != nil {
		r.note = *k.note
	}
	if k.ended {
		return k.mark, r.forget(ctx)
	}
	renewals := b.renewals.Load()
	if err := r.fetch(ctx); err != nil {
		return k.mark, err
	}
	r.unheard = r.unheard || b.renewals.Load() != renewals || b.firstRead(ref)
	known, err := b.seat.begin(ctx, r)
	if err != nil {
		return k.mark, err
	}
	if !known {
		return k.mark, r.forgetUnlessOurs(ctx)
	}
	err = r.tellNews(ctx)
	// What was told is noted also when the rest could not be.
	if noteErr := b.write(context.WithoutCancel(ctx), ref, &r.note); err == nil {
		err = noteErr
	}
	if err == nil && r.note.Stand == over && (b.config.Seat == SeatCustomer || r.chat == nil || r.chat.Status != statusFinished) {
		err = r.forget(ctx) // this one does not come back
	}
	if err == nil {
		b.noteRead(ref)
	}
	return k.mark, err
}

// firstRead reports whether this may be the first look at a session since a process listens again: a webhook came before
// everything was reconciled. Where another process holds the account's session, that one has listened all the time.
func (b *base) firstRead(ref string) bool {
	if b.Keeper.Standby() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.readSinceStart != nil && !b.readSinceStart[ref]
}

func (b *base) noteRead(ref string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.readSinceStart != nil {
		b.readSinceStart[ref] = true
	}
}

// listens says whether everything has been read since this process began to listen.
func (b *base) listens(is bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.readSinceStart = nil; !is {
		b.readSinceStart = map[string]bool{}
	}
}

// fetch reads the messages first and the entity afterwards, so that the entity is never older than a message. Where it says
// that the session is over, the last words may have come between the two; so they are read again.
func (r *reading) fetch(ctx context.Context) error {
	messages, err := r.messagesOf(ctx, "read", r.ref, r.note.Seen)
	if err == nil {
		r.messages = messages
		r.chat, err = r.chatOf(ctx, "read", r.ref)
	}
	if err == nil && r.chat.stand() == over {
		r.messages, err = r.messagesOf(ctx, "read", r.ref, r.note.Seen)
	}
	if errors.Is(err, errNotFound) {
		r.chat, r.messages, err = nil, nil, nil
	}
	return err
}

// forgetUnlessOurs leaves a session that is none of ours alone, for as long as nothing else is known of it. One that is being
// opened in the customer's seat may have got its note since it was read here: there nothing is kept of what is not ours.
func (r *reading) forgetUnlessOurs(ctx context.Context) error {
	if r.kept.note != nil || r.config.Seat == SeatCustomer {
		return nil
	}
	return r.forget(ctx)
}

// forget takes away everything that is kept of the session.
func (r *reading) forget(ctx context.Context) error {
	if r.note.Opening != "" {
		if err := r.Memory.Forget(ctx, r.Name, r.note.Opening); err != nil {
			return err
		}
	}
	return r.Memory.Forget(ctx, r.Name, r.ref)
}

// tell gives the engine one fact of this session and takes its place in the count.
func (r *reading) tell(ctx context.Context, kind string, ev *orchestrator.Event) error {
	counted := ev.ID == ""
	if counted {
		ev.ID = r.id(ev)
	}
	r.seat.address(r, ev)
	if r.unheard && kind != "" {
		if err := r.Report.TellMissed(ctx, kind, *ev); err != nil {
			return err
		}
	} else {
		receipt, err := r.Report.Tell(ctx, *ev)
		if err != nil {
			return err
		}
		if receipt.Conversation != nil {
			r.conversation, r.note.Conversation = receipt.Conversation, receipt.Conversation.ID
		}
	}
	if counted {
		r.note.Turn++
	}
	return nil
}

// id derives from the session, how much was told of it, and what this is.
func (r *reading) id(ev *orchestrator.Event) orchestrator.EventID {
	id := string(r.Name) + ":" + r.ref + ":" + number(r.note.Turn).String() + ":" + string(ev.Type)
	if ev.Agent != nil {
		id += ":" + string(ev.Agent.ID)
	}
	return orchestrator.EventID(id)
}
