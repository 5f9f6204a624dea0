package superoffice

import (
	"context"
	"errors"
	"time"

	"handoff/orchestrator"
)

// Times of visits.
const (
	// visitLease is how long a process that reads a session may be silent before another one reads it.
	visitLease = 15 * time.Second
	// revivable is how long a finished session is remembered: its customer may come back to it.
	revivable = 24 * time.Hour
)

// visit is one look at one session: what the vendor says of it is compared with what was told, and the difference is told.
type visit struct {
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

// look visits a session, unless another process does so now: then that one looks again, because the mark has changed. It
// visits again until nothing new was marked meanwhile.
func (b *base) look(ctx context.Context, ref string, unheard bool) error {
	for {
		var seen string
		mine, err := b.Memory.Exclusive(ctx, "visit:"+string(b.Name)+":"+ref, visitLease, func(ctx context.Context) error {
			var err error
			seen, err = b.visit(ctx, ref, unheard)
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

// visit reads a session and tells what is new. It answers the mark that it found first.
func (b *base) visit(ctx context.Context, ref string, unheard bool) (mark string, err error) {
	k, err := b.read(ctx, ref)
	if err != nil {
		return "", err
	}
	v := &visit{base: b, ref: ref, kept: k, unheard: unheard}
	if k.note != nil {
		v.note = *k.note
	}
	if k.ended {
		return k.mark, v.forget(ctx)
	}
	renewals := b.renewals.Load()
	if err := v.sight(ctx); err != nil {
		return k.mark, err
	}
	v.unheard = v.unheard || b.renewals.Load() != renewals || b.unmet(ref)
	known, err := b.seat.begin(ctx, v)
	if err != nil {
		return k.mark, err
	}
	if !known {
		return k.mark, v.forgetStranger(ctx)
	}
	err = v.follow(ctx)
	// What was told is noted also when the rest could not be.
	if noteErr := b.write(context.WithoutCancel(ctx), ref, &v.note); err == nil {
		err = noteErr
	}
	if err == nil && v.note.Stand == over && (b.config.Seat == SeatCustomer || v.chat == nil || v.chat.Status != statusFinished) {
		err = v.forget(ctx) // this one does not come back
	}
	if err == nil {
		b.meet(ref)
	}
	return k.mark, err
}

// unmet reports whether this may be the first look at a session since a process listens again: a webhook came before everything
// was reconciled. Where another process holds the account's session, that one has listened all the time.
func (b *base) unmet(ref string) bool {
	if b.Keeper.Standby() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.met != nil && !b.met[ref]
}

func (b *base) meet(ref string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.met != nil {
		b.met[ref] = true
	}
}

// listens says whether everything has been read since this process began to listen.
func (b *base) listens(is bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.met = nil; !is {
		b.met = map[string]bool{}
	}
}

// sight reads the messages first and the entity afterwards, so that the entity is never older than a message. Where it says
// that the session is over, the last words may have come between the two; so they are read again.
func (v *visit) sight(ctx context.Context) error {
	messages, err := v.messagesOf(ctx, "read", v.ref, v.note.Seen)
	if err == nil {
		v.messages = messages
		v.chat, err = v.chatOf(ctx, "read", v.ref)
	}
	if err == nil && v.chat.stand() == over {
		v.messages, err = v.messagesOf(ctx, "read", v.ref, v.note.Seen)
	}
	if errors.Is(err, errNotFound) {
		v.chat, v.messages, err = nil, nil, nil
	}
	return err
}

// forgetStranger leaves a session that is none of ours alone, for as long as nothing else is known of it. One that is being
// opened in the customer's seat may have got its note since it was read here: there nothing is kept of strangers.
func (v *visit) forgetStranger(ctx context.Context) error {
	if v.kept.note != nil || v.config.Seat == SeatCustomer {
		return nil
	}
	return v.forget(ctx)
}

// forget takes away everything that is kept of the session.
func (v *visit) forget(ctx context.Context) error {
	if v.note.Opening != "" {
		if err := v.Memory.Forget(ctx, v.Name, v.note.Opening); err != nil {
			return err
		}
	}
	return v.Memory.Forget(ctx, v.Name, v.ref)
}

// tell gives the engine one fact of this session and takes its place in the count.
func (v *visit) tell(ctx context.Context, kind string, ev *orchestrator.Event) error {
	ev.Desk = v.Name
	if ev.Actor.Role == "" {
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(v.Name)}
	}
	counted := ev.ID == ""
	if counted {
		ev.ID = v.id(ev)
	}
	v.seat.address(v, ev)
	if v.unheard && kind != "" {
		if err := v.Report.TellMissed(ctx, kind, *ev); err != nil {
			return err
		}
	} else {
		receipt, err := v.Report.Tell(ctx, *ev)
		if err != nil {
			return err
		}
		if receipt.Conversation != nil {
			v.conversation, v.note.Conversation = receipt.Conversation, receipt.Conversation.ID
		}
	}
	if counted {
		v.note.Turn++
	}
	return nil
}

// id derives from the session, how much was told of it, and what this is.
func (v *visit) id(ev *orchestrator.Event) orchestrator.EventID {
	id := string(v.Name) + ":" + v.ref + ":" + number(v.note.Turn).String() + ":" + string(ev.Type)
	if ev.Agent != nil {
		id += ":" + string(ev.Agent.ID)
	}
	return orchestrator.EventID(id)
}
