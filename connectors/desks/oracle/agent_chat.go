package oracle

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"handoff/orchestrator"
)

// States of an engagement of the bot's.
const (
	stateOffered = "offered" // we answer the offer; whether the answer arrived is not known
	stateOurs    = "ours"
	stateHanding = "handing" // rerouteEngagement was called; whether it arrived is not known
	stateHanded  = "handed"  // it is with people; the engine is being told
	stateOver    = "over"    // ended, not released yet
)

// agentChat is what is remembered of an engagement of the bot's.
type agentChat struct {
	State        string                      `json:"state"`
	Offer        string                      `json:"offer"`            // which offer it came with
	Client       string                      `json:"client,omitempty"` // the customer's client id
	Customer     orchestrator.Customer       `json:"customer"`
	Conversation orchestrator.ConversationID `json:"conversation,omitempty"`
	Handover     orchestrator.CommandID      `json:"handover,omitempty"` // the command of the handoff under way
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
	notes, err := a.memory.Kept(ctx, a.config.Name, ref)
	if err != nil || len(notes[noteChat]) == 0 {
		return nil, err
	}
	var c agentChat
	if err := json.Unmarshal(notes[noteChat], &c); err != nil {
		return nil, err
	}
	return &c, nil
}

// address completes a fact about an engagement: its conversation is found by the desk's own id for it.
func (a *agentSeat) address(ref string) func(*orchestrator.Event) {
	return func(ev *orchestrator.Event) {
		ev.Bot, ev.External = a.config.Bot, string(a.config.Name)+":"+ref
		ev.Channel, ev.Ref, ev.Desk = string(a.config.Name), ref, a.config.Name
		if ev.Actor.Role == "" {
			ev.Actor = orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(a.config.Name)}
		}
	}
}

// tell tells a fact about an engagement.
func (a *agentSeat) tell(ctx context.Context, ref, id string, ev orchestrator.Event) (orchestrator.Receipt, error) {
	if ev.Type != orchestrator.EventTyping {
		ev.ID = orchestrator.EventID("oracle:" + ref + ":" + id)
	}
	a.address(ref)(&ev)
	return a.report.Tell(ctx, ev)
}

// start begins the conversation of an engagement that the bot has taken. The name is what the offer, the participants or the
// customer's own message said.
func (a *agentSeat) start(ctx context.Context, ref string, c *agentChat) error {
	receipt, err := a.tell(ctx, ref, "started:"+c.Offer, orchestrator.Event{
		Type: orchestrator.EventStarted, Customer: &c.Customer, Actor: a.customer(c),
	})
	if err != nil {
		return err
	}
	c.State = stateOurs
	if receipt.Conversation != nil {
		c.Conversation = receipt.Conversation.ID
	}
	return a.keep(ctx, ref, noteChat, c)
}

func (a *agentSeat) customer(c *agentChat) orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: c.Customer.ID, Name: c.Customer.Name}
}

// taken tells that the engagement is not the bot's any more although we did not hand it over: Oracle missed us and gave it
// to people, or somebody took it.
func (a *agentSeat) taken(ctx context.Context, ref string, c *agentChat, why string) error {
	_, err := a.tell(ctx, ref, "over:"+c.Offer, orchestrator.Event{
		Type: orchestrator.EventCompleted, Reason: "taken over by the desk: not visible from here (" + why + ")",
	})
	if err != nil {
		return err
	}
	return a.release(ctx, ref)
}

// customerLeft tells that the customer ended it. The bot's seat is still to be released.
func (a *agentSeat) customerLeft(ctx context.Context, ref string, c *agentChat, why string) error {
	_, err := a.tell(ctx, ref, "over:"+c.Offer, orchestrator.Event{
		Type: orchestrator.EventCustomerLeft, Reason: why, Actor: a.customer(c),
	})
	if err != nil {
		return err
	}
	c.State = stateOver
	return a.keep(ctx, ref, noteChat, c)
}

// lostBy tells what a refusal of Oracle's means for the engagement, when it means that the bot does not have it any more.
func (a *agentSeat) lostBy(ctx context.Context, ref string, c *agentChat, failure error) {
	var err error
	switch {
	case refused(failure, conflict):
		err = a.taken(ctx, ref, c, conflict)
	case refused(failure, engagementUnknown):
		if err = a.customerLeft(ctx, ref, c, engagementUnknown); err == nil {
			err = a.finish(ctx, ref)
		}
	}
	if err != nil {
		a.log.WarnContext(ctx, "an engagement that is over could not be told or released", "ref", ref, "error", err)
	}
}

// fullName joins what there is of a name.
func fullName(name, first, last text) string {
	return clip(cmp.Or(string(name), strings.TrimSpace(string(first)+" "+string(last))))
}
