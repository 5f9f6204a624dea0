package flows

import (
	"handoff/orchestrator"
)

// Decide answers what an event does to a conversation, which is not changed. Errors: *orchestrator.Rejection when the
// event is refused and nothing is to be written, *orchestrator.InputError when it asks for what the policy does not
// know.
func (f *Flow) Decide(
	c *orchestrator.Conversation, ev *orchestrator.Event, now orchestrator.Moment,
) (*orchestrator.Decision, error) {
	rule, known := rules[ev.Type]
	if !known {
		return nil, &orchestrator.InputError{Status: 422, Code: "unknown-event-type",
			Detail: "there is no event of this type",
			Fields: []orchestrator.FieldError{{Pointer: "/type", Detail: "unknown type " + quoted(string(ev.Type))}}}
	}
	if c.Version == 0 { // it begins with this decision, whenever the record was made
		first := *c
		first.OpenedAt, first.EnteredAt = now, now
		c = &first
	}
	s := &step{flow: f, was: c, ev: ev, now: now, voice: voiceOf(c)}
	if err := s.guard(); err != nil {
		return nil, err
	}
	if ev.Type == orchestrator.EventTyping {
		return s.typing()
	}
	if ev.Type == handoffRequested && carriedIn(c.State, handoffRequested) { // what stands is the answer
		s.Next = c
		return &s.Decision, nil
	}
	if ev.Type == orchestrator.EventBotReached && !s.awaitsAnswer() {
		s.Next = c
		return &s.Decision, nil
	}
	next := *c // slices and maps are replaced, never written into, so sharing them is safe
	s.Next = &next
	if ev.Actor.Role == orchestrator.ActorBot {
		next.BotFailedAt, next.AwaitingBot, next.BotSpoke = 0, 0, c.Version+1 // it answers
	}
	s.count()
	if s.late && ev.Type != orchestrator.EventMessage && changesCourse(ev.Type) {
		s.takeLate()
		return s.finish(), nil
	}
	if err := rule(s); err != nil {
		return nil, err
	}
	return s.finish(), nil
}

// rules says what decides on each event.
var rules = map[orchestrator.EventType]func(*step) error{
	// words.go, message.go
	orchestrator.EventMessage:        (*step).onMessage,
	orchestrator.EventMessageRefused: (*step).onMessageRefused,
	orchestrator.EventTyping:         nil, // typing.go: never stored, so it has no rule here

	// request.go
	handoffRequested: (*step).onHandoffRequested,
	handoffCancelled: (*step).onHandoffCancelled,

	// waiting.go, fallback.go
	offer:                             (*step).onOffered,
	declined:                          (*step).onNotTaken,
	offerExpired:                      (*step).onNotTaken,
	overflowed:                        (*step).onOverflowed,
	orchestrator.EventPositionChanged: (*step).onPositionChanged,
	orchestrator.EventQueueTimedOut:   (*step).onQueueTimedOut,
	orchestrator.EventDeskFailed:      (*step).onDeskFailed,
	orchestrator.EventBotFailed:       (*step).onBotFailed,  // botfailed.go
	orchestrator.EventBotReached:      (*step).onBotReached, // botsilent.go
	abandonedByPolicy:                 (*step).onAbandoned,

	// serving.go, colleagues.go, gone.go
	accepted:                    (*step).onAccepted,
	orchestrator.EventInvited:   (*step).onInvited,
	agentJoined:                 (*step).onAgentJoined,
	agentLeft:                   (*step).onAgentLeft,
	orchestrator.EventAgentGone: (*step).onAgentGone,

	orchestrator.EventUnconfigured: (*step).onUnconfigured, // unconfigured.go

	// transfer.go, requeue.go
	transferRequested:  (*step).onTransferRequested,
	transferAccepted:   (*step).onTransferAccepted,
	transferFailed:     (*step).onTransferFailed,
	transferredToQueue: (*step).onTransferredToQueue,
	requeued:           (*step).onRequeued,
	returnedToBot:      (*step).onReturnedToBot,

	// ending.go
	chatEnded:                    (*step).onChatEnded,
	customerLeft:                 (*step).onCustomerGone,
	customerDead:                 (*step).onCustomerGone,
	orchestrator.EventIdleWarned: (*step).onIdleWarned,
	idleTimedOut:                 (*step).onIdleTimedOut,
	completedEvent:               (*step).onCompleted,

	// wrapup.go
	wrapUpTimedOut:   (*step).onWrapUpTimedOut,
	customerReturned: (*step).onCustomerReturned,
	resumed:          (*step).onResumed,
	reopened:         (*step).onReopened, // afterend.go

	// aside.go
	orchestrator.EventStarted:        (*step).onStarted,
	orchestrator.EventContextUpdated: (*step).onContextUpdated,
	orchestrator.EventCustomerSeen:   (*step).onCustomerSeen,
	orchestrator.EventRated:          (*step).onRated,
	orchestrator.EventNote:           (*step).onNote,
	orchestrator.EventMessageFailed:  (*step).onMessageFailed,
	orchestrator.EventDelivery:       (*step).onDelivery,
	orchestrator.EventDeskOpened:     (*step).onDeskOpened,
	orchestrator.EventRepaired:       (*step).onRepaired,
}

// Names of rules, as the timeline shows them. A rule of the policy is named by its configuration key.
const (
	ruleWords        = "who hears what"
	ruleControl      = "who controls"
	ruleStale        = orchestrator.RuleStale
	ruleAlreadyOpen  = "already open"
	ruleRequest      = "request"
	ruleSameAgent    = "same agent preferred"
	ruleCancelled    = "cancelled"
	ruleOffer        = "offer"
	ruleFirstWins    = "first to accept"
	ruleTake         = "supervisor takes"
	ruleAgentTakes   = "agents_may_take"
	ruleInvitation   = "invitation"
	ruleStays        = "who stays owns it"
	ruleKeepsUntil   = "kept until somebody else has it"
	rulePlaceKept    = "place by first wait"
	ruleAgentGone    = "agent_gone_after"
	ruleHandback     = "people are done"
	ruleEnded        = "ended"
	ruleGone         = "customer gone"
	ruleCompleted    = "completed"
	ruleReturns      = "on_end"
	ruleCustomerBack = "customer is back"
	ruleNoted        = "noted"
	ruleOldAttempt   = "an older attempt"

	ruleHours      = "hours"
	ruleNobody     = "nobody online"
	ruleHandoffs   = "limits.handoffs"
	ruleCoolDown   = "limits.cool_down"
	ruleOverflow   = "overflow"
	ruleDead       = "customer_dead_after"
	ruleConfigured = "what is configured"
	ruleQueueOut   = "on_queue_timeout"
	ruleDeskFailed = "on_desk_failed"
	ruleBotFailed  = "on_bot_failed"
	ruleBotSilent  = "bot_silent_after"
	ruleAfterEnd   = "on_word_after_end"
)

// changesCourse: events that a sender's newer ones may have overtaken, so that they must not be applied late.
func changesCourse(on orchestrator.EventType) bool {
	return moves[on] || facts[on] != nil || on == orchestrator.EventContextUpdated
}
