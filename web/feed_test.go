package web

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// begin starts a conversation of a browser and answers its id, the customer, and the answer.
func (r *rig) begin() (string, *caller, *answer) {
	r.t.Helper()
	a := r.anybody().post("/v1/conversations", map[string]any{"bot": "shop",
		"user": map[string]any{"id": "u-1", "name": "Ann"}},
		"Origin", shopOrigin).want(r.t, 201)
	return a.text("id"), r.bearer(a.text("conversation_token")), a
}

// servedOnWeb is a conversation of a browser that anna serves.
func (r *rig) servedOnWeb() (anna, ann *caller, id string) {
	r.t.Helper()
	anna = r.online("anna")
	id, ann, a := r.begin()
	r.handoff(a.text("conversation_id"))
	r.reach(id, orchestrator.StateOffered)
	anna.act(id, "accept").want(r.t, 200)
	return anna, ann, id
}

func TestFeedWaitsForWhatComes(t *testing.T) {
	r := newRig(t)
	id, ann, _ := r.begin()
	now := ann.get("/v1/conversations/"+id+"/events").want(t, 200)
	next := now.number("next")
	if next == 0 || now.text("events", 0, "type") != wire.Started {
		t.Fatalf("the feed begins with %s", now.body)
	}
	got := make(chan *answer, 1)
	go func() { got <- ann.get(fmt.Sprintf("/v1/conversations/%s/events?after=%d&wait=25", id, int(next))) }()
	if !r.clock.armed(25*time.Second, 1) {
		t.Fatal("the poll does not wait")
	}
	ann.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "hello", "id": "m1"}).want(t, 202)
	a := <-got
	if a.text("events", 0, "data", "message", "text") != "hello" || a.number("next") != next+1 {
		t.Errorf("the poll answers %s", a.body)
	}
}

func TestFeedGivesUpAfterTheWait(t *testing.T) {
	r := newRig(t)
	id, ann, _ := r.begin()
	got := make(chan *answer, 1)
	go func() { got <- ann.get("/v1/conversations/" + id + "/events?after=1&wait=7") }()
	if !r.clock.armed(7*time.Second, 1) {
		t.Fatal("the poll does not wait")
	}
	r.clock.Advance(7 * time.Second)
	if a := (<-got).want(t, 200); string(a.body) != `{"events":[],"next":1}` {
		t.Errorf("the poll answers %s", a.body)
	}
}

func TestFeedRefusesWhatItDoesNotUnderstand(t *testing.T) {
	r := newRig(t)
	id, ann, _ := r.begin()
	path := "/v1/conversations/" + id + "/events"
	for _, query := range []string{"?after=-1", "?after=x", "?wait=26", "?wait=-1", "?wait=1.5", "?from=1",
		"?after=1&after=2"} {
		ann.get(path+query).problem(t, 422, codeValidation)
	}
	ann.get(path, "Last-Event-ID", "x").problem(t, 400, codeMalformedHeader)
}

func TestStreamResumesWithoutGapOrRepetition(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Rates.Customer = Rate{1e6, 1e6} })
	anna, ann, id := r.servedOnWeb()
	const each = 40
	var writers sync.WaitGroup
	for w, c := range []*caller{anna, ann, anna, ann} {
		writers.Go(func() {
			for i := range each {
				c.post("/v1/conversations/"+id+"/messages",
					map[string]any{"text": "word", "id": fmt.Sprintf("w%d-%d", w, i)}).want(t, 202)
			}
		})
	}
	seen, last, said := uint64(0), "", 0
	for said < 4*each {
		stream := r.person("sue").listen("/v1/conversations/"+id+"/events", "Last-Event-ID", last)
		for range 1 + rand.IntN(20) {
			e, ok := stream.next()
			if !ok {
				t.Fatal("the stream ended")
			}
			if e.beat || e.id == "" {
				continue
			}
			n, err := strconv.ParseUint(e.id, 10, 64)
			if err != nil || n != seen+1 {
				t.Fatalf("after %d comes %s", seen, e.id)
			}
			seen, last = n, e.id
			if e.data["type"] == wire.MessageCreated && e.author() != "system" {
				if said++; said == 4*each {
					break
				}
			}
		}
		stream.close()
	}
	writers.Wait()
}

func TestPollsSeeEverySequenceOnceWhileOthersWrite(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Rates.Customer = Rate{1e6, 1e6} })
	id, ann, _ := r.begin()
	const words = 60
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range words {
			ann.post("/v1/conversations/"+id+"/messages", map[string]any{"text": strconv.Itoa(i)}).want(t, 202)
		}
	})
	sue, after := r.person("sue"), 0
	for after < words+1 {
		a := sue.get(fmt.Sprintf("/v1/conversations/%s/events?after=%d&wait=20", id, after)).want(t, 200)
		for i := range a.at("events").([]any) {
			if after++; int(a.number("events", i, "sequence")) != after {
				t.Fatalf("in place of %d: %v", after, a.at("events", i))
			}
		}
		if int(a.number("next")) != after {
			t.Fatalf("next is %v after %d", a.at("next"), after)
		}
	}
	writer.Wait()
}

// kinds reads the types that a caller sees.
func kinds(t *testing.T, c *caller, id string) []string {
	t.Helper()
	a := c.get("/v1/conversations/"+id+"/events").want(t, 200)
	var all []string
	for i := range a.at("events").([]any) {
		all = append(all, a.text("events", i, "type"))
	}
	return all
}

func TestEveryReaderSeesTheirPart(t *testing.T) {
	r := newRig(t)
	anna, ann, id := r.servedOnWeb()
	anna.post("/v1/conversations/"+id+"/notes", map[string]any{"text": "hidden from others"}).want(t, 200)
	anna.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "hello Ann"}).want(t, 202)
	want := map[string][]string{
		"sue": {"conversation.started", "handoff.queued", "message.created", "conversation.offered", "handoff.accepted",
			"message.created",
			"conversation.note", "message.created"},
		"customer": {"conversation.started", "handoff.queued", "message.created", "handoff.accepted", "message.created",
			"message.created"},
		"bot": {"conversation.started", "handoff.queued", "message.created", "handoff.accepted", "message.created",
			"message.created"},
	}
	got := map[string][]string{"sue": kinds(t, r.person("sue"), id), "customer": kinds(t, ann, id),
		"bot": kinds(t, r.bot(), id)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what readers see (-want +got):\n%s", diff)
	}
	for name, c := range map[string]*caller{"customer": ann, "bot": r.bot()} {
		if a := c.get("/v1/conversations/" + id + "/events"); strings.Contains(string(a.body), "hidden from others") {
			t.Errorf("the %s reads a note", name)
		}
	}
	mine := ann.get("/v1/conversations/" + id + "/events")
	if strings.Contains(string(mine.body), `"why"`) || strings.Contains(string(mine.body), "looked_at") {
		t.Errorf("the customer is told why: %s", mine.body)
	}
	sues := r.person("sue").get("/v1/conversations/" + id + "/events")
	if sues.text("events", 4, "why", "cause") != "accepted" || sues.text("events", 4, "why", "actor", "id") != "anna" ||
		sues.text("events", 4, "why", "rule") == "" {
		t.Errorf("a supervisor is told why as %v", sues.at("events", 4, "why"))
	}
}

func TestTypingIsTransientAndNotToldToItsAuthor(t *testing.T) {
	r := newRig(t)
	anna, ann, id := r.servedOnWeb()
	hers := ann.listen("/v1/conversations/" + id + "/events")
	own := anna.listen("/v1/conversations/" + id + "/events")
	hers.until(wire.Accepted)
	own.until(wire.Accepted)
	before := must(r.store.Load(context.Background(), orchestrator.ConversationID(id))).Sequence
	anna.post("/v1/conversations/"+id+"/typing", map[string]any{"typing": true}).want(t, 204)
	e, ok := hers.until(wire.TypingStarted)
	data, _ := e.data["data"].(map[string]any)
	if !ok || e.id != "" || e.data["sequence"] != nil || data["expires_in"] != 6.0 {
		t.Errorf("typing comes as %+v", e)
	}
	anna.post("/v1/conversations/"+id+"/typing", map[string]any{"typing": false}).want(t, 204)
	if _, ok := hers.until(wire.TypingStopped); !ok {
		t.Error("the customer is not told that anna stopped")
	}
	ann.post("/v1/conversations/"+id+"/typing", map[string]any{"typing": true}).want(t, 204)
	if e, ok := own.until(wire.TypingStarted); !ok || e.author() != "user" {
		t.Errorf("anna is told of her own typing first: %+v", e)
	}
	if after := must(r.store.Load(context.Background(), orchestrator.ConversationID(id))).Sequence; after != before {
		t.Errorf("typing was stored: sequence %d, then %d", before, after)
	}
}

func TestTypingEndsALongPoll(t *testing.T) {
	r := newRig(t)
	anna, ann, id := r.servedOnWeb()
	next := int(ann.get("/v1/conversations/" + id + "/events").number("next"))
	got := make(chan *answer, 1)
	go func() { got <- ann.get(fmt.Sprintf("/v1/conversations/%s/events?after=%d&wait=25", id, next)) }()
	if !r.clock.armed(25*time.Second, 1) {
		t.Fatal("the poll does not wait")
	}
	anna.post("/v1/conversations/"+id+"/typing", map[string]any{"typing": true}).want(t, 204)
	a := <-got
	if a.text("events", 0, "type") != wire.TypingStarted || int(a.number("next")) != next {
		t.Errorf("the poll answers %s", a.body)
	}
}

func TestStreamBeatsAndEndsWithTheSignIn(t *testing.T) {
	r := newRig(t)
	_, _, id := r.servedOnWeb()
	sue := r.person("sue")
	stream := sue.listen("/v1/conversations/" + id + "/events")
	stream.until(wire.Accepted)
	r.clock.Advance(Heartbeat)
	for {
		e, ok := stream.next()
		if !ok {
			t.Fatal("the stream ended before its first beat")
		}
		if e.beat {
			break
		}
	}
	sue.do("DELETE", "/v1/login", nil).want(t, 204)
	if !r.clock.armed(Heartbeat, 2) {
		t.Fatal("no second beat")
	}
	r.clock.Advance(Heartbeat)
	for {
		if _, ok := stream.next(); !ok {
			return
		}
	}
}

func TestStreamEndsWhenTheChatIsSomebodyElses(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	r.online("ben")
	stream := anna.listen("/v1/conversations/" + id + "/events")
	stream.until(wire.Accepted)
	anna.post("/v1/conversations/"+id+"/transfer", map[string]any{"to": map[string]any{"agent": "ben"}}).want(t, 200)
	ben := r.person("ben")
	ben.act(id, "transfer/accept").want(t, 200)
	for {
		e, ok := stream.next()
		if !ok {
			break
		}
		if e.data["type"] == wire.MessageCreated && e.author() == "user" {
			t.Fatal("anna reads on after the chat is ben's")
		}
	}
	anna.get("/v1/conversations/"+id+"/events").problem(t, 404, codeUnknownConv)
}

func TestStreamOutlivesTheServersTimeouts(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.timeouts = timeouts{header: time.Second, read: 100 * time.Millisecond, write: 100 * time.Millisecond,
			idle: time.Second}
	})
	_, ann, id := r.servedOnWeb()
	stream := ann.listen("/v1/conversations/" + id + "/events")
	stream.until(wire.Accepted)
	late := make(chan struct{})
	time.AfterFunc(400*time.Millisecond, func() { close(late) }) // the server's time-outs are the machine's
	<-late
	ann.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "still there?", "id": "late"}).want(t, 202)
	for {
		e, ok := stream.until(wire.MessageCreated)
		if !ok {
			t.Fatal("the stream ended at the server's time-out")
		}
		if message, _ := e.data["data"].(map[string]any)["message"].(map[string]any); message["id"] == "late" {
			return
		}
	}
}

func TestFetchingMovesWhenFetched(t *testing.T) {
	r := newRig(t)
	id, ann, _ := r.begin()
	r.clock.Advance(3 * time.Second)
	if at := ann.get("/v1/conversations/" + id).text("when_fetched"); at != "2026-11-21T20:15:03.000Z" {
		t.Errorf("when_fetched is %q", at)
	}
	r.clock.Advance(200 * time.Millisecond)
	ann.get("/v1/conversations/" + id + "/events")
	if at := r.person("sue").get("/v1/conversations/" + id).text("when_fetched"); at != "2026-11-21T20:15:03.000Z" {
		t.Errorf("when_fetched is %q: more than one write a second", at)
	}
	r.clock.Advance(time.Second)
	ann.get("/v1/conversations/" + id + "/events")
	if at := r.person("sue").get("/v1/conversations/" + id).text("when_fetched"); at != "2026-11-21T20:15:04.200Z" {
		t.Errorf("when_fetched is %q", at)
	}
}

func TestTokenInTheQueryIsForStreamsOnlyAndNotLogged(t *testing.T) {
	r := newRig(t)
	id, _, a := r.begin()
	token := a.text("conversation_token")
	stream := r.anybody().listen("/v1/conversations/" + id + "/events?token=" + token)
	if _, ok := stream.until(wire.Started); !ok {
		t.Fatal("EventSource gets nothing")
	}
	stream.close()
	r.anybody().get("/v1/conversations/"+id+"/events?token="+token).problem(t, 401, codeNotSignedIn)
	r.anybody().get("/v1/conversations/"+id+"?token="+token).problem(t, 401, codeNotSignedIn)
	r.stop()
	if strings.Contains(r.log.String(), token) || strings.Contains(r.log.String(), "token=") {
		t.Error("a token is in the log")
	}
}

func TestTheFeedTellsWhatTheSendersNumbersTold(t *testing.T) {
	r := newRig(t)
	for _, number := range []int{5, 3} {
		ev := r.event("c-1", "message.created", map[string]any{
			"message": map[string]any{"id": fmt.Sprint("m-", number), "text": "word"}, "author": map[string]any{"role": "user"},
		})
		ev["sequence"] = number
		r.bot().post("/v1/bots/shop/events", ev).want(t, 202)
	}
	id := r.handoff("c-1").text("id")
	feed := r.bot().get("/v1/conversations/"+id+"/events").want(t, 200)
	if feed.at("events", 0, "late") != nil || feed.at("events", 1, "late") != true || feed.text("events", 1, "id") == "" {
		t.Errorf("told %s", feed.body)
	}
}
