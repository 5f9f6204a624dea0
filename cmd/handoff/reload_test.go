package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/web"
)

// reloadYAML is a service that answers a little differently after a reload.
const reloadYAML = `
listen: 127.0.0.1:0
cookies: {insecure: true}
bots: [{name: shop, tokens: [a-token-of-sixteen], web: true}]
users:
  - {name: sam, role: %s, password_hash: %q, queues: [%[5]s]}
  - {name: ada, role: supervisor, password_hash: %[2]q}
queues: [%[3]s]
flows:
  default: {desk: house, queue: general, deadlines: {queued: %[4]s}}
`

const (
	reloadedLine = `"msg":"the configuration was reloaded"`
	refusedLine  = `"msg":"the configuration was not reloaded"`
)

// reloadTest is one process whose configuration file changes.
type reloadTest struct {
	t    *testing.T
	path string
	hash string
	base string
	*program
}

func newReloadTest(t *testing.T) *reloadTest {
	t.Helper()
	hash, err := web.HashPassword(demoPassword, demoCost)
	if err != nil {
		t.Fatal(err)
	}
	r := &reloadTest{t: t, hash: hash}
	r.path = writeConfig(t, r.text("supervisor", "{name: general}, {name: billing}", "5m"))
	r.program = startProgram(t, "serve", "--config", r.path)
	r.base = r.until(t, `HTTP +(http://\S+)`)
	return r
}

func (r *reloadTest) text(samsRole, queues, queued string) string {
	sams := strings.NewReplacer("{name: ", "", "}", "").Replace(queues) // all of them
	return fmt.Sprintf(reloadYAML, samsRole, r.hash, queues, queued, sams)
}

func (r *reloadTest) write(text string) {
	r.t.Helper()
	if err := os.WriteFile(r.path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// signals tells the process to reload, and waits until it has said once more what became of it.
func (r *reloadTest) signals(line string) {
	r.t.Helper()
	said := strings.Count(r.log.String(), line)
	if err := r.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		r.t.Fatal(err)
	}
	for limit := time.Now().Add(30 * time.Second); strings.Count(r.log.String(), line) == said; {
		if time.Now().After(limit) {
			r.t.Fatalf("it never said %s:\n%s", line, r.log.String())
		}
	}
}

func (r *reloadTest) person(name string) *client {
	r.t.Helper()
	c, err := signedIn(r.t.Context(), r.base, name)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *reloadTest) warnings() []string {
	r.t.Helper()
	var ready struct {
		Warnings []string `json:"warnings"`
	}
	if err := r.person("ada").call(r.t.Context(), http.MethodGet, "/readyz", nil, &ready); err != nil {
		r.t.Fatal(err)
	}
	return slices.DeleteFunc(ready.Warnings, func(w string) bool { return !strings.Contains(w, "configuration") })
}

func (r *reloadTest) queues() (names []string) {
	r.t.Helper()
	var list struct {
		Items []struct {
			Name string `json:"name"`
		} `json:"items"`
	}
	if err := r.person("ada").call(r.t.Context(), http.MethodGet, "/v1/queues", nil, &list); err != nil {
		r.t.Fatal(err)
	}
	for _, q := range list.Items {
		names = append(names, q.Name)
	}
	return names
}

// waitsIn lets a customer wait in a queue in which a person is there.
func (r *reloadTest) waitsIn(person *client, queue string) (id string) {
	r.t.Helper()
	bot, err := newClient(r.base)
	if err != nil {
		r.t.Fatal(err)
	}
	var begun shownConversation
	for _, call := range []func() error{
		func() error {
			return person.call(r.t.Context(), http.MethodPut, "/v1/me/presence", map[string]any{"state": "online"}, nil)
		},
		func() error {
			return bot.with("a-token-of-sixteen").call(r.t.Context(), http.MethodPost, "/v1/bots/shop/handoffs",
				map[string]any{"conversation_id": "waits", "user_id": "u-1", "queue": queue, "reason": "user_requested"}, &begun)
		},
	} {
		if err := call(); err != nil {
			r.t.Fatal(err)
		}
	}
	if at := r.queueOf(begun.ID); at != queue {
		r.t.Fatalf("it waits in %q", at)
	}
	return begun.ID
}

func (r *reloadTest) queueOf(id string) string {
	r.t.Helper()
	var c struct {
		Queue struct {
			Name string `json:"name"`
		} `json:"queue"`
	}
	if err := r.person("ada").call(r.t.Context(), http.MethodGet, "/v1/conversations/"+id, nil, &c); err != nil {
		r.t.Fatal(err)
	}
	return c.Queue.Name
}

// stops ends the process, which must not have met a data race.
func (r *reloadTest) stops() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Fatal(err)
	}
	if code := r.ends(r.t); code != exitOK || badLine.MatchString(r.log.String()) {
		r.t.Errorf("exit code %d:\n%s", code, r.log.String())
	}
}

func TestSignalReloadsPoliciesQueuesAndPeople(t *testing.T) {
	r := newReloadTest(t)
	sam := r.person("sam")
	if err := sam.call(t.Context(), http.MethodGet, "/v1/reaper", nil, nil); err != nil {
		t.Fatal(err)
	}
	waiting := r.waitsIn(sam, "billing")
	r.write(r.text("agent", "{name: general}, {name: sales}", "7m"))
	r.signals(reloadedLine)
	if err := sam.call(t.Context(), http.MethodGet, "/v1/reaper", nil, nil); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("the session of a former supervisor still has their rights: %v", err)
	}
	if diff := cmp.Diff([]string{"general", "sales"}, r.queues()); diff != "" {
		t.Error(diff)
	}
	res, err := sam.send(t.Context(), http.MethodGet, "/v1/flows/default", nil, "application/json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body := new(strings.Builder)
	if err := res.Write(body); err != nil || !strings.Contains(body.String(), "7m") {
		t.Errorf("the flow is %s, %v", body, err)
	}
	for limit := time.Now().Add(30 * time.Second); r.queueOf(waiting) != "general"; {
		if time.Now().After(limit) {
			t.Fatal("a chat stays in a queue that nobody has configured")
		}
	}
	r.stops()
}

func TestBadFileIsRefusedWithoutAStop(t *testing.T) {
	r := newReloadTest(t)
	good := r.text("supervisor", "{name: general}", "6m")
	for text, want := range map[string]string{
		strings.Replace(good, "6m", "soon", 1):                              `"key":"flows.default.deadlines.queued"`,
		strings.Replace(good, "role: supervisor", "role: chief", 1):         `"key":"users[0].role"`,
		strings.Replace(good, "queues: [{name: general}]", "queues: []", 1): `"key":"flows.default`,
		"":                        `"key":"bots"`,
		"flows: [":                `config file`,
		good + "\nlisten_on: x\n": `"key":"listen_on"`,
		strings.Replace(good, "desk: house, queue", "deadlines_: 1, desk: house, queue", 1): `"key":"flows.default.deadlines_"`,
		strings.Replace(good, "queued: 6m", "queued: 6m, offered: 9m", 1):                   `deadlines.offered is 9m0s`,
	} {
		before := len(r.log.String())
		r.write(text)
		r.signals(refusedLine)
		if said := r.log.String()[before:]; !strings.Contains(said, want) {
			t.Errorf("said %s, want %s", said, want)
		}
		if found := r.warnings(); len(found) != 1 || !strings.Contains(found[0], "was not reloaded") {
			t.Errorf("warnings are %v", found)
		}
		if diff := cmp.Diff([]string{"billing", "general"}, r.queues()); diff != "" {
			t.Errorf("something of a bad file was taken: %s", diff)
		}
	}
	if err := os.Remove(r.path); err != nil {
		t.Fatal(err)
	}
	r.signals(refusedLine)
	r.write(good)
	r.signals(reloadedLine)
	if found := r.warnings(); len(found) != 0 {
		t.Errorf("a good file, and the warnings are %v", found)
	}
	r.stops()
}

func TestKeysThatNeedARestartAreNamed(t *testing.T) {
	r := newReloadTest(t)
	text := r.text("supervisor", "{name: general}", "8m")
	text = strings.Replace(text, "127.0.0.1:0", "127.0.0.1:1", 1)
	text = strings.Replace(text, "web: true", "web: true, timeout: 3s", 1)
	r.write(text + "redis: {prefix: \"x:\"}\ndesks: [{name: house, offer_for: 5m}]\nbounds: {}\n")
	r.signals(reloadedLine)
	for _, key := range []string{"listen", "redis.prefix", "bots[0].timeout", "desks[0].offer_for"} {
		if !strings.Contains(r.log.String(), `"a changed key takes effect with a restart","key":"`+key+`"`) {
			t.Errorf("%s is not named:\n%s", key, r.log.String())
		}
	}
	if n := strings.Count(r.log.String(), "takes effect with a restart"); n != 4 {
		t.Errorf("%d keys are named:\n%s", n, r.log.String())
	}
	r.stops()
}

func TestFileInTheMiddleOfBeingWrittenIsNotTaken(t *testing.T) {
	r := newReloadTest(t)
	whole := r.text("supervisor", "{name: general}, {name: sales}", "9m")
	half := whole[:strings.Index(whole, "  - {name: ada")] + "queues: [{name: general}, {name: sales}]\nflows: {default: {desk: house, queue: general}}\n"
	if _, err := parseConfig([]byte(half), nil); err != nil {
		t.Fatalf("half of it is no configuration: %v", err)
	}
	r.write(half)
	if err := r.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	r.write(whole) // before the file has stood still for long enough
	r.signals(reloadedLine)
	if strings.Contains(r.log.String(), `"users":1`) || !slices.Contains(r.queues(), "sales") {
		t.Errorf("a part of the file was taken:\n%s", r.log.String())
	}
	r.stops()
}

func TestReloadsUnderTraffic(t *testing.T) {
	r := newReloadTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	bot, err := newClient(r.base)
	if err != nil {
		t.Fatal(err)
	}
	bot = bot.with("a-token-of-sixteen")
	ada := r.person("ada")
	var traffic sync.WaitGroup
	for n := range 3 {
		traffic.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				var begun shownConversation
				err := bot.call(ctx, http.MethodPost, "/v1/conversations",
					map[string]any{"bot": "shop", "conversation_id": fmt.Sprintf("c-%d-%d", n, i), "user": map[string]any{"id": "u"}}, &begun)
				if err == nil {
					err = ada.call(ctx, http.MethodGet, "/v1/conversations/"+begun.ID, nil, nil)
				}
				if err == nil {
					err = ada.call(ctx, http.MethodGet, "/v1/agents", nil, nil)
				}
				if err != nil && !errors.Is(err, context.Canceled) && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range 6 {
		r.write(r.text([]string{"agent", "supervisor"}[n%2], "{name: general}, {name: q"+fmt.Sprint(n)+"}", "5m"))
		r.signals(reloadedLine)
	}
	cancel()
	traffic.Wait()
	r.stops()
}
