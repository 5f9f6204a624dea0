package oracle

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"handoff/orchestrator"
)

// States of an engagement of the bot's.
const (
	stateOffered = "offered" // we answer the offer; whether the answer arrived is not known
	stateOurs    = "ours"
	stateHanding = "handing" // rerouteEngagement was called; whether it arrived is not known
	stateHanded  = "handed"  // it is with people; the engine is being told
	stateOver    = "over"    // ended or taken, not forgotten yet
)

// agentChat is what is remembered of an engagement of the bot's. How it stands is written by whoever listens and by commands,
// in their processes; what is known of it lies in a note of its own, so that neither overwrites what the other has just learned.
type agentChat struct {
	State    string                 `json:"state"`
	Offer    string                 `json:"offer"`              // which offer it came with
	Handover orchestrator.CommandID `json:"handover,omitempty"` // the command of the handoff under way
	Farewell *farewell              `json:"farewell,omitempty"` // how it ended, if that was not the bot's own doing
	known    `json:"-"`
}

// farewell is what is told of an engagement that ended, or was taken from the bot. It is written down before it is told: the
// command that follows from it must find that the end is seen to, and whoever logs in after a crash tells it again.
type farewell struct {
	Type   orchestrator.EventType `json:"type"`
	Reason string                 `json:"reason"`
}

// noteKnown is the name under which lies what is known of an engagement.
const noteKnown = "known"

// known is what is known of an engagement. It is written by whoever listens only.
type known struct {
	Client       string                      `json:"client,omitempty"` // the customer's client id
	Customer     orchestrator.Customer       `json:"customer"`
	Begun        bool                        `json:"begun,omitempty"` // its conversation was told
	Conversation orchestrator.ConversationID `json:"conversation,omitempty"`
}

// with reports whether the bot has the engagement.
func (c *agentChat) with() bool {
	return c != nil && c.State != stateOver && c.State != stateHanded
}

// kept reads what is remembered; nil if there is nothing.
func (a *agentSeat) kept(ctx context.Context, ref string) (*agentChat, error) {
	if ref == "" {
		return nil, nil //nolint:nilnil // no handle, no engagement
	}
	notes, err := a.Memory.Kept(ctx, a.Name, ref)
	if err != nil || len(notes[noteChat]) == 0 {
		return nil, err
	}
	var c agentChat
	if err := json.Unmarshal(notes[noteChat], &c); err != nil {
		return nil, err
	}
	if len(notes[noteKnown]) > 0 {
		if err := json.Unmarshal(notes[noteKnown], &c.known); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// address completes a fact about an engagement: its conversation is found by the desk's own id for it.
func (a *agentSeat) address(ref string) func(*orchestrator.Event) {
	return func(ev *orchestrator.Event) {
		ev.Bot, ev.External = a.config.Bot, string(a.Name)+":"+ref
		ev.Channel, ev.Ref, ev.Desk = string(a.Name), ref, a.Name
		if ev.Actor.Role == "" {
			ev.Actor = orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(a.Name)}
		}
	}
}

// tell tells a fact about an engagement.
func (a *agentSeat) tell(ctx context.Context, ref, id string, ev orchestrator.Event) (orchestrator.Receipt, error) {
	if ev.Type != orchestrator.EventTyping {
		ev.ID = orchestrator.EventID("oracle:" + ref + ":" + id)
	}
	a.address(ref)(&ev)
	return a.Report.Tell(ctx, ev)
}

// start begins the conversation of an engagement that the bot has taken. The name is what the offer, the participants or the
// customer's own message said. That it is ours is written first: the bot may hand it over as soon as it is told.
func (a *agentSeat) start(ctx context.Context, ref string, c *agentChat) error {
	if c.State == stateOffered {
		c.State = stateOurs
		if err := a.Keep(ctx, ref, noteChat, c); err != nil {
			return err
		}
	}
	receipt, err := a.tell(ctx, ref, "started:"+c.Offer, orchestrator.Event{
		Type: orchestrator.EventStarted, Customer: &c.Customer, Actor: a.customer(c),
	})
	if err != nil {
		return err
	}
	c.Begun = true
	if receipt.Conversation != nil {
		c.Conversation = receipt.Conversation.ID
	}
	return a.Keep(ctx, ref, noteKnown, c.known)
}

func (a *agentSeat) customer(c *agentChat) orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: c.Customer.ID, Name: c.Customer.Name}
}

// taken: the engagement is not the bot's any more although we did not hand it over. Oracle missed us and gave it to people, or
// somebody took it.
func taken(why string) farewell {
	return farewell{orchestrator.EventCompleted, "taken over by the desk: not visible from here (" + why + ")"}
}

// customerLeft: the customer ended it.
func customerLeft(why string) farewell { return farewell{orchestrator.EventCustomerLeft, why} }

// leave tells how an engagement ended. What people have is forgotten; what the customer has left is to be finished.
func (a *agentSeat) leave(ctx context.Context, ref string, c *agentChat, how farewell, finish func(context.Context, string) error) error {
	c.State, c.Farewell = stateOver, &how
	if err := a.Keep(ctx, ref, noteChat, c); err != nil {
		return err
	}
	ev := orchestrator.Event{Type: how.Type, Reason: how.Reason}
	if how.Type == orchestrator.EventCustomerLeft {
		ev.Actor = a.customer(c)
	}
	if _, err := a.tell(ctx, ref, "over:"+c.Offer, ev); err != nil {
		return err
	}
	if how.Type == orchestrator.EventCustomerLeft {
		return finish(ctx, ref)
	}
	return a.release(ctx, ref)
}

// lostBy tells what a refusal of Oracle's means for the engagement, when it means that the bot does not have it any more.
func (a *agentSeat) lostBy(ctx context.Context, ref string, c *agentChat, failure error) {
	var how farewell
	switch {
	case refused(failure, conflict):
		how = taken(conflict)
	case refused(failure, engagementUnknown):
		how = customerLeft(engagementUnknown)
	case errors.Is(failure, errNotFound):
		switch a.whoseNow(ctx, ref) {
		case leadTaken:
			how = taken(unknownException)
		case leadGone:
			how = customerLeft(engagementUnknown)
		case leadOurs, leadUnclear:
			return
		}
	default:
		return
	}
	if err := a.leave(ctx, ref, c, how, a.finish); err != nil {
		a.Log.WarnContext(ctx, "an engagement that is over could not be told or released", "ref", ref, "error", err)
	}
}

// fullName joins what there is of a name.
func fullName(name, first, last text) string {
	return clip(cmp.Or(string(name), strings.TrimSpace(string(first)+" "+string(last))))
}
