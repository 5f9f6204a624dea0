package web

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// A value comes in by many doors: our envelope, a CloudEvent in two modes, the flat form, the beginning of a conversation by a
// bot or a browser, a word by whoever may speak. Each of these sends it through one of them.

// customerSaid is what a bot tells of a customer's word.
func customerSaid(id, text string) map[string]any {
	return map[string]any{"author": map[string]any{"role": "user", "id": "u-1"}, "message": map[string]any{"id": id, "text": text}}
}

// cloud is an event as a CloudEvent in structured mode.
func (r *rig) cloud(external, kind string, data any) *answer {
	return r.bot().post("/v1/bots/shop/events", map[string]any{
		"specversion": "1.0", "id": string(freshID()), "source": "/bots/shop", "type": kind, "subject": external, "data": data,
	}, "Content-Type", "application/cloudevents+json")
}

// cloudBinary is the same with the attributes in headers, which the document does not describe.
func (r *rig) cloudBinary(external, kind string, data any) *answer {
	r.t.Helper()
	req := r.bot().request(r.t.Context(), "POST", "/v1/bots/shop/events", data, "ce-specversion", "1.0", "ce-id", string(freshID()), "ce-source", "/bots/shop",
		"ce-type", kind, "ce-subject", url.PathEscape(external))
	res := must(r.anybody().http.Do(req))
	body := must(io.ReadAll(res.Body))
	if err := res.Body.Close(); err != nil {
		r.t.Fatal(err)
	}
	return &answer{res.StatusCode, res.Header, body}
}

// idDoors are those by which a conversation gets its id, with the place where it stands.
var idDoors = []struct {
	name, at string
	send     func(r *rig, id string) *answer
}{
	{"beginning by a bot", "/conversation_id", func(r *rig, id string) *answer {
		return r.bot().post("/v1/conversations", map[string]any{"bot": "shop", "conversation_id": id, "user": map[string]any{"id": "u-1"}})
	}},
	{"word", "/conversation_id", func(r *rig, id string) *answer {
		return r.bot().post("/v1/bots/shop/events", r.event(id, "message.created", customerSaid(string(freshID()), "hello")))
	}},
	{"request", "/conversation_id", func(r *rig, id string) *answer {
		return r.bot().post("/v1/bots/shop/events", r.event(id, "handoff.requested", map[string]any{"reason": "rule"}))
	}},
	{"flat request", "/conversation_id", func(r *rig, id string) *answer {
		return r.bot().post("/v1/bots/shop/handoffs", map[string]any{"conversation_id": id, "reason": "rule"})
	}},
	{"CloudEvent", "/subject", func(r *rig, id string) *answer {
		return r.cloud(id, "message.created", customerSaid(string(freshID()), "hello"))
	}},
	{"CloudEvent in headers", "ce-subject", func(r *rig, id string) *answer {
		return r.cloudBinary(id, "message.created", customerSaid(string(freshID()), "hello"))
	}},
}

// sameVerdict fails unless an answer takes the value, or refuses it with this fault at this place. A door that cannot tell what
// shows nothing from what was left out says that it is required.
func sameVerdict(t *testing.T, what string, a *answer, at, fault string) {
	t.Helper()
	if fault == "" {
		if a.status >= 300 {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
		return
	}
	if a.status != 422 || a.text("code") != codeValidation || a.text("errors", 0, "pointer") != at ||
		!strings.HasPrefix(a.text("errors", 0, "detail"), fault) && (a.text("errors", 0, "detail") != required || fault == values.TooLong(values.MaxText)) {
		t.Errorf("%s: %d %s; right is 422, %s %q", what, a.status, a.body, at, fault)
	}
}

func TestSameIDIsAnsweredAlikeAtEveryDoor(t *testing.T) {
	r := newRig(t)
	ids := map[string]string{
		"c-789": "", "whatsapp:+4712345678": "", "user@example.org": "", "19:meeting_a@thread.v2": "", "a/b": "", `O'Brien "x" <b>`: "",
		"web-1": "", "straße 5": "", "🙂": "", "%2e%2e/": "", strings.Repeat("ü", 128): "",
		"": values.Empty, strings.Repeat("x", 129): values.TooLong(128), "a\x00b": values.Control, "a\nb": values.Control, "\u0085x": values.Control,
		"\u200b": values.Blank, "\u00a0": values.Blank, "\u202e\u2069": values.Blank, "\u3164": values.Blank,
	}
	for id, fault := range ids {
		for _, d := range idDoors {
			sameVerdict(t, d.name+" "+id, d.send(r, id), d.at, fault)
		}
	}
}

func TestEmptyMessageIDIsRefusedAtEveryDoor(t *testing.T) {
	r := newRig(t)
	c := r.wordCallers(r.person("sue"))
	for _, d := range wordDoors[:len(wordDoors)-1] { // a note has no id
		sameVerdict(t, d.name, d.send(r, c, "", "hello"), strings.TrimSuffix(d.at, "text")+"id", values.Empty)
	}
}

// epochDoors are those by which an epoch is quoted, with the place where it stands.
var epochDoors = []struct {
	name, at string
	send     func(r *rig, c *wordCallers, epoch any) *answer
}{
	{"event", "/epoch", func(r *rig, c *wordCallers, epoch any) *answer {
		ev := r.event(c.external, "message.created", customerSaid(string(freshID()), "hello"))
		ev["epoch"] = epoch
		return r.bot().post("/v1/bots/shop/events", ev)
	}},
	{"flat request", "/epoch", func(r *rig, c *wordCallers, epoch any) *answer {
		return r.bot().post("/v1/bots/shop/handoffs", map[string]any{"conversation_id": c.external, "reason": "rule", "epoch": epoch})
	}},
	{"CloudEvent", "/epoch", func(r *rig, c *wordCallers, epoch any) *answer {
		return r.bot().post("/v1/bots/shop/events", map[string]any{
			"specversion": "1.0", "id": string(freshID()), "source": "/bots/shop", "type": "message.created", "subject": c.external,
			"epoch": fmt.Sprint(epoch), "data": customerSaid(string(freshID()), "hello"),
		}, "Content-Type", "application/cloudevents+json")
	}},
	{"customer", "/epoch", func(_ *rig, c *wordCallers, epoch any) *answer {
		return c.customer.post(c.path+"/messages", map[string]any{"text": "hello", "epoch": epoch})
	}},
	{"bot", "/epoch", func(r *rig, c *wordCallers, epoch any) *answer {
		return r.bot().post(c.path+"/messages", map[string]any{"text": "hello", "epoch": epoch})
	}},
}

func TestSameEpochIsAnsweredAlikeAtEveryDoor(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	for _, one := range []struct {
		epoch any
		fault string
	}{
		{1, ""}, {0, values.WantEpoch}, {-1, "must be"}, {1.5, "must be"}, {"one", "must be"}, {true, "must be"},
		{json.Number("9007199254740992"), "must be"}, {json.Number("1000000000000000000000000000000"), "must be"},
	} {
		for _, d := range epochDoors {
			sameVerdict(t, fmt.Sprint(d.name, " ", one.epoch), d.send(r, r.wordCallers(sue), one.epoch), d.at, one.fault)
		}
	}
}

// wordDoors are those by which words come in. Each answers what was answered and the conversation.
var wordDoors = []struct {
	name, at string
	send     func(r *rig, c *wordCallers, message, text string) *answer
}{
	{"event", "/data/message/text", func(r *rig, c *wordCallers, message, text string) *answer {
		ev := r.event(c.external, "message.created", customerSaid(message, text))
		ev["id"] = freshID()
		return r.bot().post("/v1/bots/shop/events", ev)
	}},
	{"CloudEvent", "/data/message/text", func(r *rig, c *wordCallers, message, text string) *answer {
		return r.cloud(c.external, "message.created", customerSaid(message, text))
	}},
	{"CloudEvent in headers", "/message/text", func(r *rig, c *wordCallers, message, text string) *answer {
		return r.cloudBinary(c.external, "message.created", customerSaid(message, text))
	}},
	{"customer", "/text", func(_ *rig, c *wordCallers, message, text string) *answer {
		return c.customer.post(c.path+"/messages", map[string]any{"id": message, "text": text})
	}},
	{"bot", "/text", func(r *rig, c *wordCallers, message, text string) *answer {
		return r.bot().post(c.path+"/messages", map[string]any{"id": message, "text": text})
	}},
	{"note", "/text", func(_ *rig, c *wordCallers, _, text string) *answer {
		return c.sue.post(c.path+"/notes", map[string]any{"text": text})
	}},
}

// wordCallers are who may speak in one conversation, beside its bot.
type wordCallers struct {
	external, path string
	customer, sue  *caller
}

func (r *rig) wordCallers(sue *caller) *wordCallers {
	id, customer, a := r.begin()
	return &wordCallers{a.text("conversation_id"), "/v1/conversations/" + id, customer, sue}
}

// kept is the newest text of a conversation's timeline.
func (c *wordCallers) kept(t *testing.T) string {
	t.Helper()
	events, _ := c.sue.get(c.path + "/events?after=0").at("events").([]any)
	last, _ := events[len(events)-1].(map[string]any)
	data, _ := last["data"].(map[string]any)
	if text, ok := data["note"].(string); ok {
		return text
	}
	message, _ := data["message"].(map[string]any)
	text, _ := message["text"].(string)
	return text
}

func TestSameWordIsAnsweredAlikeAtEveryDoor(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Rates.Start = Rate{1000, 10000} })
	sue := r.person("sue")
	words := []string{
		"hello", " ", "   ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2060\u200d", "\u202e", "\x00", "\x1b", "\u2800", "\n\t",
		"red \x1b[31mword\x00", "line\r\nline\tend", "\u200bx", "🙂", strings.Repeat("ü", values.MaxText), strings.Repeat("ü", values.MaxText+1),
	}
	parts := []string{"a", "Ω", "🙂", " ", "\n", "\x00", "\x1b", "\x7f", "\u0085", "\u200b", "\u202e", "\ufeff", "\u00a0", "\ufffd", "\u0301", `"`, `\`, "<b>"}
	random := rand.New(rand.NewPCG(8, 5))
	for range 25 {
		var word strings.Builder
		for range 1 + random.IntN(4) {
			word.WriteString(parts[random.IntN(len(parts))])
		}
		words = append(words, word.String())
	}
	for _, word := range words {
		want, fault := values.Text(word, values.MaxText)
		for _, d := range wordDoors {
			c := r.wordCallers(sue)
			sameVerdict(t, d.name+" "+shortened(word), d.send(r, c, "m-1", word), d.at, fault)
			if fault == "" {
				if got := c.kept(t); got != want {
					t.Errorf("%s: %s is kept as %q, want %q", d.name, shortened(word), got, want)
				}
			}
		}
	}
}

func shortened(s string) string {
	if len(s) > 40 {
		s = s[:40]
	}
	return string(must(json.Marshal(s)))
}

func TestMessageSaidTwiceStandsOnceWhateverTheEvent(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	for _, message := range []string{"m-1", "whatsapp:+47/1@x", `"quoted" ü`} {
		for _, d := range wordDoors[:len(wordDoors)-1] { // a note has no id
			c := r.wordCallers(sue)
			first := d.send(r, c, message, "said once").want(t, 202)
			again := d.send(r, c, message, "said once").want(t, 200)
			if again.header.Get("Idempotent-Replayed") != "true" || first.text("id") != again.text("id") {
				t.Errorf("%s: the repetition is answered %v %s", d.name, again.header, again.body)
			}
			if n := strings.Count(string(sue.get(c.path+"/events?after=0").body), "said once"); n != 1 {
				t.Errorf("%s: stands %d times", d.name, n)
			}
			other := d.send(r, c, message, "another word").problem(t, 422, orchestrator.CodeKeyReuse)
			if want := strings.Replace(d.at, "/text", "/id", 1); other.text("errors", 0, "pointer") != want && d.at != "/text" {
				t.Errorf("%s: another word under the same id: %s, want %s", d.name, other.body, want)
			}
		}
	}
	c := r.wordCallers(sue)
	wordDoors[0].send(r, c, "m-1", "hers").want(t, 202)
	if a := wordDoors[4].send(r, c, "m-1", "the bot's own"); a.status != 202 {
		t.Errorf("the bot's word under the id of a customer's: %d %s", a.status, a.body)
	}
	told := customerSaid("m-2", "by the bot")
	told["author"] = map[string]any{"role": "bot"}
	r.bot().post("/v1/bots/shop/events", r.event(c.external, "message.created", told)).want(t, 202)
	wordDoors[4].send(r, c, "m-2", "by the bot").want(t, 200)
}

func TestRepeatedMessageBeginsNoConversationAfterTheEnd(t *testing.T) {
	r := newRig(t)
	tell := func() *answer {
		return r.bot().post("/v1/bots/shop/events", r.event("c-1", "message.created", customerSaid("m-1", "hello")))
	}
	first := tell().want(t, 202)
	r.bot().post("/v1/bots/shop/events", r.event("c-1", "conversation.ended", map[string]any{"reason": "done"})).want(t, 202)
	if again := tell().want(t, 200); again.text("id") != first.text("id") {
		t.Errorf("the repetition began %s after %s", again.text("id"), first.text("id"))
	}
}

func TestWishesDoNotCostTheHandoff(t *testing.T) {
	r := newRig(t)
	r.online("anna")
	sue := r.person("sue")
	for name, a := range map[string]*answer{
		"event": r.bot().post("/v1/bots/shop/events", r.event("c-event", "handoff.requested", map[string]any{
			"reason": "rule", "summary": strings.Repeat("ü", 5000), "target": map[string]any{"agent_id": "carol", "skills": []string{"welsh"}}})),
		"flat": r.bot().post("/v1/bots/shop/handoffs", map[string]any{"conversation_id": "c-flat", "reason": "rule",
			"summary": strings.Repeat("ü", 5000), "agent_id": "carol", "skills": []string{"welsh"}}),
	} {
		a.want(t, 202)
		id := a.text("id")
		conversation := must(r.store.Load(t.Context(), orchestrator.ConversationID(id)))
		if q := conversation.Request; q.Agent != "" || len(q.Skills) != 0 || conversation.Preferred != "" {
			t.Errorf("%s: asked for %+v, preferred %q", name, q, conversation.Preferred)
		}
		if s := conversation.Request.Summary; len([]rune(s)) != 4000 || !strings.HasSuffix(s, "ü [cut]") {
			t.Errorf("%s: the summary has %d characters and ends %q", name, len([]rune(s)), s[max(0, len(s)-10):])
		}
		events := string(sue.get("/v1/conversations/" + id + "/events?after=0").body)
		for _, noted := range []string{`"unknown_agent":"carol"`, `"unknown_skills":"welsh"`} {
			if !strings.Contains(events, noted) {
				t.Errorf("%s: the timeline does not note %s: %s", name, noted, events)
			}
		}
	}
}

func TestLongTalkComesWithAHandoffAndItsNewestPartIsKept(t *testing.T) {
	r := newRig(t)
	turns, lines := make([]any, 200), make([]string, 200)
	for i := range turns {
		text := strings.Repeat(string(rune('a'+i%26)), values.MaxText-8) + " turn" + string(rune('0'+i%10))
		turns[i], lines[i] = map[string]any{"role": "user", "text": text}, "user: "+text
	}
	for name, a := range map[string]*answer{
		"event": r.bot().post("/v1/bots/shop/events", r.event("c-1", "handoff.requested", map[string]any{"reason": "rule", "transcript": turns})),
		"flat":  r.bot().post("/v1/bots/shop/handoffs", map[string]any{"conversation_id": "c-2", "transcript_text": strings.Join(lines, "\n")}),
	} {
		a.want(t, 202)
		entries := must(r.store.Timeline(t.Context(), orchestrator.ConversationID(a.text("id")), 0, 1))
		kept, size := entries[0].Event.Transcript, 0
		for _, turn := range kept {
			size += len(turn.Text)
		}
		first, last := kept[0].Text, kept[len(kept)-1].Text
		if size > 128<<10 || size < 120<<10 || first != "[184 earlier messages were cut]" || !strings.HasSuffix(last, "turn9") {
			t.Errorf("%s: %d bytes in %d turns are kept, from %.40q to %q", name, size, len(kept), first, last[len(last)-6:])
		}
	}
	tooLong := strings.Repeat("x", MaxHandoffBody)
	r.bot().post("/v1/bots/shop/handoffs", map[string]any{"conversation_id": "c-3", "transcript_text": tooLong}).problem(t, 413, codeTooLarge)
	r.bot().post("/v1/bots/shop/events", r.event("c-3", "context.updated", map[string]any{"attributes": map[string]any{}, "x": tooLong[:MaxBody]})).
		problem(t, 413, codeTooLarge)
	r.bot().post("/v1/conversations", map[string]any{"bot": "shop", "user": map[string]any{"id": tooLong[:MaxBody]}}).problem(t, 413, codeTooLarge)
}

func TestFaultIsNamedWhereTheCallerPutTheMember(t *testing.T) {
	r := newRig(t)
	anna, _, id := r.servedOnWeb()
	sue := r.person("sue")
	path := "/v1/conversations/" + id
	asked := func(queue string) map[string]any {
		return map[string]any{"reason": "rule", "target": map[string]any{"queue": queue}}
	}
	for want, a := range map[string]*answer{
		"/data/target/queue": r.bot().post("/v1/bots/shop/events", r.event("c-1", "handoff.requested", asked("nope"))),
		"/queue":             r.bot().post("/v1/bots/shop/handoffs", map[string]any{"conversation_id": "c-2", "queue": "nope"}),
		"/target/queue":      r.cloudBinary("c-3", "handoff.requested", asked("nope")),
		"/to/queue":          anna.post(path+"/transfer", map[string]any{"to": map[string]any{"queue": "nope"}}),
	} {
		if a.problem(t, 422, codeUnknownQueue); a.text("errors", 0, "pointer") != want {
			t.Errorf("%s: %s", want, a.body)
		}
	}
	for want, a := range map[string]*answer{
		"/data/target/queue": r.cloud("c-4", "handoff.requested", asked("nope")),
		"/queue":             sue.post(path+"/requeue", map[string]any{"queue": "nope"}),
	} {
		if a.problem(t, 422, codeUnknownQueue); a.text("errors", 0, "pointer") != want {
			t.Errorf("%s: %s", want, a.body)
		}
	}
	if a := anna.post(path+"/invite", map[string]any{"agent": "carol"}).problem(t, 422, codeValidation); a.text("errors", 0, "pointer") != "/agent" {
		t.Errorf("an invitation of a stranger: %s", a.body)
	}
}
