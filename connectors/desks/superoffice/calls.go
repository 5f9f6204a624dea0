package superoffice

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// listed is how many sessions one list may have: the newest ones count.
const listed = 200

// chatOf reads a session. Errors: errNotFound where the vendor has none, in any of its ways to say so.
func (b *base) chatOf(ctx context.Context, op, ref string) (*chat, error) {
	return b.chatFrom(ctx, request{op: op, method: http.MethodGet, path: "ChatSession/" + ref})
}

// chatFrom makes a call that answers a session.
func (b *base) chatFrom(ctx context.Context, r request) (*chat, error) {
	body, err := b.call(ctx, r)
	if err != nil {
		return nil, err
	}
	c, err := decodeChat(body)
	switch {
	case err != nil:
		return nil, b.Unclear(r.op, err)
	case c == nil:
		return nil, b.Permanent(r.op, "not-found", errNotFound)
	}
	return c, nil
}

// messagesOf reads the messages of a session behind one of them, oldest first as far as ids tell: those are the cursor.
func (b *base) messagesOf(ctx context.Context, op, ref string, after number) ([]message, error) {
	r := request{op: op, method: http.MethodGet, path: "ChatSession/" + ref + "/Messages", query: url.Values{}}
	if after > 0 {
		r.query.Set("after", after.String())
	}
	body, err := b.call(ctx, r)
	if err != nil {
		return nil, err
	}
	all, err := decodeMessages(body)
	if err != nil {
		return nil, b.Unclear(op, err)
	}
	return all, nil
}

// post adds a message to a session.
func (b *base) post(ctx context.Context, op, ref string, m map[string]any) error {
	id, err := strconv.Atoi(ref)
	if err != nil {
		return b.Permanent(op, "no-chat", errors.New("the handle is not that of a session"))
	}
	m["ChatSessionId"], m["SpecialParam"] = id, ""
	_, err = b.call(ctx, request{op: op, method: http.MethodPost, path: "ChatSession/" + ref + "/Messages", body: m})
	return err
}

// operation is one step of a JSON Patch; path is a property's name.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// test demands that a property has a value, else the whole patch is answered 409 (errConflict); set gives it one.
func test(path string, value any) operation { return operation{"test", path, value} }

func set(path string, value any) operation { return operation{"replace", path, value} }

// patch changes properties of a session, without touching others: a PUT would write back what others changed meanwhile.
func (b *base) patch(ctx context.Context, op, ref string, steps ...operation) (*chat, error) {
	return b.chatFrom(ctx, request{op: op, method: http.MethodPatch, path: "ChatSession/" + ref, body: steps, patch: true})
}

// patchUntil changes a session by what it reads of it: steps answers nil when nothing is left to change. When somebody else
// was faster, it reads again.
func (b *base) patchUntil(ctx context.Context, op, ref string, c *chat, steps func(c *chat) []operation) (*chat, error) {
	const tries = 4
	for range tries {
		todo := steps(c)
		if todo == nil {
			return c, nil
		}
		after, err := b.patch(ctx, op, ref, todo...)
		if err == nil {
			return after, nil
		}
		if !errors.Is(err, errConflict) {
			return nil, err
		}
		if c, err = b.chatOf(ctx, op, ref); err != nil {
			return nil, err
		}
	}
	return nil, b.Retry(op, "conflict", errConflict)
}

// sessionsOf lists the newest sessions of a topic whose status is one of those numbers, the newest first.
func (b *base) sessionsOf(ctx context.Context, op string, topic number, statuses string) ([]number, error) {
	query := url.Values{
		"$select": {"chatSessionId"}, "$orderby": {"chatSessionId desc"}, "$top": {strconv.Itoa(listed)},
	}
	if statuses != "" {
		query.Set("$filter", "status oneOf ("+statuses+")")
	}
	body, err := b.call(ctx, request{
		op: op, method: http.MethodGet, path: "ChatTopic/" + topic.String() + "/Sessions", query: query,
	})
	if err != nil {
		return nil, err
	}
	ids, err := decodeRows(body)
	if err != nil {
		return nil, b.Unclear(op, err)
	}
	return ids, nil
}

// decodeInto makes a call and reads its answer.
func (b *base) decodeInto(ctx context.Context, r request, into any) error {
	body, err := b.call(ctx, r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return b.Unclear(r.op, err)
	}
	return nil
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
