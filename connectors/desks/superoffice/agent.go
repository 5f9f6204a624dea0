package superoffice

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"handoff/orchestrator"
)

// agentSeat answers as the chatbot of some topics.
type agentSeat struct {
	*base
	topics map[number]bool
}

// maxStrangers is how many sessions of others are remembered as such before all are looked at anew.
const maxStrangers = 10000

// open hands the bot's session over to people: it is put into the line of the topic by the vendor's own Reset. What was to be
// said is said already. Where people have the session, there is nothing left to do.
func (s *agentSeat) open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	ref := cmd.To.Ref
	if !isID(ref) {
		return "", s.Permanent("open", "no-chat", errors.New("in this seat only a chat that began here can be handed over"))
	}
	topic, err := s.target("open", cmd.Waiting)
	if err != nil {
		return "", err
	}
	k, err := s.read(ctx, ref)
	if err != nil {
		return "", s.Broken("open", err)
	}
	c, err := s.chatOf(ctx, "open", ref)
	switch {
	case errors.Is(err, errNotFound) || err == nil && c.Status.over():
		if k.handed != "" { // people had it: its end is told by itself
			return ref, nil
		}
		return "", s.Permanent("open", "gone", errors.New("the session is over"))
	case err != nil:
		return "", err
	case c.User.agent() != nil, k.handed != "" && c.stand() == waiting && c.Topic == topic:
		return ref, s.keep(ctx, "open", ref, handedName, string(cmd.ID))
	}
	return ref, s.handOver(ctx, ref, c, topic, cmd.ID)
}

// handOver moves the session to the topic and resets it, and takes it back where nobody is there.
func (s *agentSeat) handOver(ctx context.Context, ref string, c *chat, topic number, id orchestrator.CommandID) error {
	if _, err := s.moveTo(ctx, "open", ref, c, topic); err != nil {
		return err
	}
	c, err := s.reset(ctx, "open", ref)
	switch {
	case err != nil:
		return err
	case c.Status == statusOfflineForm:
		if err := s.switchBot(ctx, "open", ref, c, true); err != nil {
			return err
		}
		return s.Permanent("open", "offline-form", errors.New("nobody is there: the vendor shows the offline form"))
	case c.Status.over():
		return s.Permanent("open", "gone", errors.New("the session is over"))
	}
	defer s.pending.add(ref)
	return s.keep(ctx, "open", ref, handedName, string(id))
}

// moveTo changes the topic of a session. That a patch can do so is inferred.
func (b *base) moveTo(ctx context.Context, op, ref string, c *chat, topic number) (*chat, error) {
	return b.patchUntil(ctx, op, ref, c, func(c *chat) []operation {
		if c.Topic == topic {
			return nil
		}
		return []operation{test("TopicId", c.Topic), set("TopicId", topic)}
	})
}

// reset puts a session back into the line, and looks whether the vendor has really taken the bot out of it: its documents say
// so of the script function only. The status afterwards depends on the topic: in line, before a form, or offline.
func (b *base) reset(ctx context.Context, op, ref string) (*chat, error) {
	c, err := b.chatFrom(ctx, request{op: op, method: http.MethodPost, path: "ChatSession/" + ref + "/Reset"})
	if err != nil {
		return nil, err
	}
	return b.patchUntil(ctx, op, ref, c, func(c *chat) []operation { return switching(c, false) })
}

// switching sets ChatbotIsActive where it has the other value.
func switching(c *chat, active bool) []operation {
	if bool(c.BotActive) == active || c.Status.over() {
		return nil
	}
	return []operation{test("ChatbotIsActive", !active), set("ChatbotIsActive", active)}
}

func (b *base) switchBot(ctx context.Context, op, ref string, c *chat, active bool) error {
	_, err := b.patchUntil(ctx, op, ref, c, func(c *chat) []operation { return switching(c, active) })
	return err
}

func (s *agentSeat) words(cmd *orchestrator.Command) (map[string]any, func(m *message) bool) {
	author := s.config.Nickname
	if role := cmd.Author.Role; cmd.Author.Name != "" && (role == orchestrator.ActorAgent || role == orchestrator.ActorSupervisor) {
		author = cmd.Author.Name // people of another desk, who serve this customer
	}
	return map[string]any{"Type": typeToCustomer, "SpecialType": specialBotMessage, "Author": cut(author, maxCustomerName)}, ours
}

// ours: every bot message is, because no other bot speaks in the topics of ours.
func ours(m *message) bool { return m.Type == typeToCustomer && m.Special == specialBotMessage }

// mayPost refuses a word in a session that people have: it would take the session off their line. Where the handoff is over
// and the bot has the conversation again, or people of another desk, the session is taken back first: nothing else tells us.
func (s *agentSeat) mayPost(ctx context.Context, cmd *orchestrator.Command) error {
	k, err := s.read(ctx, cmd.To.Ref)
	if err != nil {
		return s.Broken("send", err)
	}
	if k.handed == "" {
		return nil
	}
	conversation, err := s.Memory.Load(ctx, cmd.Conversation)
	if nilUnlessBroken(err) != nil {
		return s.Broken("send", err)
	}
	if conversation == nil || err != nil || !s.goesOn(conversation) {
		return s.Permanent("send", "handed-over", errors.New("people have the session: a word of ours would take it off the queue"))
	}
	c, err := s.chatOf(ctx, "send", cmd.To.Ref)
	if err != nil {
		return err
	}
	return s.takeBack(ctx, "send", cmd.To.Ref, c)
}

// end ends the session.
func (s *agentSeat) end(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	c, err := s.chatOf(ctx, "end", ref)
	if errors.Is(err, errNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.patchUntil(ctx, "end", ref, c, func(c *chat) []operation {
		if c.Status.over() {
			return nil
		}
		return []operation{test("Status", c.Status), set("Status", statusFinished)}
	})
	return err
}

func (s *agentSeat) goesOn(c *orchestrator.Conversation) bool {
	return !c.State.Ended() && c.Channel == string(s.Name) &&
		(c.Controller() == orchestrator.ControllerBot || c.Desk != s.Name)
}

// takeBack puts our bot into the session again. There is no call for it: whoever serves it is taken out by Reset, and the
// mark of the bot takes it off the line (inferred).
func (b *base) takeBack(ctx context.Context, op, ref string, c *chat) (err error) {
	if c.Status.over() {
		return nil
	}
	if c.User.agent() != nil {
		if c, err = b.reset(ctx, op, ref); err != nil {
			return err
		}
	}
	if err := b.switchBot(ctx, op, ref, c, true); err != nil {
		return err
	}
	return b.keep(ctx, op, ref, handedName, "")
}

func (s *agentSeat) concerns(_ context.Context, ref string, h *hook) (bool, error) {
	if topic := h.topic(); topic != 0 && !s.topics[topic] {
		return false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.strangers[ref], nil
}

// stranger notes that a session is none of ours.
func (s *agentSeat) stranger(ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.strangers) >= maxStrangers {
		clear(s.strangers)
	}
	s.strangers[ref] = true
}

// begin finds the conversation of a session, or begins one when the customer is through the form. After one has ended, the
// next begins with the customer's next word.
func (s *agentSeat) begin(ctx context.Context, v *visit) (bool, error) {
	first := v.note.Conversation == ""
	if !first {
		c, err := s.Memory.Load(ctx, v.note.Conversation)
		if nilUnlessBroken(err) != nil {
			return false, err
		}
		if c != nil && err == nil && !c.State.Ended() {
			v.conversation = c
			return true, nil
		}
		if !slices.ContainsFunc(v.messages, func(m message) bool { return m.byCustomer() }) {
			return false, s.rest(ctx, v)
		}
	}
	if v.chat == nil || v.chat.Status.over() {
		return false, nil
	}
	if !s.topics[v.chat.Topic] || first && v.chat.User.agent() != nil {
		s.stranger(v.ref)
		return false, nil
	}
	if !v.throughForm() {
		return false, nil
	}
	if claimed, err := s.claim(ctx, v); err != nil || !claimed && first {
		return false, err
	}
	return s.start(ctx, v)
}

// rest notes that a session whose conversation has ended is over as well, until its customer comes back.
func (s *agentSeat) rest(ctx context.Context, v *visit) error {
	switch {
	case v.chat == nil:
		return v.forget(ctx)
	case !v.chat.Status.over() || v.note.Stand == over:
		return nil
	}
	v.note.Stand, v.note.OverAt, v.note.Agent, v.note.To = over, s.Now(), nil, nil
	return s.write(ctx, v.ref, &v.note)
}

// throughForm: the customer can speak, or has spoken. Before, their name is not known.
func (v *visit) throughForm() bool {
	if slices.Contains([]status{statusInQueue, statusCustomerLast, statusUserLast}, v.chat.Status) {
		return true
	}
	return slices.ContainsFunc(v.messages, func(m message) bool { return m.byCustomer() })
}

// claim takes a session off the people's line before they see it. It fails when one of them was faster.
func (s *agentSeat) claim(ctx context.Context, v *visit) (bool, error) {
	c, err := s.patchUntil(ctx, "claim", v.ref, v.chat, func(c *chat) []operation {
		if c.User.agent() != nil || c.Status.over() {
			return nil
		}
		if todo := switching(c, true); todo != nil {
			return slices.Insert(todo, 0, test("Status", c.Status))
		}
		return nil
	})
	if errors.Is(err, errNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	v.chat = c
	return c.User.agent() == nil && !c.Status.over(), nil
}

// start begins a conversation.
func (s *agentSeat) start(ctx context.Context, v *visit) (bool, error) {
	if err := s.keep(ctx, "read", v.ref, handedName, ""); err != nil {
		return false, err
	}
	newest := v.note.Seen
	for i := range v.messages {
		newest = max(newest, v.messages[i].ID)
	}
	v.note.Conversation, v.note.Stand, v.note.OverAt, v.note.Agent, v.note.To = "", withBot, 0, nil, nil
	who := v.chat.customer(s.Name)
	ev := &orchestrator.Event{
		ID:   orchestrator.EventID(string(s.Name) + ":" + v.ref + ":started:" + newest.String()),
		Type: orchestrator.EventStarted, Customer: &who,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: who.ID, Name: who.Name},
	}
	if err := v.tell(ctx, "", ev); err != nil {
		return false, err
	}
	return v.note.Conversation != "", nil
}

func (s *agentSeat) address(v *visit, ev *orchestrator.Event) {
	ev.Bot, ev.External = s.config.Bot, string(s.Name)+":"+v.ref
	ev.Channel, ev.Ref = string(s.Name), v.ref
}

func (s *agentSeat) says(v *visit, m *message) *orchestrator.Event {
	if ours(m) || !m.byCustomer() && !m.toCustomer() {
		return nil
	}
	text := m.plain()
	if text == "" {
		return nil
	}
	ev := &orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: orchestrator.Actor{Role: orchestrator.ActorAgent},
		Message: &orchestrator.Message{ID: m.ID.String(), Text: text},
	}
	if m.byCustomer() {
		who := v.chat.customer(s.Name)
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: who.ID, Name: who.Name}
	}
	return ev
}

// ended: whoever served has ended it, or the customer has gone.
func (s *agentSeat) ended(v *visit) *orchestrator.Event {
	ev := &orchestrator.Event{Type: orchestrator.EventCustomerLeft, Reason: v.howEnded()}
	if v.note.Stand == served && v.closedBy != specialClosedByCustomer && v.closedBy != specialClosedByIdle {
		ev.Type = orchestrator.EventChatEnded
	}
	return ev
}

// howEnded is how the vendor says that a session ended.
func (v *visit) howEnded() string {
	switch v.closedBy {
	case specialClosedByUser:
		return "ended at the desk"
	case specialClosedByCustomer:
		return "ended by the customer"
	case specialClosedByIdle:
		return "closed by the desk: the customer's client did not fetch"
	}
	if v.chat == nil {
		return "the desk does not know the session any more"
	}
	return "status " + v.chat.Status.String()
}

func (s *agentSeat) topicsNow() []number { return slices.Sorted(maps.Keys(s.topics)) }
