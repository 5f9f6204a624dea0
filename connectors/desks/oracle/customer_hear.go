package oracle

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"handoff/connectors/internal/plaintext"
	"handoff/orchestrator"
)

// hearing turns the messages of one engagement into facts.
type hearing struct {
	*customerSeat
	ref  string
	chat *customerNote
	at   *customerHeard
	// missed: it happened while nobody listened.
	missed bool
}

// hear tells what one message says. An error means that ctx has ended.
func (h *hearing) hear(ctx context.Context, n *note) (over bool, err error) {
	switch n.kind {
	case said:
		return false, h.word(ctx, n)
	case types:
		return false, h.types(ctx, n)
	case joined:
		return false, h.joined(ctx, n)
	case left:
		return false, h.left(ctx, n)
	case leads:
		return false, h.leads(ctx, n)
	case waits:
		return false, h.waits(ctx, n)
	case moved:
		return false, h.moved(ctx, n)
	case concluded:
		return true, h.concluded(ctx, n)
	case broken:
		h.Log.WarnContext(ctx, "Oracle reports an error in an engagement", "ref", h.ref)
	case presence, quiet, offered, unheard:
		h.Log.InfoContext(ctx, "a message was left aside", "ref", h.ref, "name", n.name)
	}
	return false, nil
}

// tell tells a fact that a message brings. Several facts of one message differ in the suffix.
func (h *hearing) tell(ctx context.Context, n *note, suffix string, ev orchestrator.Event) error {
	if ev.Type != orchestrator.EventTyping {
		ev.ID = orchestrator.EventID("oracle:" + h.ref + ":" + n.id(true) + suffix)
	}
	ev.Conversation, ev.Handoff, ev.At = h.chat.Conversation, h.chat.Handoff, n.at()
	return h.Report.TellHeard(ctx, ev, h.missed)
}

// person is the actor for a client id; false for the customer's own, and for whom nobody has introduced.
func (h *hearing) person(client string) (orchestrator.Actor, bool) {
	who, known := h.at.People[client]
	return orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(who.ID), Name: who.Name}, known
}

// word tells a text. Who is not introduced speaks for the desk, as Oracle does when its spam filter blocks a post.
func (h *hearing) word(ctx context.Context, n *note) error {
	if client := n.client(); client != "" && client == h.chat.Client {
		return nil // the customer's own, echoed
	}
	words := n.words()
	if words == "" {
		return nil
	}
	actor, known := h.person(n.client())
	if !known {
		actor = orchestrator.Actor{}
	}
	id := cmp.Or(clip(string(n.MessageID)), h.ref+"-"+n.id(true))
	return h.tell(ctx, n, "", orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: actor, Message: &orchestrator.Message{ID: id, Text: words},
	})
}

func (h *hearing) types(ctx context.Context, n *note) error {
	actor, known := h.person(n.client())
	if !known {
		return nil
	}
	return h.tell(ctx, n, "", orchestrator.Event{
		Type: orchestrator.EventTyping, Actor: actor, Typing: n.Mode == modeResponding,
	})
}

// joined: the first person takes the chat, a second leader takes it over, anybody else joins. Who comes first is in it
// before their greeting.
func (h *hearing) joined(ctx context.Context, n *note) error {
	client := n.client()
	if client == "" || client == h.chat.Client || n.Role == endUser {
		return nil
	}
	if _, again := h.at.People[client]; again {
		return nil
	}
	if err := h.requeued(ctx, n); err != nil {
		return err
	}
	who := h.name(n)
	events := []orchestrator.Event{{Type: orchestrator.EventAgentJoined, Agent: &who}}
	switch lead := n.Role == roleLead || n.Role == ""; {
	case h.at.Lead == "":
		events[0].Type = orchestrator.EventAccepted
		h.at.Lead, h.at.Position, h.at.WaitMS = client, 0, 0
	case lead: // transferred to a person, who leads already while the first is still in it
		events = []orchestrator.Event{
			{Type: orchestrator.EventTransferRequested, Agent: &who}, {Type: orchestrator.EventTransferAccepted, Agent: &who},
		}
		h.at.People = map[string]orchestrator.Agent{}
		h.at.Lead = client
	}
	for i := range events {
		if err := h.tell(ctx, n, ":"+string(events[i].Type), events[i]); err != nil {
			return err
		}
	}
	people := maps.Clone(h.at.People)
	if people == nil {
		people = map[string]orchestrator.Agent{}
	}
	people[client] = who
	h.at.People = people
	greeting := plaintext.FromMixed(string(n.Greeting))
	if greeting == "" {
		return nil
	}
	actor, _ := h.person(client)
	return h.tell(ctx, n, ":greeting", orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: actor,
		Message: &orchestrator.Message{ID: h.ref + "-" + n.id(true) + "-greeting", Text: greeting},
	})
}

// name is a person as the consumer's side knows them: by name only. Two of one name are told apart by their client ids.
func (h *hearing) name(n *note) orchestrator.Agent {
	name := clip(string(n.Name))
	if name == "" {
		return orchestrator.Agent{ID: orchestrator.AgentID("client-" + n.client())}
	}
	id := name
	for client, other := range h.at.People {
		if client != n.client() && string(other.ID) == name {
			id = name + " (" + n.client() + ")"
		}
	}
	return orchestrator.Agent{ID: orchestrator.AgentID(id), Name: name}
}

// left: a leader who is transferred to a queue leaves the engagement waiting; that is no end. When the only person goes for
// another reason, Oracle's next message says what it means.
func (h *hearing) left(ctx context.Context, n *note) error {
	client := n.client()
	who, in := h.at.People[client]
	lead := client == h.at.Lead && client != "" || n.Role == roleLead && h.at.Lead != ""
	switch {
	case lead && n.because() == toQueue:
		return h.queuedAgain(ctx, n, toQueue)
	case !in:
		return nil
	case lead && len(h.at.People) == 1:
		h.at.LeadLeft = cmp.Or(n.because(), participant)
		return nil
	}
	people := maps.Clone(h.at.People)
	delete(people, client)
	h.at.People = people
	if lead { // the colleague who came first owns it, until Oracle says who leads
		h.at.Lead = slices.Sorted(maps.Keys(people))[0]
	}
	return h.tell(ctx, n, "", orchestrator.Event{Type: orchestrator.EventAgentLeft, Agent: &who, Reason: n.because()})
}

// requeued tells that the chat waits again, where the only person went and Oracle goes on with it.
func (h *hearing) requeued(ctx context.Context, n *note) error {
	if h.at.LeadLeft == "" {
		return nil
	}
	return h.queuedAgain(ctx, n, h.at.LeadLeft)
}

func (h *hearing) queuedAgain(ctx context.Context, n *note, why string) error {
	h.at.Lead, h.at.LeadLeft, h.at.People = "", "", nil
	return h.tell(ctx, n, ":requeued", orchestrator.Event{Type: orchestrator.EventRequeued, Reason: why})
}

// leads: somebody of those who are in it leads from now on.
func (h *hearing) leads(ctx context.Context, n *note) error {
	client := clip(cmp.Or(idText(n.Lead, ""), n.client()))
	who, in := h.at.People[client]
	if !in || client == h.at.Lead {
		return nil
	}
	h.at.Lead, h.at.LeadLeft = client, ""
	return h.tell(ctx, n, "", orchestrator.Event{Type: orchestrator.EventRepaired, Agent: &who, Reason: "leads now"})
}

func (h *hearing) waits(ctx context.Context, n *note) error {
	if err := h.requeued(ctx, n); err != nil {
		return err
	}
	h.at.Position, h.at.WaitMS = n.position(), n.waitMS()
	if h.at.Lead != "" || h.at.Position < 1 {
		return nil
	}
	return h.tell(ctx, n, "", orchestrator.Event{
		Type: orchestrator.EventPositionChanged, Position: h.at.Position,
		Looked: &orchestrator.Looked{Known: true, WaitMS: h.at.WaitMS},
	})
}

// moved swaps the pool for all later calls.
func (h *hearing) moved(ctx context.Context, n *note) error {
	pool := n.pool()
	if pool == "" || pool == h.chat.At.Pool {
		return nil
	}
	unlock, err := h.lock(ctx, h.ref)
	if err != nil {
		return err
	}
	defer unlock()
	now, _, err := h.notes(ctx, h.ref)
	if err != nil || now == nil {
		return err
	}
	now.At.Pool, h.chat.At.Pool = pool, pool
	h.Log.InfoContext(ctx, "an engagement moves to another pool", "ref", h.ref, "pool", pool)
	return h.Keep(ctx, h.ref, noteChat, now)
}

// concluded: over for the customer. Nobody has served it: then the policy decides what comes next. An end of our own making
// is told nobody.
func (h *hearing) concluded(ctx context.Context, n *note) error {
	now, _, err := h.notes(ctx, h.ref)
	if err != nil || now == nil || now.ending {
		return err
	}
	ev := orchestrator.Event{Type: orchestrator.EventDeskFailed, Reason: cmp.Or(n.because(), "concluded")}
	if h.at.Lead != "" {
		ev.Type = orchestrator.EventChatEnded
	}
	if err := h.tell(ctx, n, "", ev); err != nil {
		return err
	}
	return h.forget(ctx, h.ref, h.chat.Conversation)
}
