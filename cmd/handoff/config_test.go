package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// minimal is the smallest configuration that loads.
const minimal = `
bots:
  - {name: shop, tokens: [a-token-of-sixteen]}
queues:
  - {name: general}
flows:
  default: {desk: house, queue: general}
`

const someHash = "$argon2id$v=19$m=1024,t=1,p=1$c29tZS1zYWx0LTEyMw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestSmallestConfigurationGetsEveryDefault(t *testing.T) {
	l, err := parseConfig([]byte(minimal), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := defaultConfig()
	want.Bots = []BotConfig{{Name: "shop", Kind: "native", Flow: "default", Tokens: []Secret{"a-token-of-sixteen"}, Concurrency: 256}}
	want.Queues = []QueueConfig{{Name: "general", Desk: "house", Priority: 5}}
	want.Desks = []DeskConfig{{Name: "house", Kind: "house", Concurrency: 256}}
	want.Flows = map[string]map[string]any{"default": {"desk": "house", "queue": "general"}}
	if diff := cmp.Diff(want, l.Config); diff != "" {
		t.Error(diff)
	}
	if len(l.warnings) > 0 {
		t.Errorf("warnings: %v", l.warnings)
	}
}

func TestMistakesAreNamedByPathAllAtOnce(t *testing.T) {
	for _, c := range badConfigs(t) {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseConfig([]byte(c.yaml), c.env)
			if err == nil {
				t.Fatal("it loads")
			}
			if diff := cmp.Diff(c.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "geheim") {
				t.Error("the error shows a secret")
			}
		})
	}
}

// badConfig is one mistake, and the lines with which it is refused.
type badConfig struct {
	name string
	yaml string
	env  []string
	want []string
}

// badConfigs reads testdata/bad_configs.txt. A case is its name behind "===", YAML that is added to the smallest
// configuration (or stands alone behind "# whole"), variables behind "$", and the lines of the error behind "---".
func badConfigs(t *testing.T) []badConfig {
	t.Helper()
	data, err := os.ReadFile("testdata/bad_configs.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []badConfig
	for block := range strings.SplitSeq("\n"+string(data), "\n=== ") {
		given, want, ok := strings.Cut(strings.TrimSpace(block), "\n---\n")
		if !ok {
			continue
		}
		name, lines, _ := strings.Cut(given, "\n")
		c := badConfig{name: name, yaml: minimal, want: strings.Split(want, "\n")}
		for line := range strings.Lines(lines) {
			switch variable, isVariable := strings.CutPrefix(line, "$ "); {
			case isVariable:
				c.env = append(c.env, strings.TrimSpace(variable))
			case line == "# whole\n":
				c.yaml = ""
			default:
				c.yaml += line
			}
		}
		all = append(all, c)
	}
	if len(all) < 50 {
		t.Fatalf("only %d cases", len(all))
	}
	return all
}

func TestFileThatIsNoConfigurationIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"a: [":                       "did not find expected",
		"- a\n- b":                   "the top level must be a map",
		"listen: ':1'\nlisten: ':2'": "already defined",
		minimal + "\n---\nlisten: x": "a second document begins here",
		"\tlisten: x":                "cannot start any token",
	} {
		_, err := parseConfig([]byte(text), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", text, err, want)
		}
	}
	if _, err := loadConfig("/no/such/file.yaml", nil); err == nil || !strings.Contains(err.Error(), "/no/such/file.yaml") {
		t.Errorf("a file that is not there: got %v", err)
	}
}

func TestEnvironmentLiesOverTheFile(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a-token-from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := parseConfig([]byte(minimal), []string{
		"PATH=/bin", "HANDOFF_CONFIG=ignored.yaml", "HANDOFF_LISTEN=:9", "HANDOFF_REDIS_URL=redis://h:1/2", "HANDOFF_RETENTION=2h",
		"HANDOFF_SWEEP_SCHEDULE=@every 5s", "HANDOFF_BOTS_0_TOKENS_1=file:" + secret, "HANDOFF_BOTS_0_ALLOW_PRIVATE_CALLBACK=false",
		"HANDOFF_BOTS_0_WEB=true", "HANDOFF_BOTS_1_NAME=second", "HANDOFF_BOTS_1_TOKENS_0=another-token-here",
		"HANDOFF_QUEUES_0_PRIORITY=7", "HANDOFF_TRUSTED_PROXIES_0=10.0.0.0/8", "HANDOFF_RATE_LIMITS_LOGIN_PER_SECOND=0.5",
		"HANDOFF_RATE_LIMITS_LOGIN_BURST=3",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{
		"listen": l.Listen, "redis": l.Redis.URL.Reveal(), "retention": l.Retention, "schedule": l.Sweep.Schedule,
		"token": l.Bots[0].Tokens[1].Reveal(), "web": l.Bots[0].Web, "second": l.Bots[1].Name, "kind": l.Bots[1].Kind,
		"priority": l.Queues[0].Priority, "proxy": l.TrustedProxies, "login": l.RateLimits.Login,
	}
	want := map[string]any{
		"listen": ":9", "redis": "redis://h:1/2", "retention": 2 * time.Hour, "schedule": "@every 5s",
		"token": "a-token-from-a-file", "web": true, "second": "second", "kind": "native",
		"priority": 7, "proxy": []string{"10.0.0.0/8"}, "login": RateConfig{0.5, 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryKeyHasAVariableThatReadsBackAsItself(t *testing.T) {
	for _, key := range envKeys() {
		name := strings.ReplaceAll(key.name(), "#", "0")
		path, ok := key.match(name)
		if !ok {
			t.Errorf("%s does not name its own key", name)
			continue
		}
		if got, want := strings.ReplaceAll(pathOf(path), "[0]", ".0"), strings.ReplaceAll(strings.Join(key.steps, "."), "#", "0"); got != want {
			t.Errorf("%s names %s, want %s", name, got, want)
		}
	}
	if n := len(envKeys()); n < 40 {
		t.Errorf("only %d keys", n)
	}
}

func TestExampleLoadsAndExplainsEveryKey(t *testing.T) {
	l, err := parseConfig([]byte(exampleConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.warnings) > 0 {
		t.Errorf("the example is odd: %v", l.warnings)
	}
	for _, key := range envKeys() {
		last := key.steps[len(key.steps)-1]
		if last == "#" {
			last = key.steps[len(key.steps)-2]
		}
		if !strings.Contains(exampleConfig, last+":") {
			t.Errorf("the example says nothing about %s", strings.Join(key.steps, "."))
		}
	}
}

func TestPrintedConfigurationHidesSecretsAndLoadsAgain(t *testing.T) {
	l, err := parseConfig([]byte(exampleConfig), []string{"HANDOFF_REDIS_URL=redis://:geheim@h:1/2"})
	if err != nil {
		t.Fatal(err)
	}
	l.Bots[0].Settings = map[string]any{"callback_token": "geheim-token-of-16"}
	text, err := l.print()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"geheim", "ZXhhbXBsZS1vbmx5", "example-only-make-your-own-token", "argon2id"} {
		if strings.Contains(text, secret) {
			t.Errorf("it shows %q:\n%s", secret, text)
		}
	}
	again := strings.NewReplacer(
		"url: '"+redacted+"'", "url: redis://h:1/2", "password_hash: '"+redacted+"'", "password_hash: "+someHash,
		"- '"+redacted+"'", "- whsec_ZXhhbXBsZS1vbmx5LW1ha2UteW91ci1vd24tc2VjcmV0", "callback_token: '"+redacted+"'", "callback_token: geheim-token-of-16",
	).Replace(text)
	m, err := parseConfig([]byte(again), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, again)
	}
	if diff := cmp.Diff(l.Flows, m.Flows); diff != "" {
		t.Error(diff)
	}
	if m.Retention != l.Retention || m.Sweep != l.Sweep || len(m.Users) != len(l.Users) {
		t.Errorf("it does not load as itself:\n%s", again)
	}
}

func TestSecretsDoNotShowInLogsAndErrors(t *testing.T) {
	s := Secret("geheim")
	for _, text := range []string{s.String(), s.GoString(), s.LogValue().String()} {
		if text != redacted {
			t.Errorf("shows %q", text)
		}
	}
	if b, err := s.MarshalText(); err != nil || string(b) != redacted {
		t.Errorf("marshals as %q, %v", b, err)
	}
}
