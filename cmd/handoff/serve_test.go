package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"handoff/orchestrator/redisstore/redistest"
	"handoff/web"
)

// servedConfig is a configuration that listens on a free port, with a supervisor whose password is "demo".
func servedConfig(t *testing.T, more string) string {
	t.Helper()
	hash, err := web.HashPassword(demoPassword, demoCost)
	if err != nil {
		t.Fatal(err)
	}
	return writeConfig(t, "listen: 127.0.0.1:0\ncookies: {insecure: true}\nusers: [{name: sam, role: supervisor, password_hash: '"+hash+"'}]\n"+
		strings.Replace(minimal, "name: shop", "name: shop, web: true", 1)+more)
}

func baseOf(p *process) string { return p.until(`HTTP +(http://\S+)`)[1] }

func TestServeAnswersUntilItIsAskedToStop(t *testing.T) {
	p := launch(t, nil, "serve", "--config", servedConfig(t, ""))
	base := baseOf(p)
	p.until("embedded Redis: nothing survives this process")
	p.until(`bots +shop \(native, flow default\)`)
	p.until(`desks +house \(house\)`)
	for _, path := range []string{"/healthz", "/readyz", "/openapi.json", "/metrics"} {
		if status := get(t, base+path); status != http.StatusOK {
			t.Errorf("%s answers %d", path, status)
		}
	}
	if code, out, errs := command(t, "", nil, "healthcheck", "--url", base+"/healthz"); code != exitOK || out != "alive\n" {
		t.Errorf("healthcheck: %d %s %s", code, out, errs)
	}
	p.stop()
	p.until("stopping")
	p.ends(exitOK)
	if code, _, errs := command(t, "", nil, "healthcheck", "--url", base+"/healthz"); code != exitFailed || errs == "" {
		t.Errorf("healthcheck of a stopped service: %d %q", code, errs)
	}
}

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	p := launch(t, []string{"HANDOFF_METRICS_LISTEN=127.0.0.1:0"}, "serve", "--config", servedConfig(t, ""))
	base := baseOf(p)
	operators := p.until(`metrics +(http://\S+)/metrics`)[1]
	for url, want := range map[string]int{
		base + "/metrics": http.StatusNotFound, base + "/readyz": http.StatusOK, base + "/": http.StatusOK,
		operators + "/metrics": http.StatusOK, operators + "/readyz": http.StatusOK, operators + "/healthz": http.StatusOK,
		operators + "/": http.StatusNotFound, operators + "/v1/login": http.StatusNotFound, operators + "/board": http.StatusNotFound,
	} {
		if status := get(t, url); status != want {
			t.Errorf("%s answers %d, want %d", url, status, want)
		}
	}
	p.stop()
	p.ends(exitOK)
}

func TestOpenFeedsEndInGoodOrderWhenTheServiceStops(t *testing.T) {
	p := launch(t, nil, "serve", "--config", servedConfig(t, ""))
	sam, err := signedIn(t.Context(), baseOf(p), "sam")
	if err != nil {
		t.Fatal(err)
	}
	res, err := sam.send(t.Context(), http.MethodGet, "/v1/changes", nil, "text/event-stream")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	if _, err := lines.ReadString('\n'); err != nil { // the stream has begun
		t.Fatal(err)
	}
	p.stop()
	if _, err := io.ReadAll(lines); err != nil {
		t.Errorf("the stream broke instead of ending: %v", err)
	}
	p.ends(exitOK)
}

func TestTwoProcessesShareOneRedis(t *testing.T) {
	server := redistest.Start(t)
	environ := []string{"HANDOFF_REDIS_URL=" + server.URL(), "HANDOFF_PARTITIONS=8"}
	one := launch(t, environ, "serve", "--config", servedConfig(t, ""))
	two := launch(t, environ, "serve", "--config", servedConfig(t, ""))
	nobody, err := newClient(baseOf(one))
	if err != nil {
		t.Fatal(err)
	}
	one.until("Redis, 8 partitions")
	var begun, seen shownConversation
	if err := nobody.with("a-token-of-sixteen").call(t.Context(), http.MethodPost, "/v1/conversations",
		map[string]any{"bot": "shop", "conversation_id": "c-1", "user": map[string]any{"id": "u-1"}}, &begun); err != nil {
		t.Fatal(err)
	}
	sam, err := signedIn(t.Context(), baseOf(two), "sam")
	if err != nil {
		t.Fatal(err)
	}
	if err := sam.call(t.Context(), http.MethodGet, "/v1/conversations/"+begun.ID, nil, &seen); err != nil {
		t.Fatal(err)
	}
	if seen.External != "c-1" || seen.State != "bot" {
		t.Errorf("the other process shows %+v", seen)
	}
	one.stop()
	two.stop()
	one.ends(exitOK)
	two.ends(exitOK)

	code, _, errs := command(t, "", append(environ[:1:1], "HANDOFF_PARTITIONS=9"), "serve", "--config", servedConfig(t, ""))
	if code != exitFailed || !strings.Contains(errs, "set partitions to 8") {
		t.Errorf("another number of partitions: %d %s", code, errs)
	}
}

func TestServeSaysWhyItDoesNotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, c := range map[string]struct {
		environ []string
		want    string
	}{
		"port taken":    {[]string{"HANDOFF_LISTEN=" + taken.Addr().String()}, "address already in use"},
		"no Redis":      {[]string{"HANDOFF_REDIS_URL=redis://:geheim@" + closedAddress(t)}, "connection refused"},
		"bad archive":   {[]string{"HANDOFF_ARCHIVE_PATH=/no/such/folder/a.jsonl"}, "archive.path: archive: open /no/such/folder/a.jsonl"},
		"bad partition": {[]string{"HANDOFF_PARTITIONS=0"}, "handoff: partitions: must be 1 to 256, not 0 (from HANDOFF_PARTITIONS)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, errs := command(t, "", c.environ, "serve", "--config", servedConfig(t, ""))
			if code != exitFailed || !strings.Contains(errs, c.want) || strings.Contains(errs, "geheim") {
				t.Errorf("exit code %d, stderr:\n%s", code, errs)
			}
		})
	}
}

func get(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

// closedAddress is an address at which nobody listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
