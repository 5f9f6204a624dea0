package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
	"handoff/web"
)

// erasureYAML is a service whose bot has left its address: what is for it is undelivered at once.
const erasureYAML = `
listen: 127.0.0.1:0
redis: {url: %q}
partitions: 4
cookies: {insecure: true}
sweep: {schedule: "@every 1s"}
archive: {path: %q}
bots:
  - {name: shop, tokens: [a-token-of-sixteen], secrets: [%q], callback: %q, allow_private_callback: true, web: true}
users:
  - {name: anna, role: agent, queues: [general], password_hash: %[5]q}
  - {name: ada, role: admin, password_hash: %[5]q}
queues: [{name: general}]
flows:
  default: {desk: house, queue: general, on_bot_failed: tell}
`

// erasureTest is two processes on one Redis.
type erasureTest struct {
	t        *testing.T
	url      string
	archive  string
	one, two string
}

func newErasureTest(t *testing.T) *erasureTest {
	t.Helper()
	left := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	t.Cleanup(left.Close)
	hash, err := web.HashPassword(demoPassword, demoCost)
	if err != nil {
		t.Fatal(err)
	}
	e := &erasureTest{t: t, url: redistest.Start(t).URL(), archive: filepath.Join(t.TempDir(), "archive.jsonl")}
	path := writeConfig(t, fmt.Sprintf(erasureYAML, e.url, e.archive, storySecret, left.URL, hash))
	for _, base := range []*string{&e.one, &e.two} {
		p := launch(t, nil, "serve", "--config", path)
		*base = baseOf(p)
		t.Cleanup(func() { p.stop(); p.ends(exitOK) })
	}
	return e
}

// does makes a call that must succeed.
func (e *erasureTest) does(c *client, method, path string, body, answer any) {
	e.t.Helper()
	if err := c.call(e.t.Context(), method, path, body, answer); err != nil {
		e.t.Fatal(err)
	}
}

// signs in at one of the processes.
func (e *erasureTest) signsIn(base, name string) *client {
	e.t.Helper()
	c, err := signedIn(e.t.Context(), base, name)
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

// begins a chat of a customer, whose first words are said.
func (e *erasureTest) begins(user, name, words string) (id string, customer *client) {
	e.t.Helper()
	bot, err := newClient(e.one)
	if err != nil {
		e.t.Fatal(err)
	}
	var begun struct {
		ID    string `json:"id"`
		Token string `json:"conversation_token"`
	}
	e.does(bot.with("a-token-of-sixteen"), http.MethodPost, "/v1/conversations",
		map[string]any{"bot": "shop", "conversation_id": "chat-of-" + user + "-" + words[:2], "user": map[string]any{"id": user, "name": name}}, &begun)
	customer = bot.with(begun.Token)
	e.does(customer, http.MethodPost, "/v1/conversations/"+begun.ID+"/messages", map[string]any{"text": words}, nil)
	return begun.ID, customer
}

// contents is everything that lies in Redis, each key with its value.
func (e *erasureTest) contents() map[string]string {
	e.t.Helper()
	for {
		all, err := redistest.Contents(e.t.Context(), e.url)
		if err == nil {
			return all
		}
		if !strings.Contains(err.Error(), `the type "none"`) && !strings.Contains(err.Error(), "redis: nil") { // a key that went meanwhile
			e.t.Fatal(err)
		}
	}
}

// until waits until something holds.
func (e *erasureTest) until(what string, holds func() bool) {
	e.t.Helper()
	for limit := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(limit) {
			e.t.Fatalf("never: %s", what)
		}
	}
}

// holding are the keys in or under which a text lies.
func (e *erasureTest) holding(text string) (keys []string) {
	e.t.Helper()
	for key, value := range e.contents() {
		if strings.Contains(key, text) || strings.Contains(value, text) {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestNothingOfAnErasedCustomerIsLeftInRedis(t *testing.T) {
	e := newErasureTest(t)
	anna, ada := e.signsIn(e.two, "anna"), e.signsIn(e.one, "ada")
	e.does(anna, http.MethodPut, "/v1/me/presence", map[string]any{"state": "online"}, nil)
	live, kari := e.begins("kari-4711", "Kari Nordmann", "my hemmelig words")
	over, again := e.begins("kari-4711", "Kari Nordmann", "other hemmelig words")
	stays, _ := e.begins("ola-12", "Ola", "what stays")
	e.does(again, http.MethodPost, "/v1/conversations/"+over+"/end", struct{}{}, nil)
	e.does(kari, http.MethodPost, "/v1/conversations/"+live+"/handoff", map[string]any{"reason": "a hemmelig reason"}, nil)
	e.until("it rings at anna, and she accepts", func() bool {
		return anna.call(t.Context(), http.MethodPost, "/v1/conversations/"+live+"/accept", struct{}{}, nil) == nil
	})
	e.does(anna, http.MethodPost, "/v1/conversations/"+live+"/notes", map[string]any{"text": "a hemmelig note"}, nil)
	secrets := []string{"kari-4711", "Nordmann", "hemmelig", live, over}
	for _, secret := range secrets {
		if len(e.holding(secret)) == 0 {
			t.Fatalf("%q is not stored before: the test shows nothing", secret)
		}
	}
	e.until("words are undelivered", func() bool {
		keys := e.holding("hemmelig words")
		return strings.Contains(strings.Join(keys, " "), ":ub")
	})

	var answer struct {
		Conversations int `json:"conversations"`
	}
	e.does(ada, http.MethodDelete, "/v1/customers/shop/kari-4711", nil, &answer)
	if answer.Conversations != 2 {
		t.Errorf("%d conversations were found", answer.Conversations)
	}
	e.until("the order is done", func() bool { return len(e.holding("erasures")) == 0 })
	for _, secret := range secrets {
		if keys := e.holding(secret); len(keys) > 0 {
			t.Errorf("%q is left in %v", secret, keys)
		}
	}
	if len(e.holding(stays)) == 0 {
		t.Error("another customer's conversation is gone")
	}
	for _, base := range []string{e.one, e.two} {
		who := e.signsIn(base, "ada")
		for _, path := range []string{"", "/events", "/history"} {
			if err := who.call(t.Context(), http.MethodGet, "/v1/conversations/"+live+path, nil, nil); err == nil ||
				!strings.Contains(err.Error(), "404") {
				t.Errorf("%s%s is answered: %v", base, path, err)
			}
		}
	}
	lines, err := os.ReadFile(e.archive)
	if err != nil || !strings.Contains(string(lines), orchestrator.CustomerName("shop", "kari-4711")) ||
		strings.Contains(string(lines), "kari") {
		t.Errorf("the archive says %s, %v", lines, err)
	}
	if next, _ := e.begins("kari-4711", "Kari Nordmann", "my new words"); next == live || next == over {
		t.Error("she goes on with what was erased")
	}
}

func TestArchiveIsReadWithoutErasedCustomers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive.jsonl")
	clock := orchestrator.NewStepClock(time.UnixMilli(1795292100000))
	a, err := openArchive(ArchiveConfig{Path: path, MaxMegabytes: 1, Keep: 9}, clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	a.maxBytes = 1 // every line fills a file
	ctx := context.Background()
	write := func(n int, bot orchestrator.ConnectorName, customer string) {
		t.Helper()
		c, entries := endedConversation(n)
		c.Bot, c.Customer.ID, c.OpenedAt = bot, customer, orchestrator.MomentOf(clock.Now())
		if err := a.Archive(ctx, c, entries); err != nil {
			t.Fatal(err)
		}
	}
	write(1, "shop", "u-1")
	write(2, "shop", "u-2")
	write(3, "other", "u-1")
	order := orchestrator.Erasure{Bot: "shop", Customer: "u-1", At: orchestrator.MomentOf(clock.Now())}
	for range 2 { // told again after a crash
		if err := a.Erased(ctx, order); err != nil {
			t.Fatal(err)
		}
	}
	write(4, "shop", "u-1") // it was being written meanwhile
	clock.Advance(time.Second)
	write(5, "shop", "u-1") // the customer began anew
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	config := writeConfig(t, minimal+"archive: {path: "+path+"}\n")
	code, out, errs := command(t, "", nil, "archive", "--config", config)
	var got []string
	for line := range strings.Lines(out) {
		var r archiveRecord
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		got = append(got, r.ConversationID)
	}
	if code != exitOK || strings.Join(got, " ") != "2 3 5" {
		t.Errorf("exit code %d, printed %v\n%s", code, got, errs)
	}
	if code, _, errs := command(t, "", nil, "archive", "--config", writeConfig(t, minimal)); code != exitFailed ||
		!strings.Contains(errs, "archive.path: is not set") {
		t.Errorf("without an archive: %d %s", code, errs)
	}
}

func TestArchiveFilesAgeOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive.jsonl")
	other := path + ".20200101T000000.000.bak" // not the archive's own
	if err := os.WriteFile(other, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	clock := orchestrator.NewStepClock(time.UnixMilli(1795292100000))
	a, err := openArchive(ArchiveConfig{Path: path, MaxMegabytes: 64, Keep: 1000, MaxAge: 72 * time.Hour}, clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 10 { // one conversation each day: the file never reaches its size
		c, entries := endedConversation(n)
		c.EndedAt = orchestrator.MomentOf(clock.Now())
		if err := a.Archive(t.Context(), c, entries); err != nil {
			t.Fatal(err)
		}
		for range 24 {
			clock.Advance(time.Hour)
			if err := a.age(); err != nil {
				t.Fatal(err)
			}
		}
	}
	files := append(a.renamed(), path)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	oldest := orchestrator.MomentOf(clock.Now().Add(-(72 + 24 + 2) * time.Hour))
	kept := 0
	for _, file := range files {
		for _, r := range readArchive(t, file) {
			kept++
			if r.WhenEnded < oldest {
				t.Errorf("%s is kept from %v, at %v", r.ConversationID, r.WhenEnded, clock.Now())
			}
		}
	}
	if kept < 3 || kept > 5 {
		t.Errorf("%d of the conversations of 10 days are kept", kept)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a file that is not the archive's own is gone: %v", err)
	}
}

func TestArchiveAgeIsChecked(t *testing.T) {
	for age, want := range map[string]string{
		"0s": "", "24h": "", "87600h": "",
		"23h":    "archive.max_age: must be 0s (any age) or 24h0m0s to 87600h0m0s, not 23h0m0s",
		"87601h": "archive.max_age: must be", "-1h": "archive.max_age: must be", "soon": "archive.max_age: ",
	} {
		_, err := parseConfig([]byte(minimal+"archive: {max_age: "+age+"}\n"), nil)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", age, err)
		}
	}
}
