package superoffice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"handoff/connectors/internal/plaintext"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// customerSeat creates sessions for customers who are elsewhere.
type customerSeat struct{ *base }

// openPrefix begins the handles under which is noted that a session is being created. They are no handles of sessions.
const openPrefix = "open:"

// recent is how many of a topic's newest sessions are looked through for one whose creation was not answered.
const recent = 25

// open creates a session and answers its id. A repetition finds the one that is there: by what was noted, or, when the
// answer was lost, by the mark that it bears.
func (s *customerSeat) open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	topic, err := s.target("open", cmd.Waiting)
	if err != nil {
		return "", err
	}
	if isID(cmd.To.Ref) {
		again, err := s.openAgain(ctx, cmd.To.Ref, topic)
		if err != nil || again {
			return cmd.To.Ref, err
		}
	}
	opening := openPrefix + string(cmd.ID)
	before, err := s.Memory.Kept(ctx, s.Name, opening)
	if err != nil {
		return "", s.Broken("open", err)
	}
	ref, tried := string(before["ref"]), len(before["tried"]) > 0
	mark := markOf(cmd)
	if ref == "" && tried {
		if ref, err = s.find(ctx, topic, mark); err != nil {
			return "", err
		}
	}
	if ref == "" {
		if err := s.keep(ctx, "open", opening, "tried", mark); err != nil {
			return "", err
		}
		if ref, err = s.create(ctx, cmd, topic, mark); err != nil {
			return "", err
		}
	}
	if err := s.keep(ctx, "open", opening, "ref", ref); err != nil {
		return "", err
	}
	return ref, s.arrange(ctx, ref, topic, cmd)
}

// arrange makes a session that was just created what people expect, and lets it be followed. It may be repeated.
func (s *customerSeat) arrange(ctx context.Context, ref string, topic number, cmd *orchestrator.Command) error {
	c, err := s.chatOf(ctx, "open", ref)
	if err != nil {
		return err
	}
	c, err = s.patchUntil(ctx, "open", ref, c, func(c *chat) []operation {
		switch {
		case bool(c.BotActive) && !c.Status.over():
			return []operation{test("ChatbotIsActive", true), set("ChatbotIsActive", false)}
		case c.Status == statusPreChatForm || c.Status == statusFaq: // there is nobody who could fill a form in
			return []operation{test("Status", c.Status), set("Status", statusInQueue)}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.Status == statusOfflineForm {
		return s.Permanent("open", "offline-form", errors.New("nobody is there: the vendor shows the offline form"))
	}
	// The note makes it ours for whoever reads sessions, so it comes before anything else that is kept of it.
	k, err := s.read(ctx, ref)
	if err != nil {
		return s.Broken("open", err)
	}
	if k.note == nil {
		n := &note{Conversation: cmd.Conversation, Stand: waiting, Topic: topic, Opening: openPrefix + string(cmd.ID)}
		if err := s.write(ctx, ref, n); err != nil {
			return s.Broken("open", err)
		}
	}
	if err := s.explain(ctx, ref, cmd); err != nil {
		return err
	}
	s.pending.add(ref)
	return nil
}

// openAgain is open for a session that we have: one that waits in that line stays where it is, one that people have is put
// back. One that is over cannot be opened again.
func (s *customerSeat) openAgain(ctx context.Context, ref string, topic number) (bool, error) {
	c, err := s.chatOf(ctx, "open", ref)
	if errors.Is(err, errNotFound) || err == nil && c.Status.over() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.requeue(ctx, ref, c, topic)
}

// requeue puts a session into the line of a topic, where it does not wait there already.
func (s *customerSeat) requeue(ctx context.Context, ref string, c *chat, topic number) error {
	moved := c.Topic != topic
	c, err := s.moveTo(ctx, "open", ref, c, topic)
	if err != nil || c.stand() == waiting && !moved {
		return err
	}
	_, err = s.reset(ctx, "open", ref)
	return err
}

// create makes a session from the vendor's defaults, as its documents advise.
func (s *customerSeat) create(ctx context.Context, cmd *orchestrator.Command, topic number, mark string) (string, error) {
	entity := map[string]any{}
	if err := s.decodeInto(ctx, request{op: "open", method: http.MethodGet, path: "ChatSession/default"}, &entity); err != nil {
		return "", err
	}
	now := s.Clock.Now().UTC().Format(time.RFC3339)
	entity["ChatSessionId"], entity["TopicId"] = 0, topic
	entity["CustomerAlias"], entity["CustomerName"] = cut(nameOf(cmd), maxAlias), cut(nameOf(cmd), maxCustomerName)
	entity["CustomerEmail"], entity["CustomerHost"] = cut(cmd.Customer.Email, maxCustomerName), mark
	entity["Status"], entity["ChatbotIsActive"] = statusInQueue, false
	entity["WhenRequested"], entity["WhenFetched"], entity["WhenIdle"] = now, now, now
	c, err := s.chatFrom(ctx, request{op: "open", method: http.MethodPost, path: "ChatSession", body: entity})
	if err != nil {
		return "", err
	}
	return c.ID.String(), nil
}

// Lengths of chat_session.customer_alias, and of name, email and host.
const (
	maxAlias        = 64
	maxCustomerName = 255
)

// markOf tells the session of one command from all others. It lies in CustomerHost, which otherwise says from where a
// browser came, and holds nothing that the vendor's people could not see.
func markOf(cmd *orchestrator.Command) string {
	sum := sha256.Sum256([]byte(cmd.ID))
	return "handoff-" + hex.EncodeToString(sum[:12])
}

// find looks for a session whose creation was not answered. The list has no column for the mark, so the newest sessions are
// read one by one.
func (s *customerSeat) find(ctx context.Context, topic number, mark string) (string, error) {
	ids, err := s.sessionsOf(ctx, "open", topic, "")
	if err != nil {
		return "", err
	}
	slices.SortFunc(ids, func(a, b number) int { return int(b - a) })
	for _, id := range ids[:min(len(ids), recent)] {
		c, err := s.chatOf(ctx, "open", id.String())
		if errors.Is(err, errNotFound) {
			continue
		}
		if err != nil {
			return "", err
		}
		if c.CustomerHost == mark {
			return id.String(), nil
		}
	}
	return "", nil
}

// explain posts what people should know as the first messages, under the bot's name: the context, and what was said before.
func (s *customerSeat) explain(ctx context.Context, ref string, cmd *orchestrator.Command) error {
	intro := *cmd
	intro.Author = orchestrator.Actor{Role: orchestrator.ActorBot, Name: s.config.Nickname}
	for _, part := range []struct {
		id   orchestrator.CommandID
		text string
	}{{".context", s.context(ctx, cmd)}, {".history", wording.History(cmd.History, longestHistory)}} {
		if part.text == "" {
			continue
		}
		if err := s.deliver(ctx, ref, cmd.ID+part.id, part.text, &intro); err != nil {
			return err
		}
	}
	return nil
}

// context is what people should know besides words: reason, summary, and the attributes in order.
func (s *customerSeat) context(ctx context.Context, cmd *orchestrator.Command) string {
	var lines []string
	if cmd.Reason != "" {
		lines = append(lines, "Reason: "+cmd.Reason)
	}
	if cmd.Note != "" {
		lines = append(lines, "Summary: "+cmd.Note)
	}
	if c, err := s.Memory.Load(ctx, cmd.Conversation); err == nil {
		lines = append(lines, attributes(c.Attributes)...)
	}
	return strings.Join(lines, "\n")
}

func (s *customerSeat) words(cmd *orchestrator.Command) (map[string]any, func(m *message) bool) {
	author := cmd.Author.Name
	if author == "" {
		author = nameOf(cmd)
	}
	return map[string]any{"Type": typeToUser, "SpecialType": specialNone, "Author": cut(author, maxCustomerName)},
		func(m *message) bool { return m.Type == typeToUser }
}

func (s *customerSeat) mayPost(context.Context, *orchestrator.Command) error { return nil }

// end ends the session, or takes it off the queue. The special status for that is inferred from its name.
func (s *customerSeat) end(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	c, err := s.chatOf(ctx, "end", ref)
	if errors.Is(err, errNotFound) {
		return s.keep(ctx, "end", ref, endedName, "1")
	}
	if err != nil {
		return err
	}
	// What follows is our own doing and no news.
	if err := s.keep(ctx, "end", ref, endedName, "1"); err != nil {
		return err
	}
	_, err = s.patchUntil(ctx, "end", ref, c, closing)
	return err
}

// closing ends a session: Finished, or ClosedFromQueue while nobody has it.
func closing(c *chat) []operation {
	to := statusFinished
	switch {
	case c.Status.over():
		return nil
	case c.stand() == waiting:
		to = statusClosedFromQueue
	}
	return []operation{test("Status", c.Status), set("Status", to)}
}

func (s *customerSeat) concerns(ctx context.Context, ref string, _ *hook) (bool, error) {
	k, err := s.read(ctx, ref)
	return err == nil && k.note != nil, err
}

// begin finds the conversation for which the session was created. One that has moved on, to another session or another desk,
// does not want to hear of this one.
func (s *customerSeat) begin(ctx context.Context, v *visit) (bool, error) {
	if v.note.Conversation == "" {
		return false, nil
	}
	c, err := s.Memory.Load(ctx, v.note.Conversation)
	if err != nil {
		return false, nilUnlessBroken(err)
	}
	if c.Desk != s.Name || c.DeskRef != "" && c.DeskRef != v.ref || c.State.Ended() {
		if v.chat == nil || v.chat.Status.over() {
			return false, v.forget(ctx)
		}
		return false, nil
	}
	v.conversation = c
	return true, s.fetch(ctx, v)
}

// fetch sets WhenFetched anew: our customer is there as long as the conversation lives, and the vendor would close the
// session otherwise.
func (s *customerSeat) fetch(ctx context.Context, v *visit) error {
	if v.chat == nil || v.chat.Status.over() || s.Now().Sub(orchestrator.Moment(v.chat.WhenFetched)) < s.config.KeepFetched {
		return nil
	}
	_, err := s.patch(ctx, "fetch", v.ref, set("WhenFetched", s.Clock.Now().UTC().Format(time.RFC3339)))
	if err != nil { // it is tried again with the next visit
		s.Log.InfoContext(ctx, "WhenFetched cannot be set", "ref", v.ref, "error", err)
	}
	return ctx.Err()
}

func (s *customerSeat) address(v *visit, ev *orchestrator.Event) {
	ev.Conversation = v.note.Conversation
}

func (s *customerSeat) says(_ *visit, m *message) *orchestrator.Event {
	if !m.toCustomer() {
		return nil
	}
	text := m.plain()
	if text == "" {
		return nil
	}
	return &orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: orchestrator.Actor{Role: orchestrator.ActorAgent},
		Message: &orchestrator.Message{ID: m.ID.String(), Text: text},
	}
}

// ended: who served ended it; while nobody did, the vendor gave the customer up, and the policy decides.
func (s *customerSeat) ended(v *visit) *orchestrator.Event {
	why := v.howEnded()
	if v.note.Stand == served {
		return &orchestrator.Event{Type: orchestrator.EventChatEnded, Reason: why}
	}
	return &orchestrator.Event{Type: orchestrator.EventDeskFailed, Reason: "the desk ended the chat before anybody took it: " + why}
}

func (s *customerSeat) topicsNow() []number {
	var topics []number
	for _, topic := range s.config.Queues {
		if id := idOf(topic); id != 0 && !slices.Contains(topics, id) {
			topics = append(topics, id)
		}
	}
	slices.Sort(topics)
	return topics
}

// attributes are lines "key: value", in order.
func attributes(all map[string]any) []string {
	lines := make([]string, 0, len(all))
	for key, value := range all {
		text, ok := value.(string)
		if !ok {
			written, err := json.Marshal(value)
			if err != nil {
				continue
			}
			text = string(written)
		}
		lines = append(lines, key+": "+text)
	}
	slices.Sort(lines)
	return lines
}

// nameOf is how the customer is called in the session.
func nameOf(cmd *orchestrator.Command) string {
	if cmd.Customer.Name != "" {
		return cmd.Customer.Name
	}
	return "Customer"
}

// cut shortens a text to so many characters.
func cut(text string, longest int) string {
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest])
	}
	return text
}

// toHTML makes the HTML of a message: what a language model or a customer writes is shown, not interpreted.
func toHTML(text string) string { return plaintext.Escape(text) }

// nilUnlessBroken: a record that is gone is no failure of the store.
func nilUnlessBroken(err error) error {
	if errors.Is(err, orchestrator.ErrNotFound) {
		return nil
	}
	return err
}
