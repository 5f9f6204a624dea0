package main

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"handoff/orchestrator/redisstore/redistest"
)

func TestDoctorLooksAtARealRedis(t *testing.T) {
	server := redistest.Start(t, redistest.AppendOnly("always"), redistest.Config("maxmemory-policy", "noeviction"))
	code, out, errs := command(t, "", []string{"HANDOFF_REDIS_URL=" + server.URL()}, "doctor", "--config", servedConfig(t, ""))
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d:\n%s%s", code, out, errs)
	}
	for _, want := range []string{"ok    config ", "ok    redis version", "ok    redis persistence", "ok    redis eviction policy", "ok    bot shop", "kind house: ", "warn  cookies.insecure", "→ set it to false behind TLS"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
}

func TestDoctorAdvisesAgainstARedisThatForgets(t *testing.T) {
	server := redistest.Start(t, redistest.Config("maxmemory-policy", "allkeys-lru"), redistest.Config("save", ""))
	code, out, _ := command(t, "", []string{"HANDOFF_REDIS_URL=" + server.URL()}, "doctor", "--config", servedConfig(t, ""))
	if code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"fail  redis eviction policy", "→ set maxmemory-policy to noeviction", "warn  redis persistence", "→ set appendonly yes"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
}

func TestDoctorFailsWhereTheServiceWould(t *testing.T) {
	for name, c := range map[string]struct {
		environ []string
		code    int
		want    string
	}{
		"no Redis there": {[]string{"HANDOFF_REDIS_URL=redis://:geheim@" + closedAddress(t)}, exitFailed, "fail  redis"},
		"no Redis given": {nil, exitOK, "warn  redis"},
		"bad config":     {[]string{"HANDOFF_PARTITIONS=0"}, exitFailed, "fail  config  partitions: must be 1 to 256"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := command(t, "", c.environ, "doctor", "--config", servedConfig(t, ""))
			if code != c.code || !strings.Contains(out, c.want) || strings.Contains(out+errs, "geheim") {
				t.Errorf("exit code %d:\n%s%s", code, out, errs)
			}
		})
	}
}

func TestDoctorsTableIsAllThatItSays(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "doctor", "--config", servedConfig(t, ""))
	cmd.Env = append(os.Environ(), asProgram+"=1", "HANDOFF_REDIS_URL=redis://"+closedAddress(t))
	var complaints strings.Builder
	cmd.Stderr = &complaints
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != exitFailed || complaints.Len() > 0 {
		t.Errorf("%v, and beside the table: %s", err, complaints.String())
	}
}

func TestServeRepeatsWhatDoctorFindsAtTheRedis(t *testing.T) {
	server := redistest.Start(t, redistest.Config("maxmemory-policy", "allkeys-lru"))
	p := launch(t, []string{"HANDOFF_REDIS_URL=" + server.URL()}, "serve", "--config", servedConfig(t, ""))
	nobody, err := newClient(baseOf(p))
	if err != nil {
		t.Fatal(err)
	}
	var ready struct {
		Status   string   `json:"status"`
		Warnings []string `json:"warnings"`
	}
	if err := nobody.call(t.Context(), http.MethodGet, "/readyz", nil, &ready); err != nil {
		t.Fatal(err)
	}
	const want = "redis eviction policy: allkeys-lru; set maxmemory-policy to noeviction"
	if ready.Status != "ready" || !strings.Contains(strings.Join(ready.Warnings, "\n"), want) {
		t.Errorf("/readyz answers %+v", ready)
	}
	p.stop()
	p.ends(exitOK)
	if log := p.err.String(); !strings.Contains(log, "the Redis needs attention") || !strings.Contains(log, "noeviction") {
		t.Errorf("the log:\n%s", log)
	}
}
