package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
	"handoff/orchestrator/redisstore/redistest"
)

// boundRow is a bound, and a request that hits it once before has brought a caller to its edge.
type boundRow struct {
	bound  string
	set    setting
	before func(r *rig) (hit func() *answer)
	status int
	code   string
	retry  string // Retry-After
	detail string
	more   map[string]any // members of the problem beside those of every one
}

// tryLater is the detail of each answer of 429.
const tryLater = "try again later"

// roomy leaves only the bound that a row is about.
func roomy(o *Options) {
	o.Bounds.AddressBytes, o.Bounds.CustomerBytes = 1<<30, 1<<30
	o.Rates.Customer = Rate{1e6, 1e6}
}

func (r *rig) starts() *answer {
	return r.anybody().post("/v1/conversations", map[string]any{"bot": "shop", "user": map[string]any{"id": "u"}}, "Origin", shopOrigin)
}

func (c *caller) says(id, text string) *answer {
	return c.post("/v1/conversations/"+id+"/messages", map[string]any{"text": text})
}

func (c *caller) reads(id string) *answer { return c.get("/v1/conversations/" + id + "/events") }

// boundRows are all bounds at which a caller is refused.
var boundRows = slices.Concat(rateRows, byteRows, streamRows, sizeRows)

var rateRows = []boundRow{
	{bound: "rate_limits.bot", set: func(o *Options) { o.Rates.Bot = Rate{1, 1} }, status: 429, code: codeRateLimited, retry: "1", detail: tryLater,
		before: func(r *rig) func() *answer {
			r.bot().get("/v1/conversations").want(r.t, 200)
			return func() *answer {
				return r.bot().post("/v1/bots/shop/events", r.event("c-1", "handoff.requested", map[string]any{}))
			}
		}},
	{bound: "rate_limits.user", set: func(o *Options) { o.Rates.User = Rate{1, 1} }, status: 429, code: codeRateLimited, retry: "1", detail: tryLater,
		before: func(r *rig) func() *answer {
			anna := r.person("anna")
			anna.get("/v1/queues").want(r.t, 200)
			return func() *answer { return anna.put("/v1/me/presence", map[string]string{"state": "online"}) }
		}},
	{bound: "rate_limits.customer", set: func(o *Options) { o.Rates.Customer = Rate{1, 1} }, status: 429, code: codeRateLimited, retry: "1", detail: tryLater,
		before: func(r *rig) func() *answer {
			id, ann, _ := r.begin()
			ann.says(id, "hello").want(r.t, 202)
			return func() *answer { return ann.says(id, "hello?") }
		}},
	{bound: "rate_limits.start", set: func(o *Options) { o.Rates.Start = Rate{1, 1} }, status: 429, code: codeRateLimited, retry: "1", detail: tryLater,
		before: func(r *rig) func() *answer {
			r.starts().want(r.t, 201)
			return r.starts
		}},
	{bound: "rate_limits.ask", set: func(o *Options) { o.Rates.Ask = Rate{1.0 / 60, 1} }, status: 429, code: codeRateLimited, retry: "60", detail: tryLater,
		before: func(r *rig) func() *answer {
			first, ann := r.spoken()
			second, bea := r.spoken()
			ann.act(first, "handoff").want(r.t, 200, 202)
			return func() *answer { return bea.act(second, "handoff") }
		}},
	{bound: "rate_limits.refused", set: func(o *Options) { o.Rates.Refused = Rate{1, 1} }, status: 429, code: codeRateLimited, retry: "1", detail: tryLater,
		before: func(r *rig) func() *answer {
			r.bearer("guessed-key-0123456789").get("/v1/conversations").want(r.t, 401)
			return func() *answer { return r.bearer("guessed-key-0123456789").post("/v1/bots/shop/events", struct{}{}) }
		}},
	{bound: "rate_limits.login", set: func(o *Options) { o.Rates.Login = Rate{1.0 / 12, 1} }, status: 429, code: codeRateLimited, retry: "12", detail: tryLater,
		before: func(r *rig) func() *answer {
			r.anybody().post("/v1/login", login("cleo", "wrong")).want(r.t, 401)
			return func() *answer { return r.anybody().post("/v1/login", login("cleo", password)) }
		}},
	{bound: "rate_limits.login_address", set: func(o *Options) { o.Rates.LoginIP = Rate{0.5, 1} }, status: 429, code: codeRateLimited, retry: "2", detail: tryLater,
		before: func(r *rig) func() *answer {
			r.anybody().post("/v1/login", login("cleo", "wrong")).want(r.t, 401)
			return func() *answer { return r.anybody().post("/v1/login", login("ben", password)) }
		}},
	{bound: "rate_limits.hook", set: func(o *Options) {
		o.Desks["vendor"] = &hookDesk{decode: func(http.Header, []byte) ([]orchestrator.Event, error) { return nil, nil }}
		o.Rates.Hook = Rate{1, 1}
	}, status: 429, code: codeRateLimited, retry: "1", detail: tryLater,
		before: func(r *rig) func() *answer {
			r.anybody().post("/v1/desks/vendor/hooks", struct{}{}).want(r.t, 200)
			return func() *answer { return r.anybody().post("/v1/desks/vendor/hooks", struct{}{}) }
		}},
}

var byteRows = []boundRow{
	{bound: "bounds.address_bytes", set: func(o *Options) { o.Bounds.AddressBytes = 2000 }, status: 429, code: codeRateLimited, retry: "2", detail: tryLater,
		before: func(r *rig) func() *answer {
			id, ann, _ := r.begin()
			r.starts().want(r.t, 201)
			ann.says(id, "hello").want(r.t, 202)
			return func() *answer { return ann.says(id, "hello?") }
		}},
	{bound: "bounds.customer_bytes", set: func(o *Options) { o.Bounds.CustomerBytes = 10000 }, status: 429, code: codeRateLimited, retry: "19", detail: tryLater,
		before: func(r *rig) func() *answer {
			id, ann, _ := r.begin()
			ann.says(id, repeated(5000-len(`{"text":""}`))).want(r.t, 202)
			bea, other, _ := r.begin()
			other.says(bea, repeated(8000)).want(r.t, 202) // another customer's do not count
			return func() *answer { return ann.says(id, repeated(8000)) }
		}},
	{bound: "bounds.bot_bytes", set: func(o *Options) { o.Bounds.BotBytes = 1024 }, status: 429, code: codeRateLimited, retry: "30", detail: tryLater,
		before: func(r *rig) func() *answer {
			for i := range 2 {
				r.handoff(fmt.Sprint("c-", i))
			}
			r.bearer(otherKey).post("/v1/bots/other/events", r.event("c-1", "handoff.requested", map[string]any{})).want(r.t, 200, 202)
			return func() *answer {
				return r.bot().post("/v1/bots/shop/events", r.event("c-3", "handoff.requested", map[string]any{}))
			}
		}},
}

var streamRows = []boundRow{
	{bound: "bounds.customer_streams", set: func(o *Options) { o.Bounds.CustomerStreams = 1 }, status: 429, code: codeRateLimited, retry: "5", detail: tryLater,
		before: func(r *rig) func() *answer {
			id, ann, _ := r.begin()
			ann.reads(id).want(r.t, 200) // one that is closed does not count
			ann.hears(id)
			return func() *answer { return ann.reads(id) }
		}},
	{bound: "bounds.person_streams", set: func(o *Options) { o.Bounds.PersonStreams = 1 }, status: 429, code: codeRateLimited, retry: "5", detail: tryLater,
		before: func(r *rig) func() *answer {
			anna, id := r.served("c-1")
			anna.hears(id)
			r.person("anna").hears(id) // another session of hers
			return func() *answer { return anna.get("/v1/changes") }
		}},
	{bound: "bounds.bot_streams", set: func(o *Options) { o.Bounds.BotStreams = 1 }, status: 429, code: codeRateLimited, retry: "5", detail: tryLater,
		before: func(r *rig) func() *answer {
			first, second := r.handoff("c-1").text("id"), r.handoff("c-2").text("id")
			r.bot().hears(first)
			return func() *answer { return r.bot().reads(second) }
		}},
	{bound: "bounds.address_streams", set: func(o *Options) { o.Bounds.AddressStreams = 1 }, status: 429, code: codeRateLimited, retry: "5", detail: tryLater,
		before: func(r *rig) func() *answer {
			first, ann, _ := r.begin()
			second, bea, _ := r.begin()
			ann.hears(first)
			r.person("sue").hears(second) // those of people do not count
			return func() *answer { return bea.reads(second) }
		}},
}

var sizeRows = []boundRow{
	{bound: "body", status: 413, code: codeTooLarge, detail: "a body has at most 262144 bytes",
		before: func(r *rig) func() *answer {
			id, ann, _ := r.begin()
			return func() *answer { return ann.says(id, repeated(MaxBody)) }
		}},
	{bound: "handoff_body", status: 413, code: codeTooLarge, detail: "a body has at most 2097152 bytes",
		before: func(r *rig) func() *answer {
			return func() *answer {
				return r.bot().post("/v1/bots/shop/events", r.event("c-1", "handoff.requested", map[string]any{"summary": repeated(MaxHandoffBody)}))
			}
		}},
	{bound: "batch", status: 413, code: codeTooLarge, detail: "a batch has at most 100 events",
		before: func(r *rig) func() *answer {
			events := make([]map[string]any, 101)
			for i := range events {
				events[i] = r.event(fmt.Sprint("c-", i), "handoff.requested", map[string]any{})
				events[i]["id"] = fmt.Sprint("evt_", i)
			}
			return func() *answer {
				return r.bot().post("/v1/bots/shop/events", map[string]any{"events": events}, "Content-Type", BatchType)
			}
		}},
	{bound: "bounds.timeline_bytes", set: roomy, status: 413, code: orchestrator.CodeConversationFull,
		detail: "the timeline holds 1031642 of 1048576 bytes",
		more:   map[string]any{"current_state": "bot", "controller": "bot", "version": 33.0, "epoch": 1.0},
		before: func(r *rig) func() *answer {
			id, ann, _ := r.begin()
			for range 32 {
				ann.says(id, strings.Repeat("\U0001F600", MaxText)).want(r.t, 202)
			}
			return func() *answer { return ann.says(id, strings.Repeat("\U0001F600", MaxText)) }
		}},
	{bound: "timeline_entries", set: roomy, status: 413, code: orchestrator.CodeConversationFull,
		detail: "the timeline holds its 20000 entries",
		more:   map[string]any{"current_state": "bot", "controller": "bot", "version": 21.0, "epoch": 1.0},
		before: func(r *rig) func() *answer {
			id, ann, _ := r.begin()
			r.noted(id, orchestrator.MaxTimeline)
			return func() *answer { return ann.says(id, "hello") }
		}},
}

// hears opens a stream of a conversation that must be opened.
func (c *caller) hears(id string) {
	c.r.t.Helper()
	if s := c.listen("/v1/conversations/" + id + "/events"); s.res.StatusCode != http.StatusOK {
		c.r.t.Fatalf("the stream is answered %d", s.res.StatusCode)
	}
}

// noted fills a conversation's timeline with short notes up to so many entries.
func (r *rig) noted(id string, entries uint64) {
	r.t.Helper()
	for n := 0; ; n++ {
		c := must(r.store.Load(context.Background(), orchestrator.ConversationID(id)))
		add := min(1000, entries-c.Sequence)
		if add == 0 {
			return
		}
		next := c.Clone()
		next.Version, next.Sequence = c.Version+1, c.Sequence+add
		write := orchestrator.Commit{Want: c.Version, Next: next, From: c.State, Event: orchestrator.EventID(fmt.Sprint("fill-", n)),
			Entries: make([]orchestrator.Entry, add), Now: orchestrator.MomentOf(r.clock.Now()), Node: "node-1"}
		for i := range write.Entries {
			write.Entries[i] = orchestrator.Entry{At: write.Now, Version: next.Version, Epoch: c.Epoch,
				Event: orchestrator.Event{ID: orchestrator.EventID(fmt.Sprint("n-", n, "-", i)), Type: orchestrator.EventNote}}
		}
		must(r.store.Commit(context.Background(), &write))
	}
}

func TestEveryBoundThatIsHitHasItsExactAnswerAndLeavesNothing(t *testing.T) {
	for _, row := range boundRows {
		t.Run(row.bound, func(t *testing.T) {
			url := redistest.StartMini(t)
			r := newRigOn(t, redisstore.Open, url, func(o *Options) {
				if row.set != nil {
					row.set(o)
				}
			})
			hit := row.before(r)
			r.pause()
			before := must(redistest.Contents(t.Context(), url))
			a := hit()
			if diff := cmp.Diff(before, must(redistest.Contents(t.Context(), url))); diff != "" {
				t.Errorf("something was stored (-before +after):\n%s", diff)
			}
			checkProblem(t, a)
			var got map[string]any
			if err := json.Unmarshal(a.body, &got); err != nil {
				t.Fatalf("status %d with %s", a.status, a.body)
			}
			want := map[string]any{
				"type": "/problems/" + row.code, "title": problemKinds[row.code].title, "status": float64(row.status), "detail": row.detail,
				"instance": got["instance"], "request_id": got["request_id"], "code": row.code, "bound": row.bound,
			}
			for name, value := range row.more {
				want[name] = value
			}
			if diff := cmp.Diff(want, got); diff != "" || a.status != row.status {
				t.Errorf("status %d; problem (-want +got):\n%s", a.status, diff)
			}
			if retry := a.header.Get("Retry-After"); retry != row.retry {
				t.Errorf("Retry-After %q, want %q", retry, row.retry)
			}
		})
	}
}

func TestAnswerOfAFeedIsCutAndTheNextGoesOn(t *testing.T) {
	const bound = 64 << 10
	r := newRig(t, roomy, func(o *Options) { o.Bounds.AnswerBytes = bound })
	id, ann, _ := r.begin()
	const words = 12
	for i := range words {
		ann.post("/v1/conversations/"+id+"/messages", map[string]any{"id": fmt.Sprint("m", i), "text": strings.Repeat("\u00e9", MaxText)}).want(t, 202)
	}
	var heard []string
	answers, next := 0, 0
	for {
		a := ann.get(fmt.Sprintf("/v1/conversations/%s/events?after=%d", id, next)).want(t, 200)
		events, _ := a.at("events").([]any)
		if len(events) == 0 {
			break
		}
		answers++
		if len(a.body) > bound {
			t.Errorf("an answer of %d events has %d bytes", len(events), len(a.body))
		}
		for i := range events {
			heard = append(heard, a.text("events", i, "data", "message", "id"))
		}
		next = int(a.number("next"))
	}
	if answers < words/4 || len(heard) != words+1 || heard[1] != "m0" || heard[words] != fmt.Sprint("m", words-1) || !slices.IsSortedFunc(heard[1:], byNumber) {
		t.Errorf("%d answers tell %v", answers, heard)
	}
	stream := ann.listen("/v1/conversations/" + id + "/events")
	for i := range words + 1 {
		if e, ok := stream.next(); !ok || e.id != fmt.Sprint(i+1) {
			t.Fatalf("the stream's event %d is %+v", i+1, e.id)
		}
	}
}

func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func TestAnswerOfAFeedHoldsAtLeastOneEvent(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Bounds.AnswerBytes = 100 })
	id, ann, _ := r.begin()
	ann.says(id, repeated(MaxText)).want(t, 202)
	for next := range 2 {
		a := ann.get(fmt.Sprintf("/v1/conversations/%s/events?after=%d", id, next)).want(t, 200)
		if events, _ := a.at("events").([]any); len(events) != 1 || int(a.number("next")) != next+1 {
			t.Errorf("after %d: %.200s", next, a.body)
		}
	}
}

func TestBodyThatIsOnlyAnnouncedTakesLittleMemory(t *testing.T) {
	for _, length := range []int{0, 1, promised - 1, promised, promised + 1, 5*promised + 3, MaxBody} {
		sent := strings.Repeat("x", length)
		body, err := readWhole(strings.NewReader(sent), length)
		if err != nil || string(body) != sent {
			t.Errorf("a body of %d bytes is read as %d, %v", length, len(body), err)
		}
	}
	const times = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		if _, err := readWhole(strings.NewReader("{"), MaxBody); err == nil {
			t.Fatal("a body that ends early is taken")
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / times; each > 2*promised {
		t.Errorf("a body of which one byte arrives takes %d bytes", each)
	}
}

func TestPlacesOfStreamsAreGivenBack(t *testing.T) {
	var open openAnswers
	both := []place{{"a", "first", 2}, {"b", "second", 1}}
	if _, ok := open.open(both); !ok {
		t.Fatal("the first is refused")
	}
	if bound, ok := open.open(both); ok || bound != "second" {
		t.Errorf("the second is answered %q, %t", bound, ok)
	}
	open.close(both)
	if len(open.now) != 0 {
		t.Errorf("nothing is open, and %v is counted", open.now)
	}
}
