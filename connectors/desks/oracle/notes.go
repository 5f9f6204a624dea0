package oracle

import (
	"context"
	"encoding/json"

	"handoff/orchestrator"
)

// Names under which an engagement's notes lie in the desk's memory, beside the poster's.
const (
	noteChat   = "chat"     // how it is called, with credentials
	noteHeard  = "standing" // what has been heard of it
	noteEnding = "ending"   // we end it ourselves
	noteLost   = "lost"     // Oracle does not go on with it; not told yet
	noteOpened = "opened"   // under the conversation's id: which engagement a command got
)

// customerNote is what calls for an engagement need.
type customerNote struct {
	At           server                      `json:"at"`
	Token        string                      `json:"token"`
	Session      string                      `json:"session"`
	Client       string                      `json:"client"` // the customer's client id in it
	Conversation orchestrator.ConversationID `json:"conversation"`
	Handoff      int                         `json:"handoff"`
	Queue        int64                       `json:"queue"`
	Who          sessionInformation          `json:"who"`

	ending, lost bool
}

// customerHeard is how an engagement stands, as far as it was heard and told.
type customerHeard struct {
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

// States of an engagement of the bot's.
const (
	stateOffered = "offered" // we answer the offer; whether the answer arrived is not known
	stateOurs    = "ours"
	stateHanding = "handing" // rerouteEngagement was called; whether it arrived is not known
	stateHanded  = "handed"  // it is with people; the engine is being told
	stateOver    = "over"    // ended or taken, not forgotten yet
)

// agentNote is what is remembered of an engagement of the bot's. How it stands is written by whoever listens and by commands,
// in their processes; what is known of it lies in a note of its own, so that neither overwrites what the other has just learned.
type agentNote struct {
	State      string                 `json:"state"`
	Offer      string                 `json:"offer"`              // which offer it came with
	Handover   orchestrator.CommandID `json:"handover,omitempty"` // the command of the handoff under way
	EndTold    *endTold               `json:"farewell,omitempty"` // how it ended, if that was not the bot's own doing
	agentKnown `json:"-"`
}

// with reports whether the bot has the engagement.
func (c *agentNote) with() bool {
	return c != nil && c.State != stateOver && c.State != stateHanded
}

// endTold is what is told of an engagement that ended, or was taken from the bot. It is written down before it is told: the
// command that follows from it must find that the end is seen to, and whoever logs in after a crash tells it again.
type endTold struct {
	Type   orchestrator.EventType `json:"type"`
	Reason string                 `json:"reason"`
}

// noteKnown is the name under which lies what is known of an engagement.
const noteKnown = "known"

// agentKnown is what is known of an engagement. It is written by whoever listens only.
type agentKnown struct {
	Client       string                      `json:"client,omitempty"` // the customer's client id
	Customer     orchestrator.Customer       `json:"customer"`
	Begun        bool                        `json:"begun,omitempty"` // its conversation was told
	Conversation orchestrator.ConversationID `json:"conversation,omitempty"`
}

// notes reads an engagement's notes; nil if there is none, or it is over.
func (s *customerSeat) notes(ctx context.Context, ref string) (*customerNote, customerHeard, error) {
	var c *customerNote
	at := customerHeard{Transaction: 1}
	var ending, lost json.RawMessage
	err := s.Read(ctx, ref, map[string]any{noteChat: &c, noteHeard: &at, noteEnding: &ending, noteLost: &lost})
	if err != nil || c == nil {
		return nil, at, err
	}
	c.ending, c.lost = len(ending) > 0, len(lost) > 0
	return c, at, nil
}

// remember notes which engagement the command got, and then how it is called: the second note is what makes processes listen
// to it. If we die between the two, nobody polls the engagement and Oracle ends it.
func (s *customerSeat) remember(ctx context.Context, ref string, c *customerNote, id orchestrator.CommandID) error {
	if err := s.Keep(ctx, string(c.Conversation), noteOpened, openedNote{id, ref}); err != nil {
		return err
	}
	return s.Keep(ctx, ref, noteChat, c)
}

func (s *customerSeat) openedBy(ctx context.Context, id orchestrator.ConversationID) (openedNote, error) {
	var o openedNote
	err := s.Read(ctx, string(id), map[string]any{noteOpened: &o})
	return o, err
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

// note reads what is remembered; nil if there is nothing.
func (a *agentSeat) note(ctx context.Context, ref string) (*agentNote, error) {
	var c *agentNote
	var known agentKnown
	err := a.Read(ctx, ref, map[string]any{noteChat: &c, noteKnown: &known})
	if err != nil || c == nil {
		return nil, err
	}
	c.agentKnown = known
	return c, nil
}
