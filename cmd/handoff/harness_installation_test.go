package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
	"handoff/web"
)

// policy are keys of the flow that a story changes, each by its path: "deadlines.offered": "1s".
type policy map[string]any

// storyPolicy is patient, so that nothing happens of itself but what a story is about, and says short texts.
var storyPolicy = policy{
	"desk": "house", "queue": "general",
	"deadlines.bot": "1h", "deadlines.queued": "1h", "deadlines.offered": "15m", "deadlines.agent": "1h",
	"deadlines.conference": "1h", "deadlines.transferring": "15m", "deadlines.wrap_up": "1h",
	"customer_dead_after": "1h", "agent_gone_after": "1h", "limits.cool_down": "0s",
	"wrap_up.required": true, "wrap_up.dispositions": []string{"solved", "follow_up"},
	"texts.en.queued": "One moment, please.", "texts.en.requeued": "You keep your place.",
	"texts.en.accepted": "{agent} is here.",
	"texts.en.warning":  "Are you still there?", "texts.en.ended": "Good-bye.", "texts.en.apology": "Nobody is free.",
	"texts.en.farewell": "Try again later.", "texts.en.nobody": "Nobody is here.", "texts.en.not_again": "Not again.",
	"texts.en.bot_failed": "The assistant is not there.",
}

const (
	storyBot    = "shop"
	storySecret = "whsec_c3Rvcnktb25seS1zdG9yeS1vbmx5LXN0b3J5LW9ubHk="
	storyToken  = "story-shop-bot-key"
	// storyPartitions are few: a sweep each second looks at each of them in every process.
	storyPartitions = 4
)

// storyYAML is the configuration of a story but for its policy.
const storyYAML = `
listen: 127.0.0.1:0
base_url: %[13]q
redis: {url: %[1]q, prefix: %[2]q}
partitions: %d
cookies: {insecure: true}
sweep: {schedule: "@every 1s"}
bots:
  - name: shop
    secrets: [%q]
    tokens: [%q]
%s    web: true
    allowed_origins: %[9]s
users:
  - {name: anna, display_name: Anna, role: agent, queues: [general, billing], password_hash: %[7]q}
  - {name: ben, display_name: Ben, role: agent, queues: [general, billing], password_hash: %[7]q}
  - {name: cleo, display_name: Cleo, role: agent, queues: [general, billing], password_hash: %[7]q}
  - {name: sam, display_name: Sam, role: supervisor, queues: [general, billing], password_hash: %[7]q}
  - {name: sid, display_name: Sid, role: supervisor, queues: [general, billing], password_hash: %[7]q}
queues:
  - {name: general}
  - {name: billing}
%[10]sdesks:
  - {name: house}
%[11]srate_limits:
  bot: {per_second: 10000, burst: 10000}
  user: {per_second: 10000, burst: 10000}
  login: {per_second: 100, burst: 100}
  login_address: {per_second: 100, burst: 100}
log: {level: %[12]s}
flows:
  default: %[8]s
`

// installation is one service with its own keys in Redis, its own bot platform and its own policy.
type installation struct {
	t        *testing.T
	base     string
	path     string // of its configuration
	service  *service
	config   *loaded       // the same configuration, for what is looked up in Redis directly
	platform *sim.Platform // the bot's callback; nil where the bot has none
}

// install starts a service with the patient policy, changed as told, and with the desks of these vendors beside the house.
func install(t *testing.T, changes policy, vendors ...vendor) *installation {
	t.Helper()
	return installFor(t, byCallback, changes, vendors...)
}

// installFor is install for a bot that hears in this way.
func installFor(t *testing.T, by hearsBy, changes policy, vendors ...vendor) *installation {
	t.Helper()
	f := useFloor(t)
	var platform *sim.Platform
	var callback string
	if by == byCallback {
		platform, callback = newPlatform(t)
	}
	hash, err := web.HashPassword(demoPassword, demoCost)
	if err != nil {
		t.Fatal(err)
	}
	var queues, desks string
	for _, v := range vendors {
		queues += v.queueLines()
		desks += v.deskLines()
	}
	path := writeConfig(t, fmt.Sprintf(storyYAML, f.redis.URL(), f.prefix(), storyPartitions, storySecret, storyToken,
		callback, hash, changes.yaml(t), changes.origins(t), queues, desks, changes.logLevel(), changes.baseURL()))
	config, err := loadConfig(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := &installation{t: t, path: path, config: config, platform: platform}
	in.service, in.base = f.serve(t, path)
	return in
}

// newPlatform is a bot's platform, with what stands about it in the configuration.
func newPlatform(t *testing.T) (platform *sim.Platform, lines string) {
	t.Helper()
	platform, err := sim.New(sim.Options{Clock: orchestrator.SystemClock{}, Secrets: []string{storySecret}})
	if err != nil {
		t.Fatal(err)
	}
	callback := httptest.NewServer(platform)
	t.Cleanup(func() { platform.Close(); callback.Close() })
	return platform, fmt.Sprintf("    callback: %q\n    allow_private_callback: true\n", callback.URL+"/callback")
}

// whileStopped does something while no process runs, and then starts one again, at another address.
func (in *installation) whileStopped(do func()) {
	in.t.Helper()
	in.service.stop()
	do()
	in.service, in.base = useFloor(in.t).serve(in.t, in.path)
}

// yaml is the patient policy with the changes, as one line of flow style.
func (p policy) yaml(t *testing.T) string {
	t.Helper()
	all := maps.Clone(storyPolicy)
	maps.Copy(all, p)
	delete(all, allowedOrigins)
	delete(all, logLevel)
	delete(all, baseURL)
	tree := map[string]any{}
	for path, value := range all {
		at := tree
		keys := strings.Split(path, ".")
		for _, key := range keys[:len(keys)-1] {
			if at[key] == nil {
				at[key] = map[string]any{}
			}
			at = at[key].(map[string]any)
		}
		at[keys[len(keys)-1]] = value
	}
	line, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

// allowedOrigins is a key of the bot, not of its flow: the origins that may show its chat.
const allowedOrigins = "allowed_origins"

func (p policy) origins(t *testing.T) string {
	t.Helper()
	origins, given := p[allowedOrigins]
	if !given {
		origins = []string{}
	}
	line, err := json.Marshal(origins)
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

// baseURL is a key of the service: where browsers find it, below a path of a proxy's.
const baseURL = "base_url"

func (p policy) baseURL() string {
	base, _ := p[baseURL].(string)
	return base
}

// logLevel is a key of the service, not of a flow.
const logLevel = "log.level"

func (p policy) logLevel() string {
	if level, given := p[logLevel].(string); given {
		return level
	}
	return "info"
}
