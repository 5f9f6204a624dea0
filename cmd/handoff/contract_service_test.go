package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
	"handoff/web"
	"handoff/web/contracttest"
)

// contractSecrets are those of the three bots.
var contractSecrets = []string{
	"whsec_Y29udHJhY3Qtb25seS1jb250cmFjdC1vbmx5LWNvbnRyYWN0", "whsec_cmVzZXJ2ZWQtb25seS1yZXNlcnZlZC1vbmx5LTAx",
	"whsec_Y2xvdWRzLW9ubHktY2xvdWRzLW9ubHktY2xvdWRz",
}

// contractKey is the token of a bot.
func contractKey(bot string) string { return "contract-only-key-of-" + bot }

// contractYAML is the service that examples are sent to: a bot with a callback, three people, and a vendor beside the house desk.
const contractYAML = `
cookies: {insecure: true}
bots:
  - {name: shop, secrets: [%[1]q], tokens: [contract-only-key-of-shop], callback: %[4]q, allow_private_callback: true, web: true}
  - {name: reserved, secrets: [%[2]q], tokens: [contract-only-key-of-reserved], callback: %[4]q, allow_private_callback: true, notes_to_bot: false}
  - {name: clouds, secrets: [%[3]q], tokens: [contract-only-key-of-clouds], callback: %[4]q, allow_private_callback: true, cloud_events: true}
users:
  - {name: anna, display_name: Anna, role: agent, queues: [general, billing], capacity: 1, password_hash: %[5]q}
  - {name: ben, display_name: Ben, role: agent, queues: [general, billing], capacity: 1, password_hash: %[5]q}
queues:
  - {name: general}
  - {name: billing}
%[6]sdesks:
  - {name: house}
%[7]sflows:
  default:
    desk: house
    queue: general
    deadlines: {bot: 1h, queued: 1h, offered: 15m, agent: 1h, conference: 1h, transferring: 15m, wrap_up: 1h}
    customer_dead_after: 1h
    agent_gone_after: 1h
    limits: {cool_down: 0s}
    wrap_up: {required: true, dispositions: [solved, follow_up]}
    texts: {en: {queued: "One moment, please.", accepted: "{agent} is here.", ended: "Good-bye.", nobody: "Nobody is here."}}
`

// hurriedClock is ten times as fast as the machine's, so that places in a queue are announced soon.
type hurriedClock struct{ began time.Time }

const hurry = 10

// Now is the time that has come by then.
func (c hurriedClock) Now() time.Time { return c.began.Add(time.Since(c.began) * hurry) }

// AfterFunc runs f when so much of the clock's time has passed.
func (c hurriedClock) AfterFunc(d time.Duration, f func()) func() {
	return orchestrator.SystemClock{}.AfterFunc(d/hurry, f)
}

// contract is a running service, and the document that everything which travels is held against.
type contract struct {
	t        *testing.T
	ctx      context.Context
	doc      *contracttest.Document
	clock    hurriedClock
	base     string
	platform *sim.Platform // the bot's callback
	vendor   *simkit.Remote
	bot      *client
	examples map[string]contracttest.Example // by operation, media type and name
	sent     map[string]bool
	shown    map[string]*shown // what is kept as examples, by its place in the document
	heard    int               // callbacks that were awaited
}

// contractVendor is the contact centre that refuses a word.
const contractVendor = "genesys"

// theDocument is read once.
func theDocument(t *testing.T) *contracttest.Document {
	t.Helper()
	doc, err := readDocument()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

var readDocument = sync.OnceValues(func() (*contracttest.Document, error) { return contracttest.Read(web.OpenAPI()) })

func newContract(t *testing.T) *contract {
	t.Helper()
	doc := theDocument(t)
	ctx, cancel := context.WithTimeout(context.Background(), lifeTimeout)
	t.Cleanup(cancel)
	c := &contract{
		t: t, ctx: ctx, doc: doc, clock: hurriedClock{began: time.Now()},
		examples: map[string]contracttest.Example{}, sent: map[string]bool{}, shown: map[string]*shown{},
	}
	requests, err := doc.Requests()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range requests {
		c.examples[e.Operation+" "+e.MediaType+" "+e.Name] = e
	}
	if c.platform, err = sim.New(sim.Options{Clock: c.clock, Secrets: contractSecrets}); err != nil {
		t.Fatal(err)
	}
	callback := httptest.NewServer(c.platform)
	t.Cleanup(func() { c.platform.Close(); callback.Close() })
	c.start(callback.URL + "/callback")
	if c.bot, err = newClient(c.base); err != nil {
		t.Fatal(err)
	}
	c.bot = c.bot.with(contractKey("shop"))
	return c
}

// start starts the vendor and the service.
func (c *contract) start(callback string) {
	c.t.Helper()
	vendor, err := serveSim(c.ctx, simulators[contractVendor].open(c.clock), "127.0.0.1:0", slog.New(slog.DiscardHandler))
	if err != nil {
		c.t.Fatal(err)
	}
	c.vendor = simkit.NewRemote(vendor.url)
	c.t.Cleanup(func() {
		c.vendor.Close()
		if err := vendor.close(); err != nil {
			c.t.Error(err)
		}
	})
	hash, err := web.HashPassword(demoPassword, demoCost)
	if err != nil {
		c.t.Fatal(err)
	}
	c.base = serveInside(c.t, fmt.Appendf(nil, contractYAML, contractSecrets[0], contractSecrets[1], contractSecrets[2], callback, hash,
		simulators[contractVendor].queueLine(contractVendor, seatCustomer),
		simulators[contractVendor].deskLine(contractVendor, seatCustomer, vendor.url)), c.clock)
}

// contractAnswer is an answer of the service.
type contractAnswer struct {
	status int
	body   []byte
	shownConversation
}

// sends sends an example of an operation as the document has it, and answers what came back. id is our id of the
// conversation, where the path names one.
func (c *contract) sends(who *client, operation, name, id string) contractAnswer {
	c.t.Helper()
	return c.sendsAs(who, operation, "application/json", name, id)
}

func (c *contract) sendsAs(who *client, operation, mediaType, name, id string) (a contractAnswer) {
	c.t.Helper()
	key := operation + " " + mediaType + " " + name
	e, known := c.examples[key]
	if !known {
		c.t.Fatalf("the document has no example %s", key)
	}
	c.sent[key] = true
	path := strings.NewReplacer("{bot}", "shop", "{id}", id).Replace(e.Path)
	req, err := http.NewRequestWithContext(c.ctx, e.Method, c.base+path, bytes.NewReader(e.Body))
	c.must(err, "%s", key)
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("Authorization", "Bearer "+who.token)
	res, err := who.http.Do(req)
	c.must(err, "%s", key)
	defer res.Body.Close()
	a.status = res.StatusCode
	a.body, err = io.ReadAll(res.Body)
	c.must(err, "%s", key)
	if a.status >= http.StatusMultipleChoices {
		c.t.Fatalf("the example %s is answered with %d: %s\n%s", key, a.status, a.body, e.Body)
	}
	if len(a.body) > 0 {
		c.must(json.Unmarshal(a.body, &a.shownConversation), "%s", key)
	}
	return a
}

// hears waits for the next callback of a type about a conversation of the bot's.
func (c *contract) hears(kind, conversation string) sim.Call {
	c.t.Helper()
	var found sim.Call
	err := c.platform.Wait(c.ctx, func(calls []sim.Call) bool {
		for i := c.heard; i < len(calls); i++ {
			if calls[i].Event.Type == kind && calls[i].Event.ConversationID == conversation {
				found, c.heard = calls[i], i+1
				return true
			}
		}
		return false
	})
	if err != nil {
		var told []string
		for _, call := range c.platform.Calls() {
			told = append(told, call.Refused+" "+string(call.Body))
		}
		c.t.Fatalf("no callback %s about %s: %v\n%s", kind, conversation, err, strings.Join(told, "\n"))
	}
	return found
}

func (c *contract) must(err error, step string, args ...any) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s: %v", fmt.Sprintf(step, args...), err)
	}
}

// contractPerson is one who answers at the house desk.
type contractPerson struct {
	c      *contract
	name   string
	client *client
}

func (c *contract) person(name string) *contractPerson {
	c.t.Helper()
	client, err := signedIn(c.ctx, c.base, name)
	c.must(err, "%s signs in", name)
	return &contractPerson{c, name, client}
}

// is sets the person's presence.
func (p *contractPerson) is(state string) {
	p.c.t.Helper()
	p.c.must(p.client.call(p.c.ctx, http.MethodPut, "/v1/me/presence", map[string]any{"state": state}, nil), "%s is %s", p.name, state)
}

// does one of the actions of a conversation.
func (p *contractPerson) does(action, id string, body map[string]any) {
	p.c.t.Helper()
	if body == nil {
		body = map[string]any{}
	}
	p.c.must(p.client.call(p.c.ctx, http.MethodPost, "/v1/conversations/"+id+"/"+action, body, nil), "%s: %s", p.name, action)
}

// takes waits until a conversation rings, and accepts it.
func (p *contractPerson) takes(id string) {
	p.c.t.Helper()
	p.c.comesTo(id, "offered")
	p.does("accept", id, nil)
}

// comesTo waits until a conversation is in a state.
func (c *contract) comesTo(id, state string) {
	c.t.Helper()
	var after uint64
	for {
		var now shownConversation
		c.must(c.bot.call(c.ctx, http.MethodGet, "/v1/conversations/"+id, nil, &now), "looking at %s", id)
		if now.State == state {
			return
		}
		page, err := c.bot.events(c.ctx, id, after, demoPoll)
		c.must(err, "waiting for %s", state)
		after = page.Next
	}
}
