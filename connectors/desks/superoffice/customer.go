package superoffice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"time"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// openPrefix begins the handles under which is noted that a session is being created. They are no handles of sessions.
const openPrefix = "open:"

// recent is how many of a topic's newest sessions are looked through for one whose creation was not answered.
const recent = 25

// Lengths of chat_session.customer_alias, and of name, email and host.
const (
	maxAlias        = 64
	maxCustomerName = 255
)

// customerSeat creates sessions for customers who are elsewhere.
type customerSeat struct{ *base }

// Open creates a session and answers its id. A repetition finds the one that is there: by what was noted, or, when the
// answer was lost, by the mark that it bears.
func (s *customerSeat) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	topic, err := s.target("open", cmd.Waiting.Queue)
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
	entity["CustomerAlias"], entity["CustomerName"] = wording.Clip(nameOf(cmd), maxAlias), wording.Clip(nameOf(cmd), maxCustomerName)
	entity["CustomerEmail"], entity["CustomerHost"] = wording.Clip(cmd.Customer.Email, maxCustomerName), mark
	entity["Status"], entity["ChatbotIsActive"] = statusInQueue, false
	entity["WhenRequested"], entity["WhenFetched"], entity["WhenIdle"] = now, now, now
	c, err := s.chatFrom(ctx, request{op: "open", method: http.MethodPost, path: "ChatSession", body: entity})
	if err != nil {
		return "", err
	}
	return c.ID.String(), nil
}

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

func (s *customerSeat) concerns(ctx context.Context, ref string, _ *hook) (bool, error) {
	k, err := s.read(ctx, ref)
	return err == nil && k.note != nil, err
}

func (s *customerSeat) address(r *reading, ev *orchestrator.Event) {
	ev.Conversation = r.note.Conversation
}

// nameOf is how the customer is called in the session.
func nameOf(cmd *orchestrator.Command) string {
	if cmd.Customer.Name != "" {
		return cmd.Customer.Name
	}
	return "Customer"
}
