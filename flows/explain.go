package flows

import (
	"fmt"
	"slices"
	"strings"

	"handoff/orchestrator"
)

// rules are the policy in plain words, one sentence each.
func (p *Policy) rules() []string {
	d := p.Deadlines
	rules := []string{
		fmt.Sprintf("A handoff that names no queue goes to queue %s at desk %s.", p.Queue, p.Desk),
		p.Hours.words(),
		p.limitWords(),
		fmt.Sprintf("An offer rings at one person for %s; who declines or lets it ring is offered everything else first, "+
			"and the same chat again after %s.", shown(d.Offered), shown(p.OfferAgainAfter)),
	}
	for i, step := range p.Overflow {
		rules = append(rules, fmt.Sprintf("After %s of waiting it goes on to queue %s at desk %s (step %d of %d).",
			shown(step.After), step.To.Queue, step.To.Desk, i+1, len(p.Overflow)))
	}
	rules = append(rules,
		fmt.Sprintf("Whoever waits longer than %s %s.", shown(d.Queued), p.OnQueueTimeout.words()),
		fmt.Sprintf("When the desk fails, the conversation %s.", p.OnDeskFailed.words()),
		fmt.Sprintf("A transfer to a person rings for %s; until it is accepted the first person keeps the chat.",
			shown(d.Transferring)),
		p.idleWords("With the bot", bot), p.idleWords("With a person", agent), p.idleWords("In a conference",
			conference),
		fmt.Sprintf("A customer on the web channel who has not fetched for %s is gone.", shown(p.CustomerDeadAfter)),
		fmt.Sprintf("An agent who has not been heard of for %s is gone, and their chats are queued again.",
			shown(p.AgentGoneAfter)),
		p.askingWords(),
		fmt.Sprintf("After-call work ends after %s.", shown(d.WrapUp)),
	)
	if p.WrapUp.Required {
		rules = append(rules, fmt.Sprintf("Completing needs a disposition: %s.", inWords(p.WrapUp.Dispositions)))
	} else if len(p.WrapUp.Dispositions) > 0 {
		rules = append(rules, fmt.Sprintf("A disposition is optional: %s.", inWords(p.WrapUp.Dispositions)))
	}
	return rules
}

func (p *Policy) limitWords() string {
	var parts []string
	if p.Limits.Handoffs > 0 {
		parts = append(parts, fmt.Sprintf("once people have given it back %d times, no further handoff is taken",
			p.Limits.Handoffs))
	}
	if p.Limits.CoolDown > 0 {
		parts = append(parts, fmt.Sprintf("the bot keeps it for at least %s after people gave it back",
			shown(p.Limits.CoolDown)))
	}
	if len(parts) == 0 {
		return "Handoffs are not limited."
	}
	text := strings.Join(parts, ", and ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func (p *Policy) idleWords(who string, s orchestrator.State) string {
	deadline, warning := p.Deadlines.of(s), p.Warnings.of(s)
	if warning == 0 {
		return fmt.Sprintf("%s, %s of silence end the chat.", who, shown(deadline))
	}
	return fmt.Sprintf("%s, %s of silence end the chat; the customer is warned after %s.", who, shown(deadline),
		shown(warning))
}

func (f Fallback) words() string {
	switch {
	case f.To != nil:
		return fmt.Sprintf("goes on to queue %s at desk %s, and from there back to the bot with an apology",
			f.To.Queue, f.To.Desk)
	case f.Abandon:
		return "is let go with a farewell"
	default:
		return "goes back to the bot with an apology"
	}
}

// words says what the policy does when the bot has failed.
func (r Rescue) words() string {
	switch {
	case r.Tell:
		return "the customer is told, and the bot is tried again"
	case r.To != nil:
		return fmt.Sprintf("a person is asked for in queue %s at desk %s", r.To.Queue, r.To.Desk)
	default:
		return "a person is asked for"
	}
}

// Explain says what happens on an event in a state under this policy, or why it is refused.
func (f *Flow) Explain(state orchestrator.State, on orchestrator.EventType) string {
	if !state.Valid() {
		return fmt.Sprintf("There is no state %q. There is %s.", state, listedStates(orchestrator.States()))
	}
	if _, known := rules[on]; !known {
		return fmt.Sprintf("There is no event %q. There is %s.", on, listedEvents())
	}
	head := fmt.Sprintf("%s in state %s: ", on, state)
	to, err := destination(state, on)
	fact, aside := slices.Contains(facts[on], state), carriedIn(state, on)
	var body string
	switch {
	case err == nil && aside:
		body = fmt.Sprintf("the conversation goes to %s, or stays in %s.", to, state)
	case err == nil:
		body = fmt.Sprintf("the conversation goes to %s.", to)
	case fact:
		body = "the situation or the policy chooses what it becomes; the timeline keeps both."
	case aside:
		body = "it is taken and the conversation stays where it is."
	default:
		return head + f.refusedWords(on)
	}
	if more := f.detail(state, on); more != "" {
		body += " " + more
	}
	return head + body
}

// refusedWords says where an event is taken that is refused here.
func (f *Flow) refusedWords(on orchestrator.EventType) string {
	var states []orchestrator.State
	for _, s := range orchestrator.States() {
		_, err := destination(s, on)
		if err == nil || carriedIn(s, on) || slices.Contains(facts[on], s) {
			states = append(states, s)
		}
	}
	if len(states) == 0 {
		return "refused. It is only ever added by a decision."
	}
	return fmt.Sprintf("refused with %s. It is taken in %s.", orchestrator.CodeStateConflict, listedStates(states))
}

// detail adds what the policy says about an event.
func (f *Flow) detail(state orchestrator.State, on orchestrator.EventType) string {
	p := &f.policy
	switch on { //nolint:exhaustive // most events have nothing in the policy
	case handoffRequested:
		if carriedIn(state, on) {
			return "The answer is what stands already."
		}
		return "Refused with a notice, and kept by the bot, when closed, over the limits, or nobody is online. " +
			p.limitWords()
	case offer:
		return fmt.Sprintf("It rings for %s.", shown(p.Deadlines.Offered))
	case declined, offerExpired:
		return fmt.Sprintf("It goes to the front of its queue; that person is asked again when nothing else waits for them, "+
			"after %s at the earliest.", shown(p.OfferAgainAfter))
	case accepted:
		if state.Served() {
			return "Who was invited joins, the target of a transfer has it, a supervisor takes it over; " +
				"all others are refused with the owner's name."
		}
		return "Exactly one person wins; all others are refused with the owner's name."
	case orchestrator.EventQueueTimedOut:
		return fmt.Sprintf("After %s it %s.", shown(p.Deadlines.Queued), p.OnQueueTimeout.words())
	case orchestrator.EventBotFailed:
		return "It is told to the customer, once for each outage; " + p.OnBotFailed.words() + "."
	case reopened:
		return "The person of the wrap-up goes on with the customer, unless the bot has the conversation back."
	case orchestrator.EventUnconfigured:
		return "It goes to the queue of the flow; a flow that is missing is replaced."
	case orchestrator.EventDeskFailed:
		return fmt.Sprintf("It %s.", p.OnDeskFailed.words())
	case overflowed:
		return fmt.Sprintf("The chain has %d steps; it keeps its place by first wait.", len(p.Overflow))
	case transferredToQueue, requeued:
		return "It keeps its place by first wait; who had it is not asked next."
	case transferRequested:
		return fmt.Sprintf("The first person keeps the chat until the other accepts, for at most %s.",
			shown(p.Deadlines.Transferring))
	case agentLeft:
		return "When one person remains, that one owns it."
	case chatEnded:
		return "With on_end return_to_bot the bot controls at once; otherwise nobody does."
	case completedEvent, wrapUpTimedOut:
		if state.Served() || state == wrapUp {
			return "With on_end return_to_bot and the customer there it is resumed by the bot instead."
		}
	case idleTimedOut, orchestrator.EventIdleWarned:
		return p.idleWords("Here", state)
	case customerDead:
		return fmt.Sprintf("The customer's client has not fetched for %s.", shown(p.CustomerDeadAfter))
	case orchestrator.EventMessage:
		return "Words of the customer go to who controls and are kept while nobody does; " +
			"words of anybody else are taken only from who controls."
	}
	return ""
}

func listedStates(states []orchestrator.State) string {
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = string(s)
	}
	return inWords(names)
}

func listedEvents() string {
	names := make([]string, 0, len(rules))
	for on := range rules {
		names = append(names, string(on))
	}
	slices.Sort(names)
	return inWords(names)
}
