package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"time"

	"handoff/connectors/internal/drift"
	"handoff/connectors/internal/session"
	"handoff/orchestrator"
)

// Names under which an engagement's notes lie in the desk's memory, beside the poster's.
const (
	noteChat     = "chat"     // how it is called, with credentials
	noteStanding = "standing" // what has been heard of it
	noteEnding   = "ending"   // we end it ourselves
	noteLost     = "lost"     // Oracle does not go on with it; not told yet
	noteOpened   = "opened"   // under the conversation's id: which engagement a command got
)

// resumeLease bounds how long a process that gets a new session keeps others from doing the same.
const resumeLease = 30 * time.Second

// errLost: the engagement of a session that Oracle does not know any more is over.
var errLost = errors.New("the engagement is over")

// customerChat is what calls for an engagement need.
type customerChat struct {
	At           route                       `json:"at"`
	Token        string                      `json:"token"`
	Session      string                      `json:"session"`
	Client       string                      `json:"client"` // the customer's client id in it
	Conversation orchestrator.ConversationID `json:"conversation"`
	Handoff      int                         `json:"handoff"`
	Queue        int64                       `json:"queue"`
	Who          sessionInformation          `json:"who"`

	ending, lost bool
}

// standing is how an engagement stands, as far as it was heard and told.
type standing struct {
	// Transaction is the number of the next getMessages. It grows when everything that came has been told.
	Transaction int64                         `json:"transaction"`
	Lead        string                        `json:"lead,omitempty"` // client id of the person who serves
	People      map[string]orchestrator.Agent `json:"people,omitempty"`
	// LeadLeft: the only person went, and Oracle has not said yet what follows: the end, the queue, or somebody else.
	LeadLeft string `json:"lead_left,omitempty"`
	Position int    `json:"position,omitempty"`
	WaitMS   int64  `json:"wait_ms,omitempty"`
}

// openedNote is which engagement a command got.
type openedNote struct {
	Command orchestrator.CommandID `json:"command"`
	Ref     string                 `json:"ref"`
}

// kept reads an engagement's notes; nil if there is none, or it is over.
func (s *customerSeat) kept(ctx context.Context, ref string) (*customerChat, standing, error) {
	at := standing{Transaction: 1}
	if ref == "" {
		return nil, at, nil
	}
	notes, err := s.Memory.Kept(ctx, s.Name, ref)
	if err != nil || len(notes[noteChat]) == 0 {
		return nil, at, err
	}
	var c customerChat
	if err := json.Unmarshal(notes[noteChat], &c); err != nil {
		return nil, at, err
	}
	if raw := notes[noteStanding]; len(raw) > 0 {
		if err := json.Unmarshal(raw, &at); err != nil {
			return nil, at, err
		}
	}
	c.ending, c.lost = len(notes[noteEnding]) > 0, len(notes[noteLost]) > 0
	return &c, at, nil
}

// remember notes which engagement the command got, and then how it is called: the second note is what makes processes listen
// to it. If we die between the two, nobody polls the engagement and Oracle ends it.
func (s *customerSeat) remember(ctx context.Context, ref string, c *customerChat, id orchestrator.CommandID) error {
	if err := s.Keep(ctx, string(c.Conversation), noteOpened, openedNote{id, ref}); err != nil {
		return err
	}
	return s.Keep(ctx, ref, noteChat, c)
}

func (s *customerSeat) openedBy(ctx context.Context, id orchestrator.ConversationID) (openedNote, error) {
	var o openedNote
	notes, err := s.Memory.Kept(ctx, s.Name, string(id))
	if err != nil || len(notes[noteOpened]) == 0 {
		return o, err
	}
	return o, json.Unmarshal(notes[noteOpened], &o)
}

// forget takes everything about an engagement away.
func (s *customerSeat) forget(ctx context.Context, ref string, id orchestrator.ConversationID) error {
	o, err := s.openedBy(ctx, id)
	if err == nil && o.Ref == ref {
		err = s.Memory.Forget(ctx, s.Name, string(id))
	}
	if err != nil {
		return err
	}
	return s.Memory.Forget(ctx, s.Name, ref)
}

// resume gets a new session for an engagement whose session Oracle does not know any more, once however many calls found
// out. Errors: errLost when Oracle begins another engagement instead, which is ended at once.
func (s *customerSeat) resume(ctx context.Context, ref string, expired *customerChat) (*customerChat, error) {
	unlock, err := s.lock(ctx, ref)
	if err != nil {
		return nil, s.Broken("resume", err)
	}
	defer unlock()
	var next *customerChat
	held, err := s.Memory.Exclusive(ctx, "oracle:"+string(s.Name)+":"+ref, resumeLease, func(ctx context.Context) error {
		c, _, err := s.kept(ctx, ref)
		switch {
		case err != nil:
			return s.Broken("resume", err)
		case c == nil || c.ending || c.lost:
			return s.Permanent("resume", codeGone, errors.New("the engagement is over"))
		case c.Session != expired.Session:
			next = c
			return nil
		}
		got, err := s.request(ctx, c, true)
		switch {
		case err != nil && orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent && !errors.Is(err, session.ErrRefused):
			return s.lost(ctx, ref, err)
		case err != nil:
			return err
		case got != ref:
			s.giveUp(ctx, got, c)
			return s.lost(ctx, ref, errors.New("another engagement was begun"))
		}
		next = c
		return s.Broken("resume", s.Keep(ctx, ref, noteChat, c))
	})
	if err == nil && !held {
		err = s.Broken("resume", errors.New("another process gets a new session for it"))
	}
	return next, err
}

// lost notes that an engagement cannot be resumed, so that no other call tries: each time another engagement might begin. It
// answers the failure of the call that found out. Whoever listens tells it.
func (s *customerSeat) lost(ctx context.Context, ref string, why error) error {
	s.Log.InfoContext(ctx, "an engagement cannot be resumed", "ref", ref, "why", why)
	if err := s.Memory.Keep(ctx, s.Name, ref, noteLost, []byte("1")); err != nil {
		return s.Broken("resume", err)
	}
	return s.Permanent("resume", codeGone, errLost)
}

// mend tells that an engagement ended while its session was lost, and forgets it.
func (s *customerSeat) mend(ctx context.Context, ref string, c *customerChat) error {
	record, err := s.Memory.Load(ctx, c.Conversation)
	switch {
	case errors.Is(err, orchestrator.ErrNotFound):
	case err != nil:
		return err
	case record.DeskRef == "" || record.DeskRef == ref:
		truth := drift.Truth{Stand: drift.Over, Mark: ref}
		if err := s.Report.Mend(ctx, record, truth, func(ev *orchestrator.Event) { ev.Conversation = record.ID }); err != nil {
			return err
		}
	}
	return s.forget(ctx, ref, c.Conversation)
}

// lock keeps two calls of this process from changing an engagement's session at once.
func (s *customerSeat) lock(ctx context.Context, ref string) (unlock func(), err error) {
	h := fnv.New32a()
	h.Write([]byte(ref))
	lock := s.locks[h.Sum32()%stripes]
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
