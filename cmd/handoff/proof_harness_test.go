package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
	"handoff/web"
)

// The proofs run the service as processes of their own that share one real redis-server, and speak to them over HTTP only.
// They are heavy: thousands of races, killed processes, a hundred thousand conversations.

const (
	proofToken = "proof-bot-token-0123456789"
	proofSeat  = "busy" // is online, so that people can be asked for, and at capacity, so that nothing is offered
)

// proofClock is where proofs read the time.
var proofClock orchestrator.Clock = orchestrator.SystemClock{}

// proofConfig writes a configuration in which nothing happens by itself within the time of a test. agents are the names of
// people beside the supervisor "sam" and the agent "busy". callback is the bot's; empty: it reads its feed.
func proofConfig(t *testing.T, callback string, agents ...string) string {
	t.Helper()
	hash, err := web.HashPassword(demoPassword, demoCost)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "listen: 127.0.0.1:0\ncookies: {insecure: true}\nlog: {level: error, format: text}\npartitions: 16\n")
	fmt.Fprintf(&b, "bots:\n  - {name: shop, tokens: [%s], secrets: [%q], web: true, callback: %q, allow_private_callback: %t}\n",
		proofToken, demoSecret, callback, callback != "")
	fmt.Fprintf(&b, "queues: [{name: general}]\nusers:\n  - {name: sam, role: supervisor, password_hash: '%s'}\n", hash)
	fmt.Fprintf(&b, "  - {name: %s, role: agent, queues: [general], capacity: 1, password_hash: '%s'}\n", proofSeat, hash)
	for _, name := range agents {
		fmt.Fprintf(&b, "  - {name: %s, role: agent, queues: [general], capacity: 100, password_hash: '%s'}\n", name, hash)
	}
	b.WriteString("flows:\n  default:\n    desk: house\n    queue: general\n    agents_may_take: true\n" +
		"    deadlines: {bot: 1h, queued: 1h, offered: 15m, agent: 1h, conference: 1h, transferring: 15m, wrap_up: 1h}\n" +
		"    customer_dead_after: 1h\n    agent_gone_after: 1h\n    limits: {handoffs: 0, cool_down: 0s}\nrate_limits:\n")
	for _, name := range []string{"bot", "user", "customer", "start", "refused", "login", "login_address", "hook"} {
		fmt.Fprintf(&b, "  %s: {per_second: 1000000, burst: 1000000}\n", name)
	}
	b.WriteString(roomyBounds)
	return writeConfig(t, b.String())
}

// roomyBounds let a test be all callers at once.
const roomyBounds = "bounds: {address_bytes: 10000000000, customer_bytes: 10000000000, bot_bytes: 60000000000, " +
	"customer_streams: 10000, person_streams: 10000, bot_streams: 10000, address_streams: 100000}\n"

// proofNode is a place for one process of the service, which may be killed and started again. Its address changes each time.
type proofNode struct {
	t       testing.TB
	config  string
	environ []string

	mu     sync.Mutex
	base   string
	cmd    *exec.Cmd
	ended  <-chan struct{}
	stderr syncBuffer
}

// startNode starts a process that ends with the test.
func startNode(t testing.TB, config, redisURL string) *proofNode {
	t.Helper()
	n := &proofNode{t: t, config: config, environ: []string{"HANDOFF_REDIS_URL=" + redisURL}}
	if err := n.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("stderr of a process:\n%s", lastBytes(n.stderr.String(), 4000))
		}
	})
	return n
}

// start runs the process and returns when it says where it listens.
func (n *proofNode) start() error {
	cmd := exec.Command(os.Args[0], "serve", "--config", n.config)
	cmd.Env = append(append(withoutSettings(os.Environ()), asProgram+"=1"), n.environ...)
	cmd.Stderr = &n.stderr
	bindToParent(cmd)
	read, write := io.Pipe()
	cmd.Stdout = write
	ended, err := startedBound(cmd, func() { _ = write.Close() }) // a pipe's end; it cannot fail
	if err != nil {
		return err
	}
	base, err := listensAt(read)
	if err != nil {
		return errors.Join(fmt.Errorf("a process did not start: %w\n%s", err, n.stderr.String()), cmd.Process.Kill())
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.base, n.cmd, n.ended = base, cmd, ended
	return nil
}

// startedBound starts a process that is bound to this one. What it answers is closed when the process has ended, behind then.
func startedBound(cmd *exec.Cmd, then func()) (<-chan struct{}, error) {
	begun, ended := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the process is bound to the thread
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		begun <- err
		if err == nil {
			_ = cmd.Wait() // killed: how it ended is known
		}
		then()
		close(ended)
	}()
	return ended, <-begun
}

// listensAt finds the address in what serve prints, and keeps reading so that the process never waits for a reader.
func listensAt(out io.Reader) (string, error) {
	found := make(chan string, 1)
	go func() {
		defer close(found)
		told := false
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if match := readyLine.FindStringSubmatch(lines.Text()); match != nil && !told {
				told = true
				found <- match[1]
			}
		}
	}()
	if base, ok := <-found; ok {
		return base, nil
	}
	return "", errors.New("it ended without saying where it listens")
}

// kill ends the process as a power cut would, and waits for its end.
func (n *proofNode) kill() error {
	n.mu.Lock()
	cmd, ended := n.cmd, n.ended
	n.mu.Unlock()
	select {
	case <-ended:
		return nil
	default:
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-ended
	return nil
}

func (n *proofNode) url() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.base
}

func lastBytes(s string, most int) string { return s[max(0, len(s)-most):] }

// proofTransport keeps enough connections for everybody who races.
func proofTransport(t testing.TB) *http.Transport {
	transport := &http.Transport{MaxIdleConnsPerHost: 1024, MaxIdleConns: 4096}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// caller is one party, with its credentials, who may call any process.
type caller struct {
	client
}

// proofParties makes callers of one set of connections.
type proofParties struct {
	t         testing.TB
	transport *http.Transport
	nodes     []*proofNode
}

func newParties(t testing.TB, nodes ...*proofNode) *proofParties {
	return &proofParties{t: t, transport: proofTransport(t), nodes: nodes}
}

// person signs somebody in.
func (p *proofParties) person(name string) *caller {
	p.t.Helper()
	c, err := newClient(p.nodes[0].url())
	if err != nil {
		p.t.Fatal(err)
	}
	c.http.Transport = p.transport
	if err := c.login(p.t.Context(), name, demoPassword); err != nil {
		p.t.Fatal(err)
	}
	return &caller{*c}
}

// bearer is a bot or a customer.
func (p *proofParties) bearer(token string) *caller {
	return &caller{client{base: p.nodes[0].url(), http: &http.Client{Transport: p.transport}, token: token}}
}

// answered is what the service said to one request.
type answered struct {
	status   int
	version  uint64 // of the ETag
	replayed bool
	body     []byte
	said     struct {
		ID         string `json:"id"`
		External   string `json:"conversation_id"`
		State      string `json:"state"`
		Version    uint64 `json:"version"`
		Epoch      uint64 `json:"epoch"`
		Controller string `json:"controller"`
		Token      string `json:"conversation_token"`
		Sequence   uint64 `json:"sequence"`
		Agent      *struct {
			ID string `json:"id"`
		} `json:"agent"`
		// Of a problem document.
		Code    string `json:"code"`
		Detail  string `json:"detail"`
		Current string `json:"current_state"`
	}
}

func (a *answered) agent() string {
	if a.said.Agent == nil {
		return ""
	}
	return a.said.Agent.ID
}

func (a *answered) ok() bool { return a.status >= 200 && a.status < 300 }

// again reports whether the request may be repeated as it is: nothing was decided, or nobody knows.
func (a *answered) again() bool {
	return a.status >= 500 || a.status == http.StatusTooManyRequests || a.said.Code == "in-progress"
}

// ask makes one request of a process. Only a broken connection is an error.
func (c *caller) ask(ctx context.Context, at *proofNode, method, path, key string, body any) (*answered, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	var payload io.Reader
	if body != nil {
		payload = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, at.url()+path, payload)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.csrf != "" {
		req.Header.Set("X-CSRF-Token", c.csrf)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	a := &answered{status: res.StatusCode, replayed: res.Header.Get("Idempotent-Replayed") == "true"}
	a.body, err = io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	if etag := res.Header.Get("ETag"); etag != "" {
		if _, err := fmt.Sscanf(etag, `"%d"`, &a.version); err != nil {
			return nil, fmt.Errorf("%s %s: ETag %s: %w", method, path, etag, err)
		}
	}
	if len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &a.said); err != nil {
			return nil, fmt.Errorf("%s %s: HTTP %d: %w", method, path, a.status, err)
		}
	}
	return a, nil
}

// must is ask where only success will do.
func (c *caller) must(ctx context.Context, at *proofNode, method, path, key string, body any) (*answered, error) {
	a, err := c.ask(ctx, at, method, path, key, body)
	if err == nil && !a.ok() {
		err = fmt.Errorf("%s %s: HTTP %d: %s", method, path, a.status, a.body)
	}
	return a, err
}

// feedPages reads a timeline to its end.
func (c *caller) feedPages(ctx context.Context, at *proofNode, id string) ([]feedEvent, error) {
	var all []feedEvent
	for after := uint64(0); ; {
		page, err := c.page(ctx, at, id, after, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Events...)
		if len(page.Events) == 0 && page.Next == after {
			return all, nil
		}
		after = page.Next
	}
}

// page reads what came after a sequence, waiting at most the given seconds.
func (c *caller) page(ctx context.Context, at *proofNode, id string, after uint64, wait int) (feed, error) {
	var page feed
	a, err := c.must(ctx, at, http.MethodGet, fmt.Sprintf("/v1/conversations/%s/events?after=%d&wait=%d", id, after, wait), "", nil)
	if err == nil {
		err = json.Unmarshal(a.body, &page)
	}
	return page, err
}

// begin opens a conversation on the web channel and answers its id and the customer.
func (p *proofParties) begin(ctx context.Context, at *proofNode, bot *caller, external string) (string, *caller, error) {
	a, err := bot.must(ctx, at, http.MethodPost, "/v1/conversations", "", map[string]any{
		"bot": demoBot, "conversation_id": external, "user": map[string]any{"id": external, "name": "Ann"},
	})
	if err != nil {
		return "", nil, err
	}
	return a.said.ID, p.bearer(a.said.Token), nil
}

// botEvent posts one event of the bot at the native webhook.
func (c *caller) botEvent(ctx context.Context, at *proofNode, ev sim.Outgoing) (*answered, error) {
	if ev.Timestamp == "" {
		ev.Timestamp = orchestrator.MomentOf(proofClock.Now()).String()
	}
	if ev.Data == nil {
		ev.Data = struct{}{}
	}
	return c.ask(ctx, at, http.MethodPost, "/v1/bots/"+demoBot+"/events", ev.ID, ev)
}

// requestHandoff asks for a person.
func (c *caller) requestHandoff(ctx context.Context, at *proofNode, external, id string) (*answered, error) {
	a, err := c.botEvent(ctx, at, sim.Outgoing{ID: id, Type: "handoff.requested", ConversationID: external})
	if err == nil && !a.ok() {
		err = fmt.Errorf("handoff.requested: HTTP %d: %s", a.status, a.body)
	}
	return a, err
}

// somebodyIsThere lets "busy" be online with the one seat taken: from then on people may be asked for, and what waits is
// not offered to anybody, so that whoever accepts first has it.
func (p *proofParties) somebodyIsThere(ctx context.Context) {
	p.t.Helper()
	bot, busy, sam, at := p.bearer(proofToken), p.person(proofSeat), p.person("sam"), p.nodes[0]
	if _, err := busy.must(ctx, at, http.MethodPut, "/v1/me/presence", "", map[string]any{"state": "online"}); err != nil {
		p.t.Fatal(err)
	}
	a, err := bot.requestHandoff(ctx, at, "seat", "seat-1")
	if err != nil {
		p.t.Fatal(err)
	}
	// The seat is reserved before it rings, and stays taken.
	if _, err := sam.awaits(ctx, at, a.said.ID, 0, "conversation.offered"); err != nil {
		p.t.Fatal(err)
	}
	if _, err := busy.must(ctx, at, http.MethodPost, "/v1/conversations/"+a.said.ID+"/accept", "", struct{}{}); err != nil {
		p.t.Fatal(err)
	}
}

// awaits reads a timeline until an event of a type comes, and answers its sequence.
func (c *caller) awaits(ctx context.Context, at *proofNode, id string, after uint64, kind string) (uint64, error) {
	for {
		page, err := c.page(ctx, at, id, after, 5)
		if err != nil {
			return 0, err
		}
		for _, e := range page.Events {
			if e.Type == kind {
				return e.Sequence, nil
			}
		}
		after = page.Next
	}
}

// said is what the proofs read of an event's data.
type said struct {
	Message struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	} `json:"message"`
	Author struct {
		Role string `json:"role"`
		ID   string `json:"id"`
	} `json:"author"`
	MessageID  string `json:"message_id"`
	Controller string `json:"controller"`
	Reason     string `json:"reason"`
	ToState    string `json:"to_state"`
}

func (e *feedEvent) said() (said, error) {
	var s said
	err := json.Unmarshal(e.Data, &s)
	return s, err
}

// rests waits for a time or for the end of ctx, and answers false then.
func rests(ctx context.Context, d time.Duration) bool {
	return supervisor{clock: proofClock, pause: d}.rest(ctx)
}

// proofSeed is the seed of a proof: fixed, unless PROOF_SEED gives another, and printed.
func proofSeed(t testing.TB) uint64 {
	seed := uint64(20260101)
	if given := os.Getenv("PROOF_SEED"); given != "" {
		if _, err := fmt.Sscanf(given, "%d", &seed); err != nil {
			t.Fatalf("PROOF_SEED: %v", err)
		}
	}
	t.Logf("PROOF_SEED=%d", seed)
	return seed
}

func seeded(seed uint64, part int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(part)))
}

// crowd runs several goroutines and ends all with the first error.
type crowd struct {
	ctx    context.Context //nolint:containedctx // of one crowd
	cancel context.CancelFunc
	group  sync.WaitGroup
	once   sync.Once
	err    error // the first
}

func newCrowd(ctx context.Context) *crowd {
	c := &crowd{}
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c
}

func (c *crowd) goes(f func(ctx context.Context) error) {
	c.group.Go(func() {
		if err := f(c.ctx); err != nil {
			c.once.Do(func() { c.err = err })
			c.cancel()
		}
	})
}

// wait answers the first error, once all have returned.
func (c *crowd) wait() error {
	c.group.Wait()
	defer c.cancel()
	if c.err == nil {
		return c.ctx.Err()
	}
	return c.err
}
