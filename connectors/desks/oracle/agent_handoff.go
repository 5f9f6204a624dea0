package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// Open hands the bot's engagement over: context first, then rerouteEngagement, then the engine is told that people have it.
// Each step is noted, so that a repetition goes on where the last attempt stopped.
func (a *agentSeat) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	ref := cmd.To.Ref
	to, err := a.target(cmd.Waiting.Queue)
	if err != nil {
		return "", err
	}
	c, err := a.note(ctx, ref)
	if err != nil {
		return "", a.Broken("open", err)
	}
	switch {
	case c == nil || c.State == stateOver:
		return ref, nil // not with us: handed over already, or its end is on its way
	case c.State == stateHanded && c.Handover == cmd.ID:
		return ref, a.tellHandedOver(ctx, ref, cmd)
	case c.State == stateHanded:
		return ref, nil
	}
	unsure := c.State == stateHanding
	if !unsure {
		if err := a.prepare(ctx, ref, cmd, to); err != nil {
			a.lostBy(ctx, ref, c, err)
			return "", err
		}
		c.State, c.Handover = stateHanding, cmd.ID
		if err := a.Keep(ctx, ref, noteChat, c); err != nil {
			return "", a.Broken("open", err)
		}
	}
	return a.reroute(ctx, ref, c, cmd, unsure)
}

// reroute is the handoff itself. After an attempt whose answer was lost, that Oracle has no such engagement of the bot's
// means that the attempt arrived.
func (a *agentSeat) reroute(
	ctx context.Context, ref string, c *agentNote, cmd *orchestrator.Command, unsure bool,
) (string, error) {
	_, err := a.call(ctx, "rerouteEngagement", engagementBody{EngagementID: json.Number(ref), TimeCreated: a.Clock.Now().UnixMilli()})
	switch {
	case err == nil, unsure && (hasCode(err, conflict) || unknownToOracle(err)):
	case orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown:
		return "", err
	case unsure && orchestrator.OutcomeOf(err) == orchestrator.OutcomeRetry:
		return "", err
	default: // it did not happen: the bot still has it
		c.State, c.Handover = stateOurs, ""
		if kept := a.Keep(ctx, ref, noteChat, c); kept != nil {
			return "", a.Broken("open", kept)
		}
		a.lostBy(ctx, ref, c, err)
		return "", err
	}
	c.State, c.Handover = stateHanded, cmd.ID
	if err := a.Keep(ctx, ref, noteChat, c); err != nil {
		return "", a.Broken("open", err)
	}
	return ref, a.tellHandedOver(ctx, ref, cmd)
}

// tellHandedOver tells the engine that people have it: our part ends here.
func (a *agentSeat) tellHandedOver(ctx context.Context, ref string, cmd *orchestrator.Command) error {
	for _, ev := range a.HandedOver(a.Queue(cmd.Waiting.Queue)) {
		ev.ID = orchestrator.EventID("oracle:" + string(cmd.ID) + ":" + string(ev.Type))
		ev.Conversation, ev.Handoff = cmd.Conversation, cmd.Handoff
		if _, err := a.Report.Tell(ctx, ev); err != nil {
			return a.Broken("open", err)
		}
	}
	return a.Broken("open", a.release(ctx, ref))
}

// prepare asks who is there, where that is wanted, and gives people the context: the question that stands above the
// engagement, what the routing rules look at, and a note that only agents see.
func (a *agentSeat) prepare(ctx context.Context, ref string, cmd *orchestrator.Command, to target) error {
	record, err := a.Record(ctx, cmd.Conversation)
	if err != nil {
		return a.Broken("open", err)
	}
	asked := question(cmd, record)
	if err := a.describe(ctx, ref, cmd, to, asked); err != nil {
		return err
	}
	if a.config.AskBeforeHandoff {
		if err := a.checkAvailability(ctx, ref); err != nil {
			return err
		}
	}
	if asked == "" {
		return nil
	}
	whisper := *cmd
	whisper.ID += ".note"
	whisper.Message = &orchestrator.Message{Text: asked}
	err = a.post(ctx, ref, &whisper, "NOT_ENDUSER")
	if err != nil && !hasCode(err, conflict) && !unknownToOracle(err) && frame.Refused(err) {
		a.Log.WarnContext(ctx, "the note for people could not be posted", "ref", ref, "error", err)
		return nil // they have the question
	}
	return err
}

// describe sets the engagement's properties. Which of them could not be set is no reason to keep the customer waiting.
func (a *agentSeat) describe(
	ctx context.Context, ref string, cmd *orchestrator.Command, to target, asked string,
) error {
	properties := map[string]string{}
	first, last, _ := strings.Cut(strings.TrimSpace(cmd.Customer.Name), " ")
	for name, value := range map[string]string{
		"QUESTION": asked, "PRODUCT_ID": to.product, "CATEGORY_ID": to.category, "FIRST_NAME": first,
		"LAST_NAME": strings.TrimSpace(last), "EMAIL": cmd.Customer.Email,
	} {
		if value != "" {
			properties[name] = value
		}
	}
	if len(properties) == 0 {
		return nil
	}
	_, err := a.call(ctx, "modifyProperties", map[string]any{"engagementId": json.Number(ref), "type": "USER", "propertiesMap": properties})
	if err != nil && !hasCode(err, engagementUnknown, conflict) &&
		frame.Refused(err) {
		a.Log.WarnContext(ctx, "an engagement could not be described", "ref", ref, "error", err)
		return nil
	}
	return err
}

// checkAvailability lets the handoff fail when Oracle says outright that nobody is there. Anything else lets it go on: the
// answer is a guess, and its fields are not documented.
func (a *agentSeat) checkAvailability(ctx context.Context, ref string) error {
	e, err := a.availability(ctx, ref)
	switch seen := looked(&e); {
	case unknownToOracle(err):
		return err
	case err != nil:
		a.Log.InfoContext(ctx, "Oracle does not say who is there", "ref", ref, "error", err)
	case e.AvailableAgents != nil && seen.Online == 0, e.AvailableAgents == nil && e.AvailableSessions != nil && seen.Ready == 0:
		return a.Permanent("rerouteAvailability", "nobody", errors.New("nobody is there for it, the vendor says"))
	}
	return nil
}
