package main

import (
	"os"
	"strings"
	"testing"

	"handoff/orchestrator/redisstore/redistest"
	"handoff/web"
)

func TestHashPasswordMakesAHashThatSignsIn(t *testing.T) {
	code, out, errs := command(t, "correct horse\nrest\n", nil, "hash-password")
	if code != exitOK {
		t.Fatal(errs)
	}
	if ok, err := web.VerifyPassword(strings.TrimSpace(out), "correct horse"); err != nil || !ok {
		t.Errorf("%q does not fit: %v", out, err)
	}
	if code, _, errs := command(t, "\n", nil, "hash-password"); code != exitFailed || errs != "handoff: no password on standard input\n" {
		t.Errorf("no password: %d %q", code, errs)
	}
}

func TestFlowCommandsSpeakAboutTheDefaultPolicy(t *testing.T) {
	golden, err := os.ReadFile("../../flows/testdata/handoff.mmd")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want []string // in the output, or on stderr with a failure
	}{
		"check":           {[]string{"check"}, exitOK, []string{"flow default: good", "\n  - "}},
		"diagram":         {[]string{"diagram"}, exitOK, []string{strings.TrimSpace(string(golden))}},
		"graphviz":        {[]string{"diagram", "--format", "dot", "--state", "agent"}, exitOK, []string{"digraph", "agent"}},
		"another format":  {[]string{"diagram", "--format", "svg"}, exitFailed, []string{`--format: must be mermaid or dot, not "svg"`}},
		"unknown state":   {[]string{"diagram", "--state", "agnt"}, exitFailed, []string{`--state: there is no state "agnt", did you mean "agent"?`}},
		"a state":         {[]string{"explain", "queued"}, exitOK, []string{"queued: nobody may speak", "accepted               → agent"}},
		"an ended state":  {[]string{"explain", "completed"}, exitOK, []string{"it is over"}},
		"a step":          {[]string{"explain", "queued", "accepted"}, exitOK, []string{"the conversation goes to agent. Exactly one person wins"}},
		"no step":         {[]string{"explain", "wrap_up", "accepted"}, exitOK, []string{"accepted in state wrap_up: refused with state-conflict"}},
		"a fact":          {[]string{"explain", "queued", "queue_timed_out"}, exitOK, []string{"the policy chooses"}},
		"a carried event": {[]string{"explain", "agent", "message"}, exitOK, []string{"the conversation stays where it is"}},
		"unknown event":   {[]string{"explain", "queued", "acepted"}, exitFailed, []string{`EVENT: There is no event "acepted". There is`}},
		"unknown flow":    {[]string{"check", "--flow", "defualt"}, exitFailed, []string{`--flow: flow "defualt" is not configured, did you mean "default"?`}},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := command(t, "", nil, append([]string{"flow"}, c.args...)...)
			got := out
			if c.code != exitOK {
				got = errs
			}
			if code != c.code {
				t.Errorf("exit code %d: %s%s", code, out, errs)
			}
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("lacks %q:\n%s", want, got)
				}
			}
		})
	}
}

func TestFlowCommandsReadTheConfiguration(t *testing.T) {
	path := writeConfig(t, exampleConfig)
	code, out, errs := command(t, "", []string{"HANDOFF_CONFIG=" + path}, "flow", "check")
	if code != exitOK || !strings.Contains(out, "flow default: good") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	broken := writeConfig(t, strings.Replace(exampleConfig, "queued: 5m,", "queued: 0s,", 1))
	code, _, errs = command(t, "", nil, "flow", "check", "--config", broken)
	if code != exitFailed || !strings.Contains(errs, "flows.default.deadlines.queued") {
		t.Errorf("%d %s", code, errs)
	}
}

func TestCheckConfigSaysWhatIsThere(t *testing.T) {
	code, out, errs := command(t, "", nil, "check-config", "--config", writeConfig(t, exampleConfig))
	if want := "the configuration is good: 1 bot, 1 desk, 2 queues, 1 user, 1 flow\n"; code != exitOK || out != want {
		t.Errorf("%d %q %s", code, out, errs)
	}
	code, out, _ = command(t, "", nil, "check-config", "--example")
	if code != exitOK || strings.TrimSpace(out) != strings.TrimSpace(exampleConfig) {
		t.Errorf("--example: %d %s", code, out)
	}
	code, out, _ = command(t, "", nil, "check-config", "--print", "--config", writeConfig(t, exampleConfig))
	if code != exitOK || !strings.Contains(out, "schedule: '@every 1s'") || strings.Contains(out, "argon2id") {
		t.Errorf("--print: %d %s", code, out)
	}
	code, _, errs = command(t, "", nil, "check-config", "--config", writeConfig(t, "listn: x"))
	if code != exitFailed || errs != "handoff: listn: unknown key, did you mean \"listen\"?\n" {
		t.Errorf("a mistake: %d %q", code, errs)
	}
}

func TestSweepByHandPrintsItsNumbers(t *testing.T) {
	server := redistest.Start(t)
	code, out, errs := command(t, "", []string{"HANDOFF_REDIS_URL=" + server.URL()}, "sweep", "--config", servedConfig(t, ""))
	if code != exitOK || !strings.Contains(out, "checked                0") || !strings.Contains(out, "took") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	code, _, errs = command(t, "", nil, "sweep", "--config", servedConfig(t, ""))
	if code != exitFailed || !strings.Contains(errs, "redis.url: is not set") {
		t.Errorf("without Redis: %d %s", code, errs)
	}
}

func TestUnknownCommandsAndOptionsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"sevre"}, {"serve", "--confg", "x"}, {"version", "x"}, {"demo", "--customers", "99"}, {"demo", "--pace", "0s"}} {
		if code, _, errs := command(t, "", nil, args...); code != exitFailed || errs == "" {
			t.Errorf("%v: %d %q", args, code, errs)
		}
	}
	if code, out, _ := command(t, "", nil, "version"); code != exitOK || !strings.HasPrefix(out, "handoff ") {
		t.Errorf("version: %d %q", code, out)
	}
}
